"""What a recording of a melody sounds like over time: its pitch and its loudness."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from genart.audio import pitch as pitches
from genart.audio import voices
from genart.audio.pitch import HOP, RATE
from genart.audio.recording import Blocks, Recording

SPAN = voices.WINDOW  # frames that are looked at for one point
CENTER = SPAN // 2  # where the point is in them
EARLIER = 576  # frames before the point at which the pitch begins to be compared: half a window and a common period
LOUDNESS = 512  # frames over which loudness is measured, 23 ms
SILENT = -120.0  # dB
BATCH = 512  # points made at a time, which bounds the memory
COARSE = 4  # points from one look for several voices to the next
POLYPHONIC = 0.5  # share of the time with several voices, from which on the top line is followed
PERIODIC = 0.8  # mean probability of one pitch that is there, in what is loud, from which on it is a buzz, not a chord
LOUD = 20.0  # dB below the level that holds most of the power, what still counts as loud


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Contour:
    """A recording, point by point, `HOP / RATE` = 11.6 ms apart.

    Attributes
    ----------
    pitch : float32 [T], MIDI pitch with fractions (69.5 is a quarter tone above A4), NaN where nothing has a pitch
    level : float32 [T], loudness in dB, 0 for the loudest sine
    polyphonic : whether several voices sound at once; the pitch is then that of the top line
    clipped : share of the samples that were cut off, 0-1
    name : of the recording, for messages
    """

    pitch: np.ndarray
    level: np.ndarray
    polyphonic: bool = False
    clipped: float = 0.0
    name: str = "the recording"

    @property
    def loud(self) -> np.ndarray:
        """Which points are loud: bool [T]."""
        return _loud(self.level)


def follow(recording: Recording, *, on_step: Callable[[int, int], None] = lambda done, total: None) -> Contour:
    """Listen to a recording of up to an hour, in blocks, so that memory stays small.

    Parameters
    ----------
    recording : a sound file (path or open) or an Audio, of any rate and number of channels
    on_step : called with (frames heard, all frames)

    Raises
    ------
    InputError
        See :class:`genart.audio.recording.Blocks`.
    """
    blocks = Blocks(recording, rate=RATE, on_step=on_step)
    looks = [_look(frames) for frames in _points(blocks)]
    level, pitch, likely, chord, strength = (np.concatenate(parts) for parts in zip(*looks, strict=True))
    one = _one(pitch[::COARSE], likely[::COARSE], chord)[_loud(level)[::COARSE]]
    polyphonic = bool(voices.together(chord, strength) > POLYPHONIC and one.size and one.mean() < PERIODIC)
    if polyphonic:
        path = pitches.path(chord, voices.top(chord, strength))
        path = path[np.minimum((np.arange(len(level)) + COARSE // 2) // COARSE, len(path) - 1)]
    else:
        path = pitches.path(pitch, likely)
    return Contour(pitch=path, level=level, polyphonic=polyphonic, clipped=blocks.clipped, name=blocks.name)


def _one(pitch: np.ndarray, likely: np.ndarray, chord: np.ndarray) -> np.ndarray:
    """How likely it is that all has one period, and the pitch of that is there, unlike the root of a chord: [T]."""
    best = np.take_along_axis(pitch, likely.argmax(axis=1)[:, None], axis=1)
    return likely.sum(axis=1) * (np.abs(chord - best) < 1).any(axis=1)


def _loud(level: np.ndarray) -> np.ndarray:
    return level > np.average(level, weights=10 ** (level / 10)) - LOUD  # long silences do not count, as in percentiles


def _look(frames: np.ndarray) -> tuple[np.ndarray, ...]:
    """Level, pitches and their probabilities, notes and their strengths, of points float32 [N, SPAN]."""
    alone = frames[:, CENTER - EARLIER :][:, : pitches.SPAN]
    return _levels(frames), *pitches.candidates(alone), *voices.candidates(frames[::COARSE])


def _points(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """The frames around each point, float32 [up to BATCH, SPAN]."""
    waiting = np.zeros(CENTER, np.float32)
    for block in blocks:
        waiting = np.concatenate([waiting, block])
        while len(waiting) >= SPAN + HOP * (BATCH - 1):
            yield _framed(waiting)[:BATCH]
            waiting = waiting[HOP * BATCH :]
    yield _framed(np.concatenate([waiting, np.zeros(SPAN, np.float32)]))


def _framed(sound: np.ndarray) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(sound, SPAN)[::HOP]


def _levels(frames: np.ndarray) -> np.ndarray:
    """Loudness around the center: float32 [N, SPAN] to [N], in dB."""
    window = np.hanning(LOUDNESS)
    window /= window.sum()
    first = CENTER - LOUDNESS // 2
    power = np.square(frames[:, first : first + LOUDNESS], dtype=np.float64) @ window
    return (10 * np.log10(np.maximum(2 * power, 10 ** (SILENT / 10)))).astype(np.float32)
