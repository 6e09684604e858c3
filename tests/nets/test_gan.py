"""Generator and critic of the GAN."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from gan_models import SMALL, TEXTURE, drawn

from genart.nets.flat import flat_params, with_flat
from genart.nets.gan import Critic, GanConfig, Generator
from genart.sampling.latent import draw


def made(kind, config, weights=None):
    graph, shapes = nnx.split(nnx.eval_shape(lambda: kind(config, rngs=nnx.Rngs(0))), nnx.Param)
    return jax.jit(nnx.merge(graph, with_flat(shapes, weights or drawn(kind, config))))


def latents(config, n, **options):
    return draw(jax.random.split(jax.random.key(1), n), config, **options)


def test_a_config_survives_json():
    config = GanConfig(height=64, width=96, channels=4)
    assert GanConfig(**json.loads(json.dumps(dataclasses.asdict(config)))) == config
    assert config.stages == 3 and config.grid == (4, 6) and config.stride == 16


def test_pictures_have_the_size_asked_for():
    config = GanConfig(height=48, width=32, channels=4, latent=8, widths=(8, 8, 8))
    pictures = made(Generator, config)(latents(config, 2))
    assert pictures.shape == (2, 48, 32, 4)
    assert made(Critic, config)(pictures).shape == (2,)


def test_blocks_begin_as_the_identity():
    config = GanConfig(**SMALL)
    block = Generator(config, rngs=nnx.Rngs(0)).blocks[0]
    x = jax.random.normal(jax.random.key(0), (1, 4, 4, 8))
    assert np.array_equal(block(x, jnp.ones((1, 8))), x)


REFINED = {"height": 64, "width": 64, "latent": 8, "widths": (8, 8, 8), "refined": 8}


def test_pictures_are_gone_over_and_at_first_nothing_is_added():
    config = GanConfig(**REFINED)
    fresh = Generator(config, rngs=nnx.Rngs(0))
    latent = latents(config, 1)
    weights = drawn(Generator, config)
    plain = {name: weight for name, weight in weights.items() if not name.startswith("refiner")}
    once = made(Generator, dataclasses.replace(config, refined=0), plain)(latent)
    over = made(Generator, config)(latent)
    assert over.shape == (1, 64, 64, 3) and not np.allclose(over, once, atol=0.1)
    at_first = plain | {name: a for name, a in flat_params(nnx.state(fresh, nnx.Param)).items() if name not in plain}
    np.testing.assert_allclose(made(Generator, config, at_first)(latent), once, atol=1e-5)


def test_textures_that_are_gone_over_still_meet():
    config = GanConfig(**{**REFINED, "local": 4})
    paint, latent = made(Generator, config), latents(config, 1, grid=(3, 5))
    rolled = dataclasses.replace(latent, places=jnp.roll(jnp.asarray(latent.places), (1, 2), (1, 2)))
    moved = jnp.roll(paint(latent), (16, 32), (1, 2))  # 16 pixels a place
    np.testing.assert_allclose(paint(rolled), moved, atol=2e-2 * float(jnp.abs(moved).max()))


def test_textures_of_any_size_meet_at_their_borders():
    config = GanConfig(**{**TEXTURE, "waves": 0})
    paint, latent = made(Generator, config), latents(config, 1, grid=(3, 5))
    canvas = paint(latent)
    assert canvas.shape == (1, 12, 20, 3)
    rolled = dataclasses.replace(latent, places=jnp.roll(jnp.asarray(latent.places), (1, 2), (1, 2)))
    np.testing.assert_allclose(paint(rolled), jnp.roll(canvas, (4, 8), (1, 2)), atol=1e-5)  # 4 pixels a place


def test_each_class_looks_different_to_both():
    config = GanConfig(**TEXTURE)
    latent = latents(config, 1)
    one, other = (dataclasses.replace(latent, classes=jnp.eye(2)[i : i + 1]) for i in (0, 1))
    paint, judge = made(Generator, config), made(Critic, config)
    picture = paint(one)
    assert not np.allclose(picture, paint(other))
    assert float(judge(picture, one.classes)[0]) != float(judge(picture, other.classes)[0])
