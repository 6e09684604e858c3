"""Frames as they travel: a few numbers, then a JPEG. What comes from outside is measured before it is decoded."""

import dataclasses
import io
import struct
from typing import Any

import numpy as np

from genart.errors import InputError

SENT = struct.Struct("<Id")  # number, time of capture in milliseconds of the sender's clock
ANSWER = struct.Struct("<IdfffHH")  # these two; milliseconds waited, in the net, and beside it; width, height
LARGEST = 2**22  # bytes of a message
WIDEST, HIGHEST = 1920, 1080  # pixels of a frame that is taken
QUALITY = 90  # of JPEG without subsampling: 0.9 ms for 640 x 360, where raw pixels would be nine times as many bytes


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timing:
    """Where a frame's time went, in milliseconds: `waited` for the net, in the `net`, and `beside` it."""

    waited: float
    net: float
    beside: float


def parse_frame(message: bytes) -> tuple[int, float, bytes]:
    """Number, time of capture and picture of a message that a page sent. Raises InputError where it is none."""
    if len(message) <= SENT.size:
        raise InputError(f"a message of {len(message)} bytes is no frame: {SENT.size} bytes of header and a JPEG are")
    number, captured = SENT.unpack_from(message)
    if not np.isfinite(captured):
        raise InputError("a frame's time of capture must be a number of milliseconds")
    return number, captured, message[SENT.size :]


def frame_message(number: int, captured: float, picture: bytes) -> bytes:
    """What a page sends: see :data:`SENT`; the picture is JPEG or WebP."""
    return SENT.pack(number, captured) + picture


def answer_message(number: int, captured: float, timing: Timing, size: tuple[int, int], picture: bytes) -> bytes:
    """What a page gets: see :data:`ANSWER`."""
    times = (timing.waited, timing.net, timing.beside)
    return ANSWER.pack(number, captured, *times, *size) + picture


def decoded(data: bytes) -> np.ndarray:
    """The pixels of a JPEG or WebP frame, uint8 [h, w, 3]. Raises InputError where it is damaged or too large."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "WEBP"]) as image:
            if image.width > WIDEST or image.height > HIGHEST:
                raise InputError(
                    f"a frame of {image.width} x {image.height} pixels: at most {WIDEST} x {HIGHEST} are taken"
                )
            return np.asarray(image.convert("RGB"))
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"a frame of far more pixels than {WIDEST} x {HIGHEST}, which are taken at most") from error
    except Exception as error:  # the plugins raise whatever their parsers stumble over
        raise InputError("a frame is no JPEG or WebP picture, or is cut short") from error


def encoded(pixels: np.ndarray) -> bytes:
    """JPEG of pixels, uint8 [h, w, 3]."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


def covering(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels, uint8 [h, w, 3], scaled so that they fill `size` (width, height), what stands out cut off."""
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return pixels
    scale = max(size[0] / width, size[1] / height)
    inside = (min(width, size[0] / scale), min(height, size[1] / scale))
    left, top = (width - inside[0]) / 2, (height - inside[1]) / 2
    return scaled(pixels, size, box=(left, top, left + inside[0], top + inside[1]))


def scaled(
    pixels: np.ndarray, size: tuple[int, int], *, box: tuple[float, float, float, float] | None = None
) -> np.ndarray:
    """Pixels, uint8 [h, w, 3], in another size (width, height), or the `box` (left, top, right, bottom) of them."""
    from PIL import Image

    if box is None and size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    image: Any = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, box=box))
