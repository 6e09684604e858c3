"""How far apart a trained generator's latents should lie.

A generator learns to make little of its latents: what it paints varies less than what it was trained on, the more so
where its weights are averaged over many steps. Stretched latents undo that. How far is found by looking: the farthest
at which samples are still as near to the training pictures as at any other, as far as can be told.
"""

import re
from collections.abc import Mapping

import numpy as np

from genart.evaluation.kid import Distance, Judge, kid
from genart.families.gan import Gan, Point
from genart.image.collection import rgba
from genart.image.premultiplied import as_floats, on_white

STRETCHES = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2.0)
SAMPLES = 384  # of each
_TAKES_LATENT = re.compile(r"enter\.kernel|blocks\.\d+\.scale\.kernel")


def stretched(generator: Mapping[str, np.ndarray], by: float) -> dict[str, np.ndarray]:
    """Weights of a generator of pictures that does with a latent what these do with `by` times the latent."""
    return {
        name: weight * np.float32(by) if _TAKES_LATENT.fullmatch(name) else weight for name, weight in generator.items()
    }


def best_stretch(gan: Gan, pictures: np.ndarray) -> float:
    """How far latents may be stretched.

    Parameters
    ----------
    gan : of whole pictures, without classes
    pictures : it was trained on, float [n, H, W, 3] in 0..1, over white
    """
    judge = Judge.open(None)
    known, distances = judge.features(pictures), {}
    for by in STRETCHES:
        painted = gan.stream([Point(seed=seed, truncation=by) for seed in range(SAMPLES)])
        samples = np.stack([on_white(as_floats(rgba(picture), channels=3)) for picture in painted])
        distances[by] = kid(known, judge.features(samples))
    return farthest(distances)


def farthest(distances: Mapping[float, Distance]) -> float:
    """The largest stretch whose distance lies within the confidence interval of the smallest distance."""
    best = min(distances.values(), key=lambda distance: distance.value)
    return max(by for by, distance in distances.items() if distance.value <= best.high)
