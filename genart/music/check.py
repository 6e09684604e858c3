"""What a teacher would mark in a piece of up to four voices: each fault with its bar, beat and voices."""

import bisect
import dataclasses
import html
import math
import operator
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genart.errors import InputError
from genart.files import atomic, refuse_existing
from genart.music import counterpoint, four_voices, reading
from genart.music.contents import note_name
from genart.music.counterpoint import RANGES, VOICES, Fault
from genart.music.four_voices import FourVoices
from genart.music.score import Score
from genart.music.timing import Bar

if TYPE_CHECKING:
    from genart.show import Mark, Tints

OUTER = (0, 3)
PICTURES = (".png", ".svg")
STEP = 2  # semitones: a soprano that moves further leaps
# kind -> (in words, on the picture); those of `counterpoint.KINDS`, then those of the outer voices alone
KINDS: Mapping[str, tuple[str, str]] = {
    "fifths": ("parallel fifths", "5ths"),
    "octaves": ("parallel octaves", "8ves"),
    "consecutive fifths": ("consecutive fifths by contrary motion", "5ths"),
    "consecutive octaves": ("consecutive octaves by contrary motion", "8ves"),
    "hidden fifths": ("hidden fifth", "hidden 5th"),
    "hidden octaves": ("hidden octave", "hidden 8ve"),
    "crossings": ("crossing", "crossing"),
    "overlaps": ("overlap", "overlap"),
    "ranges": ("out of range", "range"),
    "spacings": ("over an octave apart", "gap"),
    "leaps": ("leap over an octave", "leap"),
}
# colors of notes, from such as were to be expected to such as surprise, with the least probability of each
TINTS = (("#fff7e0", 0.5), ("#fdd49e", 0.2), ("#f58f51", 0.05), ("#a8457e", 0.01), ("#3b0f70", 0.0))
MOST_SURPRISES = 5  # that are told in words
SURPRISING = 0.05  # probability, below which a note is one of them


@dataclasses.dataclass(frozen=True, kw_only=True)
class Surprise:
    """How little a model expected a note, from all other notes of the piece.

    Attributes
    ----------
    voice : such as "alto"
    tick, pitch : where it begins, and its MIDI pitch
    bar, beat : as in :class:`Finding`
    nats : the negative logarithm of its probability, 0 or more, a mean over its 16ths
    """

    voice: str
    tick: int
    pitch: int
    bar: int
    beat: float
    nats: float

    @property
    def probability(self) -> float:
        """Of this pitch there, 0..1."""
        return math.exp(-self.nats)

    def __str__(self) -> str:
        """Such as "bar 3, beat 2: F#4 in the alto surprises (0.4 %)"."""
        place = f"bar {self.bar}, beat {self.beat:g}"
        return f"{place}: {note_name(self.pitch)} in the {self.voice} surprises ({100 * self.probability:.2g} %)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """One fault.

    Attributes
    ----------
    kind : a key of `KINDS`
    tick : where it is heard
    bar : its number as in print
    beat : from 1, in notes of the meter's denominator; in a pickup counted from the end of its bar
    voices : such as ("soprano", "bass"), from the top
    pitches : MIDI pitches of these voices there
    before : their pitches just before, -1 for a rest
    """

    kind: str
    tick: int
    bar: int
    beat: float
    voices: tuple[str, ...]
    pitches: tuple[int, ...]
    before: tuple[int, ...]

    def __str__(self) -> str:
        """Such as "bar 3, beat 2: parallel fifths, soprano and bass"."""
        notes = {"ranges": f" ({note_name(self.pitches[0])})"}
        if self.kind == "leaps":
            notes["leaps"] = f" ({note_name(self.before[0])} to {note_name(self.pitches[0])})"
        place = f"bar {self.bar}, beat {self.beat:g}"
        return f"{place}: {KINDS[self.kind][0]}, {' and '.join(self.voices)}{notes.get(self.kind, '')}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Report:
    """What was found in a piece.

    Attributes
    ----------
    score, bars : the piece, and its bars as counted
    voices : which track was taken for which voice
    findings : its faults in the order of time
    surprises : how a model was surprised by each of its notes, where one was asked, see
        :func:`genart.families.surprise.surprised`
    """

    score: Score
    bars: tuple[Bar, ...]
    voices: FourVoices
    findings: tuple[Finding, ...]
    surprises: tuple[Surprise, ...] = ()

    def __str__(self) -> str:
        """A line a fault, or "no faults"; then the five notes that surprised most, if any did."""
        return "\n".join([*map(str, self.findings or ["no faults"]), *map(str, self.least_expected)])

    @property
    def least_expected(self) -> Sequence[Surprise]:
        """Up to five notes of a probability below 5 %, the least probable first."""
        found = [surprise for surprise in self.surprises if surprise.probability < SURPRISING]
        return sorted(found, key=lambda surprise: -surprise.nats)[:MOST_SURPRISES]

    def place(self, tick: int) -> tuple[int, float]:
        """The number of a tick's bar as in print, and its beat as in :class:`Finding`."""
        bar = self.bars[max(bisect.bisect_right(self.bars, tick, key=operator.attrgetter("start")) - 1, 0)]
        return bar.number, _beat(bar, tick, self.score.resolution)

    @property
    def counts(self) -> dict[str, int]:
        """How many faults there are of each kind that there is."""
        found = {kind: sum(finding.kind == kind for finding in self.findings) for kind in KINDS}
        return {kind: count for kind, count in found.items() if count}

    @property
    def marks(self) -> "tuple[Mark, ...]":
        """The faults as marks on a piano roll."""
        from genart.show import Mark

        return tuple(Mark(tick=f.tick, label=KINDS[f.kind][1], pitches=f.pitches) for f in self.findings)

    @property
    def tints(self) -> "Tints | None":
        """The surprises as colors of notes on a piano roll."""
        from genart.show import Tints

        if not self.surprises:
            return None
        drawn = [index for index, track in enumerate(self.score.tracks) if track.notes and not track.is_drums]
        notes: dict[int, dict[tuple[int, int], str]] = {}
        for surprise in self.surprises:
            place = drawn.index(self.voices.parts[VOICES.index(surprise.voice)].track)
            color = next(color for color, least in TINTS if surprise.probability >= least)
            notes.setdefault(place, {})[surprise.tick, surprise.pitch] = color
        between = [f"{100 * least:g} % or more" for _, least in TINTS[1:-1]]
        words = ["expected (50 % or more)", *between, "less: surprises"]
        return Tints(notes=notes, legend=[(color, said) for (color, _), said in zip(TINTS, words, strict=True)])

    def record(self) -> dict[str, Any]:
        """All that the report says, for JSON."""
        keys = ("kind", "bar", "beat", "tick", "voices", "pitches")
        surprises = {"surprises": [dataclasses.asdict(surprise) for surprise in self.surprises]}
        return {
            "voices": {
                VOICES[voice]: {"track": part.track + 1, "name": part.name, "by": self.voices.told(voice)}
                for voice, part in self.voices.parts.items()
            },
            "counts": self.counts,
            "faults": [{key: getattr(f, key) for key in keys} | {"text": str(f)} for f in self.findings],
            **(surprises if self.surprises else {}),
        }

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the piano roll with the faults marked and, where surprises are known, notes in their colors.

        As .png or .svg.

        Raises
        ------
        InputError
            The file exists and `force` is not set, cannot be written, or has another extension.
        """
        from genart import show

        extension = Path(path).suffix.lower()
        if extension not in PICTURES:
            raise InputError(f"{os.fspath(path)}: a picture of faults is saved as {' or '.join(PICTURES)}")
        refuse_existing(path, force=force)
        facts = show.facts(self.score, pickup=self._pickup)
        title = f"{facts} · {len(self.findings) or 'no'} fault{'' if len(self.findings) == 1 else 's'}"
        drawn: Any = {"marks": self.marks, "tints": self.tints, "title": title, "pickup": self._pickup}
        with atomic(path) as temporary:
            if extension == ".svg":
                temporary.write_text(show.piano_roll_svg(self.score, **drawn), encoding="utf-8")
            else:
                show.piano_roll_png(self.score, **drawn).save(temporary)

    @property
    def _pickup(self) -> int | None:
        """The pickup in ticks, where the score's own is not what was counted."""
        if self.bars == self.score.bars():
            return None
        return self.bars[0].end if self.bars[0].number == 0 else 0

    def _repr_html_(self) -> str:
        from genart import show

        card = show.card(self.score, marks=self.marks, tints=self.tints, pickup=self._pickup)
        return card + f"<pre>{html.escape(str(self))}</pre>"


def check(
    score: Score,
    *,
    pickup: float | None = None,
    ranges: Mapping[str, tuple[int, int]] = RANGES,
) -> Report:
    """Find the faults of part-writing in a piece of up to four voices.

    Those of :func:`genart.music.counterpoint.marks`, between any two voices it names, and between soprano and bass

    - consecutive fifths and octaves by contrary motion: perfect before and after, as a fifth and then a twelfth
    - hidden fifths and octaves: both move in the same direction to one, from another interval, and the soprano leaps

    Parameters
    ----------
    score : whose tracks are told apart by :func:`genart.music.four_voices.assign`
    pickup : beats before bar 1, where the score does not say it; see :func:`genart.music.reading.read`
    ranges : lowest and highest MIDI pitch of each voice

    Raises
    ------
    InputError
        The piece has no notes or more than four voices, or they cannot be told apart.
    """
    voices = four_voices.assign(score)
    ticks, pitches = voices.columns(score)
    bars = reading.read(score, track=next(iter(voices.parts.values())).track + 1, pickup=pickup).bars
    report = Report(score=score, bars=bars, voices=voices, findings=())
    findings = []
    for fault in faults(pitches, ranges=ranges):
        step, columns = fault.step, list(fault.voices)
        tick = int(ticks[step])
        bar, beat = report.place(tick)
        finding = Finding(
            kind=fault.kind,
            tick=tick,
            bar=bar,
            beat=beat,
            voices=tuple(VOICES[voice] for voice in fault.voices),
            pitches=tuple(pitches[step, columns].tolist()),
            before=tuple(pitches[step - 1, columns].tolist()) if step else (counterpoint.REST,) * len(columns),
        )
        findings.append(finding)
    return dataclasses.replace(report, findings=tuple(findings))


def faults(pitches: np.ndarray, *, ranges: Mapping[str, tuple[int, int]] = RANGES) -> list[Fault]:
    """Those that :func:`check` finds in columns of MIDI pitches, int [N, 4], in the order of time."""
    found = list(counterpoint.faults(pitches, ranges=ranges))
    outer = _outer(pitches[:, OUTER])
    found += [Fault(kind=kind, step=step, voices=OUTER) for kind, steps in outer.items() for step in steps]
    order = list(KINDS)
    return sorted(found, key=lambda fault: (fault.step, order.index(fault.kind), fault.voices))


def counted(found: Sequence[Fault]) -> str:
    """Faults in words: "2 x parallel fifths, 1 x overlap", or "no faults"."""
    counts = {said: sum(fault.kind == kind for fault in found) for kind, (said, _) in KINDS.items()}
    return ", ".join(f"{count} x {said}" for said, count in counts.items() if count) or "no faults"


def _outer(pitches: np.ndarray) -> dict[str, list[int]]:
    """The columns at which soprano and bass, int [N, 2], are heard to make one of the faults that are theirs alone."""
    before, now = pitches[:-1], pitches[1:]
    known = (before >= 0).all(axis=1) & (now >= 0).all(axis=1)
    soprano, bass = (now - before).T
    same, contrary = known & (soprano * bass > 0), known & (soprano * bass < 0)
    was, is_ = (np.abs(pair[:, 0] - pair[:, 1]) % 12 for pair in (before, now))
    found = {}
    for name, interval in (("fifths", 7), ("octaves", 0)):
        found[f"consecutive {name}"] = contrary & (was == interval) & (is_ == interval)
        found[f"hidden {name}"] = same & (was != interval) & (is_ == interval) & (np.abs(soprano) > STEP)
    return {kind: (np.flatnonzero(mark) + 1).tolist() for kind, mark in found.items()}


def _beat(bar: Bar, tick: int, resolution: int) -> float:
    """From 1, to a hundredth; of a pickup as if its bar were whole."""
    unit = float(bar.meter.ticks(resolution)) / bar.meter.numerator
    beat = bar.meter.numerator - (bar.end - tick) / unit if bar.number == 0 else (tick - bar.start) / unit
    return round(1 + beat, 2)
