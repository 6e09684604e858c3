import io

import pytest

from genart.errors import InputError
from genart.families.songs import is_text, read_song
from genart.music.musicxml import MOST_BYTES
from genart.music.score import Score
from genart.recipe import Source, sha256_of


@pytest.fixture
def path(here):
    Score.parse("C4 D4").save(here / "song.mid")
    return here / "song.mid"


def test_a_file_is_named_and_hashed(path):
    source = (Source(name="song.mid", sha256=sha256_of(path)),)
    assert read_song(path) == read_song(str(path)) == (Score.read(path), source, None)


def test_an_open_file_has_its_name_and_bytes_are_called_stdin(path):
    with path.open("rb") as file:
        assert read_song(file)[1][0] == Source.of(path)
    assert read_song(io.BytesIO(path.read_bytes()))[1][0] == Source(name="stdin", sha256=sha256_of(path))


def test_a_pipe_is_read_once(path, here):
    """As shells make for <(command): what is read again is empty."""

    class Pipe(io.BytesIO):
        name = "/dev/fd/63"

    (source,) = read_song(Pipe(path.read_bytes()))[1]
    assert source == Source(name="63", sha256=sha256_of(path))


def test_errors_name_the_file(here):
    (here / "bad.mid").write_bytes(b"bad")
    with pytest.raises(InputError, match=r"^bad\.mid: this is not a MIDI file$"):
        read_song("bad.mid")
    with pytest.raises(InputError, match="^stdin: this is not a MIDI file$"):
        read_song(io.BytesIO(b"bad"))


def test_endless_input_is_refused():
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= MOST_BYTES + 1
            return bytes(size)

    with pytest.raises(InputError, match="^stdin is too large: at most 16 MB can be read$"):
        read_song(Endless())  # pyright: ignore[reportArgumentType]


def test_a_text_is_parsed_with_its_meter_and_key():
    text = "C4 | D4 E4 F4 | G4:3"
    assert read_song(text, meter="3/4", key="Am") == (Score.parse(text, meter="3/4", key="Am"), (), text)
    assert read_song("C4 D4")[0] == Score.parse("C4 D4")


def test_a_score_is_taken_as_it_is():
    score = Score.parse("C4")
    assert read_song(score, meter="3/4") == (score, (), None)


@pytest.mark.parametrize(
    ("song", "text"),
    [("C4 D4", True), ("C4 | D4", True), ("C4", False), ("a b.mid", False), ("C4 D4.MIDI", False), ("C4 " * 200, True)],
)
def test_words_are_a_text(here, song, text):
    assert is_text(song) == text


def test_words_that_name_a_file_are_not(here):
    (here / "C4 D4").touch()
    assert not is_text("C4 D4")
    assert not is_text(here / "C4 D4")
