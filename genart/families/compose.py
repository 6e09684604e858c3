"""Four-part pieces from nothing, in phrases with cadences."""

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from genart import interrupts, progress
from genart.errors import InputError
from genart.families.harmonize import OnUnderstood
from genart.families.takes import Facts, Takes
from genart.music import cadences, counterpoint, fit, parts
from genart.music.cadences import Frame
from genart.music.chorales import HIGHEST, LOWEST
from genart.music.counterpoint import VOICES
from genart.sampling.policy import Annealing

if TYPE_CHECKING:
    from genart.families.bach import Bach

DRAWS = 4  # of which the best is kept
FAULTS = ("fifths", "octaves")
BUSY = 13.2  # pairs of voices that move at once in a bar of Bach's, see genart.music.counterpoint
STEPS_PER_BAR = 16
STILL = 0.02  # nats a cell that a take loses for each pair fewer: what hardly moves is always likely


def compose(
    *,
    bars: int = 16,
    meter: str = "4/4",
    key: str | None = None,
    pickup: float = 0,
    tempo: float = 84,
    n: int = 1,
    seed: int | None = None,
    model: "str | os.PathLike[str] | Bach" = "bach",
    programs: str = "choir",
    temperature: float = Annealing.temperature,
    steps: int = Annealing.sweeps,
    on_understood: OnUnderstood | None = None,
    on_step: progress.OnStep | None = None,
) -> Takes:
    """Make a piece of four voices, in Bach's manner: phrases of about four bars that end on chords of two beats.

    Soprano and bass of each phrase's first chord and of its cadence are fixed; the model draws all the rest.

    Parameters
    ----------
    bars : 2 to 256
    meter : such as "3/4" or "6/8"
    key : such as "Gm"; drawn when None, another one for each take
    pickup : beats (of the meter's denominator) before bar 1; the last bar is as much shorter
    tempo : quarters a minute
    n : takes, 1 or more; each is the best of four drawn
    seed : take i is what `seed + i` alone gives; drawn when None
    model : a model's name, folder or URL, or the model itself
    programs : sounds, a name in :data:`genart.music.parts.PROGRAMS`
    temperature : above 0; less is safer, more is bolder
    steps : sweeps of the sampler; more take longer
    on_understood : called with what :class:`Takes` calls `understood` and `remarks`, before the seconds of work
    on_step : called with (sweeps done, all sweeps) instead of a progress bar; raise in it to stop

    Returns
    -------
    Takes, best first by likelihood and counterpoint: scores with tracks S, A, T, B

    Raises
    ------
    InputError
        An option is out of range. The message says what is allowed.
    """
    if n < 1:
        raise InputError(f"{n} takes: ask for 1 or more")
    policy = Annealing(sweeps=steps, temperature=temperature)
    parameters: dict[str, Any] = {
        "bars": bars,
        "meter": meter,
        "key": key,
        "pickup": pickup,
        "tempo": tempo,
        "programs": programs,
        "temperature": temperature,
        "steps": steps,
    }
    sounds = parts.programs(programs)

    def laid(number: int) -> Frame:
        random = np.random.default_rng(number % 2**32)
        return cadences.frame(bars=bars, meter=meter, key=key, pickup=pickup, tempo=tempo, random=random)

    laid(0)  # says what is out of range, before JAX is imported
    seed = int(np.random.default_rng().integers(1_000_000_000)) if seed is None else seed
    frames = [laid(seed + take) for take in range(n)]
    if on_understood is not None:
        on_understood(str(frames[0]), ())
    takes = []
    with interrupts.deferred() as heed, progress.shown("composing", on_step=on_step) as show:
        from genart.families import drawing  # brings JAX, which takes a second

        bach, seed = drawing.prepare(model, seed=seed)
        heed()
        for take, frame in enumerate(frames):

            def step(done: int, total: int, take: int = take) -> None:
                heed()
                show(take * total + done, n * total)

            filled = bach.fill(
                frame.cells,
                frame.known,
                seeds=[(seed + take, draw) for draw in range(DRAWS)],
                phase=frame.grid.phase,
                allowed=_allowed(),
                policy=policy,
                on_step=step,
            )
            quality = filled.quality() - STILL * np.maximum(0, BUSY - _moving(filled.pitches))
            best = int(quality.argmax())
            score = cadences.write(frame, filled.pitches[best], programs=sounds)
            recipe = drawing.recipe(bach, "compose", seed=seed + take, parameters=parameters)
            facts = Facts(
                seed=seed + take,
                log_likelihood=float(filled.log_likelihood[best]),
                faults=_faults(frame, filled.pitches[best]),
            )
            takes.append((float(quality[best]), dataclasses.replace(score, recipe=recipe), facts))
    takes.sort(key=lambda ranked: -ranked[0])
    return Takes(
        [made for _, made, _ in takes], facts=[facts for _, _, facts in takes], understood=str(frames[0]), remarks=()
    )


def _allowed() -> np.ndarray:
    """bool [4, 47]: pitches that a choir sings, and no rest."""
    pitches = np.arange(LOWEST, HIGHEST + 1)
    spans = np.array([fit.SINGABLE[voice] for voice in VOICES])[..., None]  # [4, 2, 1]
    return np.concatenate([(spans[:, 0] <= pitches) & (pitches <= spans[:, 1]), np.zeros((4, 1), bool)], axis=1)


def _moving(cells: np.ndarray) -> np.ndarray:
    """Of int [n, T, 4], the pairs of voices that move at once in 16 steps, float [n]."""
    return counterpoint.counts(cells)["moving_pairs"] / (cells.shape[1] / STEPS_PER_BAR)


def _faults(frame: Frame, cells: np.ndarray) -> str:
    found = [fault for fault in counterpoint.faults(cells) if fault.kind in FAULTS]
    starts = np.searchsorted([bar.start for bar in frame.bars], frame.grid.edges[:-1], side="right") - 1
    return counterpoint.summary(found, np.array([bar.number for bar in frame.bars])[starts])
