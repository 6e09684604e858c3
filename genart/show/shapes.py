"""What pictures are drawn of. Lengths are in pixels of the SVG, y grows downward."""

import dataclasses

PAPER, INK, SOFT, FAINT, SHADE = "#ffffff", "#22262b", "#6b7280", "#e7e9ec", "#f5f6f7"
BAR_LINE, OCTAVE_LINE, FAULT = "#b4bac2", "#cfd3d8", "#c8102e"
# Okabe and Ito's palette (2008), which color-blind people tell apart, less the red kept for faults and pale yellow.
COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#7f7f7f")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle from its upper left corner, in pixels."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    edge: str | None = None
    title: str = ""  # what the pointer shows


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A straight line between two points, in pixels."""

    x1: float
    y1: float
    x2: float
    y2: float
    color: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A line of text, in pixels."""

    x: float
    y: float  # of the baseline
    text: str
    color: str = SOFT
    size: float = 10
    anchor: str = "start"  # or "middle", "end"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """A small triangle that points down to (x, y)."""

    x: float
    y: float
    color: str
    title: str = ""


Shape = Box | Line | Label | Sign


@dataclasses.dataclass(frozen=True, kw_only=True)
class Drawing:
    """Shapes, those drawn last on top, on a sheet of `width` by `height`."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
