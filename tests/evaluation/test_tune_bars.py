import numpy as np
import pytest

from genart.evaluation.tune_bars import filled
from genart.music.tokens import BAR, END, FIRST, HOLD, REST, SECTION, Codec

CODEC = Codec()


def count(*events: tuple[int, int], bar: int = 144) -> tuple[int, int]:
    pitch = np.array([symbol for symbol, _ in events])
    duration = np.array([CODEC.durations.index(length) for _, length in events])
    return filled(pitch, duration, bar=bar, codec=CODEC)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([(FIRST, 144), (FIRST, 72), (REST, 72)], (2, 2)),
        ([(FIRST, 144), (FIRST, 72)], (1, 2)),  # the second stops before its end
        ([(FIRST, 96), (FIRST, 96), (FIRST, 96)], (1, 2)),  # a note goes over the first line, none over the second
        ([(FIRST, 96), (BAR, 0), (FIRST, 144)], (1, 2)),  # a line before the end
        ([(FIRST, 144), (BAR, 0), (FIRST, 144)], (2, 2)),  # one where it stands anyhow
        ([(FIRST, 144), (HOLD, 144)], (2, 2)),
    ],
)
def test_bars_of_a_section_without_a_pickup(events, expected):
    assert count((SECTION, 0), *events, (END, 0)) == expected
    assert count((SECTION, 0), *events) == expected  # without an end too


def test_a_pickup_is_no_bar_and_the_last_bar_lacks_it():
    assert count((SECTION, 24), (FIRST, 24), (FIRST, 144), (FIRST, 120), (END, 0)) == (2, 2)
    assert count((SECTION, 24), (FIRST, 24), (FIRST, 144), (FIRST, 96), (END, 0)) == (1, 2)
    two = ((SECTION, 24), (FIRST, 24), (FIRST, 120))
    assert count(*two, *two, (END, 0)) == (2, 2)


def test_what_comes_after_the_end_does_not_count():
    assert count((SECTION, 0), (FIRST, 144), (END, 0), (FIRST, 96)) == (1, 1)
