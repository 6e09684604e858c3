"""Pictures of our own, rendered by ``assets/make_pictures.py`` and dedicated to the public domain (CC0 1.0)."""

from importlib.resources import files
from io import BytesIO

from genart.image.picture import Picture

NAMES = ("cat", "fruit", "lake", "street")


def stock_pictures() -> list[Picture]:
    """Four pictures like photographs, 384 x 256 pixels: a cat, a still life, a lake between mountains, a street."""
    return [Picture.read(BytesIO((files(__name__) / f"{name}.jpg").read_bytes())) for name in NAMES]
