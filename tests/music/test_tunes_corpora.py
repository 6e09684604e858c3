import importlib.util
import json
import types

import pytest
from hypothesis import HealthCheck, given, settings
from melodies import tunes

from genart.errors import InputError, MissingExtra
from genart.folders import cache_folder
from genart.music.score import Score
from genart.music.tunes import corpora, stored
from genart.music.tunes.tune import LeftOut

REEL = "X:1\nT:A Reel\nM:C|\nL:1/8\nK:D\nA2|d2fd e2dB|A2F2 D2:|\n"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tunes())
def test_tunes_are_plain_json(tune):
    assert stored.from_record(json.loads(json.dumps(stored.to_record(tune)))) == tune


def test_what_is_read_is_kept_until_the_file_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("GENART_CACHE", str(tmp_path))
    found = corpora.abc.parse(REEL)[0], [LeftOut(source="a", number=3, title="b", reason="c")]
    calls = []

    def read():
        calls.append(1)
        return found

    assert stored.kept("name.json", read) == stored.kept("name.json", read) == found
    assert len(calls) == 1
    (cache_folder() / "tunes" / "name.json").write_text('{"tunes": [{"sections": [{"notes": [1]}]}]}')
    assert stored.kept("name.json", read) == found
    assert len(calls) == 2
    assert [path.name for path in (tmp_path / "tunes").iterdir()] == ["name.json"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GENART_CACHE", str(tmp_path / "file"))
    assert stored.kept("name.json", lambda: ([], [])) == ([], [])


def test_a_folder_of_tunes(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.abc").write_text(REEL + "\nX:2\nT:No key\nC\n")
    (tmp_path / "old.ABC").write_bytes(REEL.replace("A Reel", "Caf\xe9").encode("latin-1"))
    Score.parse("C4 D4 E4:2 | C4:4").save(tmp_path / "two.mid")
    Score.parse("C4 D4 E4:2 | C4:4").save(tmp_path / "three.musicxml")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    (tmp_path / "notes.txt").write_text("no tune")
    tunes, left_out = corpora.read_tunes([tmp_path])
    assert [(tune.title, tune.source) for tune in tunes] == [
        ("A Reel", "one.abc"),
        ("Café", "old.ABC"),
        ("three", "three.musicxml"),
        ("two", "two.mid"),
    ]
    assert tunes[2].sections == tunes[3].sections
    assert [(out.source, out.title) for out in left_out] == [("broken.mid", "broken"), ("one.abc", "No key")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.abc", None, "missing.abc does not exist"),
        ("notes.txt", b"C D E", "notes.txt is no tune: give .abc, .mid, .midi, .musicxml, .mxl, .xml files"),
        ("empty.abc", b"", "no tunes in .*empty.abc: give ABC, MIDI or MusicXML files or folders of them$"),
        ("silent.abc", b"X:1\nT:Hush\nK:C\nz4|\n", "the first left out, 'Hush': it has no notes"),
        ("empty.mid", b"", "empty"),
    ],
)
def test_what_is_no_tune(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        corpora.read_tunes([tmp_path / name])


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match="no tunes in "):
        corpora.read_tunes([tmp_path])


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A music21 with nine tunes."""
    monkeypatch.setenv("GENART_CACHE", str(tmp_path / "cache"))
    names = {"airdsAirs": (1, 2), "oneills1850": (1, 701, 1116, 1176, 1556, 1801), "ryansMammoth": (1,)}
    for name, numbers in names.items():
        folder = tmp_path / "music21" / "corpus" / name
        folder.mkdir(parents=True)
        text = "\n".join(REEL.replace("X:1", f"X:{number}").replace("A Reel", "Name") for number in numbers)
        (folder / "all.abc").write_text(text)
    spec = types.SimpleNamespace(submodule_search_locations=[str(tmp_path / "music21")])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    return tmp_path / "music21" / "corpus"


def test_the_collections_are_read_once(library):
    tunes, left_out = corpora.read_collections()
    assert [(tune.source, tune.number, tune.kind) for tune in tunes] == [
        ("airdsAirs", 1, "unknown"),
        ("airdsAirs", 2, "unknown"),
        ("oneills1850", 1, "air"),
        ("oneills1850", 701, "jig"),
        ("oneills1850", 1116, "slip jig"),
        ("oneills1850", 1176, "reel"),
        ("oneills1850", 1556, "hornpipe"),
        ("oneills1850", 1801, "unknown"),
        ("ryansMammoth", 1, "unknown"),
    ]
    assert left_out == []
    file = library / "ryansMammoth" / "all.abc"
    file.write_text(file.read_text().replace("Name", "Mane"))  # of the same size: from the cache
    assert corpora.read_collections()[0] == tunes
    file.write_text(REEL)
    assert corpora.read_collections()[0][-1].title == "A Reel"


def test_without_music21(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r'install it: pip install "genart\[tunes\]"'):
        corpora.read_collections()


def test_a_music21_without_its_corpus(library):
    for file in library.glob("*/*.abc"):
        file.unlink()
    with pytest.raises(MissingExtra, match="this music21 has no collections of tunes"):
        corpora.read_collections()


@pytest.mark.slow
def test_the_collections_of_music21():
    """4,248 tunes are in music21 10's files, of which ten are left out; all others are encoded and decoded exactly."""
    pytest.importorskip("music21")
    from genart.music.tokens import Codec

    tunes, left_out = corpora.read_collections()
    assert len(tunes) > 4200 and len(left_out) < 15
    codec = Codec()
    for tune in tunes:
        tokens = codec.encode(tune)
        decoded = codec.decode(tokens.head, tokens.pitch, tokens.duration)
        assert (decoded.sections, decoded.meter, decoded.tonic, decoded.mode, decoded.kind) == (
            (tune.sections, tune.meter, tune.tonic, tune.mode, tune.kind)
        )
