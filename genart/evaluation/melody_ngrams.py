"""N-grams on the events of tunes, the peer of the melody network on the same tokens."""

from collections.abc import Sequence

import numpy as np

from genart.evaluation.ngrams import KneserNey, histories
from genart.music.tokens import FIRST, Codec, Tokens

ORDER = 5
MOST_TICKS = 1024  # 48ths of a quarter of a bar; places beyond are one


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
    """A pitch given the four events before it, and its duration given the pitch and the three events before it.

    With `placed`, either is told the meter and the place in the bar too, a pitch after the two nearest events, a
    duration first, then three durations, then its pitch: the peer of a network that knows the place.
    """

    def __init__(self, tunes: Sequence[Tokens], *, codec: Codec, placed: bool = False) -> None:
        self._codec, self._placed = codec, placed
        reach = max(codec.pitches * len(codec.durations), MOST_TICKS * codec.classes[0])
        contexts = [self._contexts(tune) for tune in tunes]
        of_pitch, of_duration = (np.concatenate(each) for each in zip(*contexts, strict=True))
        pitch = np.concatenate([tune.pitch for tune in tunes])
        duration = np.concatenate([tune.duration for tune in tunes])
        self._pitch = KneserNey(of_pitch, pitch, size=codec.pitches, reach=reach)
        self._duration = KneserNey(of_duration, duration, size=len(codec.durations), reach=reach)

    def nats(self, tune: Tokens) -> np.ndarray:
        """What each event costs, float64[T], in nats."""
        of_pitch, of_duration = self._contexts(tune)
        pitch = self._pitch.probabilities(of_pitch, tune.pitch)
        return -np.log(pitch) - np.log(self._duration.probabilities(of_duration, tune.duration))

    def _contexts(self, tune: Tokens) -> tuple[np.ndarray, np.ndarray]:
        """Those of pitches, int[T, 4] or [T, 5], and of durations, as many; what tells most comes first."""
        before, _ = histories([tune.pitch * len(self._codec.durations) + tune.duration], order=ORDER)
        pitch = tune.pitch[:, None]
        if not self._placed:
            return before, np.concatenate([pitch, before[:, :-1]], axis=1)
        meter = int(self._codec.conditions(tune.head)[0])
        place = MOST_TICKS * meter + np.minimum(tune.position, MOST_TICKS - 1)[:, None]
        durations, _ = histories([tune.duration], order=ORDER - 1)
        of_pitch = np.concatenate([before[:, :2], place, before[:, 2:]], axis=1)
        return of_pitch, np.concatenate([place, durations, pitch], axis=1)


def per_note(model: JointGrams | FactoredGrams, tunes: Sequence[Tokens]) -> float:
    """Nats a note: what all events of the tunes cost, sections, rests and ends included, over the number of notes."""
    total = sum(float(model.nats(tune).sum()) for tune in tunes)
    return total / sum(int((tune.pitch >= FIRST).sum()) for tune in tunes)
