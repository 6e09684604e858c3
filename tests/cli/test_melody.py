import inspect

from click.testing import CliRunner

from genart.cli.main import cli
from genart.cli.melody import command
from genart.families.tunes import melody
from genart.music.score import Score


def test_there_is_an_option_for_every_parameter_and_none_else():
    given = {option.name for option in command.params if option.expose_value} - {"out", "force", "recipe", "notes"}
    assert given == set(inspect.signature(melody).parameters) - {"on_understood", "on_step"}


def placed(score: Score) -> list[tuple[int, int, int]]:
    """Start, end and pitch of notes, from the first on."""
    notes = score.voices[0].notes
    return [(note.start - notes[0].start, note.end - notes[0].start, note.pitch) for note in notes]


def test_a_tune_is_written_and_made_again(here, tiny_melody):
    model = ["--model", str(tiny_melody)]
    options = ["--bars", "2", "--meter", "6/8", "--key", "Dm", "--range", "C4-A5", "--kind", "jig", "--seed", "5"]
    result = CliRunner().invoke(cli, ["melody", *options, *model])
    assert (result.exit_code, result.stdout) == (0, "melody.mid\n"), result.output
    understood, last = result.stderr.splitlines()
    assert understood == "2 bars · 6/8 · D minor · jig"
    assert last == "seed 5 · not compared with the tunes that the model learned from"
    assert CliRunner().invoke(cli, ["again", "melody.mid", *model]).stdout == "melody-again.mid\n"
    assert (here / "melody-again.mid").read_bytes() == (here / "melody.mid").read_bytes()


def test_a_tune_goes_on(here, tiny_melody):
    Score.parse("D4 F4 A4:2 | D5 C5 A4:2").save("first.mid")
    options = ["--primer", "first.mid", "--bars", "3", "--seed", "5", "--model", str(tiny_melody)]
    result = CliRunner().invoke(cli, ["melody", *options])
    assert (result.exit_code, result.stdout) == (0, "first.continued.mid\n"), result.output
    first, second = (placed(Score.read(name)) for name in ("first.mid", "first.continued.mid"))
    assert second[: len(first)] == first and len(second) > len(first)


def test_one_note_is_a_beginning_and_goes_into_a_pipe(here, tiny_melody):
    options = ["--notes", "D4", "--bars", "2", "--seed", "5", "-q", "-o", "-"]
    result = CliRunner().invoke(cli, ["melody", *options, "--model", str(tiny_melody)])
    assert result.exit_code == 0, result.output
    (here / "piped.mid").write_bytes(result.stdout_bytes)
    assert Score.read("piped.mid").voices[0].notes[0].pitch == 62


def test_two_beginnings_are_one_too_many(here):
    result = CliRunner().invoke(cli, ["melody", "--primer", "a.mid", "--notes", "C4"])
    assert result.exit_code == 2 and "a tune begins with --primer or with --notes: give one of them" in result.stderr


def test_refusals_are_one_sentence_and_come_before_jax(python, here):
    code = 'import sys; from genart.cli.main import cli\ntry: cli(["melody", "--bars", "0"])\nexcept SystemExit: pass\n'
    done = python("-c", code + 'print("jax" in sys.modules)', cwd=here)
    assert (done.stdout, done.stderr) == ("False\n", "Error: 0 bars: ask for 1 to 256\n")
