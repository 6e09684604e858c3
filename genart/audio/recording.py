"""Recordings of any rate, length and number of channels, as a stream of mono blocks at one rate."""

import contextlib
import io
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from genart.audio.audio import Audio
from genart.errors import InputError
from genart.recipe import Source, sha256_of

Recording = str | os.PathLike[str] | BinaryIO | Audio

EXTENSIONS = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".aif", ".aiff", ".caf", ".au")
FOREIGN = (".m4a", ".aac", ".mp4", ".webm", ".wma", ".amr")  # what telephones write and libsndfile does not read

LONGEST = 3600  # seconds
MOST_BYTES = 1 << 29  # of an open file, which is held in memory
RATES = range(1_000, 384_001)
BLOCK = 5  # seconds read at a time
RUMBLE = 50.0  # Hz, below which nothing is kept
OPPOSED = 0.1  # of the loudest channel's power: where the mean has less, the channels cancel each other
FULL = 0.98  # a sample as large as this and equal to the one before was cut off


class Blocks:
    """Iterate over a recording as float32 [frames] blocks, at `rate` frames a second and without its rumble.

    Attributes
    ----------
    name : of the recording, for messages
    clipped : share of the samples read so far that are cut off at full scale, 0-1

    Raises
    ------
    InputError
        While it is read: the recording is no sound, empty, damaged, longer than an hour, or holds values that are
        not numbers.
    """

    def __init__(self, recording: Recording, *, rate: int, on_step: Callable[[int, int], None]) -> None:
        self.name = name_of(recording)
        self.clipped = 0.0
        self._recording, self._rate, self._on_step = recording, rate, on_step

    def __iter__(self) -> Iterator[np.ndarray]:
        from scipy import signal

        high_pass = signal.butter(2, RUMBLE, "highpass", fs=self._rate, output="sos")
        state: Any = np.zeros((1, 2))
        for mono in self._mono():
            if len(mono):
                filtered, state = signal.sosfilt(high_pass, mono, zi=state)
                yield filtered.astype(np.float32)

    def _mono(self) -> Iterator[np.ndarray]:
        import soxr

        with _opened(self._recording, self.name) as (rate, frames, blocks):
            stream = soxr.ResampleStream(rate, self._rate, 1, dtype="float32")
            mix, done, cut = None, 0, 0
            self._on_step(0, frames)
            for block in blocks:  # [frames, channels]
                if not np.isfinite(block).all():
                    raise InputError(f"{self.name} holds values that are not finite numbers; record or convert it anew")
                mix = _mix(block) if mix is None else mix
                done, cut = done + len(block), cut + _cut_off(block)
                self.clipped = cut / done
                yield stream.resample_chunk(block @ mix)
                self._on_step(min(done, frames), frames)
            yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def settled(recording: Recording) -> tuple[Recording, tuple[Source, ...]]:
    """A recording as what can be read more than once, and the file that it came from if it came from one.

    Raises InputError where it cannot be read.
    """
    if isinstance(recording, Audio):
        return recording, ()
    if isinstance(recording, (str, os.PathLike)):
        if os.path.isfile(recording) or os.path.isdir(recording) or not os.path.exists(recording):
            return recording, (Source.of(recording),)
        with open(recording, "rb") as pipe:
            return settled(pipe)
    name = name_of(recording)
    data = recording.read(MOST_BYTES + 1)
    if not isinstance(data, bytes):
        raise InputError(f"{name}: open the file for reading bytes, not text")
    if len(data) > MOST_BYTES:
        raise InputError(f"{name} is too large to hold: at most {MOST_BYTES >> 20} MB; give its path")
    return _Named(data, name=name), (Source(name=name, sha256=sha256_of(data)),)


def is_recording(song: object) -> bool:
    """Whether the name of a file, or of an open file, says that it holds sound, also of a kind that cannot be read."""
    name = song if isinstance(song, (str, os.PathLike)) else getattr(song, "name", None)
    return isinstance(name, (str, os.PathLike)) and os.fspath(name).lower().endswith((*EXTENSIONS, *FOREIGN))


def name_of(recording: Recording) -> str:
    """The base name of a file, "the recording" for what has none."""
    name = recording if isinstance(recording, (str, os.PathLike)) else getattr(recording, "name", None)
    base = re.split(r"[/\\]", os.fspath(name))[-1] if isinstance(name, (str, os.PathLike)) else ""
    return base if base and not base.startswith("<") else "the recording"


class _Named(io.BytesIO):
    """Bytes that errors can name."""

    def __init__(self, data: bytes, *, name: str) -> None:
        super().__init__(data)
        self.name = name


@contextlib.contextmanager
def _opened(recording: Recording, name: str) -> Iterator[tuple[int, int, Iterator[np.ndarray]]]:
    """Rate, number of frames, and the blocks float32 [frames, channels]."""
    if isinstance(recording, Audio):
        samples, rate = recording.samples, recording.rate
        _check(name, len(samples), rate)
        yield rate, len(samples), (samples[i : i + BLOCK * rate] for i in range(0, len(samples), BLOCK * rate))
        return
    import soundfile

    try:
        with contextlib.ExitStack() as stack:
            path = isinstance(recording, (str, os.PathLike))
            file = stack.enter_context(open(recording, "rb")) if path else recording
            if not file.seek(0, os.SEEK_END):
                raise InputError(f"{name} is empty")
            file.seek(0)
            sound = stack.enter_context(soundfile.SoundFile(file))
            _check(name, sound.frames, sound.samplerate)
            size = BLOCK * sound.samplerate
            yield sound.samplerate, sound.frames, sound.blocks(size, dtype="float32", always_2d=True)
    except OSError as error:
        raise InputError(f"cannot read {name}: {error.strerror}") from None
    except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a .raw file, which says nothing of itself
        raise InputError(f"{name} is no sound file that can be read; convert it to .wav, .flac or .mp3") from error


def _check(name: str, frames: int, rate: int) -> None:
    if not frames:
        raise InputError(f"{name} holds no sound")
    if rate not in RATES:
        raise InputError(f"{name} has {rate} frames a second; a recording has {RATES[0]} to {RATES[-1]}")
    if frames > LONGEST * rate:
        raise InputError(f"{name} is {frames / rate / 60:.4g} minutes long, and 60 can be transcribed; cut it first")


def _mix(block: np.ndarray) -> np.ndarray:
    """The share of each channel, float32 [channels]: their mean, or the loudest where they cancel each other."""
    channels = block.shape[1]
    powers = np.square(block).mean(axis=0)
    if np.square(block.mean(axis=1)).mean() < OPPOSED * powers.max():
        return np.eye(channels, dtype=np.float32)[int(powers.argmax())]
    return np.full(channels, 1 / channels, np.float32)


def _cut_off(block: np.ndarray) -> int:
    """How many frames are cut off at full scale in some channel."""
    same = (block[1:] == block[:-1]) & (np.abs(block[1:]) >= FULL)
    return int(same.any(axis=1).sum())
