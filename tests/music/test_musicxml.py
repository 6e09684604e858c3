"""MusicXML out and in again. What genart writes is also read by music21, and held against the schema that partitura
brings, where these are installed."""

import dataclasses
import importlib.util
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from documents import notes
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import MetaMessage

from genart.errors import InputError
from genart.music import musicxml
from genart.music.score import Event, Key, Meter, Note, Score, Tempo, Track
from genart.recipe import Recipe, read_recipe

TUNES = sorted((Path(__file__).parents[2] / "assets").glob("*.mid"))


def roundtrip(score: Score, **options) -> Score:
    return musicxml.read(io.BytesIO(musicxml.to_bytes(score, **options)))


def pitches(track: Track) -> list[int]:
    """In the order of time, chords from below."""
    return [note.pitch for note in sorted(track.notes, key=lambda note: (note.start, note.pitch))]


# Round trips

LENGTHS = (12, 24, 36, 48, 72, 96, 144, 192, 6)  # 48ths of a quarter; 6 is a 32nd
KEYS = ("C", "G", "D", "F", "Bb", "Ab", "F#m", "Cm", "Ebm", "C#", "Cb")
METERS = ("4/4", "3/4", "2/4", "6/8", "2/2", "5/8", "9/8", "3/2")


@st.composite
def lines(draw: st.DrawFn, length: int) -> list[tuple[int, int, int]]:
    """Notes (start, end, pitch) in 48ths of a quarter up to about `length`: all written lengths, triplets, rests."""
    found, now = [], 0
    while now < length:
        kind = draw(st.sampled_from(("note", "note", "note", "rest", "triplet", "small triplet")))
        pitch = draw(st.integers(36, 84))
        if kind.endswith("triplet") and now % 48 == 0:
            third = 16 if kind == "triplet" else 8
            found += [(now + third * i, now + third * (i + 1), pitch + i) for i in range(3)]
            now += 48 if third == 16 else 24
        elif kind == "rest":
            now += draw(st.sampled_from(LENGTHS[:6]))
        else:
            end = now + draw(st.sampled_from(LENGTHS))
            found.append((now, end, pitch))
            now = end
    return found or [(0, 48, 60)]


@st.composite
def pieces(draw: st.DrawFn) -> Score:
    meter = Meter.parse(draw(st.sampled_from(METERS)))
    whole = int(meter.ticks(480))
    pickup = draw(st.sampled_from((0, 0, 240, 480)))
    pickup = pickup if pickup < whole else 0
    start = (
        [Meter(numerator=pickup // 240, denominator=8), dataclasses.replace(meter, tick=pickup)] if pickup else [meter]
    )
    change = draw(st.sampled_from(("", "", "3/4", "12/8")))
    meters = [*start, *([Meter.parse(change, tick=pickup + 2 * whole)] if change and change != str(meter) else [])]
    velocity = draw(st.integers(1, 127))
    voices = []
    for i in range(draw(st.integers(1, 4))):
        made = [
            Note(start=10 * begin, end=10 * end, pitch=pitch, velocity=velocity)
            for begin, end, pitch in draw(lines(draw(st.integers(100, 900))))
        ]
        words = draw(st.lists(st.sampled_from(("la", "mu-", "sic", "Größe", "<&>")), max_size=len(made)))
        events = [
            Event(tick=n.start, message=MetaMessage("lyrics", text=word.encode().decode("latin1")))
            for n, word in zip(made, words, strict=False)
        ]
        program = draw(st.sampled_from((None, 0, 52, 127)))
        voices.append(Track.make(name=f"Voice {i}", notes=made, program=program, channel=i, events=events))
    score = Score.make(
        voices=voices,
        meters=meters,
        keys=[Key(name=draw(st.sampled_from(KEYS)))],
        tempos=[Tempo(bpm=draw(st.sampled_from((60, 93.7, 120)))), Tempo(tick=960, bpm=132.5)],
    )
    last = score.bars()[-1].start  # what begins after the last bar has no place on paper
    return dataclasses.replace(
        score,
        tracks=tuple(dataclasses.replace(t, events=tuple(e for e in t.events if e.tick <= last)) for t in score.tracks),
    )


@settings(max_examples=40, deadline=None)
@given(pieces())
def test_scores_come_back_as_they_were(score):
    again = roundtrip(score)
    assert again.resolution == 480
    assert [t.notes for t in again.voices] == [t.notes for t in score.voices]
    assert [(t.name, t.program, t.channels) for t in again.voices] == [
        (t.name, t.program, t.channels) for t in score.voices
    ]
    assert [list(t.messages("lyrics")) for t in again.voices] == [list(t.messages("lyrics")) for t in score.voices]
    assert again.keys == score.keys
    assert [(t.tick, t.microseconds) for t in again.tempos] == [(t.tick, t.microseconds) for t in score.tempos]
    assert [(bar.number, bar.start) for bar in again.bars()] == [(bar.number, bar.start) for bar in score.bars()]
    assert [str(bar.meter) for bar in again.bars()] == [str(bar.meter) for bar in score.bars()]
    assert musicxml.to_bytes(again) == musicxml.to_bytes(score)


@settings(max_examples=20, deadline=None)
@given(pieces())
def test_two_staves_hold_the_same_music(score):
    if len(score.voices) < 2:
        return
    again = roundtrip(score, staves=2)
    assert sorted(notes(again)) == sorted(notes(score))
    assert sorted(t.name for t in again.voices) == sorted(t.name for t in score.voices)


@pytest.mark.parametrize("path", TUNES, ids=lambda path: path.stem)
def test_tunes_keep_their_notes_and_words(path):
    score = Score.read(path)
    again = roundtrip(score)
    assert [pitches(track) for track in again.voices] == [pitches(track) for track in score.voices]
    assert again.lyrics == score.lyrics
    assert [bar.number for bar in again.bars()] == [bar.number for bar in score.bars()]
    if path.stem not in ("yankee_doodle_played", "oh_susanna"):  # one is played, one has drums and detached notes
        assert notes(again) == notes(score)
    assert roundtrip(again).tracks == again.tracks


def test_polyphony_in_a_track_comes_back():
    held = [Note(start=0, end=1920, pitch=48), Note(start=0, end=480, pitch=60), Note(start=0, end=480, pitch=64)]
    moving = [Note(start=480 * i, end=480 * i + 480, pitch=60 + i) for i in range(1, 4)]
    score = Score.make(voices=[Track.make(name="Organ", notes=held + moving)])
    assert sorted(notes(roundtrip(score))[0]) == sorted(notes(score)[0])


def test_drums_come_back():
    kit = [Note(start=240 * i, end=240 * i + 240, pitch=p) for i, p in enumerate((36, 42, 38, 42, 81))]
    again = roundtrip(Score.make(voices=[Track.make(name="Kit", notes=kit, channel=9)]))
    assert [(n.start, n.pitch, n.channel) for n in again.voices[0].notes] == [(n.start, n.pitch, 9) for n in kit]


def test_titles_and_recipes_travel(tmp_path):
    recipe = Recipe(verb="compose", seed=3, parameters={"x": "<&>"}, versions={"genart": "0"}, device="cpu")
    named = Event(tick=0, message=MetaMessage("track_name", name="A <Title> & more"))
    made = Score.parse("C4 D4 E4 F4")
    tracks = (dataclasses.replace(made.tracks[0], events=(named, *made.tracks[0].events)), *made.tracks[1:])
    score = dataclasses.replace(made, tracks=tracks, recipe=recipe)
    for name in ("a.musicxml", "a.mxl"):
        score.save(tmp_path / name)
        assert read_recipe(tmp_path / name) == recipe
        assert Score.read(tmp_path / name).recipe == recipe
        assert Score.read(tmp_path / name).tracks[0].name == "A <Title> & more"
        score.save(tmp_path / name, recipe=False, force=True)
        assert read_recipe(tmp_path / name) is None
    with pytest.raises(InputError, match="exists; pass --force"):
        score.save(tmp_path / "a.mxl")


def test_the_kind_of_a_file_is_told_by_what_is_in_it(tmp_path):
    score = Score.parse("C4 D4 E4 F4")
    score.save(tmp_path / "a.mxl")
    (tmp_path / "a.mxl").rename(tmp_path / "b.mid")
    assert notes(Score.read(tmp_path / "b.mid")) == notes(score)
    assert notes(Score.read(io.BytesIO(b"\xef\xbb\xbf" + musicxml.to_bytes(score)))) == notes(score)


def test_the_same_score_gives_the_same_bytes(tmp_path):
    score = Score.read(TUNES[0])
    for name in ("a.mxl", "b.mxl"):
        score.save(tmp_path / name)
    assert (tmp_path / "a.mxl").read_bytes() == (tmp_path / "b.mxl").read_bytes()


def test_control_characters_are_no_part_of_xml():
    track = Track.make(name="a\x01\x0bb", notes=Score.parse("C4").voices[0].notes)
    assert roundtrip(Score.make(voices=[track])).voices[0].name == "ab"


def test_what_is_written():
    root = ET.fromstring(musicxml.to_bytes(Score.parse("G4 | C5:3~ | C5 Bb4:2", meter="3/4", key="F", tempo=90.5)))
    first, second, third = root.iterfind("part/measure")
    assert (first.get("number"), first.get("implicit"), second.get("implicit")) == ("0", "yes", None)
    assert first.findtext("attributes/time/beats") == "3"  # a pickup shows the meter that it leads to
    assert first.findtext("attributes/key/fifths") == "-1"
    assert first.findtext("direction/direction-type/metronome/per-minute") == "90.5"
    assert [e.get("type") for e in second.iterfind("note/tie")] == ["start"]
    assert [e.get("type") for e in third.iterfind("note/notations/tied")] == ["stop"]
    assert third.find("note/accidental") is None  # B flat is in the key
    assert [e.text for e in second.iterfind("note/dot/../type")] == ["half"]


def test_slow_changes_of_tempo_are_marked_once():
    tempos = [Tempo(tick=240 * i, bpm=100 + i) for i in range(12)]
    data = musicxml.to_bytes(Score.make(voices=Score.parse("C4:4 | C4:4").voices, tempos=tempos))
    assert data.count(b"<metronome>") == 3  # 100, 105, 110: changes of more than 4 %
    assert data.count(b"<sound tempo=") == 12


# Second readers


@pytest.fixture(scope="module")
def schema():
    xmlschema = pytest.importorskip("xmlschema")
    partitura = importlib.util.find_spec("partitura")  # not imported: it would fetch a SoundFont where FluidSynth is
    if partitura is None or partitura.origin is None:
        pytest.skip("partitura, which brings the schema, is not installed")
    return xmlschema.XMLSchema(str(Path(partitura.origin).parent / "assets" / "musicxml.xsd"))


def satb() -> Score:
    """Four voices with words, a pickup, triplets, ties over bars and an altered note."""
    texts = {
        "Soprano": "C5 | A4 B4 C5 D5~ | D5:2/3 C5:2/3 B4:2/3 C5:2",
        "Alto": "E4 | F4:1.5 F#4:.5 G4 A4 | G4:2 E4:2",
        "Tenor": "G3 | C4:1/3 B3:1/3 A3:1/3 D4 r F4 | D4:2 G3:2",
        "Bass": "C3 | F3 D3 E3 F3 | G3 G2 C3:2",
    }
    scores = {
        name: Score.parse(text, key="C", lyrics="A- ve ve- rum" if name == "Soprano" else None)
        for name, text in texts.items()
    }
    voices = [
        Track.make(
            name=name,
            notes=made.voices[0].notes,
            channel=i,
            events=[e for e in made.voices[0].events if e.message.type == "lyrics"],
        )
        for i, (name, made) in enumerate(scores.items())
    ]
    first = scores["Soprano"]
    return Score.make(voices=voices, meters=first.meters, keys=first.keys, tempos=[Tempo(bpm=72)])


@pytest.mark.parametrize("staves", [None, 2, 4])
def test_files_are_valid_by_the_schema(schema, staves):
    assert [error.reason for error in schema.iter_errors(io.BytesIO(musicxml.to_bytes(satb(), staves=staves)))] == []


def test_bands_are_valid_by_the_schema(schema):
    data = musicxml.to_bytes(Score.read(next(path for path in TUNES if path.stem == "oh_susanna")))
    assert [error.reason for error in schema.iter_errors(io.BytesIO(data))] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("staves", [None, 2])
def test_music21_reads_the_same(staves):
    converter = pytest.importorskip("music21.converter")
    score = satb()
    stream = converter.parseData(musicxml.to_bytes(score, staves=staves), format="musicxml")
    starts = {
        (round(float(n.getOffsetInHierarchy(stream)) * 480), pitch.midi)
        for n in stream.recurse().notes
        for pitch in n.pitches
        if n.tie is None or n.tie.type == "start"
    }
    assert starts == {(n.start, n.pitch) for track in score.voices for n in track.notes}
    names = {pitch.nameWithOctave for n in stream.recurse().notes for pitch in n.pitches}
    assert "F#4" in names and "G-4" not in names
    lyrics = [(n.lyrics[0].text, n.lyrics[0].syllabic) for n in stream.recurse().notes if n.lyrics]
    assert lyrics == [("A", "begin"), ("ve", "end"), ("ve", "begin"), ("rum", "end")]
    measures = list(stream.parts[0].getElementsByClass("Measure"))
    assert [m.number for m in measures] == [0, 1, 2]
    assert [float(m.duration.quarterLength) for m in measures] == [1, 4, 4]
    assert next(iter(stream.recurse().getElementsByClass("MetronomeMark"))).number == 72
    if staves is None:
        assert [part.partName for part in stream.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
        assert stream.parts[2].recurse().getElementsByClass("Clef")[0].octaveChange == -1
