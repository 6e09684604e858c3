"""Cards: a score in a notebook as a line of facts, a picture and a player, in plain HTML without scripts."""

import html
from collections.abc import Sequence

from genart.audio import synth
from genart.audio.audio import PLAYER_SECONDS
from genart.errors import GenartError
from genart.music import counterpoint, engrave, staves
from genart.music.score import Score
from genart.show.layout import Mark, Tints
from genart.show.roll import piano_roll_svg

PLAYER_RATE = 32000
MOST_ENGRAVED = 2000  # notes, which take a second and 500 KB
PARALLELS = {"fifths": "5ths", "octaves": "8ves"}  # the kinds of faults that are marked, as musicians write them


def card(
    score: Score,
    *,
    kept: Sequence[int | str] | None = None,
    marks: Sequence[Mark | tuple[int, str]] | None = None,
    tints: Tints | None = None,
    caption: str = "",
    pickup: int | None = None,
) -> str:
    """Show a score in a notebook: facts, picture and a player with the first 90 seconds inside.

    Where Verovio is installed and the score is no longer than 2,000 notes, it is engraved, and its piano roll can be
    unfolded; else the piano roll is the picture.

    Parameters
    ----------
    score
        What to show.
    kept, marks, tints, pickup
        See :func:`genart.show.piano_roll_svg`. By default a harmonization shows the voice that was kept and its
        parallel fifths and octaves, see :func:`known_kept` and :func:`known_marks`.
    caption
        A line of text, put before the facts.

    Returns
    -------
    str
        HTML that needs no network and no script.
    """
    roll = piano_roll_svg(
        score,
        kept=known_kept(score) if kept is None else kept,
        marks=known_marks(score) if marks is None else marks,
        tints=tints,
        pickup=pickup,
        recipe=False,
    )
    engraved = _engraved(score)
    picture = f"{engraved}<details><summary>piano roll</summary>{roll}</details>" if engraved else roll
    line = f"<b>{html.escape(caption)}</b><br>" if caption else ""
    return (
        '<figure style="margin:0 0 1.5em;max-width:1000px;font-family:system-ui,sans-serif">'
        f'<figcaption style="margin-bottom:.4em">{line}{html.escape(facts(score, pickup=pickup))}</figcaption>'
        f"{picture}{_player(score)}</figure>"
    )


def cards(scores: Sequence[Score], *, captions: Sequence[str] = ()) -> str:
    """Show takes under each other, each a :func:`card` that is numbered and has its caption, if there is one."""
    texts = [*captions, *[""] * (len(scores) - len(captions))]
    titles = [" · ".join(filter(None, (f"take {i}", text))) for i, text in enumerate(texts, start=1)]
    return "".join(card(score, caption=title) for score, title in zip(scores, titles, strict=True))


def facts(score: Score, *, pickup: int | None = None) -> str:
    """A line on a score: "3/4 · 96 bpm · F · 32 bars · 1:04 · bach · seed 7"."""
    bars = [bar for bar in score.bars(pickup=pickup) if bar.number > 0]
    meter = bars[0].meter if bars else score.meters[0]  # a pickup is often written as a meter of its own
    known = [str(meter), f"{score.tempos[0].bpm:.4g} bpm", *(key.name for key in score.keys[:1])]
    count = len(bars)
    seconds = round(score.seconds(score.end))
    known += [f"{count} bar{'' if count == 1 else 's'}", f"{seconds // 60}:{seconds % 60:02}"]
    if score.recipe:
        known += [score.recipe.model] if score.recipe.model else []
        known += [f"seed {score.recipe.seed}"]
    return " · ".join(known)


def known_kept(score: Score) -> tuple[int, ...]:
    """The places of the voices that a harmonization kept, by its recipe; () for other scores."""
    if not _is_harmonization(score):
        return ()
    keep = score.recipe.parameters.get("keep") if score.recipe else None
    parts = keep.split(",") if isinstance(keep, str) else keep or ()
    named = {str(part).partition("=")[0].strip().lower() for part in parts}
    return tuple(i for i, name in enumerate(counterpoint.VOICES) if name in named)


def known_marks(score: Score) -> tuple[Mark, ...]:
    """Marks for the parallel fifths and octaves of a harmonization of four voices; () for other scores."""
    if not _is_harmonization(score) or len(score.voices) != len(counterpoint.VOICES):
        return ()
    ticks, pitches = counterpoint.columns(score)
    return tuple(
        Mark(
            tick=int(ticks[fault.step]),
            label=PARALLELS[fault.kind],
            pitches=tuple(int(pitches[fault.step, voice]) for voice in fault.voices),
        )
        for fault in counterpoint.faults(pitches)
        if fault.kind in PARALLELS
    )


def _engraved(score: Score) -> str:
    """The score engraved, voices of a choir on two staves; "" where it cannot be."""
    if not engrave.available() or sum(len(voice.notes) for voice in score.voices) > MOST_ENGRAVED:
        return ""
    for count in (2, None) if staves.choir(score.voices) else (None,):
        try:
            return engrave.svg(score, staves=count, title=False, recipe=False)
        except GenartError:  # voices of several notes at a time; the roll is there all the same
            continue
    return ""


def _is_harmonization(score: Score) -> bool:
    melodic = [voice for voice in score.voices if not voice.is_drums]
    return score.recipe is not None and score.recipe.verb == "harmonize" and len(melodic) >= len(counterpoint.VOICES)


def _player(score: Score) -> str:
    if not score.voices:
        return ""
    try:
        sound = synth.render(score, rate=PLAYER_RATE, seconds=PLAYER_SECONDS)
    except GenartError as error:  # the picture is worth showing all the same
        return f"<p>no sound: {html.escape(str(error))}</p>"
    return f'<div style="margin-top:.4em">{sound.player()}</div>'
