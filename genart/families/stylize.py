"""Pictures and films painted in a style."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from genart import interrupts, progress
from genart.families.mixture import BRUSHES, STRENGTHS, StyleGiven, check_range
from genart.families.sizes import Size, parsed
from genart.image.picture import Picture
from genart.recipe import Source, sha256_of

if TYPE_CHECKING:
    from genart.families.easel import MaskGiven
    from genart.families.own_styles import OwnStyle
    from genart.families.style import Style
    from genart.training.recipes.style import LossNetwork


def stylize(
    picture: str | os.PathLike[str] | Picture | np.ndarray,
    *,
    style: StyleGiven | Sequence[StyleGiven],
    model: "str | os.PathLike[str] | Style" = "style",
    strength: float = 1.0,
    brush: float = 1.0,
    keep_colors: bool = False,
    mask: "MaskGiven | Sequence[MaskGiven] | None" = None,
    size: Size | None = None,
    seed: int | None = None,
    refine: int = 0,
    painting: str | os.PathLike[str] | None = None,
    own: "Mapping[str, OwnStyle] | None" = None,
    features: "str | os.PathLike[str] | LossNetwork" = "features",
    on_step: progress.OnStep | None = None,
    on_preview: Callable[[Picture], None] | None = None,
) -> Picture:
    """Paint a picture in a style.

    Parameters
    ----------
    picture : a file, a Picture, or an array as :meth:`Picture.of` takes it
    style : a name of the model's table or one that you keep, a blend ("great_wave:0.6,udnie:0.4", or a dict; weights
        are made to sum to one), or a picture file, from which the style is learned in about a minute and then
        remembered; or several of these, each with its mask
    model : a model's name, folder or URL, or the model itself
    strength : 0 gives the picture back, 1 is the style, up to 1.5
    brush : size of the strokes, 0.5 to 2
    keep_colors : paint in the picture's own colors
    mask : a picture file, white where the style is painted and black where the picture stays, or floats [h, w] of the
        result's size; one for each style. Where several are white, the styles are mixed
    size : of the result: pixels of the shorter side, or "1280x720", which the picture fills; by default its own
    seed : of what is learned from a picture; by default a style that was learned before is taken, or a seed drawn
    refine : iterations of optimization of the pixels themselves (Gatys et al. 2016), which take seconds each
    painting : picture file of the style to refine with, where the style is not given as one
    own : styles by the names that `style` calls them
    features : the loss network by which styles are learned and refined: a model's name or folder, or its call
    on_step : called with (steps done, all) while a style is learned and while the picture is refined, instead of a
        progress bar; raise in it to stop
    on_preview : called with the picture as it would be painted, every few seconds while a style is learned

    Returns
    -------
    Picture
        Of the picture's size and with its transparency, with its recipe.

    Raises
    ------
    InputError
        The picture, the style or a mask cannot be used, or an option does not fit. The message says what to do.
    """
    check_range("strength", strength, STRENGTHS)
    check_range("brush", brush, BRUSHES)
    if size is not None:
        parsed(size)
    content, source = _read(picture)
    with interrupts.deferred(), progress.shown("stylizing", on_step=on_step) as show:
        from genart.families.easel import Easel  # brings JAX, which takes a second: not before the picture is read

        easel = Easel(
            style=style,
            content=lambda: (content, source.sha256 if source else sha256_of(content.pixels.tobytes())),
            model=model,
            strength=strength,
            brush=brush,
            keep_colors=keep_colors,
            mask=mask,
            size=size,
            seed=seed,
            refine=refine,
            painting=painting,
            own=own,
            features=features,
            on_step=show,
            on_preview=on_preview,
        )
        return easel.picture(content, source=source, on_step=show)


def _read(picture: str | os.PathLike[str] | Picture | np.ndarray) -> tuple[Picture, Source | None]:
    if isinstance(picture, str | os.PathLike):
        return Picture.read(picture), Source.of(picture)
    return picture if isinstance(picture, Picture) else Picture.of(picture), None
