"""A picture in all styles at once."""

import contextlib
import os
from pathlib import Path

import numpy as np

from genart.errors import InputError
from genart.families import looks, own_styles
from genart.families.sizes import Size, fitted
from genart.families.style import Style
from genart.image.picture import Picture
from genart.progress import OnStep
from genart.recipe import Source
from genart.show.sheet import contact_sheet

CELL = 400  # pixels of the longer side of a picture on a sheet


class Sheet:
    """A style model that paints contact sheets: a picture in every style of its table and of those kept.

    The parameters are those of :func:`genart.families.stylize.stylize`.
    """

    def __init__(
        self,
        *,
        model: str | os.PathLike[str] | Style = "style",
        strength: float = 1.0,
        brush: float = 1.0,
        keep_colors: bool = False,
        size: Size | None = None,
    ):
        self.model, self.size = looks.style_model(model), size
        self.strength, self.brush, self.keep_colors = strength, brush, keep_colors

    def picture(
        self, picture: Picture, *, source: Source | None = None, on_step: OnStep = lambda done, total: None
    ) -> Picture:
        """The contact sheet of a picture, itself first; of sheets no recipe is kept."""
        small = picture.resized(long=CELL) if self.size is None else fitted(picture, self.size)
        rows: dict[str, str | np.ndarray] = {name: name for name in self.model.names}
        for name in own_styles.kept():
            with contextlib.suppress(InputError):  # of other weights
                rows.setdefault(name, own_styles.read_kept(name, weights=self.model.bundle.sha256).row)
        painted = [small]
        for number, style in enumerate(rows.values(), 1):
            painted.append(
                self.model.sample(
                    small, style=style, strength=self.strength, brush=self.brush, keep_colors=self.keep_colors
                )
            )
            on_step(number, len(rows))
        return contact_sheet(painted, labels=["", *rows], size=max(small.size))

    def film(
        self, path: Path, out: Path, *, force: bool = False, recipe: bool = True, on_step: OnStep | None = None
    ) -> list[str]:
        """Refused: raises InputError."""
        raise InputError(f"{path} moves: a contact sheet of styles is made of a picture")
