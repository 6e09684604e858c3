"""The value type of sounds, and sound files."""

import base64
import dataclasses
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genart.errors import InputError
from genart.files import atomic, refuse_existing
from genart.recipe import PREFIX, Recipe, append_to_wav, read_recipe

BLOCK = 1 << 18  # frames written at a time
LONGEST = 4 * 3600  # seconds; 44,100 Hz in stereo then fits a WAV file
PLAYER_SECONDS = 90  # of sound in a notebook's player, under 1 MB
PLAYER_QUALITY: Mapping[str, dict[str, Any]] = {  # MP3 of about 60 kbit/s
    "MP3": {"bitrate_mode": "VARIABLE", "compression_level": 0.7},
    "FLAC": {},
}
MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
FORMATS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3"}


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """A sound.

    Attributes
    ----------
    samples : float32 [frames, channels] in -1..1, at least one frame; mono may be given as [frames]. A sound
        louder than that is turned down as a whole, never clipped.
    rate : frames a second
    recipe : how it was made, where that is known

    Raises
    ------
    InputError
        The samples are empty, not finite or of another shape, or the rate is not 1,000 to 384,000.
    """

    samples: np.ndarray
    rate: int = 44100
    recipe: Recipe | None = None

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.float32)
        samples = samples[:, None] if samples.ndim == 1 else samples
        if samples.ndim != 2 or samples.size == 0:
            raise InputError(f"a sound of shape {samples.shape}: frames and channels are needed, at least one of each")
        if not 1_000 <= self.rate <= 384_000:
            raise InputError(f"rate {self.rate}: a sound has 1000 to 384000 frames a second")
        peak = max(float(samples.max()), -float(samples.min()))  # without the copy that np.abs would make
        if not np.isfinite(peak):
            raise InputError("the sound holds values that are not finite numbers; make it anew")
        object.__setattr__(self, "samples", samples / np.float32(peak) if peak > 1 else samples)

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate

    @property
    def peak(self) -> float:
        """The largest absolute sample, 0 to 1."""
        return max(float(self.samples.max()), -float(self.samples.min()))

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Audio":
        """Read a sound file of any format that libsndfile knows: .wav, .flac, .mp3, .ogg, .aiff ...

        Raises
        ------
        InputError
            The file cannot be read, is not a sound file, is empty or longer than four hours, or holds values
            that are not numbers.
        """
        import soundfile

        given = os.fspath(path)
        try:
            with open(given, "rb") as file, soundfile.SoundFile(file) as sound:
                if sound.frames > LONGEST * sound.samplerate:
                    raise InputError(f"{given} is longer than {LONGEST // 3600} hours; cut it first")
                samples = sound.read(dtype="float32", always_2d=True)
                rate = sound.samplerate
        except OSError as error:
            raise InputError(f"cannot read {given}: {error.strerror}") from None
        except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a .raw file, which says nothing of itself
            raise InputError(f"{given} is not a sound file that can be read (.wav, .flac, .mp3 ...)") from error
        if not len(samples):
            raise InputError(f"{given} holds no sound")
        return cls(samples=samples, rate=rate, recipe=_recipe_of(given))

    def save(self, path: str | os.PathLike[str], *, recipe: bool = True, force: bool = False) -> None:
        """Write a .wav (16 bits), .flac (16 bits) or .mp3 file (variable rate).

        Parameters
        ----------
        recipe
            Whether the file says in its comment how the sound was made, where that is known.
        force
            Whether a file that exists is overwritten.

        Raises
        ------
        InputError
            The file exists, cannot be written, or its format cannot hold the sound.
        """
        blocks = (self.samples[start : start + BLOCK] for start in range(0, len(self.samples), BLOCK))
        write(
            path,
            blocks,
            rate=self.rate,
            channels=self.samples.shape[1],
            recipe=self.recipe if recipe else None,
            force=force,
        )

    def data_uri(self) -> str:
        """The first 90 seconds as MP3 (FLAC where libsndfile has no MP3) in a data URI, for web pages."""
        import soundfile

        format = "MP3" if self.rate in MP3_RATES and "MP3" in soundfile.available_formats() else "FLAC"
        buffer = io.BytesIO()
        sound = self.samples[: PLAYER_SECONDS * self.rate, :2]
        soundfile.write(buffer, sound, self.rate, format=format, **PLAYER_QUALITY[format])
        kind = "audio/mpeg" if format == "MP3" else "audio/flac"
        return f"data:{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"

    def player(self) -> str:
        """An HTML ``<audio>`` element with the first 90 seconds inside; it says so when there are more."""
        note = f" <small>the first {PLAYER_SECONDS} s</small>" if self.seconds > PLAYER_SECONDS else ""
        return f'<audio controls preload="metadata" src="{self.data_uri()}"></audio>{note}'

    def _repr_html_(self) -> str:
        return self.player()

    def __repr__(self) -> str:
        return f"Audio({self.seconds:.1f} s, channels={self.samples.shape[1]}, rate={self.rate})"


def write(
    path: str | os.PathLike[str],
    blocks: Iterable[np.ndarray],
    *,
    rate: int,
    channels: int,
    recipe: Recipe | None = None,
    force: bool = False,
) -> None:
    """Write a sound that comes in blocks, float32 [frames, channels] in -1..1, so that any length fits in memory.

    See :meth:`Audio.save`.
    """
    import soundfile

    given, extension = os.fspath(path), Path(path).suffix.lower()
    check_target(path, rate=rate, channels=channels, force=force)
    with atomic(path) as temporary:
        try:
            with soundfile.SoundFile(temporary, "w", rate, channels, format=FORMATS[extension]) as sound:
                if recipe and extension != ".wav":
                    sound.comment = PREFIX + recipe.to_json()  # before the first frame, or libsndfile refuses it
                for block in blocks:
                    sound.write(block)
        except soundfile.LibsndfileError as error:
            raise InputError(f"cannot write {given}: the disk is full or the sound too long for its format") from error
        if recipe and extension == ".wav":
            append_to_wav(temporary, recipe)


def check_target(path: str | os.PathLike[str], *, rate: int, channels: int, force: bool = False) -> None:
    """Raise :class:`InputError` where :func:`write` would, before time is spent on making the sound."""
    import soundfile

    given, format = os.fspath(path), FORMATS.get(Path(path).suffix.lower())
    if format is None:
        raise InputError(f"{given}: a sound is saved as .wav, .flac or .mp3")
    refuse_existing(path, force=force)
    instead = "save as .wav or .flac"
    if format not in soundfile.available_formats():
        raise InputError(f"cannot write {given}: the libsndfile that is installed writes no {format}; {instead}")
    if format == "MP3" and channels > 2:
        raise InputError(f"cannot write {given}: MP3 has one or two channels, not {channels}; {instead}")
    if format == "MP3" and rate not in MP3_RATES:
        raise InputError(f"cannot write {given}: MP3 has no rate of {rate} Hz; {instead}")


def _recipe_of(path: str) -> Recipe | None:
    try:
        return read_recipe(path)
    except InputError:  # another kind of file, or damaged: the sound is none the worse
        return None
