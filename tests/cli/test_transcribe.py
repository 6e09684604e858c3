import json

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner
from singer import HUM, RATE, sing, tune

from genart.cli.main import cli
from genart.music.score import Score
from genart.recipe import read_recipe

TUNE = Score.parse("G4 A4 B4 C5 | D5:2 D5:2 | C5 B4 A4 F#4 | G4:4", key="G", tempo=100)
UNDERSTOOD = "11 notes · F#4 to D5 · G major (estimated) · 4/4 · 100 bpm (estimated) · 4 bars"


def genart(*arguments, **options):
    return CliRunner().invoke(cli, [*map(str, arguments)], **options)


@pytest.fixture
def hum(here):
    sound = sing(tune(TUNE), HUM, vibrato=40)
    soundfile.write(here / "hum.wav", sound.samples, RATE)
    return here / "hum.wav"


def test_several_formats_at_once(hum, here):
    result = genart("transcribe", "hum.wav", "-o", "tune.mid", "-o", "tune.musicxml", "-o", "tune.png")
    assert (result.exit_code, result.stdout) == (0, "tune.mid\ntune.musicxml\ntune.png\n"), result.stderr
    assert result.stderr == f"{UNDERSTOOD}\n"
    for name in ("tune.mid", "tune.musicxml"):
        assert [note.pitch for note in Score.read(name).voices[0].notes] == [n.pitch for n in TUNE.voices[0].notes]
    recipe = read_recipe("tune.mid")
    assert recipe is not None and (recipe.verb, recipe.sources[0].name) == ("transcribe", "hum.wav")


@pytest.mark.parametrize("extension", ["flac", "mp3", "ogg"])
def test_other_sound_files(hum, here, extension):
    samples, rate = soundfile.read(hum)
    soundfile.write(here / f"hum.{extension}", samples, rate)
    assert genart("transcribe", f"hum.{extension}", "-o", "tune.mid").stderr == f"{UNDERSTOOD}\n"


def test_options_and_a_record(hum):
    options = ("--tempo", 50, "--key", "Em", "--meter", "2/4", "--pickup", 0)
    record = json.loads(genart("transcribe", "hum.wav", *options, "-o", "a.mid", "--json", "--quiet").stdout)
    assert record["understood"] == "11 notes · F#4 to D5 · E minor · 2/4 · 50 bpm · 4 bars"
    assert (record["paths"], record["remarks"]) == (["a.mid"], [])


def test_standard_input(hum):
    assert genart("transcribe", "-", "-o", "a.mid", input=hum.read_bytes()).stderr == f"{UNDERSTOOD}\n"


def test_it_is_made_again(hum, here):
    genart("transcribe", "hum.wav", "-o", "tune.mid", "--key", "G")
    result = genart("again", "tune.mid")
    assert (result.exit_code, result.stdout) == (0, "tune-again.mid\n"), result.stderr
    assert (here / "tune-again.mid").read_bytes() == (here / "tune.mid").read_bytes()
    assert genart("again", "tune.mid", "--meter", "2/4", "-o", "two.mid").exit_code == 0
    assert str(Score.read("two.mid").meters[0]) == "2/4"
    result = genart("again", "tune.mid", "--seed", 3)
    assert result.stderr == "Error: tune.mid was made by transcribe, which has no option seed\n"
    soundfile.write(hum, np.zeros(RATE), RATE)
    assert "hum.wav is not what tune.mid was made from" in genart("again", "tune.mid").stderr


def test_harmonize_takes_recordings(hum, tiny_bach):
    options = ("--model", tiny_bach, "--steps", 1, "--seed", 5)
    result = genart("harmonize", "hum.wav", *options)
    assert (result.exit_code, result.stdout) == (0, "hum.harmonized.mid\n"), result.stderr
    assert result.stderr.splitlines()[0] == UNDERSTOOD
    harmonized = Score.read("hum.harmonized.mid")
    assert [note.pitch for note in harmonized.voices[0].notes] == [note.pitch for note in TUNE.voices[0].notes]
    assert len(harmonized.voices) == 4
    assert genart("again", "hum.harmonized.mid", "--model", tiny_bach, "-o", "b.mid").exit_code == 0
    assert Score.read("b.mid").voices == harmonized.voices


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "hum.wav is empty"),
        (b"la la", "hum.wav is no sound file that can be read; convert it to .wav, .flac or .mp3"),
        (None, "cannot read hum.wav: No such file or directory"),
    ],
)
def test_what_is_no_recording_is_one_sentence(here, content, sentence):
    if content is not None:
        (here / "hum.wav").write_bytes(content)
    result = genart("transcribe", "hum.wav", "-o", "tune.mid")
    assert (result.exit_code, result.stderr) == (1, f"Error: {sentence}\n")
    assert not (here / "tune.mid").exists()


def test_names_are_checked_before_the_work(hum, here):
    (here / "tune.mid").write_text("mine")
    result = genart("transcribe", "hum.wav", "-o", "tune.mid")
    assert (result.exit_code, result.stderr) == (1, "Error: tune.mid exists; pass --force to overwrite it\n")
    assert "a score is saved as" in genart("transcribe", "hum.wav", "-o", "tune.doc").stderr
    assert genart("transcribe", "hum.wav").exit_code == 2
