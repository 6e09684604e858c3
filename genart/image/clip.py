"""Moving pictures to read, whatever they are stored in, as frames at a constant rate."""

import contextlib
import dataclasses
import itertools
import math
import os
import weakref
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from genart.errors import InputError

VIDEOS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".ogv", ".3gp")
ANIMATIONS = (".gif", ".webp", ".png", ".apng")  # which are as often stills
FOLDER_RATE = Fraction(24)  # frames a second of a folder that nobody gives a rate for
USUAL = tuple(Fraction(n, d) for n, d in [(24000, 1001), (30000, 1001), (60000, 1001)]) + tuple(
    Fraction(n) for n in (1, 2, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 40, 48, 50, 60, 90, 100, 120, 144, 240)
)
MAGIC = {b"GIF8": "GIF", b"RIFF": "WebP", b"\x89PNG\r\n\x1a\n": "PNG"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shot:
    """A stored frame and when it is shown.

    Attributes
    ----------
    time : seconds after the first one
    length : seconds that it is shown, should it be the last
    render : makes its pixels, uint8 [h, w, 3], also when later shots have been taken
    """

    time: Fraction
    length: Fraction
    render: Callable[[], np.ndarray]


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """Moving pictures: a video file, an animated GIF, WebP or PNG, or a folder of pictures.

    Iterating gives its frames from the start, each uint8 [h, w, 3], sRGB, upright, read-only, and may be done anew;
    no more than a few frames are in memory. What was stored at a varying rate comes at a constant one: frames are
    repeated or left out by the times they are shown at, so that the length and the sound stay in step. A file that
    is damaged in places gives the frames that can be had.

    Attributes
    ----------
    path : as it was given
    width, height : of the frames as they come, in pixels
    rate : frames a second
    frames : how many come, as far as the file tells beforehand; None where it does not
    has_sound : whether there is a sound track
    begin : seconds from the zero of the file's clock, which its sound goes by, to the first frame
    shots : what is stored, in the order of time
    """

    path: str
    width: int
    height: int
    rate: Fraction
    frames: int | None
    has_sound: bool = False
    begin: Fraction = Fraction(0)
    shots: Callable[[], Generator[Shot, None, None]] = dataclasses.field(repr=False)
    _running: weakref.WeakSet = dataclasses.field(default_factory=weakref.WeakSet, init=False, repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, rate: Fraction | float | None = None) -> "Clip":
        """Look into a video file, an animation or a folder of pictures.

        Parameters
        ----------
        path
            A file, or a folder whose pictures are taken in the order of their names, ``frame9`` before ``frame10``.
        rate
            Frames a second to give, by repeating frames or leaving some out; for a folder, how many its pictures
            are shown at. The file's own by default, and 24 for a folder.

        Returns
        -------
        Clip
            Also a context manager, which ends the iterations that still run.

        Raises
        ------
        InputError
            There is nothing at `path`, it cannot be read or holds no moving pictures, or the rate is not
            above 0 and at most 1,000.
        MissingExtra
            It is a video file, and PyAV is not installed.
        """
        given, wanted = os.fspath(path), None if rate is None else checked_rate(rate)
        if os.path.isdir(given):
            from genart.image.stills import folder

            return folder(given, rate=wanted or FOLDER_RATE)
        if _magic(given) is not None:
            from genart.image.stills import animation

            return animation(given, rate=wanted)
        from genart.image.video import video

        return video(given, rate=wanted)

    @property
    def seconds(self) -> float | None:
        """Its length, None where the file does not tell."""
        return None if self.frames is None else float(self.frames / self.rate)

    def close(self) -> None:
        """End the iterations that still run, and close their files."""
        for running in list(self._running):
            running.close()

    def __iter__(self) -> Iterator[np.ndarray]:
        frames = _evenly(self.shots(), rate=self.rate)
        self._running.add(frames)
        return frames

    def __enter__(self) -> "Clip":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def moves(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a video, by its name, or an animation of at least two frames; of a folder, False."""
    extension = Path(path).suffix.lower()
    if extension not in ANIMATIONS:
        return extension in VIDEOS and not os.path.isdir(path)
    from genart.image.stills import count

    return count(path) > 1


def checked_rate(rate: Fraction | float) -> Fraction:
    """Frames a second as a fraction. Raises InputError unless they are above 0 and at most 1,000."""
    if not 0 < rate <= 1000:  # also where it is no number
        raise InputError(f"{float(rate):g} frames a second: above 0 and at most 1000 are needed")
    return Fraction(rate).limit_denominator(100_000)


def _evenly(shots: Generator[Shot, None, None], *, rate: Fraction) -> Generator[np.ndarray, None, None]:
    """Each frame of a constant rate is the last shot that begins before the frame's middle."""
    given, shot = 0, None

    def frames(shot: Shot, until: Fraction, least: int = 0) -> Iterator[np.ndarray]:
        count = max(least, math.floor(until * rate + Fraction(1, 2)) - given)
        if count > 0:
            pixels = shot.render()
            pixels.flags.writeable = False  # it may come several times
            yield from itertools.repeat(pixels, count)

    with contextlib.closing(shots):
        for following in shots:
            for pixels in frames(shot, following.time) if shot else ():
                yield pixels
                given += 1
            shot = following
        if shot:
            yield from frames(shot, shot.time + shot.length, least=0 if given else 1)


def _magic(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            head = file.read(12)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise InputError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    found = next((format for magic, format in MAGIC.items() if head.startswith(magic)), None)
    return None if found == "WebP" and head[8:] != b"WEBP" else found  # AVI files are RIFF, too
