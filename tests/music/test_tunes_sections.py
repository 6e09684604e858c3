"""Repeats, endings, pickups and bar lines out of place. An eighth is 24; in 4/4 a bar is 192."""

import pytest

from genart.music.tunes import abc
from genart.music.tunes.tune import Section, Tune


def read(music: str, *, meter: str = "4/4") -> Tune:
    tunes, left_out = abc.parse(f"X:1\nM:{meter}\nL:1/8\nK:C\n{music}\n")
    assert not left_out, left_out
    return tunes[0]


def letters(section: Section) -> str:
    return "".join("C.D.EF.G.A.B"[pitch - 60] for _, _, pitch in section.notes)


@pytest.mark.parametrize(
    ("music", "expected"),
    {
        "C8|D8|": ("A", ["CD"]),
        "C8|D8:|": ("AA", ["CD"]),
        "|:C8:|:D8:|": ("AABB", ["C", "D"]),
        "|:C8::D8:|": ("AABB", ["C", "D"]),
        "C8||D8|]": ("AB", ["C", "D"]),
        "C8:||:D8:|": ("AABB", ["C", "D"]),
        "|:C8||D8:|E8|]": ("AAB", ["CD", "E"]),  # a double bar within a repeat
        "|:C8|1 D8:|2 E8|]F8|]": ("AAB", ["CE", "F"]),
        "|:C8|[1 D8:|[2 E8:|F8|]": ("AAB", ["CE", "F"]),
        "|:C8\n|1D8:|\n2E8||F8|]": ("AAB", ["CE", "F"]),
        "|:C8|1 D8:|2 E8:|3 F8|]": ("AA", ["CF"]),
        "C8:|D8:|C8:|": ("AABBAA", ["C", "D"]),  # the first once more is no third section
        "C8[|]D8|]": ("A", ["CD"]),  # a bar line that is not printed
        "C8|D8|:E8:|": ("ABB", ["CD", "E"]),
        "z8|:C8:|": ("AA", ["C"]),
    }.items(),
)
def test_form_and_sections(music, expected):
    tune = read(music)
    assert (tune.form, [letters(section) for section in tune.sections]) == expected


@pytest.mark.parametrize(
    ("music", "expected"),
    {
        "C8|D8|": ([0], [384]),
        "C|D8|E7:|": ([24], [384]),
        "C|:D8|E7:|:F|G8|A7:|": ([24, 24], [384, 384]),
        "C2|D8||E8|": ([48, 0], [240, 192]),
        "z6C2|D8|": ([48], [240]),  # what is silent at the start is left out
        "z3C|D8|": ([24], [216]),
        "CD8|E8|": ([24], [408]),  # the bar line after the pickup was forgotten
        "C8|D8||E|": ([0], [408]),  # a piece at the end belongs to what comes before
        "C4|": ([0], [96]),
    }.items(),
)
def test_pickups_and_lengths(music, expected):
    tune = read(music)
    assert ([section.pickup for section in tune.sections], [section.length for section in tune.sections]) == expected


@pytest.mark.parametrize(
    ("music", "breaks"),
    {
        "C8|D8|E8|": (),
        "C8|D7|E8|": (192 + 168,),  # too short
        "C8|D9|E8|": (192 + 216,),  # too long
        "C8|D4|E4|F8|": (),  # a line within a bar
        "C8|D8E8|F8|": (),  # a line forgotten
        "C8|D8|E7|": (),  # the last may be short
        "C|D8|E7|F8|": (24 + 192 + 168,),
        "C8|D7|E9|F8|": (),  # a line drawn early
    }.items(),
)
def test_bar_lines_out_of_place(music, breaks):
    assert read(music).sections[0].breaks == breaks


def test_ties_go_over_bar_lines_and_rests_stay():
    section = read("C4D4-|D2z2E4|").sections[0]
    assert section.notes == ((0, 96, 60), (96, 144, 62), (288, 96, 64))


def test_triplets_add_up():
    assert read("(3CDE(3CDE(3CDE(3CDE|F8|", meter="4/4").sections[0].breaks == ()
