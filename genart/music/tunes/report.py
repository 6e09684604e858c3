"""What a set of tunes holds, in numbers."""

import collections
import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from genart.music.tunes.tune import LeftOut, Tune
from genart.music.tunes.variants import SPLITS, groups, splits

LARGEST = 10  # groups that are told


@dataclasses.dataclass(frozen=True, kw_only=True)
class Description:
    """Counts of tunes by source, meter, kind and mode, most frequent first, of each split, and of what stands out.

    `splits` are pairs of tunes and notes; `groups` counts groups of variants by their sizes; `largest` are the titles
    in the largest ones; `irregular` counts tunes in which a bar line is not where the meter has it, `alike` those that
    are the same note for note as one before them, but for the key.
    """

    tunes: int
    notes: int
    sources: dict[str, int]
    meters: dict[str, int]
    kinds: dict[str, int]
    modes: dict[str, int]
    splits: dict[str, tuple[int, int]]
    groups: dict[int, int]
    largest: tuple[tuple[str, ...], ...]
    irregular: int
    alike: int
    left_out: tuple[LeftOut, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as JSON can hold them."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.tunes:,} tunes, {self.notes:,} notes, each section once"]
        for name, counts in (
            ("sources", self.sources),
            ("meters", self.meters),
            ("kinds", self.kinds),
            ("modes", self.modes),
        ):
            lines.append(f"{name}: {', '.join(f'{what} {count:,}' for what, count in counts.items())}")
        parts = (f"{name} {tunes:,} tunes, {notes:,} notes" for name, (tunes, notes) in self.splits.items())
        lines.append(f"split by groups of variants: {'; '.join(parts)}")
        sizes = ", ".join(f"{count:,} of {size}" for size, count in self.groups.items())
        lines.append(f"groups: {sum(self.groups.values()):,} ({sizes}); the largest:")
        lines += (f"  {len(titles)}: {' · '.join(dict.fromkeys(titles))}" for titles in self.largest)
        lines.append(f"{self.irregular:,} have a bar line out of place, {self.alike:,} are the same as one before")
        lines.append(f"left out: {len(self.left_out)}")
        lines += (f"  {out.source} {out.number} {out.title}: {out.reason}" for out in self.left_out)
        return "\n".join(lines)


def describe(tunes: Sequence[Tune], *, left_out: Iterable[LeftOut] = ()) -> Description:
    """The numbers of a set of tunes; `left_out` is what could not be read."""
    members = groups(tunes)
    sides = splits(tunes, members=members)
    sizes = np.bincount(members)
    largest = [int(group) for group in np.argsort(-sizes, kind="stable")[:LARGEST] if sizes[group] > 1]
    seen = collections.Counter(_shape(tune) for tune in tunes)
    return Description(
        tunes=len(tunes),
        notes=sum(len(tune.pitches) for tune in tunes),
        sources=_counts(tune.source for tune in tunes),
        meters=_counts(f"{tune.meter[0]}/{tune.meter[1]}" for tune in tunes),
        kinds=_counts(tune.kind for tune in tunes),
        modes=_counts(tune.mode for tune in tunes),
        splits={
            name: (sides.count(name), sum(len(t.pitches) for t, side in zip(tunes, sides, strict=True) if side == name))
            for name in SPLITS
        },
        groups={int(size): count for size, count in sorted(collections.Counter(sizes.tolist()).items())},
        largest=tuple(
            tuple(tune.title for tune, member in zip(tunes, members, strict=True) if member == group)
            for group in largest
        ),
        irregular=sum(any(section.breaks for section in tune.sections) for tune in tunes),
        alike=sum(seen.values()) - len(seen),
        left_out=tuple(left_out),
    )


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(collections.Counter(values).most_common())


def _shape(tune: Tune) -> tuple[object, ...]:
    """What two tunes have in common that differ in nothing but key, title and the like."""
    first = tune.pitches[0]
    sections = tuple(
        (each.length, each.pickup, tuple((onset, duration, pitch - first) for onset, duration, pitch in each.notes))
        for each in tune.sections
    )
    return tune.meter, sections
