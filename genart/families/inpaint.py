"""Some voices and bars of a piece written anew; everything else stays exactly as it is."""

import dataclasses
import functools
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genart import interrupts, progress
from genart.errors import InputError
from genart.families.harmonize import OnUnderstood
from genart.families.songs import Song, read_song
from genart.families.takes import Facts, Takes
from genart.music import check, fit, four_voices, rewriting
from genart.music.counterpoint import VOICES
from genart.music.rewriting import Piece
from genart.sampling.policy import Annealing

if TYPE_CHECKING:
    from genart.families.bach import Bach


def inpaint(
    song: Song,
    *,
    voices: str | Sequence[str] | None = None,
    bars: str | None = None,
    fix: bool = False,
    keep: str | Sequence[str] = "soprano",
    rewrite: bool = False,
    similarity: float | None = None,
    n: int = 1,
    seed: int | None = None,
    model: "str | os.PathLike[str] | Bach" = "bach",
    pickup: float | None = None,
    grid: str = "auto",
    ranges: str | Mapping[str, tuple[int, int]] | None = None,
    temperature: float = Annealing.temperature,
    steps: int = Annealing.sweeps,
    on_understood: OnUnderstood | None = None,
    on_step: progress.OnStep | None = None,
) -> Takes:
    """Write some voices and bars of a piece anew, in Bach's manner, or clear its parallels.

    Only notes that begin and end in the chosen bars are rewritten; one that reaches over their edges is kept whole.
    Nothing else in the file changes: other notes, controllers, lyrics, tempo, and the order of all this.

    Parameters
    ----------
    song : a piece of up to four voices, told apart by :func:`genart.music.four_voices.assign`: a MIDI file (path or
        open) or a Score
    voices : "alto,tenor" or a list; all by default (with `fix`, all but `keep`)
    bars : "5-8", numbered as in print; all by default
    fix : draw only what clears the faults that :func:`genart.music.check.check` finds, parallels first, as far as
        they can be cleared
    keep : voices that `fix` leaves alone
    rewrite : draw everything twice, some notes at a time around the others, none of it as it was: more Bach than Bach
    similarity : 0..1; `rewrite` stops as soon as no more of the piece than this sounds as it did
    n : takes, 1 or more
    seed : take i is what `seed + i` alone gives; drawn when None
    model : a model's name, folder or URL, or the model itself
    pickup : beats before bar 1, where the piece does not say it
    grid : note value of one model step, "auto", "1/4", "1/8", "1/16" or "1/32"
    ranges : lowest and highest pitch of what is written, as {"alto": (55, 74)} or "alto=G3-D5"
    temperature : above 0; less is safer, more is bolder
    steps : sweeps of the sampler; more take longer
    on_understood : called with what :class:`Takes` calls `understood` and `remarks`, before the seconds of work
    on_step : called with (steps done, all steps) instead of a progress bar; raise in it to stop

    Returns
    -------
    Takes, best first: the piece with other notes. With `similarity`, `remarks` end with how alike each take is.

    Raises
    ------
    InputError
        The piece has no notes or more than four voices, they cannot be told apart, or an option does not fit.
    """
    _check(voices=voices, bars=bars, fix=fix, rewrite=rewrite, similarity=similarity, n=n)
    policy = Annealing(sweeps=steps, temperature=temperature)
    parameters: dict[str, Any] = {
        "voices": voices if voices is None or isinstance(voices, str) else list(voices),
        "bars": bars,
        "fix": fix,
        "keep": keep if isinstance(keep, str) else list(keep),
        "rewrite": rewrite,
        "similarity": similarity,
        "pickup": pickup,
        "grid": grid,
        "ranges": ranges if ranges is None or isinstance(ranges, str) else {v: list(r) for v, r in ranges.items()},
        "temperature": temperature,
        "steps": steps,
    }
    score, sources, text = read_song(song)
    if text is not None:
        parameters["song"] = text
    limits = fit.parse_ranges(ranges) if isinstance(ranges, str) else fit.checked(ranges or {})
    piece = rewriting.lay_out(score, pickup=pickup, grid=grid)
    kept = four_voices.chosen(keep) if fix else ()
    free = rewriting.chosen(piece, voices=_voices(piece, voices, kept), bars=bars)
    copy = rewriting.Copy.of(piece, ranges=limits)
    told = (lambda score: check.counted(piece.faults(score)[1])) if fix else piece.parallels
    understood = piece.song.line(0).removesuffix(" · not moved")
    remarks = [str(piece.voices)]
    if fix:
        remarks.append(f"to clear: {told(piece.song.score)}")
    if on_understood is not None:
        on_understood(understood, remarks)
    takes = []
    with interrupts.deferred() as heed, progress.shown("inpainting", on_step=on_step) as show:
        from genart.families import drawing, redrawing  # brings JAX: not before the piece is understood

        bach, seed = drawing.prepare(model, seed=seed)
        heed()
        task = redrawing.Task(bach=bach, piece=piece, copy=copy, free=free, policy=policy)
        draw = redrawing.fix if fix else redrawing.inpaint
        draw = functools.partial(redrawing.rewrite, similarity=similarity) if rewrite else draw
        for take in range(n):

            def step(done: int, total: int, take: int = take) -> None:
                heed()
                show(take * total + done, n * total)

            drawn = draw(task, seed=seed + take, on_step=step)
            written = rewriting.rewrite(piece, drawn.cells, drawn.free)
            recipe = drawing.recipe(bach, "inpaint", seed=seed + take, parameters=parameters, sources=sources)
            facts = Facts(seed=seed + take, log_likelihood=drawn.log_likelihood, faults=told(written))
            same = redrawing.alike(piece, drawn.cells, free)
            takes.append((drawn.quality, dataclasses.replace(written, recipe=recipe), facts, same))
    takes.sort(key=lambda ranked: -ranked[0])
    if rewrite:
        remarks += [f"seed {facts.seed}: {same:.0%} of the notes' time is as it was" for _, _, facts, same in takes]
    return Takes(
        [made for _, made, _, _ in takes],
        facts=[facts for _, _, facts, _ in takes],
        understood=understood,
        remarks=remarks,
    )


def _check(
    *,
    voices: str | Sequence[str] | None,
    bars: str | None,
    fix: bool,
    rewrite: bool,
    similarity: float | None,
    n: int,
) -> None:
    if n < 1:
        raise InputError(f"{n} takes: ask for 1 or more")
    if fix and rewrite:
        raise InputError("fix changes as little as it can and rewrite changes everything: ask for one of them")
    if not (voices or bars or fix or rewrite):
        raise InputError("say what to write anew: voices (alto,tenor), bars (5-8) or both; or ask for fix or rewrite")
    if similarity is not None and not rewrite:
        raise InputError("similarity says how much rewrite leaves: ask for rewrite, too")
    if similarity is not None and not 0 <= similarity <= 1:
        raise InputError(f"similarity {similarity:g}: it is 0 (nothing is left as it was) to 1 (everything is)")


def _voices(piece: Piece, voices: str | Sequence[str] | None, kept: tuple[int, ...]) -> tuple[int, ...]:
    """The voices to draw."""
    there = piece.voices.names
    found = four_voices.chosen(there if voices is None else voices, among=there)
    if voices is not None and (both := set(found) & set(kept)):
        raise InputError(f"the {VOICES[min(both)]} is both to be fixed and to be kept: keep another voice")
    found = tuple(voice for voice in found if voice not in kept)
    if not found:
        raise InputError("every voice of the piece is kept, so that nothing can be fixed: keep fewer")
    return found
