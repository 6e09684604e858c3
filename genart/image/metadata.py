"""Recipes in the metadata of picture files.

PNG has a text chunk of our own name. JPEG and WebP carry the text in the Exif tag ``UserComment``, which no program
shows as the picture's caption; TIFF in its ``ImageDescription``, since libtiff drops Exif where it compresses.
"""

from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genart.recipe import PNG_KEYWORD, PREFIX, Recipe

EXIF, USER_COMMENT, DESCRIPTION = 0x8769, 0x9286, 0x010E
CHARSET = b"ASCII\0\0\0"  # 8 bytes before the comment say how it is encoded (Exif 2.3, section 4.6.5)
LONGEST = 65_000  # bytes; an Exif segment of a JPEG has 65,533


def recipe_text(image: Image.Image) -> str | None:
    """JSON of the recipe in the metadata of an opened picture, None where there is none."""
    chunk = image.info.get(PNG_KEYWORD)
    if isinstance(chunk, str):
        return chunk
    try:
        exif = image.getexif()
        texts = exif.get(DESCRIPTION), exif.get_ifd(EXIF).get(USER_COMMENT)
    except Exception:  # damaged metadata: Pillow raises whatever its parser stumbles over
        return None
    for text in texts:
        if isinstance(text, bytes):
            text = text.removeprefix(CHARSET).rstrip(b"\0").decode("latin-1")
        if isinstance(text, str) and text.startswith(PREFIX):
            return text.removeprefix(PREFIX)
    return None


def recipe_options(recipe: Recipe | None, *, format: str) -> dict[str, Any]:
    """What ``Image.save`` takes so that a file of Pillow's `format` carries the recipe; ValueError if too long."""
    if recipe is None:
        return {}
    if format == "PNG":
        chunks = PngInfo()
        chunks.add_itxt(PNG_KEYWORD, recipe.to_json())
        return {"pnginfo": chunks}
    text = PREFIX + recipe.to_json()
    if format == "TIFF":
        return {"description": text}
    if len(text) > LONGEST:
        raise ValueError(f"a recipe of {len(text)} bytes")
    exif = Image.Exif()
    exif.get_ifd(EXIF)[USER_COMMENT] = CHARSET + text.encode("ascii")
    return {"exif": exif}
