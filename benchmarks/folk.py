"""Harmonizing melodies that are no chorales, and the parallels that come of it.

    pip install "genart[tunes]"
    python benchmarks/folk.py

50 tunes of the collections that music21 has (Aird's, O'Neill's, Ryan's), 12 or 13 of each meter 2/4, 3/4,
4/4 and 6/8, their ranges spread from the widest to the narrowest. Every third one is given rests: of every eighth note
the second half. Each is harmonized with the defaults; what is counted is the written score, by its own bars.
"""

import collections
import dataclasses
import json

import click
import numpy as np

import genart
from genart.music import counterpoint
from genart.music.tunes.corpora import read_collections
from genart.music.tunes.scores import to_score

METERS = ((2, 4), (3, 4), (4, 4), (6, 8))
SHORTEST, LONGEST = 8, 24  # bars
RESTS = 8  # the second half of every so many notes is one
BACHS = {"fifths": 0.0104, "octaves": 0.0052}  # a bar, of the chorales; see models/bach/README.md


def with_rests(score: genart.Score) -> genart.Score:
    """The score with the second half of every eighth note of its melody silent."""
    (voice,) = score.voices
    notes = [
        dataclasses.replace(note, end=(note.start + note.end) // 2) if number % RESTS == RESTS - 1 else note
        for number, note in enumerate(voice.notes)
    ]
    tracks = [dataclasses.replace(track, notes=tuple(notes)) if track is voice else track for track in score.tracks]
    return dataclasses.replace(score, tracks=tuple(tracks))


def songs(count: int) -> list[genart.Score]:
    """The tunes as scores of one voice."""
    found = collections.defaultdict(list)
    for tune in read_collections()[0]:
        bars = sum(section.length for section in tune.sections) / tune.bar
        if tune.meter in METERS and SHORTEST <= bars <= LONGEST:
            found[tune.meter].append((max(tune.pitches) - min(tune.pitches), tune.title, tune))
    chosen = []
    for number, meter in enumerate(METERS):
        share = count // len(METERS) + (number < count % len(METERS))
        widest = sorted(found[meter], key=lambda item: (-item[0], item[1]))
        chosen += [part[0][2] for part in np.array_split(np.array(widest, dtype=object), share)]
    scores = [to_score(tune) for tune in chosen]
    return [with_rests(score) if number % 3 == 0 else score for number, score in enumerate(scores)]


@click.command()
@click.option("--tunes", type=click.IntRange(min=4), default=50, show_default=True)
@click.option("--model", default="bach", show_default=True, help="Name or folder.")
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON record.")
def main(tunes: int, model: str, seed: int, as_json: bool) -> None:
    """Harmonize folk tunes and count parallels."""
    bach = genart.load(model)
    totals, bars, kept, ranges = collections.Counter(), 0, 0, []
    for number, song in enumerate(songs(tunes)):
        (take,) = genart.harmonize(song, model=bach, seed=seed + number, on_step=_silent)
        _, pitches = counterpoint.columns(take)
        totals.update({kind: int(count) for kind, count in counterpoint.counts(pitches).items()})
        bars += take.bars()[-1].number
        kept += take.voices[0].notes == song.voices[0].notes
        heights = [note.pitch for note in song.voices[0].notes]
        ranges.append(max(heights) - min(heights))
    rates = {kind: totals[kind] / bars for kind in counterpoint.KINDS}
    record = {"tunes": tunes, "bars": bars, "kept": kept, "median_range": float(np.median(ranges)), "rates": rates}
    lines = [f"{tunes} tunes, {bars} bars, median range {np.median(ranges):g} semitones; melodies kept: {kept}"]
    lines += [
        f"{kind} a bar: {rate:.4f} ({totals[kind]})" + (f"; Bach's {BACHS[kind]}" if kind in BACHS else "")
        for kind, rate in rates.items()
    ]
    click.echo(json.dumps(record) if as_json else "\n".join(lines))


def _silent(done: int, total: int) -> None:
    """No progress bar."""


if __name__ == "__main__":
    main()
