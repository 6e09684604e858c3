"""Recipes in the metadata of picture files.

PNG has a text chunk of its own name; JPEG, WebP and TIFF carry the text in the Exif tag ``UserComment``, which no
program shows as the picture's caption.
"""

from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genart.recipe import PNG_KEYWORD, PREFIX, Recipe

EXIF, USER_COMMENT = 0x8769, 0x9286
CHARSET = b"ASCII\0\0\0"  # 8 bytes before the comment say how it is encoded (Exif 2.3, section 4.6.5)
LONGEST = 65_000  # bytes; an Exif segment of a JPEG has 65,533


def recipe_text(image: Image.Image) -> str | None:
    """JSON of the recipe in the metadata of an opened picture, None where there is none."""
    text = image.info.get(PNG_KEYWORD)
    if isinstance(text, str):
        return text
    try:
        comment = image.getexif().get_ifd(EXIF).get(USER_COMMENT)
    except Exception:  # damaged metadata, which Pillow parses as it comes
        return None
    if not isinstance(comment, bytes):
        return None
    text = comment.removeprefix(CHARSET).rstrip(b"\0").decode("latin-1")
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None


def recipe_options(recipe: Recipe | None, *, format: str) -> dict[str, Any]:
    """What ``Image.save`` takes so that a file of Pillow's `format` carries the recipe; ValueError if too long."""
    if recipe is None:
        return {}
    if format == "PNG":
        chunks = PngInfo()
        chunks.add_itxt(PNG_KEYWORD, recipe.to_json())
        return {"pnginfo": chunks}
    comment = CHARSET + (PREFIX + recipe.to_json()).encode("ascii")
    if len(comment) > LONGEST:
        raise ValueError(f"a recipe of {len(comment)} bytes")
    exif = Image.Exif()
    exif.get_ifd(EXIF)[USER_COMMENT] = comment
    return {"exif": exif}
