import base64
import dataclasses
import io
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import soundfile
from PIL import Image

from genart import show
from genart.errors import InputError
from genart.music import engrave
from genart.music.score import Meter, Note, Score, Tempo, Track
from genart.recipe import Recipe, read_recipe
from genart.show import Mark, piano_roll_png, piano_roll_svg, shapes
from genart.show.layout import lay_out
from genart.show.plan import MOST_SYSTEMS, WIDTH
from genart.show.shapes import Box, Label, Line, Sign

NAMES = ("Soprano", "Alto", "Tenor", "Bass")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def without_verovio(monkeypatch):
    """Cards are held here as they are without the extra `score`, in tests/music/test_engrave.py as with it."""
    monkeypatch.setattr(engrave, "available", lambda: False)


def recipe(**parameters):
    return Recipe(verb="harmonize", model="bach", seed=7, parameters=parameters, versions={}, device="cpu")


def chorale(*, bars=4, meter=(4, 4), pickup=0, keep=None):
    """Four voices in repeated quarters on C5 G4 E4 C3."""
    quarters = bars * 4 * meter[0] // meter[1] + pickup
    voices = [
        Track.make(name=name, notes=[Note(start=480 * i, end=480 * i + 460, pitch=pitch) for i in range(quarters)])
        for name, pitch in zip(NAMES, (72, 67, 64, 48), strict=True)
    ]
    meters = [Meter(tick=480 * pickup, numerator=meter[0], denominator=meter[1])]
    if pickup:
        meters.insert(0, Meter(numerator=pickup, denominator=4))
    made = recipe(keep=keep) if keep else None
    return Score.make(voices=voices, meters=meters, tempos=[Tempo(bpm=96)], recipe=made)


def of(kind, drawing):
    return [shape for shape in drawing.shapes if isinstance(shape, kind)]


def texts(drawing):
    return [label.text for label in of(Label, drawing)]


def notes(drawing, voice, *, kept=False):
    """The boxes of a voice's notes, without the legend's."""
    look = (shapes.COLORS[voice], shapes.INK if kept else None)
    return [box for box in of(Box, drawing) if (box.fill, box.edge) == look][1:]


def test_notes_lie_at_their_time_and_pitch():
    drawing = lay_out(chorale())
    soprano, bass = notes(drawing, 0), notes(drawing, 3)
    assert len(soprano) == 16
    steps = np.diff([box.x for box in soprano])
    assert steps == pytest.approx(np.full(15, (WIDTH - 46) / 16), abs=0.51)  # 16 quarters between the margins
    octave = next(line.y1 for line in of(Line, drawing) if line.color == shapes.OCTAVE_LINE)
    rows = (bass[0].y - soprano[0].y) / (72 - 48)
    assert bass[0].y < octave < bass[0].y + rows  # C3 lies on the lowest octave line
    assert all(box.width < steps[0] for box in soprano)


def test_bars_and_octaves_are_labeled():
    drawing = lay_out(chorale(bars=3, meter=(3, 4)))
    assert texts(drawing)[:4] == list(NAMES)
    assert {"1 · 3/4", "2", "3", "C3", "C4", "C5"} <= set(texts(drawing))
    assert "0" not in texts(drawing)
    bar_lines = [line for line in of(Line, drawing) if line.color == shapes.BAR_LINE]
    assert len(bar_lines) == 4


def test_pickup_is_bar_zero_and_later_meters_are_named():
    assert [t for t in texts(lay_out(chorale(pickup=1))) if t[0].isdigit()] == ["0", "1 · 4/4", "2", "3", "4"]
    score = chorale(bars=2)
    changed = Score.make(
        voices=score.voices, meters=[Meter(numerator=4, denominator=4), Meter(tick=1920, numerator=2, denominator=4)]
    )
    assert [t for t in texts(lay_out(changed)) if t[0].isdigit()] == ["1 · 4/4", "2 · 2/4", "3"]


def test_compound_meters_show_their_felt_beats():
    drawing = lay_out(chorale(bars=4, meter=(6, 8)))
    assert len([line for line in of(Line, drawing) if line.color == shapes.FAINT]) == 4  # one inside each bar


def test_long_scores_wrap_into_systems():
    drawing = lay_out(chorale(bars=32, pickup=1))
    firsts = [label.text for label in of(Label, drawing) if label.color == shapes.INK and label.size == 9]
    assert firsts == ["0", "1 · 4/4", "9", "17", "25"]
    assert len(notes(drawing, 0)) == 129
    assert max(box.x + box.width for box in of(Box, drawing)) <= WIDTH


def test_a_note_over_the_end_of_a_system_goes_on_in_the_next():
    long = Track.make(name="a", notes=[Note(start=0, end=1920 * 20, pitch=60)])
    assert len(notes(lay_out(Score.make(voices=[long])), 0)) == 3  # 8 + 8 + 4 bars


def test_two_hours_stay_within_bounds():
    drawing = lay_out(chorale(bars=3000))
    assert len({label.y for label in of(Label, drawing) if label.text == "C4"}) == MOST_SYSTEMS
    assert drawing.height < 6000


def test_notes_on_the_same_pixels_are_drawn_once():
    # 500 ticks of a bar of 131,068 that is 954 pixels wide: 3.6 pixels, in steps of a half, times 12 pitches
    soup = [Note(start=i % 500, end=i % 500 + 1, pitch=60 + i % 12) for i in range(5000)]
    score = Score.make(voices=[Track.make(name="soup", notes=soup)], resolution=32767)
    assert 0 < len(notes(lay_out(score), 0)) < 12 * 9


def test_kept_voices_are_outlined_and_named():
    for kept in (["Alto"], [1]):
        drawing = lay_out(chorale(), kept=kept)
        assert texts(drawing)[:4] == ["Soprano", "Alto (kept)", "Tenor", "Bass"]
        assert len(notes(drawing, 1, kept=True)) == 16
        assert not notes(drawing, 0, kept=True)
        inside = [box for box in of(Box, drawing) if box.fill in shapes.COLORS]
        assert inside[-1].edge == shapes.INK  # drawn last, on top
    for wrong in ("Lead", 4):
        with pytest.raises(InputError, match=f"no voice {wrong!r} to mark as kept: there are Soprano, Alto"):
            lay_out(chorale(), kept=[wrong])


def test_unisons_show_both_voices():
    held = Track.make(name="Upper", notes=[Note(start=0, end=1920, pitch=60)])
    short = Track.make(name="Lower", notes=[Note(start=480, end=960, pitch=60)])
    drawing = lay_out(Score.make(voices=[held, short]))
    below, half = notes(drawing, 1)
    above = notes(drawing, 0)[0]
    order = [box for box in of(Box, drawing) if box in (below, above, half)]
    assert order == [below, above, half]
    assert (half.x, half.width) == (below.x, below.width)
    assert half.height == above.height / 2


def test_marks_are_red_signs_with_rings():
    score = chorale(bars=32)
    drawing = lay_out(score, marks=[Mark(tick=1920, label="5ths", pitches=(67, 48)), (1920 * 20, "8ves")])
    assert {"5ths", "8ves", "fault"} <= set(texts(drawing))
    legend, first, second = of(Sign, drawing)
    assert first.x == pytest.approx(34 + (WIDTH - 46) / 8, abs=1.5)  # bar 2 of eight
    assert second.y > first.y > legend.y
    assert len([box for box in of(Box, drawing) if box.edge == shapes.FAULT and box.fill is None]) == 2
    with pytest.raises(InputError, match="no bar holds the mark 'x' at tick 99999999"):
        lay_out(score, marks=[(99999999, "x")])


def test_marks_that_crowd_keep_their_signs_but_not_their_labels():
    drawing = lay_out(chorale(bars=8), marks=[(480 + i, "5ths") for i in range(50)])
    assert len(of(Sign, drawing)) == 51
    assert texts(drawing).count("5ths") == 1


def test_tints_fill_notes_inside_the_outlines_of_their_voices():
    tints = show.Tints(notes={1: {(480, 67): "#123456"}}, legend=[("#123456", "odd")])
    drawing = lay_out(chorale(bars=1), tints=tints)
    odd = [box for box in of(Box, drawing) if box.fill == "#123456"]
    assert [box.edge for box in odd] == [shapes.SOFT, shapes.COLORS[1]]  # of the legend, of the note
    plain = [box for box in of(Box, drawing) if (box.fill, box.edge) == (shapes.PAPER, shapes.COLORS[1])]
    assert len(plain) == 3
    assert "odd" in texts(drawing)
    assert "#123456" in piano_roll_svg(chorale(bars=1), tints=tints)


def test_drums_are_left_out():
    drums = Track.make(name="Drums", notes=[Note(start=0, end=60, pitch=38)], channel=9)
    both = Score(tracks=(*chorale().tracks, drums))
    assert "Drums" not in texts(lay_out(both))
    assert "no notes" in texts(lay_out(Score.make(voices=[drums])))


@pytest.mark.parametrize("resolution", [1, 480])
def test_empty_scores_draw_an_empty_roll(resolution):
    empty = Score.make(voices=[], resolution=resolution)
    assert "no notes" in piano_roll_svg(empty)
    assert piano_roll_png(empty).width == 2 * WIDTH
    assert "<audio" not in show.card(empty)


def test_many_and_long_names_stay_on_the_paper():
    voice = Track.make(name="Contrabassoon section " * 3, notes=[Note(start=0, end=480, pitch=40)])
    drawing = lay_out(Score.make(voices=[voice] * 20))
    named = [label for label in of(Label, drawing) if label.text.startswith("Contra")]
    assert len(named) == 12
    assert all(len(label.text) <= 24 and label.x < WIDTH - 150 for label in named)
    more = next(label for label in of(Label, drawing) if label.text == "and 8 more")
    assert more.x < WIDTH - 100


def test_svg_is_well_formed_and_self_contained():
    named = Score.make(voices=[Track.make(name="<b>&\x01", notes=chorale().voices[0].notes)], recipe=recipe())
    svg = piano_roll_svg(named, title='"<Grüße>"', marks=[(0, "<5ths>")], kept=["<b>&\x01"])
    root = ET.fromstring(svg)
    written = [element.text for element in root.iter(f"{SVG}text")]
    assert {'"<Grüße>"', "<b>& (kept)", "<5ths>"} <= set(written)
    assert root.get("viewBox", "").startswith(f"0 0 {WIDTH} ")
    assert not re.search(r"(href|url\(|<script|<style|<image)", svg)
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_svg_of_a_long_piece_is_short():
    assert len(piano_roll_svg(chorale(bars=3000))) < 2_000_000


def pixels(image):
    return {"#{:02x}{:02x}{:02x}".format(*color) for _, color in image.getcolors(1 << 20)}


def test_png_shows_every_color():
    image = piano_roll_png(chorale(), kept=[0], marks=[(1920, "5ths")], title="Title")
    assert image.size == (2000, 2 * lay_out(chorale(), marks=[(1920, "5ths")], title="Title").height)
    assert {*shapes.COLORS[:4], shapes.PAPER, shapes.INK, shapes.BAR_LINE, shapes.FAULT} <= pixels(image)
    assert shapes.FAULT not in pixels(piano_roll_png(chorale()))


def test_png_is_drawn_without_fonts(monkeypatch):
    from genart.show import letters

    monkeypatch.setattr(letters, "FONTS", ())
    letters.font.cache_clear()
    score = Score.make(voices=[Track.make(name="Flöte 笛 …", notes=[Note(start=0, end=480, pitch=60)])])
    assert piano_roll_png(score, title="Grüße").width == 2000
    assert letters.drawable("Flöte 笛 · …", letters.font(20)) == "Flote  · ..."
    letters.font.cache_clear()


@pytest.mark.parametrize("extension", ["png", "svg"])
def test_saved_pictures_carry_the_recipe(tmp_path, extension):
    score, path = chorale(keep="soprano"), tmp_path / f"a.{extension}"
    score.save(path)
    assert read_recipe(path) == score.recipe
    with pytest.raises(InputError, match="exists; pass --force"):
        show.save(score, path)
    show.save(score, path, recipe=False, force=True)
    assert read_recipe(path) is None
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with pytest.raises(InputError, match=r"a piano roll is saved as \.png or \.svg"):
        show.save(score, tmp_path / "a.jpg")


def test_saved_png_opens_and_says_what_it_shows(tmp_path):
    chorale(keep="soprano").save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == 2000
    chorale(keep="soprano").save(tmp_path / "a.svg")
    svg = (tmp_path / "a.svg").read_text("utf-8")
    assert "4/4 · 96 bpm · 4 bars · 0:10 · bach · seed 7" in svg  # 16 quarters at 96 are 10 s
    assert "Soprano (kept)" in svg


def test_same_score_same_picture(tmp_path):
    for name in ("a", "b"):
        for extension in ("png", "svg"):
            chorale(keep="soprano").save(tmp_path / f"{name}.{extension}")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_facts():
    assert show.facts(chorale(bars=2, pickup=1)) == "4/4 · 96 bpm · 2 bars · 0:06"  # nine quarters, 5.6 s
    assert show.facts(Score.parse("C4 C4 C4", meter="3/4", key="F", tempo=60)) == "3/4 · 60 bpm · F · 1 bar · 0:03"


@pytest.mark.parametrize(
    ("keep", "kept"),
    [("soprano", (0,)), ("alto", (1,)), ("soprano=1,bass=4", (0, 3)), ({"tenor": 2}, (2,)), ("", ())],
)
def test_what_a_harmonization_kept_is_read_from_its_recipe(keep, kept):
    score = dataclasses.replace(chorale(), recipe=recipe(keep=keep))
    assert show.known_kept(score) == kept
    assert show.known_kept(chorale()) == ()


def test_parallels_of_a_harmonization_are_marked():
    # Soprano and bass move from C5 and C3 to D5 and D3: octaves. Alto and bass from G4 and C3 to A4 and D3: fifths.
    def voice(name, *pitches):
        found = [Note(start=480 * i, end=480 * i + 480, pitch=pitch) for i, pitch in enumerate(pitches)]
        return Track.make(name=name, notes=found)

    voices = [voice("S", 72, 74), voice("A", 67, 69), voice("T", 64, 62), voice("B", 48, 50)]
    score = Score.make(voices=voices, recipe=recipe(keep="soprano"))
    assert show.known_marks(score) == (
        Mark(tick=480, label="5ths", pitches=(69, 50)),
        Mark(tick=480, label="8ves", pitches=(74, 50)),
    )
    assert show.known_marks(dataclasses.replace(score, recipe=None)) == ()
    assert "5ths" in show.card(score)


def test_card_holds_picture_sound_and_facts():
    html = show.card(chorale(keep="soprano"), caption="<best>")
    figure = ET.fromstring(re.sub(r"<audio controls ", '<audio controls="" ', html.replace("<br>", "<br/>")))
    assert figure.find(f"{SVG}svg") is not None
    assert "".join(figure.find("figcaption").itertext()) == "<best>4/4 · 96 bpm · 4 bars · 0:10 · bach · seed 7"  # pyright: ignore
    source = figure.find(".//audio").get("src")  # pyright: ignore
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(source.partition("base64,")[2])))  # pyright: ignore
    assert 9.5 < len(sound) / rate < 12
    assert np.abs(sound).max() > 0.5
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<link", html)


def test_card_without_sound_still_shows_the_picture(monkeypatch):
    monkeypatch.setenv("GENART_SOUNDFONT", "missing.sf2")
    html = show.card(chorale())
    assert "no sound: SoundFont missing.sf2 does not exist" in html
    assert "<svg" in html


def test_cards_are_numbered_and_captioned():
    html = show.cards([chorale(bars=1), chorale(bars=1)], captions=["seed 8 · no parallels"])
    assert re.findall(r"<b>(.*?)</b>", html) == ["take 1 · seed 8 · no parallels", "take 2"]
    assert html.count("<audio") == html.count("<svg") == 2
