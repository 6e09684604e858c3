"""genart gan and genart evaluate gan, on models that paint drawn colors."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from gan_models import TEXTURE, write_gan, write_pictures

import genart
from genart.audio.audio import Audio
from genart.cli.main import cli
from genart.families.gan import Gan
from genart.image.clip import Clip
from genart.image.picture import Picture
from genart.recipe import Recipe, read_recipe


@pytest.fixture
def models(here):
    write_gan(here / "drawn")
    return here


def recipe_of(path) -> Recipe:
    recipe = read_recipe(path)
    assert recipe is not None
    return recipe


def run(*words):
    result = CliRunner().invoke(cli, ["gan", *map(str, words)])
    assert result.exit_code == 0, result.stderr
    return result


def test_samples_are_named_by_their_seeds_beside_a_sheet(models):
    result = run("sample", "drawn", "-n", 3, "--seed", 7, "-o", "out")
    names = ["drawn-7.png", "drawn-8.png", "drawn-9.png", "sheet.png"]
    assert result.stdout.split() == [f"out/{name}" for name in names]
    assert Picture.read("out/drawn-8.png") == Gan.read("drawn").sample(seed=8)[0]
    assert Picture.read("out/sheet.png").width > 320  # two squares of 160 pixels in a row
    one = run("sample", "drawn", "--seed", 8, "-o", "one.png", "--no-recipe", "--json")
    assert json.loads(one.stdout)["pictures"] == [{"path": "one.png", "seed": 8}]
    assert Picture.read("one.png") == Picture.read("out/drawn-8.png") and read_recipe("one.png") is None


def test_neighbors_are_picked_and_walked_through(models):
    run("explore", "drawn", "--seed", 5, "-n", 2, "-o", "near")
    files = ["near/drawn-5.png", "near/drawn-5-6.png", "near/drawn-5-7.png"]
    assert all((models / name).is_file() for name in (*files, "near/sheet.png"))
    run("walk", "drawn", *files, "--seconds", 1, "--fps", 6, "--loop", "--out-size", 16, "-o", "frames/")
    frames = [Picture.read(models / "frames" / f"{number:06}.png") for number in range(1, 7)]
    assert [frames[0], frames[2], frames[4]] == [Picture.read(name) for name in files]
    assert recipe_of("frames/000001.png").verb == "gan walk"


def test_a_walk_that_follows_a_sound_carries_it(models):
    time = np.arange(22050) / 22050
    Audio(samples=np.sin(2 * np.pi * 440 * time).astype(np.float32), rate=22050).save("song.wav")
    result = run("walk", "drawn", "--audio", "song.wav", "--seed", 3, "--fps", 8, "--out-size", 64, "-o", "a.mp4")
    assert "seed 3" in result.stderr
    with Clip.open("a.mp4") as clip:
        assert (clip.has_sound, clip.width, len(list(clip))) == (True, 64, 8)
    assert [source.name for source in recipe_of("a.mp4").sources] == ["song.wav"]


def test_a_walk_is_painted_in_a_style(models):
    walk = ("walk", "drawn", "--seeds", "3,4", "--seconds", 1, "--fps", 3, "--out-size", 64)
    run(*walk, "-o", "plain/")
    run(*walk, "--style", "great_wave", "-o", "painted/")
    plain, painted = (Picture.read(f"{folder}/000001.png") for folder in ("plain", "painted"))
    assert painted.size == plain.size
    expected = next(genart.load("style").stream([plain.pixels], style="great_wave"))
    assert np.array_equal(painted.pixels, expected)
    assert recipe_of("painted/000001.png").parameters["style"]["style"] == "great_wave"


def again(*words):
    result = CliRunner().invoke(cli, ["again", *map(str, words)])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_pictures_and_walks_are_made_again(models):
    run("sample", "drawn", "--seed", 7, "--near", 3, "--truncation", 0.8, "-o", "one.png")
    assert again("one.png", "--model", "drawn") == "one-again.png\n"
    assert (models / "one-again.png").read_bytes() == (models / "one.png").read_bytes()
    again("one.png", "--model", "drawn", "--seed", 8, "-o", "eight.png")
    assert Picture.read("eight.png") != Picture.read("one.png")
    Audio(samples=np.zeros(8000, np.float32), rate=8000).save("song.wav")
    run("walk", "drawn", "--audio", "song.wav", "--fps", 4, "--out-size", 64, "--style", "udnie", "-o", "a.mp4")
    assert again("a.mp4", "--model", "drawn") == "a-again.mp4\n"
    assert (models / "a-again.mp4").read_bytes() == (models / "a.mp4").read_bytes()
    assert recipe_of("a-again.mp4") == recipe_of("a.mp4")


def test_a_canvas_of_a_texture(here):
    write_gan(here / "canvas", names=("wave", "stars"), **TEXTURE)
    run("sample", "canvas", "--seed", 1, "--size", "72x40", "--look", "stars", "-o", "c.png")
    assert Picture.read("c.png").size == (72, 40)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("sample", "drawn", "-n", 2, "-o", "a.png"), 1, "a.png is one file, and there are 2 pictures: name a folder"),
        (("sample", "drawn", "-n", 1, "-o", "there.png"), 1, "there.png exists; pass --force"),
        (("sample", "none"), 1, "there is no model 'none'"),
        (("sample", "drawn", "--size", "wide"), 1, "a size of wide"),
        (("walk", "drawn", "--seeds", "3", "-o", "a.gif"), 1, "a walk needs two pictures or more"),
        (("walk", "drawn", "--seeds", "3,x", "-o", "a.gif"), 1, "seeds '3,x': write whole numbers with commas between"),
        (("walk", "drawn", "--seeds", "3,4", "there.png"), 2, "a walk goes between --seeds or between pictures"),
        (
            ("walk", "drawn", "there.png", "there.png", "-o", "a.gif"),
            1,
            "there.png does not tell what it was made from",
        ),
        (("walk", "drawn", "--seconds", 0, "-o", "a.gif"), 1, "a walk of 0 seconds: it takes more than 0"),
        (("walk", "drawn", "--fps", 0, "-o", "a.gif"), 1, "0 frames a second: above 0 and at most 1000 are needed"),
        (("explore", "drawn", "--seed", 1, "--spread", 2, "-o", "near"), 1, "spread 2: it goes from 0 to 1"),
        (("walk", "drawn", "--audio", "there.txt", "-o", "a.mp4"), 1, "there.txt is not a sound file"),
        (("walk", "drawn", "-o", "a.txt"), 1, "a.txt: a film is saved as"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(models, words, code, message):
    Picture.of(np.zeros((4, 4, 3), np.uint8)).save("there.png")
    (models / "there.txt").write_text("no sound")
    result = CliRunner().invoke(cli, ["gan", *map(str, words)])
    assert (result.exit_code, message in result.stderr) == (code, True), result.stderr
    assert sorted(path.name for path in models.iterdir()) == ["drawn", "there.png", "there.txt"]


def test_a_model_is_measured_on_its_pictures(models, monkeypatch):
    from genart.evaluation import kid

    def judge(cls, path):
        return cls(lambda pictures, *, upto: dict.fromkeys(kid.LAYERS, pictures), name="colors")

    monkeypatch.setattr(kid.Judge, "open", classmethod(judge))
    write_pictures(models / "mine", 40)
    result = CliRunner().invoke(cli, ["evaluate", "gan", "drawn", "mine", "-n", "30", "--into-card", "--json"])
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert (record["features"], record["samples"]) == ("colors", 30)
    assert record["pictures"] + record["aside"] <= 40 and record["aside"] >= 2
    assert record["distance"]["low"] > record["floor"]["low"]  # what is drawn is not what was trained on
    assert "KID to training pictures, on colors" in (models / "drawn" / "README.md").read_text()
    few = CliRunner().invoke(cli, ["evaluate", "gan", "drawn", "mine", "-n", "3"])
    assert few.exit_code == 1 and "and 3 samples: at least 20, 2 and 20 are needed" in few.stderr
