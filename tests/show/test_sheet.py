import numpy as np
import pytest

from genart.errors import InputError
from genart.image.picture import Picture
from genart.show.sheet import contact_sheet

SIZE, GAP = 100, 6


def plain(*color, width=50, height=50):
    return Picture.of(np.broadcast_to(np.array(color, np.uint8), (height, width, len(color))))


RED, GREEN, BLUE = plain(255, 0, 0), plain(0, 255, 0), plain(0, 0, 255)


def centers(sheet, columns, *, below=0):
    """The color in the middle of each cell, row by row."""
    step = SIZE + GAP
    rows = sheet.pixels[GAP + SIZE // 2 :: step + below, GAP + SIZE // 2 :: step][:, :columns]
    return rows.reshape(-1, 3).tolist()


def test_pictures_in_reading_order():
    sheet = contact_sheet([RED, GREEN, BLUE], columns=2, size=SIZE)
    assert sheet.size == (2 * SIZE + 3 * GAP, 2 * SIZE + 3 * GAP)
    assert centers(sheet, 2) == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 2), (12, 4), (14, 5), (48, 8)])
def test_sheets_are_about_four_to_three(count, columns):
    assert contact_sheet([RED] * count, size=SIZE).width == columns * (SIZE + GAP) + GAP


def test_pictures_keep_their_aspect():
    sheet = contact_sheet([plain(255, 0, 0, width=80, height=40)], size=SIZE)
    is_red = (sheet.pixels == [255, 0, 0]).all(axis=-1)
    rows, columns = np.flatnonzero(is_red.any(axis=1)), np.flatnonzero(is_red.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (31, 80, 6, 105)  # 100 x 50, in the middle of the square


def test_transparency_shows_the_background():
    sheet = contact_sheet([plain(255, 0, 0, 0)], size=SIZE, background=(10, 20, 30))
    assert sheet.alpha is None
    assert (sheet.pixels == [10, 20, 30]).all()


@pytest.mark.parametrize(("background", "ink"), [((255, 255, 255), 34), ((0, 0, 0), 236)])
def test_labels_are_written_below(background, ink):
    sheet = contact_sheet([RED, RED], labels=["Grüße", ""], columns=2, size=SIZE, background=background)
    bare = contact_sheet([RED, RED], columns=2, size=SIZE, background=background)
    assert sheet.width == bare.width
    assert sheet.height > bare.height
    below = sheet.pixels[GAP + SIZE :]
    assert abs(int(below[:, : GAP + SIZE, 0].min() if ink < 128 else below[:, : GAP + SIZE, 0].max()) - ink) < 40
    assert (below[:, GAP + SIZE :] == background).all()  # the label of the second is empty


def test_long_labels_stay_within_their_cell():
    sheet = contact_sheet([RED, RED], labels=["the great wave off Kanagawa\n" * 9, ""], columns=2, size=SIZE)
    below = sheet.pixels[GAP + SIZE :]
    dark = np.flatnonzero((below < 128).any(axis=(0, 2)))
    assert GAP - 1 <= dark.min() < 30 and 80 < dark.max() <= GAP + SIZE
    short = contact_sheet([RED, RED], labels=["wave", ""], columns=2, size=SIZE)
    assert sheet.size == short.size


def test_the_same_size_whatever_the_pictures():
    odd = [plain(9, 9, 9, width=1, height=1), plain(9, 9, 9, width=1, height=5000)]
    assert contact_sheet(odd, columns=2, size=SIZE).size == contact_sheet([RED, RED], columns=2, size=SIZE).size


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pictures": []}, "a contact sheet needs at least one picture"),
        ({"labels": ["one"]}, "1 labels for 2 pictures: one each is needed"),
        ({"columns": 0}, "0 columns of 160 pixels: at least 1 column of 16 is needed"),
        ({"size": 8}, "2 columns of 8 pixels: at least 1 column of 16 is needed"),
        ({"size": 20_000}, "is too large: take fewer or smaller pictures"),
    ],
)
def test_sheets_that_cannot_be(options, message):
    with pytest.raises(InputError, match=message):
        contact_sheet(**({"pictures": [RED, GREEN]} | options))


def test_labels_are_drawn_without_fonts(monkeypatch):
    from genart.show import letters

    monkeypatch.setattr(letters, "FONTS", ())
    letters.font.cache_clear()
    plain_label, accented = (contact_sheet([RED], labels=[label], size=SIZE) for label in ("Grue", "Grü笛e"))
    letters.font.cache_clear()
    assert plain_label == accented  # no empty boxes
