import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from style_models import photograph

import genart
from genart.families.painter import merged
from genart.nets.stylizer import (
    Conv,
    Stylizer,
    StylizerConfig,
    first_rows,
    flat_stamps,
    hold_plain,
    row_parts,
)

CONFIG = StylizerConfig.tiny()


@pytest.fixture(scope="module")
def network():
    return Stylizer(CONFIG, rngs=nnx.Rngs(0))


def test_a_row_has_all_its_parts():
    rows = first_rows(CONFIG)
    assert rows.shape == (3, CONFIG.row)
    parts = row_parts(CONFIG, rows)
    assert {name: part.shape[1:] for name, part in parts.items()} == dict(CONFIG.fields())
    assert np.array_equal(parts["colors"][0], np.eye(3)) and parts["gain"][0] == 0


def test_one_more_style_is_at_most_2_percent_of_the_parameters():
    config = StylizerConfig()
    shapes = nnx.state(nnx.eval_shape(lambda: Stylizer(config, rngs=nnx.Rngs(0))), nnx.Param)
    assert config.row <= 0.02 * sum(leaf.size for leaf in jax.tree.leaves(shapes))


def test_the_plain_row_gives_the_picture_back(network):
    picture = jnp.asarray(photograph().floats()[None])
    painted, moments = network(picture, hold_plain(network.rows[...] + 1)[:1])
    np.testing.assert_allclose(painted, picture, atol=1e-6)
    assert moments.shape == (1, CONFIG.moments)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("stride", [1, 2])
def test_convolutions_see_a_mirror_at_the_borders(stride):
    conv, x = Conv(2, 3, stride=stride, rngs=nnx.Rngs(0)), jax.random.normal(jax.random.key(0), (2, 6, 8, 2))
    padded, kernel = jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect"), conv.conv.kernel[...]
    layout = ("NHWC", "HWIO", "NHWC")
    expected = jax.lax.conv_general_dilated(padded, kernel, (stride, stride), "VALID", dimension_numbers=layout)
    np.testing.assert_allclose(conv(x), expected, atol=1e-5)


def test_a_plain_grey_picture_is_painted_without_a_frame():
    style = genart.load("style")  # trained rows and kernels: those of a fresh net make little of rounding
    grey = jnp.full((1, 128, 192, 3), 0.5)
    for name in ("udnie", "woman_with_hat"):
        row = jnp.asarray(style.row(name))[None]
        painted = np.asarray(merged(style.painter.config, style.painter.params)(grey, row)[0])
        assert np.ptp(painted, axis=(1, 2)).max() < 2 / 255


def test_what_is_flat_stays_flat_up_to_the_borders():
    for stride in (1, 2):
        out = Conv(2, 3, stride=stride, rngs=nnx.Rngs(0))(jnp.ones((1, 6, 6, 2)))
        assert out.shape == (1, 6 // stride, 6 // stride, 3)
        np.testing.assert_allclose(out, jnp.broadcast_to(out[:, :1, :1], out.shape), rtol=1e-5)


def test_strokes_are_as_strong_at_the_borders_as_in_the_middle(network):
    pictures = jnp.asarray(np.random.default_rng(0).uniform(0, 1, (4, 128, 128, 3)), jnp.float32)
    strokes, _ = network.strokes(pictures, jnp.broadcast_to(network.rows[1], (4, CONFIG.row)))
    strength = jnp.square(strokes - strokes.mean((0, 1, 2))).mean((0, 2, 3))  # of each row of pixels
    assert 0.7 < strength[:8].mean() / strength[32:-32].mean() < 1.4


def test_flat_channels_draw_one_flat_color():
    kernel = flat_stamps(jax.random.normal(jax.random.key(1), (3, 3, 5, 48)))
    total = kernel.sum((0, 1)).reshape(5, 16, 3)
    np.testing.assert_allclose(total, jnp.broadcast_to(total[:, :1], total.shape), atol=1e-4)


def test_statistics_of_a_part_are_those_that_stop_there(network):
    picture = jnp.asarray(photograph().floats()[None])
    row = network.rows[1:2]
    _, moments = network(picture, row)
    _, first = network.strokes(picture, row, norms=2)
    length = 2 * sum(CONFIG.norms[:2])
    np.testing.assert_allclose(first, moments[:, :length], rtol=1e-5, atol=1e-6)


def test_borders_do_not_count(network):
    picture = jnp.asarray(photograph(64, 48).floats()[None])
    row = network.rows[1:2]
    _, first = network.strokes(picture, row, border=16, norms=1)
    inside = jnp.zeros((1, 6, 8)).at[:, 2:-2, 2:-2].set(1.0)
    _, same = network.strokes(picture, row, inside=inside, norms=1)
    np.testing.assert_allclose(first, same, rtol=1e-4, atol=1e-6)
    _, other = network.strokes(picture, row, norms=1)
    assert not np.allclose(first, other, rtol=1e-2)


def test_places_outside_do_not_count(network):
    picture = jnp.asarray(photograph(64, 64).floats()[None])
    inside = jnp.zeros((1, 8, 8)).at[:, :4].set(1.0)
    _, part = network.strokes(picture, network.rows[1:2], inside=inside, norms=1)
    _, half = network.strokes(picture.at[:, 40:].set(0.0), network.rows[1:2], inside=inside, norms=1)
    np.testing.assert_allclose(part, half, atol=1e-6)
