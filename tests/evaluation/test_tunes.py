"""Figures of a model with random weights on tunes that the test makes."""

import pytest

from genart.cli.evaluate_tunes import command
from genart.errors import InputError
from genart.evaluation.tunes import measure, sides
from genart.families.registry import load
from genart.music.tokens import FIRST, Codec
from genart.music.tunes.tune import Section, Tune


def tune(number: int) -> Tune:
    """Eight quarters up and down from a note that the number gives."""
    steps = [(number * (place + 3)) % 7 for place in range(8)]
    notes = tuple((48 * place, 48, 62 + step) for place, step in enumerate(steps))
    return Tune(sections=(Section(notes=notes, length=384),), meter=(4, 4), tonic=2, number=number, source="test")


TUNES = [tune(number) for number in range(1, 61)]


def test_a_split_to_measure_on():
    assert sides(TUNES, split="valid").train == sides(TUNES, split="test").train
    with pytest.raises(InputError, match="split 'train': tunes to measure on are in valid and test"):
        sides(TUNES, split="train")
    with pytest.raises(InputError, match="1 tunes are too few: none is in"):
        sides(TUNES[:1], split="valid" if sides_of_first() == "test" else "test")


def sides_of_first() -> str:
    for name in ("valid", "test"):
        try:
            return sides(TUNES[:1], split=name).name
        except InputError:
            continue
    return "train"


def test_figures_beside_those_of_n_grams_and_tunes(tiny_melody):
    model = load(tiny_melody)
    parted = sides(TUNES, split="valid")
    told: list[tuple[int, int]] = []
    found = measure(model, parted, samples=5, on_step=lambda done, total: told.append((done, total)))
    nats = found.record["nats a note"]
    tokens = [Codec().encode(each) for each in parted.held_out]
    notes = sum(int((each.pitch >= FIRST).sum()) for each in tokens)
    assert nats["model"] == pytest.approx(sum(float(model.nats(each).sum()) for each in tokens) / notes)
    assert nats["model"] == pytest.approx(nats["pitch"] + nats["duration"])
    best = min(value for name, value in nats.items() if name.startswith("5-grams"))
    assert found.record["below 5-grams"] == pytest.approx(1 - nats["model"] / best)
    assert found.record["full bars"]["tunes"] == 1  # as they are made
    assert 0 <= found.record["full bars"]["samples"] < 1
    assert set(found.record["overlap"]) == {
        "interval", "duration", "density", "range", "pitch-class entropy", "repetition",
    }  # fmt: skip
    assert told[-1] == (len(parted.held_out) + 3, len(parted.held_out) + 3)
    assert found.figures("genart evaluate melody")[0].command == "genart evaluate melody"


def test_the_command_has_the_figures_in_its_help():
    assert "Kneser-Ney" in (command.help or "")
