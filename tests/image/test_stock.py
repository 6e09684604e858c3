"""The stock pictures: there, small, varied, and rendered by the script that says so."""

import runpy
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from genart.image import stock
from genart.image.picture import Picture

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.mark.parametrize("number", range(len(stock.NAMES)))
def test_pictures_are_small_files_of_the_size_that_is_told(number):
    picture = stock.stock_pictures()[number]
    assert picture.size == (384, 256)
    assert len((files(stock) / f"{stock.NAMES[number]}.jpg").read_bytes()) <= 40_000


@pytest.mark.parametrize("picture", stock.stock_pictures(), ids=stock.NAMES)
def test_pictures_have_flat_and_rough_places_and_many_colors(picture):
    """As photographs do: some patches are ten times as rough as others, and dark, bright and colored ones are there."""
    tiles = picture.floats().reshape(8, 32, 12, 32, 3)  # of 32 x 32 pixels
    rough = np.sort(np.abs(np.diff(tiles, axis=3)).mean((1, 3, 4)).ravel())
    assert rough[-10:].mean() > 10 * rough[:10].mean()
    means = tiles.mean((1, 3)).reshape(-1, 3)
    assert means.mean(1).min() < 0.3 and means.mean(1).max() > 0.6
    assert np.ptp(means, axis=1).max() > 0.18


def test_the_script_renders_them(monkeypatch):
    monkeypatch.syspath_prepend(ASSETS)
    script = runpy.run_path(str(ASSETS / "make_pictures.py"))
    assert tuple(script["SCENES"]) == stock.NAMES
    for shipped, scene in zip(stock.stock_pictures(), script["SCENES"].values(), strict=True):
        small = Picture.of(np.asarray(script["picture"](scene, width=96, height=64))).floats()
        # Rendered at a quarter of the size, edges and textures differ; another scene is 0.15 and more away.
        assert np.abs(small - shipped.resized(size=(96, 64)).floats()).mean() < 0.05
