"""Sizes of pictures as artists write them."""

import re

from genart.errors import InputError
from genart.image.picture import Picture

Size = int | str


def fitted(picture: Picture, size: Size | None) -> Picture:
    """A picture in a size.

    Parameters
    ----------
    size : pixels of the shorter side, at which the aspect stays; or "1280x720", width and height, which the picture
        is scaled to fill, and cut where its aspect is another; None leaves it as it is

    Raises
    ------
    InputError
        The size is neither, or has no or more than 200 million pixels.
    """
    if size is None:
        return picture
    width, height = parsed(size)
    if height is None:
        return picture.resized(short=width)
    scale = max(width / picture.width, height / picture.height)
    covering = max(width, round(picture.width * scale)), max(height, round(picture.height * scale))
    return picture.resized(size=covering).cropped(width, height)


def parsed(size: Size) -> tuple[int, int | None]:
    """Width and height of "1280x720", or the shorter side and None. Raises InputError where it is neither."""
    found = re.fullmatch(r"([1-9]\d{0,5})(?:x([1-9]\d{0,5}))?", str(size))
    if not found:
        raise InputError(f"a size of {size}: write the pixels of the shorter side, such as 720, or 1280x720")
    return int(found[1]), None if found[2] is None else int(found[2])
