"""Writing video files and animations through PyAV."""

import contextlib
import dataclasses
import math
import os
import platform
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from genart.audio.audio import Audio
from genart.errors import InputError, MissingExtra
from genart.image.clip import Clip
from genart.image.palette import reduced
from genart.image.pyav import pyav
from genart.image.soundtrack import tracks
from genart.recipe import PREFIX, Recipe

GIF_RATE = Fraction(50)  # frames a second; browsers slow down what is faster
BITS_A_PIXEL = 0.12  # for encoders that take no quality
BT709, LIMITED = 1, 1  # in AVCOL_SPC, AVCOL_PRI and AVCOL_TRC, and in AVCOL_RANGE


@dataclasses.dataclass(frozen=True, kw_only=True)
class Format:
    """How films with an extension are written.

    Attributes
    ----------
    muxer : FFmpeg's name of the container
    pixels : FFmpeg's name of how pixels are given to the encoder
    encoders : FFmpeg's names of video encoders, of which the first that is there is taken
    sound : codecs of sound that the container takes as they are and players play
    sound_encoder : for other sound; "" where the format is silent
    """

    muxer: str
    pixels: str = "yuv420p"
    encoders: tuple[str, ...] = ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf")
    sound: tuple[str, ...] = ()
    sound_encoder: str = ""


FORMATS = {
    ".mp4": Format(muxer="mp4", sound=("aac", "mp3", "opus", "flac", "alac", "ac3", "eac3"), sound_encoder="aac"),
    ".mov": Format(muxer="mov", sound=("aac", "mp3", "alac", "ac3", "pcm_s16le", "pcm_s24le"), sound_encoder="aac"),
    ".mkv": Format(
        muxer="matroska",
        sound=("aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3", "pcm_s16le", "pcm_s24le"),
        sound_encoder="aac",
    ),
    ".webm": Format(muxer="webm", encoders=("libvpx-vp9",), sound=("opus", "vorbis"), sound_encoder="libopus"),
    ".gif": Format(muxer="gif", pixels="pal8", encoders=("gif",)),
    ".webp": Format(muxer="webp", pixels="bgra", encoders=("libwebp_anim",)),
}

# At many widths x264's AVX-512 code reads what was never written, so that the same frames give different files.
STEADY = {"x264-params": "asm=sse4.2"} if platform.machine().lower() in ("x86_64", "amd64") else {}


class Reel:
    """A film in one file, written by PyAV; see :func:`genart.image.film.film`."""

    def __init__(
        self,
        path: Path,
        *,
        given: str,
        size: tuple[int, int],
        rate: Fraction,
        sound: Clip | Audio | None,
        recipe: Recipe | None,
        quality: int,
    ) -> None:
        self.notes: list[str] = []
        self._given, self._size, self._rate = given, size, rate
        self._format = format = FORMATS[path.suffix.lower()]
        self._shown_rate = min(rate, GIF_RATE) if format.muxer == "gif" else rate
        self._frames = self._shown = 0
        self._scaler = pyav().video.reformatter.VideoReformatter()  # one for all frames: each takes megabytes
        with self._errors_told():
            options = {
                "webp": {"loop": "0"},
                "mp4": {"movflags": "faststart"},
                "mov": {"movflags": "faststart"},
                "matroska": {"fflags": "bitexact"},  # no random numbers in the file
                "webm": {"fflags": "bitexact"},
            }
            self._container = pyav().open(
                f"file:{os.fspath(path)}", "w", format=format.muxer, options=options.get(format.muxer, {})
            )
            if recipe is not None and format.sound_encoder:
                self._container.metadata["comment"] = PREFIX + recipe.to_json()
            self._picture = self._add_picture(quality)
            self._tracks = self._add_tracks(sound)
            self._container.start_encoding()

    def add(self, frame: np.ndarray) -> None:
        """Add a frame, uint8 [h, w, 3], sRGB. Raises InputError when it has another shape, or the disk is full."""
        check_frame(frame, self._size, self._given)
        due = math.ceil((self._frames + 1) * self._shown_rate / self._rate)  # all frames but where GIF is too slow
        self._frames += 1
        if due <= self._shown:
            return
        picture = self._converted(frame)
        picture.pts, picture.time_base = self._shown, 1 / self._shown_rate
        self._shown = due
        with self._errors_told():
            self._container.mux(self._picture.encode(picture))
            for track in self._tracks:
                track.write_until(self._frames / self._rate)

    def finish(self) -> None:
        """Write what is left and close the file. Raises InputError if there was no frame, or the disk is full."""
        if not self._frames:
            raise InputError(f"{self._given} would be a film without a frame, so it is not written")
        with self._errors_told():
            self._container.mux(self._picture.encode(None))
            for track in self._tracks:
                track.finish()
            self._container.close()
        self.notes += [track.note for track in self._tracks if track.note]

    def __enter__(self) -> "Reel":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            with contextlib.suppress(Exception):  # the file is unfinished and goes
                self._container.close()

    def _add_picture(self, quality: int) -> Any:
        name, rate, (width, height) = encoder(self._format, self._given), self._shown_rate, self._size
        options = {
            "libx264": {"preset": "veryfast", "crf": f"{51 - 0.41 * quality:.1f}"} | STEADY,
            "libvpx-vp9": {
                "crf": f"{63 - 0.42 * quality:.0f}",
                "deadline": "realtime",
                "cpu-used": "6",
                "row-mt": "1",
            },
            "libwebp_anim": {"quality": str(quality), "compression_level": "2"},
        }
        stream = self._container.add_stream(name, rate=rate, options=options.get(name, {}))
        stream.pix_fmt, context = self._format.pixels, stream.codec_context
        context.time_base = 1 / rate
        if self._format.pixels == "yuv420p":
            width, height = width + width % 2, height + height % 2
            context.color_range, context.colorspace = LIMITED, BT709
            context.color_primaries = context.color_trc = BT709
            if name not in options:
                context.bit_rate = round(width * height * rate * BITS_A_PIXEL)
        stream.width, stream.height = width, height
        return stream

    def _add_tracks(self, sound: Clip | Audio | None) -> list[Any]:
        if not self._format.sound_encoder:
            self.notes += silence(sound, f".{self._format.muxer}")
            return []
        if sound is None:
            return []
        found, notes = tracks(self._container, sound, copied=self._format.sound, codec=self._format.sound_encoder)
        self.notes += notes
        return found

    def _converted(self, frame: np.ndarray) -> Any:
        kind, flags = pyav().VideoFrame, pyav().video.reformatter.Interpolation
        if self._format.pixels == "pal8":
            indices, palette = reduced(frame)
            opaque = np.full((len(palette), 1), 255, np.uint8)
            return kind.from_ndarray((indices, np.hstack([opaque, palette])), format="pal8")
        height, width = frame.shape[:2]
        if self._format.pixels == "yuv420p" and (width % 2 or height % 2):
            frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        rgb = kind.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        if self._format.pixels == "bgra":
            return self._scaler.reformat(rgb, format="bgra")
        return self._scaler.reformat(
            rgb,
            format="yuv420p",
            dst_colorspace="ITU709",
            src_color_range="JPEG",
            dst_color_range="MPEG",
            interpolation=flags.AREA | flags.ACCURATE_RND,
        )

    @contextlib.contextmanager
    def _errors_told(self) -> Iterator[None]:
        try:
            yield
        except pyav().error.FFmpegError as error:
            if isinstance(error, OSError) and not isinstance(error, ValueError):
                raise  # the disk is full, or the like
            raise InputError(f"cannot write {self._given}: {error.strerror}") from error


def encoder(format: Format, given: str) -> str:
    """FFmpeg's name of the video encoder for a film called `given`. Raises MissingExtra where there is none."""
    av = pyav()
    for name in format.encoders:
        with contextlib.suppress(av.codec.codec.UnknownCodecError):
            return av.Codec(name, "w").name
    raise MissingExtra(
        f"cannot write {given}: the PyAV that is installed has no encoder for it ({', '.join(format.encoders)}); "
        "pip install --force-reinstall av"
    )


def check_frame(frame: np.ndarray, size: tuple[int, int], given: str) -> None:
    """Raise InputError unless `frame` is uint8 [h, w, 3] of `size`, width and height."""
    if frame.dtype != np.uint8 or frame.shape != (size[1], size[0], 3):
        raise InputError(
            f"a frame of shape {frame.shape}, {frame.dtype}: {given} has frames of [{size[1]}, {size[0]}, 3], uint8"
        )


def silence(sound: Clip | Audio | None, format: str) -> list[str]:
    """The note, if one is due, that a format cannot hold sound."""
    if sound is None or (isinstance(sound, Clip) and not sound.has_sound):
        return []
    return [f"the sound is left out, since {format} holds none; save as .mp4 or .webm to keep it"]
