"""What the style net paints of photographs it has never seen, judged by a loss network, beside optimization."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import painted
from gatys import BATCH, Curves, Judge

from genart.errors import InputError
from genart.families.style import Style
from genart.image.folder import pictures_in
from genart.image.picture import Picture
from genart.nets.style_loss import CONTENT_WEIGHT, STYLE_WEIGHT, Statistics
from genart.training.recipes.style import held_out, loss_network, painting_statistics

SIDE = 256
AT = (10, 25, 50, 100)  # iterations of optimization that are told
BAR = 25


@dataclasses.dataclass(frozen=True, kw_only=True)
class Test:
    """Photographs, and the paintings and the loss that what is painted of them is measured with."""

    files: Sequence[Path]
    paintings: dict[str, Path]
    features: Path | None

    @classmethod
    def of(cls, *, content: Path, paintings: Path, features: Path | None, photos: int) -> "Test":
        files = [file for file in pictures_in(content) if held_out(file) == "test"][:photos]
        if not files:
            raise InputError(f"{content} holds no photograph that training keeps aside for tests")
        return cls(files=files, paintings={file.stem: file for file in pictures_in(paintings)}, features=features)

    def photographs(self, count: int | None = None, *, side: int = SIDE) -> np.ndarray:
        """uint8 [N, side, side, 3], the middle of each."""
        pictures = [Picture.read(file).over((255, 255, 255)) for file in self.files[:count]]
        return np.stack([picture.resized(short=side).cropped(side, side).pixels for picture in pictures])

    def judge(self) -> Judge:
        return Judge(loss_network(self.features))

    def wanted(self, judge: Judge, name: str) -> Statistics:
        if name not in self.paintings:
            raise InputError(f"there is no painting named {name}; there are {', '.join(self.paintings)}")
        return painting_statistics(judge.features, Picture.read(self.paintings[name]))


def floats(photographs: np.ndarray) -> np.ndarray:
    """uint8 -> float32 0..1."""
    return photographs.astype(np.float32) / 255


def terms(judge: Judge, pictures: np.ndarray, photographs: np.ndarray, wanted: Statistics) -> np.ndarray:
    """Style and content loss of pictures of photographs, uint8 [N, H, W, 3] both: float64 [2, N]."""
    found = []
    for first in range(0, len(pictures), BATCH):
        part = slice(first, first + BATCH)
        maps = judge.content(floats(photographs[part]))
        found.append(np.stack(judge.terms(floats(pictures[part]), maps, wanted)))
    return np.concatenate(found, 1).astype(np.float64)


def painted_loss(
    judge: Judge, style: Style, row: np.ndarray, photographs: np.ndarray, wanted: Statistics
) -> dict[str, Any]:
    """Mean losses of what the net paints, and the photographs' own style loss."""
    losses, content = terms(judge, painted.painted_all(style, row, photographs), photographs, wanted)
    plain = terms(judge, photographs, photographs, wanted)[0].mean()
    total = STYLE_WEIGHT * losses + CONTENT_WEIGHT * content
    return {
        "style_loss": losses.mean(),
        "content_loss": content.mean(),
        "total": total.mean(),
        "share": losses.mean() / plain,
    }


def beside(curves: np.ndarray, total: float) -> dict[str, Any]:
    """Where optimization stands: curves [N, iterations + 1] -> mean losses, and the iteration that reaches `total`."""
    mean = curves.mean(0)
    reached = np.flatnonzero(mean <= total)
    return {
        "optimized": {number: float(mean[number]) for number in AT if number < len(mean)},
        "reached": int(reached[0]) if reached.size else None,
    }


def compared(
    test: Test, style: Style, rows: dict[str, tuple[str, np.ndarray]], curves: Curves, *, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Rows beside optimization; label -> (painting, row). What there was no time for is left out."""
    judge, photographs, records = test.judge(), test.photographs(), []
    for label, (name, row) in rows.items():
        wanted = test.wanted(judge, name)
        better, found = curves.of(name, judge, floats(photographs), wanted, say=say)
        if not len(found):
            continue
        measured = painted_loss(judge, style, row, photographs[: len(found)], wanted)
        record = {"style": label, "photographs": len(found), **measured, "optimizer": better}
        records.append({**record, **beside(found, measured["total"])})
    return records


def quality_lines(records: list[dict[str, Any]], iterations: int) -> list[str]:
    """A table, and what it comes to."""
    told = [number for number in AT if number <= iterations]
    heads = "".join(f"{f'Gatys {number}':>10}" for number in told)
    lines = [f"{'style':28}{'style':>7}{'share':>7}{'content':>9}{'total':>8}{heads}  reached at"]
    for record in records:
        losses = "".join(f"{record['optimized'][number]:10.4f}" for number in told)
        reached = f"more than {iterations}" if record["reached"] is None else str(record["reached"])
        lines.append(
            f"{record['style']:28}{record['style_loss']:7.4f}{record['share']:7.1%}{record['content_loss']:9.4f}"
            f"{record['total']:8.4f}{losses}  {reached} ({record['optimizer']}, {record['photographs']} photographs)"
        )
    as_good = sum(record["total"] <= record["optimized"][BAR] for record in records)
    lines.append(f"at least as good as {BAR} iterations: {as_good} of {len(records)}")
    lines.append(f"style loss at most {max((r['share'] for r in records), default=0):.1%} of the photographs' own")
    return lines


def kept_curves(test: Test, *, path: Path | None, iterations: int, budget: float) -> Curves:
    """Curves of optimization for these photographs and this loss; `budget` in minutes."""
    settings = {"side": SIDE, "weights": [STYLE_WEIGHT, CONTENT_WEIGHT], "first": test.files[0].name}
    settings["features"] = test.features.name if test.features else "genart"
    until = time.monotonic() + 60 * budget
    return Curves(path, iterations=iterations, settings=settings, until=until)
