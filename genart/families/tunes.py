"""Tunes from nothing, from chords or from a beginning: ``genart melody``."""

import dataclasses
import os
from typing import TYPE_CHECKING, Any

from genart import interrupts, progress
from genart.errors import InputError
from genart.families.harmonize import OnUnderstood
from genart.families.songs import Song, read_song
from genart.families.takes import Facts, Takes
from genart.music.tunes.finish import finish
from genart.music.tunes.outline import outline
from genart.sampling.policy import Nucleus, Temperature

if TYPE_CHECKING:
    from genart.families.melody import Melody

NUCLEUS = 0.98
NEAR_COPY = 0.7  # of a tune's figures known: of tunes that the model has never seen, one in a hundred has as many


def melody(
    primer: Song | None = None,
    *,
    bars: int | None = None,
    meter: str | None = None,
    key: str | None = None,
    range: str | tuple[int, int] | None = None,
    kind: str | None = None,
    chords: str | None = None,
    max_leap: int | None = None,
    repeat: str | None = None,
    tempo: float | None = None,
    n: int = 1,
    seed: int | None = None,
    model: "str | os.PathLike[str] | Melody" = "melody",
    temperature: float = Temperature.temperature,
    nucleus: float = NUCLEUS,
    on_understood: OnUnderstood | None = None,
    on_step: progress.OnStep | None = None,
) -> Takes:
    """Write tunes: every bar is exactly full, and the end is on the tonic.

    Parameters
    ----------
    primer : what they begin with, kept exactly: a file (path or open), a Score, a text as :meth:`Score.parse` reads
        it, or a recording; of several parts the melody. Its key, meter and tempo carry on
    bars : how many are written, 1 to 256, those of the primer included; 16, or as many as the chords if more
    meter : such as "6/8"; that of the primer, the usual one of the kind, or 4/4
    key : such as "Dm", "Bb" or "D dorian"; that of the primer or the chords, or D
    range : lowest and highest new note, "C4-A5" or as MIDI pitches
    kind : "air", "hornpipe", "jig", "march", "polka", "reel", "set dance", "slip jig", "strathspey" or "waltz"
    chords : of each bar, such as "Dm | A7 | Gm C7 | Dm", from the start again where they end; what sounds on strong
        beats, and where the chord changes, is from them
    max_leap : semitones from one note to the next, at most
    repeat : the order in which sections are played, such as "AABB"; all have the same number of bars
    tempo : quarters a minute; that of the primer, or 100
    n : takes, 1 or more
    seed : take i is what `seed + i` alone gives; drawn when None
    model : a model's name, folder or URL, or the model itself
    temperature : above 0; less is safer, more is bolder
    nucleus : only the likeliest symbols that have this probability together are drawn, above 0 and at most 1
    on_understood : called with what :class:`Takes` calls `understood` and `remarks`, before the seconds of work
    on_step : called with (events drawn, all events) instead of a progress bar; raise in it to stop

    Returns
    -------
    Takes, the one with the highest likelihood an event first; the facts of each say how much of it is in tunes that
    the model learned from

    Raises
    ------
    InputError
        There is no melody in the primer, or an option does not fit. The message says what to do.
    """
    if n < 1:
        raise InputError(f"{n} takes: ask for 1 or more")
    policies = (Temperature(temperature=temperature), Nucleus(p=nucleus))
    parameters: dict[str, Any] = {
        "bars": bars,
        "meter": meter,
        "key": key,
        "range": range if range is None or isinstance(range, str) else list(range),
        "kind": kind,
        "chords": chords,
        "max_leap": max_leap,
        "repeat": repeat,
        "tempo": tempo,
        "temperature": temperature,
        "nucleus": nucleus,
    }
    score, sources, words = (None, (), None) if primer is None else read_song(primer, meter=meter)
    if words is not None:
        parameters["song"] = words
    plan = outline(
        primer=score,
        bars=bars,
        meter=None if words is not None else meter,  # a text was parsed with it
        key=key,
        pitches=range,
        kind=kind,
        max_leap=max_leap,
        chords=chords,
        repeat=repeat,
        tempo=tempo,
    )
    if on_understood is not None:
        on_understood(str(plan), plan.remarks)
    with interrupts.deferred() as heed, progress.shown("writing", on_step=on_step) as show:
        from genart.families import writing  # brings JAX, which takes a second

        def step(done: int, total: int) -> None:
            heed()
            show(done, total)

        made, seed = writing.prepare(model, seed=seed)
        heed()
        drawn = writing.draw(made, plan, n=n, seed=seed, policies=policies, on_step=step)
    takes = []
    for take in drawn:
        recipe = writing.recipe(made, seed=take.seed, parameters=parameters, sources=sources)
        facts = Facts(seed=take.seed, log_likelihood=take.log_likelihood, faults=_told(take.known))
        takes.append((dataclasses.replace(finish(take.tune, plan), recipe=recipe), facts))
    return Takes(
        [score for score, _ in takes], facts=[facts for _, facts in takes], understood=str(plan), remarks=plan.remarks
    )


def _told(known: float | None) -> str:
    """How much of a tune the model has read, in words."""
    if known is None:
        return "not compared with the tunes that the model learned from"
    mark = "near-copy: " if known >= NEAR_COPY else ""
    return f"{mark}{known:.0%} of its figures of 8 steps are in tunes that the model learned from"
