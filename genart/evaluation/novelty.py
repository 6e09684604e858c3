"""How much of a tune is copied from others."""

from collections.abc import Iterable

import numpy as np

from genart.music.tunes.tune import Tune
from genart.music.tunes.variants import windows


class Known:
    """The windows of 8 successive intervals of a set of tunes, by which copies are found in whatever key.

    See :func:`genart.music.tunes.variants.windows`.
    """

    def __init__(self, tunes: Iterable[Tune]) -> None:
        found = [windows(tune) for tune in tunes]
        self._windows = np.unique(np.concatenate([np.zeros(0, np.int64), *found]))

    def share(self, tune: Tune) -> float:
        """The share of a tune's windows that are in the set, 0-1; 0 for a tune too short to have one."""
        return self.shares([tune])

    def shares(self, tunes: Iterable[Tune]) -> float:
        """The share of all windows of several tunes together that are in the set, 0-1; 0 if they have none."""
        found = np.concatenate([np.zeros(0, np.int64), *(windows(tune) for tune in tunes)])
        return float(np.isin(found, self._windows).mean()) if found.size else 0.0
