"""What a tune is held to while it is drawn, as masks on its symbols that are worked out inside the compiled loop.

What must hold (the grammar of events, the range, bars that are exactly full) leaves something at every event. The rest
are wishes, the most important first: one that would leave nothing is passed over at that event.
"""

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from genart.errors import InputError
from genart.music.tokens import BAR, END, FIRST, HOLD, REST, SECTION, Codec, Head, Tokens, advance
from genart.sampling.autoregressive import Rules

MOST_SECTIONS, MOST_BARS = 52, 256
SPOTS, CHORDS = 8, 64  # strong places of a bar, and different chords, at most; tables are as large whatever is asked
EVENTS_A_BAR = 4  # so few left, and durations are as long as they can be, so that a tune ends within its limit

Chord = tuple[int, tuple[int, ...]]  # ticks since the bar line, and the pitch classes that may sound there


class Place(NamedTuple):
    """What rules know of a tune so far, int32[B]: the place in it, its number of events, and its newest pitch."""

    position: jax.Array
    measure: jax.Array
    section: jax.Array
    count: jax.Array
    note: jax.Array  # pitch symbol, 0 before the first note
    pickup: jax.Array  # ticks, of the first section and so of all
    sounding: jax.Array  # 1 where a note can be held
    over: jax.Array  # 1 after END


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a tune is held to while it is drawn.

    Attributes
    ----------
    lowest, highest : MIDI pitches
    scale : pitch classes, 0 = C
    leap : semitones from note to note at most
    sections : bars of each; without any the tune has the form it takes
    cadence : the last section ends on the tonic, held for so many 48ths of a quarter at least; 0 for any end
    chords : of each bar, from bar 1 on, those of its strong places; what sounds there is from them
    grammar : events have a duration just where theirs need one; without it nothing at all is masked
    """

    lowest: int = 0
    highest: int = 127
    scale: tuple[int, ...] = tuple(range(12))
    leap: int = 127
    sections: tuple[int, ...] = ()
    cadence: int = 0
    chords: tuple[tuple[Chord, ...], ...] = ()
    grammar: bool = True


FREE = Bounds()


def tables(codec: Codec, head: Head, bounds: Bounds, *, primer: Tokens | None, limit: int, room: int) -> dict[str, Any]:
    """The arrays that :func:`rules` look things up in, of the same shapes for all bounds and equal `room`.

    Raises
    ------
    InputError
        No note is left, or there are more sections, bars or chords than fit.
    """
    midi = np.arange(codec.pitches) - FIRST + codec.lowest + head.anchor
    is_note = np.arange(codec.pitches) >= FIRST
    inside = is_note & (midi >= bounds.lowest) & (midi <= bounds.highest) & np.isin(midi % 12, bounds.scale)
    if not inside.any():
        raise InputError(f"no note from {bounds.lowest} to {bounds.highest} is in the scale: widen the range")
    if len(bounds.sections) > MOST_SECTIONS or sum(bounds.sections) > MOST_BARS:
        raise InputError(
            f"{len(bounds.sections)} sections of {sum(bounds.sections)} bars together: a tune has at most "
            f"{MOST_SECTIONS} sections and {MOST_BARS} bars"
        )
    begun = np.zeros((room, 2), np.int32)
    if primer is not None:
        begun[: len(primer)] = np.stack([primer.pitch, primer.duration], axis=1)
    tonic = inside & (midi % 12 == head.anchor % 12)
    symbols = np.arange(codec.pitches)
    near = tonic.any() & (np.abs(symbols[:, None] - symbols[tonic]) <= bounds.leap).any(axis=1)
    sections = np.zeros(MOST_SECTIONS, np.int32)
    sections[: len(bounds.sections)] = bounds.sections
    found = {
        "pitches": inside | ~is_note,
        "durations": codec.allowed | (not bounds.grammar),
        "leap": np.int32(bounds.leap),
        "lengths": codec.lengths,
        "bar": np.int32(head.bar),
        "primer": begun,
        "begun": np.int32(0 if primer is None else len(primer)),
        "limit": np.int32(limit),
        "sections": sections,
        "before": np.concatenate([[0], np.cumsum(sections)[:-1]]).astype(np.int32),
        "parts": np.int32(len(bounds.sections)),
        "tonic": tonic,
        "near": near | ~is_note,
        "cadence": np.int32(bounds.cadence if tonic.any() else 0),
        **_chord_tables(bounds.chords, midi, is_note),
    }
    return {name: jnp.asarray(value) for name, value in found.items()}


def _chord_tables(bars: tuple[tuple[Chord, ...], ...], midi: np.ndarray, is_note: np.ndarray) -> dict[str, np.ndarray]:
    """Which places are strong, int32[SPOTS], whose chord of which bar, and the notes of each chord."""
    spots = sorted({at for bar in bars for at, _ in bar})
    names = sorted({classes for bar in bars for _, classes in bar})
    if len(spots) > SPOTS or len(names) >= CHORDS or len(bars) > MOST_BARS:
        raise InputError(
            f"{len(names)} chords at {len(spots)} places of {len(bars)} bars: give at most {CHORDS - 1} different "
            f"ones, at {SPOTS} places of a bar, for {MOST_BARS} bars"
        )
    places = np.full(SPOTS, -1, np.int32)
    places[: len(spots)] = spots
    which = np.full((MOST_BARS, SPOTS), CHORDS - 1, np.int32)
    for number, bar in enumerate(bars):
        for at, classes in bar:
            which[number, spots.index(at)] = names.index(classes)
    notes = np.ones((CHORDS, len(midi)), bool)
    for number, classes in enumerate(names):
        notes[number] = ~is_note | np.isin(midi % 12, classes)
    return {"spots": places, "which": which, "chords": notes}


@functools.cache
def rules(codec: Codec) -> Rules:
    """The rules of tunes; one object a codec, so that programs are compiled once."""
    symbols = jnp.arange(codec.pitches)

    def allowed_pitches(at: Any, place: Place, token: jax.Array) -> jax.Array:
        return _forced(at, place, 0, _pitches(at, place, symbols))

    def allowed_durations(at: Any, place: Place, token: jax.Array) -> jax.Array:
        return _forced(at, place, 1, _durations(at, place, token[:, 0]))

    def moved(at: Any, place: Place, token: jax.Array) -> Place:
        pitch, length = token[:, 0], at["lengths"][token[:, 1]]
        reached = advance(place.position, place.measure, place.section, pitch, length, at["bar"])
        is_note = pitch >= FIRST
        return Place(
            *reached,
            count=place.count + 1,
            note=jnp.where(is_note, pitch, place.note),
            pickup=jnp.where((pitch == SECTION) & (place.section == 0), length, place.pickup),
            sounding=jnp.where((pitch == HOLD) | (pitch == BAR), place.sounding, jnp.int32(is_note)),
            over=jnp.int32(pitch == END),
        )

    return Rules(allowed=(allowed_pitches, allowed_durations), advance=moved, over=lambda at, place: place.over == 1)


def _pitches(at: Any, place: Place, symbols: jax.Array) -> jax.Array:
    is_note, held = symbols >= FIRST, symbols == HOLD
    left, last = _left(at, place), place.section == at["parts"]
    within = is_note | (symbols == REST) | (held & (place.sounding == 1)[:, None])
    turn = jnp.where((last & (place.section > 0))[:, None], symbols == END, symbols == SECTION)
    shape = jnp.where(((left == 0) | (place.section == 0))[:, None], turn, within)
    own = ~(held & (place.count == at["begun"])[:, None])  # the last note of a beginning stays as long as it is
    must = at["pitches"] & own & (shape | (at["parts"] == 0))
    wishes = []
    apart = jnp.abs(symbols - place.note[:, None]) <= at["leap"]
    wishes.append(apart | ~is_note | (place.note < FIRST)[:, None])
    ending = last & (at["parts"] > 0) & (left > 0) & (at["cadence"] > 0)
    home = at["tonic"][place.note]
    closes = (left < at["cadence"]) & home & (place.sounding == 1)  # the last note, which has come to a bar line
    closing = (held & home[:, None]) | (at["tonic"] & ~closes[:, None])
    now = (left <= at["cadence"]) | (_late(at, place) & (left <= at["bar"] - place.position))
    wishes.append(closing | ~(ending & now)[:, None])
    wishes.append(at["near"] | ~(ending & (left <= at["bar"]))[:, None])
    chord = at["chords"][_chords(at, place)]  # [B, SPOTS, P]
    here = (at["spots"] == place.position[:, None]) & (place.measure > 0)[:, None]  # [B, SPOTS]
    fits = jnp.where(held, jnp.take_along_axis(chord, place.note[:, None, None], axis=-1), chord)
    wishes.append((fits | ~here[..., None]).all(axis=1))
    return _granted(must, wishes)


def _durations(at: Any, place: Place, pitch: jax.Array) -> jax.Array:
    lengths = at["lengths"]
    left, timed = _left(at, place), pitch >= REST
    room = jnp.minimum(at["bar"] - place.position, left)
    first = (place.section == 0)[:, None]
    begins = jnp.where(first, lengths < at["bar"], lengths == place.pickup[:, None])
    fits = jnp.where((pitch == SECTION)[:, None], begins, (lengths <= room[:, None]) | ~timed[:, None])
    must = at["durations"][pitch] & (fits | (at["parts"] == 0))
    planned = (at["parts"] > 0) & timed
    sounds = jnp.where(pitch == HOLD, place.note, pitch)
    ending = planned & (place.section == at["parts"]) & (at["cadence"] > 0)
    before = lengths <= (left - at["cadence"])[:, None]
    longest = jnp.where(lengths <= room[:, None], lengths, 0).max(axis=-1)
    last = (lengths == longest[:, None]) & (at["tonic"][sounds] & (room == left))[:, None]
    onward = (at["tonic"][sounds] & (left <= at["cadence"]))[:, None] & (lengths == longest[:, None])
    chord = at["chords"][_chords(at, place)]  # [B, SPOTS, P]
    foreign = ~jnp.take_along_axis(chord, sounds[:, None, None], axis=-1)[..., 0]
    later = (at["spots"] > place.position[:, None]) & (place.measure > 0)[:, None] & foreign
    until = jnp.where(later, at["spots"] - place.position[:, None], at["bar"]).min(axis=-1)
    wishes = [before | last | onward | ~ending[:, None], (lengths <= until[:, None]) | ~timed[:, None]]
    granted = _granted(must, wishes)
    longest = jnp.where(granted, lengths, 0).max(axis=-1)
    return granted & ((lengths == longest[:, None]) | ~(planned & _late(at, place))[:, None])


def _late(at: Any, place: Place) -> jax.Array:
    """Whether so few events are left that a tune has to hurry to its end, bool[B]."""
    bars = at["sections"].sum() - at["before"][place.section - 1] - jnp.maximum(place.measure, 1) + 1
    return at["limit"] - place.count <= EVENTS_A_BAR * (bars + 1) + 2 * at["parts"]


def _left(at: Any, place: Place) -> jax.Array:
    """Ticks until the section that is being drawn has all its bars, int32[B]."""
    elapsed = place.pickup + (place.measure - 1) * at["bar"] + place.position
    return at["sections"][place.section - 1] * at["bar"] - elapsed


def _chords(at: Any, place: Place) -> jax.Array:
    """The number of the chord at each strong place of this bar, int32[B, SPOTS]."""
    bar = at["before"][place.section - 1] + place.measure - 1
    return at["which"][jnp.clip(bar, 0, MOST_BARS - 1)]


def _granted(must: jax.Array, wishes: Iterable[jax.Array]) -> jax.Array:
    """What must hold and, one after the other, the wishes that leave something; bool[B, V]."""
    for wish in wishes:
        both = must & wish
        must = jnp.where(both.any(axis=-1, keepdims=True), both, must)
    return must


def _forced(at: Any, place: Place, part: int, free: jax.Array) -> jax.Array:
    """What is allowed: the primer's symbol while it lasts, then what is free, bool[B, V]."""
    symbol = at["primer"][jnp.minimum(place.count, len(at["primer"]) - 1), part]
    within = place.count < at["begun"]
    return jnp.where(within[:, None], jnp.arange(free.shape[-1]) == symbol[:, None], free)
