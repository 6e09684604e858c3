import dataclasses
import math

import pytest

import genart
from genart.families.surprise import surprised
from genart.music.check import TINTS, check
from genart.music.score import Note, Score, Track

NAMES = ("Soprano", "Alto", "Tenor", "Bass")
# I V I IV | V I V I in G, as plain as can be
CHORDS = ((71, 67, 62, 43), (69, 66, 62, 50), (71, 67, 62, 43), (72, 67, 64, 48))
CHORDS += ((69, 66, 62, 50), (71, 67, 62, 43), (69, 66, 60, 50), (67, 67, 59, 43))
WRONG = (3, 1)  # the alto's fourth note, G, is sharpened


def piece(chords=CHORDS) -> Score:
    lines = zip(*chords, strict=True)
    voices = [
        Track.make(name=name, notes=[Note(start=480 * i, end=480 * i + 480, pitch=p) for i, p in enumerate(line)])
        for name, line in zip(NAMES, lines, strict=True)
    ]
    return Score.make(voices=voices)


@pytest.fixture(scope="module")
def bach():
    """The model that ships: what surprises it is what should surprise a musician."""
    return genart.load("bach")


@pytest.fixture
def wrong() -> Score:
    chords = [list(chord) for chord in CHORDS]
    chords[WRONG[0]][WRONG[1]] += 1
    return piece(chords)


def test_a_wrong_note_surprises_most(bach, wrong):
    report = surprised(check(wrong), model=bach)
    first = report.least_expected[0]
    assert (first.voice, first.pitch, first.bar, first.beat) == ("alto", 68, 1, 4)
    assert (
        str(report).splitlines()[-len(report.least_expected)].startswith("bar 1, beat 4: Ab4 in the alto surprises (0.")
    )
    right = {(s.voice, s.tick): s.nats for s in surprised(check(piece()), model=bach).surprises}
    assert right["alto", first.tick] < 1 < first.nats == pytest.approx(-math.log(first.probability))


def test_every_note_has_its_surprise_and_color(bach, wrong):
    report = surprised(check(wrong), model=bach)
    assert len(report.surprises) == 32
    assert report.tints is not None
    assert [len(notes) for notes in report.tints.notes.values()] == [8] * 4
    assert report.tints.notes[1][3 * 480, 68] == TINTS[-1][0]
    assert report.record()["surprises"][0].keys() == {"voice", "tick", "pitch", "bar", "beat", "nats"}
    assert "surprises" not in check(wrong).record()
    assert check(wrong).tints is None


def test_ticks_are_the_scores_own_on_a_coarse_clock(tiny_bach):
    coarse = dataclasses.replace(
        piece(),
        resolution=1,
        tracks=tuple(
            Track(notes=tuple(dataclasses.replace(n, start=n.start // 480, end=n.end // 480) for n in t.notes))
            for t in piece().tracks
        ),
    )
    report = surprised(check(coarse), model=tiny_bach)
    assert sorted({s.tick for s in report.surprises}) == list(range(8))


def test_a_duet_of_other_heights_is_looked_at(tiny_bach):
    score = piece()
    duet = Score(tracks=(score.tracks[0], score.tracks[1], score.tracks[4]))
    high = [dataclasses.replace(note, pitch=note.pitch + 24) for note in duet.tracks[1].notes]
    duet = Score(tracks=(duet.tracks[0], dataclasses.replace(duet.tracks[1], notes=tuple(high)), duet.tracks[2]))
    report = surprised(check(duet), model=tiny_bach)
    assert {s.voice for s in report.surprises} == {"soprano", "bass"}
    assert all(s.nats >= 0 for s in report.surprises)
