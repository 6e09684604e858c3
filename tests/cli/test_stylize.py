import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from style_models import painting, photograph, write_features, write_style

from genart.audio.audio import Audio
from genart.cli.main import cli
from genart.families import looks
from genart.families.easel import Easel
from genart.image.clip import Clip
from genart.image.film import film
from genart.image.picture import Picture
from genart.recipe import read_recipe


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return write_style(folder / "style"), write_features(folder / "features")


@pytest.fixture
def run(here, models, monkeypatch):
    """genart stylize with the quick models, in a folder with a picture and a painting."""
    monkeypatch.setattr(looks, "STEPS", 2)
    monkeypatch.setenv("GENART_CACHE", str(here / ".cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(here / ".data"))
    monkeypatch.setitem(Easel.__init__.__kwdefaults__, "features", models[1])
    photograph().save("in.jpg")
    painting().save("mine.png")

    def run(*arguments, verb="stylize"):
        return CliRunner().invoke(cli, [verb, *map(str, arguments), "--model", str(models[0])])

    return run


def film_of(name, *, frames=4, sound=True):
    """A film of 32 x 24 pixels, at 10 frames a second."""
    tone = np.sin(np.arange(8820) / 10).astype(np.float32)[:, None] * 0.3
    with film(
        name, size=(32, 24), rate=10, sound=Audio(samples=tone, rate=22050) if sound else None, force=True
    ) as made:
        for number in range(frames):
            made.add(photograph(32, 24, seed=number).pixels)


def names(folder: Path) -> set[str]:
    """All there is but caches."""
    return {path.name for path in folder.iterdir()} - {".cache", ".data"}


def test_a_picture_is_painted_beside_others(run, here):
    result = run("in.jpg", "--style", "udnie")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "in.udnie.jpg\n", "")
    assert run("in.jpg", "--style", "udnie", "--force").stdout == "in.udnie-2.jpg\n"
    recipe = read_recipe("in.udnie.jpg")
    assert recipe is not None and recipe.parameters["style"] == "udnie"
    assert Picture.read("in.udnie.jpg").size == (64, 48)


def test_nothing_is_overwritten_unless_forced(run):
    assert run("in.jpg", "--style", "udnie", "-o", "out.png", "--no-recipe").exit_code == 0
    assert read_recipe("out.png") is None
    refused = run("in.jpg", "--style", "udnie", "-o", "out.png")
    assert (refused.exit_code, refused.stderr) == (1, "Error: out.png exists; pass --force to overwrite it\n")
    assert run("in.jpg", "--style", "udnie", "-o", "out.png", "--force").exit_code == 0


def test_all_options_reach_the_library(run):
    Picture.of(np.ones((48, 64), np.float32)).save("mask.png")
    options = ["--strength", 0.5, "--brush", 2, "--keep-colors", "--size", "40x30", "--mask", "mask.png"]
    result = run("in.jpg", "--style", "udnie", *options, "--refine", 1, "--painting", "mine.png", "-o", "out.png")
    assert result.exit_code == 0, result.stderr
    recipe = read_recipe("out.png")
    assert recipe is not None
    assert recipe.parameters == {
        "style": "udnie",
        "strength": 0.5,
        "brush": 2.0,
        "keep_colors": True,
        "mask": ["mask.png"],
        "size": "40x30",
        "refine": 1,
        "painting": "mine.png",
        "own": None,
    }


def test_it_is_said_when_weights_do_not_sum_to_one(run):
    result = run("in.jpg", "--style", "great_wave:1,udnie:3")
    assert result.stdout == "in.great_wave+udnie.jpg\n"
    assert result.stderr == ("the weights of the blend do not sum to one; taken as great_wave 0.25, udnie 0.75\n")
    assert run("in.jpg", "--style", "great_wave:1,udnie:3", "-q").stderr == ""


def test_a_folder_is_painted_and_broken_files_are_listed(run, here):
    (here / "photos").mkdir()
    for number in (1, 2):
        photograph(seed=number).save(f"photos/{number}.png")
    (here / "photos" / "3.png").write_bytes(b"no picture")
    result = run("photos", "--style", "udnie", "--json")
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    assert record["paths"] == ["photos.udnie/1.png", "photos.udnie/2.png"]
    assert [skipped["path"] for skipped in record["skipped"]] == ["photos/3.png"]
    assert result.stderr.splitlines() == [
        "skipped: photos/3.png is not a picture that can be read: PNG, JPEG, WebP, TIFF, GIF and BMP files are",
        "1 of 3 files could not be painted",
    ]
    assert run("photos/*.png", "in.jpg", "--style", "udnie", "-o", "both").stdout.splitlines() == [
        "both/in.jpg",
        "both/1.png",
        "both/2.png",
    ]
    refused = run("photos", "--style", "udnie", "-o", "one.png")
    assert refused.stderr == "Error: one.png is one file, and there are 3 to paint: name a folder with -o\n"


def test_it_fails_where_nothing_can_be_painted(run, here):
    for name in ("1.png", "2.png"):
        (here / name).write_bytes(b"no picture")
    result = run("1.png", "2.png", "--style", "udnie")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: none of the 2 files can be read; the first: 1.png is not a picture")
    assert not (here / "stylized.udnie").exists()


def test_a_sheet_of_all_styles(run):
    result = run("in.jpg", "--grid")
    assert (result.exit_code, result.stdout) == (0, "in.styles.jpg\n"), result.stderr
    assert Picture.read("in.styles.jpg").width > 2 * 400
    assert run("in.jpg", "--grid", "--style", "udnie").exit_code == 2


def test_a_style_is_learned_and_kept_under_a_name(run, here):
    result = run("in.jpg", "--style", "mine.png", "--save-style", "ours", "--seed", 5)
    assert (result.exit_code, result.stdout) == (0, "in.mine.jpg\n"), result.stderr
    assert result.stderr == "mine.png: seed 5\nkept: genart stylize IN --style ours\n"
    assert run("in.jpg", "--style", "ours").stdout == "in.ours.jpg\n"
    assert Picture.read("in.ours.jpg") == Picture.read("in.mine.jpg")
    taken = run("in.jpg", "--style", "mine.png", "--save-style", "ours")
    assert taken.stderr == "Error: a style named ours is kept already; pass --force to replace it\n"
    assert run("in.jpg", "--style", "mine.png", "--save-style", "udnie").stderr == (
        "Error: udnie is a style of the model; keep yours under another name\n"
    )
    assert run("in.jpg", "--style", "udnie", "--save-style", "x").stderr == (
        "Error: --save-style keeps the style of one picture, as in --style mine.jpg --save-style mine\n"
    )
    assert run("in.jpg").stderr == (
        "Error: name a style with --style: there are great_wave, udnie, ours; or give a picture, as in mine.jpg\n"
    )
    assert "did you mean udnie? there are great_wave, udnie, ours;" in run("in.jpg", "--style", "udni").stderr


def test_a_film_keeps_rate_length_and_sound(run):
    pytest.importorskip("av")
    film_of("in.mp4")
    result = run("in.mp4", "--style", "udnie", "--brush", 2, "--keep-colors")
    assert (result.exit_code, result.stdout) == (0, "in.udnie.mp4\n"), result.stderr
    with Clip.open("in.mp4") as given, Clip.open("in.udnie.mp4") as made:
        assert (made.width, made.height, made.rate, made.frames) == (32, 24, given.rate, given.frames)
        assert made.has_sound
    result = run("in.udnie.mp4", verb="again")
    assert (result.exit_code, result.stdout) == (0, "in.udnie-again.mp4\n"), result.stderr
    assert Path("in.udnie-again.mp4").read_bytes() == Path("in.udnie.mp4").read_bytes()


def test_masks_and_sizes_of_films(run, here):
    pytest.importorskip("av")
    film_of("in.mp4", frames=2, sound=False)
    left = np.zeros((24, 32), np.float32)
    left[:, :16] = 1
    Picture.of(left).save("left.png")
    Picture.of(1 - left).save("right.png")
    both = ["--style", "udnie", "--style", "great_wave", "--mask", "left.png", "--mask", "right.png"]
    assert run("in.mp4", *both, "--size", "64x48", "-o", "frames/").exit_code == 0
    assert names(here / "frames") == {"000001.png", "000002.png"}
    assert Picture.read("frames/000001.png").size == (64, 48)
    result = run("frames", "--style", "udnie", "-o", "film.mp4")
    assert (result.exit_code, result.stdout) == (0, "film.mp4\n"), result.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["in.mp4", "--style", "udnie", "--refine", "2", "--painting", "mine.png"], "films are not refined"),
        (["in.mp4", "--grid"], "--grid shows the styles on pictures, not on films"),
        (["empty.mp4", "--style", "udnie"], "empty.mp4 is empty: a video is expected"),
        (["cut.mp4", "--style", "udnie"], "cut.mp4 is a video that is cut short"),
        (["in.mp4", "--style", "udnie", "-o", "out.txt"], "out.txt: a film is saved as .mp4"),
        (["in.mp4", "--style", "udnie", "--mask", "in.jpg"], "in.jpg is 64 x 48 pixels and its picture 40 x 24"),
        (["in.jpg", "--style", "udnie", "-o", "out.txt"], "out.txt: a picture is saved as .png, .jpg, .webp or .tif"),
        (["in.jpg", "--style", "udnie", "--strength", "2"], "strength 2: it goes from 0 to 1.5"),
        (["in.jpg", "--style", "udnie", "--brush", "5"], "brush 5: it goes from 0.5 to 2"),
        (["gone.jpg", "--style", "udnie"], "gone.jpg does not exist"),
    ],
)
def test_refusals_are_one_sentence_and_leave_nothing(run, here, arguments, told):
    pytest.importorskip("av")
    with film("in.mp4", size=(40, 24), rate=10) as made:
        for _ in range(2):
            made.add(photograph(40, 24).pixels)
    (here / "empty.mp4").touch()
    (here / "cut.mp4").write_bytes((here / "in.mp4").read_bytes()[:200])
    before = names(here)
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {told}") and result.stderr.count("\n") == 1
    assert names(here) == before


def test_a_full_disk_in_the_middle_of_a_film_leaves_nothing(run, here, monkeypatch):
    pytest.importorskip("av")
    from genart.image.reel import Reel

    film_of("in.mp4", sound=False)
    add, added = Reel.add, []

    def full(self, frame):
        added.append(frame)
        if len(added) == 3:
            raise OSError(28, "No space left on device")
        add(self, frame)

    monkeypatch.setattr(Reel, "add", full)
    before = names(here)
    result = run("in.mp4", "--style", "udnie", "-o", "out.mp4")
    assert (result.exit_code, result.stderr) == (1, "Error: cannot write out.mp4: the disk is full\n")
    assert names(here) == before


def test_sound_that_is_damaged_does_not_stop_a_film(run, here):
    pytest.importorskip("av")
    film_of("in.mkv", frames=20)
    data = bytearray((here / "in.mkv").read_bytes())
    with Clip.open("in.mkv") as clip:
        assert clip.has_sound
    place = data.rfind(b"\xa3")  # of the last simple block
    data[place + 4 : place + 40] = bytes(36)
    (here / "in.mkv").write_bytes(data)
    result = run("in.mkv", "--style", "udnie", "-o", "out.mp4")
    assert result.exit_code == 0, result.stderr
    assert sum(1 for _ in Clip.open("out.mp4")) >= 18


def test_help_and_refusals_come_without_jax(python, here, models):
    (here / "in.png").write_text("not a picture")
    code = """
import sys
from genart.cli.main import cli
for arguments in (["stylize", "--help"], ["stylize", "in.png", "--style", "udnie"]):
    try:
        cli(arguments)
    except SystemExit as stop:
        print(stop.code)
print("jax" in sys.modules)
"""
    done = python("-c", code, cwd=here)
    assert done.stdout.split()[-3:] == ["0", "1", "False"]
    assert done.stderr.startswith("Error: in.png is not a picture that can be read")
