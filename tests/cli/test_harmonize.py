import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import genart
from genart.cli.harmonize import DEFAULTS, OPTIONS
from genart.cli.main import cli
from genart.families import takes as takes_module
from genart.families.harmonize import harmonize
from genart.music import formats
from genart.music.score import Score
from genart.recipe import Recipe, read_recipe, sha256_of

MELODY = "G4 G4 A4 B4 | C5 B4 A4:2 | B4 A4 G4 F#4 | G4:4"
NAME = "song.mid"


@pytest.fixture
def song(here):
    """A tune of four bars in G."""
    Score.parse(MELODY, key="G").save(here / NAME)
    return here / NAME


@pytest.fixture
def run(here, tiny_bach):
    def run(*arguments, stdin=None):
        options = ["--model", str(tiny_bach), "--steps", "1", "--seed", "3"]
        return CliRunner().invoke(cli, ["harmonize", *map(str, arguments), *options], input=stdin)

    return run


def files(folder: Path) -> set[str]:
    """All there is, hidden files included."""
    return {path.name for path in folder.iterdir()}


def soprano(path):
    return [(note.start, note.end, note.pitch, note.velocity) for note in Score.read(path).voices[0].notes]


def recipe_of(path) -> Recipe:
    recipe = read_recipe(path)
    assert recipe is not None
    return recipe


def test_there_is_an_option_for_every_parameter_and_none_else():
    not_options = {"song", "on_understood", "on_step"}
    assert set(OPTIONS) == set(DEFAULTS) - not_options


def test_the_help_tells_the_librarys_defaults():
    text = " ".join(CliRunner().invoke(cli, ["harmonize", "--help"]).stdout.split())
    told = [DEFAULTS[name] for name in OPTIONS if DEFAULTS[name] not in (None, False)]
    assert {"soprano", 1, "auto"} <= set(told)
    assert re.findall(r"\[default: (.*?)\]", text) == [str(default) for default in told]
    assert "[harmony|melody|held]" in text


def test_help_and_refusals_come_without_jax(python, here):
    (here / "words.mid").write_text("not notes")
    code = """
import sys
from genart.cli.main import cli
for arguments in (["harmonize", "--help"], ["harmonize", "words.mid"]):
    try:
        cli(arguments)
    except SystemExit as stop:
        print(stop.code)
print("jax" in sys.modules)
"""
    done = python("-c", code, cwd=here)
    assert done.stdout.split()[-3:] == ["0", "1", "False"]
    assert done.stderr == "Error: words.mid: this is not a MIDI file\n"


def test_a_song_is_harmonized_and_its_melody_kept(song, run):
    result = run(song)
    assert result.exit_code == 0, result.output
    assert result.stdout == "song.harmonized.mid\n"
    understood, last = result.stderr.splitlines()
    assert understood.startswith('track 2 "Melody" · G major · 4/4 · 100 bpm · 4 bars · ')
    assert last.startswith("seed 3 · ")
    assert [voice.name for voice in Score.read("song.harmonized.mid").voices] == ["Melody", "Alto", "Tenor", "Bass"]
    assert soprano("song.harmonized.mid") == soprano(song)
    recipe = recipe_of("song.harmonized.mid")
    assert (recipe.seed, recipe.parameters["steps"], recipe.parameters["keep"]) == (3, 1, "soprano")
    assert [source.name for source in recipe.sources] == [NAME]


def test_the_default_name_is_in_the_current_folder_and_counts_up(song, run, here):
    (here / "elsewhere").mkdir()
    song.rename(here / "elsewhere" / NAME)
    assert [run(f"elsewhere/{NAME}").stdout for _ in range(3)] == [
        "song.harmonized.mid\n",
        "song.harmonized-2.mid\n",
        "song.harmonized-3.mid\n",
    ]
    assert run(f"elsewhere/{NAME}", "--force").stdout == "song.harmonized-4.mid\n"


def test_takes_are_numbered_best_first_and_never_overwrite(song, run):
    first = run(song, "--takes", 2, "--json")
    assert first.exit_code == 0, first.output
    record = json.loads(first.stdout)
    assert [take["paths"] for take in record["takes"]] == [["song.harmonized-1.mid"], ["song.harmonized-2.mid"]]
    assert {take["seed"] for take in record["takes"]} == {3, 4}
    for take in record["takes"]:
        assert recipe_of(take["paths"][0]).seed == take["seed"]
        assert take["log_likelihood"] < 0
        assert take["faults"]
    assert run(song, "-n", 2).stdout.split() == ["song.harmonized-2-1.mid", "song.harmonized-2-2.mid"]


def test_the_record_says_what_the_lines_say(song, run):
    result = run(song, "--json")
    record = json.loads(result.stdout)
    understood, last = result.stderr.splitlines()
    assert (record["understood"], record["remarks"]) == (understood, [])
    (take,) = record["takes"]
    assert last == f"seed {take['seed']} · {take['faults']}"


def test_all_files_hold_the_same_take(song, run):
    result = run(song, "-o", "a.mid", "-o", "b.svg", "-o", "c.wav", "-o", "a.mid")
    assert result.exit_code == 0, result.output
    assert result.stdout.split() == ["a.mid", "b.svg", "c.wav"]
    assert result.stderr.splitlines()[-1].startswith("sound: ")
    assert recipe_of("a.mid") == recipe_of("b.svg") == recipe_of("c.wav")


@pytest.mark.parametrize("extension", formats.SAVED)
def test_a_score_can_be_saved_in_every_format_that_is_offered(here, extension):
    if extension in formats.PAGES:
        pytest.importorskip("verovio", reason="the extra score is not installed")
        pytest.importorskip("resvg_py", reason="the extra score is not installed")
    Score.parse("C4").save(here / f"note{extension}")
    assert (here / f"note{extension}").stat().st_size > 0


def test_no_recipe_leaves_it_out(song, run):
    assert run(song, "--no-recipe").exit_code == 0
    assert read_recipe("song.harmonized.mid") is None


def test_notes_can_be_typed(run):
    result = run("G4 | C5 B4 A4 | G4:3", "--meter", "3/4", "--key", "C")
    assert result.exit_code == 0, result.output
    assert result.stdout == "harmonized.mid\n"
    assert "C major · 3/4 · 100 bpm · pickup 1 beat · 2 bars" in result.stderr
    assert [pitch for _, _, pitch, _ in soprano("harmonized.mid")] == [67, 72, 71, 69, 67]
    parameters = recipe_of("harmonized.mid").parameters
    assert (parameters["song"], parameters["meter"]) == ("G4 | C5 B4 A4 | G4:3", "3/4")


def test_a_typed_song_is_checked_against_the_meter(run, here):
    result = run("G4 A4 B4 | G4:3", "--meter", "2/4")
    assert (result.exit_code, files(here)) == (1, set())
    assert result.stderr == "Error: counted in quarters, bar 1 (G4 A4 B4) holds 3 where 2/4 has 2\n"


def test_standard_input_and_output(song, run, here):
    result = run("-", "-o", "-", "-o", "roll.svg", "--json", stdin=song.read_bytes())
    assert result.exit_code == 0, result.output
    score = Score.read(io.BytesIO(result.stdout_bytes))
    assert len(score.voices) == 4
    assert score.recipe is not None
    assert (score.recipe.sources[0].name, score.recipe.sources[0].sha256) == ("stdin", sha256_of(song))
    assert json.loads(result.stderr.splitlines()[-1])["takes"][0]["paths"] == ["roll.svg"]
    assert files(here) == {NAME, "roll.svg"}
    assert run("-", stdin=song.read_bytes()).stdout == "harmonized.mid\n"


def test_standard_output_takes_one_take(song, run):
    result = run(song, "-o", "-", "--takes", 2)
    assert result.exit_code == 2
    assert "standard output takes one take, not 2" in result.stderr


def test_quiet_prints_paths_alone(song, run):
    result = run(song, "-q")
    assert (result.stdout, result.stderr) == ("song.harmonized.mid\n", "")


def test_options_reach_the_library(song, run, monkeypatch):
    seen = {}

    def listen(given, **options):
        seen.update(options, song=given)
        return takes_module.Takes(
            [Score.parse("C4")], facts=[takes_module.Facts(seed=1, log_likelihood=0, faults="")], understood=""
        )

    monkeypatch.setattr("genart.cli.harmonize.harmonize", listen)
    given = {
        "keep": ("soprano=1, bass=Cello", {"soprano": 1, "bass": "Cello"}),
        "track": ("2", 2),
        "key": ("Dm", "Dm"),
        "pickup": ("1.5", 1.5),
        "transpose": ("-3", -3),
        "bars": ("5-8", "5-8"),
        "ranges": ("alto=G3-D5", "alto=G3-D5"),
        "temperature": ("0.7", 0.7),
    }
    flags = ["--with-song", "--no-through-rests"]
    assert run(song, *flags, *(f"--{name}={text}" for name, (text, _) in given.items())).exit_code == 0
    assert {name: seen[name] for name in given} == {name: value for name, (_, value) in given.items()}
    assert (seen["with_song"], seen["through_rests"], seen["song"]) == (True, False, str(song))
    assert not {"grid", "articulation", "programs", "n"} & set(seen)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.mid"], "nowhere.mid does not exist"),
        (["."], ". is a folder, not a file"),
        (
            [NAME, "-o", "a.txt"],
            "a.txt: a score is saved as .mid, .musicxml, .mxl, .wav, .flac, ",
        ),
        ([NAME, "-o", "none/a.mid"], "cannot write none/a.mid: the folder does not exist"),
        ([NAME, "-o", "a.mid", "-o", "folder.mid"], "folder.mid exists; pass --force to overwrite it"),
        ([NAME, "-o", "a.mid", "-o", "folder.mid", "--force"], "folder.mid is a folder; name a file to write"),
        ([NAME, "-o", NAME], "song.mid exists; pass --force to overwrite it"),
        ([NAME, "--takes", "0"], "0 takes: ask for 1 or more"),
        ([NAME, "--articulation", "loud"], "articulation 'loud': it is one of harmony, melody, held"),
        ([NAME, "--programs", "kazoo"], "programs 'kazoo': they are choir, organ, "),
        ([NAME, "--keep", "soprano=9"], "track 9 has no melody to keep; the tracks with pitched notes are: 2 Melody"),
        ([NAME, "--model", "nobody"], "there is no model 'nobody': "),
    ],
)
def test_refusals_are_one_sentence_and_leave_nothing(song, here, arguments, sentence):
    (here / "folder.mid").mkdir()
    result = CliRunner().invoke(cli, ["harmonize", *arguments])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"Error: {sentence}")
    assert result.stdout == ""
    assert files(here) == {NAME, "folder.mid"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(song, run, here):
    (here / "locked").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    assert "cannot write locked/a.mid: no permission" in run(song, "-o", "locked/a.mid").stderr


def test_outputs_are_checked_before_the_song_is_read(here, run, monkeypatch):
    monkeypatch.setattr("genart.cli.harmonize.harmonize", lambda *_, **__: pytest.fail("it began to work"))
    assert "the folder does not exist" in run(NAME, "-o", "none/a.mid").stderr


def test_a_file_that_fails_leaves_none_behind(song, run, here, monkeypatch):
    from genart import show

    def full(score, path, **_):
        Path(path).write_text("half a picture")
        raise genart.InputError(f"cannot write {path}: the disk is full")

    (here / "a.mid").write_text("precious")
    monkeypatch.setattr(show, "save", full)
    result = run(song, "-o", "a.mid", "-o", "b.svg", "--force")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Error: cannot write b.svg: the disk is full"
    assert "seed 3 · " in result.stderr  # what was made can be made again
    assert files(here) == {NAME, "a.mid"}
    assert (here / "a.mid").read_text() == "precious"


def test_a_default_name_that_is_taken_meanwhile_stays(song, run, here, monkeypatch):
    def slow(*arguments, **options):
        made = harmonize(*arguments, **options)
        (here / "song.harmonized.mid").write_text("somebody else's")
        return made

    monkeypatch.setattr("genart.cli.harmonize.harmonize", slow)
    assert run(song).stdout == "song.harmonized-2.mid\n"
    assert (here / "song.harmonized.mid").read_text() == "somebody else's"


SHOWING = """
import contextlib
from genart import progress
from genart.cli.main import main
progress.shown = lambda label, on_step: contextlib.nullcontext(lambda done, total: print(f"sweep {done}", flush=True))
main()
"""


@pytest.mark.parametrize("sweeps", [0, 3])
def test_ctrl_c_leaves_nothing(song, tiny_bach, here, sweeps):
    """Pressed as soon as the song has been understood, while JAX is imported, or while it is sampled."""
    options = ["harmonize", NAME, "--model", str(tiny_bach), "--steps", "1000000", "-o", "a.mid", "-o", "a.wav"]
    running = subprocess.Popen(
        [sys.executable, "-c", SHOWING, *options],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    assert "G major" in running.stderr.readline()
    for _ in range(sweeps):
        assert running.stdout.readline().startswith("sweep ")
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=60)
    assert (running.returncode, stderr.strip()) == (130, "")
    assert ".mid" not in stdout
    assert files(here) == {NAME}
