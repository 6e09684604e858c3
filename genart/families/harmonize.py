"""Four-part harmonizations of a given melody, which stays exactly as it is."""

import dataclasses
import functools
import io
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import jax
import numpy as np

import genart
from genart import progress
from genart.errors import InputError
from genart.families.bach import Bach, windows
from genart.families.registry import load
from genart.families.takes import Facts, Takes
from genart.music import assemble, fit, parts, reading
from genart.music import plan as plans
from genart.music.counterpoint import REST
from genart.music.grid import BEAT
from genart.music.plan import Plan
from genart.music.score import Score
from genart.recipe import Recipe, Source, sha256_of
from genart.sampling.gibbs import Annealing
from genart.sampling.seeds import fresh_seed

DRAWS = 4  # of each phrase, of which the best is kept


def harmonize(
    song: str | os.PathLike[str] | BinaryIO | Score,
    *,
    keep: str | Mapping[str, int | str] = "soprano",
    n: int = 1,
    seed: int | None = None,
    model: str | os.PathLike[str] | Bach = "bach",
    track: int | str | None = None,
    key: str | None = None,
    meter: str | None = None,
    pickup: float | None = None,
    transpose: int | None = None,
    grid: str = "auto",
    bars: str | None = None,
    through_rests: bool = False,
    articulation: str = "harmony",
    programs: str = "choir",
    ranges: str | Mapping[str, tuple[int, int]] | None = None,
    with_song: bool = False,
    temperature: float = 0.9,
    steps: int | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Takes:
    """Add three voices to a melody, in Bach's manner.

    Parameters
    ----------
    song : a MIDI file (path or open), a Score, or text as :meth:`Score.parse` reads it
    keep : the voice that the melody is, "soprano", "alto", "tenor" or "bass"; or several with the tracks (from 1,
        or named) they are, {"soprano": 1, "bass": 4}
    n : takes, 1 or more; each is the best of four drawn
    seed : take i is what `seed + i` alone gives; drawn when None
    model : a model's name, folder or URL, or the model itself
    track, key, meter, pickup : override what :func:`genart.music.reading.read` finds (pickup in beats)
    transpose : semitones by which the model's copy is moved; by default the fewest that fit
    grid : note value of one model step, "auto", "1/4", "1/8", "1/16" or "1/32"; sets the harmonic rhythm
    bars : "5-8", numbered as in print: new voices there only
    through_rests : go on where the melody rests for a bar or more; by default new voices rest too
    articulation : when held pitches are struck again, "harmony", "melody" or "held"; see
        :func:`genart.music.parts.strikes`
    programs : sounds of the new voices, a name in :data:`genart.music.parts.PROGRAMS`
    ranges : lowest and highest pitch of new voices, as {"alto": (55, 74)} or "alto=G3-D5"
    with_song : put the new voices beside all of the song's tracks
    temperature : above 0; less is safer, more is bolder
    steps : sweeps of the sampler; default 24
    on_step : called with (sweeps done, all sweeps) instead of a progress bar; raise in it to stop

    Returns
    -------
    Takes, best first by likelihood and counterpoint: scores with tracks S, A, T, B

    Raises
    ------
    InputError
        There is nothing to harmonize, or an option does not fit. The message says what to do.
    """
    if n < 1:
        raise InputError(f"{n} takes: ask for 1 or more")
    steps = Annealing().sweeps if steps is None else steps
    parameters: dict[str, Any] = {
        "keep": keep if isinstance(keep, str) else dict(keep),
        "track": track,
        "key": key,
        "meter": meter,
        "pickup": pickup,
        "transpose": transpose,
        "grid": grid,
        "bars": bars,
        "through_rests": through_rests,
        "articulation": articulation,
        "programs": programs,
        "ranges": ranges if ranges is None or isinstance(ranges, str) else {v: list(r) for v, r in ranges.items()},
        "with_song": with_song,
        "temperature": temperature,
        "steps": steps,
    }
    score, sources, text = _song(song)
    if text is not None:
        parameters["song"] = text
    read = reading.read(score, keep=keep, track=track, key=key, meter=meter, pickup=pickup)
    limits = fit.parse_ranges(ranges) if isinstance(ranges, str) else fit.checked(ranges or {})
    plan = plans.make(read, value=grid, transpose=transpose, bars=bars, through_rests=through_rests, ranges=limits)
    write = functools.partial(
        assemble.assemble,
        read,
        plan,
        articulation=articulation,
        programs=parts.programs(programs),
        with_song=with_song,
    )
    bach = load(model) if isinstance(model, (str, os.PathLike)) else model
    if not isinstance(bach, Bach):
        raise InputError(f"{model} is not a model that harmonizes; name one of the family bach")
    seed = fresh_seed() if seed is None else seed
    takes = []
    with progress.shown("harmonizing", on_step) as step:
        for take in range(n):
            drawn = _draw(
                bach, plan, seed=seed + take, temperature=temperature, steps=steps, take=(take, n), on_step=step
            )
            written = write(drawn.cells)
            recipe = _recipe(bach, seed + take, parameters, sources)
            facts = Facts(seed=seed + take, log_likelihood=drawn.log_likelihood, faults=written.faults)
            takes.append((drawn.quality, dataclasses.replace(written.score, recipe=recipe), facts))
    takes.sort(key=lambda ranked: -ranked[0])
    moved = plan.fits[min(plan.fits)].moved
    return Takes(
        [made for _, made, _ in takes],
        facts=[facts for _, _, facts in takes],
        understood=read.line(moved),
        remarks=plan.remarks,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Drawn:
    cells: np.ndarray  # int16 [T, 4], the model's copy filled
    quality: float
    log_likelihood: float  # nats a drawn cell


def _draw(
    bach: Bach,
    plan: Plan,
    *,
    seed: int,
    temperature: float,
    steps: int,
    take: tuple[int, int],
    on_step: Callable[[int, int], None],
) -> _Drawn:
    """One take: for each phrase the best of four draws."""
    copy = plan.copy()
    cells = np.full_like(copy, REST)
    cells[:, list(plan.lines)] = copy[:, list(plan.lines)]
    known = np.zeros(cells.shape, bool)
    known[:, list(plan.lines)] = True
    sweeps = [len(windows(last - first)) * steps for first, last in plan.phrases]
    done, total, qualities, likelihoods, weights = take[0] * sum(sweeps), take[1] * sum(sweeps), [], [], []
    for number, (first, last) in enumerate(plan.phrases):
        base = done
        filled = bach.fill(
            copy[first:last],
            known[first:last],
            seeds=[(seed, number, draw) for draw in range(DRAWS)],
            phase=(plan.grid.phase + first) % BEAT,
            allowed=plan.allowed,
            temperature=temperature,
            steps=steps,
            on_step=lambda sweep, _, base=base: on_step(base + sweep, total),
        )
        best = int(filled.quality().argmax())
        cells[first:last] = filled.pitches[best]
        qualities.append(filled.quality()[best])
        likelihoods.append(filled.log_likelihood[best])
        weights.append(last - first)
        done += sweeps[number]
    return _Drawn(
        cells=cells,
        quality=float(np.average(qualities, weights=weights)),
        log_likelihood=float(np.average(likelihoods, weights=weights)),
    )


def _song(song: str | os.PathLike[str] | BinaryIO | Score) -> tuple[Score, tuple[Source, ...], str | None]:
    """The score, where it came from, and its text if it was given as such."""
    if isinstance(song, Score):
        return song, (), None
    if isinstance(song, str) and _is_text(song):
        return Score.parse(song), (), song
    if isinstance(song, (str, os.PathLike)):
        return Score.read(song), (Source.of(song),), None
    data = song.read()
    return Score.read(io.BytesIO(data)), (Source(name="stdin", sha256=sha256_of(data)),), None


def _is_text(song: str) -> bool:
    """Whether a string is notes to parse rather than the name of a file."""
    named = Path(song).suffix.lower() in (".mid", ".midi")
    return not named and len(song.split()) > 1 and (len(song) > 255 or not Path(song).exists())


def _recipe(bach: Bach, seed: int, parameters: dict[str, Any], sources: tuple[Source, ...]) -> Recipe:
    return Recipe(
        verb="harmonize",
        model=bach.name,
        weights=bach.bundle.sha256,
        seed=seed,
        parameters=parameters,
        sources=sources,
        versions={"genart": genart.__version__, "jax": jax.__version__},
        device=jax.default_backend(),
    )
