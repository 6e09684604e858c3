"""Pictures that are dropped on the page become styles, beside the painting."""

import io
import os
import re
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from genart.errors import GenartError, InputError
from genart.families.looks import learned
from genart.image.picture import Picture
from genart.image.stock import stock_pictures
from genart.recipe import sha256_of
from genart.training.recipes.style import LossNetwork
from genart.web.desk import Desk


class Learner:
    """Learns one style at a time, in a thread of its own.

    Parameters
    ----------
    seen : gives what the camera sees, uint8 [h, w, 3], or None where it sees nothing yet
    features : the loss network: a model's name or folder, or its call

    Attributes
    ----------
    on_news : called with what changed, as JSON values with a "type", in any thread
    """

    def __init__(
        self,
        desk: Desk,
        *,
        seen: Callable[[], np.ndarray | None] = lambda: None,
        features: str | os.PathLike[str] | LossNetwork = "features",
    ):
        self.desk, self.seen, self.features = desk, seen, features
        self.on_news: Callable[[dict[str, Any]], None] = lambda news: None
        self.learning: str | None = None
        self._ended = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def learn(self, data: bytes, *, name: str) -> str:
        """Begin to learn the style of a picture file.

        Parameters
        ----------
        data : of a PNG, JPEG, WebP, TIFF, GIF or BMP file
        name : of the file, after which the style is called

        Returns
        -------
        The style's name.

        Raises
        ------
        InputError
            It is no picture, or another style is being learned.
        """
        Picture.read(io.BytesIO(data))
        with self._lock:
            if self.learning is not None:
                raise InputError(f"the style of {self.learning} is being learned; wait until it is done")
            called = _free(_safe(name), self.desk.names)
            self.learning = called
        self._thread = threading.Thread(target=self._run, args=(data, called, name), name="learning", daemon=True)
        self._thread.start()
        return called

    def stop(self) -> None:
        """Give up what is being learned."""
        self._ended = True
        if self._thread is not None:
            self._thread.join()

    def _run(self, data: bytes, called: str, name: str) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="genart-") as folder:
                path = Path(folder) / f"{called}{Path(_base(name)).suffix}"
                path.write_bytes(data)
                style = learned(
                    path,
                    model=self.desk.style,
                    content=self._content,
                    features=self.features,
                    seed=None,
                    on_step=lambda done, total: self._step(called, done / total),
                )
            self.desk.add(called, style.row)
            self.on_news({"type": "learned", "name": called})
        except _Ended:
            pass
        except GenartError as error:
            self.on_news({"type": "error", "text": str(error)})
        finally:
            self.learning = None
            self.on_news({"type": "learning", "name": called, "share": None})

    def _content(self) -> tuple[Picture, str]:
        seen = self.seen()
        picture = stock_pictures()[0] if seen is None else Picture.of(seen)
        return picture, sha256_of(picture.pixels.tobytes())

    def _step(self, name: str, share: float) -> None:
        if self._ended:
            raise _Ended
        self.on_news({"type": "learning", "name": name, "share": round(share, 3)})


class _Ended(Exception):
    pass


def _base(name: str) -> str:
    return re.split(r"[/\\]", name)[-1]


def _safe(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", Path(_base(name)).stem).strip("_")[:40] or "picture"


def _free(name: str, taken: list[str]) -> str:
    return next(each for each in (name, *(f"{name}_{number}" for number in range(2, 10_000))) if each not in taken)
