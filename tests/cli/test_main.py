import json
import signal
import subprocess
import sys
import time

import click
import numpy as np
import pytest
from click.testing import CliRunner

import genart
from genart.cli import main as entry
from genart.cli.main import VERBS, cli
from genart.cli.output import columns, common, emit, note, settings
from genart.errors import InputError
from genart.families.bundle import Figure, TrainingData, write_bundle

HEAVY = ("jax", "flax", "librosa", "mido", "numpy", "pretty_midi", "soundfile", "PIL", "scipy")


def run(*arguments: str):
    return CliRunner().invoke(cli, arguments)


@pytest.fixture
def verb(monkeypatch):
    """Put a function into the table as the verb "play"."""

    def put(function):
        monkeypatch.setitem(VERBS, "play", (f"{__name__}:play", "Play."))
        monkeypatch.setattr(sys.modules[__name__], "play", click.command()(common(function)), raising=False)

    return put


def failing(error: BaseException):
    def function():
        raise error

    return function


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["models"]])
def test_help_version_and_models_import_nothing_heavy(python, arguments):
    code = f"""
import sys
from genart.cli.main import cli
try:
    cli({arguments})
except SystemExit as stop:
    assert stop.code == 0
print([name for name in {HEAVY if arguments != ["models"] else HEAVY[:4]} if name in sys.modules])
"""
    done = python("-c", code)
    assert done.stdout.endswith("[]\n"), done.stdout + done.stderr


def test_help_lists_every_verb_with_its_line():
    text = run("--help").stdout
    for verb, (_, line) in VERBS.items():
        assert f"  {verb} " in text
        assert line in text
    assert {"harmonize", "info", "again", "models", "evaluate", "train"} <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_the_common_options(verb):
    assert run(verb, "--help").exit_code == 0
    command = cli.get_command(click.Context(cli), verb)
    parts = command.commands if isinstance(command, click.Group) else {}
    for words in [[verb, part] for part in parts] or [[verb]]:
        text = run(*words, "--help").stdout
        for option in ("--device", "--json", "-q, --quiet", "-v, --verbose", "--debug"):
            assert option in text, words


def test_version():
    assert run("--version").stdout == f"genart {genart.__version__}\n"


def test_python_m_is_the_command(python):
    assert python("-m", "genart", "--version").stdout == f"genart {genart.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["harmonise", "song.mid"], "There is no verb 'harmonise'; did you mean harmonize?"),
        (["xyz"], "No such command 'xyz'."),
        (["models", "--loud"], "No such option"),
        (["models", "--device", "toaster"], "'toaster' is not one of 'auto', 'cpu', 'gpu', 'tpu'."),
        (["models", "show"], "Missing argument 'MODEL'."),
    ],
)
def test_wrong_usage_exits_with_2(arguments, sentence):
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("error", "code", "stderr"),
    [
        (InputError("song.mid is not a MIDI file"), 1, "Error: song.mid is not a MIDI file\n"),
        (OSError(28, "No space left on device", "out.mid"), 1, "Error: out.mid: No space left on device\n"),
        (OSError(28, "No space left on device"), 1, "Error: No space left on device\n"),
        (MemoryError(), 1, "Error: there is not enough memory for this; try a shorter piece or fewer takes\n"),
        (KeyboardInterrupt(), 130, "\n"),
        (click.UsageError("no song"), 2, "Error: no song\n"),
        (BrokenPipeError(32, "Broken pipe"), 1, ""),
        (
            ZeroDivisionError("division by zero\nin detail"),
            1,
            "Error: something genart did not foresee (ZeroDivisionError: division by zero); "
            "run it again with --debug and report what it prints\n",
        ),
    ],
)
def test_errors_are_one_sentence_and_an_exit_code(verb, error, code, stderr):
    verb(failing(error))
    result = run("play")
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.endswith(stderr)
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 1 or code == 2


def test_debug_shows_the_traceback_above_the_sentence(verb):
    verb(failing(InputError("no such tune")))
    result = run("play", "--debug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("Error: no such tune\n")


def test_results_go_to_stdout_and_the_rest_to_stderr(verb):
    def function():
        note("thinking")
        emit({"path": "a.mid"}, lines=["a.mid", "b.mid"])

    verb(function)
    result = run("play")
    assert (result.stdout, result.stderr) == ("a.mid\nb.mid\n", "thinking\n")
    assert (run("play", "-q").stdout, run("play", "-q").stderr) == ("a.mid\nb.mid\n", "")
    assert json.loads(run("play", "--json").stdout) == {"path": "a.mid"}


def test_a_verb_can_see_the_common_options(verb):
    seen = []
    verb(lambda: seen.append(settings()))
    run("play", "-v", "--json")
    run("play")
    assert (seen[0].verbose, seen[0].json, seen[0].quiet) == (True, True, False)
    assert not (seen[1].verbose or seen[1].json)


def test_columns_are_aligned():
    assert columns([("a", "1", "x"), ("bcd", "12", "")], right=[1]) == ["a     1  x", "bcd  12"]


def test_a_full_disk_behind_stdout_is_one_sentence():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "genart", "--help"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")


def test_a_reader_that_goes_away_is_no_error():
    running = subprocess.Popen(
        [sys.executable, "-m", "genart", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait() == 1


def test_ctrl_c_exits_with_130(tmp_path):
    code = """
import click, sys, time
from genart.cli import main
from genart.cli.output import common
@click.command()
@common
def play():
    print("playing", flush=True)
    time.sleep(60)
sys.modules["player"] = sys.modules["__main__"]
main.VERBS["play"] = ("player:play", "Play.")
main.main()
"""
    running = subprocess.Popen(
        [sys.executable, "-c", code, "play"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "playing\n"
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=20)
    assert (running.returncode, stderr.strip()) == (130, "")


def test_warnings_are_for_programmers(python):
    code = """
import sys, warnings
from genart.cli import main
main.cli.main = lambda **_: warnings.warn("deprecated")
main.main()
"""
    assert python("-c", code).stderr == ""
    assert "deprecated" in python("-W", "always", "-c", code).stderr


@pytest.fixture
def gongs(here):
    write_bundle(
        here / "gongs",
        family="bach",
        about="Strikes gongs.\n\nLoudly.",
        network={"channels": 16},
        codec={"grid": 4},
        weights={"stem.kernel": np.ones((3, 5)), "stem.bias": np.ones(5)},
        data=[TrainingData(name="Gongs", license="public domain")],
        figures=[Figure(name="NLL", value=0.45, unit="nats")],
    )
    return here / "gongs"


def test_models_lists_names_families_sizes_and_a_line(gongs):
    (line,) = [line for line in run("models").stdout.splitlines() if line.startswith("gongs")]
    assert line.split() == ["gongs", "bach", "0.0", "MB", "Strikes", "gongs."]
    (entry,) = [entry for entry in json.loads(run("models", "--json").stdout)["models"] if entry["name"] == "gongs"]
    assert entry["parameters"] == 20
    assert entry["folder"] == str(gongs)


def test_models_show_prints_configuration_figures_and_parameters(gongs):
    text = run("models", "show", "gongs").stdout
    for part in ("Strikes gongs.", "network channels  16", "0.45 nats", "20 parameters", "stem.kernel  3 x 5"):
        assert part in text
    record = json.loads(run("models", "show", "./gongs", "--json").stdout)
    assert record["weights"] == {"stem.bias": [5], "stem.kernel": [3, 5]}
    assert record["figures"][0]["value"] == 0.45


def test_models_show_of_an_unknown_name_is_one_sentence(gongs):
    result = run("models", "show", "gong")
    assert result.exit_code == 1
    assert "there is no model 'gong': did you mean gongs?" in result.stderr


def test_the_console_script_is_this_entry():
    assert entry.main.__module__ == "genart.cli.main"
