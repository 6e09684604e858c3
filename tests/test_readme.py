"""The README's blocks run, in a folder that has what they name."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import genart
from genart.cli.main import VERBS, cli
from genart.families import looks
from genart.image.film import film
from genart.image.stock import stock_pictures

REPOSITORY = Path(__file__).parents[1]
TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("genart ")
]


def stages(words: list[str]) -> list[list[str]]:
    """The commands of a pipe."""
    ends = [place for place, word in enumerate(words) if word == "|"]
    return [words[start + 1 : end] for start, end in zip([-1, *ends], [*ends, len(words)], strict=True)]


@pytest.fixture
def clone(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with the tunes of a clone and works of one's own; two steps of all that takes many."""
    for verb in (genart.harmonize, genart.inpaint, genart.compose):
        monkeypatch.setitem(verb.__kwdefaults__ or {}, "steps", 2)
    shutil.copytree(REPOSITORY / "assets", here / "assets", ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(here / "assets" / "ode_to_joy.mid", here / "song.mid")
    genart.Score.parse("C4 D4 E4 F4 | G4:2 A4:2").save("first_bars.mid")
    monkeypatch.setattr(looks, "STEPS", 2)
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "data"))
    cat, fruit, *_ = (picture.resized(long=96) for picture in stock_pictures())
    cat.save("photo.jpg")
    fruit.save("mine.jpg")
    fruit.save("mask.png")
    (here / "photos").mkdir()
    cat.save("photos/cat.jpg")
    with film("film.mp4", size=cat.size, rate=10) as made:
        for _ in range(3):
            made.add(cat.pixels)
    return here


def test_commands_and_python_in_one_folder(clone, capsys):
    for command in COMMANDS:
        piped = None
        for words in stages(command):
            assert words[0] == "genart" and words[1] in VERBS
            result = CliRunner().invoke(cli, words[1:], input=piped)
            assert result.exit_code == 0, (command, result.stderr)
            piped = result.stdout_bytes
    assert len(PYTHON) >= 3
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(block, names)
    commands = ("song.harmonized.mid", "joy.mid", "joy.wav", "joy.png", "grace-3.mid", "harmonized.mid", "joy-8.mid")
    scores = ("faults.png", "odd.png", "joy-2.mid", "joy.inpainted-2.mid", "waltz.musicxml", "joy-roll.svg", "alto.wav")
    tunes = ("melody.mid", "jig-8.mid", "slip.mid", "more.mid", "over.mid", "chorale.mid")
    paintings = (
        "wave.mp4",
        "photo.great_wave.jpg",
        "blend.png",
        "scream.png",
        "photos.water_lilies/cat.jpg",
        "film.mine.mp4",
    )
    own = ("faces/sheet.png", "loop-2.mp4", "gan-emoji-walk.mp4", "dance.mp4", "canvas.png", "face.png")
    for name in (*commands, *scores, *tunes, *paintings, *own, "takes/2.mid", "tenor.wav", "tune.wav"):
        assert (clone / name).stat().st_size > 0


def test_files_that_are_linked_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (REPOSITORY / target).is_file(), target
