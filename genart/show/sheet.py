"""Contact sheets: many pictures small on one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.image.picture import MOST_PIXELS, Picture
from genart.show import letters

GAP = 0.06  # between the cells and around the sheet, of a cell's side
FONT = 0.09  # height of the letters, of a cell's side
SMALLEST_FONT = 9  # pixels
WIDE = 4 / 3  # the aspect of a sheet, about
INK = ((34, 38, 43), (236, 238, 240))  # on a light and on a dark background


def contact_sheet(
    pictures: Sequence[Picture],
    *,
    labels: Sequence[str] | None = None,
    columns: int | None = None,
    size: int = 160,
    background: tuple[int, int, int] = (255, 255, 255),
) -> Picture:
    """Lay pictures out in rows, in reading order.

    Parameters
    ----------
    pictures
        At least one; each fills its square as far as its aspect lets it.
    labels
        A line of text under each, cut where it is wider than its picture's square.
    columns
        Pictures in a row; by default as many as make the sheet about 4:3.
    size
        Side of a picture's square in pixels, 16 or more.
    background
        Red, green and blue, 0 to 255, of the sheet; the text is dark or light accordingly.

    Raises
    ------
    InputError
        There are no pictures, not as many labels as pictures, no columns, or more than 200 million pixels on the sheet.
    """
    from PIL import Image, ImageDraw

    if not pictures:
        raise InputError("a contact sheet needs at least one picture")
    if labels is not None and len(labels) != len(pictures):
        raise InputError(f"{len(labels)} labels for {len(pictures)} pictures: one each is needed")
    columns = math.ceil(math.sqrt(len(pictures) * WIDE)) if columns is None else columns
    if columns < 1 or size < 16:
        raise InputError(f"{columns} columns of {size} pixels: at least 1 column of 16 is needed")
    columns = min(columns, len(pictures))
    gap, line = max(2, round(GAP * size)), max(SMALLEST_FONT, round(FONT * size))
    across, down = size + gap, size + gap + (0 if labels is None else 2 * line)
    width, height = gap + columns * across, gap + math.ceil(len(pictures) / columns) * down
    if width * height > MOST_PIXELS:
        raise InputError(f"a sheet of {width} x {height} pixels is too large: take fewer or smaller pictures")

    sheet = Image.new("RGB", (width, height), background)
    for number, picture in enumerate(pictures):
        left, top = gap + number % columns * across, gap + number // columns * down
        small = picture.resized(long=size).over(background)
        sheet.paste(small.to_pil(), (left + (size - small.width) // 2, top + (size - small.height) // 2))
    if labels is not None:
        font, ink = letters.font(line), INK[sum(background) < 3 * 128]
        draw = ImageDraw.Draw(sheet)
        for number, label in enumerate(labels):
            left, top = gap + number % columns * across, gap + number // columns * down
            place = left + size / 2, top + size + line
            draw.text(place, _fitting(label, font, size), fill=ink, font=font, anchor="mm")
    return Picture.of(np.asarray(sheet))


def _fitting(label: str, font: Any, width: int) -> str:
    """The label on one line, or as much of it as fits `width` pixels and three dots."""
    label = letters.drawable(" ".join(label.split()), font)
    if font.getlength(label) <= width:
        return label
    while label and font.getlength(f"{label}...") > width:
        label = label[:-1]
    return f"{label.rstrip()}..."
