"""What four-part writing sounds like from beat to beat: dissonance, chords and how often they change, rests.

Counted on the beats of the 16th grid, every fourth step from the first, where a chorale's chords stand.
"""

from collections.abc import Sequence

import numpy as np

from genart.music.counterpoint import PAIRS, REST, Rate

BEAT = 4  # steps
RARE = 0.005  # chords that make up less of the reference are counted together
BASS = 3
REDRAWS = 200  # of pieces, for the interval of the distance between histograms


def counts(piece: np.ndarray) -> dict[str, int]:
    """Events of one piece, int [T, 4]: MIDI pitches, soprano first, -1 = rest.

    - dissonances: beats on which two voices sound a second or a seventh, or one sounds a fourth or a tritone
      above the bass
    - chord_changes: beats whose pitch classes are not those of the beat before
    - rests: stretches of rest in alto, tenor or bass (the soprano is given), each counted where it begins
    """
    beats = piece[::BEAT]
    lower = piece[:, 1:] == REST
    begins = lower & ~np.concatenate([np.zeros((1, 3), bool), lower[:-1]])
    classes = chords(piece, above_bass=False)
    return {
        "dissonances": int(_dissonant(beats).sum()),
        "chord_changes": int((classes[1:] != classes[:-1]).sum()),
        "rests": int(begins.sum()),
    }


def chords(piece: np.ndarray, *, above_bass: bool = True) -> np.ndarray:
    """The chord on each beat of int [T, 4], as a set of pitch classes in 12 bits, int [beats].

    Classes count from the bass (so that a chord has a number for each inversion, in any key), or from C.
    A beat on which the bass rests counts from C.
    """
    beats = piece[::BEAT].astype(np.int64)
    bass = np.where(beats[:, BASS] == REST, 0, beats[:, BASS])[:, None] if above_bass else 0
    bits = np.where(beats == REST, 0, 1 << ((beats - bass) % 12))
    return np.bitwise_or.reduce(bits, axis=1)


def chord_distance(made: Sequence[np.ndarray], reference: Sequence[np.ndarray]) -> Rate:
    """Total variation between the histograms of chords on beats, 0..1, with its 95 % interval.

    Chords that make up less than half a percent of the reference count as one. The interval is of pieces drawn
    with replacement on both sides, which adds to every distance what chance adds.
    """
    kinds, shares = np.unique(np.concatenate([chords(piece) for piece in reference]), return_counts=True)
    kept = kinds[shares >= RARE * shares.sum()]
    ours, theirs = (np.stack([_histogram(chords(piece), kept) for piece in side]) for side in (made, reference))
    rng = np.random.default_rng(0)
    drawn = [
        _variation(ours[rng.integers(len(ours), size=len(ours))], theirs[rng.integers(len(theirs), size=len(theirs))])
        for _ in range(REDRAWS)
    ]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Rate(value=_variation(ours, theirs), low=float(low), high=float(high))


def _dissonant(beats: np.ndarray) -> np.ndarray:
    """bool [beats]."""
    found = np.zeros(len(beats), bool)
    for upper, lower in PAIRS:
        sounding = (beats[:, upper] != REST) & (beats[:, lower] != REST)
        apart = np.abs(beats[:, upper].astype(int) - beats[:, lower]) % 12
        harsh = (1, 2, 10, 11) + ((5, 6) if lower == BASS else ())
        found |= sounding & np.isin(apart, harsh)
    return found


def _histogram(found: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """How often each of `kept` occurs, and last all others: int [K + 1]."""
    each = (found[:, None] == kept).sum(axis=0)
    return np.append(each, len(found) - each.sum())


def _variation(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Half the absolute difference of two histograms [pieces, K], each summed over pieces and made a distribution."""
    p, q = (side.sum(axis=0) / side.sum() for side in (ours, theirs))
    return float(np.abs(p - q).sum() / 2)
