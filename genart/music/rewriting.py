"""A piece of up to four voices on a model's grid, and some of its cells written anew.

What is rewritten are whole notes: a note that reaches over the edge of what was chosen stays as it is, and so do its
cells. Everything else in the file (other notes, controllers, lyrics, tempo, the order of all this) is never touched.
"""

import bisect
import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from genart.errors import InputError
from genart.music import check, counterpoint, fit, four_voices, reading
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import REST, VOICES, Fault
from genart.music.four_voices import FourVoices
from genart.music.grid import BEAT, Grid, make_grid, span
from genart.music.lines import Clock, Line, lay, runs
from genart.music.reading import Reading
from genart.music.score import Note, Score

PARALLELS = ("fifths", "octaves")  # the faults that are told of a result, and the first to be cleared
HELD = 4 * BEAT  # steps: the model holds a note through rests that are not longer, for it has seen few


@dataclasses.dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece as a model sees it.

    Attributes
    ----------
    song : what it is taken to be, with its score and bars
    voices : its tracks, told apart
    grid, clock : steps, and their ticks bent to the notes as they are played
    lines : voice (0 = soprano) -> its notes on the grid
    """

    song: Reading
    voices: FourVoices
    grid: Grid
    clock: Clock
    lines: Mapping[int, Line]

    @functools.cached_property
    def cells(self) -> np.ndarray:
        """int [T, 4]: MIDI pitches, -1 for a rest and where a voice is missing."""
        cells = np.full((len(self.grid), len(VOICES)), REST)
        for voice, line in self.lines.items():
            cells[:, voice] = line.pitches
        return cells

    @functools.cached_property
    def spans(self) -> Mapping[int, Mapping[int, int]]:
        """Voice -> the step at which each of its notes begins -> the step before which it ends."""
        return {voice: dict(_spans(line)) for voice, line in self.lines.items()}

    @functools.cached_property
    def fits(self) -> Mapping[int, fit.Fit]:
        """Voice -> how the model's copy is moved."""
        return fit.fit({voice: line.pitches for voice, line in self.lines.items()})

    def faults(self, score: Score) -> tuple[np.ndarray, list[Fault]]:
        """Ticks of the columns of a version of the piece, and its faults at these, see :func:`check.faults`."""
        ticks, pitches = self.voices.of(score).columns(score)
        return ticks, check.faults(pitches)

    def parallels(self, score: Score) -> str:
        """Those of a version of the piece in words: "2 parallel fifths: bars 3, 7", or "no parallels"."""
        ticks, found = self.faults(score)
        found = [fault for fault in found if fault.kind in PARALLELS]
        bars = self.song.bars
        places = np.searchsorted([bar.start for bar in bars], ticks, side="right") - 1
        return counterpoint.summary(found, np.array([bar.number for bar in bars])[np.maximum(places, 0)])


def lay_out(score: Score, *, pickup: float | None = None, grid: str = "auto") -> Piece:
    """Tell the voices of a piece apart and put them on a grid.

    Parameters
    ----------
    score : of one to four voices
    pickup : beats before bar 1, where the score does not say it; see :func:`genart.music.reading.read`
    grid : note value of a step, see :func:`genart.music.grid.make_grid`

    Raises
    ------
    InputError
        The piece has no notes or more than four voices, they cannot be told apart, or an option does not fit.
    """
    score = reading.fine(score)
    voices = four_voices.assign(score)
    top = min(voices.parts)
    song = reading.read(score, keep=VOICES[top], track=voices.parts[top].track + 1, pickup=pickup)
    steps = make_grid(song.bars, resolution=score.resolution, notes=min(voices.notes.values(), key=_pace), value=grid)
    lines = {voice: lay(notes, steps) for voice, notes in voices.notes.items()}
    return Piece(song=song, voices=voices, grid=steps, clock=Clock.of(steps, list(lines.values())), lines=lines)


def chosen(piece: Piece, *, voices: Sequence[int], bars: str | None = None) -> np.ndarray:
    """The cells to rewrite, bool [T, 4]: those of notes that lie in the bars as a whole, and of rests there.

    Where all voices rest, they go on to rest.

    Parameters
    ----------
    voices : 0 = soprano; voices that the piece has
    bars : "5-8" or "5", numbered as in print; None for all

    Raises
    ------
    InputError
        `bars` are none of the piece's, or nothing there can be rewritten.
    """
    first, last = (0, len(piece.grid)) if bars is None else span(piece.grid, piece.song.bars, bars)
    cells = np.zeros(piece.cells.shape, bool)
    cells[first:last, list(voices)] = True
    cells &= (piece.cells != REST).any(axis=1)[:, None]
    cells = whole(piece, cells)
    if not cells.any():
        names = " and ".join(VOICES[voice] for voice in voices)
        raise InputError(f"there is nothing to rewrite: in these bars no note of {names} both begins and ends")
    return cells


def whole(piece: Piece, cells: np.ndarray) -> np.ndarray:
    """Those of the cells, bool [T, 4], that belong to notes which lie in them as a whole, or to rests."""
    cells = cells.copy()
    for voice, spans in piece.spans.items():
        for first, end in spans.items():
            cells[first:end, voice] = cells[first:end, voice].all()
    return cells


def touched(piece: Piece, cells: np.ndarray) -> np.ndarray:
    """The cells, bool [T, 4], of all notes of which any of `cells` is a part, and those of rests among them."""
    cells = cells.copy()
    for voice, spans in piece.spans.items():
        for first, end in spans.items():
            cells[first:end, voice] = cells[first:end, voice].any()
    return cells


@dataclasses.dataclass(frozen=True, kw_only=True)
class Copy:
    """What a model is shown of a piece, moved to where it has heard such voices.

    Attributes
    ----------
    pitches : int16 [T, 4]
    unknown : bool [T, 4], missing voices and long rests: the model may think of what it likes there
    allowed : bool [4, 47], the classes that each voice may be given (36..81, rest)
    moves : int [T, 4], semitones that the copy is moved by
    """

    pitches: np.ndarray
    unknown: np.ndarray
    allowed: np.ndarray
    moves: np.ndarray

    @classmethod
    def of(cls, piece: Piece, *, ranges: Mapping[str, tuple[int, int]] = fit.SINGABLE) -> "Copy":
        """The copy of a piece; `ranges` are those of new notes, MIDI pitches as they sound."""
        semitones = next(iter(piece.fits.values())).semitones
        moves = np.full(piece.cells.shape, semitones)
        pitches = np.full(piece.cells.shape, REST, np.int16)
        for voice, found in piece.fits.items():
            moves[:, voice] += found.octaves
            pitches[:, voice] = found.copy(_held(piece.cells[:, voice]))
        known = np.arange(LOWEST, HIGHEST + 1) - semitones
        spans = np.array([ranges[voice] for voice in VOICES])[..., None]  # [4, 2, 1]
        allowed = (spans[:, 0] <= known) & (known <= spans[:, 1])
        return cls(
            pitches=pitches,
            unknown=pitches == REST,
            allowed=np.concatenate([allowed, np.zeros((len(VOICES), 1), bool)], axis=1),
            moves=moves,
        )

    def sounding(self, cells: np.ndarray, free: np.ndarray, piece: Piece) -> np.ndarray:
        """The piece's cells int [T, 4] with those that are free taken from the copy's."""
        return np.where(free, np.where(cells == REST, REST, cells - self.moves), piece.cells)


def rewrite(piece: Piece, cells: np.ndarray, free: np.ndarray) -> Score:
    """The piece with cells written anew.

    A note whose cells are as they were stays the very same. A new note begins where the pitch changes or a note that
    stays ends; a held one is struck again on a beat where the top voice is, and some other voice moves.

    Parameters
    ----------
    cells : int [T, 4], MIDI pitches as they will sound, -1 for rests; those that are not free as they were
    free : bool [T, 4], what may differ, as :func:`chosen` gives it
    """
    score = piece.song.score
    tracks = list(score.tracks)
    struck = _strikes(piece, cells, free)
    for voice, part in piece.voices.parts.items():
        changed = free[:, voice] & (cells[:, voice] != piece.cells[:, voice])
        if not changed.any():
            continue
        added, stay = _notes(piece, voice, cells[:, voice], free[:, voice], struck[:, voice])
        gone = {id(note) for note in _inside(piece, voice, free[:, voice], changed) if id(note) not in stay}
        track = tracks[part.track]
        kept = tuple(note for note in track.notes if id(note) not in gone)
        tracks[part.track] = dataclasses.replace(track, notes=(*kept, *added))
    return dataclasses.replace(score, tracks=tuple(tracks), recipe=None)


def _pace(notes: Sequence[Note]) -> float:
    """How many ticks usually lie between the beginnings of notes: a slow melody may stand over quick voices."""
    starts = np.unique([note.start for note in notes if note.end > note.start])
    return float(np.median(np.diff(starts))) if len(starts) > 1 else np.inf


def _spans(line: Line) -> Iterator[tuple[int, int]]:
    """The steps at which each note of a line begins and ends."""
    starts = sorted(line.onsets)
    edges = np.array(sorted({*starts, *(last for _, last in runs(line.pitches))}))
    for start in starts:
        yield start, int(edges[np.searchsorted(edges, start, side="right")])


def _held(pitches: np.ndarray) -> np.ndarray:
    """The pitches, int [T], held through short rests."""
    held = pitches.copy()
    for first, last in runs(pitches)[1:-1]:
        if pitches[first] == REST and last - first <= HELD:
            held[first:last] = held[first - 1]
    return held


def _strikes(piece: Piece, cells: np.ndarray, free: np.ndarray) -> np.ndarray:
    """bool [T, 4]: where notes begin, in what is free."""
    moves = np.ones(cells.shape, bool)
    moves[1:] = cells[1:] != cells[:-1]
    same = cells == piece.cells
    before = np.vstack([np.zeros_like(same[:1]), same[:-1]])
    again = np.zeros(cells.shape, bool)  # repeated as of old
    for voice, line in piece.lines.items():
        onsets = np.array(sorted(line.onsets))
        again[onsets, voice] = (same & before)[onsets, voice]
    edge = np.vstack([np.ones_like(free[:1]), ~free[:-1]])
    struck = moves | again | edge
    on_beat = (np.arange(len(cells)) + piece.grid.phase) % BEAT == 0
    top = min(piece.lines)
    others = [[other for other in piece.lines if other not in (voice, top)] for voice in range(len(VOICES))]
    for voice in piece.lines:
        with_harmony = on_beat & struck[:, top] & moves[:, others[voice]].any(axis=1) & ~(same & before)[:, voice]
        struck[:, voice] |= with_harmony & (voice != top)
    return struck & free & (cells != REST)


def _notes(
    piece: Piece, voice: int, cells: np.ndarray, free: np.ndarray, struck: np.ndarray
) -> tuple[list[Note], set[int]]:
    """The new notes of a voice, and the ids of the old ones in what is free that stay."""
    line, spans, clock = piece.lines[voice], piece.spans[voice], piece.clock
    channel = piece.voices.parts[voice].channel
    onsets = sorted(line.onsets)
    stops = np.flatnonzero(struck | ~free | (cells == REST)).tolist()
    added, stay = [], set()
    for first in np.flatnonzero(struck).tolist():
        place = bisect.bisect_right(stops, first)
        end = stops[place] if place < len(stops) else len(cells)
        if spans.get(first) == end and (cells[first:end] == line.pitches[first:end]).all():
            stay.add(id(line.onsets[first]))
            continue
        before = line.onsets[onsets[max(0, bisect.bisect_left(onsets, first) - 1)]]
        velocity = line.onsets[onsets[max(0, bisect.bisect_right(onsets, first) - 1)]].velocity
        begin = int(clock.starts[first])
        if before.end > begin and before.pitch == cells[first] and not free[max(first - 1, 0)]:
            begin = before.end  # it stays, and a pitch cannot sound twice
        stop = min(clock.end(begin, end), line.onsets[end].start if end in line.onsets else piece.grid.edges[-1])
        if end < len(cells) and struck[end]:
            stop = min(stop, int(clock.starts[end]))
        if begin < stop:
            pitch = int(cells[first])
            added.append(Note(start=begin, end=int(stop), pitch=pitch, velocity=velocity, channel=channel))
    return added, stay


def _inside(piece: Piece, voice: int, free: np.ndarray, changed: np.ndarray) -> Iterator[Note]:
    """The old notes of a voice that lie in what is free: those on the grid, and between them such as are too short."""
    line = piece.lines[voice]
    laid = {id(note): step for step, note in line.onsets.items()}
    for note in piece.voices.parts[voice].notes:
        if id(note) in laid:
            if free[laid[id(note)]]:
                yield note
            continue
        first = min(piece.grid.nearest(note.start), len(free) - 1)
        end = max(first + 1, piece.grid.nearest(note.end))
        if free[first:end].all() and changed[first:end].any():
            yield note
