"""Sound in films: tracks of a clip, copied as they are where the format allows it, and sounds that are encoded."""

import contextlib
import itertools
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from genart.audio.audio import Audio
from genart.image.clip import Clip
from genart.image.pyav import opened, pyav

RATES = {  # frames a second that the encoders know
    "aac": (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000),
    "libopus": (48000, 24000, 16000, 12000, 8000),
}
BIT_RATE = 80_000  # bits a second of each channel, at which listeners hardly tell AAC from the original
DECODED_RATE = 48000  # frames a second of tracks that are encoded anew
BLOCK = 1 << 14  # frames encoded at a time
GAP = Fraction(1, 20)  # seconds missing between decoded frames that are filled with silence
TRIED = 50  # packets in which a track that is whole has a frame that can be decoded


class Copied:
    """A sound track of a clip whose packets are written as they are, from the first frame of the picture on."""

    def __init__(self, container: Any, clip: Clip, index: int) -> None:
        self.note: str | None = None
        self._clip, self._container = clip, container
        self._source = opened(clip.path)
        stream = self._source.streams.audio[index]
        self._stream = container.add_stream_from_template(stream)
        self._packets = self._source.demux(stream)
        self._tick = Fraction(stream.time_base)
        self._offset = round(clip.begin / self._tick)
        self._latest: int | None = None
        self._held = self._following()

    def write_until(self, seconds: Fraction) -> None:
        """Write the packets that begin before a time of the film."""
        while self._held is not None and self._held.pts * self._tick < seconds:
            self._held.stream = self._stream
            self._container.mux(self._held)
            self._held = self._following()

    def finish(self) -> None:
        """Close the clip's file."""
        self._source.close()

    def _following(self) -> Any:
        """The next packet that belongs to the film, in its time; None at the end."""
        while True:
            try:
                packet = next(self._packets, None)
            except pyav().error.FFmpegError as error:
                self.note = f"the sound of {self._clip.path} is damaged and ends early ({error.strerror})"
                return None
            if packet is None:
                return None
            if packet.pts is None or packet.dts is None:  # the last one, which is empty
                continue
            packet.pts -= self._offset
            packet.dts -= self._offset
            # The packet before the first is kept, since decoders need it to start from.
            early = packet.pts + 2 * (packet.duration or 0) <= 0 and packet.pts < 0
            if not early and (self._latest is None or packet.dts > self._latest):
                self._latest = packet.dts
                return packet


class Encoded:
    """A sound that is encoded, from blocks float32 [n, channels], one or two channels, at `rate` frames a second."""

    def __init__(self, container: Any, blocks: Iterator[np.ndarray], *, codec: str, rate: int, channels: int) -> None:
        self.note: str | None = None
        self._container, self._blocks, self._rate = container, blocks, rate
        self._layout = "stereo" if channels == 2 else "mono"
        encoded_rate = rate if rate in RATES[codec] else 48000
        self._stream = container.add_stream(codec, rate=encoded_rate, layout=self._layout)
        self._stream.bit_rate = BIT_RATE * channels
        self._written = 0
        self._held = np.zeros((0, channels), np.float32)

    def write_until(self, seconds: Fraction) -> None:
        """Encode the sound up to a time of the film."""
        until = math.floor(seconds * self._rate + Fraction(1, 2))
        while self._written < until:
            if not len(self._held):
                block = next(self._blocks, None)
                if block is None:
                    return
                self._held = block
                continue
            now, self._held = np.split(self._held, [until - self._written])
            self._encode(now)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))

    def _encode(self, block: np.ndarray) -> None:
        # [n, channels] -> [channels, n]
        frame = pyav().AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout=self._layout)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._written, Fraction(1, self._rate)
        self._written += len(block)
        self._container.mux(self._stream.encode(frame))


def tracks(
    container: Any, sound: Clip | Audio, *, copied: tuple[str, ...], codec: str
) -> tuple[list[Copied | Encoded], list[str]]:
    """Add the tracks of a sound to a film that is not begun yet.

    Parameters
    ----------
    container : PyAV's, for output
    sound : a clip, all of whose tracks are taken, or a sound
    copied : the codecs whose packets the film takes as they are; others are encoded anew
    codec : that sound is encoded with, "aac" or "libopus"

    Returns
    -------
    tracks : to be written along with the picture
    notes : a sentence for each track that cannot be used
    """
    if isinstance(sound, Audio):
        mixed = sound.samples if sound.samples.shape[1] <= 2 else sound.samples.mean(axis=1, keepdims=True)
        return [Encoded(container, _blocks(mixed), codec=codec, rate=sound.rate, channels=mixed.shape[1])], []
    found, notes = [], []
    for index, (name, channels) in enumerate(_kinds(sound)):
        if not channels or not _playable(sound, index):
            notes.append(f"the sound of {sound.path} cannot be decoded and is left out")
        elif name in copied:
            found.append(Copied(container, sound, index))
        else:
            blocks = _decoded(sound, index, channels=min(channels, 2))
            found.append(Encoded(container, blocks, codec=codec, rate=DECODED_RATE, channels=min(channels, 2)))
    return found, notes


def _kinds(clip: Clip) -> list[tuple[str, int]]:
    """Codec and channels of each sound track, no channels where PyAV knows no decoder."""
    if not clip.has_sound:
        return []
    with opened(clip.path) as source:
        contexts = [stream.codec_context for stream in source.streams.audio]
        return [(context.codec.canonical_name, context.channels) if context else ("", 0) for context in contexts]


def _playable(clip: Clip, index: int) -> bool:
    av = pyav()
    with opened(clip.path) as source:
        stream = source.streams.audio[index]
        for packet in itertools.islice(source.demux(stream), TRIED):
            with contextlib.suppress(av.error.FFmpegError):
                if stream.decode(packet):
                    return True
    return False


def _blocks(samples: np.ndarray) -> Iterator[np.ndarray]:
    return (samples[start : start + BLOCK] for start in range(0, len(samples), BLOCK))


def _decoded(clip: Clip, index: int, *, channels: int) -> Iterator[np.ndarray]:
    """The samples of a track from the first frame of the picture on, silent where they are missing or damaged."""
    resampler = pyav().AudioResampler(format="fltp", layout="stereo" if channels == 2 else "mono", rate=DECODED_RATE)
    given = 0
    for time, frame in _heard(clip, index):
        blocks = [part.to_ndarray().T for part in resampler.resample(frame)]  # [channels, n] -> [n, channels]
        due = round((time - clip.begin) * DECODED_RATE)
        if due - given > GAP * DECODED_RATE:
            blocks.insert(0, np.zeros((due - given, channels), np.float32))
        early = max(0, -due) if not given else 0
        for block in blocks:
            kept, early = block[early:], max(0, early - len(block))
            given += len(kept)
            yield kept


def _heard(clip: Clip, index: int) -> Iterator[tuple[Fraction, Any]]:
    """Each decoded frame of a track and its time by the file's clock, in seconds."""
    av = pyav()
    with opened(clip.path) as source:
        stream = source.streams.audio[index]
        for packet in source.demux(stream):
            with contextlib.suppress(av.error.FFmpegError):
                for frame in stream.decode(packet):
                    if frame.pts is not None:
                        time = frame.pts * Fraction(frame.time_base or stream.time_base)
                        frame.pts = None  # the resampler is fussy about gaps
                        yield time, frame
