"""The style model: pictures and films painted in the styles of a table, or of any picture."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from genart.errors import ModelError
from genart.families.bundle import Bundle, read_bundle
from genart.families.mixture import BRUSHES, STRENGTHS, check_range, parse_mixture
from genart.families.painter import Painter, network_of
from genart.image.color import composited, with_colors_of
from genart.image.picture import Picture
from genart.nets.flat import with_flat
from genart.nets.stylizer import PLAIN, StylizerConfig

SMOOTHING = 0.8  # share of what is remembered in a film's statistics: they follow within about five frames


class Style:
    """A trained style net (conditional instance normalization, Dumoulin et al. 2017, arXiv 1610.07629)."""

    def __init__(self, bundle: Bundle):
        try:
            self.config = StylizerConfig(**bundle.network)
            self.names = tuple(str(name) for name in bundle.codec["styles"])
            with_flat(network_of(self.config)[1], bundle.weights)
        except (TypeError, KeyError) as error:
            raise ModelError(f"the network of {bundle.name} is not one this genart knows: {error}") from error
        if len(self.names) != self.config.styles:
            raise ModelError(f"{bundle.name} names {len(self.names)} styles and has {self.config.styles}")
        self.bundle = bundle
        self.painter = Painter(self.config, bundle.weights)
        self.rows = bundle.weights["rows"]

    @classmethod
    def read(cls, folder: str | Path) -> "Style":
        """The model in a bundle's folder. Raises ModelError if it is damaged or another family's."""
        return cls(read_bundle(folder, family="style"))

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.bundle.name

    def row(self, style: str | Mapping[str, float] | np.ndarray, *, strength: float = 1.0) -> np.ndarray:
        """The numbers that make the net paint in a style.

        Parameters
        ----------
        style : a name of `names`, a blend ("great_wave:0.6,udnie:0.4" or a dict), or a row, float32 [R]
        strength : 0 gives the picture back, 1 is the style, up to 1.5 more than that

        Returns
        -------
        float32 [R]

        Raises
        ------
        InputError
            There is no such style, or the strength is none of 0..1.5.
        """
        check_range("strength", strength, STRENGTHS)
        if isinstance(style, np.ndarray):
            row = style
        else:
            weights = parse_mixture(style, self.names)
            row = sum(weight * self.rows[1 + self.names.index(name)] for name, weight in weights.items())
        return np.asarray((1 - strength) * self.rows[PLAIN] + strength * row, np.float32)

    def sample(
        self,
        picture: Picture,
        *,
        style: str | Mapping[str, float] | np.ndarray,
        strength: float = 1.0,
        brush: float = 1.0,
        keep_colors: bool = False,
        mask: np.ndarray | None = None,
    ) -> Picture:
        """A picture in a style, of the same size; its transparency is kept.

        Parameters
        ----------
        picture : of any size; what has more than four million pixels is painted in tiles that fit without a seam
        style, strength : see :meth:`row`
        brush : size of the strokes, 0.5..2; at 2 the net sees the picture at half its size
        keep_colors : paint in the picture's own colors
        mask : floats [h, w], 1 where the style is painted, 0 where the picture stays

        Raises
        ------
        InputError
            An option does not fit.
        """
        row = self.row(style, strength=strength)
        painted = _brushed(picture, row, brush=brush, paint=lambda pixels: self.painter.paint(pixels, row))
        if keep_colors:
            painted = with_colors_of(painted, picture.pixels)
        if mask is not None:
            painted = composited(painted, picture.pixels, mask)
        return Picture(pixels=painted, alpha=picture.alpha)

    def stream(
        self,
        frames: Iterable[np.ndarray],
        *,
        style: str | Mapping[str, float] | np.ndarray,
        strength: float = 1.0,
        brush: float = 1.0,
        keep_colors: bool = False,
        smoothing: float = SMOOTHING,
    ) -> Iterator[np.ndarray]:
        """Frames of a film in a style, one after the other, without flicker.

        Parameters
        ----------
        frames : uint8 [h, w, 3] each, all of one size
        style, strength, brush, keep_colors : see :meth:`sample`
        smoothing : share of the frames before in the statistics that a frame is normalized with, 0..1

        Yields
        ------
        uint8 [h, w, 3]
        """
        row = self.row(style, strength=strength)
        check_range("smoothing", smoothing, (0.0, 1.0))
        memory: jax.Array | None = None

        def paint(pixels: np.ndarray) -> np.ndarray:
            nonlocal memory
            painted, own = self.painter.frame(pixels, row, memory=memory, fresh=1 - smoothing)
            memory = own if memory is None else smoothing * memory + (1 - smoothing) * own
            return painted

        for frame in frames:
            painted = paint(frame) if brush == 1 else _brushed(Picture.of(frame), row, brush=brush, paint=paint)
            yield with_colors_of(painted, frame) if keep_colors else painted

    def _repr_html_(self) -> str:
        return f"<p>{self.name}: {', '.join(self.names)}</p>"


def _brushed(
    picture: Picture, row: np.ndarray, *, brush: float, paint: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Pixels painted with strokes of another size, uint8 [h, w, 3].

    A smaller or larger copy is painted; what that copy lost of the picture comes back as far as the style lets the
    picture's own colors through.
    """
    check_range("brush", brush, BRUSHES)
    if brush == 1:
        return paint(picture.pixels)
    opaque = Picture(pixels=picture.pixels)
    small = opaque.resized(size=(max(1, round(picture.width / brush)), max(1, round(picture.height / brush))))
    painted = Picture(pixels=paint(small.pixels)).resized(size=picture.size)
    lost = opaque.floats() - small.resized(size=picture.size).floats()
    colors = row[-13:-4].reshape(3, 3)  # the parts of a row end with colors, tint and gain
    return Picture.of(np.clip(painted.floats() + lost @ colors, 0, 1)).pixels


def with_row(style: Style, name: str, row: np.ndarray) -> dict[str, Any]:
    """Network, codec and weights of a bundle with one more style, for :func:`genart.families.bundle.write_bundle`."""
    config = StylizerConfig(**{**style.bundle.network, "styles": style.config.styles + 1})
    return {
        "network": {**style.bundle.network, "styles": config.styles},
        "codec": {**style.bundle.codec, "styles": [*style.names, name]},
        "weights": {**style.bundle.weights, "rows": np.concatenate([style.rows, row[None]])},
    }
