"""The counts here were made by hand, from the chords as written out."""

import numpy as np
import pytest

from genart.errors import InputError
from genart.music import counterpoint
from genart.music.counterpoint import KINDS, Fault
from genart.music.score import Note, Score, Track
from genart.music.timing import Meter

# S, A, T, B. C major to F major in root position, everyone up a fourth: C5 G4 E4 C3 -> F5 C5 A4 F3.
# Fifths: alto and bass (G4-C3, C5-F3: a compound fifth). Octaves: soprano and bass (C5-C3, F5-F3).
BLOCKS = [[72, 67, 64, 48], [77, 72, 69, 53]]
# The same two chords led well: C5 G4 E4 C3 -> C5 A4 F4 F3. Nothing is parallel; soprano holds.
LED = [[72, 67, 64, 48], [72, 69, 65, 53]]


def kinds(grid, **options):
    return [(fault.kind, fault.step, fault.voices) for fault in counterpoint.faults(grid, **options)]


def parallels(upper, lower):
    """Parallels of two voices alone, as soprano and bass."""
    grid = np.full((len(upper), 4), -1)
    grid[:, 0], grid[:, 3] = upper, lower
    counts = counterpoint.counts(grid)
    return int(counts["fifths"]), int(counts["octaves"])


def test_parallels_of_a_chord_moved_in_block():
    assert kinds(BLOCKS) == [("fifths", 1, (1, 3)), ("octaves", 1, (0, 3)), ("overlaps", 1, (1, 2))]


def test_well_led_chords_have_no_faults():
    assert kinds(LED) == []


@pytest.mark.parametrize(
    ("name", "upper", "lower", "expected"),
    [
        ("fifths, up", [67, 69], [60, 62], (1, 0)),
        ("fifths, down by a leap", [76, 67], [69, 60], (1, 0)),
        ("compound fifths", [79, 81], [60, 62], (1, 0)),
        ("a fifth to a compound fifth", [67, 81], [60, 62], (1, 0)),
        ("octaves", [72, 74], [60, 62], (0, 1)),
        ("unisons", [60, 62], [60, 62], (0, 1)),
        ("unison to octave, both up", [60, 76], [60, 64], (0, 1)),
        ("contrary motion from a fifth to a compound fifth", [67, 81], [60, 50], (0, 0)),
        ("contrary motion from an octave to a unison", [72, 64], [60, 64], (0, 0)),
        ("repeated notes", [67, 67, 67], [60, 60, 60], (0, 0)),
        ("hidden fifth: a third before", [64, 69], [60, 62], (0, 0)),
        ("hidden octave: a sixth before", [69, 74], [60, 62], (0, 0)),
        ("one voice holds", [67, 67], [60, 48], (0, 0)),
        ("a fifth, then its crossing into a fourth", [67, 69], [60, 74], (0, 0)),
        ("crossed fourths are no fifths", [60, 62], [65, 67], (0, 0)),
        ("fifth and fifth with a rest between", [67, -1, 69], [60, -1, 62], (0, 0)),
        ("one voice rests before", [-1, 69], [60, 62], (0, 0)),
        ("three in a row are two parallels", [67, 69, 71], [60, 62, 64], (2, 0)),
        ("tritone to fifth", [65, 67], [59, 60], (0, 0)),
    ],
)
def test_parallels_of_two_voices(name, upper, lower, expected):
    assert parallels(upper, lower) == expected, name


def test_all_six_pairs_are_looked_at():
    """A fifth (then an octave) between each pair alone, both voices a tone up."""
    for pair in counterpoint.PAIRS:
        for kind, interval in (("fifths", 7), ("octaves", 12)):
            grid = np.full((2, 4), -1)
            grid[:, pair[0]], grid[:, pair[1]] = (60 + interval, 62 + interval), (60, 62)
            assert [place for place in kinds(grid) if place[0] in ("fifths", "octaves")] == [(kind, 1, pair)]


def test_a_crossing_counts_once_where_it_begins():
    grid = [[72, 67, 60, 48], [65, 67, 60, 48], [65, 67, 60, 48], [72, 67, 60, 48], [66, 67, 60, 48]]
    assert kinds(grid) == [("crossings", 1, (0, 1)), ("crossings", 4, (0, 1))]


def test_an_overlap_is_not_a_crossing():
    # Tenor C4 -> F4 passes the alto's E4 of before, while the alto leaves for A4.
    assert kinds([[72, 64, 60, 48], [72, 69, 65, 48]]) == [("overlaps", 1, (1, 2))]
    # Alto E4 -> B3 falls under the tenor's C4 of before, while the tenor leaves for G3.
    assert kinds([[72, 64, 60, 48], [69, 59, 55, 48]]) == [("overlaps", 1, (1, 2))]
    # Were the alto to stay, they would cross.
    assert kinds([[72, 64, 60, 48], [72, 64, 65, 48]]) == [("crossings", 1, (1, 2))]


def test_ranges_spacings_and_leaps():
    # Soprano Bb5 is above A5, and a tenth and more above the alto.
    assert kinds([[72, 67, 60, 48], [82, 67, 60, 48]]) == [("ranges", 1, (0,)), ("spacings", 1, (0, 1))]
    assert kinds([[74, 67, 54, 48]]) == [("spacings", 0, (1, 2))]
    assert kinds([[74, 67, 60, 36]]) == []  # tenor and bass may be two octaves apart
    assert kinds([[74, 67, 60, 60], [74, 67, 60, 47]]) == [("leaps", 1, (3,))]
    assert kinds([[74, 67, 60, 60], [74, 67, 60, 48]]) == []  # an octave is no leap over an octave
    narrow = {**counterpoint.RANGES, "bass": (40, 50)}
    assert kinds([[74, 67, 60, 52]], ranges=narrow) == [("ranges", 0, (3,))]


def test_motion_counts_changes_and_rests():
    # Step 1: A, T and B move: three pairs. Step 2: S falls silent alone. Step 3: S enters while T moves: one pair.
    grid = [[72, 67, 64, 48], [72, 69, 65, 53], [-1, 69, 65, 53], [72, 69, 64, 53]]
    counts = counterpoint.counts(grid)
    assert counts["moving_pairs"] == 4
    assert [int(counts[f"{voice}_moves"]) for voice in counterpoint.VOICES] == [2, 1, 2, 1]


def test_batches_count_as_their_pieces_do():
    grids = np.random.default_rng(5).integers(40, 80, (3, 2, 20, 4))
    grids[grids > 75] = -1
    whole = counterpoint.counts(grids)
    for i in range(3):
        for j in range(2):
            one = counterpoint.counts(grids[i, j])
            assert {name: int(count[i, j]) for name, count in whole.items()} == {k: int(v) for k, v in one.items()}
            listed = [fault.kind for fault in counterpoint.faults(grids[i, j])]
            assert {kind: listed.count(kind) for kind in KINDS} == {kind: int(one[kind]) for kind in KINDS}


@pytest.mark.parametrize("steps", [0, 1])
def test_next_to_nothing_has_no_motion(steps):
    counts = counterpoint.counts(np.full((steps, 4), 60))
    assert counts["moving_pairs"] == counts["fifths"] == counts["octaves"] == 0


def test_rates_are_events_over_bars():
    # 24 steps are 1.5 bars; the block of the first test moves once: 1 fifth, 1 octave, 6 moving pairs.
    piece = np.array(BLOCKS).repeat(12, axis=0)
    rates = counterpoint.rates([piece])
    assert rates["fifths"].value == pytest.approx(1 / 1.5)
    assert rates["moving_pairs"].value == pytest.approx(6 / 1.5)
    assert counterpoint.rates([piece], steps_per_bar=4)["fifths"].value == pytest.approx(1 / 6)
    assert rates["crossings"].low == rates["crossings"].value == 0
    assert rates["crossings"].high == pytest.approx(3.689 / 1.5, rel=0.01)  # exact Poisson: -ln(0.025)


def test_intervals_hold_what_they_promise():
    """Fifths drawn at a known rate a piece, every piece alike and then clumped: about 95 % of intervals hold it."""
    rng = np.random.default_rng(1)
    bars = np.full(76, 15.0)
    for spread, least in ((0.0, 0.93), (1.0, 0.90)):
        means = 2.0 * rng.gamma(1 / spread, spread, (400, 76)) if spread else np.full((400, 76), 2.0)
        intervals = [counterpoint.rate(events, bars) for events in rng.poisson(means).astype(float)]
        assert least <= np.mean([rate.low <= 2 / 15 <= rate.high for rate in intervals]) <= 0.99
    exact = counterpoint.rate(np.array([12.0]), np.array([1.0]))
    assert (exact.low, exact.high) == pytest.approx((6.20, 20.96), rel=0.01)  # tables of Poisson limits
    assert str(exact) == "12.0000 (6.1934-20.9630)"


def test_wrong_shapes_are_refused():
    with pytest.raises(InputError, match=r"A grid has shape \[\.\.\., T, 4\].*\(2, 3\)"):
        counterpoint.counts(np.zeros((2, 3)))
    with pytest.raises(InputError, match=r"One grid of shape \[T, 4\] is needed; this one has shape \(5, 2, 4\)"):
        counterpoint.faults(np.zeros((5, 2, 4)))
    with pytest.raises(InputError, match="nothing to count"):
        counterpoint.rates([])


def four_voices(grid, *, ticks=480, gate=1.0, delays=(0, 0, 0, 0)):
    """A score with one note for each cell of a grid, rests left out."""
    voices = [
        Track.make(
            name=name,
            notes=[
                Note(start=i * ticks + delay, end=i * ticks + delay + round(ticks * gate), pitch=row[voice])
                for i, row in enumerate(grid)
                if row[voice] >= 0
            ],
        )
        for voice, (name, delay) in enumerate(zip(counterpoint.VOICES, delays, strict=True))
    ]
    return Score.make(voices=voices, meters=[Meter(numerator=2, denominator=4)])


GRID = [[72, 67, 64, 48], [77, 72, 69, 53], [77, 72, 69, 53], [-1, 69, 65, 50], [72, 67, 64, 48]]


def test_columns_are_the_music_as_written():
    ticks, pitches = counterpoint.columns(four_voices(GRID), close=0)
    assert ticks.tolist() == [0, 480, 960, 1440, 1920, 2400]
    assert pitches.tolist() == [*GRID, [-1, -1, -1, -1]]


def test_columns_see_through_articulation_and_uneven_playing():
    for score in (four_voices(GRID, gate=0.5), four_voices(GRID, delays=(0, 30, 12, 55))):
        ticks, pitches = counterpoint.columns(score)
        found = [fault for fault in counterpoint.faults(pitches) if fault.kind in ("fifths", "octaves")]
        # The block of the first test; then alto and bass fall in fifths, 72-53 to 69-50 (bar 2) to 67-48 (bar 3).
        assert counterpoint.summary(found, counterpoint.bar_numbers(score, ticks)) == (
            "3 parallel fifths: bars 1-3; 1 parallel octave: bar 1"
        )


def test_columns_between_the_beats_count_too():
    """F5 E5 in eighths over a held E3, then D5 over D3: octaves, which a quarter grid does not see."""
    soprano = [(0, 240, 77), (240, 480, 76), (480, 960, 74)]
    rest = {"alto": (67, 67), "tenor": (60, 60), "bass": (52, 50)}
    voices = [Track.make(name="soprano", notes=[Note(start=s, end=e, pitch=p) for s, e, p in soprano])]
    for name, pitches in rest.items():
        notes = [Note(start=480 * i, end=480 * i + 480, pitch=pitch) for i, pitch in enumerate(pitches)]
        voices.append(Track.make(name=name, notes=notes))
    ticks, pitches = counterpoint.columns(Score.make(voices=voices))
    octaves = [fault for fault in counterpoint.faults(pitches) if fault.kind == "octaves"]
    assert octaves == [Fault(kind="octaves", step=2, voices=(0, 3))]
    assert ticks[2] == 480


def test_columns_need_four_voices():
    score = four_voices(GRID)
    with pytest.raises(InputError, match="a score of four voices, soprano first; this one has 3"):
        counterpoint.columns(Score(tracks=score.tracks[:-1]))


def test_summary_names_kinds_and_bars():
    bars = np.arange(20) // 2  # two steps a bar, a pickup first

    def of(kind, *steps):
        return [Fault(kind=kind, step=step, voices=(0, 3)) for step in steps]

    assert counterpoint.summary([], bars) == "no parallels"
    assert counterpoint.summary(of("fifths", 6, 15), bars) == "2 parallel fifths: bars 3, 7"
    assert counterpoint.summary(of("octaves", 1), bars) == "1 parallel octave: bar 0"
    assert counterpoint.summary(of("fifths", 2, 3), bars) == "2 parallel fifths: bar 1"
    assert counterpoint.summary(of("crossings", 2, 4, 6, 8, 18) + of("fifths", 4), bars) == (
        "1 parallel fifth: bar 2; 5 crossings of voices: bars 1-4, 9"
    )


def test_a_summary_of_very_many_faults_names_the_first_places():
    many = [Fault(kind="fifths", step=2 * bar, voices=(0, 3)) for bar in range(40)]
    text = counterpoint.summary(many, np.arange(100))
    assert text.startswith("40 parallel fifths: bars 0, 2, 4,") and text.endswith("28, 30 ...")
