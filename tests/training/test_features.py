"""Principal components, pairs of crops and short runs, with a teacher of random weights and pictures of noise."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from random_weights import drawn, squeezenet_shapes
from safetensors.numpy import save_file

import genart
from genart.errors import InputError
from genart.image.picture import Picture
from genart.nets.features import read_squeezenet
from genart.nets.loss_network import LAYERS, LossNetworkConfig
from genart.training.recipes.features import Components, FeaturesTask, FeaturesTraining, train_features
from genart.training.recipes.style import held_out


@pytest.fixture(scope="module")
def teacher(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("teacher") / "squeezenet.safetensors"
    save_file(drawn(squeezenet_shapes(torchvision=False), seed=3), file)
    return file


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(40):
        coarse = rng.integers(0, 256, (9, 9, 3), np.uint8)
        Picture.of(coarse).resized(size=(72, 72)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def task(teacher, photos) -> FeaturesTask:
    files = sorted(photos.iterdir())
    return FeaturesTask(
        [files[:20]],
        files[20:24],
        read_squeezenet(teacher),
        config=LossNetworkConfig.tiny(),
        training=FeaturesTraining.tiny(),
    )


def test_components_are_orthogonal_and_hold_the_most():
    """Against NumPy's singular values, which are another way to the same."""
    rng = np.random.default_rng(0)
    maps = (rng.standard_normal((4, 5, 5, 6)) * [5, 4, 3, 2, 1, 0.5] + [3, 0, 0, 0, 0, 0]) @ rng.standard_normal((6, 6))
    found = Components.of(maps, 3, even=0.5)
    basis, places = np.asarray(found.basis), maps.reshape(-1, 6)
    np.testing.assert_allclose(basis.T @ basis, np.eye(3) * (basis[:, 0] @ basis[:, 0]), atol=1e-6)
    squares = np.square(places @ basis).mean(axis=0)
    singular = np.linalg.svd(places, compute_uv=False)
    np.testing.assert_allclose(squares, (singular**2 / (singular**2).sum())[:3], rtol=1e-4)
    assert squares @ np.asarray(found.weights) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(np.asarray(found.weights) / squares**-0.5, found.weights[0] * squares[0] ** 0.5)


def test_the_second_of_a_pair_differs_a_little_from_the_first(task):
    pictures = task.batch(3)["pictures"]
    assert pictures.shape == (4, 64, 64, 3) and pictures.dtype == np.float32
    first, second = pictures[:2], pictures[2:]
    assert first.min() >= 0 and first.max() <= 1
    change = np.sqrt(np.square(second - first).mean(axis=(1, 2, 3)))
    assert (change > 0.003).all() and (change < 0.25).all()
    np.testing.assert_array_equal(pictures, task.batch(3)["pictures"])
    assert (pictures != task.batch(4)["pictures"]).any()


def test_the_teachers_own_components_would_be_no_error(task, monkeypatch):
    batch = task.batch(0)
    monkeypatch.setattr(task, "_network", lambda params: task._wanted)
    assert float(task.loss({}, batch, None)) == 0
    monkeypatch.setattr(task, "_network", lambda params: lambda x: {n: 0 * m for n, m in task._wanted(x).items()})
    assert float(task.loss({}, batch, None)) == pytest.approx(2, abs=1e-5)  # both terms are relative


def test_what_is_not_explained_is_a_share(task):
    """Of a network that always says zero it is more than all, since the variance is about the mean."""
    params = {name: 0 * value for name, value in task.init().items()}
    left = task.validate(params)
    assert left.keys() == {*LAYERS, "loss"}
    assert all(value > 1 for value in left.values())
    assert left["loss"] == pytest.approx(np.mean([left[name] for name in LAYERS]))


def test_training_writes_a_model_and_goes_on(teacher, photos, tmp_path):
    out = tmp_path / "mine"
    first = train_features([photos], teacher=teacher, out=out, steps=2, preset="tiny")
    assert first.family == "features"
    second = train_features([photos], teacher=teacher, out=out, steps=4, preset="tiny")
    assert second.sha256 != first.sha256
    assert {figure.name: figure.value for figure in second.figures}["training steps"] == 4
    maps = genart.load(out).network(jnp.zeros((1, 32, 32, 3)), upto="fire2")
    assert maps.keys() == {"conv1", "fire2"}
    with pytest.raises(InputError, match="was begun with another seed;"):
        train_features([photos], teacher=teacher, out=out, steps=4, preset="tiny", seed=1)


def test_too_few_pictures(teacher, photos, tmp_path):
    few = [file for file in sorted(photos.iterdir()) if held_out(file) == "train"][:3]
    folder = tmp_path / "few"
    folder.mkdir()
    for file in few:
        (folder / file.name).write_bytes(file.read_bytes())
    with pytest.raises(InputError, match="^3 pictures are too few to train on and keep some aside; give 100 or more$"):
        train_features([folder], teacher=teacher, out=tmp_path / "mine", steps=2, preset="tiny")


def test_presets(teacher, photos, tmp_path):
    with pytest.raises(InputError, match="^preset 'huge': it is one of standard, tiny$"):
        train_features([photos], teacher=teacher, out=tmp_path / "mine", steps=2, preset="huge")
