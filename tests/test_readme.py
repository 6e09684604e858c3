"""The README's blocks run, in a folder that has what they name."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from genart.cli.main import VERBS, cli

REPOSITORY = Path(__file__).parents[1]
TEXT = (REPOSITORY / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("genart ")
]


@pytest.fixture
def clone(here: Path) -> Path:
    """A current folder with the tunes of a clone, and a song of one's own."""
    shutil.copytree(REPOSITORY / "assets", here / "assets", ignore=shutil.ignore_patterns("*.py"))
    shutil.copy(here / "assets" / "ode_to_joy.mid", here / "song.mid")
    return here


def test_python_blocks(clone, capsys):
    assert len(PYTHON) >= 3
    names: dict[str, object] = {}
    for block in PYTHON:
        exec(block, names)
    assert (clone / "joy.mid").stat().st_size > 0
    assert (clone / "tune.wav").stat().st_size > 0


def test_commands(clone):
    assert {command[0] for command in COMMANDS} <= set(VERBS)
    for command in COMMANDS:
        result = CliRunner().invoke(cli, command)
        assert result.exit_code == 0, (command, result.stderr)
    for name in ("song.harmonized.mid", "joy.mid", "joy.wav", "joy.png", "grace-3.mid", "joy-8.mid"):
        assert (clone / name).stat().st_size > 0


def test_files_that_are_linked_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (REPOSITORY / target).is_file(), target
