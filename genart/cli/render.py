"""``genart render``: sound, pictures and scores of a piece."""

import sys

import click

from genart.cli.output import common, emit, note
from genart.music import formats, practice
from genart.music.lyrics import TEXTS
from genart.music.parts import PROGRAMS

STDIN = "-"


@click.command()
@click.argument("piece")
@click.option(
    "-o",
    "--out",
    multiple=True,
    required=True,
    metavar="FILE",
    help=f"Where to save; may be given several times, for {', '.join(formats.SAVED)}.",
)
@click.option("--voices", metavar="alto,tenor", help="Practice track: these loud and in the middle, others soft aside.")
@click.option("--tempo", metavar="BPM|PERCENT", help="Quarters a minute, such as 90, or a share, such as 80%.")
@click.option("--programs", metavar=f"[{'|'.join(PROGRAMS)}]", help="Sounds, instead of the piece's own.")
@click.option("--soundfont", metavar="FILE", help="A .sf2 or .sf3 file that plays, or built-in for the plain synth.")
@click.option(
    "--look", type=click.Choice(formats.LOOKS), default="roll", help="Pictures as piano rolls (the default) or scores."
)
@click.option("--staves", type=int, help="Four voices on 2 or 4 staves, in scores.")
@click.option("--text", metavar=f"[{'|'.join(TEXTS)}]", help="Who has words; all: voices that move with the melody.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@click.option("--no-recipe", "recipe", flag_value=False, default=True, help="Leave out how the files were made.")
@common
def command(
    piece: str,
    out: tuple[str, ...],
    voices: str | None,
    tempo: str | None,
    programs: str | None,
    soundfont: str | None,
    look: str,
    staves: int | None,
    text: str | None,
    force: bool,
    recipe: bool,
) -> None:
    """Make sound, pictures and scores of PIECE: a MIDI or MusicXML file, or - for one on standard input.

    The extension says which: .wav .flac .mp3 are sound, .png .svg are pictures, .pdf is an engraved score, .musicxml
    and .mxl are scores for other programs, .mid is MIDI.
    """
    for path in out:
        formats.check(path, look=look, force=force)
    source = sys.stdin.buffer if piece == STDIN else piece
    score = practice.render(source, programs=programs, tempo=tempo, voices=voices, text=text)
    if any(path.lower().endswith(formats.SOUNDS) for path in out):
        from genart.audio import synth

        note(synth.describe(soundfont))
    for path in out:
        score.save(path, look=look, staves=staves, soundfont=soundfont, recipe=recipe, force=force)
    emit({"paths": out}, lines=out)
