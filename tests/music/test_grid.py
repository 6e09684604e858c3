import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from tunes import song, songs, tune

from genart.errors import InputError
from genart.music import reading, timing
from genart.music.grid import BEAT, make_grid
from genart.music.score import Meter, Note

PATIENT = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def grid_of(text, *, meter="4/4", value="auto", unit=480, **options):
    read = reading.read(song(text, meter=meter, unit=unit, **options))
    return make_grid(read.bars, resolution=480, notes=read.melody.notes, value=value)


def lengths(grid, *notes):
    """Steps from note to note, given as ticks."""
    return [grid.nearest(b) - grid.nearest(a) for a, b in itertools.pairwise(notes)]


@pytest.mark.parametrize(
    ("unit", "ticks_a_step"),
    [(60, 30), (120, 60), (240, 120), (480, 120), (720, 240), (960, 240), (1440, 480), (1920, 480)],
)
def test_a_usual_note_is_two_to_four_steps(unit, ticks_a_step):
    grid = grid_of("C5 D5 E5 F5 " * 8, unit=unit)
    assert set(np.diff(grid.edges)) == {ticks_a_step}
    assert 2 <= unit / ticks_a_step <= 4


@pytest.mark.parametrize(
    ("meter", "unit"),
    [("2/4", 240), ("3/4", 480), ("4/4", 960), ("5/4", 480), ("5/8", 240), ("7/8", 240), ("4/8", 240)],
)
def test_every_bar_begins_a_beat(meter, unit):
    grid = grid_of("C5 D5 E5 F5 " * 12, meter=meter, unit=unit)
    bar = int(Meter.parse(meter).ticks(480))
    assert [grid.nearest(tick) % BEAT for tick in range(0, 5 * bar, bar)] == [0] * 5
    assert 2 <= grid.nearest(unit) <= 4


def test_rests_do_not_count_as_notes():
    """Half of the distances of onsets are eighths, whatever the rests between phrases."""
    grid = grid_of("C5:1/2 D5:1/2 E5:1/2 F5:1/2 G5:2 r:8 " * 4)
    assert grid.edges[1] == 120


@pytest.mark.parametrize(("value", "ticks"), [("1/4", 480), ("1/8", 240), ("1/16", 120), ("1/32", 60)])
def test_a_grid_can_be_given(value, ticks):
    assert grid_of("C5 D5 E5 F5", value=value).edges[1] == ticks
    assert grid_of("C5 D5 E5", meter="3/4", value=value).edges[1] == ticks


def test_an_unknown_grid_is_refused():
    with pytest.raises(InputError, match=r"^grid '1/12': it is auto, 1/4, 1/8, 1/16 or 1/32$"):
        grid_of("C5", value="1/12")


def test_six_eight_lilts():
    """A quarter and an eighth are a beat each to the model; three eighths are two, two and four steps."""
    grid = grid_of("C5:2 D5 E5:2 F5 G5 F5 E5 D5 E5 F5 G5:3 C5:3", meter="6/8", unit=240)
    assert lengths(grid, 0, 480, 720) == [4, 4]
    assert lengths(grid, 1440, 1680, 1920, 2160) == [2, 2, 4]
    assert len(grid) == 3 * 16
    assert grid.phase == 0


@pytest.mark.parametrize(("value", "steps"), [("1/4", 2), ("1/8", 4), ("1/16", 8), ("1/32", 12)])
def test_a_grid_can_be_given_in_compound_meters(value, steps):
    """Steps a dotted quarter; 1/32 gives each eighth a beat of its own."""
    grid = grid_of("C5 D5 E5 F5 G5 A5", meter="6/8", unit=240, value=value)
    assert grid.nearest(720) == steps


def test_long_notes_of_six_eight_are_one_beat():
    assert lengths(grid_of("C5 D5 E5 F5 " * 3, meter="6/8", unit=720), 0, 720) == [4]


def test_triplets_lilt_in_simple_meters():
    grid = grid_of("C5 D5 E5 F5 G5 A5 " * 4, unit=160)
    assert lengths(grid, 0, 160, 320, 480) == [2, 2, 4]


def test_swing_is_even_to_the_model():
    grid = grid_of("C5:2 D5:1 E5:2 F5:1 " * 4, unit=160)
    assert lengths(grid, 0, 320, 480) == [2, 2]


def test_dotted_rhythms_and_sixteenths_are_no_triplets():
    for text in ("C5:3 D5:1 E5:3 F5:1 " * 4, "C5:1 D5:1 E5:2 " * 4):
        assert set(np.diff(grid_of(text, unit=120).edges)) <= {60, 120}


def test_a_slow_waltz_is_one_beat_a_bar():
    """Halves and quarters: in even beats, the half would be eight steps."""
    grid = grid_of("C5:2 D5 E5:2 F5 G5:3 F5:3 " * 3, meter="3/4")
    assert lengths(grid, 0, 960, 1440) == [2, 2]
    assert set(np.diff(grid_of("C5 D5 E5 F5:2 G5 " * 3, meter="3/4").edges)) == {120}


@pytest.mark.parametrize(
    ("pickup", "phase"),
    [(480, 0), (240, 2), (120, 3), (720, 2), (1200, 2)],
)
def test_a_pickup_ends_with_a_beat(pickup, phase):
    bars = timing.bars([Meter(numerator=4, denominator=4)], resolution=480, end=4000, pickup=pickup)
    grid = make_grid(bars, resolution=480, notes=tune("C5 D5 E5 F5 G5"))
    assert grid.phase == phase
    assert (grid.phase + grid.nearest(pickup)) % BEAT == 0
    assert grid.edges[0] == 0


def test_an_eighth_before_a_bar_of_six_eight():
    bars = timing.bars([Meter(numerator=6, denominator=8)], resolution=480, end=4000, pickup=240)
    grid = make_grid(bars, resolution=480, notes=tune("C5:1/2 D5 E5:1/2 F5 G5:1/2"))
    assert grid.nearest(240) == 2  # the last third of a beat of four steps
    assert grid.phase == 2


def test_meters_may_change():
    """5/4 in quarters, then 6/8 in quarters and eighths: each in steps of its own."""
    meters = [Meter(numerator=5, denominator=4), Meter(tick=2400, numerator=6, denominator=8)]
    bars = timing.bars(meters, resolution=480, end=2400 + 1440)
    grid = make_grid(bars, resolution=480, notes=tune("C5 C5 C5 C5 C5 D5 E5:1/2 F5 G5:1/2"))
    assert grid.nearest(2400) == 20
    assert lengths(grid, 2400, 2880, 3120) == [2, 2]


def test_a_bar_that_is_cut_short_keeps_whole_beats():
    """A meter that changes in the middle of a beat: what follows begins a beat all the same."""
    meters = [Meter(numerator=4, denominator=4), Meter(tick=1920 + 1680, numerator=4, denominator=4)]
    bars = timing.bars(meters, resolution=480, end=8000)
    grid = make_grid(bars, resolution=480, notes=tune("C5 D5 E5 F5 G5"))
    assert grid.nearest(3600) % BEAT == 0
    assert grid.nearest(3600) == 16 + 16  # three and a half quarters are four beats


def test_nearest():
    grid = grid_of("C5 D5 E5 F5")
    assert [grid.nearest(tick) for tick in (0, 59, 60, 61, 120, 1919, 1920, 5000)] == [0, 0, 1, 1, 1, 16, 16, 16]


def test_one_note_is_enough():
    assert len(grid_of("C5")) == 16
    assert len(make_grid(timing.bars([Meter(numerator=4, denominator=4)], resolution=480, end=1), resolution=480,
                         notes=[Note(start=0, end=0, pitch=60)])) == 16  # fmt: skip


@PATIENT
@given(songs())
def test_steps_rise_and_cover_the_song(score):
    read = reading.read(reading.fine(score))
    for value in ("auto", "1/4", "1/32"):
        grid = make_grid(read.bars, resolution=read.score.resolution, notes=read.melody.notes, value=value)
        assert grid.edges[0] == 0
        assert grid.edges[-1] >= read.score.end
        assert (np.diff(grid.edges) > 0).all()
        assert 0 <= grid.phase < BEAT


@PATIENT
@given(songs())
def test_by_itself_every_bar_begins_a_beat(score):
    read = reading.read(reading.fine(score))
    grid = make_grid(read.bars, resolution=read.score.resolution, notes=read.melody.notes)
    for bar in read.bars:
        if bar.number > 0:
            assert (grid.phase + grid.nearest(bar.start)) % BEAT == 0
