import json

import pytest
from click.testing import CliRunner

from genart.cli.main import cli
from genart.music.score import Score
from genart.recipe import read_recipe


def genart(*arguments):
    return CliRunner().invoke(cli, [*map(str, arguments)])


@pytest.fixture
def again(here, tiny_bach):
    """A tune harmonized as made.mid and made.wav, and the command that makes them again."""
    Score.parse("G4 A4 B4 C5 | D5:4", key="G").save(here / "song.mid")
    model = ["--model", tiny_bach]
    done = genart("harmonize", "song.mid", *model, "--steps", 1, "--seed", 5, "-o", "made.mid", "-o", "made.wav")
    assert done.exit_code == 0, done.output
    return lambda *arguments: genart("again", *arguments, *model)


def test_the_same_bytes_beside_the_file(again, here):
    for name in ("mid", "wav"):
        result = again(here / f"made.{name}")
        assert result.stdout == f"{here}/made-again.{name}\n", result.output
        assert (here / f"made-again.{name}").read_bytes() == (here / f"made.{name}").read_bytes()


def test_it_says_what_harmonize_says(again):
    result = again("made.mid", "--json")
    understood, last = result.stderr.splitlines()
    record = json.loads(result.stdout)
    assert understood == record["understood"]
    assert last == f"seed 5 · {record['takes'][0]['faults']}"


def test_names_count_up(again):
    assert [again("made.mid").stdout for _ in range(2)] == ["made-again.mid\n", "made-again-2.mid\n"]
    assert again("made.mid", "-n", 2).stdout.split() == [
        "made-again-2-1.mid",
        "made-again-2-2.mid",
    ]  # 1 and 2 alone are taken


def test_changes(again):
    result = again("made.mid", "--seed", 8, "--programs", "organ", "-o", "b.mid", "-o", "b.svg")
    assert result.stdout.split() == ["b.mid", "b.svg"]
    recipe = read_recipe("b.mid")
    assert recipe is not None
    assert (recipe.seed, recipe.parameters["programs"], recipe.parameters["steps"]) == (8, "organ", 1)
    assert Score.read("b.mid").voices[1].program == 19


def test_nothing_is_overwritten_without_force(again, here):
    before = (here / "made.mid").read_bytes()
    result = again("made.mid", "--seed", 8, "-o", "made.mid")
    assert (result.exit_code, result.stderr) == (1, "Error: made.mid exists; pass --force to overwrite it\n")
    assert (here / "made.mid").read_bytes() == before
    assert again("made.mid", "--seed", 8, "-o", "made.mid", "--force").exit_code == 0
    assert (here / "made.mid").read_bytes() != before


def test_the_input_can_be_given(again, here):
    (here / "song.mid").rename(here / "tune.mid")
    refused = again("made.mid")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr == "Error: song.mid, which made.mid was made from, is not beside it; give it with --input\n"
    assert again("made.mid", "--input", "tune.mid").stdout == "made-again.mid\n"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("none/made.mid", "cannot read none/made.mid: No such file or directory"),
        ("words.txt", "words.txt cannot carry a recipe: files that can are .flac, "),
        ("plain.mid", "plain.mid carries no recipe of genart's, so it cannot be made again"),
    ],
)
def test_refusals_are_one_sentence(here, file, sentence):
    (here / "words.txt").write_text("words")
    Score.parse("C4").save("plain.mid")
    result = genart("again", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {sentence}")
    assert len(result.stderr.splitlines()) == 1


def test_the_help_tells_no_defaults_that_do_not_hold():
    assert "[default" not in genart("again", "--help").stdout
