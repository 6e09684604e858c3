"""Piano rolls as SVG and as PNG."""

import html
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from genart.music.score import Score
from genart.recipe import svg_metadata
from genart.show import letters
from genart.show.layout import Mark, Tints, lay_out
from genart.show.shapes import PAPER, Box, Drawing, Label, Line, Shape, Sign

if TYPE_CHECKING:
    from PIL import Image

SCALE = 2  # pixels of the PNG to one of the SVG
SIGN = 3.5  # half the width of a sign


def piano_roll_svg(
    score: Score,
    *,
    kept: Sequence[int | str] = (),
    marks: Sequence[Mark | tuple[int, str]] = (),
    tints: Tints | None = None,
    title: str = "",
    pickup: int | None = None,
    recipe: bool = True,
) -> str:
    """Draw a score as a piano roll: time to the right, pitch upward, a color a voice, drums left out.

    Parameters
    ----------
    score
        Long ones wrap into systems under each other; the picture stays within 24 of them.
    kept
        The voices to outline and to call "kept", by name or by place among the voices that are no drums.
    marks
        Faults and the like, as :class:`Mark` or (tick, text): small red signs.
    tints
        Colors of single notes, instead of those of their voices, which outline them.
    title
        A line above.
    pickup
        Length of the pickup in ticks, see :meth:`genart.music.score.Score.bars`.
    recipe
        Whether the picture's metadata say how the score was made, where that is known.

    Returns
    -------
    str
        An ``<svg>`` element that needs nothing else, on paper of its own, for light and dark pages alike.

    Raises
    ------
    InputError
        A kept voice or the place of a mark does not exist.
    """
    drawing = lay_out(score, kept=kept, marks=marks, tints=tints, title=title, pickup=pickup)
    size = f"{drawing.width:g} {drawing.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img" aria-label="piano roll" '
        f'style="width:100%;max-width:{drawing.width:g}px;height:auto" font-family="system-ui,sans-serif">'
        + svg_metadata(score.recipe if recipe else None)
        + f'<rect width="{drawing.width:g}" height="{drawing.height:g}" rx="6" fill="{PAPER}"/>'
        + "".join(_svg(drawing))
        + "</svg>"
    )


def piano_roll_png(
    score: Score,
    *,
    kept: Sequence[int | str] = (),
    marks: Sequence[Mark | tuple[int, str]] = (),
    tints: Tints | None = None,
    title: str = "",
    pickup: int | None = None,
) -> "Image.Image":
    """Draw a score as a piano roll of 2,000 pixels width. See :func:`piano_roll_svg`."""
    from PIL import Image, ImageDraw

    drawing = lay_out(score, kept=kept, marks=marks, tints=tints, title=title, pickup=pickup)
    image = Image.new("RGB", (_px(drawing.width), _px(drawing.height)), PAPER)
    pen = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        _paint(pen, shape)
    return image


def _svg(drawing: Drawing) -> Iterator[str]:
    """The shapes as elements; boxes of one look that follow each other become one path, which is a tenth as long."""
    look, path = None, []
    for shape in (*drawing.shapes, None):
        new = (shape.fill, shape.edge) if isinstance(shape, Box) and not shape.title else None
        if new != look and path:
            yield f'<path d="{"".join(path)}" {_svg_look(*(look or (None, None)))}/>'
            path = []
        look = new
        if isinstance(shape, Box) and look:
            path.append(f"M{shape.x:g} {shape.y:g}h{shape.width:g}v{shape.height:g}h-{shape.width:g}z")
        elif shape is not None:
            yield _svg_element(shape)


def _svg_element(shape: Shape) -> str:
    if isinstance(shape, Line):
        place = f'x1="{shape.x1:.5g}" y1="{shape.y1:.5g}" x2="{shape.x2:.5g}" y2="{shape.y2:.5g}"'
        return f'<line {place} stroke="{shape.color}"/>'
    if isinstance(shape, Label):
        place = f'x="{shape.x:.5g}" y="{shape.y:.5g}" font-size="{shape.size:g}" text-anchor="{shape.anchor}"'
        return f'<text {place} fill="{shape.color}">{_escaped(shape.text)}</text>'
    title = f"<title>{_escaped(shape.title)}</title>" if shape.title else ""
    if isinstance(shape, Sign):
        place = f"M{shape.x - SIGN:.5g} {shape.y - 2 * SIGN:.5g}h{2 * SIGN:g}L{shape.x:.5g} {shape.y:.5g}z"
        return f'<path d="{place}" fill="{shape.color}">{title}</path>'
    place = f'x="{shape.x:.5g}" y="{shape.y:.5g}" width="{shape.width:g}" height="{shape.height:g}" rx="2"'
    return f"<rect {place} {_svg_look(shape.fill, shape.edge)}>{title}</rect>"


def _svg_look(fill: str | None, edge: str | None) -> str:
    return f'fill="{fill or "none"}"' + (f' stroke="{edge}"' if edge else "")


def _escaped(text: str) -> str:
    """Text for XML, which has no place for control characters."""
    return html.escape("".join(c for c in text if c.isprintable()))


def _px(length: float) -> int:
    return round(SCALE * length)


def _paint(pen: Any, shape: Shape) -> None:
    if isinstance(shape, Box):
        corner = _px(shape.x), _px(shape.y)
        opposite = corner[0] + max(_px(shape.width) - 1, 0), corner[1] + max(_px(shape.height) - 1, 0)
        if shape.fill is None:
            pen.rounded_rectangle((corner, opposite), radius=4, outline=shape.edge, width=2)
        else:
            pen.rectangle((corner, opposite), fill=shape.fill, outline=shape.edge, width=2 if shape.edge else 0)
    elif isinstance(shape, Line):
        pen.line((_px(shape.x1), _px(shape.y1), _px(shape.x2), _px(shape.y2)), fill=shape.color, width=2)
    elif isinstance(shape, Sign):
        x, y = _px(shape.x), _px(shape.y)
        half = SCALE * SIGN
        pen.polygon([(x - half, y - 2 * half), (x + half, y - 2 * half), (x, y)], shape.color)
    else:
        font = letters.font(_px(shape.size))
        anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
        pen.text(
            (_px(shape.x), _px(shape.y)), letters.drawable(shape.text, font), fill=shape.color, font=font, anchor=anchor
        )
