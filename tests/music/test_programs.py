import pytest

from genart.errors import InputError
from genart.music.programs import NAMES, name_of


def test_the_names_are_general_midis():
    """Numbers as the MIDI Association prints them, from 1."""
    assert len(NAMES) == len(set(NAMES)) == 128
    printed = {1: "Acoustic Grand Piano", 25: "Acoustic Guitar (nylon)", 41: "Violin", 53: "Choir Aahs", 74: "Flute"}
    printed |= {33: "Acoustic Bass", 65: "Soprano Sax", 88: "Lead 8 (bass + lead)", 110: "Bag pipe", 128: "Gunshot"}
    assert {number: name_of(number - 1) for number in printed} == printed


def test_another_peer_calls_nearly_all_alike():
    import pretty_midi

    others = [pretty_midi.program_to_instrument_name(program) for program in range(128)]
    assert sum(name.casefold() == other.casefold() for name, other in zip(NAMES, others, strict=True)) >= 124


@pytest.mark.parametrize("program", [-1, 128])
def test_other_numbers_are_refused(program):
    with pytest.raises(InputError, match=f"program {program}: General MIDI programs are 0-127"):
        name_of(program)
