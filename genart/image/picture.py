"""The value type of pictures, and picture files."""

import base64
import dataclasses
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from genart.errors import InputError
from genart.files import atomic, read_bytes, refuse_existing
from genart.image.color import composited, floats, luma
from genart.recipe import Recipe

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 2**30  # bytes of a file
MOST_PIXELS = 200_000_000
SAVED = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
LONGEST_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # pixels that the formats can count
SHOWN = 1024  # pixels of the longer side in a notebook
BRIGHTEST = 16  # floats beyond it are no overshoot but were meant as 0..255
MASK_ASPECT = 0.02  # by which a mask's aspect may differ from its picture's


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture.

    Pictures are equal where their pixels and their transparency are.

    Attributes
    ----------
    pixels : uint8 [h, w, 3], sRGB, read-only; at least one pixel
    alpha : uint8 [h, w], 0 transparent, 255 opaque, read-only; None where nothing is transparent
    recipe : how it was made, where that is known

    Raises
    ------
    InputError
        The arrays have other shapes or types.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    recipe: Recipe | None = None

    def __post_init__(self) -> None:
        shape, alpha = self.pixels.shape, self.alpha
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise InputError(f"pixels of shape {shape}, {self.pixels.dtype}: [height, width, 3] of uint8 is needed")
        if alpha is not None and (alpha.dtype != np.uint8 or alpha.shape != shape[:2]):
            raise InputError(f"alpha of shape {alpha.shape}, {alpha.dtype}: {list(shape[:2])} of uint8 is needed")
        object.__setattr__(self, "pixels", _fixed(self.pixels))
        object.__setattr__(self, "alpha", None if alpha is None or alpha.min() == 255 else _fixed(alpha))

    @property
    def height(self) -> int:
        """In pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.pixels.shape[1]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @classmethod
    def read(cls, source: str | os.PathLike[str] | BinaryIO) -> "Picture":
        """Read a PNG, JPEG, WebP, TIFF, GIF or BMP file.

        The picture is turned upright as its metadata say and converted to sRGB from its color profile; grey
        becomes three equal channels, 16 bits a channel become 8, and of an animation the first frame is read.

        Parameters
        ----------
        source : a path, or a file opened for reading bytes

        Raises
        ------
        InputError
            The file cannot be read, is not a picture of these formats, is cut short or damaged, or has more than
            200 million pixels.
        """
        from genart.image.decoding import decode

        if isinstance(source, str | os.PathLike):
            data, name = read_bytes(source, limit=LARGEST), os.fspath(source)
        else:
            data, name = source.read(), "the picture"
        pixels, alpha, text = decode(data, name=name)
        return cls(pixels=pixels, alpha=alpha, recipe=_recipe_of(text))

    @classmethod
    def of(cls, array: np.ndarray, *, recipe: Recipe | None = None) -> "Picture":
        """A picture of an array, NumPy's or one that NumPy can read.

        Parameters
        ----------
        array : [h, w] grey, [h, w, 3] sRGB or [h, w, 4] with alpha; uint8, or floats 0..1 (what overshoots a
            little is clipped)

        Raises
        ------
        InputError
            The array has another shape or type, or holds values that are not numbers or are meant as 0..255.
        """
        array = np.asarray(array)
        if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
            raise InputError(f"an array of shape {array.shape}: a picture is [h, w], [h, w, 3] or [h, w, 4]")
        if array.dtype != np.uint8:
            array = _bytes_of(array)
        if array.ndim == 2:
            array = np.repeat(array[:, :, None], 3, axis=2)  # [h, w] -> [h, w, 3]
        alpha = array[:, :, 3] if array.shape[2] == 4 else None
        return cls(pixels=array[:, :, :3], alpha=alpha, recipe=recipe)

    @classmethod
    def read_mask(cls, path: str | os.PathLike[str], *, size: tuple[int, int]) -> np.ndarray:
        """Read a mask for a picture of `size` (width, height): the file's transparency, or else its brightness.

        A mask of another size is scaled where its aspect is the same within 2 %.

        Returns
        -------
        numpy.ndarray
            float32 [h, w]: 0 black or transparent, 1 white or opaque.

        Raises
        ------
        InputError
            See :meth:`read`; or the mask has another aspect.
        """
        mask = cls.read(path)
        (width, height), given = size, mask.width / mask.height
        if abs(given / (width / height) - 1) > MASK_ASPECT and mask.size != size:
            raise InputError(
                f"{os.fspath(path)} is {mask.width} x {mask.height} pixels and its picture {width} x {height}: "
                "a mask needs the size of its picture, or its shape"
            )
        values = luma(mask.pixels) if mask.alpha is None else floats(mask.alpha)
        return values if mask.size == size else _scaled(values, size)

    def floats(self) -> np.ndarray:
        """The pixels as float32 [h, w, 3] in 0..1, sRGB."""
        return floats(self.pixels)

    def resized(
        self, *, short: int | None = None, long: int | None = None, size: tuple[int, int] | None = None
    ) -> "Picture":
        """The picture in another size, by Lanczos' filter; its recipe is kept.

        Parameters
        ----------
        short, long : pixels of the shorter or the longer side; the aspect stays
        size : width and height, whatever the aspect

        Raises
        ------
        InputError
            Not exactly one of the three is given, or the result would have no or more than 200 million pixels.
        """
        from PIL import Image

        if sum(option is not None for option in (short, long, size)) != 1:
            raise InputError("a picture is resized by exactly one of short, long and size")
        width, height = size or self._scaled_size(short=short, long=long)
        if width < 1 or height < 1 or width * height > MOST_PIXELS:
            raise InputError(
                f"a picture of {self.width} x {self.height} pixels cannot be made {width} x {height}: "
                f"1 to {MOST_PIXELS // 10**6} million pixels can be had"
            )
        if (width, height) == self.size:
            return self
        return Picture.of(
            np.asarray(self.to_pil().resize((width, height), Image.Resampling.LANCZOS)), recipe=self.recipe
        )

    def cropped(self, width: int, height: int) -> "Picture":
        """The middle of the picture, `width` by `height` pixels. InputError where it is smaller than that."""
        if not (1 <= width <= self.width and 1 <= height <= self.height):
            raise InputError(f"a picture of {self.width} x {self.height} pixels has no middle of {width} x {height}")
        top, left = (self.height - height) // 2, (self.width - width) // 2
        middle = np.s_[top : top + height, left : left + width]
        alpha = None if self.alpha is None else self.alpha[middle].copy()
        return Picture(pixels=self.pixels[middle].copy(), alpha=alpha, recipe=self.recipe)

    def over(self, background: tuple[int, int, int]) -> "Picture":
        """The picture without transparency, laid over a color, each of red, green and blue 0 to 255."""
        if self.alpha is None:
            return self
        ground = np.broadcast_to(np.array(background, np.uint8), self.pixels.shape)
        return Picture(pixels=composited(self.pixels, ground, floats(self.alpha)), recipe=self.recipe)

    def to_pil(self) -> "Image.Image":
        """As a Pillow image, RGB or RGBA."""
        from PIL import Image

        if self.alpha is None:
            return Image.fromarray(self.pixels)
        return Image.fromarray(np.dstack([self.pixels, self.alpha]))

    def encoded(self, extension: str, *, recipe: bool = True, quality: int = 92) -> bytes:
        """The bytes of a file with this `extension`, see :meth:`save`."""
        format = _format(extension, f"a file named {extension}")
        if not 1 <= quality <= 100:
            raise InputError(f"quality {quality}: 1 to 100 is needed")
        if max(self.size) > LONGEST_SIDE.get(format, 2**31):
            raise InputError(
                f"{self.width} x {self.height} pixels are too many for {extension}: its sides are at most "
                f"{LONGEST_SIDE[format]}; save as .png or .tif"
            )
        from genart.image.metadata import recipe_options

        try:
            options = recipe_options(self.recipe if recipe else None, format=format)
        except ValueError as error:
            raise InputError(f"{error} is too long for {extension}; save as .png, or leave it out") from None
        if format in ("JPEG", "WEBP"):
            options["quality"] = quality
        if format == "JPEG":
            options["subsampling"] = 0  # strokes of paint have edges of color alone
        if format == "PNG":
            options["compress_level"] = 3  # as small as 6 for photos and paintings, in a third of the time
        if format == "TIFF":
            options["compression"] = "tiff_adobe_deflate"
        buffer = io.BytesIO()
        image = self.over((255, 255, 255)).to_pil() if format == "JPEG" else self.to_pil()
        image.save(buffer, format=format, **options)
        return buffer.getvalue()

    def save(
        self, path: str | os.PathLike[str], *, recipe: bool = True, force: bool = False, quality: int = 92
    ) -> None:
        """Write a .png, .jpg, .webp or .tif file; transparency is laid over white in .jpg files.

        Parameters
        ----------
        recipe
            Whether the file's metadata say how the picture was made, where that is known.
        force
            Whether a file that exists is overwritten.
        quality
            Of .jpg and .webp files, 1 to 100.

        Raises
        ------
        InputError
            The file exists, cannot be written, has another extension, or its format cannot hold the picture.
        """
        extension = Path(path).suffix.lower()
        _format(extension, os.fspath(path))
        refuse_existing(path, force=force)
        with atomic(path) as temporary:
            temporary.write_bytes(self.encoded(extension, recipe=recipe, quality=quality))

    def _scaled_size(self, *, short: int | None, long: int | None) -> tuple[int, int]:
        scale = short / min(self.size) if short is not None else (long or 0) / max(self.size)
        if scale <= 0:
            raise InputError(f"a side of {short if short is not None else long} pixels: at least 1 is needed")
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    def _shown(self) -> "Picture":
        return self if max(self.size) <= SHOWN else self.resized(long=SHOWN)

    def _repr_png_(self) -> bytes:
        return self._shown().encoded(".png", recipe=False)

    def _repr_html_(self) -> str:
        kind, extension = ("jpeg", ".jpg") if self.alpha is None else ("png", ".png")
        data = base64.b64encode(self._shown().encoded(extension, recipe=False)).decode("ascii")
        return f'<img alt="{self.width} x {self.height} pixels" src="data:image/{kind};base64,{data}">'

    def __repr__(self) -> str:
        return f"Picture({self.width} x {self.height}{'' if self.alpha is None else ', alpha'})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        if (self.alpha is None) != (other.alpha is None):
            return False
        alike = self.alpha is None or other.alpha is None or np.array_equal(self.alpha, other.alpha)
        return alike and np.array_equal(self.pixels, other.pixels)

    def __hash__(self) -> int:
        return hash((self.size, self.pixels.tobytes()))


def _fixed(array: np.ndarray) -> np.ndarray:
    """The array itself where nobody can write to it, or else a copy."""
    fixed = np.ascontiguousarray(array)
    if fixed.flags.writeable:
        fixed = fixed.copy() if fixed is array or fixed.base is not None else fixed
        fixed.flags.writeable = False
    return fixed


def _bytes_of(array: np.ndarray) -> np.ndarray:
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(f"an array of {array.dtype}: a picture is of uint8, or of floats 0..1")
    if array.size and not np.abs(array).max() <= BRIGHTEST:  # also where there is a NaN
        raise InputError(f"floats up to {np.abs(array).max():g}: the floats of a picture are 0..1; divide by 255?")
    return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)


def _scaled(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """float32 [h, w] in another size (width, height); without overshoot, as a mask needs."""
    from PIL import Image

    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def _format(extension: str, given: str) -> str:
    if extension not in SAVED:
        raise InputError(f"{given}: a picture is saved as .png, .jpg, .webp or .tif")
    return SAVED[extension]


def _recipe_of(text: str | None) -> Recipe | None:
    try:
        return None if text is None else Recipe.from_json(text)
    except InputError:  # damaged: the picture is none the worse
        return None
