"""From the contour of a voice to notes: where one ends and another begins, and which pitch each is meant as."""

import dataclasses
import itertools

import numpy as np

from genart.audio.contour import Contour
from genart.audio.pitch import HOP, RATE

SECONDS = HOP / RATE  # from point to point

SOFT = 40.0  # dB below the loud notes, what is no longer sung
LOUD = 95  # percentile of the levels of what has a pitch: the loud notes
GAP = 4  # points without a pitch that part two notes

VIBRATO = 16  # points in about one period
STEADY = 0.15  # semitones in a period, by which a settled voice moves at most
DRIFT = 860  # points, 10 s, around a point from which its tuning is heard

WIDTH = 0.6  # semitones, how far a voice strays from the pitch it means
STRAY = 2.0  # nats, what a point costs at most
CHANGE = 8.0  # nats, what going to another pitch costs
SMOOTH = 5  # points over which the pitch is averaged besides: what passes quickly is no note

BRIEF = 12  # points, 0.14 s: a shorter piece may be a swing of the voice
OUTLASTED = 2.0  # how many times longer the note is which a swing belongs to
SLIP = 9  # semitones, beyond which a brief piece is an error of an octave
SLIDING = 0.1  # semitones from point to point, a glide
LONGEST_SLIDE = 5  # points, 58 ms

SUDDEN, SLIGHT = 12.0, 3.0  # dB in two points: a jump of the level that always, or at least, begins a note
UNUSUAL = 8.0  # times the usual change of the level around, in vibrato and in a room that echoes, which also begins one
USUAL = 41  # points from which the usual change is taken
REACH = 10  # points, 0.12 s: jumps closer together are one, and no note is shorter beside its like
FADING = 6.0  # dB by which the level may be lower after a jump
SHORTEST = 5  # points of a note


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A note as it was heard."""

    start: float  # seconds
    end: float  # seconds
    pitch: int  # MIDI
    level: float  # dB


@dataclasses.dataclass(frozen=True, kw_only=True)
class Melody:
    """The notes of a recording in order, and `tuning`: how many semitones (-0.5 to 0.5) it is above A4 = 440 Hz."""

    notes: tuple[Heard, ...]
    tuning: float


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    first: int  # point
    last: int  # point after its last
    pitch: int


def melody(contour: Contour) -> Melody:
    """The notes in a contour; none if nothing has a pitch for 60 ms."""
    sung = _sung(contour)
    if not sung.any():
        return Melody(notes=(), tuning=0.0)
    tuning = _tuning(contour.pitch, sung)
    pieces = []
    for first, last in _stretches(sung):
        pieces += _slid(_settled(_pieces(contour.pitch[first:last] - tuning[first:last], first)), contour.pitch)
    notes = [
        Heard(
            start=start * SECONDS,
            end=end * SECONDS,
            pitch=min(max(piece.pitch, 0), 127),
            level=float(np.median(contour.level[start:end])),
        )
        for piece in pieces
        for start, end in _strikes(contour.level, piece)
        if end - start >= SHORTEST
    ]
    return Melody(notes=tuple(notes), tuning=float(np.median(tuning[sung])))


def _sung(contour: Contour) -> np.ndarray:
    """Which points belong to the singing: bool [T]."""
    pitched = ~np.isnan(contour.pitch)
    loud = np.percentile(contour.level[pitched], LOUD) if pitched.any() else 0.0
    return pitched & (contour.level > loud - SOFT)


def _tuning(pitch: np.ndarray, sung: np.ndarray) -> np.ndarray:
    """How far a voice is above the equal temperament of A4 = 440 Hz, in semitones, followed slowly: float [T]."""
    mean, whole = _mean(np.where(sung, pitch, np.nan), VIBRATO)  # vibrato would pull towards its turning points
    moved = np.abs(np.roll(mean, -VIBRATO // 2) - np.roll(mean, VIBRATO // 2))
    angles = np.where(whole & (moved < STEADY), np.exp(2j * np.pi * mean), 0)
    if not angles.any():
        angles = np.where(sung, np.exp(2j * np.pi * pitch), 0)
    if len(pitch) <= 2 * DRIFT:
        around = np.full(len(pitch), angles.sum())
    else:
        around = np.convolve(angles, np.hanning(2 * DRIFT + 1), "same")
    path = np.unwrap(np.angle(around)) / (2 * np.pi)
    return path - np.round(np.median(path[sung]))


def _mean(pitch: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean over `width` points as far as they have a pitch: float [T], and where all have one: bool [T]."""
    there = ~np.isnan(pitch)
    count = np.convolve(there, np.ones(width), "full")[width // 2 :][: len(pitch)]
    total = np.convolve(np.nan_to_num(pitch), np.ones(width), "full")[width // 2 :][: len(pitch)]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count > width - 0.5


def _stretches(sung: np.ndarray) -> list[tuple[int, int]]:
    """First point and the one after the last of what is sung in one go."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], sung.astype(np.int8), [0]]))).reshape(-1, 2).tolist()
    joined = edges[:1]
    for first, last in edges[1:]:
        if first - joined[-1][1] < GAP:
            joined[-1] = [joined[-1][0], last]
        else:
            joined.append([first, last])
    return [(first, last) for first, last in joined]


def _pieces(pitch: np.ndarray, offset: int) -> list[_Piece]:
    """The likeliest series of pitches that a stretch of a contour, which begins at point `offset`, was meant as."""
    low = int(np.floor(np.nanmin(pitch)))
    meant = np.arange(low, int(np.ceil(np.nanmax(pitch))) + 1)
    costs = np.maximum(_costs(pitch, meant), _costs(_mean(pitch, SMOOTH)[0], meant))
    best, stay = costs[0], np.arange(len(meant))
    back = np.empty(costs.shape, np.int16)
    for t in range(1, len(pitch)):
        cheapest = int(best.argmin())
        limit = best[cheapest] + CHANGE
        back[t] = np.where(best > limit, cheapest, stay)
        best = np.minimum(best, limit) + costs[t]
    states = [int(best.argmin())]
    for t in range(len(pitch) - 1, 0, -1):
        states.append(int(back[t, states[-1]]))
    found = []
    for state, group in itertools.groupby(reversed(states)):
        first = found[-1].last if found else offset
        found.append(_Piece(first=first, last=first + len(list(group)), pitch=low + state))
    return found


def _costs(pitch: np.ndarray, meant: np.ndarray) -> np.ndarray:
    """What each point costs if it is meant as each pitch: float [T, pitches], in nats."""
    return np.nan_to_num(np.minimum((pitch[:, None] - meant) ** 2 / (2 * WIDTH**2), STRAY))


def _settled(pieces: list[_Piece]) -> list[_Piece]:
    """Brief pieces that are no notes joined to the next one, else to the one before: scoops, swings of a wide vibrato,
    slips of an octave."""
    kept: list[_Piece] = []
    first = pieces[0].first
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        if after and _swings(piece, after):
            continue  # the next begins at `first`
        piece = dataclasses.replace(piece, first=first)
        if kept and (kept[-1].pitch == piece.pitch or _swings(piece, kept[-1])):
            piece = dataclasses.replace(kept.pop(), last=piece.last)
        kept.append(piece)
        first = piece.last
    return kept


def _swings(piece: _Piece, other: _Piece) -> bool:
    """Whether a piece is no note beside another, only the voice on its way."""
    length, apart = piece.last - piece.first, abs(piece.pitch - other.pitch)
    outlasted = other.last - other.first > OUTLASTED * length
    return length < BRIEF and (apart > SLIP or (apart == 1 and outlasted))


def _slid(pieces: list[_Piece], pitch: np.ndarray) -> list[_Piece]:
    """The same pieces with every glide at the beginning of the one that it leads to."""
    moved = pieces[:1]
    for piece in pieces[1:]:
        before = moved[-1]
        way = np.sign(piece.pitch - before.pitch)
        first = piece.first
        while first > max(piece.first - LONGEST_SLIDE, before.first + SHORTEST) and (
            way * (pitch[first] - pitch[first - 1]) > SLIDING
        ):
            first -= 1
        moved[-1] = dataclasses.replace(before, last=first)
        moved.append(dataclasses.replace(piece, first=first))
    return moved


def _strikes(level: np.ndarray, piece: _Piece) -> list[tuple[int, int]]:
    """The notes of one pitch in a piece: first point and the one after the last, parted where it is struck anew."""
    edges = [piece.first]
    for point in _jumps(level[piece.first : piece.last]) + piece.first:
        if point - edges[-1] >= REACH and piece.last - point >= REACH:
            edges.append(int(point))
    return list(itertools.pairwise([*edges, piece.last]))


def _jumps(level: np.ndarray) -> np.ndarray:
    """Points at which the level jumps up, or dips, more than it moves around them: int [N]."""
    from scipy import ndimage

    if len(level) < 2 * REACH:
        return np.zeros(0, int)
    change = level[2:] - level[:-2]  # around the points from 1
    usual = ndimage.median_filter(np.abs(change), USUAL, mode="nearest")
    sudden = np.flatnonzero(np.abs(change) >= np.clip(UNUSUAL * usual, SLIGHT, SUDDEN))
    points = []
    for close in np.split(sudden, np.flatnonzero(np.diff(sudden) > REACH) + 1):
        if len(close):
            rises = change[close].max() > 0
            point = 1 + int(close[(change if rises else np.abs(change))[close].argmax()])
            if level[point : point + REACH].max() > level[max(point - REACH, 0) : point].max() - FADING:
                points.append(point)
    return np.array(points, int)
