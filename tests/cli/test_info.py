import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from genart.cli.main import cli
from genart.music.score import Note, Score, Track
from genart.recipe import Recipe, Source

ASSETS = Path(__file__).parents[2] / "assets"
RECIPE = Recipe(
    verb="harmonize",
    model="bach",
    weights="ab" * 32,
    seed=7,
    parameters={
        "keep": {"soprano": 2, "bass": "Cello"},
        "ranges": {"alto": [55, 74]},
        "track": None,
        "with_song": True,
    },
    sources=(Source(name="song.mid", sha256="cd" * 32),),
    versions={"jax": "0.10.0", "genart": "0.1.0"},
    device="cpu",
)
MADE = """\
made by    genart harmonize (genart 0.1.0, jax 0.10.0, cpu)
from       song.mid (sha256 cdcdcdcdcdcd...)
model      bach (sha256 abababababab...)
seed       7
keep       bass=Cello, soprano=2
ranges     alto=55-74
with-song  yes
"""


def info(*arguments, stdin=None):
    return CliRunner().invoke(cli, ["info", *map(str, arguments)], input=stdin)


@pytest.fixture
def made(here):
    """Save a score of one note that has a recipe."""

    def save(name):
        score = Score.parse("C4", key="C")
        Score(tracks=score.tracks, resolution=score.resolution, recipe=RECIPE).save(here / name)
        return here / name

    return save


@pytest.mark.parametrize("name", ["a.svg", "a.png", "a.wav", "a.flac", "a.mp3"])
def test_the_recipe_of_pictures_and_sounds(made, name):
    path = made(name)
    assert info(path).stdout == MADE
    record = json.loads(info(path, "--json").stdout)
    assert Recipe.from_json(json.dumps(record)) == RECIPE


def test_the_recipe_of_a_midi_file_and_what_is_in_it(made):
    path = made("a.mid")
    lines = info(path).stdout
    assert lines.startswith(MADE + "\nlikely melody  track 2")
    record = json.loads(info(path, "--json").stdout)
    assert Recipe.from_json(json.dumps(record)) == RECIPE
    assert record["tracks"][1]["notes"] == 1


def test_what_is_in_a_foreign_midi_file():
    assert (
        info(ASSETS / "oh_susanna.mid").stdout
        == """\
likely melody  track 5 "Vocal": its name, fewer notes at once, its lyrics, its register, its sound
key            G major
meter          4/4
tempo          120 bpm
bars           16, pickup 1 beat
length         0:32

track  name   sound                 channel  notes  range
    1                                            0
    2  Drums  drums                 10         192
    3  Bass   Acoustic Bass         3           32  D2-D3
    4  Piano  Acoustic Grand Piano  2           96  A3-G4
    5  Vocal  Choir Aahs            1           55  G4-E5
"""
    )


def test_changes_of_tempo():
    (line,) = [line for line in info(ASSETS / "korobeiniki.mid").stdout.splitlines() if line.startswith("tempo")]
    assert line.startswith("tempo          96 bpm, 120 bpm from bar 9, ")


def test_a_file_of_one_track_names_the_channel(here):
    notes = [Note(start=0, end=480, pitch=50 + 10 * channel, channel=channel) for channel in (0, 2)]
    Score(tracks=(Track(notes=tuple(notes)),)).save("one.mid")
    assert "likely melody  track 1, channel 3: its register\n" in info("one.mid").stdout


def test_drums_alone(here):
    Score.make(voices=[Track.make(name="Kit", notes=[Note(start=0, end=9, pitch=36)], channel=9)]).save("kit.mid")
    text = info("kit.mid").stdout
    assert text.startswith("likely melody  none: there are no notes but drums'\nmeter ")
    assert json.loads(info("kit.mid", "--json").stdout)["melody"] is None


def test_standard_input():
    path = ASSETS / "can_can.mid"
    assert info("-", stdin=path.read_bytes()).stdout == info(path).stdout


def test_names_in_files_cannot_steer_the_terminal(here):
    Score.make(voices=[Track.make(name="\x1b[31mred\nline", notes=[Note(start=0, end=9, pitch=60)])]).save("red.mid")
    text = info("red.mid").stdout
    assert "\x1b" not in text
    assert "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}line" in text


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"words", "a.txt: this is not a MIDI file"),
        ("a.pdf", b"%PDF-1.7", "a.pdf: this is a PDF document, not a MIDI file"),
        ("a.mid", b"MThd", "a.mid: the file is cut short in its header; copy or export it again"),
        ("a.svg", b"<svg/>", "a.svg carries no recipe of genart's: only MIDI files of others can be looked into"),
        ("a.png", b"", "a.png carries no recipe of genart's: only MIDI files of others can be looked into"),
        ("a.wav", None, "cannot read a.wav: No such file or directory"),
        ("a", None, "a does not exist"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(here, name, content, sentence):
    if content is not None:
        (here / name).write_bytes(content)
    result = info(name)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {sentence}\n")


def test_it_comes_without_jax(python):
    code = """
import sys
from genart.cli.main import cli
try:
    cli(["info", sys.argv[1]])
except SystemExit:
    print([name for name in ("jax", "librosa", "pretty_midi", "soundfile") if name in sys.modules])
"""
    assert python("-c", code, str(ASSETS / "can_can.mid")).stdout.endswith("\n[]\n")


@pytest.mark.parametrize("extension", [".png", ".jpg", ".webp", ".tif"])
def test_the_recipe_of_a_picture_and_of_one_without(here, extension):
    import numpy as np

    from genart.image.picture import Picture

    path = here / f"a{extension}"
    Picture.of(np.zeros((4, 5)), recipe=RECIPE).save(path)
    assert info(path).stdout == MADE
    Picture.of(np.zeros((4, 5))).save(path, force=True)
    done = info(path)
    assert done.exit_code == 1
    assert done.stderr == f"Error: {path} carries no recipe of genart's: only MIDI files of others can be looked into\n"
