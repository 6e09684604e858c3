"""What an artist sets while the frames run, and what changes of it are understood."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from genart.errors import InputError
from genart.families.mixture import BRUSHES, STRENGTHS, check_range, parse_mixture

RANGES = {"blend": (0.0, 1.0), "strength": STRENGTHS, "brush": BRUSHES, "fade": (0.0, 10.0)}
SWITCHES = ("keep_colors", "mirror", "smoothing")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Controls:
    """The settings of the live page.

    Attributes
    ----------
    style, second : names of the two styles that are blended
    blend : share of the second style, 0..1
    strength : 0 gives the picture back, 1 is the style, up to 1.5
    brush : size of the strokes, 0.5..2
    keep_colors : paint in the picture's own colors
    mirror : show the picture as a mirror does
    smoothing : carry statistics from frame to frame, against flicker
    fade : seconds in which a cue comes in, 0..10
    """

    style: str
    second: str
    blend: float = 0.0
    strength: float = 1.0
    brush: float = 1.0
    keep_colors: bool = False
    mirror: bool = True
    smoothing: bool = True
    fade: float = 1.0

    @classmethod
    def first(cls, style: str | Mapping[str, float] | None, *, names: Sequence[str], strength: float) -> "Controls":
        """The settings to begin with: of a style, a blend of two, or the first there is. InputError as `changed`."""
        begun = cls(style=names[0], second=names[min(1, len(names) - 1)])
        changes: dict[str, Any] = {"strength": strength}
        if style is not None:
            changes["style"] = style
        return begun.changed(changes, names=names)

    @property
    def mixture(self) -> dict[str, float]:
        """Weights of the styles by name, which sum to one."""
        shares = {self.style: 1 - self.blend}
        shares[self.second] = shares.get(self.second, 0.0) + self.blend
        return {name: share for name, share in shares.items() if share > 0}

    def changed(self, changes: Mapping[str, Any], *, names: Sequence[str]) -> "Controls":
        """The settings with some of them changed.

        Parameters
        ----------
        changes : by their names; "style" may also be a blend of two, such as {"great_wave": 0.6, "the_scream": 0.4}
        names : the styles there are

        Raises
        ------
        InputError
            There is no such setting or style, or a value lies outside its range.
        """
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name == "style":
                values |= self._styled(value, names)
            elif name == "second":
                values[name] = _single(value, names)
            elif name in RANGES:
                values[name] = check_range(name, _number(name, value), RANGES[name])
            elif name in SWITCHES:
                values[name] = _switch(name, value)
            else:
                known = ", ".join(field.name for field in dataclasses.fields(self))
                raise InputError(f"there is no setting {name!r:.40}: there are {known}")
        return dataclasses.replace(self, **values)

    def _styled(self, style: Any, names: Sequence[str]) -> dict[str, Any]:
        if not isinstance(style, str | Mapping):
            raise InputError(f"style {style!r:.40}: a name or a blend such as great_wave:0.6,red_chalk:0.4 is needed")
        if isinstance(style, str) and style in names:
            return {"style": style}
        if isinstance(style, Mapping):
            style = {str(name): _number("a style's weight", weight) for name, weight in style.items()}
        shares = parse_mixture(style, names)
        if len(shares) == 1:
            return {"style": next(iter(shares)), "blend": 0.0}
        if len(shares) > 2:
            raise InputError(f"{len(shares)} styles are too many to blend live: two can be")
        (first, _), (second, share) = shares.items()
        return {"style": first, "second": second, "blend": share}


def _single(value: Any, names: Sequence[str]) -> str:
    if not isinstance(value, str):
        raise InputError(f"second {value!r:.40}: a style's name is needed")
    return next(iter(parse_mixture({value: 1.0}, names)))


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{name} {value!r:.40}: a number is needed")
    return float(value)


def _switch(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{name} {value!r:.40}: true or false is needed")
    return value
