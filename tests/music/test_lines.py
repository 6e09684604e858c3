import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tunes import songs, tune

from genart.music import reading, timing
from genart.music.counterpoint import REST
from genart.music.grid import make_grid
from genart.music.lines import Clock, lay, runs
from genart.music.score import Meter, Note

PATIENT = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def grid_for(notes, *, value="1/16"):
    end = max(note.end for note in notes)
    bars = timing.bars([Meter(numerator=4, denominator=4)], resolution=480, end=end)
    return make_grid(bars, resolution=480, notes=notes, value=value)


def laid(notes, **options):
    return lay(notes, grid_for(notes, **options))


def notes_of(*triples):
    return [Note(start=start, end=end, pitch=pitch) for start, end, pitch in triples]


def shape(line):
    """The line as (first step, end, pitch), rests left out."""
    return [(a, b, int(line.pitches[a])) for a, b in runs(line.pitches) if line.pitches[a] != REST]


def test_a_written_melody_is_on_its_steps():
    line = laid(tune("C5 D5:1/2 E5:1/2 F5:2"))
    assert shape(line) == [(0, 4, 72), (4, 6, 74), (6, 8, 76), (8, 16, 77)]
    assert {step: note.pitch for step, note in line.onsets.items()} == {0: 72, 4: 74, 6: 76, 8: 77}
    assert line.ends == {4: 480, 6: 720, 8: 960, 16: 1920}


def test_repeated_notes_are_two():
    assert sorted(laid(tune("C5 C5")).onsets) == [0, 4]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0, 1.2])
def test_staccato_and_legato_quarters_are_quarters(share):
    notes = notes_of(*((i * 480, i * 480 + round(480 * share), 60 + i) for i in range(4)))
    line = laid(notes)
    assert shape(line)[:3] == [(0, 4, 60), (4, 8, 61), (8, 12, 62)]
    assert line.ends[4] == round(480 * share)


def test_rests_of_over_half_a_beat_stay_after_long_notes():
    assert shape(laid(tune("C5:1.5 r:1/2 D5"))) == [(0, 8, 72), (8, 12, 74)]  # half a beat: articulation
    assert shape(laid(tune("C5:2 r:1 D5"))) == [(0, 8, 72), (12, 16, 74)]
    assert shape(laid(tune("C5:1/4 r:3/4 D5"))) == [(0, 4, 72), (4, 8, 74)]  # the rest of its beat


def test_what_was_played_late_or_early_is_on_its_step_and_known_by_its_real_time():
    notes = notes_of((30, 500, 60), (470, 900, 62), (1000, 1400, 64))
    line = laid(notes)
    assert shape(line) == [(0, 4, 60), (4, 8, 62), (8, 12, 64)]
    assert [note.start for note in line.onsets.values()] == [30, 470, 1000]


def test_grace_notes_lose_to_what_they_ornament():
    line = laid(notes_of((0, 470, 60), (470, 500, 66), (500, 960, 62)))
    assert shape(line) == [(0, 4, 60), (4, 8, 62)]


def test_one_short_note_alone_has_its_step():
    assert shape(laid(notes_of((490, 500, 60)))) == [(4, 5, 60)]


def test_zero_length_is_left_out():
    assert shape(laid(notes_of((0, 480, 60), (480, 480, 90), (480, 960, 62)))) == [(0, 4, 60), (4, 8, 62)]


def test_runs():
    assert runs(np.array([1, 1, 2, 1, 1])) == [(0, 2), (2, 3), (3, 5)]
    assert runs(np.array([7])) == [(0, 1)]


def clock_of(notes, **options):
    grid = grid_for(notes, **options)
    return Clock.of(grid, [lay(notes, grid)])


def test_the_clock_starts_with_notes_as_played_and_bends_between():
    clock = clock_of(notes_of((40, 480, 60), (500, 940, 62), (940, 1400, 64)))
    assert clock.starts[[0, 4, 8]].tolist() == [40, 500, 940]
    assert clock.starts[:5].tolist() == [40, 155, 270, 385, 500]  # in even steps
    assert clock.starts[12] == 1440 - 20  # after the last note by as much as it was early


def test_swung_notes_are_joined():
    notes = notes_of((0, 320, 60), (320, 480, 62), (480, 800, 64), (800, 960, 65))
    clock = clock_of(notes)
    onsets = sorted(lay(notes, grid_for(notes)).onsets)
    assert clock.starts[onsets].tolist() == [0, 320, 480, 800]


def test_new_notes_end_with_kept_ones():
    clock = clock_of(notes_of((0, 330, 60), (480, 960, 62)))
    assert clock.end(0, 4) == 330  # with the melody's staccato
    assert clock.end(120, 4) == 330
    assert clock.end(240, 4) == 330
    assert clock.end(310, 4) == 480  # so late there would be nothing left of it
    assert clock.end(360, 4) == 480
    assert clock.end(0, 2) == 240  # where none ends, on the step


def test_the_first_line_counts_where_two_differ():
    grid = grid_for(tune("C5:4"))
    upper, lower = (lay(notes_of((start, start + 460, 60)), grid) for start in (480, 500))
    assert Clock.of(grid, [upper, lower]).starts[4] == 480
    assert Clock.of(grid, [lower, upper]).starts[4] == 500
    assert Clock.of(grid, [upper, lower]).end(480, 8) == 940


@PATIENT
@given(songs())
def test_steps_with_onsets_start_with_them(score):
    """Of every song: clocks never run back, onsets rise, and each is at the tick of its note."""
    read = reading.read(reading.fine(score))
    grid = make_grid(read.bars, resolution=read.score.resolution, notes=read.melody.notes)
    line = lay(read.melody.notes, grid)
    clock = Clock.of(grid, [line])
    assert line.onsets
    assert (np.diff(clock.starts) >= 0).all()
    assert all(clock.starts[step] == note.start for step, note in line.onsets.items())
    assert all(line.pitches[step] == note.pitch for step, note in line.onsets.items())
    for (a, first), (b, second) in itertools.pairwise(sorted(line.onsets.items())):
        assert a < b
        assert first.start < second.start
