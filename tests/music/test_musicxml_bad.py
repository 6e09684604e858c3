"""MusicXML that is broken, or meant to break what reads it."""

import contextlib
import io
import xml.etree.ElementTree as ET
import zipfile

import pytest
from documents import document, note, notes, read
from hypothesis import given, settings
from hypothesis import strategies as st

from genart.errors import InputError
from genart.music import musicxml
from genart.music.musicxml import archive
from genart.music.score import Score

MUSIC = "C4 | D4:1/3 E4:1/3 F4:1/3 G4:2.5 A4:.5 | B4:4"
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
    good = musicxml.to_bytes(Score.parse(MUSIC, key="D", lyrics="a b- c"))
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 60)))
    piece = data.draw(st.sampled_from((b"", b"0", b"-3", b"9999999", b"<", b"<note>", good[start:end] * 2)))
    with contextlib.suppress(InputError):
        read(good[:start] + piece + good[end:])


def test_any_element_may_be_missing():
    """Each kind of element left out of a good file once: InputError or a score, and nothing else."""
    good = ET.fromstring(musicxml.to_bytes(Score.parse(MUSIC, key="D", lyrics="a b- c")))
    parents = [(parent, child) for parent in good.iter() for child in parent]
    kinds = {(parent.tag, child.tag): (parent, child) for parent, child in parents}
    for parent, child in kinds.values():
        place = list(parent).index(child)
        parent.remove(child)
        with contextlib.suppress(InputError):
            read(ET.tostring(good))
        parent.insert(place, child)
    assert len(kinds) > 50
