"""A melody on paper: note values, bars and a tempo map for notes that were heard."""

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from genart.errors import InputError
from genart.music import pulse
from genart.music.heard import Heard
from genart.music.pulse import BEAT
from genart.music.score import Note
from genart.music.timing import DENOMINATORS, Meter, Tempo

RESOLUTION = 480  # ticks a quarter, of what is written
FINEST = 16  # no meter counts in shorter notes
BREATH = 0.2  # seconds: a shorter silence between notes is how they are sung, and so is one under an eighth
TEMPOS = (20, 400)  # quarters a minute
STEADY = 0.1  # seconds that 19 of 20 onsets may be beside a steady tempo; otherwise the tempo follows, bar by bar
ROUND = 0.05  # seconds that rounding the tempo may move the end
WANDER = 1.5  # how much faster or slower than on the whole a bar can be
VELOCITY, LOUDER, VELOCITIES = 80, 2.5, (40, 112)  # of a usual note, for each dB above it, and the limits


@dataclasses.dataclass(frozen=True, kw_only=True)
class Written:
    """Notes in ticks, 480 a quarter, with tempos and meters; a pickup is a first bar of a meter of its own."""

    notes: tuple[Note, ...]
    tempos: tuple[Tempo, ...]
    meters: tuple[Meter, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measure:
    """What is known of how a melody is counted; :mod:`genart.music.pulse` counts in twelfths of a beat.

    Attributes
    ----------
    meter : counts in 16ths or longer notes
    tempo : quarters a minute, 20 to 400, None if it is to be estimated
    pickup : what comes before bar 1, in what the meter counts, less than a bar; None if it is to be estimated

    Raises
    ------
    InputError
        One of them is anything else.
    """

    meter: Meter
    tempo: float | None = None
    pickup: float | None = None

    def __post_init__(self) -> None:
        if self.meter.denominator > FINEST:
            raise InputError(f"meter {self.meter}: a melody is written down in 16ths or longer notes, as in 3/4 or 6/8")
        if self.tempo is not None and not TEMPOS[0] <= self.tempo <= TEMPOS[1]:
            raise InputError(f"tempo {self.tempo:g}: it is {TEMPOS[0]} to {TEMPOS[1]} quarters a minute")
        if self.pickup is not None and not 0 <= self.pickup < self.meter.numerator:
            raise InputError(f"pickup {self.pickup:g}: it is 0 or more beats, fewer than a bar of {self.meter} has")

    @property
    def compound(self) -> bool:
        """Whether a beat is three of what the meter counts, as in 6/8."""
        return self.meter.denominator >= 8 and self.meter.numerator % 3 == 0

    @property
    def beat(self) -> Fraction:
        """Quarters of a beat."""
        return Fraction(12, self.meter.denominator) if self.compound else Fraction(1)

    @property
    def bar(self) -> int:
        """Twelfths of a bar."""
        return self.twelfths(Fraction(self.meter.numerator))

    @property
    def eighth(self) -> int:
        """Twelfths of what is mostly half of a beat, or a third."""
        return BEAT // 3 if self.compound else BEAT // 2

    def twelfths(self, count: Fraction) -> int:
        """Twelfths of a beat in so many of what the meter counts."""
        return round(4 * count / self.meter.denominator / self.beat * BEAT)

    def ticks(self, twelfths: int) -> int:
        """MIDI ticks of so many twelfths."""
        return int(twelfths * self.beat * RESOLUTION / BEAT)


def write(notes: Sequence[Heard], measure: Measure) -> Written:
    """Find the note values, bars and tempos of notes that were heard: at least one, in order."""
    lead = None if measure.pickup is None else measure.twelfths(Fraction(measure.pickup).limit_denominator(12))
    onsets = np.array([note.start for note in notes])
    places = pulse.find(
        onsets.tolist(),
        tempo=None if measure.tempo is None else measure.tempo / float(measure.beat),
        compound=measure.compound,
        first=None if lead is None else -lead % BEAT,
    )
    if lead is None:
        bar_line = pulse.downbeat(places, [note.pitch for note in notes], bar=measure.bar)
        lead = int(bar_line - places[0]) % measure.bar
        lead = lead if 2 * lead <= measure.bar else lead - measure.bar  # else bar 1 begins with a rest
    places = places - places[0] - min(lead, 0)
    short = _short(lead, measure) if lead > 0 else 0
    places += short - max(lead, 0)
    ends = _ends(notes, places, measure)
    levels = np.array([note.level for note in notes])
    velocities = np.clip(VELOCITY + LOUDER * (levels - np.median(levels)), *VELOCITIES)
    return Written(
        notes=tuple(
            Note(start=measure.ticks(int(start)), end=measure.ticks(end), pitch=note.pitch, velocity=round(velocity))
            for note, start, end, velocity in zip(notes, places, ends, velocities.tolist(), strict=True)
        ),
        tempos=_tempos(onsets, places, short, measure),
        meters=_meters(measure, short),
    )


def _short(lead: int, measure: Measure) -> int:
    """The length of a pickup bar that has `lead` twelfths before bar 1; a triplet in it may begin with a rest."""
    unit = 1 if measure.compound else BEAT // 4
    return -(-lead // unit) * unit


def _meters(measure: Measure, short: int) -> tuple[Meter, ...]:
    if not short:
        return (measure.meter,)
    ticks = measure.ticks(short)
    whole = Fraction(ticks, 4 * RESOLUTION)
    denominator = next(d for d in DENOMINATORS if d >= 4 and (whole * d).denominator == 1)
    first = Meter(numerator=int(whole * denominator), denominator=denominator)
    return first, dataclasses.replace(measure.meter, tick=ticks)


def _ends(notes: Sequence[Heard], places: np.ndarray, measure: Measure) -> list[int]:
    """Where notes end, in twelfths: at the next one, unless a rest is heard between."""
    onsets = np.array([note.start for note in notes])
    pace = np.diff(places) / np.diff(onsets) if len(notes) > 1 else np.array([BEAT * pulse.USUAL / 60])  # a second
    pace = np.append(pace, np.median(pace))
    ends = []
    for i, note in enumerate(notes):
        unit = measure.eighth
        end = places[i] + (note.end - note.start) * pace[min(i, len(pace) - 1)]
        end = max(unit * round(end / unit), int(places[i]) + BEAT // 4)
        if i + 1 < len(notes):
            following = notes[i + 1]
            if following.start - note.end < BREATH or places[i + 1] - end < unit:
                end = int(places[i + 1])
        ends.append(int(end))
    return ends


def _tempos(onsets: np.ndarray, places: np.ndarray, short: int, measure: Measure) -> tuple[Tempo, ...]:
    """One tempo where the onsets keep to it, otherwise one for each bar."""
    if measure.tempo is not None:
        return (Tempo(bpm=measure.tempo),)
    quarters = float(measure.beat) / BEAT  # of a twelfth
    if len(onsets) < 2:
        return (Tempo(bpm=pulse.USUAL * float(measure.beat)),)
    pace, begin = np.polyfit(places, onsets, 1)  # seconds a twelfth
    bpm = 60 / pace * quarters
    if np.percentile(np.abs(begin + pace * places - onsets), 95) <= STEADY:
        rounded = round(bpm)
        moved = (onsets[-1] - onsets[0]) * abs(bpm / rounded - 1)
        return (Tempo(bpm=rounded if moved < ROUND else round(bpm, 2)),)
    lines = np.arange(short, places[-1] + measure.bar, measure.bar)
    lines = np.unique([0, *lines])
    times = [_time(line, onsets, places, measure.bar) for line in lines]
    tempos = []
    for (line, time), (following, later) in itertools.pairwise(zip(lines.tolist(), times, strict=True)):
        speed = (following - line) / max(later - time, 1e-3) * quarters * 60
        speed = min(max(speed, bpm / WANDER), bpm * WANDER)
        tempos.append(Tempo(tick=measure.ticks(line), bpm=round(speed, 2)))
    return tuple(tempos) or (Tempo(bpm=round(bpm, 2)),)


def _time(line: int, onsets: np.ndarray, places: np.ndarray, bar: int) -> float:
    """When a bar line is reached, in seconds, from the onsets around it."""
    weights = np.exp(-0.5 * ((places - line) / (bar / 2)) ** 2) + 1e-9
    return float(np.polyfit(places - line, onsets, 1, w=np.sqrt(weights))[1])
