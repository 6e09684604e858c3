import numpy as np
import pytest

from genart.audio import additive, synth
from genart.audio.audio import Audio
from genart.audio.performance import Tone
from genart.errors import InputError
from genart.music.score import Note, Score, Track
from genart.recipe import Recipe, read_recipe

PROGRAMS = {"piano": 0, "bell": 14, "organ": 19, "guitar": 24, "bass": 32, "strings": 48, "choir": 52, "brass": 60,
            "reed": 68, "flute": 73, "pad": 88}  # fmt: skip


def chord(*pitches, program=0, length=960, velocity=80):
    def voice(pitch):
        return [Note(start=0, end=length, pitch=pitch, velocity=velocity)]

    return Score.make(voices=[Track.make(name=str(pitch), notes=voice(pitch), program=program) for pitch in pitches])


def play(score, **options):
    return synth.render(score, soundfont=synth.BUILT_IN, **options)


def partials(audio, *, count):
    """The frequencies of the `count` strongest peaks of the spectrum, a quarter of a second on, ascending."""
    mono = audio.samples.mean(axis=1)[audio.rate // 4 : audio.rate // 4 + audio.rate // 2]
    size = 8 * len(mono)
    power = np.abs(np.fft.rfft(mono * np.hanning(len(mono)), size))
    peaks = np.flatnonzero((power[1:-1] > power[:-2]) & (power[1:-1] > power[2:])) + 1
    strongest = peaks[np.argsort(-power[peaks])]
    found = []
    for peak in strongest:  # the side lobes and players around a stronger peak are not counted
        hertz = peak * audio.rate / size
        if all(abs(np.log2(hertz / other)) > 0.5 / 12 for other in found):
            found.append(hertz)
    return sorted(found[:count])


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.parametrize("pitch", [40, 60, 81])
def test_every_timbre_sounds_at_the_right_frequency(program, pitch):
    audio = play(chord(pitch, program=program))
    expected = 440 * 2 ** ((pitch - 69) / 12)  # equal temperament, A4 = 440 Hz
    for hertz in partials(audio, count=3):
        order = round(hertz / expected)
        assert order >= 1
        assert 1200 * abs(np.log2(hertz / (order * expected))) < 10  # cents


def test_chord_sounds_all_its_notes():
    # C4 E4 G4 C5 by a flute, whose first partial is by far the strongest
    found = partials(play(chord(60, 64, 67, 72, program=73)), count=4)
    assert found == pytest.approx([261.63, 329.63, 392.00, 523.25], rel=0.003)  # as in any table of pitches


def level(samples):
    return float(np.sqrt(np.mean(samples**2)))


def test_peak_is_at_minus_one_decibel():
    for score in (chord(60, program=52), chord(*range(30, 90), program=0), chord(60, velocity=1)):
        assert play(score).peak == pytest.approx(10 ** (-1 / 20), abs=1e-5)


def test_silence_stays_silent():
    for score in (Score.make(voices=[]), chord(60, length=0)):
        audio = play(score)
        assert audio.peak == 0
        assert audio.seconds == 1


def test_soprano_left_and_bass_right():
    soprano = play(chord(72, 48)).samples
    left, right = soprano[4410:44100, 0], soprano[4410:44100, 1]

    def share(side, pitch):
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        turn = np.exp(-2j * np.pi * hertz * np.arange(len(side)) / 44100)
        return abs(np.sum(side * turn))

    assert share(left, 72) > 1.3 * share(right, 72)
    assert share(right, 48) > 1.3 * share(left, 48)


def test_louder_notes_are_louder():
    notes = [Note(start=0, end=480, pitch=60, velocity=40), Note(start=960, end=1440, pitch=60, velocity=110)]
    samples = play(Score.make(voices=[Track.make(name="a", notes=notes, program=19)])).samples
    assert level(samples[44100:66150]) > 3 * level(samples[:22050])  # (110 / 40) ** 1.5 = 4.6


def test_sustained_sounds_hold_and_plucked_ones_ring_down():
    for program, low, high in [(19, 0.6, 1.6), (52, 0.6, 1.6), (0, 0.0, 0.35), (24, 0.0, 0.25)]:
        samples = play(chord(60, program=program, length=480 * 8)).samples
        early, late = level(samples[4410:22050]), level(samples[132300:154350])
        assert low <= late / early <= high, program


def test_notes_stop_after_their_end():
    samples = play(chord(60, program=19, length=480)).samples  # half a second
    assert level(samples[30000:]) < 0.05 * level(samples[4410:22050])
    assert level(samples[-2000:]) < 0.001 * level(samples[4410:22050])


def test_no_clicks():
    # A jump between neighboring samples would be far larger than the slope of a flute at 262 Hz with three partials.
    samples = play(chord(60, program=73, length=700)).samples
    assert np.abs(np.diff(samples, axis=0)).max() < 0.1


def test_any_stretch_of_a_note_is_the_same_sound():
    tone = Tone(start=0, stop=1.0, pitch=55, gain=1, pan=0, program=52, drum=False)
    whole = additive._wave(tone, 0, 50_000, 44100)
    for start, stop in [(0, 10), (1234, 5678), (44_000, 50_000)]:
        np.testing.assert_allclose(additive._wave(tone, start, stop, 44100), whole[start:stop], atol=1e-5)


def test_blocks_join_without_a_seam():
    # At 8,000 Hz a block holds 15.3 s: a drone of 40 s spans three.
    audio = play(chord(60, program=73, length=480 * 80), rate=8000)
    assert audio.seconds > 40
    slopes = np.abs(np.diff(audio.samples[8000 : 39 * 8000], axis=0))
    assert slopes.max() < 1.5 * np.sort(slopes, axis=None)[-1000]


def test_same_score_same_samples():
    np.testing.assert_array_equal(play(chord(60, 64, 67)).samples, play(chord(60, 64, 67)).samples)


def test_drums_are_heard_quietly():
    def hits(pitch):
        return [Note(start=480 * i, end=480 * i + 60, pitch=pitch, velocity=100) for i in range(4)]

    drums = Track.make(name="Drums", notes=hits(36) + hits(38) + hits(42), channel=9)
    organ = Track.make(name="Organ", notes=[Note(start=0, end=1920, pitch=60, velocity=100)], program=19)
    alone, both = play(Score.make(voices=[organ])).samples, play(Score.make(voices=[organ, drums])).samples
    added = both[: len(alone)] / both.max() - alone[: len(both)] / alone.max()
    assert 0.01 < level(added) < level(alone)
    for pitch in range(35, 82):
        assert np.isfinite(additive._drum_sound(pitch, 44100)).all()
        assert np.abs(additive._drum_sound(pitch, 44100)).max() > 0.01


def test_only_the_beginning_on_request():
    assert 2 < play(chord(60, length=480 * 100), seconds=2).seconds < 4


def test_rates():
    assert play(chord(60), rate=8000).rate == 8000
    for rate in (0, 7999, 96000):
        with pytest.raises(InputError, match=f"rate {rate}: scores are played at 8000 to 48000"):
            play(chord(60), rate=rate)


def recipe():
    return Recipe(verb="harmonize", seed=7, parameters={}, versions={}, device="cpu")


def test_saving_long_scores_gives_the_same_sound_as_short_ones(tmp_path, monkeypatch):
    score = Score(tracks=chord(60, 64, length=480 * 70).tracks, recipe=recipe())
    synth.save(score, tmp_path / "short.flac", rate=8000, soundfont=synth.BUILT_IN)
    monkeypatch.setattr(synth, "LONG", 10)
    synth.save(score, tmp_path / "long.flac", rate=8000, soundfont=synth.BUILT_IN)
    assert (tmp_path / "long.flac").read_bytes() == (tmp_path / "short.flac").read_bytes()
    assert read_recipe(tmp_path / "long.flac") == recipe()
    assert Audio.read(tmp_path / "long.flac").peak == pytest.approx(synth.PEAK, abs=1e-3)


def test_a_target_that_cannot_be_written_is_refused_before_playing(tmp_path, monkeypatch):
    monkeypatch.setattr(synth, "_blocks", None)  # playing would raise TypeError
    for length in (480, 480 * 60 * 30):
        with pytest.raises(InputError, match=r"a sound is saved as .wav, .flac or .mp3"):
            synth.save(chord(60, length=length), tmp_path / "a.txt")


def test_render_carries_the_recipe():
    assert play(Score(tracks=chord(60).tracks, recipe=recipe())).recipe == recipe()
