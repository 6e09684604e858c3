import dataclasses
import importlib.util
import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from genart import show
from genart.errors import InputError, MissingExtra
from genart.music import engrave
from genart.music.score import Meter, Note, Score, Track
from genart.recipe import Recipe, read_recipe

SVG = "{http://www.w3.org/2000/svg}"
TUNE = Score.parse("C4 | E4 F#4 G4:1/3 A4:1/3 B4:1/3 C5 | G4:4", key="C", lyrics="Glo- ri- a in - ex- cel- sis")
RECIPE = Recipe(verb="compose", seed=5, parameters={}, versions={}, device="cpu")

needs_verovio = pytest.mark.skipif(not engrave.available(), reason="the extra `score` is not installed")
needs_resvg = pytest.mark.skipif(
    not engrave.available() or importlib.util.find_spec("resvg_py") is None, reason="resvg is not installed"
)


def classes(svg: str) -> dict[str, int]:
    """How many groups of each kind Verovio drew."""
    found: dict[str, int] = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        for name in (group.get("class") or "").split():
            found[name] = found.get(name, 0) + 1
    return found


def texts(svg: str) -> set[str]:
    return {"".join(text.itertext()).strip() for text in ET.fromstring(svg).iter(f"{SVG}text")}


@needs_verovio
def test_notes_signs_and_words_are_drawn():
    svg = engrave.svg(TUNE)
    found = classes(svg)
    assert (found["note"], found["measure"], found["tuplet"], found["clef"]) == (8, 3, 1, 1)
    assert {"Melody", "Glo", "ri", "a", "sis", "= 100"} <= {re.sub(r"\s+", " ", text) for text in texts(svg)}


@needs_verovio
def test_pictures_need_nothing_else():
    svg = engrave.svg(TUNE)
    assert not re.search(r"(href=\"(?!#)|url\(|<script|<image|@font-face)", svg)
    assert "http" not in re.sub(r"http://www\.w3\.org/\w+/\w+", "", svg)
    assert not re.search(r"[\ue000-\uf8ff]", svg)  # signs of a music font, which not everyone has, as text


@needs_verovio
def test_same_score_same_picture_and_the_recipe_in_it(tmp_path):
    score = dataclasses.replace(TUNE, recipe=RECIPE)
    score.save(tmp_path / "a.svg", look="score")
    score.save(tmp_path / "b.svg", look="score")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert read_recipe(tmp_path / "a.svg") == dataclasses.replace(RECIPE, parameters={"look": "score"})
    engrave.save(score, tmp_path / "a.svg", recipe=False, force=True)
    assert read_recipe(tmp_path / "a.svg") is None
    with pytest.raises(InputError, match=r"a\.svg exists; pass --force"):
        engrave.save(score, tmp_path / "a.svg")
    with pytest.raises(InputError, match=r"^a\.gif: an engraved score is saved as \.svg, \.png or \.pdf$"):
        engrave.save(score, "a.gif")


@needs_verovio
def test_two_staves():
    voices = [Track.make(name=name, notes=TUNE.voices[0].notes) for name in ("Soprano", "Alto", "Tenor", "Bass")]
    score = Score.make(voices=voices, meters=TUNE.meters)
    # a staff and its bars: two staves are drawn once in each of three bars
    assert (classes(engrave.svg(score, staves=2))["staff"], classes(engrave.svg(score))["staff"]) == (6, 12)


@needs_verovio
def test_titles_stand_above():
    sourced = dataclasses.replace(TUNE, recipe=dataclasses.replace(RECIPE, sources=[_source("silent_night.mid")]))
    assert "Silent night" in texts(engrave.svg(sourced))
    assert "Silent night" not in texts(engrave.svg(sourced, title=False))
    piped = dataclasses.replace(TUNE, recipe=dataclasses.replace(RECIPE, sources=[_source("stdin")]))
    assert "Stdin" not in texts(engrave.svg(piped))


def _source(name: str):
    from genart.recipe import Source

    return Source(name=name, sha256="0" * 64)


@needs_verovio
def test_too_long_for_one_picture(monkeypatch):
    monkeypatch.setattr(engrave, "STRIP", 1000)  # of 60,000, which take a while
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=60 + i % 12) for i in range(160)]
    score = Score.make(voices=[Track.make(name="", notes=notes)], meters=[Meter(numerator=4, denominator=4)])
    with pytest.raises(InputError, match="too long to be engraved as one picture; name a .pdf, which has pages"):
        engrave.svg(score)


@needs_resvg
def test_png_is_ink_on_paper(tmp_path):
    dataclasses.replace(TUNE, recipe=RECIPE).save(tmp_path / "a.png", look="score")
    assert read_recipe(tmp_path / "a.png") == dataclasses.replace(RECIPE, parameters={"look": "score"})
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == engrave.PIXELS
        ink = np.asarray(image.convert("L")) < 128
    assert 0.002 < ink.mean() < 0.1
    lines = ink.mean(axis=1) > 0.25  # rows that are staff lines; each may be a few pixels high
    assert np.count_nonzero(np.diff(lines.astype(int)) == 1) == 5


@needs_resvg
def test_pdf_has_pages_of_a4(tmp_path, monkeypatch):
    monkeypatch.setattr(engrave, "DPI", 50)
    notes = [Note(start=480 * i, end=480 * i + 480, pitch=60 + i % 12) for i in range(240)]
    Score.make(voices=[Track.make(name="", notes=notes)] * 4).save(tmp_path / "a.pdf")
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    boxes = re.findall(rb"/MediaBox \[ *0 0 ([\d.]+) ([\d.]+)", data)
    assert len(boxes) > 1
    assert all((round(float(w)), round(float(h))) == (595, 842) for w, h in boxes)  # points of A4


@needs_verovio
def test_cards_are_engraved_with_the_roll_to_unfold():
    html = show.card(TUNE)
    assert html.index('class="note"') < html.index("<details>") < html.index('aria-label="piano roll"')
    long = [Note(start=480 * i, end=480 * i + 480, pitch=60) for i in range(2001)]
    assert "<details>" not in show.card(Score.make(voices=[Track.make(name="", notes=long)]))
    assert "<details>" not in show.card(Score.make(voices=[]))


@pytest.mark.parametrize(
    ("module", "extension", "sentence"),
    [
        ("verovio", ".svg", 'engraving scores needs Verovio: pip install "genart[score]"'),
        ("verovio", ".pdf", 'engraving scores needs Verovio: pip install "genart[score]"'),
        ("resvg_py", ".png", 'engraving scores as .png and .pdf needs resvg: pip install "genart[score]"'),
    ],
)
def test_what_is_missing_is_named(monkeypatch, tmp_path, module, extension, sentence):
    if module != "verovio" and not engrave.available():
        pytest.skip("the extra `score` is not installed")
    monkeypatch.setitem(sys.modules, module, None)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == module else find(name))
    with pytest.raises(MissingExtra) as error:
        TUNE.save(tmp_path / f"a{extension}", look="score")
    assert str(error.value) == sentence
    assert list(tmp_path.iterdir()) == []


def test_looks_are_rolls_or_scores():
    with pytest.raises(InputError, match=r"^look 'nice': a picture is a roll or a score$"):
        TUNE.save("a.svg", look="nice")


def test_without_verovio_pictures_are_rolls(monkeypatch, tmp_path):
    monkeypatch.setattr(engrave, "available", lambda: False)
    TUNE.save(tmp_path / "a.svg")
    assert "piano roll" in (tmp_path / "a.svg").read_text("utf-8")
    assert "<details>" not in show.card(TUNE)


def test_what_cannot_be_written_leaves_no_file(tmp_path):
    if engrave.available():
        with pytest.raises(InputError, match="4 staves are for four voices and the score has 1"):
            TUNE.save(tmp_path / "a.svg", look="score", staves=4)
    assert list(tmp_path.iterdir()) == []
