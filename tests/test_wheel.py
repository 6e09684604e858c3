"""What a person gets who installs genart: the wheel, in an environment of its own, used from another folder."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from genart.music.score import Score

REPOSITORY = Path(__file__).parents[1]
MELODY = "G4 G4 A4 B4 | C5 B4 A4:2 | B4 A4 G4 F#4 | G4:4"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (built,) = folder.glob("genart-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The folder with the programs of a fresh environment that has the wheel in it.

    What genart depends on is borrowed from the environment of the tests, which takes no network and no time; a line
    of a .pth file does not lead on to the .pth files there, so genart itself cannot be borrowed.
    """
    environment = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    install = ["install", "--quiet", "--no-deps", "--no-index", "--disable-pip-version-check", str(wheel)]
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), *install]
    subprocess.run(pip, check=True, capture_output=True)
    (packages,) = environment.glob("[Ll]ib/**/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_the_wheel_holds_the_package_the_models_and_the_license(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("genart/py.typed", "genart/_bundles/bach/weights.safetensors", "genart/_bundles/bach/model.json"):
        assert name in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "models/")) or "__pycache__" in name]


def test_the_installed_genart_is_the_wheels(installed, tmp_path):
    place = run(installed / "python", "-c", "import genart; print(genart.__file__)", cwd=tmp_path).stdout.strip()
    assert Path(place).is_relative_to(installed.parent)


def test_the_installed_command_lists_the_models_of_the_wheel(installed, tmp_path):
    done = run(installed / "genart", "models", "show", "bach", "--json", cwd=tmp_path)
    assert "_bundles" in done.stdout, done.stderr


def test_the_installed_command_harmonizes(installed, tmp_path):
    Score.parse(MELODY, key="G").save(tmp_path / "melody.mid")
    done = run(installed / "genart", "harmonize", "melody.mid", "--seed", "7", "-o", "out.mid", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["out.mid"]
    voices = Score.read(tmp_path / "out.mid").voices
    assert len(voices) == 4
    given = Score.parse(MELODY, key="G").voices[0].notes
    assert [note.pitch for note in voices[0].notes] == [note.pitch for note in given]
