import inspect
import json

import pytest
from click.testing import CliRunner

from genart.cli.inpaint import command
from genart.cli.main import cli
from genart.families.inpaint import inpaint
from genart.music.score import Note, Score, Track
from genart.recipe import read_recipe

LINES = ((67, 69, 71, 72), (64, 64, 64, 64), (60, 60, 60, 60), (48, 50, 52, 53))


@pytest.fixture
def run(here, tiny_bach):
    voices = [
        Track.make(name=name, notes=[Note(start=480 * i, end=480 * i + 480, pitch=p) for i, p in enumerate(line)])
        for name, line in zip(("Soprano", "Alto", "Tenor", "Bass"), LINES, strict=True)
    ]
    Score.make(voices=voices).save(here / "song.mid")

    def run(*arguments, stdin=None):
        options = ["--model", str(tiny_bach), "--steps", "1", "--seed", "3"]
        return CliRunner().invoke(cli, ["inpaint", *map(str, arguments), *options], input=stdin)

    return run


def test_there_is_an_option_for_every_parameter_and_none_else():
    saving = {"piece", "out", "force", "recipe"}
    given = {option.name for option in command.params if option.expose_value} - saving
    assert given == set(inspect.signature(inpaint).parameters) - {"song", "on_understood", "on_step"}


def test_voices_and_bars_are_written_anew(run):
    result = run("song.mid", "--voices", "alto,tenor", "--bars", "1")
    assert (result.exit_code, result.stdout) == (0, "song.inpainted.mid\n"), result.output
    understood, voices, last = result.stderr.splitlines()
    assert understood.startswith('track 2 "Soprano" · ')
    assert voices.startswith('soprano is track 2 "Soprano" (by name), ')
    assert last.startswith("seed 3 · ")
    old, new = Score.read("song.mid"), Score.read("song.inpainted.mid")
    assert [new.voices[i] for i in (0, 3)] == [old.voices[i] for i in (0, 3)]
    assert new.voices[1:3] != old.voices[1:3]
    recipe = read_recipe("song.inpainted.mid")
    assert recipe is not None
    assert (recipe.verb, recipe.seed, recipe.parameters["voices"]) == ("inpaint", 3, "alto,tenor")


def test_faults_are_cleared_and_said(run):
    result = run("song.mid", "--fix", "--json", "-o", "fixed.mid")
    record = json.loads(result.stdout)
    assert record["remarks"][1] == "to clear: 3 x parallel fifths"
    assert "parallel" not in record["takes"][0]["faults"]


def test_rewriting_says_how_much_is_left(run):
    result = run("song.mid", "--rewrite", "--similarity", 0.9, "-o", "-")
    assert result.exit_code == 0, result.output
    assert "of the notes' time is as it was" in result.stderr


def test_again_makes_it_again(run, here, tiny_bach):
    run("song.mid", "--voices", "bass", "-o", "made.mid")
    result = CliRunner().invoke(cli, ["again", "made.mid", "--model", str(tiny_bach)])
    assert result.stdout == "made-again.mid\n", result.output
    assert (here / "made-again.mid").read_bytes() == (here / "made.mid").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.mid", "--fix"], "nowhere.mid does not exist"),
        (["song.mid"], "say what to write anew: voices (alto,tenor), bars (5-8) or both; "),
        (["song.mid", "--bars", "2"], "bars '2': write one bar or the first and last, "),
        (["song.mid", "--fix", "-o", "song.mid"], "song.mid exists; pass --force to overwrite it"),
        (["song.mid", "--fix", "-o", "a.txt"], "a.txt: a score is saved as .mid"),
    ],
)
@pytest.mark.usefixtures("run")  # there is a song
def test_refusals_are_one_sentence(arguments, sentence):
    result = CliRunner().invoke(cli, ["inpaint", *arguments])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {sentence}")
    assert result.stderr.count("\n") == 1


def test_help_comes_without_jax(python, here):
    code = 'import sys; from genart.cli.main import cli; cli(["inpaint", "--help"], standalone_mode=False); '
    assert python("-c", code + 'print("jax" in sys.modules)', cwd=here).stdout.split()[-1] == "False"
