"""Reading video files through PyAV."""

import itertools
import os
import re
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.image.clip import USUAL, Clip, Shot
from genart.image.pyav import fraction, opened, pyav

STILLS = ("image2", "tiff", "svg")  # FFmpeg's readers of pictures, and all whose names end in _pipe
NOT_FILMS = ("tty", "hls", "concat", "sdp", "dash", "lavfi", "rawvideo", "data")  # of texts and playlists
DURATION = re.compile(r"([0-9]{2,}):([0-9]{2}):([0-9]{2}\.[0-9]+)")
UNKNOWN, FULL_RANGE = 2, 2  # of AVCOL_SPC and of AVCOL_RANGE
MATRICES = {1: "ITU709", 4: "FCC", 7: "SMPTE240M", 9: "BT2020", 10: "BT2020"}  # AVCOL_SPC to PyAV's names
HD_LINES = 720  # from which on what does not tell its matrix is taken for BT.709


def video(path: str, *, rate: Fraction | None = None) -> Clip:
    """A video file; see :meth:`Clip.open`."""
    av = pyav()
    try:
        with opened(path) as container:
            stream = _stream(container, path)
            first = next(_decoded(container, stream), None)
            if first is None:
                raise InputError(f"{path} holds no frame that can be read: it is empty, cut short or damaged")
            ratio = _pixel_ratio(stream)
            turned = _turn(first)[0]
            width, height = round(first.width * ratio), first.height
            rate = rate or _rate(stream)
            seconds = _seconds(container, stream)
            return Clip(
                path=path,
                width=height if turned else width,
                height=width if turned else height,
                rate=rate,
                frames=None if seconds is None else max(1, round(seconds * rate)),
                has_sound=any(True for sound in container.streams.audio if sound.codec_context),
                begin=_time(first, stream) or Fraction(0),
                shots=lambda: _shots(path, size=(width, height), rate=rate),
            )
    except av.error.FFmpegError as error:
        raise InputError(_refusal(path, error)) from error


def _refusal(path: str, error: Exception) -> str:
    av = pyav()
    if os.path.getsize(path) == 0:
        return f"{path} is empty: a video is expected"
    with open(path, "rb") as file:
        head = file.read(12)
    if isinstance(error, av.error.InvalidDataError) and head[4:8] in (b"ftyp", b"mdat", b"wide", b"free"):
        return _cut(path)
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        return f"cannot read {path}: {error.strerror}"
    return f"{path} is not a video that can be read (.mp4, .mov, .webm, .mkv ...)"


def _cut(path: str) -> str:
    return f"{path} is a video that is cut short: its index is missing; copy or export it anew"


def _stream(container: Any, path: str) -> Any:
    names = set(container.format.name.split(","))
    if names & set(STILLS) or any(name.endswith("_pipe") for name in names):
        raise InputError(f"{path} is a still picture: a video, an animation or a folder of pictures is needed")
    if names & set(NOT_FILMS):
        raise InputError(f"{path} is not a video that can be read (.mp4, .mov, .webm, .mkv ...)")
    cover = pyav().stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & cover]
    if all(stream.codec_context is None for stream in container.streams):  # told of, but not described
        raise InputError(_cut(path))
    if not streams:
        sound = "sound but no picture" if container.streams.audio else "no picture"
        raise InputError(f"{path} holds {sound}: a video is needed")
    if streams[0].codec_context is None:
        raise InputError(f"{path} holds video of a kind that PyAV cannot decode; convert it to .mp4 (H.264)")
    streams[0].thread_type = "AUTO"
    return streams[0]


def _rate(stream: Any) -> Fraction:
    """The rate most frames go by where they nearly fill it, else the usual one next to the mean."""
    mean, ticks = fraction(stream.average_rate), fraction(stream.base_rate)
    if mean is None:
        return ticks if ticks is not None and ticks <= max(USUAL) else Fraction(25)
    if ticks is not None and mean * Fraction(98, 100) <= ticks <= min(mean * 2, max(USUAL)):
        return ticks
    return min(USUAL, key=lambda usual: abs(usual - mean))


def _seconds(container: Any, stream: Any) -> Fraction | None:
    if stream.duration:
        return stream.duration * Fraction(stream.time_base)
    told = DURATION.fullmatch(stream.metadata.get("DURATION", ""))  # Matroska's, as most programs write it
    if told:
        return int(told[1]) * 3600 + int(told[2]) * 60 + Fraction(told[3])
    return Fraction(container.duration, pyav().time_base) if container.duration else None


def _pixel_ratio(stream: Any) -> Fraction:
    ratio = fraction(stream.sample_aspect_ratio)
    return ratio if ratio is not None and Fraction(1, 4) <= ratio <= 4 else Fraction(1)


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Every frame that can be decoded, over damaged places and up to where the file is cut off."""
    av = pyav()
    packets = container.demux(stream)
    for _ in itertools.count():
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            packet = None
        try:
            yield from stream.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            pass
        if packet is None:
            return


def _time(frame: Any, stream: Any) -> Fraction | None:
    return None if frame.pts is None else frame.pts * Fraction(frame.time_base or stream.time_base)


def _shots(path: str, *, size: tuple[int, int], rate: Fraction) -> Generator[Shot, None, None]:
    scaler = pyav().video.reformatter.VideoReformatter()  # one for all frames: each takes megabytes
    with opened(path) as container:
        stream = _stream(container, path)
        begin, last = None, -1 / rate
        for frame in _decoded(container, stream):
            stamp = _time(frame, stream)
            begin = stamp if begin is None else begin
            time = last + 1 / rate if stamp is None or begin is None else stamp - begin
            last = max(time, last)
            length = frame.duration * Fraction(stream.time_base) if frame.duration else 1 / rate
            yield Shot(time=last, length=length, render=lambda frame=frame: _pixels(frame, size, scaler))


def _pixels(frame: Any, size: tuple[int, int], scaler: Any) -> np.ndarray:
    """uint8 [h, w, 3] of a frame, turned upright; `size` is the width and height before that."""
    matrix = MATRICES.get(frame.colorspace, "ITU601")
    if frame.colorspace == UNKNOWN and frame.height >= HD_LINES:
        matrix = "ITU709"
    flags = pyav().video.reformatter.Interpolation
    full = frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    rgb = scaler.reformat(
        frame,
        width=size[0],
        height=size[1],
        format="rgb24",
        src_colorspace=matrix,
        src_color_range="JPEG" if full else "MPEG",
        dst_color_range="JPEG",
        interpolation=flags.BILINEAR | flags.ACCURATE_RND | flags.FULL_CHR_H_INT,  # without, it is 1 to 2 too dark
    )
    pixels = rgb.to_ndarray()
    transposed, flip_x, flip_y = _turn(frame)
    pixels = pixels.swapaxes(0, 1) if transposed else pixels
    return np.ascontiguousarray(pixels[:: -1 if flip_y else 1, :: -1 if flip_x else 1])


def _turn(frame: Any) -> tuple[bool, bool, bool]:
    """Whether to transpose, and then to mirror from left to right and from top to bottom, to set a frame upright."""
    kind = pyav().sidedata.sidedata.Type.DISPLAYMATRIX
    try:
        # [[a, b, u], [c, d, v], [x, y, w]]; a point (p, q) of the frame is shown at (a p + c q + x, b p + d q + y).
        a, b, _, c, d, *_ = np.frombuffer(bytes(frame.side_data[kind]), np.int32).tolist()
    except KeyError:
        return False, False, False
    return (True, c < 0, b < 0) if abs(b) > abs(a) else (False, a < 0, d < 0)
