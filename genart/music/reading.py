"""What a song is taken to be before it is harmonized: its melody, key, meter, tempo, bars, and where they came from."""

import dataclasses
import functools
import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction

from genart.errors import InputError
from genart.music import melody, timing
from genart.music.counterpoint import VOICES
from genart.music.key import KeyName, estimate
from genart.music.score import Note, Score
from genart.music.timing import Bar, Key, Meter

MAJOR, MINOR = {0, 2, 4, 5, 7, 9, 11}, {0, 2, 3, 5, 7, 8, 9, 10, 11}
FOREIGN = 0.05  # of the melody, more outside a key signature's scale than outside the key that is heard: it is wrong
FINE = 24  # ticks a quarter that a grid needs


@dataclasses.dataclass(frozen=True, kw_only=True)
class Kept:
    """A given voice: the part it comes from and its notes, one at a time; `silent` ones have no length."""

    part: melody.Part
    notes: tuple[Note, ...]

    @property
    def silent(self) -> int:
        """How many notes have no length."""
        return sum(note.start == note.end for note in self.notes)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """A song as understood.

    Attributes
    ----------
    score : the song
    kept : voice (0 = soprano) -> what it keeps
    key, key_estimated : the key, and whether it was guessed
    keys, meters : to write, overriding ones included
    bars : numbered as in print; what comes before bar 1 is bar 0
    """

    score: Score
    kept: Mapping[int, Kept]
    key: KeyName
    key_estimated: bool
    keys: tuple[Key, ...]
    meters: tuple[Meter, ...]
    bars: tuple[Bar, ...]

    @property
    def melody(self) -> Kept:
        """The highest kept voice."""
        return self.kept[min(self.kept)]

    @property
    def pickup(self) -> int:
        """Ticks of music before bar 1."""
        first = min(note.start for track in self.score.tracks for note in track.notes)
        before = [bar.end for bar in self.bars if bar.number == 0]
        return max(0, before[-1] - first) if before else 0

    def line(self, moved: int) -> str:
        """One line for the artist; `moved` is the number of semitones the model's copy was moved by."""
        part = self.melody.part
        name = "".join(letter if letter.isprintable() else " " for letter in part.name)  # no escapes to a terminal
        meters = [bar.meter for bar in self.bars if bar.number > 0] or [self.bars[0].meter]
        tempos = {round(tempo.bpm) for tempo in self.score.tempos}
        said = [
            f'track {part.track + 1} "{name}"' if name else f"track {part.track + 1}",
            f"{self.key} (estimated)" if self.key_estimated else str(self.key),
            str(meters[0]) + (" (changes)" if len(set(map(str, meters))) > 1 else ""),
            f"{round(self.score.tempos[0].bpm)} bpm" + (" (changes)" if len(tempos) > 1 else ""),
        ]
        if self.pickup:
            beats = self.pickup / self.score.resolution * meters[0].denominator / 4
            beats = round(12 * beats) / 12  # as written, were it played
            said.append(f"pickup {beats:.3g} beat" + ("" if beats <= 1 else "s"))
        last = self.bars[-1].number
        said += [f"{last} bar" + ("" if last == 1 else "s"), f"moved {moved:+d}" if moved else "not moved"]
        return " · ".join(said)


def read(
    score: Score,
    *,
    keep: str | Mapping[str, int | str] = "soprano",
    track: int | str | None = None,
    key: str | None = None,
    meter: str | None = None,
    pickup: float | None = None,
) -> Reading:
    """Understand a song.

    Parameters
    ----------
    score : any score with a melody
    keep : the voice that the melody is kept as, or several voices with the tracks they come from, {"soprano": 1, ...}
    track : number (from 1, as `genart info` counts) or name of the melody's track; the likeliest by default
    key : such as "Dm"; by default the key signature at the start if it fits the melody, or estimated
    meter : such as "3/4"; by default the score's
    pickup : beats (of the meter's denominator) from the first note to bar 1, 0 for none; by default the score's own,
        or the first notes when all begin late in bar 1 of a score that has no pickup of its own

    Raises
    ------
    InputError
        There is no melody, or an option does not fit the score.
    """
    kept = _kept(score, keep, track)
    notes = kept[min(kept)].notes
    heard = estimate([note.pitch for note in notes], [note.end - note.start for note in notes])
    written = KeyName.parse(key) if key else _signature(score, notes, heard)
    keys = score.keys
    if key or not written:
        keys = (
            Key(name=(written or heard).midi),
            *(later for later in keys if not key and later.tick > notes[0].start),
        )
    bars = _bars(score, Meter.parse(meter) if meter else None, pickup)
    return Reading(
        score=score,
        kept=kept,
        key=written or heard,
        key_estimated=written is None,
        keys=keys,
        meters=_written(bars, score.resolution) if meter or pickup is not None else score.meters,
        bars=bars,
    )


def fine(score: Score) -> Score:
    """The same score with at least 24 ticks a quarter, as many as a grid needs."""
    factor = -(-FINE // score.resolution)
    if factor == 1:
        return score
    tracks = [
        dataclasses.replace(
            track,
            notes=tuple(dataclasses.replace(n, start=n.start * factor, end=n.end * factor) for n in track.notes),
            events=tuple(dataclasses.replace(event, tick=event.tick * factor) for event in track.events),
        )
        for track in score.tracks
    ]
    return dataclasses.replace(score, tracks=tuple(tracks), resolution=score.resolution * factor)


def _kept(score: Score, keep: str | Mapping[str, int | str], track: int | str | None) -> dict[int, Kept]:
    given = {keep: track} if isinstance(keep, str) else dict(keep)
    if not isinstance(keep, str) and track is not None:
        raise InputError("several kept voices name their own tracks: leave the track out")
    kept = {}
    for name, source in given.items():
        if name not in VOICES:
            raise InputError(f"keep {name!r}: the voices are {', '.join(VOICES)}")
        part = melody.likeliest(score) if source is None else part_of(score, source)
        if any(part == other.part for other in kept.values()):
            raise InputError(f"track {source!r} is kept as two voices: name another track for the {name}")
        top = set(map(id, melody.skyline(part.notes, resolution=score.resolution)))
        kept[VOICES.index(name)] = Kept(part=part, notes=tuple(note for note in part.notes if id(note) in top))
    if not kept or len(kept) == len(VOICES):
        raise InputError(f"{len(kept)} voices are kept: keep one to three of {', '.join(VOICES)}")
    return dict(sorted(kept.items()))


def part_of(score: Score, track: int | str) -> melody.Part:
    """The part in a track, by number (from 1) or name. Raises InputError where there is no such track with notes."""
    parts = [part for part in melody.parts(score) if melody.sounding(part.notes)]
    number = int(track) if str(track).isdecimal() else None
    found = [part for part in parts if part.track + 1 == number] or [
        part for part in parts if part.name.casefold() == str(track).casefold()
    ]
    if not found:
        listed = ", ".join(dict.fromkeys(f"{part.track + 1} {part.name}".strip() for part in parts)) or "none"
        raise InputError(f"track {track!r} has no melody to keep; the tracks with pitched notes are: {listed}")
    return max(found, key=lambda part: len(part.notes))


def _signature(score: Score, notes: Sequence[Note], heard: KeyName) -> KeyName | None:
    """The key signature at the start, if the melody stays within it as well as in the key that is heard.

    Many programs write C major whatever the key, and the major key for its relative minor.
    """
    if not score.keys or score.keys[0].tick > notes[0].start:
        return None
    written = KeyName.parse(score.keys[0].name)
    foreign = _foreign(notes, written) - _foreign(notes, heard)
    relative = written.mode == "major" and heard.mode == "minor" and (written.tonic - heard.tonic) % 12 == 3
    return None if foreign > FOREIGN or relative else written


def _foreign(notes: Sequence[Note], key: KeyName) -> float:
    """The share of the notes' time, 0..1, that lies outside a key's scale; in minor, either sixth and seventh fit."""
    scale = MAJOR if key.mode == "major" else MINOR
    whole = sum(note.end - note.start for note in notes)
    return sum(note.end - note.start for note in notes if (note.pitch - key.tonic) % 12 not in scale) / max(whole, 1)


def _bars(score: Score, meter: Meter | None, pickup: float | None) -> tuple[Bar, ...]:
    """The song's bars, by another meter or pickup where they are given."""
    spans = [(note.start, max(note.end, note.start + 1)) for track in score.tracks for note in track.notes]
    first, end = min(spans)[0], max(end for _, end in spans)
    lay = functools.partial(timing.bars, resolution=score.resolution, end=end)
    written = lay(score.meters)
    own = written[0].end if written[0].number == 0 else 0
    usual = dataclasses.replace(meter or written[min(len(written) - 1, bool(own))].meter, tick=0)
    bar = usual.ticks(score.resolution)
    one = own % bar if meter else own  # the tick at which bar 1 begins; whole bars of a given meter are no pickup
    if pickup is not None:
        if not 0 <= pickup < usual.numerator:
            raise InputError(f"pickup {pickup:g}: it is 0 or more beats and shorter than a bar of {usual}")
        twelfth = Fraction(score.resolution, 12)  # of a quarter: where the first note would be written, were it played
        one = round(round(first / twelfth) * twelfth + Fraction(pickup) * bar / usual.numerator) if pickup else 0
    elif not one and timing.late(Bar(number=1, start=0, end=round(bar), meter=usual), first=first, end=end):
        one = round(bar)
    following = () if meter else (change for change in score.meters if change.tick > own)
    bars = lay((usual, *following), pickup=int(one % bar))
    early = sum(bar.start + bar.end < 2 * one for bar in bars)
    return tuple(dataclasses.replace(bar, number=max(0, i + 1 - early)) for i, bar in enumerate(bars))


def _written(bars: Sequence[Bar], resolution: int) -> tuple[Meter, ...]:
    """Time signatures that give `bars` again when a file is read: a pickup is a first, shorter meter."""
    changes = [bars[0], *(bar for before, bar in itertools.pairwise(bars) if str(bar.meter) != str(before.meter))]
    length = Fraction(bars[0].end, 4 * resolution)  # of whole notes
    short = [d for d in timing.DENOMINATORS if d >= bars[0].meter.denominator and length * d % 1 == 0]
    meters = [dataclasses.replace(bar.meter, tick=bar.start) for bar in changes]
    if bars[0].number == 0 and short and bars[0].end < meters[0].ticks(resolution):
        meters[0] = dataclasses.replace(meters[0], tick=bars[0].end)
        meters.insert(0, Meter(numerator=int(length * short[0]), denominator=short[0]))
    return tuple(meters)
