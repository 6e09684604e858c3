import inspect

from click.testing import CliRunner

from genart.cli.compose import command
from genart.cli.main import cli
from genart.families.compose import compose
from genart.music.score import Score


def test_there_is_an_option_for_every_parameter_and_none_else():
    given = {option.name for option in command.params if option.expose_value} - {"out", "force", "recipe"}
    assert given == set(inspect.signature(compose).parameters) - {"on_understood", "on_step"}


def test_a_piece_is_made_and_made_again(here, tiny_bach):
    model = ["--model", str(tiny_bach)]
    options = ["--bars", "4", "--meter", "3/4", "--key", "Gm", "--pickup", "1", "--seed", "5", "--steps", "1"]
    result = CliRunner().invoke(cli, ["compose", *options, *model])
    assert (result.exit_code, result.stdout) == (0, "composed.mid\n"), result.output
    understood, last = result.stderr.splitlines()
    assert understood == "G minor · 3/4 · 84 bpm · pickup 1 beat · 4 bars · 1 phrase"
    assert last.startswith("seed 5 · ")
    assert [str(meter) for meter in Score.read("composed.mid").meters] == ["1/4", "3/4"]
    assert CliRunner().invoke(cli, ["again", "composed.mid", *model]).stdout == "composed-again.mid\n"
    assert (here / "composed-again.mid").read_bytes() == (here / "composed.mid").read_bytes()


def test_refusals_are_one_sentence_and_come_before_jax(python, here):
    code = (
        'import sys; from genart.cli.main import cli\ntry: cli(["compose", "--bars", "1"])\nexcept SystemExit: pass\n'
    )
    done = python("-c", code + 'print("jax" in sys.modules)', cwd=here)
    assert (done.stdout, done.stderr) == ("False\n", "Error: 1 bars: ask for 2 to 256\n")
