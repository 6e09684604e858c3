"""The page as an artist uses it, in a real browser whose camera plays a film: red on the left, blue on the right."""

import json
import time
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from browser import PROGRAM, STRANGER, Browser, Page, chromium
from live_server import BLUE, RED, serving, two_colored, until

from genart.image.clip import Clip
from genart.image.picture import Picture
from genart.recipe import read_recipe
from genart.web import learner
from genart.web.live import Live
from genart.web.outlets import y4m

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium: apt install chromium")

CAMERA = 30  # by how much the browser's camera changes these colors
NEGATIVE = 255 - np.array([RED, BLUE])
KEPT = """
const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
if (ask) navigator.mediaDevices.getUserMedia = async (wanted) => (window.stream = await ask(wanted));
"""
FAKE_MIDI = """
const knobs = { onmidimessage: null };
window.turn = (...data) => knobs.onmidimessage({ data });
navigator.requestMIDIAccess = async () => ({ inputs: new Map([["1", knobs]]) });
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = tmp_path_factory.mktemp("camera") / "red-blue.y4m"
    with film.open("wb") as file:
        add = y4m(file, size=(320, 180), rate=Fraction(30))
        for _ in range(8):
            add(two_colored(320, 180))
    with chromium(camera=film) as program:
        yield program


@pytest.fixture(scope="module")
def session(style) -> Iterator[Live]:
    with serving(style) as live:
        yield live


@pytest.fixture
def page(browser: Browser, session: Live) -> Iterator[Page]:
    """A page whose camera runs, with the controls as they are at first."""
    first = {"style": "negative", "second": "strokes", "blend": 0, "strength": 1, "brush": 1, "fade": 0}
    session.desk.change({**first, "keep_colors": False, "mirror": False, "smoothing": False})
    page = browser.open(session.url, script=KEPT)
    page.call("Page.bringToFront")
    start(page)
    yield page
    page.close()
    assert page.faults == []


def start(page: Page) -> None:
    page.until("$('words').textContent.startsWith('Press')")
    page.click("start")
    page.until("$('start').textContent === 'Stop camera' && $('picture').dataset.number > 2")


def sides(page: Page) -> np.ndarray:
    """Colors in the middle of the left and of the right half of the canvas, [2, 3]."""
    found = page(
        """(() => { const { context } = window.seen ??= { context: $('picture').getContext('2d') };
        const { width, height } = $('picture');
        return [1, 3].map((x) => [...context.getImageData(x * width / 4, height / 2, 1, 1).data].slice(0, 3)); })()"""
    )
    return np.array(found, float)


def shows(page: Page, wanted: np.ndarray) -> None:
    """Wait for the canvas to have these colors on its sides, up to what cameras make of red and blue."""
    until(lambda: np.abs(sides(page) - wanted).max() < CAMERA, seconds=20)


def test_the_camera_comes_back_in_the_style_and_the_page_says_how_fast(page):
    shows(page, NEGATIVE)
    page.until(r"/^\d+\.\d frames a second, \d+ ms from camera to screen, \d+ × \d+/.test($('figures').textContent)")


def test_sliders_and_switches_change_the_picture(page, session):
    page.slide("strength", 0)
    shows(page, np.array([RED, BLUE]))
    page.click("mirror")
    shows(page, np.array([BLUE, RED]))
    page("$('brush').focus()")
    page.press("Home")
    until(lambda: session.desk.controls.brush == 0.5)
    assert session.desk.controls.strength == 0


def test_styles_are_chosen_by_their_thumbnails_and_by_the_arrow_keys(page, session):
    page("document.querySelector('#styles [data-name=strokes]').click()")
    until(lambda: session.desk.controls.style == "strokes")
    page.until("document.querySelector('[data-name=strokes]').getAttribute('aria-checked') === 'true'")
    page("document.activeElement.blur()")
    page.press("ArrowLeft")
    until(lambda: session.desk.controls.style == "negative")
    assert page("[...document.querySelectorAll('#styles img')].every((image) => image.naturalWidth > 0)")


def test_cues_are_stored_and_recalled_by_keys_and_by_touch(page, session):
    page.press("!", shift=True, code="Digit1")
    until(lambda: "1" in session.desk.state()["cues"])
    page.press("ArrowDown")
    until(lambda: session.desk.controls.strength == 0.95)
    page.click("store")
    page("$('cues').children[1].click()")
    until(lambda: "2" in session.desk.state()["cues"])
    page.press("1", code="Digit1")
    until(lambda: session.desk.controls.strength == 1)
    page("$('cues').children[1].click()")
    until(lambda: session.desk.controls.strength == 0.95)


def test_the_keys_are_listed(page):
    page.press("?", shift=True)
    page.until("$('keys').open")
    page.press("?", shift=True)
    page.until("!$('keys').open")


def test_frames_go_on_in_a_hidden_tab(page, browser, session):
    other = browser.open("about:blank")
    page.until("document.hidden")
    painted = session.studio.painted
    until(lambda: session.studio.painted > painted + 20, seconds=30)
    other.close()


def test_a_snapshot_is_downloaded_with_its_recipe(page, browser):
    shows(page, NEGATIVE)
    page.press("s")
    (path,) = until(lambda: list(browser.downloads.glob("*.png")))
    recipe = read_recipe(path)
    assert recipe is not None and recipe.parameters["style"] == "negative"
    pixels = Picture.read(path).pixels
    np.testing.assert_allclose(pixels[20, [10, -10]], NEGATIVE, atol=CAMERA)


def test_a_recording_is_a_film_of_what_was_seen(page, browser):
    shows(page, NEGATIVE)
    page.click("record")
    page.until("$('record').textContent === 'Stop'")
    time.sleep(1.5)
    page.press("r")
    (path,) = until(lambda: list(browser.downloads.glob("*.webm")))
    frames = list(Clip.open(path))
    assert len(frames) > 10
    height, width, _ = frames[-1].shape
    np.testing.assert_allclose(frames[-1][height // 2, [width // 4, -width // 4]], NEGATIVE, atol=CAMERA)


def test_before_and_after_are_split(page):
    page.press("b")
    page.slide("split", 0.5)
    shows(page, np.array([RED, NEGATIVE[1]]))


def test_the_output_follows_at_its_own_size(page, browser, session):
    output = browser.open(session.output_url)
    output.until("$('picture').dataset.number > 0")
    assert output("[$('picture').width, $('picture').height]") == [1280, 720]
    shows(output, NEGATIVE)
    page.call("Page.bringToFront")
    page.slide("strength", 0)
    output.call("Page.bringToFront")
    shows(output, np.array([RED, BLUE]))
    assert output.faults == []
    output.close()


def test_a_picture_that_is_chosen_becomes_a_style(page, session, style, tmp_path, monkeypatch):
    monkeypatch.setattr(learner, "learned", lambda path, **options: SimpleNamespace(row=style.row("strokes")))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Picture.of(noise).save(tmp_path / "my own.png")
    page.choose("drop", tmp_path / "my own.png")
    until(lambda: session.desk.controls.style == "my_own")
    page.until("document.querySelector('[data-name=my_own] img')?.naturalWidth > 0")


def test_a_slider_follows_the_sound(page, session):
    page("$('follow').value = 'strength', $('follow').onchange()")  # the browser's microphone beeps
    levels = set()
    until(lambda: levels.add(session.desk.controls.strength) or max(levels) - min(levels) > 0.3, seconds=30)
    page("$('follow').value = '', $('follow').onchange()")


def test_a_knob_is_learned_and_moves_a_slider(browser, session):
    page = browser.open(session.url, script=FAKE_MIDI)
    page.until("$('styles').children.length")
    page.click("midi")
    page.until("$('midi-words').textContent.startsWith('Move a knob')")
    page("turn(0xb0, 21, 64), $('brush').focus()")
    page.until("$('midi-words').textContent.startsWith('Controller 21 moves brush')")
    page.click("midi")
    page("turn(0xb0, 21, 127)")
    until(lambda: session.desk.controls.brush == 2)
    assert page.faults == []
    page.close()


def test_all_controls_have_names_and_a_phone_shows_them(page, tmp_path):
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "slider", "combobox", "checkbox", "radio", "meter", "progressbar", "image"}
    named = [(node["role"]["value"], node.get("name", {}).get("value")) for node in nodes if not node["ignored"]]
    assert {"button", "slider", "combobox", "checkbox", "radio"} <= {role for role, _ in named}
    assert [role for role, name in named if role in roles and not name] == []
    page.sized(360, 740)
    assert page("document.documentElement.scrollWidth") <= 360
    assert (
        page("Math.min(...[...document.querySelectorAll('button')].map((b) => b.offsetHeight || 99))") >= 24
    )  # WCAG 2.2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "The camera was denied. Allow it beside the address"),
        ("NotFoundError", "No camera was found. Plug one in"),
        ("NotReadableError", "The camera is taken by another program. Close that"),
    ],
)
def test_what_keeps_the_camera_away_is_said(browser, session, error, words):
    refusing = f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }}"
    page = browser.open(session.url, script=refusing)
    page.until("$('words').textContent.startsWith('Press')")
    page.click("start")
    page.until(f"$('words').textContent.startsWith({json.dumps(words)})")
    page.close()


def test_a_camera_that_is_pulled_out_is_said(page):
    page("stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    page.until("$('words').textContent.startsWith('The camera was pulled out')")
    page.click("start")
    page.until("$('start').textContent === 'Stop camera' && $('words').textContent === ''")


def test_a_browser_without_a_camera_says_so(session):
    with chromium(camera=None) as program:
        page = program.open(session.url)
        page.until("$('words').textContent.startsWith('Press')")
        page.click("start")
        page.until("/^(No camera was found|The camera was denied)/.test($('words').textContent)")


def test_other_machines_view_and_steer(browser, style):
    with serving(style, host="0.0.0.0") as live:
        page = browser.open(live.url.replace("127.0.0.1", STRANGER))
        page.until("$('words').textContent.startsWith('A browser gives its camera only to pages of the machine')")
        assert page("$('start').hidden")
        page.slide("strength", 0.5)
        until(lambda: live.desk.controls.strength == 0.5)
        page.close()


def test_a_server_that_ends_is_missed_and_found_again(browser, style):
    with serving(style) as live:
        page = browser.open(live.url)
        start(page)
        port = live.port
    page.until("$('words').textContent.startsWith('The server has stopped')")
    with serving(style, port=port) as live:
        painted = live.studio.painted
        until(lambda: live.studio.painted > painted + 5)  # the camera goes on by itself
        page.until("$('words').textContent === ''")
        page.close()
