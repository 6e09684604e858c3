"""From ticks to written time: onsets on a grid, ends without the gaps of articulation, one line of music at a time.

Written time counts 48ths of a quarter, the smallest step of all: a 64th is 3 of them, a 32nd of a triplet 2.
"""

import bisect
import dataclasses
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

from genart.music.score import Note, Score, Track
from genart.music.timing import Meter

QUARTER = 48
SIXTEENTH = QUARTER // 4
GRID = sorted({*range(0, QUARTER, 3), *range(0, QUARTER, 4)})  # where notes may start: 64ths and triplets of 32nds
ENDS = sorted({*range(0, QUARTER, 6), *range(0, QUARTER, 8)})  # where ends may lie: 32nds and triplets of 16ths
NEAR = 0.5  # 48ths: what lies nearer to the grid is on it
WRITTEN = 0.9  # of the onsets are on the grid in music that was written, not played
# Of music that was played: parts of a beat, and what must speak for them, in squares of LOOSE.
PLAYED = {1: 0.0, 2: 0.5, 4: 1.5, 3: 3.0, 8: 8.0}
LOOSE = QUARTER / 16  # how far a player is off, one standard deviation
CLASH = 4.0  # what speaks against two notes of a track becoming one
MOST_LINES = 4  # in a track


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A bar in written time: number as printed, start and length in 48ths of a quarter, ticks, and its meter."""

    number: int
    start: int
    length: int
    ticks: tuple[int, int]
    meter: Meter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Chord:
    """Notes of a line that start and end together in written time, highest first."""

    start: int
    end: int
    notes: tuple[Note, ...]


class Ruler:
    """The bars of a score, and the way from its ticks to written time."""

    def __init__(self, score: Score) -> None:
        self.resolution = score.resolution
        self.measures: list[Measure] = []
        start = 0
        for bar in score.bars():
            length = round(Fraction((bar.end - bar.start) * QUARTER, self.resolution)) or 1
            ticks = bar.start, bar.end
            self.measures.append(Measure(number=bar.number, start=start, length=length, ticks=ticks, meter=bar.meter))
            start += length
        self.length = start
        self._ticks = [measure.ticks[0] for measure in self.measures]
        self._grid = None if _is_written(score, self) else _played_grid(score, self)

    def place(self, tick: int) -> float:
        """Where a tick lies, in 48ths of a quarter."""
        measure = self._measure(tick)
        return measure.start + (tick - measure.ticks[0]) * QUARTER / self.resolution

    def snapped(self, tick: int, grid: Sequence[int]) -> int:
        """The point nearest to a tick of a grid that repeats every quarter from the start of its bar."""
        measure = self._measure(tick)
        within = _snapped((tick - measure.ticks[0]) * QUARTER / self.resolution, grid)
        return measure.start + min(within, measure.length)

    def onset(self, tick: int) -> int:
        """Where a note that starts at a tick is written."""
        place = self.snapped(tick, GRID) if self._grid is None else _nearest(self.place(tick), self._grid)
        return min(place, self.length - 1)

    def _measure(self, tick: int) -> Measure:
        return self.measures[max(bisect.bisect_right(self._ticks, tick) - 1, 0)]

    def end(self, tick: int, *, start: int, following: int | None) -> int:
        """Where a note written at `start` ends, before the one `following` in its line.

        A rest is written when it is a 16th or longer, or as long as the note; shorter ones are articulation, as are
        rests up to an eighth after a note that does not end on the grid.
        """
        place = self.place(tick)
        if self._grid is not None:
            after = bisect.bisect_right(self._grid, start)
            least = self._grid[after] if after < len(self._grid) else self.length
            rough, on_grid = max(_nearest(place, self._grid), least), False
        else:
            exact = max(self.snapped(tick, ENDS), start + 1)
            on_grid = abs(place - exact) <= NEAR
            rough = exact if on_grid else max(round(place / SIXTEENTH) * SIXTEENTH, start + SIXTEENTH // 2)
        if following is None:
            return rough
        gap = following - rough
        enough = gap >= min(SIXTEENTH, rough - start) if on_grid else gap > 2 * SIXTEENTH and gap * 2 > rough - start
        return rough if enough else following


def lines(track: Track, ruler: Ruler) -> list[list[Chord]]:
    """The music of a track as up to four lines that go on at the same time; one if it is a melody or of chords.

    Notes of zero length are left out, of equal ones all but one; where more than four lines would be needed, notes are
    cut short.
    """
    groups = _groups(track.notes, ruler)
    found: list[list[tuple[int, list[Note]]]] = []
    for start, notes in groups:
        for chord in _chords(notes, ruler):
            line = _free_line(found, start, ruler)
            if line is None:
                found.append(line := [])
            if line and line[-1][0] == start:
                line[-1][1].extend(chord)
            else:
                line.append((start, chord))
    if track.is_drums:
        return [list(_struck(line, ruler)) for line in found]
    starts = [start for start, _ in groups]
    return [list(_ended(line, ruler, starts)) for line in found]


def _groups(notes: Iterable[Note], ruler: Ruler) -> list[tuple[int, list[Note]]]:
    """Notes by where they are written; what was heard one after the other is never written together."""
    groups: dict[int, list[Note]] = {}
    last, ended = 0, math.inf  # the last group, and the tick at which its first note ends
    for note in notes:
        if note.end == note.start:
            continue
        start = max(ruler.onset(note.start), last)
        if start == last and note.start >= ended:
            start = min(last + QUARTER // 8, ruler.length - 1)
        ended = min(note.end, ended if start == last else math.inf)
        last = start
        groups.setdefault(start, []).append(note)
    return [(start, sorted(group, key=lambda note: (-note.pitch, -note.end))) for start, group in groups.items()]


def _chords(notes: Sequence[Note], ruler: Ruler) -> list[list[Note]]:
    """Notes that start together as chords of about the same end, in which no pitch is twice."""
    chords: list[list[Note]] = []
    for note in notes:
        length = ruler.place(note.end) - ruler.place(note.start)
        for chord in chords:
            if abs(ruler.place(chord[0].end) - ruler.place(note.end)) <= max(SIXTEENTH / 2, length / 8):
                if note.pitch not in {other.pitch for other in chord}:
                    chord.append(note)
                break
        else:
            chords.append([note])
    return chords


def _free_line(
    found: Sequence[list[tuple[int, list[Note]]]], start: int, ruler: Ruler
) -> list[tuple[int, list[Note]]] | None:
    """The first line that is silent at `start` but for legato; None for a new one, the earliest to end if too many."""
    ends = []
    for line in found:
        begun, notes = line[-1]
        end = max(ruler.place(note.end) for note in notes)
        allowance = min(max(SIXTEENTH / 2, (end - begun) / 4), (end - begun) / 2)
        if begun < start and end - allowance <= start:
            return line
        ends.append(end)
    return found[ends.index(min(ends))] if len(found) >= MOST_LINES else None


def _ended(line: Sequence[tuple[int, list[Note]]], ruler: Ruler, starts: Sequence[int]) -> Iterable[Chord]:
    """The chords of a line; one is prolonged over a gap only until another note of the track starts, in any line."""
    for (start, notes), following in zip(line, [*(start for start, _ in line[1:]), None], strict=True):
        tick = max(note.end for note in notes)
        after = bisect.bisect_left(starts, max(ruler.place(tick) - NEAR, start + NEAR))
        nearest = starts[after] if after < len(starts) else None
        end = ruler.end(tick, start=start, following=nearest)
        yield _chord(start, min(end, ruler.length if following is None else following), notes)


def _struck(line: Sequence[tuple[int, list[Note]]], ruler: Ruler) -> Iterable[Chord]:
    """Drums, whose ends say nothing: each lasts to the next, or to the next quarter."""
    for (start, notes), following in zip(line, [*(start for start, _ in line[1:]), ruler.length], strict=True):
        yield _chord(start, min((start // QUARTER + 1) * QUARTER, following), notes)


def _chord(start: int, end: int, notes: Iterable[Note]) -> Chord:
    return Chord(start=start, end=end, notes=tuple(sorted(notes, key=lambda note: -note.pitch)))


def _snapped(place: float, grid: Sequence[int]) -> int:
    """The nearest point of a grid that repeats every quarter."""
    quarter = int(place // QUARTER)
    return QUARTER * quarter + _nearest(place - QUARTER * quarter, [*grid, QUARTER])


def _nearest(place: float, points: Sequence[int]) -> int:
    i = bisect.bisect_left(points, place)
    if i in (0, len(points)):
        return points[min(i, len(points) - 1)]
    return points[i] if points[i] - place <= place - points[i - 1] else points[i - 1]


def _onsets(score: Score, ruler: Ruler) -> list[list[float]]:
    return [[ruler.place(note.start) for note in track.notes if note.end > note.start] for track in score.tracks]


def _is_written(score: Score, ruler: Ruler) -> bool:
    """Whether nearly all notes start on the grid, as in music that was written and not played."""
    near = NEAR + QUARTER / score.resolution / 2  # half a tick
    starts = [note.start for track in score.tracks for note in track.notes]
    return sum(abs(ruler.place(tick) - ruler.snapped(tick, GRID)) <= near for tick in starts) >= WRITTEN * len(starts)


def _played_grid(score: Score, ruler: Ruler) -> list[int]:
    """The points on which music that was played is written: each beat in as many parts as its onsets suggest."""
    onsets = sorted((place, track) for track, places in enumerate(_onsets(score, ruler)) for place in places)
    points = []
    for measure in ruler.measures:
        eighths = measure.meter.denominator >= 8
        beat = QUARTER // 2 if eighths else QUARTER
        for first in range(measure.start, measure.start + measure.length, beat):
            low = bisect.bisect_left(onsets, (first - beat / 8, -1))
            high = bisect.bisect_left(onsets, (first + beat * 7 / 8, -1))
            inside = [(place - first, track) for place, track in onsets[low:high]]
            parts = min(PLAYED, key=lambda parts: PLAYED[parts] + _misfit(inside, beat // parts))
            points += range(first, min(first + beat, measure.start + measure.length), beat // parts)
    return [*points, ruler.measures[-1].start + ruler.measures[-1].length]


def _misfit(onsets: Sequence[tuple[float, int]], step: int) -> float:
    """How badly onsets (place in the beat, track) fit on multiples of a step."""
    snapped = {(round(place / step), track) for place, track in onsets}
    off = sum(((place - round(place / step) * step) / LOOSE) ** 2 for place in {place for place, _ in onsets})
    return off + CLASH * (len(onsets) - len(snapped))
