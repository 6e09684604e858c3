"""``genart info``: how a file was made, and what is in it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from genart.cli.output import columns, common, emit
from genart.errors import InputError
from genart.music.contents import Contents, TrackContents, contents
from genart.music.score import Score
from genart.recipe import Recipe, read_recipe

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".svg", ".gif", ".mp4", ".mov", ".webm", ".mkv")
NOT_SCORES = (*PICTURES, ".wav", ".flac", ".mp3")
DIGITS = 12  # of a hash, enough to tell two apart; --json has all
LONGEST = 200  # characters of a parameter that are shown
CHANGES = 8  # of tempo or meter that are listed


@click.command()
@click.argument("file")
@common
def command(file: str) -> None:
    """Say how FILE was made if genart made it, and what is in it if it is a MIDI file; - is standard input."""
    if Path(file).suffix.lower() in NOT_SCORES:
        recipe, inside = read_recipe(file), None
        if recipe is None:
            raise InputError(f"{file} carries no recipe of genart's: only MIDI files of others can be looked into")
    else:
        score = Score.read(file)
        recipe, inside = score.recipe, contents(score)
    record = (asdict(recipe) if recipe else {}) | (asdict(inside) if inside else {})
    emit(record, lines=_lines(recipe, inside))


def _lines(recipe: Recipe | None, inside: Contents | None) -> Iterator[str]:
    if recipe:
        yield from map(_printable, columns(list(_made(recipe))))
    if recipe and inside:
        yield ""
    if inside:
        yield from map(_printable, columns(list(_facts(inside))))
        yield ""
        yield from map(_printable, columns([_HEAD, *map(_row, inside.tracks)], right=[0, 4]))


def _made(recipe: Recipe) -> Iterator[tuple[str, str]]:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(recipe.versions.items()))
    yield "made by", f"genart {recipe.verb} ({versions}, {recipe.device})"
    for source in recipe.sources:
        yield "from", f"{source.name} (sha256 {source.sha256[:DIGITS]}...)"
    if recipe.model:
        yield "model", f"{recipe.model} (sha256 {recipe.weights[:DIGITS]}...)"
    yield "seed", str(recipe.seed)
    for name, value in recipe.parameters.items():
        if value is not None:
            yield name.replace("_", "-"), _told(value)


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}={_told(item)}" for name, item in value.items())
    if isinstance(value, list):
        names = all(isinstance(item, str) for item in value)
        return (", " if names else "-").join(map(_told, value))  # of numbers: a range
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:DIGITS]}..."
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _facts(inside: Contents) -> Iterator[tuple[str, str]]:
    found = inside.melody
    if found:
        split = len(inside.tracks[found.track - 1].channels) > 1
        place = f"track {found.track}" + (f", channel {found.channel}" if split else "")
        yield "likely melody", f'{place} "{found.name}": {found.reason}' if found.name else f"{place}: {found.reason}"
    else:
        yield "likely melody", "none: there are no notes but drums'"
    if inside.key:
        yield "key", inside.key + (" (estimated)" if inside.key_estimated else "")
    yield "meter", _changing([(bar, meter) for bar, meter in inside.meters])
    yield "tempo", _changing([(bar, f"{tempo:g} bpm") for bar, tempo in inside.tempos])
    pickup = f", pickup {inside.pickup:g} beat{'' if inside.pickup <= 1 else 's'}" if inside.pickup else ""
    yield "bars", f"{inside.bars}{pickup}"
    seconds = round(inside.seconds)
    yield "length", f"{seconds // 60}:{seconds % 60:02}"


def _changing(values: list[tuple[int, str]]) -> str:
    told = [values[0][1], *(f"{value} from bar {bar}" for bar, value in values[1:CHANGES])]
    more = [f"{len(values) - CHANGES} more changes"] if len(values) > CHANGES else []
    return ", ".join(told + more)


_HEAD = ("track", "name", "sound", "channel", "notes", "range")


def _row(track: TrackContents) -> tuple[str, ...]:
    span = "" if track.drums else "-".join(dict.fromkeys(filter(None, (track.lowest, track.highest))))
    channels = ", ".join(map(str, track.channels))
    return str(track.number), track.name, ", ".join(track.programs), channels, str(track.notes), span


def _printable(line: str) -> str:
    """A line that cannot steer the terminal, whatever is in the file."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line)
