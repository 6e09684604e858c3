import inspect
import io
import itertools
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from mido import Message, MetaMessage
from tunes import song, songs, tune

import genart
from genart.errors import InputError, ModelError
from genart.families.bach import Bach
from genart.families.harmonize import harmonize
from genart.music import melody, reading
from genart.music.fit import SINGABLE
from genart.music.parts import PROGRAMS
from genart.music.score import DRUM_CHANNEL, Event, Note, Score, Track
from genart.recipe import Recipe, Source, sha256_of

ASSETS = Path(__file__).parents[2] / "assets"
VOICES = ("soprano", "alto", "tenor", "bass")
TUNE = "G4 A4 B4 C5 | D5 C5 B4 A4 | G4:4"


@pytest.fixture(scope="session")
def bach(tiny_bach):
    return Bach.read(tiny_bach)


@pytest.fixture(scope="session")
def make(bach):
    """Harmonize with the tiny model, in one sweep."""

    def make(song, **options):
        return harmonize(song, **{"model": bach, "seed": 7, "steps": 1} | options)

    return make


def notes_of(score):
    return [[(note.start, note.end, note.pitch) for note in track.notes] for track in score.voices]


def assert_sung(score, kept=()):
    """New voices are single lines within their ranges, in channels of their own."""
    assert len(score.voices) == 4
    channels = [track.channels for track in score.voices]
    assert DRUM_CHANNEL not in {channel for used in channels for channel in used}
    assert len(set(channels)) == 4
    for voice, track in zip(VOICES, score.voices, strict=True):
        if voice not in kept:
            low, high = SINGABLE[voice]
            assert all(low <= note.pitch <= high and note.start < note.end for note in track.notes)
            assert all(a.end <= b.start for a, b in itertools.pairwise(track.notes))


@pytest.mark.parametrize("name", sorted(path.stem for path in ASSETS.glob("*.mid")))
def test_real_tunes(make, name, tmp_path):
    """Every tune, from file to file: the melody to the last tick, three voices that can be sung."""
    path = ASSETS / f"{name}.mid"
    takes = make(path)
    takes[0].save(tmp_path / "out.mid")
    score, lead = Score.read(tmp_path / "out.mid"), melody.likeliest(Score.read(path))
    assert score.voices[0].notes == lead.notes
    assert score.voices[0].program == lead.program
    assert_sung(score, kept=["soprano"])
    given = Score.read(path)
    assert (score.tempos, score.meters, score.keys) == (given.tempos, given.meters, given.keys)
    assert {track.name for track in score.voices[1:]} == {"Alto", "Tenor", "Bass"}


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(songs(most=6))
def test_any_song(make, score):
    """As assets, but made up; hypothesis finds what nobody would write."""
    made = make(score, grid="1/8")[0]
    lead = reading.read(reading.fine(score)).melody
    assert made.voices[0].notes == lead.notes
    assert_sung(made, kept=["soprano"])


@pytest.mark.parametrize("keep", VOICES)
def test_any_voice_can_be_kept(make, keep):
    score = make(TUNE, keep=keep)[0]
    assert notes_of(score)[VOICES.index(keep)] == notes_of(Score.parse(TUNE))[0]
    assert_sung(score, kept=[keep])


def test_several_voices_can_be_kept(make):
    upper, lower = tune("G4 A4 B4 C5 D5:4"), tune("G3:2 E3:2 D3:4", channel=1)
    given = Score.make(voices=[Track.make(name="Up", notes=upper), Track.make(name="Down", notes=lower, channel=1)])
    score = make(given, keep={"soprano": 2, "bass": "Down"})[0]
    assert [track.name for track in score.voices] == ["Up", "Alto", "Tenor", "Down"]
    assert (score.voices[0].notes, score.voices[3].notes) == (tuple(upper), tuple(lower))


def test_files_streams_texts_and_scores(make, tmp_path):
    path = tmp_path / "song.mid"
    Score.parse(TUNE).save(path)
    by_path = make(path)
    expected = notes_of(by_path[0])
    assert notes_of(make(str(path))[0]) == expected
    assert notes_of(make(io.BytesIO(path.read_bytes()))[0]) == expected
    assert notes_of(make(Score.read(path))[0]) == expected
    assert notes_of(make(TUNE)[0]) == expected
    assert by_path[0].recipe.sources == (Source(name="song.mid", sha256=sha256_of(path)),)


def test_texts_in_other_meters(make):
    takes = make("G4 A4 B4 | C5:3", meter="3/4", key="G")
    assert takes.understood == 'track 2 "Melody" · G major · 3/4 · 100 bpm · 2 bars · not moved'


def test_a_take_is_what_its_seed_gives(make):
    takes = make(TUNE, n=3, seed=20)
    assert sorted(facts.seed for facts in takes.facts) == [20, 21, 22]
    for take, facts in zip(takes, takes.facts, strict=True):
        alone = make(TUNE, seed=facts.seed)
        assert notes_of(alone[0]) == notes_of(take)
        assert alone.facts == (facts,)
        assert alone[0].recipe == take.recipe
    assert len({str(notes_of(take)) for take in takes}) == 3


def test_more_takes_begin_with_the_same(make):
    few, many = make(TUNE, n=1, seed=5), make(TUNE, n=2, seed=5)
    assert notes_of(few[0]) in [notes_of(take) for take in many]


def test_a_seed_is_drawn_and_told(make):
    takes = make(TUNE, seed=None)
    assert notes_of(make(TUNE, seed=takes.facts[0].seed)[0]) == notes_of(takes[0])


def test_the_recipe_tells_everything(make, bach):
    recipe = make(TUNE, n=2, ranges={"alto": (55, 74)})[0].recipe
    options = set(inspect.signature(harmonize).parameters) - {"n", "seed", "model", "on_understood", "on_step"}
    assert set(recipe.parameters) == options
    assert recipe.parameters["song"] == TUNE
    assert recipe.parameters["steps"] == 1
    assert (recipe.verb, recipe.model, recipe.weights) == ("harmonize", bach.name, bach.bundle.sha256)
    assert recipe.seed in (7, 8)
    assert recipe.versions["genart"] == genart.__version__
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_what_it_says(make):
    said = []
    takes = make(song("C3 D3 E3 F3 r:4 C6 D6 E6:0 C6:2"), on_understood=lambda *told: said.append(told))
    assert takes.remarks == (
        "notes of zero length are kept but not harmonized: 1",
        "the melody is wider than its voice: parts of the model's copy were moved by octaves",
    )
    assert said == [(takes.understood, takes.remarks)]


def test_progress_is_told(make):
    told = []
    make("G4 A4 B4 C5 | r:4 | G4:4", n=2, steps=3, on_step=lambda *step: told.append(step))
    assert told == [(i, 12) for i in range(1, 13)]  # two takes of two phrases of three sweeps


def test_raising_stops(make):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(TUNE, on_step=stop)


def test_only_some_bars(make):
    score = make(" | ".join(["G4 A4 B4 C5"] * 4), bars="2-3")[0]
    assert all(note.start >= 1920 and note.end <= 5760 for track in score.voices[1:] for note in track.notes)
    assert [min(note.start for note in track.notes) for track in score.voices[1:]] == [1920] * 3
    assert [max(note.end for note in track.notes) for track in score.voices[1:]] == [5760] * 3


def test_new_voices_rest_with_long_rests_unless_told_to_go_on(make):
    text = "G4 A4 B4 C5 | r:4 | r:4 | C5 B4 A4 G4"

    def sounding(**options):
        return any(
            note.start < 5760 and note.end > 1920
            for track in make(text, **options)[0].voices[1:]
            for note in track.notes
        )

    assert not sounding()
    assert sounding(through_rests=True)


def test_phrases_are_drawn_apart(make):
    """What comes before a long rest changes nothing after it."""
    short, long = make("G4 A4 B4 C5 | r:4 | C5 B4 A4 G4"), make("D5 E5 F5 G5 | r:4 | C5 B4 A4 G4")
    after = [[[n for n in track if n[0] >= 3840] for track in notes_of(takes[0])[1:]] for takes in (short, long)]
    assert after[0] == after[1]


def test_ranges_in_words_and_numbers(make):
    words, numbers = make(TUNE, ranges="alto=C4-C5"), make(TUNE, ranges={"alto": (60, 72)})
    assert notes_of(words[0]) == notes_of(numbers[0])
    assert all(60 <= note.pitch <= 72 for note in words[0].voices[1].notes)


def test_programs(make):
    score = make(TUNE, programs="strings")[0]
    assert [track.program for track in score.voices] == [None, 40, 41, 42]


def test_beside_the_song(make):
    given = Score.read(ASSETS / "oh_susanna.mid")
    score = make(given, with_song=True)[0]
    place = [track.name for track in given.tracks].index("Vocal") + 1
    assert score.tracks[:place] + score.tracks[place + 3 :] == given.tracks
    assert [track.name for track in score.tracks[place : place + 3]] == ["Alto", "Tenor", "Bass"]


def test_what_a_melody_keeps(make):
    """Velocity, program, controllers, bends, lyrics, and where two notes overlap or have no length."""
    notes = [
        Note(start=0, end=500, pitch=67, velocity=1, channel=6),
        Note(start=480, end=900, pitch=69, velocity=127, channel=6),
        Note(start=960, end=960, pitch=70, velocity=3, channel=6),
        Note(start=960, end=1920, pitch=71, velocity=64, channel=6),
    ]
    events = [
        Event(tick=0, message=Message("program_change", channel=6, program=40)),
        Event(tick=10, message=Message("control_change", channel=6, control=1, value=5)),
        Event(tick=480, message=Message("pitchwheel", channel=6, pitch=-100)),
        Event(tick=480, message=MetaMessage("lyrics", text="Ho")),
        Event(tick=970, message=Message("aftertouch", channel=6, value=9)),
    ]
    given = Score.make(voices=[Track.make(name="Violin", notes=notes, channel=6, events=events)])
    score = make(given)[0]
    assert score.voices[0] == given.voices[0]
    assert set(score.lyrics) == {(480, "Ho")}


# what is refused, before a model is loaded


def drums():
    return Score.make(voices=[Track.make(name="Drums", notes=tune("C2 C2", channel=9), channel=9)])


def clicks():
    return Score.make(voices=[Track.make(name="Clicks", notes=[Note(start=9, end=9, pitch=60)])])


def with_event(kind, **values):
    score = song("C5 D5 E5 F5")
    event = Event(tick=0, message=MetaMessage(kind, **values))
    return Score(tracks=(Track(events=(event,)), *score.voices))


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (TUNE, {"n": 0}, "0 takes: ask for 1 or more"),
        (TUNE, {"steps": 0}, "0 steps: the sampler needs 1 or more"),
        (TUNE, {"temperature": 0}, "temperature 0: it is a number above 0, mostly 0.7 to 1.2"),
        (TUNE, {"keep": "treble"}, "keep 'treble': the voices are soprano, alto, tenor, bass"),
        (TUNE, {"track": 9}, "track 9 has no melody to keep; the tracks with pitched notes are: 2 Melody"),
        (TUNE, {"programs": "kazoo"}, f"programs 'kazoo': they are {', '.join(PROGRAMS)}"),
        (TUNE, {"articulation": "slurred"}, "articulation 'slurred': it is one of harmony, melody, held"),
        (TUNE, {"grid": "1/5"}, "grid '1/5': it is auto, 1/4, 1/8, 1/16 or 1/32"),
        (TUNE, {"bars": "9"}, "bars '9': write one bar or the first and last, such as 5-8; the piece has bars 1-3"),
        (TUNE, {"ranges": "alto=C4-D4"}, "the range of the alto is 2 semitones: give it an octave at least"),
        (TUNE, {"pickup": 9}, "pickup 9: it is 0 or more beats and shorter than a bar of 4/4"),
        (drums(), {}, "there is no melody: the score has only drums; give one with a pitched part"),
        (with_event("set_tempo", tempo=0), {}, "tempo 0 at tick 0: a tempo is at least 1 microsecond a quarter"),
        (
            with_event("time_signature", numerator=0, denominator=4),
            {},
            "meter 0/4 at tick 0: a meter is 1-255 beats over 1, 2, 4, 8, 16, 32 or 64, such as 3/4",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(given, options, message):
    with pytest.raises(InputError) as caught:
        harmonize(given, model="there is none", **options)
    assert str(caught.value) == message


def test_notes_of_no_length_alone_are_refused():
    with pytest.raises(InputError, match=r"^there is no melody: "):
        harmonize(clicks(), model="there is none")


def test_a_model_that_does_not_exist():
    with pytest.raises((InputError, ModelError), match="there is none"):
        harmonize(TUNE, model="there is none")


# what must work


def test_a_soup_of_5000_notes(make):
    rng = random.Random(4)
    notes = []
    for _ in range(5000):
        start = rng.randrange(0, 30000)
        notes.append(Note(start=start, end=start + rng.randrange(1, 960), pitch=rng.randrange(30, 100)))
    score = make(Score.make(voices=[Track.make(name="Soup", notes=notes)]), grid="1/8")[0]
    assert set(score.voices[0].notes) <= set(notes)
    assert_sung(score, kept=["soprano"])


def test_twenty_minutes(make, monkeypatch):
    """2,400 quarters are 9,600 steps: windows of 124 here, so that few steps at a time are compiled for."""
    monkeypatch.setattr("genart.families.bach.WINDOW", 124)
    monkeypatch.setattr("genart.families.bach.LOOK", 8)
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=62 + i * 7 % 15) for i in range(2400)]
    told = []
    score = make(Score.make(voices=[Track.make(name="Long", notes=notes)]), on_step=lambda *step: told.append(step))[0]
    assert score.voices[0].notes == tuple(notes)
    assert_sung(score, kept=["soprano"])
    for track in score.voices[1:]:  # no gap at the seams
        assert all(a.end == b.start for a, b in itertools.pairwise(track.notes))
        assert (track.notes[0].start, track.notes[-1].end) == (0, 480 * 2400)
    assert told[-1][0] == told[-1][1] == len(told)


@pytest.mark.parametrize("resolution", [1, 2])
def test_few_ticks_a_quarter(make, resolution):
    notes = tune("G4 A4 B4 C5 D5:4", unit=resolution)
    score = make(Score.make(voices=[Track.make(name="Old", notes=notes)], resolution=resolution))[0]
    assert [(score.beats(n.start), score.beats(n.end), n.pitch) for n in score.voices[0].notes] == [
        (n.start / resolution, n.end / resolution, n.pitch) for n in notes
    ]
    assert_sung(score, kept=["soprano"])


def test_notes_shorter_than_a_step(make):
    notes = [Note(start=480 * i, end=480 * i + 1, pitch=67 + i) for i in range(8)]
    score = make(Score.make(voices=[Track.make(name="Pizzicato", notes=notes)]))[0]
    assert score.voices[0].notes == tuple(notes)
    starts = {note.start for track in score.voices[1:] for note in track.notes}
    assert {note.start for note in notes} <= starts | {note.start for note in notes[1:]}


def test_over_three_octaves(make):
    score = make(song("C3 E3 G3 C4 E4 G4 C5 E5 G5 C6 E6 G6 C7:4"), grid="1/8")[0]
    assert_sung(score, kept=["soprano"])
