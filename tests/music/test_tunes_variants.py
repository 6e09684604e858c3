import dataclasses

import numpy as np
import pytest

from genart.music.tunes.report import describe
from genart.music.tunes.tune import LeftOut, Section, Tune
from genart.music.tunes.variants import SPLITS, groups, pitch_windows, splits, windows


def tune(*lines: list[int], title: str = "", **facts) -> Tune:
    sections = tuple(
        Section(notes=tuple((24 * i, 24, pitch) for i, pitch in enumerate(pitches)), length=24 * len(pitches))
        for pitches in lines
    )
    return Tune(sections=sections, meter=(4, 4), tonic=0, title=title, **facts)


def line(seed: int, notes: int = 40) -> list[int]:
    return np.random.default_rng(seed).integers(60, 80, notes).tolist()


def test_windows_are_of_nine_notes_in_any_key():
    pitches = line(0)
    found = windows(tune(pitches))
    assert len(found) == 32 and len(set(found.tolist())) == 32
    np.testing.assert_array_equal(found, windows(tune(pitches).transposed(5)))
    np.testing.assert_array_equal(found[3:4], pitch_windows(pitches[3:12]))
    assert len(pitch_windows(pitches[:8])) == 0 and len(pitch_windows([0] * 9)) == 1


def test_windows_do_not_go_over_sections():
    assert len(windows(tune(line(0, 12), line(1, 8), line(2, 9)))) == 4 + 0 + 1


def test_large_leaps_are_told_apart():
    assert pitch_windows([0, 127] * 4 + [0]) != pitch_windows([127, 0] * 4 + [127])


@pytest.mark.parametrize(("shared", "together"), [(18, True), (17, False)])
def test_variants_share_three_tenths_of_the_windows(shared, together):
    # 40 notes have 32 windows, of which 30 % are 9.6; 18 notes in common have 10 windows.
    first, second = line(1), line(2)
    other = [*second[shared:], *first[:shared]]
    assert (groups([tune(first), tune(other)]).tolist() == [0, 0]) == together


def test_variants_of_variants_are_one_group_in_the_order_of_the_tunes():
    a, b, c = line(1), line(2), line(3)
    ab, bc = a[:24] + b[:24], b[:20] + c[:24]
    assert groups([tune(line(9)), tune(a), tune(c), tune(bc), tune(line(8, 5))]).tolist() == [0, 1, 2, 2, 3]
    assert groups([tune(line(9)), tune(a), tune(c), tune(bc), tune(line(8, 5)), tune(ab)]).tolist() == [
        0,
        1,
        1,
        1,
        2,
        1,
    ]
    assert groups([]).tolist() == []


def test_groups_are_split_whole_and_as_said():
    many = [tune(line(seed), title=str(seed)) for seed in range(1000)]
    sides = splits(many)
    for name, share in SPLITS.items():
        assert abs(sides.count(name) / 10 - share) < 4  # percent; three standard deviations of the largest
    assert splits(many[::-1])[::-1] == sides
    doubled = [*many[:50], *(dataclasses.replace(each.transposed(2), title="other") for each in many[:50])]
    assert splits(doubled)[:50] == splits(doubled)[50:]


def test_a_description():
    first = tune(line(1), title="First", kind="reel", source="x.abc")
    second = dataclasses.replace(first.transposed(3), title="Second")
    third = tune(line(2), line(3), title="Third", mode="minor", source="y.abc")
    out = LeftOut(source="y.abc", number=7, title="Bad", reason="it has no notes")
    found = describe([first, second, third], left_out=[out])
    assert (found.tunes, found.notes, found.irregular, found.alike) == (3, 160, 0, 1)
    assert (found.sources, found.kinds) == ({"x.abc": 2, "y.abc": 1}, {"reel": 2, "unknown": 1})
    assert (found.modes, found.meters) == ({"major": 2, "minor": 1}, {"4/4": 3})
    assert (found.groups, found.largest) == ({1: 1, 2: 1}, (("First", "Second"),))
    assert sum(tunes for tunes, _ in found.splits.values()) == 3
    said = str(found)
    assert said.startswith("3 tunes, 160 notes, each section once\nsources: x.abc 2, y.abc 1\n")
    assert "groups: 2 (1 of 1, 1 of 2); the largest:\n  2: First · Second\n" in said
    assert said.endswith("left out: 1\n  y.abc 7 Bad: it has no notes")
    assert found.to_dict()["left_out"] == (
        {"source": "y.abc", "number": 7, "title": "Bad", "reason": "it has no notes"},
    )
