"""The server by what a page does: frames, controls, several pages, snapshots; and nothing compiled on the way."""

import json
import time
from contextlib import ExitStack

import jax
import numpy as np
import pytest
from live_client import answer, asked, page, sent, told
from live_server import BLUE, RED, SIZES, jpeg, pixels_of, serving, two_colored, until
from websockets.exceptions import ConnectionClosed

from genart.recipe import read_recipe
from genart.web.messages import frame_message


def means(pixels):
    """The mean colors of the left and of the right quarter."""
    quarter = pixels.shape[1] // 4
    return pixels[:, :quarter].mean((0, 1)), pixels[:, -quarter:].mean((0, 1))


def test_a_frame_comes_back_painted_with_its_number_and_times(live):
    with page(live) as socket:
        (number, captured, waited, net, beside, width, height), pixels = sent(socket, two_colored(), number=41)
    assert (number, captured) == (41, 5.0)
    assert waited >= 0 and net > 0 and beside > 0
    assert pixels.shape == (height, width, 3) and (width, height) in SIZES
    left, right = means(pixels)
    np.testing.assert_allclose(left, 255 - np.array(RED), atol=12)  # the first style is the negative
    np.testing.assert_allclose(right, 255 - np.array(BLUE), atol=12)


def test_controls_show_in_the_next_frame_and_nothing_is_compiled(live):
    compiled = []
    with page(live) as socket:
        sent(socket, two_colored())
        for size in live.studio.canvas.sizes:  # all that a brush may choose from
            live.studio.canvas.prepare(size)
        jax.monitoring.register_event_duration_secs_listener(
            lambda event, *_, **__: compiled.append(event) if "backend_compile" in event else None
        )
        socket.send('{"strength": 0}')
        left, _ = means(sent(socket, two_colored())[1])
        np.testing.assert_allclose(left, RED, atol=6)  # strength 0 gives the picture back
        socket.send('{"mirror": true}')
        left, _ = means(sent(socket, two_colored())[1])
        np.testing.assert_allclose(left, BLUE, atol=6)
        changes = [{"strength": 1, "style": "strokes"}, {"blend": 0.4}, {"brush": 2}, {"brush": 0.5}]
        for change in [*changes, {"keep_colors": True}, {"smoothing": False}, {"store": 1}, {"recall": 1}]:
            socket.send(json.dumps(change))
            sent(socket, two_colored())
    jax.clear_caches()
    live.studio.canvas.prepare(live.studio.canvas.sizes[0])
    count = len(compiled)
    jax.monitoring.clear_event_listeners()
    assert count > 0, "the listener hears nothing, so the next line could not fail"
    assert count <= 3, "something was compiled before the caches were cleared"


def test_the_brush_changes_the_picture(live):
    noise = np.random.default_rng(0).integers(0, 256, (40, 64, 3), np.uint8)
    live.desk.change({"style": "strokes", "smoothing": False})
    with page(live) as socket:
        fine = sent(socket, noise)[1].astype(int)
        again = sent(socket, noise)[1]
        live.desk.change({"brush": 2})
        coarse = sent(socket, noise)[1]
    assert np.abs(fine - again).mean() < 1
    assert np.abs(fine - coarse).mean() > 3


def test_smoothing_carries_statistics_from_frame_to_frame(style):
    with serving(style, controls={"style": "strokes", "smoothing": True}) as live, page(live) as socket:
        dark = np.full((40, 64, 3), 30, np.uint8)
        bright = np.random.default_rng(0).integers(0, 256, dark.shape, np.uint8)
        for _ in range(5):
            sent(socket, dark)
        carried = sent(socket, bright)[1].astype(int)
        live.desk.change({"smoothing": False})
        own = sent(socket, bright)[1]
    assert np.abs(carried - own).mean() > 2


def test_frames_of_another_shape_are_cut_to_the_size(live):
    with page(live) as socket:
        header, pixels = sent(socket, two_colored(300, 300))
    assert pixels.shape[:2] == (header[6], header[5])


def test_several_pages_stay_in_step(live):
    with page(live) as first, page(live, camera=False) as second:
        first.send('{"strength": 0.25}')
        assert until(lambda: told(second, "state")["controls"]["strength"] == 0.25)
        first.send(frame_message(7, 1.0, jpeg(two_colored())))
        assert answer(second)[0][0] == answer(first)[0][0] == 7


def test_programs_steer_by_put(live):
    status, body, _ = asked(live, "PUT", "/controls", '{"style": {"negative": 1, "strokes": 1}}')
    assert status == 200 and json.loads(body)["controls"]["blend"] == 0.5
    assert json.loads(asked(live, "GET", "/controls")[1])["controls"]["blend"] == 0.5


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"strength": 9}', "strength 9: it goes from 0 to 1.5"),
        ("[1]", "changes are a JSON object"),
        ("{", "changes are JSON"),
        ("[" * 60_000, "changes are JSON"),
        (" " * 70_000, "more than 64 KB are too much"),
    ],
)
def test_a_put_that_does_not_fit_says_why(live, body, sentence):
    status, told, _ = asked(live, "PUT", "/controls", body)
    assert status == 400 and json.loads(told)["error"].startswith(sentence)


def test_a_snapshot_is_the_last_frame_with_its_recipe(live, tmp_path):
    assert asked(live, "GET", "/snapshot.png")[0] == 404
    with page(live) as socket:
        _, pixels = sent(socket, two_colored())
    status, data, _ = asked(live, "GET", "/snapshot.png")
    assert status == 200
    (tmp_path / "snapshot.png").write_bytes(data)
    recipe = read_recipe(tmp_path / "snapshot.png")
    assert recipe is not None and (recipe.verb, recipe.parameters["style"]) == ("webcam", "negative")
    assert np.abs(pixels_of(data).astype(int) - pixels).mean() < 3  # the frame came as JPEG


def test_every_style_has_a_thumbnail(live):
    pictures = [asked(live, "GET", f"/thumbs/{name}.jpg") for name in live.desk.names]
    assert [status for status, _, _ in pictures] == [200, 200]
    assert np.abs(pixels_of(pictures[0][1]).astype(int) - pixels_of(pictures[1][1])).mean() > 10


def test_the_camera_goes_to_the_page_that_asks_last(live):
    with page(live) as first:
        sent(first, two_colored())
        with page(live) as second:
            assert told(first, "camera")["state"] == "taken"
            first.send(frame_message(8, 1.0, jpeg(two_colored())))
            second.send(frame_message(9, 1.0, jpeg(two_colored())))
            assert answer(second)[0][0] == 9
        assert told(first, "camera")["state"] == "gone"


def test_the_newest_frame_is_painted_and_older_ones_are_dropped(live, monkeypatch):
    paint = live.studio.canvas.paint

    def slow(*arguments, **options):
        time.sleep(0.1)
        return paint(*arguments, **options)

    monkeypatch.setattr(live.studio.canvas, "paint", slow)
    with page(live) as socket:
        data = jpeg(two_colored())
        for number in range(100):  # faster than they can be painted, for two seconds
            socket.send(frame_message(number, 1e3 * time.perf_counter(), data))
            time.sleep(0.02)
        ages, seen = [], []
        while not seen or seen[-1] < 99:
            header, _ = answer(socket)
            seen.append(header[0])
            ages.append(header[2] + header[3] + header[4])
    assert seen == sorted(set(seen)) and len(seen) < 40
    assert live.studio.dropped >= 60
    assert max(ages) < 1000  # milliseconds; the frames would be ten seconds old in a queue


def test_the_size_steps_down_under_load_and_up_again(style):
    from genart.web.canvas import Canvas
    from genart.web.pace import Pace

    canvas = Canvas(style.painter, [(32, 16), (64, 32), (128, 64)])
    canvas.seconds = {(32, 16): 0.01, (64, 32): 0.03, (128, 64): 0.2}
    pace = Pace(canvas, fps=20)
    assert pace.choose() == (64, 32)
    times = np.arange(0, 6, 0.06)
    changed = [now for now in times if pace.heed(0.09, now=now)]  # three times slower than it was
    assert pace.size == (32, 16) and changed[0] < 1.5
    changed = [now for now in 10 + times if pace.heed(0.01, now=now)]
    assert pace.size == (64, 32) and 12 <= changed[0] < 14
    assert not any(pace.heed(0.03, now=20 + now) for now in times)  # the largest would take too long


def test_the_same_frames_are_shown_to_sixteen_pages_and_no_more(live):
    with ExitStack() as held:
        pages = [held.enter_context(page(live, camera=False)) for _ in range(16)]
        one_more = held.enter_context(page(live, camera=False))
        with pytest.raises(ConnectionClosed, match="16 pages are open already"):
            list(one_more)
        assert told(pages[0], "state")["styles"] == ["negative", "strokes"]
