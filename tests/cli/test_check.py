import json

import pytest
from click.testing import CliRunner

from genart.cli.main import cli
from genart.music.score import Note, Score, Track

FAULT = "bar 1, beat 2: parallel fifths, soprano and bass"


@pytest.fixture
def song(here):
    chords = [(67, 64, 60, 48), (69, 65, 60, 50)]
    voices = [
        Track.make(name=name, notes=[Note(start=480 * i, end=480 * i + 480, pitch=c[v]) for i, c in enumerate(chords)])
        for v, name in enumerate(("Soprano", "Alto", "Tenor", "Bass"))
    ]
    Score.make(voices=voices).save(here / "song.mid")
    return here / "song.mid"


def run(*arguments, stdin=None):
    return CliRunner().invoke(cli, ["check", *map(str, arguments)], input=stdin)


def test_a_line_a_fault(song):
    result = run("song.mid")
    assert (result.exit_code, result.stdout) == (0, f"{FAULT}\n")
    assert result.stderr.startswith('soprano is track 2 "Soprano" (by name), ')
    assert run("-", stdin=song.read_bytes()).stdout == f"{FAULT}\n"
    assert run("song.mid", "-q").stderr == ""


def test_a_record_and_a_picture(song, here):
    result = run("song.mid", "--json", "-o", "faults.svg")
    record = json.loads(result.stdout)
    assert [fault["text"] for fault in record["faults"]] == [FAULT]
    assert record["paths"] == ["faults.svg"]
    assert "5ths" in (here / "faults.svg").read_text()
    assert run("song.mid", "-o", "faults.svg").stderr == "Error: faults.svg exists; pass --force to overwrite it\n"
    assert run("song.mid", "-o", "faults.svg", "--force").stdout == f"{FAULT}\nfaults.svg\n"


def test_surprises_color_the_picture(song, here, tiny_bach):
    record = json.loads(run("song.mid", "--surprise", "--model", tiny_bach, "--json", "-o", "s.svg").stdout)
    assert len(record["surprises"]) == 8
    assert "less: surprises" in (here / "s.svg").read_text()
    refused = run("song.mid", "--surprise", "--model", "nowhere")
    assert (refused.exit_code, refused.stdout) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.mid"], "nowhere.mid does not exist"),
        (["song.mid", "-o", "x.mid"], "x.mid: a picture of faults is saved as .png or .svg"),
        (["song.mid", "--pickup", "9"], "pickup 9: it is 0 or more beats and shorter than a bar of 4/4"),
    ],
)
def test_refusals_are_one_sentence(song, arguments, sentence):
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (1, f"Error: {sentence}\n")


def test_it_needs_no_jax(song, python, here):
    code = 'import sys; from genart.cli.main import cli; cli(["check", "song.mid"], standalone_mode=False); '
    done = python("-c", code + 'print("jax" in sys.modules)', cwd=here)
    assert done.stdout.splitlines() == [FAULT, "False"]
