"""How far apart a trained generator's latents should lie."""

import dataclasses

import jax
import numpy as np
import pytest
from flax import nnx
from gan_models import SMALL, drawn, write_gan

from genart.evaluation.kid import Distance
from genart.families.gan import GENERATOR, Gan, part
from genart.nets.flat import flat_params, with_flat
from genart.nets.gan import GanConfig, Generator
from genart.sampling.latent import draw, truncated
from genart.training import stretch
from genart.training.stretch import best_stretch, farthest, stretched


@pytest.mark.usefixtures("exact")
def test_stretched_weights_do_with_a_latent_what_others_do_with_a_longer_one():
    config = GanConfig(**SMALL)
    graph, shapes = nnx.split(nnx.eval_shape(lambda: Generator(config, rngs=nnx.Rngs(0))), nnx.Param)
    weights, latent = drawn(Generator, config), draw(jax.random.split(jax.random.key(0), 2), config)
    assert weights.keys() == flat_params(shapes).keys()
    paint = jax.jit(lambda flat, latent: nnx.merge(graph, with_flat(shapes, flat))(latent))
    expected = paint(weights, truncated(latent, 1.7))
    np.testing.assert_allclose(paint(stretched(weights, 1.7), latent), expected, rtol=1e-4, atol=1e-5)
    assert not np.allclose(paint(weights, latent), expected, atol=0.1)


def distance(value, *, off=1.0):
    return Distance(value=value, low=value - off, high=value + off)


def test_the_farthest_that_is_as_near_as_the_nearest_is_taken():
    assert farthest({1.0: distance(5), 1.2: distance(4), 1.5: distance(4.9), 2.0: distance(9)}) == 1.5
    assert farthest({1.0: distance(4), 1.2: distance(5.1), 1.5: distance(9)}) == 1.0
    assert farthest({1.0: distance(4, off=0.1), 1.2: distance(3, off=0.1), 1.5: distance(3.5)}) == 1.2


def test_pictures_painted_farther_apart_ask_for_a_stretch(tmp_path, monkeypatch):
    monkeypatch.setattr(stretch, "STRETCHES", (1.0, 2.0))
    monkeypatch.setattr(stretch, "SAMPLES", 48)
    gan = Gan.read(write_gan(tmp_path / "narrow"))
    wide = Gan.read(write_gan(tmp_path / "wide"))
    weights = stretched(part(wide.bundle, GENERATOR), 2.0)
    wide = Gan(dataclasses.replace(wide.bundle, weights={GENERATOR + name: a for name, a in weights.items()}))
    pictures = [
        np.stack([p.floats()[..., :3] for p in source.sample(n=48, seed=1000)]).astype(np.float32)
        for source in (gan, wide)
    ]
    assert [best_stretch(gan, shown) for shown in pictures] == [1.0, 2.0]
