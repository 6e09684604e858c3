"""Scores engraved as pictures by Verovio: as one long SVG or PNG, or as pages of a PDF."""

import functools
import importlib.util
import io
import os
import re
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genart.errors import GenartError, InputError, MissingExtra
from genart.files import atomic, refuse_existing
from genart.music import musicxml
from genart.music.score import Score
from genart.recipe import PNG_KEYWORD, PREFIX, Recipe

if TYPE_CHECKING:
    from PIL import Image

EXTENSIONS = (".svg", ".png", ".pdf")
FONT = "Leipzig"  # of the music
TEXT_FONTS = (  # Verovio sets text for the first; all but the last two are as wide, and those nearly when condensed
    "Times, Times New Roman, Liberation Serif, Tinos, Nimbus Roman, TeX Gyre Termes, FreeSerif, DejaVu Serif, serif"
)
RAISED = 150  # thousandths of its size by which a metronome mark is moved away from the staff
PAGE = (2100, 2970)  # A4 in tenths of a millimeter
PAPER = {  # for pages: staves of 6.4 mm, and margins that printers can do
    "unit": 8.0,
    **dict.fromkeys(("pageMarginTop", "pageMarginBottom", "pageMarginLeft", "pageMarginRight"), 120),
}
STRIP = 60_000  # the tallest picture, in the same unit
PIXELS = 2000  # width of a PNG
DPI = 400  # of a PDF
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
INSTALL = 'pip install "genart[score]"'
VEROVIO = ("verovio", "engraving scores needs Verovio")  # module, and why it is needed
RESVG = ("resvg_py", "engraving scores as .png and .pdf needs resvg")


def available() -> bool:
    """Whether Verovio is installed, which draws SVGs; PNGs and PDFs need resvg too."""
    return importlib.util.find_spec("verovio") is not None


def check_installed(extension: str) -> None:
    """Raise MissingExtra if what an engraved file of an extension needs is not installed."""
    for name, reason in (VEROVIO, RESVG)[: 1 if extension == ".svg" else 2]:
        if importlib.util.find_spec(name) is None:
            raise MissingExtra(f"{reason}: {INSTALL}")


def svg(score: Score, *, staves: int | None = None, title: bool = True, recipe: bool = True) -> str:
    """Engrave a score as one picture, its systems under each other on white paper.

    Parameters
    ----------
    score
        Played music is brought onto the grid of written music first.
    staves
        See :func:`genart.music.notation.notate`.
    title
        Whether the score's title stands above, where it has one.
    recipe
        Whether the picture's metadata say how the score was made, where that is known.

    Returns
    -------
    str
        An ``<svg>`` element that needs no fonts but for text, no network and no scripts.

    Raises
    ------
    InputError
        There are no notes, more than fit one picture, or the score does not fit on so many staves.
    MissingExtra
        Verovio is not installed.
    """
    drawn = _pages(score, staves=staves, height=STRIP, title=title)
    if len(drawn) > 1:
        raise InputError("the score is too long to be engraved as one picture; name a .pdf, which has pages")
    return _document(drawn[0], score.recipe if recipe else None)


def png(score: Score, *, staves: int | None = None, title: bool = True) -> "Image.Image":
    """Engrave a score as one picture of 2,000 pixels width. See :func:`svg`; needs resvg too."""
    return _raster(svg(score, staves=staves, title=title, recipe=False), width=PIXELS)


def pdf(score: Score, *, staves: int | None = None) -> bytes:
    """Engrave a score as an A4 document of black and white pages at 400 dots an inch. See :func:`svg`."""
    from PIL import Image

    pages = _pages(score, staves=staves, height=PAGE[1], title=True)
    width = round(PAGE[0] / 254 * DPI)
    images = [_raster(_document(page, None), width=width).convert("1", dither=Image.Dither.NONE) for page in pages]
    file = io.BytesIO()
    images[0].save(file, "PDF", save_all=True, append_images=images[1:], resolution=DPI)
    return file.getvalue()


def save(
    score: Score,
    path: str | os.PathLike[str],
    *,
    staves: int | None = None,
    recipe: bool = True,
    force: bool = False,
) -> None:
    """Write an engraved score as .svg, .png or .pdf (which carries no recipe).

    Raises
    ------
    InputError
        The file exists, cannot be written or has another extension; or as :func:`svg`.
    MissingExtra
        Verovio, or resvg for .png and .pdf, is not installed.
    """
    extension = Path(path).suffix.lower()
    if extension not in EXTENSIONS:
        raise InputError(f"{os.fspath(path)}: an engraved score is saved as {', '.join(EXTENSIONS[:-1])} or .pdf")
    refuse_existing(path, force=force)
    with atomic(path) as temporary:
        if extension == ".svg":
            temporary.write_text(svg(score, staves=staves, recipe=recipe), encoding="utf-8")
        elif extension == ".pdf":
            temporary.write_bytes(pdf(score, staves=staves))
        else:
            from PIL.PngImagePlugin import PngInfo

            chunks = PngInfo()
            if recipe and score.recipe:
                chunks.add_text(PNG_KEYWORD, score.recipe.to_json())
            png(score, staves=staves).save(temporary, pnginfo=chunks)


def _pages(score: Score, *, staves: int | None, height: int, title: bool) -> list[ET.Element]:
    """The pages as Verovio draws them, repaired for other programs than browsers."""
    check_installed(".svg")
    verovio: Any = importlib.import_module("verovio")
    data = musicxml.to_bytes(score, staves=staves, recipe=False)
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "pageWidth": PAGE[0],
            "pageHeight": height,
            "adjustPageHeight": height == STRIP,
            "breaks": "auto",
            "header": "auto" if title else "none",
            "footer": "none",
            "font": FONT,
            "smuflTextFont": "none",
            "svgViewBox": True,
            "svgFormatRaw": True,
            "lyricSize": 4.0,
            "lyricWordSpace": 2.0,
            **(PAPER if height == PAGE[1] else {}),
            "xmlIdSeed": zlib.crc32(data) or 1,  # the same score gives the same picture
        }
    )
    if not toolkit.loadData(data.decode()):
        raise GenartError("Verovio could not read the score; save it as .musicxml and try another program")
    glyphs = Path(toolkit.getResourcePath()) / FONT
    pages = [ET.fromstring(toolkit.renderToSVG(page)) for page in range(1, toolkit.getPageCount() + 1)]
    for page in pages:
        _repair(page, glyphs)
    return pages


def _repair(page: ET.Element, glyphs: Path) -> None:
    """Music signs in text become shapes, so that no font is needed; fonts get substitutes; titles their place."""
    for group in page.iter():
        if group.get("font-family", "").startswith("Times"):
            group.set("font-family", TEXT_FONTS)
            group.set("font-stretch", "condensed")
        for tip in group.findall(f"{{{SVG}}}title"):  # such as "title", which browsers would show
            group.remove(tip)
        for text in list(group):
            if text.tag != f"{{{SVG}}}text":
                continue
            first = text[0] if len(text) else text
            if text.get("x") is None and first.get("x") is not None:  # resvg wants it on the text itself
                for name in ("x", "y", "text-anchor"):
                    text.set(name, first.attrib.pop(name, "0" if name != "text-anchor" else "start"))
            _draw_signs(group, text, glyphs)


def _draw_signs(group: ET.Element, text: ET.Element, glyphs: Path) -> None:
    """Draw the signs with which a text begins, such as the note of a metronome mark, and move the text along."""
    x, y = float(text.get("x") or 0), float(text.get("y") or 0)
    for span in text.iter(f"{{{SVG}}}tspan"):
        if span.get("font-family") != FONT:
            continue
        scale = float((span.get("font-size") or "0").removesuffix("px")) / 1000
        y -= RAISED * scale
        for sign in (span.text or "").strip():
            shape, width = _glyph(glyphs, f"{ord(sign):04X}")
            place = f"translate({x:g},{y:g}) scale({scale:g},{-scale:g})"
            ET.SubElement(group, f"{{{SVG}}}path", {"transform": place, "d": shape})
            x += width * scale
        span.text = ""
        text.set("x", f"{x:g}")
        text.set("y", f"{y:g}")


@functools.lru_cache(maxsize=64)
def _glyph(glyphs: Path, code: str) -> tuple[str, float]:
    """Outline and width of a sign of the music font, in thousandths of its size."""
    sizes = glyphs.with_suffix(".xml").read_text("utf-8")
    width = re.search(rf'<g c="{code}"[^>]*h-a-x="([\d.]+)"', sizes)
    shape = re.search(r'\bd="([^"]*)"', (glyphs / f"{code}.xml").read_text("utf-8"))
    return (shape[1] if shape else ""), (float(width[1]) if width else 0.0)


def _document(page: ET.Element, recipe: Recipe | None) -> str:
    """A page as text, on white paper; as wide as there is room, but not wider than a screen."""
    page.set("style", "width:100%;max-width:1000px;height:auto;background:#fff")
    page.set("role", "img")
    page.set("aria-label", "score")
    _, _, width, height = (page.get("viewBox") or "0 0 1 1").split()
    paper = ET.Element(f"{{{SVG}}}rect", {"width": width, "height": height, "style": "fill:#fff;stroke:none"})
    page.insert(0, paper)
    if recipe is not None:
        metadata = ET.Element(f"{{{SVG}}}metadata")
        metadata.text = PREFIX + recipe.to_json()
        page.insert(0, metadata)
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    return ET.tostring(page, encoding="unicode")


def _raster(document: str, *, width: int) -> "Image.Image":
    check_installed(".png")
    resvg: Any = importlib.import_module("resvg_py")
    from PIL import Image

    data = bytes(resvg.svg_to_bytes(svg_string=document, width=width, background="white"))
    return Image.open(io.BytesIO(data)).convert("L")
