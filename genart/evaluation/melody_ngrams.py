"""N-grams on the events of tunes, the peer of the melody network on the same tokens."""

from collections.abc import Sequence

import numpy as np

from genart.evaluation.ngrams import KneserNey, histories
from genart.music.tokens import FIRST, Codec, Tokens

ORDER = 5


class JointGrams:
    """5-grams of whole events, pitch and duration one symbol."""

    def __init__(self, tunes: Sequence[Tokens], *, codec: Codec) -> None:
        self._codec = codec
        self._size = codec.pitches * len(codec.durations)
        self._grams = KneserNey(*histories(map(self._events, tunes), order=ORDER), size=self._size)

    def nats(self, tune: Tokens) -> np.ndarray:
        """What each event costs, float64[T], in nats."""
        return -np.log(self._grams.probabilities(*histories([self._events(tune)], order=ORDER)))

    def _events(self, tune: Tokens) -> np.ndarray:
        return tune.pitch * len(self._codec.durations) + tune.duration


class FactoredGrams:
    """A pitch given the four events before it, and its duration given the pitch and the three events before it."""

    def __init__(self, tunes: Sequence[Tokens], *, codec: Codec) -> None:
        self._width = len(codec.durations)
        reach = codec.pitches * self._width
        contexts = [self._contexts(tune) for tune in tunes]
        pitch = np.concatenate([tune.pitch for tune in tunes])
        duration = np.concatenate([tune.duration for tune in tunes])
        of_pitch, of_duration = (np.concatenate(each) for each in zip(*contexts, strict=True))
        self._pitch = KneserNey(of_pitch, pitch, size=codec.pitches, reach=reach)
        self._duration = KneserNey(of_duration, duration, size=self._width, reach=reach)

    def nats(self, tune: Tokens) -> np.ndarray:
        """What each event costs, float64[T], in nats."""
        of_pitch, of_duration = self._contexts(tune)
        pitch = self._pitch.probabilities(of_pitch, tune.pitch)
        return -np.log(pitch) - np.log(self._duration.probabilities(of_duration, tune.duration))

    def _contexts(self, tune: Tokens) -> tuple[np.ndarray, np.ndarray]:
        before, _ = histories([tune.pitch * self._width + tune.duration], order=ORDER)
        return before, np.concatenate([tune.pitch[:, None], before[:, :-1]], axis=1)


def per_note(model: JointGrams | FactoredGrams, tunes: Sequence[Tokens]) -> float:
    """Nats a note: what all events of the tunes cost, sections, rests and ends included, over the number of notes."""
    total = sum(float(model.nats(tune).sum()) for tune in tunes)
    return total / sum(int((tune.pitch >= FIRST).sum()) for tune in tunes)
