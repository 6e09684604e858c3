"""Voice leading of four-part music, counted: parallels, crossings, overlaps, ranges, spacing, leaps, motion.

A *grid* is int[..., T, 4]: soprano, alto, tenor and bass as MIDI pitches, -1 for a rest, one row a time step.
Everything is plain array arithmetic, works on whole batches, and is the same on a 16th grid, on every fourth
step of one, or on the columns of a written score (`columns`), which belong to no grid.

Over the 76 valid pieces of the JSB chorales (16th grid, 1150.5 bars of 16 steps) these definitions give Bach, a bar:
0.0104 parallel fifths, 0.0052 parallel octaves, 13.23 moving pairs, and 3.20, 3.34, 4.14 moves of alto, tenor, bass.
On every fourth step: 0.0435 fifths, 0.0200 octaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from genart.errors import InputError
from genart.music.score import Score, Track

REST = -1
VOICES = ("soprano", "alto", "tenor", "bass")
RANGES: Mapping[str, tuple[int, int]] = {  # lowest and highest pitch; 99.9 % of Bach's notes lie within
    "soprano": (60, 81),
    "alto": (53, 74),
    "tenor": (48, 69),
    "bass": (36, 64),
}
PAIRS = tuple(combinations(range(4), 2))  # upper voice first
NEIGHBORS = ((0, 1), (1, 2), (2, 3))
SPACED = ((0, 1), (1, 2))  # tenor and bass may lie any distance apart
SINGLES = ((0,), (1,), (2,), (3,))
MOST_PLACES = 16  # named in a summary

# kind -> (the voices a fault of this kind may concern, one fault in words, many in words)
KINDS: Mapping[str, tuple[tuple[tuple[int, ...], ...], str, str]] = {
    "fifths": (PAIRS, "parallel fifth", "parallel fifths"),
    "octaves": (PAIRS, "parallel octave", "parallel octaves"),
    "crossings": (PAIRS, "crossing of voices", "crossings of voices"),
    "overlaps": (NEIGHBORS, "overlap of voices", "overlaps of voices"),
    "ranges": (SINGLES, "stretch out of range", "stretches out of range"),
    "spacings": (SPACED, "gap over an octave", "gaps over an octave"),
    "leaps": (SINGLES, "leap over an octave", "leaps over an octave"),
}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault: its kind (a key of `KINDS`), the step at which it is heard, the voices (0 = soprano) concerned."""

    kind: str
    step: int
    voices: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Events a bar, with the two ends of a 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f}-{self.high:.4f})"


def marks(grids: ArrayLike, *, ranges: Mapping[str, tuple[int, int]] = RANGES) -> dict[str, np.ndarray]:
    """Mark every fault in place.

    Two adjacent steps in which any voice concerned rests never make a fault, nor does a rest itself.

    - fifths, octaves: both voices move in the same direction and the distance between them, in semitones and
      without sign, is 7 (0) modulo 12 before and after. Compound fifths and unison to octave count; contrary motion,
      repeated notes, hidden fifths, and a pair that crosses into a fourth do not. All six pairs.
    - crossings: a lower voice sounds above a higher one. All six pairs.
    - overlaps: of two neighbors that are not crossed, one moves beyond the pitch that the other has just left.
    - ranges: a voice sounds outside `ranges`.
    - spacings: over an octave between soprano and alto, or alto and tenor.
    - leaps: a voice moves by more than an octave.

    Crossings, ranges and spacings are states: each is marked once, at the step where it begins, so that counts do
    not depend on the grid.

    Parameters
    ----------
    grids : int[..., T, 4]
        MIDI pitches, -1 = rest.
    ranges : mapping
        Lowest and highest MIDI pitch of each of `VOICES`.

    Returns
    -------
    dict of bool[..., T, P]
        For each kind, a mark at the step where the fault is heard (of a motion, the later step); P as in `KINDS`.
    """
    now = _grids(grids)
    before = np.concatenate([np.full_like(now[..., :1, :], REST), now[..., :-1, :]], axis=-2)
    sounds = now >= 0
    moves = np.where(sounds & (before >= 0), np.sign(now - before), 0)  # -1, 0, 1
    known = sounds & (before >= 0)
    low, high = np.array([ranges[voice] for voice in VOICES]).T

    up, down = np.array(PAIRS).T
    similar = moves[..., up] * moves[..., down] > 0
    distance, distance_before = (np.abs(g[..., up] - g[..., down]) % 12 for g in (now, before))
    together = sounds[..., up] & sounds[..., down]
    crossed = together & (now[..., up] < now[..., down])

    top, under = np.array(NEIGHBORS).T
    open_now, open_before = (g[..., top] >= g[..., under] for g in (now, before))
    beyond = (now[..., under] > before[..., top]) | (now[..., top] < before[..., under])
    upper, lower = np.array(SPACED).T
    wide = sounds[..., upper] & sounds[..., lower] & (now[..., upper] - now[..., lower] > 12)
    return {
        "fifths": similar & (distance == 7) & (distance_before == 7),
        "octaves": similar & (distance == 0) & (distance_before == 0),
        "crossings": _begins(crossed),
        "overlaps": known[..., top] & known[..., under] & open_now & open_before & beyond,
        "ranges": _begins(sounds & ((now < low) | (now > high))),
        "spacings": _begins(wide),
        "leaps": known & (np.abs(now - before) > 12),
    }


def counts(grids: ArrayLike, *, ranges: Mapping[str, tuple[int, int]] = RANGES) -> dict[str, np.ndarray]:
    """Count faults and motion of each grid of a batch.

    Parameters
    ----------
    grids : int[..., T, 4]
        MIDI pitches, -1 = rest.
    ranges : mapping
        Lowest and highest MIDI pitch of each of `VOICES`.

    Returns
    -------
    dict of int[...]
        One entry for each of `KINDS` (see `marks`); "moving_pairs", pairs of voices that change between the same two
        steps (six pairs, each step); "soprano_moves", "alto_moves", "tenor_moves", "bass_moves", changes of a voice.
        A change to or from a rest is a change here (without them Bach's 13.23 moving pairs a bar would be 13.00).
    """
    grids = _grids(grids)
    changes = grids[..., 1:, :] != grids[..., :-1, :]  # [..., T-1, 4]
    changing = changes.sum(axis=-1)
    result = {kind: mark.sum(axis=(-2, -1)) for kind, mark in marks(grids, ranges=ranges).items()}
    result["moving_pairs"] = (changing * (changing - 1) // 2).sum(axis=-1)
    for voice, name in enumerate(VOICES):
        result[f"{name}_moves"] = changes[..., voice].sum(axis=-1)
    return result


def faults(grid: ArrayLike, *, ranges: Mapping[str, tuple[int, int]] = RANGES) -> tuple[Fault, ...]:
    """Every fault of one grid, int[T, 4], as `marks` defines them, ordered by step, then kind, then voices."""
    grid = _grids(grid)
    if grid.ndim != 2:
        raise InputError(f"One grid of shape [T, 4] is needed; this one has shape {grid.shape}.")
    found = (
        Fault(kind=kind, step=int(step), voices=KINDS[kind][0][place])
        for kind, mark in marks(grid, ranges=ranges).items()
        for step, place in zip(*np.nonzero(mark), strict=True)
    )
    order = list(KINDS)
    return tuple(sorted(found, key=lambda fault: (fault.step, order.index(fault.kind), fault.voices)))


def rates(
    grids: Sequence[ArrayLike], *, steps_per_bar: int = 16, ranges: Mapping[str, tuple[int, int]] = RANGES
) -> dict[str, Rate]:
    """Rates a bar over a corpus, with 95 % intervals.

    The value is all events over all bars. The interval is that of a Poisson count (Byar's limits), widened
    where pieces differ more than Poisson counts would: it is taken at the count over its dispersion (the variance of
    the total, estimated between pieces, over the count; at least 1). Nothing is drawn, a count of zero still has an
    upper end (3.7 events), and for plentiful events it tends to the usual interval of a ratio estimate.

    Parameters
    ----------
    grids : sequence of int[T, 4]
        The pieces; lengths may differ.
    steps_per_bar : int
        Steps that make a bar: 16 on the 16th grid, 4 for every fourth step of one. Time signatures play no part.
    ranges : mapping
        Lowest and highest MIDI pitch of each of `VOICES`.

    Returns
    -------
    dict of Rate
        The keys of `counts`.
    """
    pieces = [_grids(grid) for grid in grids]
    bars = np.array([piece.shape[-2] / steps_per_bar for piece in pieces])
    if not bars.sum() > 0:
        raise InputError("There is nothing to count: give at least one grid with at least one step.")
    counted = [counts(piece, ranges=ranges) for piece in pieces]
    return {name: rate(np.array([float(c[name]) for c in counted]), bars) for name in counted[0]}


def columns(score: Score, *, close: int | None = None, together: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The columns of a written four-voice score: what sounds after every onset or release of any voice.

    Parameters
    ----------
    score : Score
        Exactly four voices, soprano first.
    close : int, optional
        Silences within a voice up to so many ticks are articulation, not rests: the note before is taken to last
        until the next one. An eighth note by default.
    together : int, optional
        Onsets and releases less than so many ticks apart are one column, as in a take that was played in.
        A 32nd note by default.

    Returns
    -------
    ticks : int[N]
        Where each column begins, rising.
    pitches : int[N, 4]
        MIDI pitches, -1 = rest; a grid as the rest of this module takes it. Where notes of one voice overlap, the
        latest sounds (the highest of those that start at once).
    """
    voices = score.voices
    if len(voices) != 4:
        raise InputError(f"Counterpoint needs a score of four voices, soprano first; this one has {len(voices)}.")
    close = score.resolution // 2 if close is None else close
    together = max(score.resolution // 8, 1) if together is None else together
    lines = [_line(voice, close) for voice in voices]
    edges = np.unique(np.concatenate([np.concatenate([starts, ends]) for starts, ends, _ in lines]))
    firsts: list[int] = []
    lasts: list[int] = []
    for tick in edges.tolist():
        if firsts and tick - firsts[-1] < together:
            lasts[-1] = tick
        else:
            firsts.append(tick)
            lasts.append(tick)
    pitches = np.stack([_sounding(line, np.array(lasts)) for line in lines], axis=-1)
    return np.array(firsts), pitches


def summary(faults: Sequence[Fault], bars: Sequence[int] | np.ndarray) -> str:
    """Put faults into words: "2 parallel fifths: bars 3, 7; 1 parallel octave: bar 12", or "no parallels".

    Parameters
    ----------
    faults : sequence of Fault
        The faults to name; those that are not parallels are left out beforehand, or named too.
    bars : int[T]
        The bar number of each step of the grid that the faults were found in (`bar_numbers` for columns).
    """
    parts = []
    for kind, (_, one, many) in KINDS.items():
        places = [int(bars[fault.step]) for fault in faults if fault.kind == kind]
        if places:
            parts.append(f"{len(places)} {one if len(places) == 1 else many}: {_in_bars(places)}")
    return "; ".join(parts) or "no parallels"


def bar_numbers(score: Score, ticks: ArrayLike, *, pickup: int | None = None) -> np.ndarray:
    """The bar number, as `score.bars` counts, in which each tick (int[N]) lies: int[N]."""
    bars = score.bars(pickup=pickup)
    starts = np.array([bar.start for bar in bars])
    numbers = np.array([bar.number for bar in bars])
    return numbers[np.clip(np.searchsorted(starts, np.asarray(ticks), side="right") - 1, 0, None)]


def _grids(grids: ArrayLike) -> np.ndarray:
    array = np.asarray(grids)
    if array.ndim < 2 or array.shape[-1] != 4:
        raise InputError(f"A grid has shape [..., T, 4], one column a voice; this one has shape {array.shape}.")
    return array.astype(np.int64)


def _begins(state: np.ndarray) -> np.ndarray:
    """bool[..., T, P]: true where `state` is true and was not a step before."""
    before = np.concatenate([np.zeros_like(state[..., :1, :]), state[..., :-1, :]], axis=-2)
    return state & ~before


def rate(events: np.ndarray, bars: np.ndarray) -> Rate:
    """Events a bar over pieces, float [pieces] each, with the interval of :func:`rates`."""
    total, length, pieces = events.sum(), bars.sum(), len(bars)
    dispersion = 1.0
    if total and pieces > 1:
        variance = ((events - total / length * bars) ** 2).sum() * pieces / (pieces - 1)
        dispersion = max(1.0, float(variance / total))
    effective, scale = total / dispersion, dispersion / length
    low, high = _byar(effective, -1.96) * scale, _byar(effective + 1, 1.96) * scale
    return Rate(value=float(total / length), low=low, high=high)


def _byar(count: float, z: float) -> float:
    """Byar's limits of a Poisson mean (Breslow and Day 1987): from 6 events on within 1 % of the exact ones."""
    if not count:
        return 0.0
    return max(0.0, float(count * (1 - 1 / (9 * count) + z / (3 * np.sqrt(count))) ** 3))


def _line(voice: Track, close: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends and pitches of a voice, one note for each start, silences up to `close` ticks filled."""
    notes = {note.start: note for note in sorted(voice.notes, key=lambda note: (note.start, note.pitch))}
    starts = np.array(list(notes))
    ends = np.array([max(note.end, note.start + 1) for note in notes.values()])
    following = np.append(starts[1:], ends[-1])
    ends = np.where(following - ends <= close, following, ends)
    return starts, ends, np.array([note.pitch for note in notes.values()])


def _sounding(line: tuple[np.ndarray, np.ndarray, np.ndarray], ticks: np.ndarray) -> np.ndarray:
    starts, ends, pitches = line
    index = np.searchsorted(starts, ticks, side="right") - 1
    return np.where((index >= 0) & (ticks < ends[index]), pitches[index], REST)


def _in_bars(places: Sequence[int]) -> str:
    """Numbers in words: bar 3; bars 3, 7-9; of very many the first."""
    runs: list[list[int]] = []
    for bar in sorted(set(places)):
        if runs and bar == runs[-1][-1] + 1:
            runs[-1].append(bar)
        else:
            runs.append([bar])
    names = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    single = len(set(places)) == 1
    more = " ..." if len(names) > MOST_PLACES else ""
    return f"{'bar' if single else 'bars'} {', '.join(names[:MOST_PLACES])}{more}"
