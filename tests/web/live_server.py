"""A real server in a thread, with a net that knows nothing and is quick, and pictures to send it."""

import dataclasses
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from PIL import Image

from genart.families.bundle import write_bundle
from genart.families.style import Style
from genart.nets.flat import flat_params
from genart.nets.style_loss import STYLE_LAYERS
from genart.nets.stylizer import Stylizer, StylizerConfig
from genart.web.controls import Controls
from genart.web.desk import Desk
from genart.web.live import Live

SIZES = ((64, 40), (96, 56))
RED, BLUE = (230, 20, 20), (20, 20, 230)


def tiny_style(folder: Path) -> Path:
    """The folder of a style model whose first style is the picture in negative, and whose second paints at random."""
    config = StylizerConfig.tiny()
    weights = flat_params(nnx.state(Stylizer(config, rngs=nnx.Rngs(0)), nnx.Param))
    rows = np.array(weights["rows"])
    rows[1, -13:] = [-1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 0, 0, 0]  # colors, tint, gain: their places end a row
    rows[2, -1] = 8.0
    return write_bundle(
        folder / "tiny",
        family="style",
        about="Paints negatives.",
        network=dataclasses.asdict(config),
        codec={"styles": ["negative", "strokes"]},
        weights={**weights, "rows": rows},
    ).folder


def quick_features(pictures: jax.Array) -> dict[str, jax.Array]:
    """A loss network that knows colors alone."""
    return dict.fromkeys(STYLE_LAYERS, jnp.concatenate([pictures, pictures**2], axis=-1))


@contextmanager
def serving(style: Style, *, controls: dict[str, Any] | None = None, **options: Any) -> Iterator[Live]:
    """A session that runs until the block ends."""
    first = Controls.first(None, names=style.names, strength=1.0).changed({"mirror": False}, names=style.names)
    desk = Desk(style, first.changed(controls or {}, names=style.names))
    live = Live(desk, **{"port": 0, "sizes": SIZES, "fps": 5.0, **options})
    thread = threading.Thread(target=live.run)
    thread.start()
    try:
        until(lambda: live.studio.status["ready"])
        yield live
    finally:
        live.stop()
        thread.join(timeout=30)
        assert not thread.is_alive()


def until(holds: Any, *, seconds: float = 60) -> Any:
    """Wait for something to be true, and give it."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)
    return found


def two_colored(width: int = 64, height: int = 40) -> np.ndarray:
    """Red on the left, blue on the right: uint8 [h, w, 3]."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = RED, BLUE
    return pixels


def jpeg(pixels: np.ndarray) -> bytes:
    """A JPEG of pixels."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def pixels_of(data: bytes) -> np.ndarray:
    """uint8 [h, w, 3] of a picture file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
