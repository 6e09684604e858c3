import json

import pytest
from click.testing import CliRunner

from genart.audio.audio import Audio
from genart.cli.main import cli
from genart.music import engrave
from genart.music.score import Score
from genart.recipe import read_recipe

SONG = Score.parse("C4 | D4 E4 F4 G4 | A4:4", key="C", lyrics="a b- c d")


def run(*arguments: str, **options):
    return CliRunner().invoke(cli, ["render", *arguments], **options)


@pytest.fixture
def song(here):
    SONG.save(here / "song.mid")
    return "song.mid"


@pytest.mark.parametrize("extension", ["wav", "flac", "mp3", "png", "svg", "musicxml", "mxl", "mid"])
def test_every_kind_of_file(song, here, extension):
    name = f"a.{extension}"
    result = run(song, "-o", name, "--soundfont", "built-in")
    assert (result.exit_code, result.stdout) == (0, f"{name}\n"), result.stderr
    if extension in ("wav", "flac", "mp3"):
        assert result.stderr == "sound: built-in synth\n"
        assert 5.4 < Audio.read(here / name).seconds < 8  # nine quarters at 100
    elif extension in ("musicxml", "mxl", "mid"):
        assert Score.read(here / name).voices == SONG.voices
    else:
        assert (here / name).stat().st_size > 1000


def test_several_files_at_once_and_as_a_record(song):
    result = run(song, "-o", "a.mid", "-o", "a.svg", "--json")
    assert json.loads(result.stdout) == {"paths": ["a.mid", "a.svg"]}


def test_options_reach_the_music(song, here):
    result = run(song, "-o", "a.mid", "--tempo", "50%", "--programs", "organ", "--voices", "melody", "--text", "none")
    assert result.exit_code == 0, result.stderr
    made = Score.read(here / "a.mid")
    assert (round(made.tempos[0].bpm), made.voices[0].program, made.lyrics) == (50, 19, ())
    assert any(message.control == 7 for _, message in made.voices[0].messages("control_change"))
    recipe = read_recipe(here / "a.mid")
    assert recipe is not None and recipe.verb == "render"
    run(song, "-o", "b.mid", "--tempo", "50%", "--no-recipe")
    assert read_recipe(here / "b.mid") is None


def test_a_piece_on_standard_input(here):
    SONG.save(here / "song.musicxml")
    result = run("-", "-o", "a.mid", input=(here / "song.musicxml").read_bytes())
    assert result.exit_code == 0, result.stderr
    assert Score.read(here / "a.mid").voices == SONG.voices


@pytest.mark.skipif(not engrave.available(), reason="the extra `score` is not installed")
def test_pictures_as_scores(song, here):
    assert run(song, "-o", "a.svg", "--look", "score").exit_code == 0
    assert 'class="clef"' in (here / "a.svg").read_text("utf-8")
    assert run(song, "-o", "b.svg").exit_code == 0
    assert "piano roll" in (here / "b.svg").read_text("utf-8")


def test_nothing_is_overwritten_unasked(song, here):
    (here / "a.wav").write_bytes(b"mine")
    result = run(song, "-o", "a.mid", "-o", "a.wav")
    assert (result.exit_code, result.stderr) == (1, "Error: a.wav exists; pass --force to overwrite it\n")
    assert (here / "a.wav").read_bytes() == b"mine"
    assert not (here / "a.mid").exists()
    assert run(song, "-o", "a.wav", "--soundfont", "built-in", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nope.mid", "-o", "a.wav"], 1, "Error: nope.mid does not exist\n"),
        (["song.mid", "-o", "a.doc"], 1, "Error: a.doc: a score is saved as .mid, .musicxml, .mxl, .wav, .flac, .mp3"),
        (["song.mid", "-o", "a.mid", "--voices", "oboe"], 1, "Error: there is no voice 'oboe' to practice; the tracks"),
        (["song.mid", "-o", "a.mid", "--tempo", "x"], 1, "Error: tempo 'x': give quarters a minute, such as 90"),
        (["song.mid", "-o", "a.musicxml", "--staves", "2"], 1, "Error: 2 staves hold two to four voices and the score"),
        (["song.mid", "-o", "a.wav", "--soundfont", "no.sf2"], 1, "Error: SoundFont no.sf2 does not exist\n"),
        (["broken.xml", "-o", "a.wav"], 1, "Error: broken.xml: the XML is broken at line 1: unclosed token; export it"),
        (["song.mid"], 2, "Usage:"),
        (["song.mid", "-o", "a.svg", "--look", "nice"], 2, "Usage:"),
    ],
)
def test_mistakes_are_one_sentence(song, here, arguments, code, sentence):
    (here / "broken.xml").write_text("<score-partwise")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith(sentence)
    assert sorted(path.name for path in here.iterdir()) == ["broken.xml", "song.mid"]


def again(*arguments: str):
    return CliRunner().invoke(cli, ["again", *arguments])


def test_what_was_rendered_is_made_again(song, here):
    assert run(song, "-o", "a.mid", "--tempo", "50%", "--voices", "melody").exit_code == 0
    assert again("a.mid").stdout == "a-again.mid\n"
    assert (here / "a-again.mid").read_bytes() == (here / "a.mid").read_bytes()
    faster = again("a.mid", "--tempo", "90")
    assert faster.exit_code == 2  # an option of render's alone
    refused = again("a.mid", "--temperature", "1")
    assert refused.stderr == "Error: a.mid was made by render, which has no option temperature\n"


@pytest.mark.skipif(not engrave.available(), reason="Verovio is not installed")
def test_engraved_pictures_are_engraved_again(song, here):
    assert run(song, "-o", "a.svg", "--look", "score").exit_code == 0
    recipe = read_recipe(here / "a.svg")
    assert recipe is not None and recipe.parameters == {"look": "score"}
    assert again("a.svg").stdout == "a-again.svg\n"
    assert read_recipe(here / "a-again.svg") == recipe
    assert "Engraved by Verovio" in (here / "a-again.svg").read_text()
