"""Beats under a melody that was sung freely: where in the beat, and in the bar, each note was meant to begin.

A hidden Markov model over onsets, as in Raphael, "Automated rhythm transcription" (ISMIR 2001): the hidden state is a
place in the beat and a tempo, both of which move from onset to onset.
"""

from collections.abc import Sequence

import numpy as np

BEAT = 12  # ticks of a beat; a 16th of a quarter has 3, an eighth of a triplet 4
SIMPLE = {0: 0.0, 6: 0.7, 3: 2.1, 9: 1.9, 4: 2.5, 8: 2.5}  # nats that a note costs which begins so far into a beat
COMPOUND = {0: 0.0, 4: 0.7, 8: 0.7, 2: 2.0, 6: 2.0, 10: 2.0}  # the same where a beat is a dotted quarter
KNOWN = 0.8  # how much the places count where the tempo is known
MIXED = 8.0  # nats of a triplet and a straight note in one beat
EXPECTED = 2.0  # nats less that the third note of a triplet costs after the second
SLOWEST, FASTEST, STEP = 40.0, 220.0, 0.025  # beats a minute, and how much faster each tempo is than the one before
GIVEN = 3  # steps that the tempo may be off one that is given
USUAL, USUAL_COMPOUND, SPREAD = 92.0, 64.0, 0.85  # beats a minute, and octaves around them: how melodies mostly go
DRIFT = (0.0, 1.0, 4.0)  # nats of a tempo that is so many steps faster or slower at the next onset
JITTER, STRETCH = 0.045, 0.06  # how far notes are early or late: seconds, and a share of the time since the last
LOST = 12.0  # nats that an onset costs at most which fits nowhere
HELD = 4  # beats, as which longer notes count
LONG, LEAPT, STRUCK = 4.0, 2.0, 4.0  # what speaks for bar lines: all time, or leaps, are on them; none lacks a note
NO_PICKUP, SHORT_PICKUP, FINAL = 2.0, 1.5, 1.0  # nothing, or one beat, before bar 1; the last note begins a (half) bar


def find(
    onsets: Sequence[float], *, tempo: float | None = None, compound: bool = False, first: int | None = None
) -> np.ndarray:
    """Where in the likeliest beats onsets stand.

    Parameters
    ----------
    onsets : seconds, ascending, at least one
    tempo : beats a minute, where that is known
    compound : whether a beat is a dotted quarter, of three eighths
    first : ticks into a beat at which the first onset is, 0-11, where that is known

    Returns
    -------
    int [N], ticks from the beginning of a beat, 12 a beat, ascending, the first below 12
    """
    table = COMPOUND if compound else SIMPLE
    places, costs = np.array(list(table)), np.array(list(table.values())) * (1.0 if tempo is None else KNOWN)  # [A]
    tempos, unusual = _tempos(tempo, compound)  # [K]
    beats = tempos / 60  # a second
    forward = (places - places[:, None] - 1) % BEAT + 1  # [A, A], 1-12 ticks from place to place
    besides = np.zeros_like(forward, float) if compound else _besides(places)
    best = costs[:, None] + unusual  # [A, K]
    if first is not None:
        best = best + LOST * np.minimum(np.abs(places - first), 2)[:, None]
    history = []
    for wait in np.diff(onsets):
        more = np.maximum(np.round(wait * beats - forward[..., None] / BEAT), 0)  # whole beats besides: [A, A, K]
        late = wait - (more + forward[..., None] / BEAT) / beats
        misfit = np.minimum((late / (JITTER + STRETCH * wait)) ** 2 / 2, LOST) + besides[..., None] * (more == 0)
        ways = best[:, None] + misfit
        came = ways.argmin(axis=0)  # [A, K]
        steps = np.take_along_axis(forward[..., None] + BEAT * more, came[None], axis=0)[0]
        turned, best = _drifted(np.take_along_axis(ways, came[None], axis=0)[0])
        best = best + costs[:, None] + unusual
        history.append((came, turned, steps))
    return _traced(best, history, places)


def downbeat(ticks: np.ndarray, pitches: Sequence[int], *, bar: int) -> int:
    """At which tick a bar begins, 0 to `bar` - 1: where long notes begin and leaps lead to, and few bars lack a note.

    Of 700 folk songs of the Essen collection, with their beats known, the bars are found in 86 %; of those in 2/4, 3/4,
    4/4 and 6/8 about alike.

    Parameters
    ----------
    ticks : int [N], onsets
    pitches : int [N], MIDI
    bar : ticks of a bar, a multiple of 3
    """
    held = np.minimum(np.diff(ticks, append=ticks[-1] + BEAT), HELD * BEAT)
    leaps = np.abs(np.diff(np.asarray(pitches), prepend=pitches[0]))
    step = next(unit for unit in (BEAT, BEAT // 2, BEAT // 4) if bar % unit == 0)

    def score(start: int) -> float:
        on = (ticks - start) % bar == 0
        bars = (ticks[-1] - start) // bar - (ticks[0] - start - 1) // bar  # that begin among the onsets
        lead = (start - ticks[0]) % bar
        last = (ticks[-1] - start) % bar
        return (
            LONG * float(on @ held / held.sum())
            + LEAPT * float(on @ leaps / max(leaps.sum(), 1))
            + STRUCK * float(np.count_nonzero(on) / max(bars, 1))
            + (NO_PICKUP if lead == 0 else SHORT_PICKUP if lead <= BEAT else 0.0)
            + (FINAL if last == 0 or (bar == 4 * BEAT and 2 * last == bar) else 0.0)
        )

    return max(range(0, bar, step), key=score)


def _tempos(given: float | None, compound: bool) -> tuple[np.ndarray, np.ndarray]:
    """The tempos that are tried, beats a minute, and how many nats each costs at every onset: [K]."""
    if given is not None:
        return given * np.exp(STEP * np.arange(-GIVEN, GIVEN + 1)), np.zeros(2 * GIVEN + 1)
    tempos = SLOWEST * np.exp(STEP * np.arange(int(np.log(FASTEST / SLOWEST) / STEP) + 1))
    return tempos, (np.log2(tempos / (USUAL_COMPOUND if compound else USUAL)) / SPREAD) ** 2 / 2


def _besides(places: np.ndarray) -> np.ndarray:
    """What steps within a beat cost besides, between triplets and straight notes or to a triplet's third: [A, A]."""
    triplet, straight = np.isin(places, (4, 8)), np.isin(places, (3, 6, 9))
    mixed = (triplet[:, None] & straight) | (straight[:, None] & triplet)
    third = (places[:, None] == 4) & (places == 8)
    return (MIXED * mixed - EXPECTED * third) * (places > places[:, None])


def _drifted(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From which tempo, as steps from its own, each state [A, K] is reached best, and what it then costs."""
    reach = len(DRIFT) - 1
    padded = np.pad(costs, ((0, 0), (reach, reach)), constant_values=np.inf)
    turns = range(-reach, reach + 1)
    ways = np.stack([padded[:, reach + turn :][:, : costs.shape[1]] + DRIFT[abs(turn)] for turn in turns])
    best = ways.argmin(axis=0)
    return best - reach, np.take_along_axis(ways, best[None], axis=0)[0]


def _traced(best: np.ndarray, history: list[tuple[np.ndarray, ...]], places: np.ndarray) -> np.ndarray:
    """The ticks of the onsets, from the last state back."""
    place, speed = (int(i) for i in np.unravel_index(best.argmin(), best.shape))
    steps = []
    for came, turned, forward in reversed(history):
        speed += int(turned[place, speed])
        steps.append(int(forward[place, speed]))
        place = int(came[place, speed])
    return int(places[place]) + np.cumsum([0, *reversed(steps)])
