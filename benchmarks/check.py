"""Parallel fifths and octaves that `genart check` finds, against music21's voice-leading analysis.

    pip install "genart[tunes]"
    python benchmarks/check.py Jsb16thSeparated.json        # the first 30 pieces of the split valid

Each piece is written as MusicXML, which music21 reads, so that it judges the same notes with genart's spelling. Every
difference is put down to one of the reasons in `REASONS`, by what the notes are and not by what was found; what is left
is unexplained, and makes the benchmark fail.
"""

import collections
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

import genart
from genart.music import counterpoint
from genart.music.check import check
from genart.music.chorales import read_chorales
from genart.music.counterpoint import PAIRS, REST, VOICES
from genart.music.musicxml import to_bytes

Place = tuple[str, int, tuple[int, int]]  # "fifths" or "octaves", tick, voices

TICKS = 120  # a 16th
REASONS = {
    "contrary": "music21 counts contrary motion, as from a fifth to a twelfth; genart calls it consecutive, and names "
    "it of soprano and bass alone",
    "unison": "from a unison to an octave or back, which are different intervals to music21 and octaves to genart",
    "spelling": "seven semitones that are not written as a fifth; music21 goes by names",
}


def score_of(cells: np.ndarray) -> genart.Score:
    """The score of int [T, 4], MIDI pitches on the 16th grid; a pitch that goes on is one note."""
    voices = []
    for voice, name in enumerate(VOICES):
        line = cells[:, voice]
        edges = [0, *(np.flatnonzero(np.diff(line)) + 1).tolist(), len(line)]
        notes = [
            genart.Note(start=TICKS * first, end=TICKS * end, pitch=int(line[first]))
            for first, end in itertools.pairwise(edges)
            if line[first] != REST
        ]
        voices.append(genart.Track.make(name=name.capitalize(), notes=notes, channel=voice))
    return genart.Score.make(voices=voices)


def ours(score: genart.Score) -> set[Place]:
    """The parallels that genart finds."""
    found = (finding for finding in check(score).findings if finding.kind in ("fifths", "octaves"))
    return {(f.kind, f.tick, (VOICES.index(f.voices[0]), VOICES.index(f.voices[1]))) for f in found}


def theirs(score: genart.Score) -> set[Place]:
    """The parallels that music21 finds: of every two voices that both move between two neighboring verticalities."""
    import music21

    parsed = music21.converter.parse(to_bytes(score).decode(), format="musicxml").stripTies()
    parts = list(parsed.parts)  # pyright: ignore[reportAttributeAccessIssue]
    voices = [{float(note.getOffsetInHierarchy(part)): note for note in part.recurse().notes} for part in parts]
    edges = [(offset, offset + note.quarterLength) for voice in voices for offset, note in voice.items()]
    offsets = sorted({float(offset) for span in edges for offset in span})
    sounding = [_sounding(voice, offsets) for voice in voices]
    found = set()
    for number in range(1, len(offsets)):
        for pair in PAIRS:
            (u0, v0), (u1, v1) = (tuple(sounding[voice][i] for voice in pair) for i in (number - 1, number))
            if not all((u0, v0, u1, v1)) or u0 is u1 or v0 is v1:
                continue
            quartet = music21.voiceLeading.VoiceLeadingQuartet(u0, u1, v0, v1)
            tick = round(offsets[number] * score.resolution)
            if quartet.parallelFifth():
                found.add(("fifths", tick, pair))
            if quartet.parallelUnisonOrOctave():
                found.add(("octaves", tick, pair))
    return found


def _sounding(voice: dict[float, Any], offsets: list[float]) -> list[Any]:
    """The note of a voice, by the offsets at which its notes begin, that sounds at each offset; None for a rest."""
    found, now, end = [], None, 0.0
    for offset in offsets:
        if offset in voice:
            now, end = voice[offset], offset + voice[offset].quarterLength
        found.append(now if offset < end else None)
    return found


def reason(score: genart.Score, place: Place) -> str | None:
    """Why genart and music21 differ about a place, from the notes there; a key of `REASONS`."""
    kind, tick, pair = place
    ticks, pitches = counterpoint.columns(score)
    at = int(np.searchsorted(ticks, tick))
    before, now = pitches[at - 1, list(pair)], pitches[at, list(pair)]
    if (now - before).prod() < 0:
        return "contrary"
    if kind == "octaves":
        return "unison" if 0 in (before[0] - before[1], now[0] - now[1]) else None
    return "spelling" if {abs(int(b - a)) % 12 for a, b in (before, now)} == {7} else None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--pieces", type=click.IntRange(min=1), default=30, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record.")
def main(file: str, pieces: int, as_json: bool) -> None:
    """Compare the parallels of chorales."""
    both, differences = collections.Counter(), collections.Counter()
    unexplained = []
    for number, cells in enumerate(read_chorales(Path(file), split="valid")[:pieces]):
        score = score_of(cells)
        one, other = ours(score), theirs(score)
        both.update(kind for kind, _, _ in one & other)
        for place in one ^ other:
            why = reason(score, place)
            differences[why, place[0], "genart" if place in one else "music21"] += 1
            unexplained += [(number, place)] if why is None else []
    record = {
        "pieces": pieces,
        "both": dict(both),
        "differences": [{"reason": w, "kind": k, "found_by": by, "count": n} for (w, k, by), n in differences.items()],
        "unexplained": unexplained,
    }
    lines = [f"{pieces} pieces; both find " + ", ".join(f"{n} parallel {kind}" for kind, n in both.items())]
    told = {**REASONS, None: "unexplained"}
    lines += [f"{by} finds {n} {kind}: {told[why]}" for (why, kind, by), n in differences.items()]
    click.echo(json.dumps(record) if as_json else "\n".join(lines))
    sys.exit(bool(unexplained))


if __name__ == "__main__":
    main()
