"""The example notebooks run from top to bottom, in this Python, and are kept without what they show."""

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from genart.music.score import Score

REPOSITORY = Path(__file__).parents[1]
NOTEBOOKS = sorted((REPOSITORY / "examples").glob("*.ipynb"))
STEPS = 2  # makes rough music quickly
KERNEL = "this-python"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder to run notebooks in, far from what Jupyter keeps in the home folder, and KERNEL to run them.

    In this kernel all verbs take STEPS steps by default.
    """
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = tmp_path / "kernels" / KERNEL / "kernel.json"
    kernel.parent.mkdir(parents=True)
    kernel.write_text(json.dumps({"display_name": KERNEL, "language": "python", "argv": command}))
    startup = tmp_path / "profile_default" / "startup" / "few_steps.py"
    startup.parent.mkdir(parents=True)
    startup.write_text(
        "import genart\n"
        "for verb in (genart.harmonize, genart.inpaint, genart.compose):\n"
        f"    verb.__kwdefaults__['steps'] = {STEPS}\n"
        "del genart, verb"
    )
    folder = tmp_path / "examples"
    folder.mkdir()
    return folder


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def run(path: Path, *, folder: Path) -> dict[str, Any]:
    """Run a notebook; gives its code cells by their ids."""
    notebook = read(path)
    NotebookClient(notebook, kernel_name=KERNEL, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}


def shown(cell: Any) -> str:
    """The HTML that a cell shows as its value."""
    (output,) = [output for output in cell.outputs if output.output_type == "execute_result"]
    return output.data["text/html"]


def printed(cell: Any) -> list[str]:
    return "".join(str(output.text) for output in cell.outputs if output.output_type == "stream").splitlines()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_outputs(path):
    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs"), f"{path.name}, {cell.id}: clear the outputs before committing"
        assert cell.get("execution_count") is None


def test_harmonize_a_song(folder):
    cells = run(REPOSITORY / "examples" / "01_harmonize_a_song.ipynb", folder=folder)
    said = [output for cell in cells.values() for output in cell.outputs if output.output_type != "execute_result"]
    assert "Warning" not in str(said)
    for name, takes in {"parse": 1, "harmonize": 2, "bolder": 1, "tenor": 1, "strings": 1}.items():
        card = shown(cells[name])
        assert card.count('src="data:audio/') == takes and card.count("<svg") >= takes, name
        assert "http" not in card.replace("http://www.w3.org/", ""), (
            name
        )  # the names that SVG has, which nobody fetches
    assert "F major" in printed(cells["facts"])[0]
    assert printed(cells["kept"]) == ["True", "True"]
    assert printed(cells["again"]) == ["True"]
    second = Score.read(folder / "harmonized" / "2.mid")
    assert second.recipe and second.recipe.parameters["steps"] == STEPS
    assert [voice.name for voice in second.voices] == ["Melody", "Alto", "Tenor", "Bass"]
    assert [note.pitch for note in second.voices[0].notes[:7]] == [65, 65, 72, 72, 74, 74, 72]  # F F C C D D C


def test_a_counterpoint_lesson(folder):
    cells = run(REPOSITORY / "examples" / "02_a_counterpoint_lesson.ipynb", folder=folder)
    assert "5ths" in shown(cells["check"])
    told = printed(cells["counts"])
    assert told[0] == "bar 1, beat 2: parallel fifths, soprano and bass"
    assert told[-1] == "{'fifths': 4, 'octaves': 1}"
    fixed = printed(cells["fix"])
    assert not any("parallel" in line for line in fixed)
    assert fixed[-1] == "soprano as it was: True"
    assert "less: surprises" in shown(cells["surprise"])
    assert printed(cells["inpaint"]) == ["the rest as it was: True"]


def test_a_sight_singing_sheet(folder):
    cells = run(REPOSITORY / "examples" / "03_a_sight_singing_sheet.ipynb", folder=folder)
    lines = [line.split() for line in printed(cells["syllables"])]
    assert [line[0] for line in lines] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert lines[0][-1] == lines[3][-1] == "do"  # a full close
    sheet = Score.read(folder / "sheets" / "12.musicxml")
    assert [text for _, text in sheet.lyrics].count("do") == sum(line.count("do") for line in lines)
    practice = ["12-alto.wav", "12-bass.wav", "12-soprano.wav", "12-tenor.wav", "12.musicxml"]
    assert [name for name in printed(cells["tracks"]) if name != "12.svg"] == practice
