"""What the text in pixel pictures is drawn with."""

import functools
import unicodedata
from typing import Any

FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "arial.ttf", "Helvetica.ttc")


@functools.lru_cache(maxsize=16)
def font(size: int) -> Any:
    """A font of the system's whose letters are `size` pixels high, or else Pillow's own."""
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def drawable(text: str, font: Any) -> str:
    """The text without what would be drawn as empty boxes: Pillow's own font has ASCII and a few signs."""
    text = "".join(c for c in text if c.isprintable())
    if isinstance(font.path, str):
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text.replace("…", "...")) if c.isascii() or c == "·")
