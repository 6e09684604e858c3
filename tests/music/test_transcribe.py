import dataclasses

import numpy as np
import pytest
import singer
from singer import HUM, TIMBRES, VOWEL, Sung, sing

import genart
from genart.audio.audio import Audio
from genart.errors import InputError
from genart.music.score import Score

RATE = singer.RATE
# A pickup, repeated notes, a dotted note, a triplet and a leap of an octave.
TUNE = Score.parse(
    "D4 | G4 G4 A4:1.5 B4:.5 | B4:1/3 A4:1/3 B4:1/3 C5 D5 D4 | E4 E4 F#4 D4 | G4:2 G4", key="G", tempo=96
)
NOTES = singer.tune(TUNE)


def heard(sound: Audio, **options) -> tuple[Score, str, tuple[str, ...]]:
    told = []
    score = genart.transcribe(sound, on_understood=lambda *what: told.append(what), **options)
    ((understood, remarks),) = told
    return score, understood, tuple(remarks)


@pytest.fixture(scope="module")
def hum() -> Audio:
    return sing(NOTES, HUM, vibrato=50)


# The figures that are promised; benchmarks/transcribe.py measures them on many tunes.
@pytest.mark.parametrize(("noise", "figure"), [(None, 0.9), (20, 0.8)], ids=["clean", "noisy"])
@pytest.mark.parametrize("timbre", TIMBRES)
def test_notes_are_found(timbre, noise, figure):
    sound = sing(NOTES, TIMBRES[timbre], vibrato=50, noise=noise)
    score, *_ = heard(sound)
    true = singer.moved(NOTES, semitones=12 * TIMBRES[timbre].octaves)
    assert singer.f_measure(singer.played(score, first=NOTES[0].start), true) >= figure


def test_the_figure_is_that_of_mir_eval():
    # mir_eval 0.8.2 gives the same (to 1e-15) for 300 random lists; here: late by 80 ms counts, by 90 does not.
    true = [Sung(start=1, end=2, pitch=60), Sung(start=2, end=3, pitch=62), Sung(start=3, end=4, pitch=64)]
    late = [dataclasses.replace(true[0], start=1.08), dataclasses.replace(true[1], start=2.09), true[2]]
    assert singer.f_measure(true, true) == 1
    assert singer.f_measure(late, true) == pytest.approx(2 / 3)
    assert singer.f_measure([*true, true[0]], true) == pytest.approx(6 / 7)  # one note is found once
    assert singer.f_measure(singer.moved(true, semitones=1), true) == 0


def test_it_is_written_as_it_was_meant(hum):
    score, understood, remarks = heard(hum)
    assert [(n.start, n.pitch) for n in score.voices[0].notes] == [(n.start, n.pitch) for n in TUNE.voices[0].notes]
    assert understood == "17 notes · D4 to D5 · G major (estimated) · 4/4 · 96 bpm (estimated) · pickup 1 beat · 4 bars"
    assert remarks == ()
    assert [(str(meter), meter.tick) for meter in score.meters] == [("1/4", 0), ("4/4", 480)]


def test_what_is_given_is_not_estimated(hum):
    score, understood, _ = heard(hum, tempo=48, key="Em", meter="2/4", pickup=0.5)
    assert (score.tempos[0].bpm, score.keys[0].name, str(score.meters[-1])) == (48, "Em", "2/4")
    assert understood.endswith("E minor · 2/4 · 48 bpm · pickup 0.5 beat · 4 bars")


def test_the_recipe_tells_how(hum):
    score, *_ = heard(hum, key="G")
    recipe = score.recipe
    assert recipe is not None
    assert (recipe.verb, recipe.sources) == ("transcribe", ())
    assert recipe.parameters == {"tempo": None, "key": "G", "meter": "4/4", "pickup": None}


@pytest.mark.parametrize("rate", [8000, 192000])
def test_every_rate_is_heard_alike(rate, hum):
    score, *_ = heard(sing(NOTES, HUM, vibrato=50, rate=rate))
    assert [note.pitch for note in score.voices[0].notes] == [note.pitch for note in TUNE.voices[0].notes]


def test_a_clipped_recording_is_told(hum):
    score, _, (remark,) = heard(Audio(samples=np.clip(3 * hum.samples, -0.99, 0.99), rate=RATE))
    assert remark.startswith("the recording is clipped (") and remark.endswith("record it softer for surer notes")
    assert singer.f_measure(singer.played(score, first=NOTES[0].start), NOTES) > 0.9


def test_a_voice_out_of_tune_is_told():
    score, _, (remark,) = heard(sing(NOTES, HUM, cents=35))
    assert remark.endswith("cents sharp of A4 = 440 Hz, which was taken out") and 30 <= int(remark.split()[2]) <= 40
    assert score.voices[0].notes[0].pitch == 62


def test_of_several_voices_the_top_line_is_followed():
    thirds = [dataclasses.replace(note, pitch=note.pitch - 3 - i % 2) for i, note in enumerate(NOTES)]
    sound = sing(NOTES, HUM, seed=0).samples + sing(thirds, HUM, seed=1).samples
    score, _, remarks = heard(Audio(samples=sound, rate=RATE))
    assert remarks == ("the recording has several voices at once; their top line was followed",)
    assert singer.f_measure(singer.played(score, first=NOTES[0].start), NOTES) > 0.8


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(int(seconds * RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        (np.zeros(RATE), "the recording is silent, nothing in it is louder than -65 dB: check the microphone"),
        (1e-4 * noise(1), "the recording is silent"),
        (0.1 * noise(2), "no melody is heard in the recording: nothing in it keeps a pitch; sing without drums"),
        (np.array([0.5]), "no melody is heard in the recording"),
        (0.3 * np.sin(np.arange(600) / 10), "no melody is heard in the recording"),
    ],
    ids=["silence", "hiss", "noise", "a click", "a blip"],
)
def test_what_holds_no_melody_is_one_sentence(samples, sentence):
    with pytest.raises(InputError, match=sentence):
        genart.transcribe(Audio(samples=samples, rate=RATE))


def test_drums_are_no_melody():
    time = np.arange(RATE // 4) / RATE
    kick = 0.9 * np.sin(2 * np.pi * 65 * time) * np.exp(-12 * time)  # has a pitch, for a while
    snare = 0.4 * noise(0.25) * np.exp(-12 * time)
    with pytest.raises(
        InputError, match="no melody is heard in the recording: most of what is loud in it has no pitch"
    ):
        genart.transcribe(Audio(samples=np.tile(np.concatenate([kick, snare, snare]), 6), rate=RATE))


def test_one_note_is_a_melody():
    score, understood, _ = heard(sing([Sung(start=0, end=3, pitch=67)], VOWEL))
    assert [note.pitch for note in score.voices[0].notes] == [67]
    assert understood.startswith("1 note · G4 to G4")
