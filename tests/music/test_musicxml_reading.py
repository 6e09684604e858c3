"""MusicXML that others write."""

import logging
import xml.etree.ElementTree as ET

import pytest
from documents import document, note, notes, read


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


def test_the_rest_of_a_bar_is_no_longer_than_the_bar():
    rest = "<note><rest/><duration>8</duration></note>"
    assert notes(read(document(rest, note("C", 4)))) == [[(1920, 3840, 60)]]


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
