"""What tunes are like, as histograms with fixed bins, and how far two sets of tunes agree in them."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from genart.music.tunes.tune import Section, Tune

LARGEST = 12  # semitones; larger intervals count as it
DURATIONS = (3, 6, 8, 9, 12, 16, 18, 24, 32, 36, 48, 64, 72, 96, 144, 192)  # 48ths of a quarter; up to each, or beyond
FIGURE_BARS = 2

Values = Callable[[Tune], Iterator[float]]


def _intervals(tune: Tune) -> Iterator[float]:
    for section in tune.sections:
        pitches = [pitch for _, _, pitch in section.notes]
        yield from (float(np.clip(b - a, -LARGEST, LARGEST)) for a, b in itertools.pairwise(pitches))


def _durations(tune: Tune) -> Iterator[float]:
    for section in tune.sections:
        yield from (float(np.searchsorted(DURATIONS, duration)) for _, duration, _ in section.notes)


def _density(tune: Tune) -> Iterator[float]:
    for section in tune.sections:
        starts = np.array([onset for onset, _, _ in section.notes]) - section.pickup
        whole = np.bincount(starts[starts >= 0] // tune.bar, minlength=1)
        yield from whole.astype(float).tolist()


def _range(tune: Tune) -> Iterator[float]:
    yield float(max(tune.pitches) - min(tune.pitches))


def _entropy(tune: Tune) -> Iterator[float]:
    """Of pitch classes, in bits."""
    counts = np.bincount(np.array(tune.pitches) % 12)
    shares = counts[counts > 0] / counts.sum()
    yield float(-(shares * np.log2(shares)).sum())


def _repetition(tune: Tune) -> Iterator[float]:
    """The share of figures of two bars, one at each bar, that the tune has more than once."""
    figures = [figure for section in tune.sections for figure in _figures(section, tune.bar)]
    counts = {figure: figures.count(figure) for figure in set(figures)}
    if figures:
        yield sum(counts[figure] > 1 for figure in figures) / len(figures)


def _figures(section: Section, bar: int) -> Iterator[tuple[tuple[int, int, int], ...]]:
    """The notes of every two bars of a section, with their places in them."""
    span = FIGURE_BARS * bar
    for start in range(section.pickup, section.length - span + 1, bar):
        inside = ((onset - start, duration, pitch) for onset, duration, pitch in section.notes)
        figure = tuple(note for note in inside if 0 <= note[0] < span)
        if figure:
            yield figure


FEATURES: dict[str, tuple[Values, np.ndarray]] = {  # and the edges of bins; what lies beyond is in the last ones
    "interval": (_intervals, np.arange(-LARGEST - 0.5, LARGEST + 1)),
    "duration": (_durations, np.arange(-0.5, len(DURATIONS) + 1)),
    "density": (_density, np.arange(-0.5, 17)),
    "range": (_range, np.arange(-0.5, 37, 2)),
    "pitch-class entropy": (_entropy, np.arange(0, 3.7, 0.2)),
    "repetition": (_repetition, np.arange(0, 1.01, 0.1)),
}


def histograms(tunes: Sequence[Tune]) -> dict[str, np.ndarray]:
    """Of each feature the shares of its bins, float64[bins], which add up to 1."""
    found = {}
    for name, (values, edges) in FEATURES.items():
        all_values = np.array([value for tune in tunes for value in values(tune)])
        counts, _ = np.histogram(np.clip(all_values, edges[0], edges[-1]), bins=edges)
        found[name] = counts / max(counts.sum(), 1)
    return found


def overlaps(first: Sequence[Tune], second: Sequence[Tune]) -> dict[str, float]:
    """How much of the histograms of two sets of tunes is common, 0-1, for each feature."""
    a, b = histograms(first), histograms(second)
    return {name: float(np.minimum(a[name], b[name]).sum()) for name in FEATURES}
