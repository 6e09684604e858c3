"""Pictures of our own, rendered by ``assets/make_pictures.py`` and dedicated to the public domain (CC0 1.0)."""

from importlib.resources import files

from genart.image.picture import Picture

NAMES = ("cat", "fruit", "lake", "street")


def stock_pictures() -> list[Picture]:
    """Four pictures like photographs, 384 x 256 pixels: a cat, a still life, a lake between mountains, a street."""
    pictures = []
    for name in NAMES:
        with (files(__name__) / f"{name}.jpg").open("rb") as file:
            pictures.append(Picture.read(file))
    return pictures
