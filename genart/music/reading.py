"""What a song is taken to be before it is harmonized: its melody, key, meter, tempo, bars, and where they came from."""

import dataclasses
from collections.abc import Mapping
from fractions import Fraction

from genart.errors import InputError
from genart.music import melody, timing
from genart.music.counterpoint import VOICES
from genart.music.key import KeyName, estimate
from genart.music.score import Note, Score
from genart.music.timing import Bar, Meter


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
    meters : the meters in force, an overriding one included
    bars : numbered as in print
    """

    score: Score
    kept: Mapping[int, Kept]
    key: KeyName
    key_estimated: bool
    meters: tuple[Meter, ...]
    bars: tuple[Bar, ...]

    @property
    def melody(self) -> Kept:
        """The highest kept voice."""
        return self.kept[min(self.kept)]

    @property
    def pickup(self) -> int:
        """Ticks of music before bar 1."""
        first = max(self.bars[0].start, self.melody.notes[0].start)
        return self.bars[0].end - first if self.bars[0].number == 0 else 0

    def line(self, moved: int) -> str:
        """One line for the artist; `moved` is the number of semitones the model's copy was moved by."""
        part = self.melody.part
        meter = self.bars[-1 if len(self.bars) == 1 else 1].meter
        tempos = {round(tempo.bpm) for tempo in self.score.tempos}
        said = [
            f'track {part.track + 1} "{part.name}"' if part.name else f"track {part.track + 1}",
            f"{self.key} (estimated)" if self.key_estimated else str(self.key),
            str(meter) + (" (changes)" if len({str(bar.meter) for bar in self.bars[1:]}) > 1 else ""),
            f"{round(self.score.tempos[0].bpm)} bpm" + (" (changes)" if len(tempos) > 1 else ""),
        ]
        if self.pickup:
            beats = self.pickup / self.score.resolution * meter.denominator / 4
            said.append(f"pickup {beats:g} beat" + ("" if beats <= 1 else "s"))
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
    pickup : beats before bar 1 (of the meter's denominator); by default the score's own, or the melody's first notes
        when they come late in bar 1 of a score that has no pickup of its own

    Raises
    ------
    InputError
        There is no melody, or an option does not fit the score.
    """
    kept = _kept(score, keep, track)
    lead = kept[min(kept)]
    meters = (Meter.parse(meter),) if meter else score.meters
    bars = _bars(score, meters, pickup, lead.notes)
    pitches = [note.pitch for note in lead.notes]
    lengths = [note.end - note.start for note in lead.notes]
    given = KeyName.parse(key) if key else _signature(score)
    return Reading(
        score=score,
        kept=kept,
        key=given or estimate(pitches, lengths),
        key_estimated=given is None,
        meters=_written(meters, bars, score.resolution) if meter or pickup is not None else meters,
        bars=bars,
    )


def _kept(score: Score, keep: str | Mapping[str, int | str], track: int | str | None) -> dict[int, Kept]:
    given = {keep: track} if isinstance(keep, str) else dict(keep)
    if not isinstance(keep, str) and track is not None:
        raise InputError("several kept voices name their own tracks: leave the track out")
    kept = {}
    for name, source in given.items():
        if name not in VOICES:
            raise InputError(f"keep {name!r}: the voices are {', '.join(VOICES)}")
        part = melody.likeliest(score) if source is None else part_of(score, source)
        kept[VOICES.index(name)] = Kept(part=part, notes=melody.skyline(part.notes, resolution=score.resolution))
    if not kept or len(kept) == len(VOICES):
        raise InputError(f"{len(kept)} voices are kept: keep one to three of {', '.join(VOICES)}")
    return dict(sorted(kept.items()))


def part_of(score: Score, track: int | str) -> melody.Part:
    """The part in a track, by number (from 1) or name. Raises InputError where there is no such track with notes."""
    parts = [part for part in melody.parts(score) if melody.sounding(part.notes)]
    number = int(track) if str(track).isdigit() else None
    found = [part for part in parts if part.track + 1 == number] or [
        part for part in parts if part.name.casefold() == str(track).casefold()
    ]
    if not found:
        listed = ", ".join(dict.fromkeys(f"{part.track + 1} {part.name}".strip() for part in parts)) or "none"
        raise InputError(f"track {track!r} has no melody to keep; the tracks with pitched notes are: {listed}")
    return max(found, key=lambda part: len(part.notes))


def _signature(score: Score) -> KeyName | None:
    """The key signature in force at the start, where the file has one."""
    return KeyName.parse(score.keys[0].name) if score.keys else None


def _bars(score: Score, meters: tuple[Meter, ...], pickup: float | None, notes: tuple[Note, ...]) -> tuple[Bar, ...]:
    """The song's bars; a first bar in whose second half all begins is a pickup written with rests, bar 0."""
    ticks = None if pickup is None else round(pickup * 4 * score.resolution / meters[0].denominator)
    bars = timing.bars(meters, resolution=score.resolution, end=max(score.end, 1), pickup=ticks)
    first = min(note.start for track in score.tracks for note in track.notes)
    middle = (bars[0].start + bars[0].end) / 2
    late = pickup is None and len(bars) > 1 and middle <= first < bars[0].end and notes[0].start < bars[0].end
    if late and bars[0].number == 1:
        return tuple(dataclasses.replace(bar, number=bar.number - 1) for bar in bars)
    return bars


def _written(meters: tuple[Meter, ...], bars: tuple[Bar, ...], resolution: int) -> tuple[Meter, ...]:
    """Time signatures that give `bars` again when a file is read: a pickup is a first, shorter meter."""
    if bars[0].number != 0 or len(bars) == 1:
        return meters
    length = Fraction(bars[0].end - bars[0].start, 4 * resolution)
    denominator = next((d for d in timing.DENOMINATORS if d >= bars[0].meter.denominator and length * d % 1 == 0), 0)
    if not denominator:
        return meters
    short = Meter(numerator=int(length * denominator), denominator=denominator)
    following = dataclasses.replace(bars[0].meter, tick=bars[0].end)
    return (short, following, *(meter for meter in meters if meter.tick > bars[0].end))
