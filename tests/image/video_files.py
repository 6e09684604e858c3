"""Video files made through PyAV alone, for what genart does not write."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

MILLISECOND = Fraction(1, 1000)


def flat(level: int | tuple[int, int, int], *, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A frame of one color, uint8 [h, w, 3]."""
    return np.full((size[1], size[0], 3), level, np.uint8)


def quarters(size: tuple[int, int] = (64, 48)) -> np.ndarray:
    """A frame whose quarters are red, green / blue, white, so that every way to turn it can be told."""
    frame = flat(255, size=size)
    half_x, half_y = size[0] // 2, size[1] // 2
    frame[:half_y, :half_x], frame[:half_y, half_x:], frame[half_y:, :half_x] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return frame


def write(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    rate: int | Fraction = 30,
    times: list[int] | None = None,
    begin: int = 0,
    sound: np.ndarray | None = None,
    codec: str = "libx264",
    sound_codec: str = "aac",
    rotation: int | None = None,
    mirrored: bool = False,
    options: dict[str, str] | None = None,
    matrix: tuple[str, int, str, int] = ("ITU709", 1, "MPEG", 1),
    ratio: Fraction | None = None,
) -> Path:
    """Write a video.

    Parameters
    ----------
    times : milliseconds at which the frames are shown, every 1 / `rate` seconds by default
    begin : milliseconds that the picture begins after the zero of the file's clock
    sound : float32 [n], 48,000 a second, from the zero of the file's clock
    rotation, mirrored : of the display matrix, degrees against the clock
    matrix : PyAV's name and number of the color matrix, and of the range
    ratio : of a pixel's width to its height
    """
    name, space, span, span_number = matrix
    with av.open(str(path), "w", options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        tick = MILLISECOND if times else 1 / Fraction(rate)
        stream.codec_context.time_base = tick
        stream.codec_context.colorspace, stream.codec_context.color_range = space, span_number
        heard: Any = container.add_stream(sound_codec, rate=48000, layout="mono") if sound is not None else None
        if rotation is not None:
            stream.set_display_rotation(rotation, hflip=mirrored)
        for index, frame in enumerate(frames):
            if not index:
                stream.height, stream.width = frame.shape[:2]
                stream.pix_fmt = "yuv420p"
                if ratio:
                    stream.codec_context.sample_aspect_ratio = ratio
                if heard is not None and sound is not None:
                    container.start_encoding()
                    container.mux(_encoded(heard, sound))
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(
                format="yuv420p", dst_colorspace=name, src_color_range="JPEG", dst_color_range=span
            )
            picture.pts = (times[index] if times else index) + round(begin * MILLISECOND / tick)
            picture.time_base = tick
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def _encoded(stream: Any, sound: np.ndarray) -> list[Any]:
    frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
    return [*stream.encode(frame), *stream.encode(None)]


def sine(seconds: float, *, hertz: float = 440.0) -> np.ndarray:
    """float32 [n], 48,000 a second."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 48000)) / 48000)).astype(np.float32)


def heard(path: Path) -> np.ndarray:
    """The first sound track, float32 [n, channels] at 48,000 a second, as a player would play it."""
    resampler = av.AudioResampler(format="fltp", rate=48000)
    with av.open(str(path)) as container:
        parts: list[Any] = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    begin = parts[0].pts * Fraction(parts[0].time_base or 1)
    samples = np.concatenate([part.to_ndarray().T for part in parts])
    silence = np.zeros((max(0, round(begin * 48000)), samples.shape[1]), np.float32)
    return np.concatenate([silence, samples])


def packets(path: Path) -> list[bytes]:
    """What the packets of the first sound track hold."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
