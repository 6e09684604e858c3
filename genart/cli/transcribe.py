"""``genart transcribe``: a sung, hummed or whistled melody written down."""

import inspect
import sys
from collections.abc import Sequence
from typing import Any

import click

from genart.cli.harmonize import given
from genart.cli.output import common, emit, note
from genart.music import formats
from genart.music.transcribe import transcribe

STDIN = "-"
METER = inspect.signature(transcribe).parameters["meter"].default


@click.command()
@click.argument("recording")
@click.option(
    "-o",
    "--out",
    multiple=True,
    required=True,
    metavar="FILE",
    help=f"Where to save; may be given several times, for {', '.join(formats.SAVED)}.",
)
@click.option("--tempo", type=float, metavar="BPM", help="Quarters a minute; estimated if not given.")
@click.option("--key", help="Key for the signature, such as Dm or Bb; estimated if not given.")
@click.option("--meter", help=f"Meter, such as 3/4.  [default: {METER}]")
@click.option("--pickup", type=float, metavar="BEATS", help="Length of what is before bar 1; estimated if not given.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--no-recipe", "recipe", flag_value=False, default=True, help="Leave out how the files were made.")
@common
def command(recording: str, out: tuple[str, ...], force: bool, recipe: bool, **options: Any) -> None:
    """Write down the melody of RECORDING: singing, humming or whistling, one note at a time.

    RECORDING is a .wav, .flac, .mp3, .ogg ... file of up to an hour, or - for one on standard input. If there is more
    than one voice, the top line is followed as well as it can be told. `genart harmonize RECORDING` does this and
    harmonizes the melody.
    """
    for path in out:
        formats.check(path, force=force)
    told: dict[str, Any] = {}
    asked = given(options)
    tell = asked.pop("on_understood")

    def on_understood(understood: str, remarks: Sequence[str]) -> None:
        told.update(understood=understood, remarks=remarks)
        tell(understood, remarks)

    source = sys.stdin.buffer if recording == STDIN else recording
    score = transcribe(source, **asked, on_understood=on_understood)
    if any(path.lower().endswith(formats.SOUNDS) for path in out):
        from genart.audio import synth

        note(synth.describe())
    for path in out:
        score.save(path, recipe=recipe, force=force)
    emit({"paths": out, **told}, lines=out)
