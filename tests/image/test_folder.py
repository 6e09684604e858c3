from pathlib import Path

import numpy as np
import pytest

from genart.errors import InputError
from genart.image.folder import pictures_in, read_all
from genart.image.picture import Picture


@pytest.fixture
def photos(here):
    """frame1, frame2 and frame10, one in a folder within, a text and a hidden file."""
    folder = here / "photos"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(["frame10.png", "frame2.PNG", "frame1.jpg", "more/a.webp"]):
        picture = Picture.of(np.full((2, 2), number, np.uint8))
        (folder / name).write_bytes(picture.encoded(Path(name).suffix.lower()))
    for name in ("notes.txt", "._frame1.jpg"):
        (folder / name).write_bytes(b"no picture")
    return folder


def names(paths):
    return [path.name for path in paths]


def test_a_folder_in_the_order_people_count(photos):
    assert names(pictures_in(photos)) == ["frame1.jpg", "frame2.PNG", "frame10.png"]
    assert names(pictures_in(photos, recursive=True)) == ["frame1.jpg", "frame2.PNG", "frame10.png", "a.webp"]


def test_files_are_taken_whatever_their_names_and_once(photos):
    found = pictures_in(photos / "notes.txt", photos, photos / "frame2.PNG")
    assert names(found) == ["frame1.jpg", "frame2.PNG", "frame10.png", "notes.txt"]


def test_patterns(photos):
    assert names(pictures_in("photos/frame*0.*")) == ["frame10.png"]
    assert names(pictures_in("photos/**/*.webp")) == ["a.webp"]


def test_a_file_that_is_named_like_a_pattern(photos):
    odd = photos / "a[1].png"
    (photos / "frame10.png").rename(odd)
    assert pictures_in(odd) == [odd]


def test_what_names_no_pictures(photos):
    (photos / "empty").mkdir()
    for path, message in [
        ("photos/gone.png", r"photos/gone\.png does not exist"),
        ("photos/*.bmp", r"no file fits photos/\*\.bmp"),
        ("photos/empty", r"photos/empty holds no pictures \(\.png, \.jpg, .*\.bmp\)"),
    ]:
        with pytest.raises(InputError, match=message):
            pictures_in(photos, path)
    with pytest.raises(InputError, match="no pictures are named: give files, folders or patterns"):
        pictures_in()


def test_broken_files_are_reported_and_left_out(photos):
    broken = []
    paths = [*pictures_in(photos), photos / "notes.txt", photos / "gone.png"]
    read = list(read_all(paths, on_broken=lambda path, error: broken.append((path.name, str(error)))))
    assert names(path for path, _ in read) == ["frame1.jpg", "frame2.PNG", "frame10.png"]
    assert [picture.pixels[0, 0, 0] for _, picture in read] == [2, 1, 0]
    (text, why), (gone, why_gone) = broken
    assert (text, gone) == ("notes.txt", "gone.png")
    assert "is not a picture that can be read" in why and "does not exist" in why_gone


def test_files_are_read_as_they_are_asked_for(photos):
    reading = read_all([photos / "notes.txt", photos / "frame1.jpg"], on_broken=lambda path, error: asked.append(path))
    asked = []
    assert not asked
    next(reading)
    assert asked == [photos / "notes.txt"]


def test_a_report_can_end_the_reading(photos):
    def refuse(path, error):
        raise error

    with pytest.raises(InputError, match="notes.txt is not a picture"):
        list(read_all([photos / "notes.txt"], on_broken=refuse))
