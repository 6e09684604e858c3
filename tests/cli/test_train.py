"""genart train and genart evaluate, from a corpus that the test makes to a model with figures in its card."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from genart.cli.main import cli
from genart.families.bundle import read_bundle


@pytest.fixture
def corpus(here):
    rng = np.random.default_rng(0)
    pieces = [
        np.repeat(np.array([70, 64, 57, 50]) + rng.integers(-2, 3, size=(12, 4)), 4, axis=0).tolist() for _ in range(5)
    ]
    (here / "tunes.json").write_text(json.dumps({"train": pieces[:3], "valid": pieces[3:]}))
    return "tunes.json"


def run(*words):
    return CliRunner().invoke(cli, words)


def test_a_model_is_trained_used_by_name_and_measured(corpus, here):
    result = run("train", "bach", corpus, "--steps", "4", "--preset", "tiny")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(here / "bach-tunes")
    assert "Next: genart harmonize SONG --model bach-tunes" in result.stderr

    result = run("evaluate", "bach-tunes", corpus, "--pieces", "1", "--json")
    assert result.exit_code == 0, result.stderr
    figures = json.loads(result.stdout)["figures"]
    assert set(figures) == {
        "note_random",
        "note_chronological",
        *(f"frame_{order}_m{m}" for order in ("random", "chronological") for m in (1, 5)),
    }
    assert 2 < figures["note_random"]["mean"] < 5  # four steps of training: about log 47 = 3.85

    result = run("evaluate", "bach-tunes", corpus, "--counterpoint", "--seeds", "0,1", "--into-card", "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["pieces"] == 2 and set(record["figures"]["fifths"]) == {"model", "bach"}
    moves = record["figures"]["soprano_moves"]
    assert moves["model"]["value"] == moves["bach"]["value"]  # sopranos are kept
    card = (here / "bach-tunes" / "README.md").read_text()
    assert "fifths a bar, 2 sopranos" in card and "genart evaluate bach-tunes FILE" in card
    assert read_bundle("bach-tunes").family == "bach"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "bach", "tunes.json"), "give one of --steps and --budget"),
        (("train", "bach", "tunes.json", "--budget", "soon"), "'soon' is not a length of time"),
        (("train", "bach", "tunes.json", "--steps", "1", "--preset", "huge"), "preset 'huge': it is one of"),
        (("train", "bach", "none.json", "--steps", "1"), "cannot read none.json"),
        (("evaluate", "bach-none", "tunes.json"), "bach-none"),
        (("evaluate", "bach-none", "tunes.json", "--split", "test"), "has no split 'test'; it has: train, valid"),
        (("evaluate", "bach-none", "tunes.json", "--seeds", "x"), "seeds 'x': give one whole number"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(corpus, words, message):
    result = run(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
