import json

import numpy as np
import pytest

from genart.errors import InputError
from genart.music.chorales import HIGHEST, LOWEST, read_chorales, to_classes, to_pitches

PIECE = [[72, 67, 64, 48], [72, 67, 64, -1], [71, 67, 62, 43], [71, 67, 62, 43]]


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "corpus.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def message(path, split="train"):
    with pytest.raises(InputError) as caught:
        read_chorales(path, split=split)
    return str(caught.value)


def test_pieces_of_a_split(write):
    pieces = read_chorales(write({"train": [PIECE, PIECE[:1]], "valid": [PIECE[2:]]}), split="train")
    assert [piece.tolist() for piece in pieces] == [PIECE, PIECE[:1]]
    assert all(piece.dtype == np.int16 for piece in pieces)


def test_nan_is_a_rest_as_in_the_public_file(write):
    path = write('{"test": [[[72, NaN, 64, 48.0]]]}')
    assert read_chorales(path, split="test")[0].tolist() == [[72, -1, 64, 48]]


def test_classes_and_back():
    pitches = np.array([LOWEST, 60, HIGHEST, -1], np.int16)
    assert to_classes(pitches).tolist() == [0, 24, 45, 46]
    assert (to_pitches(to_classes(pitches)) == pitches).all()


def test_a_missing_file(tmp_path):
    assert message(tmp_path / "none.json") == "cannot read none.json: No such file or directory."
    assert message(tmp_path).startswith("cannot read ")


def test_other_files(write):
    assert message(write("MThd")) == "corpus.json is not JSON; a file such as Jsb16thSeparated.json is expected."
    assert message(write({"train": [PIECE]}), "valid") == "corpus.json has no split 'valid'; it has: train."
    assert message(write([PIECE])) == "corpus.json has no split 'train'; it has: none."
    assert message(write({"train": 5})) == "corpus.json has no split 'train'; it has: train."


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "corpus.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not JSON" in message(path)


@pytest.mark.parametrize(
    "piece", [[[72, 67, 64]], [], [["C5", 0, 0, 0]], [[72, 67, 64, 48], [72]], 5, [72, 67, 64, 48]]
)
def test_what_is_no_piece(write, piece):
    expected = "corpus.json, train piece 1: each step must be four pitches (soprano, alto, tenor, bass)."
    assert message(write({"train": [PIECE, piece]})) == expected


@pytest.mark.parametrize("pitch", [82, 35, 0, -2, 1e9])
def test_pitches_no_cell_can_hold(write, pitch):
    assert "is outside 36..81 (-1 is a rest)." in message(write({"train": [[[72, 67, 64, pitch]]]}))
