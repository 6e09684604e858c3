"""Render the stock pictures of genart (see README.md): photographs of places that are nowhere.

Run it from the repository: python assets/make_pictures.py [FOLDER]. The same pictures come out every time, within two
minutes.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scenes import cat, fruit, lake, street
from scenes.raymarch import Scene, render

WIDTH, HEIGHT = 384, 256
FINER = 1.5  # times as many pixels each way are rendered, against jagged edges
QUALITY = 86
SCENES = {"cat": cat.SCENE, "fruit": fruit.SCENE, "lake": lake.SCENE, "street": street.SCENE}
STOCK = Path(__file__).parents[1] / "genart" / "image" / "stock"


def main(folder: Path) -> None:
    """Write all pictures into a folder."""
    for name, scene in SCENES.items():
        picture(scene).save(folder / f"{name}.jpg", quality=QUALITY, optimize=True)


def picture(scene: Scene, *, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A scene as a picture of this size."""
    seen = render(scene, round(width * FINER), round(height * FINER))
    fine = Image.fromarray(np.rint(seen * 255).astype(np.uint8))
    return fine.resize((width, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else STOCK)
