"""How much of a tune is copied from others."""

from collections.abc import Iterable

import numpy as np

from genart.music.tunes.tune import Tune
from genart.music.tunes.variants import windows


class Known:
    """The windows of 8 successive intervals of a set of tunes, by which copies are found in whatever key.

    See :func:`genart.music.tunes.variants.windows`. Windows are told apart by 32 bits of a hash: of those that are not
    in a set of 170,000, one in 25,000 seems to be.

    Attributes
    ----------
    hashes : uint32[N], ascending
    """

    def __init__(self, hashes: np.ndarray) -> None:
        self.hashes = hashes

    @classmethod
    def of(cls, tunes: Iterable[Tune]) -> "Known":
        """The windows of tunes."""
        return cls(np.unique(_hashes(tunes)))

    def share(self, tune: Tune) -> float:
        """The share of a tune's windows that are in the set, 0-1; 0 for a tune too short to have one."""
        return self.shares([tune])

    def shares(self, tunes: Iterable[Tune]) -> float:
        """The share of all windows of several tunes together that are in the set, 0-1; 0 if they have none."""
        found = _hashes(tunes)
        return float(np.isin(found, self.hashes).mean()) if found.size else 0.0


def _hashes(tunes: Iterable[Tune]) -> np.ndarray:
    """Of all windows, uint32[N], by multiplication (Knuth 1973, section 6.4)."""
    found = np.concatenate([np.zeros(0, np.int64), *(windows(tune) for tune in tunes)])
    return ((found.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)).astype(np.uint32)
