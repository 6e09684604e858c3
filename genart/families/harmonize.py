"""Four-part harmonizations of a given melody, which stays exactly as it is."""

import dataclasses
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genart import interrupts, progress
from genart.audio.recording import is_recording
from genart.errors import InputError
from genart.families.songs import Song, read_song
from genart.families.takes import Facts, Takes
from genart.music import assemble, fit, lyrics, parts, reading
from genart.music import plan as plans
from genart.sampling.policy import Annealing

if TYPE_CHECKING:
    from genart.families.bach import Bach

OnUnderstood = Callable[[str, Sequence[str]], None]  # (the line, remarks)


def harmonize(
    song: Song,
    *,
    keep: str | Mapping[str, int | str] = "soprano",
    n: int = 1,
    seed: int | None = None,
    model: "str | os.PathLike[str] | Bach" = "bach",
    track: int | str | None = None,
    key: str | None = None,
    meter: str | None = None,
    pickup: float | None = None,
    transpose: int | None = None,
    grid: str = "auto",
    bars: str | None = None,
    through_rests: bool = False,
    articulation: str = "harmony",
    text: str = "all",
    programs: str = "choir",
    ranges: str | Mapping[str, tuple[int, int]] | None = None,
    with_song: bool = False,
    temperature: float = Annealing.temperature,
    steps: int = Annealing.sweeps,
    on_understood: OnUnderstood | None = None,
    on_step: progress.OnStep | None = None,
) -> Takes:
    """Add three voices to a melody, in Bach's manner.

    Parameters
    ----------
    song : a MIDI file (path or open), a Score, text as :meth:`Score.parse` reads it, or a recording as
        :func:`genart.transcribe` takes it; the last two with `meter` and `key`
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
    text : who sings the melody's words: "all", so that new voices have the syllables with which their notes begin,
        "melody" or "none"
    programs : sounds of the new voices, a name in :data:`genart.music.parts.PROGRAMS`
    ranges : lowest and highest pitch of new voices, as {"alto": (55, 74)} or "alto=G3-D5"
    with_song : put the new voices beside all of the song's tracks
    temperature : above 0; less is safer, more is bolder
    steps : sweeps of the sampler; more take longer
    on_understood : called with what :class:`Takes` calls `understood` and `remarks`, before the seconds of work; of a
        recording also with what was heard, before that
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
    policy = Annealing(sweeps=steps, temperature=temperature)
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
        "text": text,
        "programs": programs,
        "ranges": ranges if ranges is None or isinstance(ranges, str) else {v: list(r) for v, r in ranges.items()},
        "with_song": with_song,
        "temperature": temperature,
        "steps": steps,
    }
    score, sources, words = read_song(
        song, meter=meter, key=key, pickup=pickup, on_understood=on_understood, on_step=on_step
    )
    if words is not None:
        parameters["song"] = words
    meter = meter if words is None else None  # a text was parsed with it, its pickup included
    if is_recording(song):  # as one was written down
        meter = pickup = None
    read = reading.read(reading.fine(score), keep=keep, track=track, key=key, meter=meter, pickup=pickup)
    limits = fit.parse_ranges(ranges) if isinstance(ranges, str) else fit.checked(ranges or {})
    plan = plans.make(read, value=grid, transpose=transpose, bars=bars, through_rests=through_rests, ranges=limits)
    write = functools.partial(
        assemble.assemble,
        read,
        plan,
        articulation=parts.known_articulation(articulation),
        text=lyrics.known_text(text),
        programs=parts.programs(programs),
        with_song=with_song,
    )
    understood = read.line(plan.fits[min(plan.fits)].moved)
    if on_understood is not None:
        on_understood(understood, plan.remarks)
    takes = []
    with interrupts.deferred() as heed, progress.shown("harmonizing", on_step=on_step) as show:
        from genart.families import drawing  # brings JAX, which takes a second: not before the song is understood

        def step(done: int, total: int) -> None:
            heed()
            show(done, total)

        bach, seed = drawing.prepare(model, seed=seed)
        heed()
        for take in range(n):
            drawn = drawing.draw(bach, plan, seed=seed + take, policy=policy, take=(take, n), on_step=step)
            written = write(drawn.cells)
            recipe = drawing.recipe(bach, "harmonize", seed=seed + take, parameters=parameters, sources=sources)
            facts = Facts(seed=seed + take, log_likelihood=drawn.log_likelihood, faults=written.faults)
            takes.append((drawn.quality, dataclasses.replace(written.score, recipe=recipe), facts))
    takes.sort(key=lambda ranked: -ranked[0])
    return Takes(
        [made for _, made, _ in takes],
        facts=[facts for _, _, facts in takes],
        understood=understood,
        remarks=plan.remarks,
    )
