"""Figures of a GAN beside the pictures it was trained on."""

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from genart.errors import InputError
from genart.evaluation.kid import Distance, Judge, kid, spread
from genart.evaluation.neighbors import copying, nearest, repeats
from genart.families.bundle import Figure
from genart.families.gan import Gan, Point
from genart.image.collection import collect, rgba
from genart.image.premultiplied import as_floats, on_white

FEWEST = 20  # training pictures
MOST = 1000  # pictures of each kind that are compared


@dataclasses.dataclass(frozen=True, kw_only=True)
class GanFigures:
    """What was measured.

    Attributes
    ----------
    features : name of the network that judged
    samples, pictures, aside : how many there were of each
    distance : KID of samples and training pictures
    floor : KID of training pictures and those kept aside
    copying : see :func:`genart.evaluation.neighbors.copying`
    repeats : see :func:`genart.evaluation.neighbors.repeats`
    nearest : for the five samples nearest to a training picture, (seed, name of the file, distance)
    """

    features: str
    samples: int
    pictures: int
    aside: int
    distance: Distance
    floor: Distance
    copying: float
    repeats: float
    nearest: tuple[tuple[int, str, float], ...]

    def figures(self, command: str) -> list[Figure]:
        """For a model's card; errors are a quarter of the 95 % interval."""
        error = (self.distance.high - self.distance.low) / 4
        of = f"on {self.features}"
        return [
            Figure(name=f"KID to training pictures, {of}", value=self.distance.value, error=error, command=command),
            Figure(name=f"KID of pictures kept aside, {of}", value=self.floor.value, command=command),
            Figure(name=f"nearest-neighbor distance over kept-aside pictures', {of}", value=self.copying),
            Figure(name=f"share of pairs closer than 99 % of real ones, {of}", value=self.repeats),
        ]


def measure(
    gan: Gan,
    folder: str | Path,
    *,
    n: int = MOST,
    seed: int = 0,
    fit: str = "crop",
    features: str | Path | None = None,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> GanFigures:
    """Compare `n` samples with the pictures of a folder, split as for training.

    Parameters
    ----------
    gan : of pictures
    folder : what it was trained on
    n : samples, and at most so many pictures of the folder, 20 or more
    seed : of the first sample
    fit : as it was trained
    features : SqueezeNet 1.0 as safetensors; by default the loss network that genart ships
    on_step : called with (pictures judged, their number)

    Raises
    ------
    InputError
        The model paints textures, the pictures are too few, or an option does not fit.
    """
    if gan.config.texture:
        raise InputError(f"{gan.name} paints textures: figures are of models of whole pictures")
    judge = Judge.open(features)
    size = (gan.config.width, gan.config.height)
    with tempfile.TemporaryDirectory() as temporary:
        found = collect([folder], Path(temporary), size=size, fit=fit)
        training = [found.training[i] for i in _spread(len(found.training), n)]
        aside = [found.aside[i] for i in _spread(len(found.aside), n)]
        if len(training) < FEWEST or len(aside) < 2 or n < FEWEST:
            raise InputError(
                f"{len(training)} training pictures, {len(aside)} kept aside and {n} samples: at least {FEWEST}, 2 "
                f"and {FEWEST} are needed"
            )
        seen = [on_white(as_floats(np.asarray(found.pixels[index]), channels=3)) for index in (*training, *aside)]
    points = [Point(seed=seed + i) for i in range(n)]
    samples = [on_white(as_floats(rgba(picture), channels=3)) for picture in gan.stream(points)]
    every = np.stack([*seen, *samples])
    mirrored = np.stack(seen[: len(training)])[:, :, ::-1]
    judged = judge.features(np.concatenate([every, mirrored]), on_step=on_step)
    ends = np.cumsum([len(training), len(aside), n])
    reals, others, made, turned = np.split(judged, ends)
    scale = spread(reals)
    reals, others, made, turned = (x / scale for x in (reals, others, made, turned))
    known = np.concatenate([reals, turned])
    far, which = nearest(made, known)
    closest = np.argsort(far)[:5]
    names = [found.names[training[i % len(training)]] for i in which]
    return GanFigures(
        features=judge.name,
        samples=n,
        pictures=len(training),
        aside=len(aside),
        distance=kid(reals, made),
        floor=kid(reals, others),
        copying=copying(made, known, others),
        repeats=repeats(made, reals),
        nearest=tuple((seed + int(i), names[i], float(far[i])) for i in closest),
    )


def _spread(length: int, most: int) -> list[int]:
    """At most so many places, evenly over a length."""
    return sorted({int(place) for place in np.linspace(0, length - 1, min(length, most))}) if length else []
