"""The style model set up with its looks and options, to paint pictures and films alike."""

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import genart
from genart import interrupts
from genart.errors import InputError
from genart.families import looks
from genart.families.looks import Look
from genart.families.mixture import BRUSHES, STRENGTHS, StyleGiven, check_range
from genart.families.own_styles import OwnStyle
from genart.families.refine import optimize
from genart.families.sizes import Size, fitted
from genart.families.style import Style
from genart.image.clip import Clip
from genart.image.color import composited, floats, with_colors_of
from genart.image.film import film
from genart.image.picture import Picture
from genart.nets import style_loss
from genart.progress import OnStep
from genart.recipe import Recipe, Source
from genart.training.recipes.style import LossNetwork

MaskGiven = str | os.PathLike[str] | np.ndarray


class Easel:
    """A style model, one or several looks, and how they are painted.

    The parameters are those of :func:`genart.families.stylize.stylize`, and so are the errors.

    Attributes
    ----------
    looks : one a style
    remarks : sentences on what was changed in what was asked for
    """

    def __init__(
        self,
        *,
        style: StyleGiven | Sequence[StyleGiven],
        content: Callable[[], tuple[Picture, str]],
        model: str | os.PathLike[str] | Style = "style",
        strength: float = 1.0,
        brush: float = 1.0,
        keep_colors: bool = False,
        mask: MaskGiven | Sequence[MaskGiven] | None = None,
        size: Size | None = None,
        seed: int | None = None,
        refine: int = 0,
        painting: str | os.PathLike[str] | None = None,
        own: Mapping[str, OwnStyle] | None = None,
        features: str | os.PathLike[str] | LossNetwork = "features",
        on_step: OnStep = lambda done, total: None,
        on_preview: Callable[[Picture], None] | None = None,
    ):
        self.strength = check_range("strength", strength, STRENGTHS)
        self.brush = check_range("brush", brush, BRUSHES)
        self.keep_colors, self.size, self.refine = keep_colors, size, refine
        self.painting = None if painting is None else Path(painting)
        styles: list[Any] = [style] if isinstance(style, str | os.PathLike | Mapping) else list(style)
        self.masks = _as_masks(mask, styles=len(styles))
        if refine < 0:
            raise InputError(f"refine {refine}: a number of iterations, 0 or more, is needed")
        if painting is not None and len(styles) > 1:
            raise InputError("one painting is compared with, so it goes with one style; leave out the others")
        self.model = looks.style_model(model)
        self.features = features

        def learn(path: Path) -> OwnStyle:
            return looks.learned(
                path,
                model=self.model,
                content=content,
                features=features,
                seed=seed,
                on_step=on_step,
                on_preview=on_preview,
            )

        self.looks = [looks.look(each, model=self.model, own=own or {}, learn=learn) for each in styles]
        self.remarks = tuple(remark for look in self.looks for remark in look.remarks)
        self.own: dict[str, OwnStyle] = {name: of for look in self.looks for name, of in look.own.items()}
        seeds = [of.seed for of in self.own.values()]
        self.seed = seeds[0] if seeds else seed or 0
        self._wanted = [self._statistics(look) for look in self.looks] if refine else []

    def picture(
        self, picture: Picture, *, source: Source | None = None, on_step: OnStep = lambda done, total: None
    ) -> Picture:
        """A picture painted, with its recipe; `source` is the file that it is from."""
        sized = fitted(picture, self.size)
        masks = [self._mask(mask, picture.size) for mask in self.masks]
        painted = []
        for number, look in enumerate(self.looks):
            one = self.model.sample(sized, style=look.row, strength=self.strength, brush=self.brush).pixels
            if self.refine:
                one = self._refined(one, sized, self._wanted[number], on_step)
            painted.append(with_colors_of(one, sized.pixels) if self.keep_colors else one)
        pixels = mixed(painted, sized.pixels, masks)
        return Picture(pixels=pixels, alpha=sized.alpha, recipe=self.recipe(source))

    def film(
        self,
        path: str | os.PathLike[str],
        out: str | os.PathLike[str],
        *,
        force: bool = False,
        recipe: bool = True,
        on_step: OnStep = lambda done, total: None,
    ) -> list[str]:
        """A film painted, with its rate, length and sound; whole, or not at all.

        Parameters
        ----------
        path, out : see :meth:`genart.image.clip.Clip.open` and :func:`genart.image.film.film`
        on_step : called with (frames done, all, as far as the file tells)

        Returns
        -------
        Sentences on what could not be kept, such as damaged sound.
        """
        if self.refine:
            raise InputError("films are not refined, since each frame would flicker: leave out refine")
        source = Source.of(path) if recipe and os.path.isfile(path) else None
        with contextlib.ExitStack() as held:
            clip = held.enter_context(Clip.open(path))
            first = fitted(Picture.of(np.zeros((clip.height, clip.width, 3), np.uint8)), self.size)
            masks = [self._mask(mask, (clip.width, clip.height)) for mask in self.masks]
            heed = held.enter_context(interrupts.deferred())
            made = held.enter_context(
                film(
                    out,
                    size=first.size,
                    rate=clip.rate,
                    sound=clip,
                    recipe=self.recipe(source) if recipe else None,
                    force=force,
                )
            )
            for number, frame in enumerate(self._frames(clip, masks), 1):
                made.add(frame)
                heed()
                on_step(number, max(number, clip.frames or 0))
        return made.notes

    def recipe(self, source: Source | None) -> Recipe:
        """How what is painted of a file was made."""
        sources = [] if source is None else [source]
        sources += [of.picture for of in self.own.values()]
        files = [path for look in self.looks for path in look.files.values()] if self.refine else []
        masks = [Path(mask) for mask in self.masks if not isinstance(mask, np.ndarray)]
        painting = [] if self.painting is None else [self.painting]
        sources += [Source.of(path) for path in (*files, *painting, *masks)]
        names = ["an array" if isinstance(mask, np.ndarray) else Path(mask).name for mask in self.masks]
        return Recipe(
            verb="stylize",
            model=self.model.name,
            weights=self.model.bundle.sha256,
            seed=self.seed,
            parameters={
                "style": looks.described(self.looks),
                "strength": self.strength,
                "brush": self.brush,
                "keep_colors": self.keep_colors,
                "mask": names or None,
                "size": self.size,
                "refine": self.refine,
                "painting": None if self.painting is None else self.painting.name,
                "own": {name: of.to_json() for name, of in self.own.items()} or None,
            },
            sources=tuple(dict.fromkeys(sources)),
            versions={"genart": genart.__version__, "jax": jax.__version__},
            device=jax.default_backend(),
        )

    def _frames(self, clip: Clip, masks: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        frames = (frame if self.size is None else fitted(Picture.of(frame), self.size).pixels for frame in clip)
        given, *copies = itertools.tee(frames, 1 + len(self.looks))  # which run in step, so that few are held
        painted = [
            self.model.stream(
                copy, style=look.row, strength=self.strength, brush=self.brush, keep_colors=self.keep_colors
            )
            for look, copy in zip(self.looks, copies, strict=True)
        ]
        for frame, *each in zip(given, *painted, strict=True):
            yield mixed(each, frame, masks)

    def _mask(self, mask: MaskGiven, size: tuple[int, int]) -> np.ndarray:
        """A mask for what is painted of a picture of `size`."""
        if isinstance(mask, np.ndarray):
            return floats(mask)
        values = Picture.read_mask(mask, size=size)
        return values if self.size is None else fitted(Picture.of(values), self.size).floats()[..., 0]

    def _statistics(self, look: Look) -> style_loss.Statistics:
        paintings = dict(look.files) if self.painting is None else dict.fromkeys(look.weights, self.painting)
        return look.wanted(looks.loss_network(self.features)[0], paintings=paintings, brush=self.brush)

    def _refined(
        self, painted: np.ndarray, content: Picture, wanted: style_loss.Statistics, on_step: OnStep
    ) -> np.ndarray:
        features = looks.loss_network(self.features)[0]
        given = content.floats()
        if self.strength < 1:
            own = style_loss.statistics(features(jnp.asarray(given[None])))
            wanted = style_loss.between(own, wanted, jnp.asarray([self.strength]))
        pixels, _ = optimize(floats(painted), given, wanted, features, steps=self.refine, on_step=on_step)
        return Picture.of(np.clip(pixels, 0, 1)).pixels


def mixed(painted: Sequence[np.ndarray], original: np.ndarray, masks: Sequence[np.ndarray]) -> np.ndarray:
    """Paintings of a picture where their masks are white, and the picture where all are black.

    Parameters
    ----------
    painted, original : uint8 [h, w, 3] each
    masks : float32 [h, w] in 0..1, one a painting, or none for a single painting; where they sum to more than one,
        each has its share

    Raises
    ------
    InputError
        A mask is of another size.
    """
    if not masks:
        return painted[0]
    if len(masks) == 1:
        return composited(painted[0], original, masks[0])
    if wrong := [mask.shape for mask in masks if mask.shape != original.shape[:2]]:
        raise InputError(f"a mask of shape {wrong[0]} for a picture of shape {original.shape}: both need one size")
    share = np.maximum(1, np.sum(masks, axis=0))
    base = floats(original)
    moved = sum((mask / share)[..., None] * (floats(one) - base) for mask, one in zip(masks, painted, strict=True))
    return np.rint(np.clip(base + moved, 0, 1) * 255).astype(np.uint8)


def _as_masks(mask: MaskGiven | Sequence[MaskGiven] | None, *, styles: int) -> list[MaskGiven]:
    masks = [] if mask is None else [mask] if isinstance(mask, str | os.PathLike | np.ndarray) else list(mask)
    if not styles:
        raise InputError("no style is named: give one")
    if len(masks) != styles and not (styles == 1 and not masks):
        raise InputError(
            f"{styles} styles and {len(masks)} masks: one mask each is needed, or write a blend such as "
            "great_wave:0.6,udnie:0.4"
        )
    return masks
