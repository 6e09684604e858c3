"""MusicXML in and out. Documents to read are written by hand after the MusicXML 4.0 reference; what genart writes is
read by music21, and held against the schema that partitura brings, where these are installed."""

import contextlib
import dataclasses
import io
import logging
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mido import MetaMessage

from genart.errors import InputError
from genart.music import musicxml
from genart.music.musicxml import archive
from genart.music.score import Event, Key, Meter, Note, Score, Tempo, Track
from genart.recipe import Recipe, read_recipe

TUNES = sorted((Path(__file__).parents[2] / "assets").glob("*.mid"))


def roundtrip(score: Score, **options) -> Score:
    return musicxml.read(io.BytesIO(musicxml.to_bytes(score, **options)))


def notes(score: Score) -> list[list[tuple[int, int, int]]]:
    return [[(note.start, note.end, note.pitch) for note in track.notes] for track in score.voices]


def pitches(track: Track) -> list[int]:
    """In the order of time, chords from below."""
    return [note.pitch for note in sorted(track.notes, key=lambda note: (note.start, note.pitch))]


def document(*measures: str, parts: str = "", divisions: int = 1, head: str = "") -> bytes:
    """A document of one part, or of several whose measures are separated by "|"."""
    listed = parts or '<score-part id="P1"><part-name>Solo</part-name></score-part>'
    bodies = {
        identity: [m.split("|")[i] for m in measures] for i, identity in enumerate(re.findall('id="(P.)"', listed))
    }
    text = "".join(
        f'<part id="{identity}">'
        + "".join(
            f'<measure number="{i}"><attributes>{f"<divisions>{divisions}</divisions>" if i == 1 else ""}</attributes>'
            f"{body}</measure>"
            for i, body in enumerate(bars, 1)
        )
        + "</part>"
        for identity, bars in bodies.items()
    )
    return f'<score-partwise version="4.0">{head}<part-list>{listed}</part-list>{text}</score-partwise>'.encode()


def read(data: bytes) -> Score:
    return musicxml.read(io.BytesIO(data))


def note(step: str, duration: int = 1, inside: str = "", *, octave: int = 4, after: str = "", before: str = "") -> str:
    pitch = f"<pitch><step>{step}</step>{inside}<octave>{octave}</octave></pitch>"
    return f"<note>{before}{pitch}<duration>{duration}</duration>{after}</note>"


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
    partitura = pytest.importorskip("partitura")
    xmlschema = pytest.importorskip("xmlschema")
    return xmlschema.XMLSchema(str(Path(partitura.__file__).parent / "assets" / "musicxml.xsd"))


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


# Reading what others write


def test_divisions_chords_voices_backup_and_forward():
    bar = (
        note("C", 2) + note("E", 2, before="<chord/>") + note("D", 2)
        + "<backup><duration>4</duration></backup><forward><duration>1</duration></forward>"
        + note("G", 3, octave=3)
    )  # fmt: skip
    assert sorted(notes(read(document(bar, divisions=2)))[0]) == [
        (0, 480, 60),
        (0, 480, 64),
        (240, 960, 55),
        (480, 960, 62),
    ]


def test_voices_that_run_through_are_tracks():
    bar = (
        note("C", 2, octave=5, after="<voice>1</voice>")
        + "<backup><duration>2</duration></backup>"
        + note("E", 1, after="<voice>2</voice>")
        + note("F", 1, after="<voice>2</voice>")
    )
    part = '<score-part id="P1"><part-name>Soprano / Alto</part-name></score-part>'
    score = read(document(bar, bar, parts=part))
    assert [(track.name, len(track.notes)) for track in score.voices] == [("Soprano", 2), ("Alto", 4)]
    occasional = read(document(bar, *[note("C", 2, after="<voice>1</voice>")] * 4, parts=part))
    assert [(track.name, len(track.notes)) for track in occasional.voices] == [("Soprano / Alto", 7)]


def test_ties_join_notes_also_across_voices_and_bars():
    start, stop = '<tie type="start"/>', '<tie type="stop"/>'
    data = document(
        note("C", after=start + "<voice>1</voice>"),
        note("C", after=stop + start + "<voice>2</voice>"),
        note("C", after=stop),
    )
    assert notes(read(data)) == [[(0, 1440, 60)]]
    assert notes(read(document(note("C", after=start) + note("D") + note("C", after=stop)))) == [
        [(0, 480, 60), (480, 960, 62), (960, 1440, 60)]
    ]


def test_transposing_instruments_sound_as_they_do():
    key, transpose = (
        "<key><fifths>2</fifths></key>",
        "<transpose><chromatic>-2</chromatic></transpose>",
    )  # clarinet in B
    score = read(document(f"<attributes>{key}{transpose}</attributes>" + note("D")))
    assert notes(score) == [[(0, 480, 60)]]
    assert [key.name for key in score.keys] == ["C"]


def test_tempos_of_sounds_and_marks():
    metronome = "<beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>c. 40</per-minute>"
    mark = f"<direction><direction-type><metronome>{metronome}</metronome></direction-type></direction>"
    words = "<direction-type><words/></direction-type>"
    sound = f'<direction>{words}<offset>1</offset><sound tempo="90"/></direction>'
    score = read(document(mark + note("C") + note("C"), sound + note("C", 2) + '<sound tempo="0"/>'))
    assert [(tempo.tick, round(tempo.bpm, 3)) for tempo in score.tempos] == [(0, 60), (1440, 90)]


def test_short_bars():
    meter = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    whole = note("C", 3)
    pickup = read(document(meter + note("C"), whole, whole))
    assert [(str(m), m.tick) for m in pickup.meters] == [("1/4", 0), ("3/4", 480)]
    assert [bar.number for bar in pickup.bars()] == [0, 1, 2]
    split = read(document(meter + whole, note("C", 2), note("C"), whole))  # a bar printed as two around a repeat sign
    assert [(str(m), m.tick) for m in split.meters] == [("3/4", 0)]
    cut = read(document(meter + whole, note("C", 2), whole, whole))
    assert [bar.start for bar in cut.bars()] == [0, 1440, 2400, 3840]


def test_empty_bars_last_as_their_meter_says():
    score = read(document("<attributes><time><beats>3</beats><beat-type>8</beat-type></time></attributes>", note("C")))
    assert notes(score) == [[(720, 1200, 60)]]


def test_parts_of_unequal_bars_stay_together():
    parts = "".join(f'<score-part id="P{i}"><part-name>{i}</part-name></score-part>' for i in (1, 2))
    score = read(document(note("C") + "|" + note("C", 4), note("D", 4) + "|" + note("D", 4), parts=parts))
    assert notes(score) == [[(0, 480, 60), (1920, 3840, 62)], [(0, 1920, 60), (1920, 3840, 62)]]
    assert [track.channels for track in score.voices] == [(0,), (1,)]


def test_additive_meters():
    time = "<attributes><time><beats>3+2</beats><beat-type>8</beat-type></time></attributes>"
    assert str(read(document(time + note("C", 5), divisions=2)).meters[0]) == "5/8"


def test_lyrics_of_the_first_verse():
    verses = (
        '<lyric number="1"><syllabic>begin</syllabic><text>Glo</text></lyric><lyric number="2"><text>no</text></lyric>'
    )
    elision = '<lyric number="1"><syllabic>end</syllabic><text>ri</text><elision>‿</elision><text>a</text></lyric>'
    score = read(
        document(note("C", after=verses) + note("D", after=elision) + note("E", after="<lyric><text> </text></lyric>"))
    )
    assert score.lyrics == ((0, "Glo-"), (480, "ri‿a"))


def test_quintuplets_get_ticks_of_their_own():
    score = read(document("".join(note("C", 4) for _ in range(7)), divisions=7))
    assert score.resolution % 7 == 0
    assert notes(score)[0][1][0] * 7 == 4 * score.resolution


def test_dynamics_are_velocities():
    data = document('<sound dynamics="100"/>' + note("C") + note("D").replace("<note>", '<note dynamics="50">'))
    assert [n.velocity for n in read(data).voices[0].notes] == [90, 45]  # percent of forte, which is 90


@pytest.mark.parametrize(
    ("inside", "remark"),
    [
        ('<barline><repeat direction="backward"/></barline>', "repeats are not played: every bar is read once"),
        (note("D", before="<grace/>").replace("<duration>1</duration>", ""), "grace notes are left out"),
        (note("D", before="<cue/>"), "cue notes are left out"),
        (note("D", inside="<alter>0.5</alter>"), "notes between the semitones are read as the nearest of the twelve"),
    ],
)
def test_what_is_left_out_is_said(caplog, inside, remark):
    with caplog.at_level(logging.WARNING, logger="genart"):
        score = read(document(note("C") + inside + note("E")))
    assert [n.pitch for n in score.voices[0].notes if n.pitch != 62] == [60, 64]
    assert caplog.messages == [f"MusicXML data: {remark}"]


def test_timewise_scores_are_read_too():
    data = document(note("C"), note("D"))
    root = ET.fromstring(data)
    timewise = ET.Element("score-timewise")
    timewise.append(root[0])
    for measure in root.iterfind("part/measure"):
        outer = ET.SubElement(timewise, "measure", number=measure.get("number", ""))
        ET.SubElement(outer, "part", id="P1").extend(measure)
    assert notes(read(ET.tostring(timewise))) == notes(read(data))


# Bad files

TIME = "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
BOMB = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><score-partwise>&a;</score-partwise>'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<score-partwise><part", "the XML is broken at line 1: unclosed token; export it again"),
        (b"", "the XML is broken at line 1: no element found; export it again"),
        (BOMB, "the XML declares entities, which scores never need: it is refused, for they can do harm"),
        (OUTSIDE, "the XML declares entities, which scores never need: it is refused, for they can do harm"),
        (b"<html/>", "this is XML but not a MusicXML score (it begins with <html>): export it as MusicXML"),
        (b"<a>" * 200, "the XML is nested deeper than 100 or has more than 4,000,000 elements"),
        (b"<score-partwise/>", "the score has no parts"),
        (b'<?xml version="1.0" encoding="x"?><a/>', "the XML cannot be read: unknown encoding: x"),
    ],
)
def test_what_is_no_score_is_one_sentence(data, sentence):
    with pytest.raises(InputError) as error:
        read(data)
    assert str(error.value) == f"MusicXML data: {sentence}"


@pytest.mark.parametrize(
    ("bar", "sentence"),
    [
        (note("H"), "a note has the step 'H', which is none of A to G"),
        (note("C").replace(">1<", ">x<"), "<duration> is 'x' where a number belongs"),
        (note("C", octave=11), "a note of pitch 144 lies outside of MIDI's 0-127"),
        (note("C", 10**9), "it lasts more than 1000 quarters"),
        ("<attributes><divisions>0</divisions></attributes>", "a quarter has no divisions"),
        (TIME.replace("3", "x"), "its meter is x/4"),
    ],
)
def test_damaged_bars_are_named(bar, sentence):
    with pytest.raises(InputError) as error:
        read(document(note("C"), bar))
    assert str(error.value) == f"MusicXML data: the score is damaged in bar 2 of Solo: {sentence}"


def test_meters_that_a_score_cannot_have_are_refused():
    with pytest.raises(InputError, match="^MusicXML data: meter 3/5 at tick 0: a meter is 1-255 beats over 1, 2, 4, 8"):
        read(document(TIME.replace("4", "5") + note("C")))


def test_the_usual_doctype_is_no_harm():
    doctype = (
        b'<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" "http://nowhere.invalid/a.dtd">'
    )
    assert notes(read(doctype + document(note("C")))) == [[(0, 480, 60)]]


def zipped(**files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return file.getvalue()


def container(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def test_archives():
    score = document(note("C"))
    inside = {archive.CONTAINER: container("../../x.xml"), "../../x.xml": score}  # a name, and never a path
    for data in (
        zipped(**inside),
        zipped(**{"a.xml": score}),
        zipped(**{archive.CONTAINER: container("b.xml"), "a.xml": b"", "b.xml": score}),
    ):
        assert notes(read(data)) == [[(0, 480, 60)]]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zipped(**{"readme.txt": b""}), "the archive holds no score: export it again as .mxl or .musicxml"),
        (zipped(**{archive.CONTAINER: container("/etc/passwd")}), "the archive holds no score: export it again"),
        (
            zipped(**{"a.xml": document(note("C"))})[:80],
            "the archive is broken (File is not a zip file); export it again",
        ),
        (zipped(**{archive.CONTAINER: b"<broken", "a.xml": b""}), "the XML is broken at line 1: unclosed token"),
    ],
)
def test_bad_archives_are_one_sentence(data, sentence):
    with pytest.raises(InputError) as error:
        read(data)
    assert str(error.value).startswith(f"MusicXML data: {sentence}")


def test_zip_bombs_are_refused(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 2**20)
    with pytest.raises(InputError, match="the score inside of the archive is larger than 1 MB"):
        archive.unpack(zipped(**{"a.xml": b" " * 2**21}))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_read_or_refused(data):
    """Bytes cut out, doubled or changed anywhere in a good file: InputError or a score, and nothing else."""
    good = musicxml.to_bytes(Score.parse("C4 | D4:1/3 E4:1/3 F4:1/3 G4:2.5 A4:.5 | B4:4", key="D", lyrics="a b- c"))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 60)))
    piece = data.draw(st.sampled_from((b"", b"0", b"-3", b"9999999", b"<", b"<note>", good[start:end] * 2)))
    with contextlib.suppress(InputError):
        read(good[:start] + piece + good[end:])


def test_any_element_may_be_missing():
    """Each kind of element left out of a good file once: InputError or a score, and nothing else."""
    good = ET.fromstring(musicxml.to_bytes(satb(), staves=2))
    parents = [(parent, child) for parent in good.iter() for child in parent]
    kinds = {(parent.tag, child.tag): (parent, child) for parent, child in parents}
    for parent, child in kinds.values():
        place = list(parent).index(child)
        parent.remove(child)
        with contextlib.suppress(InputError):
            read(ET.tostring(good))
        parent.insert(place, child)
    assert len(kinds) > 50
