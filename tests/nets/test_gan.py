"""Generator and critic of the GAN."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from gan_models import SMALL, TEXTURE, drawn

from genart.nets.flat import with_flat
from genart.nets.gan import Critic, GanConfig, Generator, doubled, fold, smoothed, unfold
from genart.sampling.latent import draw


def made(kind, config):
    graph, shapes = nnx.split(nnx.eval_shape(lambda: kind(config, rngs=nnx.Rngs(0))), nnx.Param)
    return jax.jit(nnx.merge(graph, with_flat(shapes, drawn(kind, config))))


def latents(config, n, **options):
    return draw(jax.random.split(jax.random.key(1), n), config, **options)


def test_folding_is_undone():
    x = jnp.arange(2 * 4 * 6 * 3.0).reshape(2, 4, 6, 3)
    folded = fold(x, 2)
    assert folded.shape == (2, 2, 3, 12)
    assert np.array_equal(folded[1, 1, 2, :3], x[1, 2, 4]) and np.array_equal(folded[1, 1, 2, 9:], x[1, 3, 5])
    assert np.array_equal(unfold(folded, 2), x)


def test_doubling_is_bilinear_between_centers():
    x = jax.random.normal(jax.random.key(0), (2, 4, 5, 3))
    expected = jax.image.resize(x, (2, 8, 10, 3), "bilinear")  # centers half a place inside, borders held
    np.testing.assert_allclose(doubled(x), expected, atol=1e-6)


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


def test_smoothing_leaves_what_is_plain_and_takes_what_alternates():
    plain = jnp.full((1, 4, 6, 2), 3.0)
    assert np.array_equal(smoothed(plain), plain) and np.array_equal(smoothed(plain, around=True), plain)
    alternating = jnp.asarray(np.broadcast_to((-1.0) ** np.arange(6)[:, None], (1, 4, 6, 1)), jnp.float32)
    assert np.array_equal(smoothed(alternating, around=True), jnp.zeros_like(alternating))
    one = jnp.zeros((1, 3, 3, 1)).at[0, 0, 1].set(16)
    # 1 2 1 across, and down 3 of its 4 parts stay at a border that is held
    np.testing.assert_array_equal(smoothed(one)[0, :, :, 0], [[3 * 1, 3 * 2, 3 * 1], [1, 2, 1], [0, 0, 0]])
