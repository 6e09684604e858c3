"""The tunes are what assets/README.md says; what is expected is the songs as commonly known, not read off the files."""

import itertools
import runpy
from pathlib import Path

import pytest

from genart.music import key, melody
from genart.music.score import Score

ASSETS = Path(__file__).parents[1] / "assets"
SCORES = {path.stem: Score.read(path) for path in sorted(ASSETS.glob("*.mid"))}

# meter, key, number of the last bar, first tonic, first notes as steps of the scale, semitones from low to high
EXPECTED = {
    "ode_to_joy": ("4/4", "D", 16, 62, [3, 3, 4, 5, 5, 4, 3, 2, 1], 12),
    "auld_lang_syne": ("4/4", "F", 16, 65, [-4, 1, 1, 1, 3, 2, 1, 2, 3], 14),
    "amazing_grace": ("3/4", "G", 16, 67, [-4, 1, 3, 1, 3, 2, 1, -3, -4], 12),
    "silent_night": ("6/8", "C", 12, 60, [5, 6, 5, 3, 5, 6, 5, 3, 9], 17),
    "korobeiniki": ("4/4", "Am", 16, 69, [5, 2, 3, 4, 3, 2, 1, 1, 3], 12),
    "jesu_joy": ("3/4", "G", 8, 67, [1, 2, 3, 5, 4, 4, 6, 5, 5], 17),
    "old_hundredth": ("4/4", "G", 14, 67, [1, 1, 0, -3, -4, 1, 2, 3], 12),
    "mountain_king": ("4/4", "Bm", 24, 47, [1, 2, 3, 4, 5, 3, 5], 39),
    "can_can": ("2/4", "D", 16, 74, [1, 2, 4, 3, 2, 5, 5, 5, 6], 12),
    "yankee_doodle_played": ("2/4", "G", 16, 67, [1, 1, 2, 3, 1, 3, 2, -4, 1], 13),
    "oh_susanna": ("4/4", "G", 16, 67, [1, 2, 3, 5, 5, 6, 5, 3, 1], 9),
}
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def tune(name):
    return melody.likeliest(SCORES[name]).notes


def test_every_file_is_described():
    text = (ASSETS / "README.md").read_text()
    assert set(SCORES) == set(EXPECTED)
    assert all(f"`{name}.mid`" in text for name in SCORES)
    assert "CC0" in text


def test_the_script_makes_the_same_files(tmp_path):
    runpy.run_path(str(ASSETS / "make_tunes.py"))["main"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in ASSETS.glob("*.mid")}


@pytest.mark.parametrize("name", EXPECTED)
def test_tunes_begin_and_end_as_they_should(name):
    meter, signature, last_bar, tonic, steps, span = EXPECTED[name]
    score, notes = SCORES[name], tune(name)
    pitches = [note.pitch for note in notes]
    at_home = key.KeyName.parse(signature)
    scale = MAJOR if at_home.mode == "major" else MINOR
    degrees = {step: 12 * ((step - 1) // 7) + scale[(step - 1) % 7] for step in range(1, 10)}
    degrees |= {0: -1, -3: -3, -4: -5}  # leading note, sixth and dominant below
    assert [pitch - tonic for pitch in pitches[: len(steps)]] == [degrees[step] for step in steps]
    assert str(score.meters[-1]) == meter
    assert score.keys[0].name == signature
    assert score.bars()[-1].number == last_bar
    assert max(pitches) - min(pitches) == span
    if name != "mountain_king":
        assert pitches[-1] % 12 == at_home.tonic


@pytest.mark.parametrize("name", sorted(set(EXPECTED) - {"mountain_king"}))
def test_the_key_is_heard(name):
    """Not in the excerpt from Grieg, which breaks off on the dominant."""
    notes = tune(name)
    heard = key.estimate([note.pitch for note in notes], [note.end - note.start for note in notes])
    assert heard == key.KeyName.parse(EXPECTED[name][1])


def test_pickups():
    with_pickup = {name for name, score in SCORES.items() if score.bars()[0].number == 0}
    assert with_pickup == {"auld_lang_syne", "amazing_grace", "old_hundredth", "oh_susanna"}
    assert all(SCORES[name].bars()[0].end == SCORES[name].resolution for name in with_pickup)


def test_korobeiniki_hurries():
    assert [round(tempo.bpm) for tempo in SCORES["korobeiniki"].tempos] == [96, 120, 132, 144, 160, 120]


def test_jesu_joy_is_in_triplets():
    assert {note.start % 480 for note in tune("jesu_joy")} == {0, 160, 320}


def test_old_hundredth_has_long_rests():
    notes = tune("old_hundredth")
    rests = [b.start - a.end for a, b in itertools.pairwise(notes)]
    assert [rest / 480 for rest in rests if rest] == [7, 7, 7]  # quarters


def test_oh_susanna_is_a_band():
    score = SCORES["oh_susanna"]
    assert [track.name for track in score.voices] == ["Drums", "Bass", "Piano", "Vocal"]
    assert [track.channels for track in score.voices] == [(9,), (2,), (1,), (0,)]
    assert [track.program for track in score.voices] == [None, 32, 0, 52]
    controls = {message.control for track in score.tracks for _, message in track.messages("control_change")}
    assert controls == {7, 10, 11, 64}
    assert melody.likeliest(score).name == "Vocal"
    sung = {tick for tick, _ in score.lyrics}
    assert sung <= {note.start for note in tune("oh_susanna")}
    assert " ".join(text for _, text in score.lyrics).startswith("I come from Al- a- bam- a with my ban- jo on my knee")


def test_yankee_doodle_is_played_in():
    score, notes = SCORES["yankee_doodle_played"], tune("yankee_doodle_played")
    tracks = runpy.run_path(str(ASSETS / "make_tunes.py"))["TUNES"]["yankee_doodle"].tracks
    written = tracks[1].notes
    late = [score.seconds(a.start) - score.seconds(b.start) for a, b in zip(notes, written, strict=True)]
    on_beats = [abs(x) for x, note in zip(late, written, strict=True) if note.start % 480 == 0]
    off_beats = [x for x, note in zip(late, written, strict=True) if note.start % 480 == 240]
    assert max(on_beats) <= 0.061
    assert sum(x > 0.03 for x in on_beats) >= 8
    # An eighth swung to 0.62 of a quarter of 60/92 s comes 0.078 s late.
    assert sum(off_beats) / len(off_beats) == pytest.approx(0.078, abs=0.02)
    assert len({note.velocity for note in notes}) > 10
    gaps = [b.start - a.end for a, b in itertools.pairwise(notes)]
    assert min(gaps) < 0 < max(gaps)  # some legato, some detached
    assert melody.skyline(notes) == notes
