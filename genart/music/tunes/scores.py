"""Between scores and tunes: the melody of any score as a tune, and a tune as a score to be heard."""

import bisect
import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

from genart.music import reading
from genart.music.quantize import QUARTER, Ruler
from genart.music.score import Note, Score, Track
from genart.music.timing import DENOMINATORS, KEYS, Key, Meter, Tempo
from genart.music.tunes.tune import LETTERS, MINOR_MODES, Section, Tune, bar_lines, bar_of, check_form

RESOLUTION = 480
TICKS = RESOLUTION // QUARTER  # of a 48th of a quarter
SHORTEST = 4 * QUARTER // DENOMINATORS[-1]  # a bar is a multiple of it
MAJOR = dict(zip(range(-7, 8), KEYS.split()[:15], strict=True))  # by sharps
MINOR = dict(zip(range(-7, 8), KEYS.split()[15:], strict=True))


def from_score(
    score: Score,
    *,
    track: str | int | None = None,
    key: str | None = None,
    meter: str | None = None,
    pickup: float | None = None,
    kind: str = "unknown",
) -> Tune:
    """The melody of a score as a tune of one section, in written time.

    The tune begins with its first note; silence before it is left out, and where it begins within a bar, what is left
    of that bar is the pickup. Played notes are put on the grid and short gaps between notes closed, as in a written
    score (:mod:`genart.music.quantize`).

    Parameters
    ----------
    score
        Of any number of parts, in any key, meter and tempo.
    track, key, meter, pickup
        What is taken for the melody and how it is understood, see :func:`genart.music.reading.read`.
    kind
        Of :data:`genart.music.tunes.tune.KINDS`.

    Raises
    ------
    InputError
        There is no melody, or an option does not fit the score.
    """
    return heard(score, track=track, key=key, meter=meter, pickup=pickup, kind=kind)[0]


def heard(
    score: Score,
    *,
    track: str | int | None = None,
    key: str | None = None,
    meter: str | None = None,
    pickup: float | None = None,
    kind: str = "unknown",
) -> tuple[Tune, tuple[Note, ...]]:
    """What :func:`from_score` gives, and the score's own note for each of the tune's."""
    score = reading.fine(score)
    read = reading.read(score, track=track, key=key, meter=meter, pickup=pickup)
    notes, played = _written([note for note in read.melody.notes if note.end > note.start], Ruler(score))
    begin, end = notes[0][0], notes[-1][0] + notes[-1][1]
    first = next((bar.meter for bar in read.bars if bar.number > 0), read.bars[0].meter)
    length = bar_of((first.numerator, first.denominator))
    starts = [_place(bar.start, score) for bar in read.bars]
    home = max(bisect.bisect_right(starts, begin) - 1, 0)  # the bar it begins in
    late = starts[home] < begin or read.bars[home].number == 0
    short = (_place(read.bars[home].end, score) - begin) % length if late else 0
    lines = [start - begin for start in starts if begin + short < start < end]
    section = Section(
        notes=tuple((onset - begin, duration, pitch) for onset, duration, pitch in notes),
        length=max(end - begin, short),
        pickup=short,
        breaks=_breaks(lines, short, length),
    )
    tune = Tune(
        sections=(section,),
        meter=(first.numerator, first.denominator),
        tonic=read.key.tonic,
        mode=read.key.mode,
        kind=kind,
    )
    return tune, played


def to_score(tune: Tune, *, tempo: float = 100, repeats: str | None = None) -> Score:
    """A score of one voice, at 480 ticks a quarter, with the tune's meter, key signature and title.

    Where a section ends with a full bar and the next begins with a pickup, its last note is cut short for it, as
    players do; where it is too short for that, and where a section ends early, there is a rest.

    Parameters
    ----------
    tempo
        Quarters a minute.
    repeats
        The order in which sections are played, such as "AABB"; each once by default. `tune.form` is how they were.

    Raises
    ------
    InputError
        `repeats` names a section that the tune does not have, or there is no such tempo.
    """
    form = LETTERS[: len(tune.sections)] if repeats is None else repeats
    check_form(form, len(tune.sections))
    notes: list[tuple[int, int, int]] = []
    lines: list[int] = []
    end, room = 0, 0  # where the section before ends, and what its last bar still holds
    for number, letter in enumerate(form):
        section = tune.sections[LETTERS.index(letter)]
        start = _start(section, end, room, tune.bar, notes) if number else -section.pickup % SHORTEST
        notes += ((start + onset, duration, pitch) for onset, duration, pitch in section.notes)
        lines += (start + section.pickup, *(start + line for line in bar_lines(section, tune.bar)))
        end = start + section.length
        room = (max(lines) - end) % tune.bar
    return _score(tune, notes, sorted({0, *(line for line in lines if line < end)}), end, tempo)


def _written(notes: Sequence[Note], ruler: Ruler) -> tuple[list[tuple[int, int, int]], tuple[Note, ...]]:
    """Onset, duration and pitch in written time, and the notes: none that was played together with the one before."""
    starts = [ruler.onset(note.start) for note in notes]
    kept = [i for i in range(len(notes)) if i == 0 or starts[i] > starts[i - 1]]
    written = []
    for i, following in zip(kept, [*(starts[i] for i in kept[1:]), None], strict=True):
        end = ruler.end(notes[i].end, start=starts[i], following=following)
        end = end if following is None else min(end, following)
        written.append((starts[i], max(end, starts[i] + 1) - starts[i], notes[i].pitch))
    return written, tuple(notes[i] for i in kept)


def _place(tick: int, score: Score) -> int:
    return round(Fraction(tick * QUARTER, score.resolution))


def _breaks(lines: Iterable[int], pickup: int, bar: int) -> tuple[int, ...]:
    """The bar lines that are not where the meter has them."""
    breaks, origin = [], pickup
    for line in lines:
        if (line - origin) % bar:
            breaks.append(line)
            origin = line
    return tuple(breaks)


def _start(section: Section, end: int, room: int, bar: int, notes: list[tuple[int, int, int]]) -> int:
    """Where a section starts after what ends at `end`, in a bar that still has `room`; may shorten the last note."""
    late = section.pickup - room
    onset, duration, pitch = notes[-1]
    if late <= 0:
        return end - late
    if onset + duration <= end - late or duration > late:
        notes[-1] = (onset, min(duration, end - late - onset), pitch)
        return end - late
    return end + bar - late


def _score(tune: Tune, notes: Sequence[tuple[int, int, int]], lines: Sequence[int], end: int, tempo: float) -> Score:
    top, bottom = tune.meter
    whole = Meter(numerator=top, denominator=bottom)
    meters: list[Meter] = []
    for start, close in itertools.pairwise([*lines, lines[-1] + tune.bar]):
        meter = whole if close - start == tune.bar else _short(close - start, bottom)
        if meter and (not meters or str(meter) != str(meters[-1])):
            meters.append(dataclasses.replace(meter, tick=start * TICKS))
    played = [
        Note(start=onset * TICKS, end=(onset + duration) * TICKS, pitch=pitch) for onset, duration, pitch in notes
    ]
    fifths = tune.signature
    names = MINOR if tune.mode in MINOR_MODES else MAJOR
    return Score.make(
        voices=[Track.make(name=tune.title or "Melody", notes=played)],
        resolution=RESOLUTION,
        tempos=[Tempo(bpm=tempo)],
        meters=meters,
        keys=[Key(name=names[fifths])],
    )


def _short(length: int, denominator: int) -> Meter | None:
    """The meter of a bar of an unusual length; None if there is none."""
    whole = Fraction(length, 4 * QUARTER)
    finer = [each for each in DENOMINATORS if each >= denominator and (whole * each).denominator == 1]
    return Meter(numerator=int(whole * finer[0]), denominator=finer[0]) if finer and whole * finer[0] < 256 else None
