import numpy as np
import pytest
from style_models import photograph, weights

from genart.families.painter import Painter
from genart.nets.stylizer import StylizerConfig

CONFIG = StylizerConfig.tiny()


@pytest.fixture(scope="module")
def painter():
    return Painter(CONFIG, weights())


@pytest.fixture(scope="module")
def row():
    return weights()["rows"][1].astype(np.float32)


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (33, 47)])
def test_pictures_of_any_shape(painter, row, shape):
    pixels = photograph(shape[1], shape[0]).pixels
    assert painter.paint(pixels, row).shape == (*shape, 3)
    assert painter.paint(pixels, row).dtype == np.uint8


def test_the_plain_row_gives_the_picture_back(painter):
    pixels = photograph().pixels
    plain = weights()["rows"][0].astype(np.float32)
    assert np.abs(painter.paint(pixels, plain).astype(int) - pixels).max() <= 1


def test_pictures_are_painted_with_their_mirror_image_around_them(painter, row, monkeypatch):
    pixels = photograph(64, 40).pixels
    mirrored = np.pad(pixels, ((16, 16), (16, 16), (0, 0)), mode="symmetric")
    painted, moments = painter.frame(pixels, row)
    monkeypatch.setattr("genart.families.painter.BORDER", 0)
    wide, of_all = painter.frame(mirrored, row, memory=moments, fresh=0.0)
    assert np.array_equal(painted, wide[16:-16, 16:-16])
    assert not np.allclose(moments, of_all)  # the mirror image does not count in the statistics


def test_filled_up_sides_change_what_lies_beside_them(painter, row):
    pixels = photograph(64, 392).pixels
    exact, filled = (painter.frame(pixels, row, step=step)[0].astype(int) for step in (8, 64))
    assert filled.shape == pixels.shape
    assert np.abs(exact - filled)[:256].mean() < 1


def test_tiles_are_painted_as_the_whole(painter, row):
    pixels = photograph(300, 428).pixels
    whole, _ = painter.frame(pixels, row)
    tiled = painter.tiled(pixels, row, tile=256)
    assert tiled.shape == whole.shape
    assert np.abs(tiled.astype(int) - whole).mean() < 0.2
    # Statistics that differ in the last place tip products of bfloat16 to the next number, pixel by pixel.
    assert np.abs(tiled.astype(int) - whole).max() <= 4


def test_large_pictures_go_in_tiles(painter, row, monkeypatch):
    pixels = photograph(300, 260).pixels
    asked = []
    monkeypatch.setattr(painter, "tiled", lambda *given: asked.append(given) or pixels)
    monkeypatch.setattr("genart.families.painter.WHOLE", 300 * 260)
    painter.paint(pixels, row)
    assert not asked
    monkeypatch.setattr("genart.families.painter.WHOLE", 300 * 260 - 1)
    painter.paint(pixels, row)
    assert len(asked) == 1


def test_remembered_statistics_are_used(painter, row):
    pixels, other = photograph().pixels, photograph(seed=1).pixels
    alone, own = painter.frame(pixels, row)
    _, foreign = painter.frame(other, row)
    assert np.array_equal(painter.frame(pixels, row, memory=own, fresh=0.0)[0], alone)
    assert np.array_equal(painter.frame(pixels, row, memory=foreign, fresh=1.0)[0], alone)
    assert not np.array_equal(painter.frame(pixels, row, memory=foreign, fresh=0.0)[0], alone)
