import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tunes import filled, song, songs

from genart.errors import InputError
from genart.music import parts, reading
from genart.music import plan as plans
from genart.music.counterpoint import REST
from genart.music.fit import SINGABLE
from genart.music.score import DRUM_CHANNEL, Note, Score, Track

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def planned(text, *, keep="soprano", **options):
    return plans.make(reading.read(song(text), keep=keep), value="1/16", **options)


def cells_of(plan, **voices):
    """The plan's steps with new voices as "C4:4 D4:4", lengths in steps."""
    cells = np.full((len(plan.grid), 4), REST)
    cells[:, 0] = plan.melody.pitches
    for place, name in enumerate(("soprano", "alto", "tenor", "bass")):
        if name in voices:
            row = list(_steps(voices[name]))
            cells[: len(row), place] = row
    return cells


def _steps(text):
    for word in text.split():
        name, _, length = word.partition(":")
        pitch = REST if name == "r" else int(name)
        yield from [pitch] * int(length)


def alto(plan, cells, *, articulation="harmony"):
    notes = parts.new_notes(cells, 1, plan=plan, articulation=articulation, channel=1)
    return [(note.start, note.end, note.pitch) for note in notes]


MELODY = "C5 C5 D5 E5"


def test_a_voice_that_changes_strikes_anew():
    plan = planned(MELODY)
    cells = cells_of(plan, alto="67:4 65:2 64:2 67:8", tenor="60:16", bass="48:16")
    assert alto(plan, cells, articulation="held") == [
        (0, 480, 67), (480, 720, 65), (720, 960, 64), (960, 1920, 67),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("articulation", "starts"),
    [
        ("held", [0]),
        ("melody", [0, 480, 960, 1440]),
        ("harmony", [0, 960]),  # where the bass moves, on the third beat
    ],
)
def test_what_is_held_is_struck_again(articulation, starts):
    plan = planned(MELODY)
    cells = cells_of(plan, alto="67:16", tenor="60:16", bass="48:8 55:8")
    assert [start for start, _, _ in alto(plan, cells, articulation=articulation)] == starts


def test_harmony_strikes_on_beats_with_the_melody_alone():
    """Not on the second eighth, where the bass moves, nor on the third beat, where the melody is held."""
    plan = planned("C5:1/2 D5:1/2 C5:2 D5")
    cells = cells_of(plan, alto="67:16", bass="48:2 50:6 52:4 53:4")
    assert [start for start, _, _ in alto(plan, cells)] == [0, 1440]


def test_harmony_listens_to_kept_voices_too():
    score = Score.make(voices=[
        Track.make(name="Up", notes=song(MELODY).tracks[1].notes),
        Track.make(name="Down", notes=song("C3:2 G3:2").tracks[1].notes, channel=1),
    ])  # fmt: skip
    plan = plans.make(reading.read(score, keep={"soprano": 2, "bass": 3}), value="1/16")
    cells = cells_of(plan, alto="67:16", tenor="60:16", bass="48:8 55:8")
    assert [start for start, _, _ in alto(plan, cells)] == [0, 960]


def test_rests_end_notes():
    plan = planned(MELODY)
    assert alto(plan, cells_of(plan, alto="67:3 r:2 67:4 r:7")) == [(0, 360, 67), (600, 1080, 67)]


def test_velocities_follow_the_melody():
    """At 0.85 of it, and never 0."""
    notes = [Note(start=0, end=480, pitch=72, velocity=100), Note(start=480, end=960, pitch=74, velocity=1)]
    plan = plans.make(reading.read(Score.make(voices=[Track.make(name="", notes=notes)])), value="1/16")
    cells = cells_of(plan, alto="67:2 65:2 64:2 65:2")
    made = parts.new_notes(cells, 1, plan=plan, articulation="held", channel=1)
    assert [note.velocity for note in made] == [85, 85, 1, 1]


def test_staccato_is_shared():
    notes = [Note(start=480 * i, end=480 * i + 200, pitch=72 + i) for i in range(4)]
    plan = plans.make(reading.read(Score.make(voices=[Track.make(name="", notes=notes)])), value="1/16")
    cells = cells_of(plan, alto="67:4 65:4 64:6")
    assert alto(plan, cells, articulation="held") == [(0, 200, 67), (480, 680, 65), (960, 1640, 64)]


def test_rests_of_the_melody_that_are_short_are_played_through():
    plan = planned("C5 r:2 D5")
    assert alto(plan, plan.sounding(_held_chord(plan)), articulation="held") == [(0, 1920, 67)]
    assert alto(plan, plan.sounding(_held_chord(plan)), articulation="melody") == [(0, 1440, 67), (1440, 1920, 67)]


def _held_chord(plan):
    cells = plan.copy()
    cells[:, 1:] = 67, 60, 48
    return cells


def test_long_rests_are_shared():
    plan = planned("C5:2 r:6 D5:2")
    assert alto(plan, plan.sounding(_held_chord(plan))) == [(0, 960, 67), (3840, 4800, 67)]


@pytest.mark.parametrize("articulation", ["legato", "", "Held"])
def test_unknown_articulations(articulation):
    with pytest.raises(InputError, match=rf"^articulation '{articulation}': it is one of harmony, melody, held$"):
        parts.known_articulation(articulation)


def test_programs():
    assert parts.programs("strings") == (40, 40, 41, 42)  # violins, viola, cello, from 0
    assert all(0 <= program < 128 for four in parts.PROGRAMS.values() for program in four)
    names = ", ".join(parts.PROGRAMS)
    with pytest.raises(InputError, match=rf"^programs 'kazoo': they are {names}$"):
        parts.programs("kazoo")


def test_channels():
    assert parts.free_channels({0, 1}, 3) == (2, 3, 4)
    assert parts.free_channels({0, 7}, 8) == (1, 2, 3, 4, 5, 6, 8, 10)
    assert parts.free_channels(set(range(14)), 3) == (14, 15, 15)
    assert DRUM_CHANNEL not in parts.free_channels(set(), 16)


@PATIENT
@given(
    songs(),
    st.sampled_from(parts.ARTICULATIONS),
    st.sampled_from(["auto", "1/8", "1/32"]),
    st.booleans(),
    st.integers(1, 12),
    st.integers(0, 99),
)
def test_new_voices_can_be_sung(score, articulation, value, through_rests, longest, seed):
    """One note at a time, each of some length, within its range; what begins with the melody begins at its tick."""
    read = reading.read(reading.fine(score))
    plan = plans.make(read, value=value, through_rests=through_rests)
    cells = plan.sounding(filled(plan, seed=seed, longest=longest))
    onsets = {step: note.start for step, note in plan.melody.onsets.items()}
    for voice in plan.new:
        notes = parts.new_notes(cells, voice, plan=plan, articulation=articulation, channel=1)
        low, high = tuple(SINGABLE.values())[voice]
        assert all(note.start < note.end and low <= note.pitch <= high for note in notes)
        assert all(a.end <= b.start for a, b in itertools.pairwise(notes))
        struck = np.flatnonzero(parts.strikes(cells, voice, plan=plan, articulation=articulation))
        assert {onsets[step] for step in struck.tolist() if step in onsets} <= {note.start for note in notes}
        last = max(note.end for note in read.melody.notes) + read.score.resolution // 8  # or a short step later
        assert all(note.end <= last for note in notes)
        if not through_rests:
            assert not any(_within_a_rest(note, read) for note in notes)


def _within_a_rest(note, read):
    """Whether a note sounds in the middle of a bar or more in which the melody has none, with a beat to spare."""
    sounding = [kept for kept in read.melody.notes if kept.end > kept.start]
    for a, b in itertools.pairwise(sounding):
        spare = 2 * read.score.resolution
        whole = max(float(bar.meter.ticks(read.score.resolution)) for bar in read.bars)
        if b.start - a.end > whole + spare and note.start < b.start - spare and note.end > a.end + spare:
            return True
    return False
