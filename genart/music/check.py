"""What a teacher would mark in a piece of up to four voices: each fault with its bar, beat and voices."""

import bisect
import dataclasses
import html
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genart.errors import InputError
from genart.files import atomic, refuse_existing
from genart.music import counterpoint, four_voices, reading
from genart.music.contents import note_name
from genart.music.counterpoint import RANGES, VOICES
from genart.music.four_voices import FourVoices
from genart.music.score import Score
from genart.music.timing import Bar

if TYPE_CHECKING:
    from genart.show import Mark

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
    """The faults of a piece in the order of time, and which track was taken for which voice."""

    score: Score
    voices: FourVoices
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        """A line a fault, or "no faults"."""
        return "\n".join(map(str, self.findings)) or "no faults"

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

    def record(self) -> dict[str, Any]:
        """All that the report says, for JSON."""
        keys = ("kind", "bar", "beat", "tick", "voices", "pitches")
        return {
            "voices": {
                VOICES[voice]: {"track": part.track + 1, "name": part.name, "by": self.voices.told(voice)}
                for voice, part in self.voices.parts.items()
            },
            "counts": self.counts,
            "faults": [{key: getattr(f, key) for key in keys} | {"text": str(f)} for f in self.findings],
        }

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """Write the piano roll with the faults marked, as .png or .svg.

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
        title = f"{show.facts(self.score)} · {len(self.findings) or 'no'} fault{'' if len(self.findings) == 1 else 's'}"
        with atomic(path) as temporary:
            if extension == ".svg":
                text = show.piano_roll_svg(self.score, marks=self.marks, title=title)
                temporary.write_text(text, encoding="utf-8")
            else:
                show.piano_roll_png(self.score, marks=self.marks, title=title).save(temporary)

    def _repr_html_(self) -> str:
        from genart import show

        return show.card(self.score, marks=self.marks) + f"<pre>{html.escape(str(self))}</pre>"


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
    found = [(fault.step, fault.kind, fault.voices) for fault in counterpoint.faults(pitches, ranges=ranges)]
    found += [(step, kind, OUTER) for kind, steps in _outer(pitches[:, OUTER]).items() for step in steps]
    order = list(KINDS)
    found.sort(key=lambda fault: (fault[0], order.index(fault[1]), fault[2]))
    findings = []
    for step, kind, which in found:
        tick, columns = int(ticks[step]), list(which)
        bar = bars[max(bisect.bisect_right(bars, tick, key=operator.attrgetter("start")) - 1, 0)]
        finding = Finding(
            kind=kind,
            tick=tick,
            bar=bar.number,
            beat=_beat(bar, tick, score.resolution),
            voices=tuple(VOICES[voice] for voice in which),
            pitches=tuple(pitches[step, columns].tolist()),
            before=tuple(pitches[step - 1, columns].tolist()) if step else (counterpoint.REST,) * len(columns),
        )
        findings.append(finding)
    return Report(score=score, voices=voices, findings=tuple(findings))


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
