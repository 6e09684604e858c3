"""A folder of pictures as one array of one size, and as networks take them."""

import numpy as np
import pytest
from gan_models import write_pictures

from genart.errors import InputError
from genart.image.collection import collect, fitted
from genart.image.picture import Picture
from genart.image.premultiplied import as_floats, as_picture, on_white


def test_a_folder_is_read_once_and_split_by_what_pictures_show(here):
    write_pictures(here / "mine", 30)
    (here / "mine" / "bad.png").write_text("no")
    found = collect(["mine"], here / "store", size=(16, 24))
    assert found.pixels.shape == (30, 24, 16, 4) and len(found.names) == 30
    assert [name for name, _ in found.broken] == ["bad.png"]
    assert 1 <= len(found.aside) <= 8 and set(found.aside) | set(found.training) == set(range(30))
    kept = {found.pixels[index].tobytes() for index in found.aside}
    for path in list((here / "mine").iterdir()):
        path.rename(path.with_name(f"x{path.name}")) if path.stem != "bad" else path.unlink()
    renamed = collect(["mine"], here / "other", size=(16, 24))
    assert {renamed.pixels[index].tobytes() for index in renamed.aside} == kept
    (here / "mine" / "x1.png").unlink()  # a picture that is taken away while the run goes on is not missed
    assert len(collect(["mine"], here / "store", size=(16, 24)).names) == 30


def test_copies_are_kept_aside_together(here):
    write_pictures(here / "mine", 3)
    for number in range(3):
        (here / "mine" / f"copy{number}.png").write_bytes((here / "mine" / f"{number}.png").read_bytes())
    found = collect(["mine"], here / "store", size=(16, 16))
    assert {found.pixels[i].tobytes() for i in found.aside}.isdisjoint(
        found.pixels[i].tobytes() for i in found.training
    )
    assert (found.copies, found.plain) == (3, 0)


@pytest.mark.parametrize(("number", "aside"), [(1, (0, 0)), (2, (1, 1)), (3, (1, 1)), (4, (1, 2))])
def test_at_most_half_are_kept_aside(here, number, aside):
    write_pictures(here / "mine", number)
    found = collect(["mine"], here / "store", size=(16, 16))
    assert aside[0] <= len(found.aside) <= aside[1] and len(found.training) == number - len(found.aside)


def test_nothing_to_read_leaves_nothing(here):
    (here / "mine").mkdir()
    (here / "mine" / "bad.png").write_text("no")
    with pytest.raises(InputError, match=r"none of the 1 pictures can be read; the first: .*bad.png"):
        collect(["mine"], here / "store", size=(16, 16))
    assert not list((here / "store").iterdir())


def wide():
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, 5:15] = (200, 100, 50)  # the middle
    return Picture.of(pixels)


def test_ways_to_fit():
    assert (fitted(wide(), size=(10, 10)).pixels == (200, 100, 50)).all()
    boxed = fitted(wide(), size=(20, 20), fit="letterbox")
    assert (
        boxed.size == (20, 20) and (boxed.pixels[:5] == 0).all() and (boxed.pixels[5:15, 8:12] == (200, 100, 50)).all()
    )
    padded = fitted(wide(), size=(20, 20), fit="pad")
    assert (padded.pixels[:, 8:12] == (200, 100, 50)).all()
    with pytest.raises(InputError, match=r"fit 'squeeze': it is one of crop, letterbox, pad"):
        fitted(wide(), size=(20, 20), fit="squeeze")


def test_pictures_come_back_from_floats():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (8, 8, 4), dtype=np.uint8)
    pixels[..., 3] = rng.choice([0, 128, 255], (8, 8))
    again = as_picture(as_floats(pixels, channels=4))
    assert again.alpha is not None and np.array_equal(again.alpha, pixels[..., 3])
    shown = pixels[..., 3] > 0
    assert np.abs(again.pixels[shown].astype(int) - pixels[shown, :3]).max() <= 1
    flat = on_white(as_floats(pixels, channels=3))
    np.testing.assert_allclose(flat, on_white(as_floats(pixels, channels=4)), atol=1e-6)
    assert (flat[~shown] == 1).all()
