"""Whether bars are full, told from events alone, whatever drew them."""

import numpy as np

from genart.music.tokens import BAR, END, SECTION, Codec


def filled(pitch: np.ndarray, duration: np.ndarray, *, bar: int, codec: Codec) -> tuple[int, int]:
    """How many bars of a tune are filled exactly, and how many it has.

    What comes before the first bar line of a section is no bar, and the last bar of one lacks what its pickup has.
    A bar is not filled if an event goes over its end, if a bar line comes before it, or if the section stops before it.

    Parameters
    ----------
    pitch, duration : int[T], symbols
    bar : ticks
    codec : whose symbols they are
    """
    full = total = pickup = place = 0
    counted = False  # whether what is being filled is a bar, and no pickup
    for symbol, length in zip([*pitch.tolist(), END], [*codec.lengths[duration].tolist(), 0], strict=True):
        if symbol in (END, SECTION, BAR):
            if place and counted:
                total += 1
                full += symbol != BAR and place + pickup == bar
            if symbol == END:
                break
            if symbol == SECTION:
                pickup = length % bar
            place, counted = (-length % bar, not pickup) if symbol == SECTION else (0, True)
            continue
        place += length
        while place >= bar:
            total += counted
            full += counted and place == bar
            place, counted = place - bar, True
    return full, total
