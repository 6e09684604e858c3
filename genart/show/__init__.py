"""Scores made visible: piano rolls as SVG and PNG, and cards for notebooks."""

import os
from pathlib import Path

from genart.errors import InputError
from genart.files import atomic, refuse_existing
from genart.music.score import Score
from genart.recipe import PNG_KEYWORD
from genart.show.card import card, cards, facts, known_kept, known_marks
from genart.show.layout import Mark, Tints
from genart.show.roll import piano_roll_png, piano_roll_svg

__all__ = [
    "Mark",
    "Tints",
    "card",
    "cards",
    "facts",
    "known_kept",
    "known_marks",
    "piano_roll_png",
    "piano_roll_svg",
    "save",
]


def save(score: Score, path: str | os.PathLike[str], *, recipe: bool = True, force: bool = False) -> None:
    """Write the piano roll of a score as .png or .svg, with a line of facts above it.

    A harmonization shows which voice was kept and its parallel fifths and octaves.

    Parameters
    ----------
    recipe
        Whether the file says how the score was made, where that is known.
    force
        Whether a file that exists is overwritten.

    Raises
    ------
    InputError
        The file exists, cannot be written, or has another extension.
    """
    extension = Path(path).suffix.lower()
    if extension not in (".png", ".svg"):
        raise InputError(f"{os.fspath(path)}: a piano roll is saved as .png or .svg")
    refuse_existing(path, force=force)
    kept, marks, title = known_kept(score), known_marks(score), facts(score)
    with atomic(path) as temporary:
        if extension == ".svg":
            text = piano_roll_svg(score, kept=kept, marks=marks, title=title, recipe=recipe)
            temporary.write_text(text, encoding="utf-8")
            return
        from PIL.PngImagePlugin import PngInfo

        chunks = PngInfo()
        if recipe and score.recipe:
            chunks.add_text(PNG_KEYWORD, score.recipe.to_json())
        piano_roll_png(score, kept=kept, marks=marks, title=title).save(temporary, pnginfo=chunks)
