import numpy as np
import pytest

from genart.audio.contour import Contour
from genart.music import heard
from genart.music.heard import SECONDS

LOUD, NONE = -20.0, np.nan


def contour(*stretches: tuple[float, float], level: np.ndarray | None = None) -> Contour:
    """Seconds and MIDI pitch (NaN for silence) of each stretch."""
    pitch = np.concatenate([np.full(round(seconds / SECONDS), midi) for seconds, midi in stretches])
    loudness = np.where(np.isnan(pitch), -90.0, LOUD) if level is None else level
    return Contour(pitch=pitch.astype(np.float32), level=loudness.astype(np.float32))


def pitches(sound: Contour) -> list[int]:
    return [note.pitch for note in heard.melody(sound).notes]


def changed(sound: Contour, pitch: np.ndarray) -> Contour:
    return Contour(pitch=(sound.pitch + pitch).astype(np.float32), level=sound.level)


def test_notes_stand_where_they_sound():
    first, second = heard.melody(contour((0.5, NONE), (0.4, 60), (0.6, 62), (0.3, NONE))).notes
    assert (first.pitch, second.pitch) == (60, 62)
    assert [first.start, first.end, second.start, second.end] == pytest.approx([0.5, 0.9, 0.9, 1.5], abs=0.025)
    assert first.level == LOUD


def test_silence_parts_notes_of_one_pitch_and_a_moment_of_it_does_not():
    assert pitches(contour((0.4, 60), (0.1, NONE), (0.4, 60))) == [60, 60]
    moment = (0.4, 60), (0.02, NONE), (0.4, 60)  # a rough sound, as loud as the rest
    level = np.full(len(contour(*moment).pitch), LOUD)
    assert pitches(contour(*moment, level=level)) == [60]


@pytest.mark.parametrize(("depth", "count"), [(0, 1), (1, 1), (10, 2)])
def test_a_dip_parts_notes_of_one_pitch(depth, count):
    sound = contour((1.0, 60))
    points = np.arange(len(sound.pitch))
    level = LOUD - depth * np.clip(1 - np.abs(points - 43) / 4, 0, 1)  # 0.09 s wide
    notes = heard.melody(contour((1.0, 60), level=level)).notes
    assert len(notes) == count
    if count == 2:
        assert notes[1].start == pytest.approx(0.5, abs=0.05)


def test_a_note_that_fades_away_is_one():
    level = LOUD - np.linspace(0, 30, round(1.5 / SECONDS))  # as a plucked string
    assert pitches(contour((1.5, 60), level=level)) == [60]


@pytest.mark.parametrize("hertz", [3.5, 5.5, 7.0])
def test_vibrato_of_half_a_semitone_is_one_note(hertz):
    sound = contour((0.8, 60), (0.8, 62), (0.8, 60))
    swing = 0.5 * np.sin(2 * np.pi * hertz * SECONDS * np.arange(len(sound.pitch)))
    assert pitches(changed(sound, swing)) == [60, 62, 60]


def test_a_scoop_belongs_to_the_note_it_leads_to():
    since = SECONDS * np.arange(round(0.6 / SECONDS))
    scoop = -1.5 * np.exp(-since / 0.06)
    (note,) = heard.melody(changed(contour((0.6, 64)), scoop)).notes
    assert note.pitch == 64
    assert note.start == pytest.approx(0, abs=0.03)


def test_a_glide_begins_the_note_it_leads_to():
    bend = np.linspace(0, 4, 6)  # 70 ms
    pitch = np.concatenate([np.full(40, 60.0), 60 + bend, np.full(40, 64.0)]).astype(np.float32)
    first, second = heard.melody(Contour(pitch=pitch, level=np.full(len(pitch), LOUD, np.float32))).notes
    assert (first.pitch, second.pitch) == (60, 64)
    assert 40 * SECONDS - 0.03 < second.start < 46 * SECONDS


def test_a_slip_of_an_octave_is_no_note():
    assert pitches(contour((0.4, 60), (0.08, 72), (0.4, 60))) == [60]
    assert pitches(contour((0.4, 60), (0.4, 72), (0.4, 60))) == [60, 72, 60]  # a leap is


@pytest.mark.parametrize("cents", [-45, -30, 0, 30, 45])
def test_a_voice_out_of_tune_keeps_its_intervals(cents):
    sound = contour((0.5, 60), (0.5, 64), (0.5, 62), (0.5, 60))
    melody = heard.melody(changed(sound, np.full(len(sound.pitch), cents / 100)))
    assert [note.pitch for note in melody.notes] == [60, 64, 62, 60]
    assert melody.tuning == pytest.approx(cents / 100, abs=0.02)


def test_a_voice_that_sinks_slowly_is_followed():
    sound = contour(*[(0.5, 60 + 2 * (i % 3)) for i in range(120)])  # a minute
    sinking = np.linspace(0, -0.8, len(sound.pitch))
    assert pitches(changed(sound, sinking)) == [60 + 2 * (i % 3) for i in range(120)]


def test_what_is_far_softer_than_the_singing_is_none_of_it():
    sound = contour((0.5, 60), (0.5, 67))
    level = np.where(sound.pitch == 67, LOUD - 45, LOUD)
    assert pitches(contour((0.5, 60), (0.5, 67), level=level)) == [60]


def test_nothing_is_heard_in_nothing():
    assert heard.melody(contour((1.0, NONE))).notes == ()
    assert heard.melody(contour((0.5, NONE), (0.03, 60), (0.5, NONE))).notes == ()  # too short to be a note
