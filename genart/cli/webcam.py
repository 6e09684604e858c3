"""``genart webcam``: the camera's frames painted as they come."""

import contextlib
import dataclasses
import re
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

import click

from genart.cli import pictures
from genart.cli.output import common, emit, note
from genart.errors import InputError
from genart.families import own_styles
from genart.families.mixture import STRENGTHS, check_range, files_in
from genart.families.sizes import parsed
from genart.image import film
from genart.image.clip import Clip, checked_rate
from genart.image.picture import Picture
from genart.recipe import sha256_of

if TYPE_CHECKING:
    from genart.families.style import Style
    from genart.web.desk import Desk

FASTEST = 120  # frames a second that can be asked for
CAMERA = re.compile("camera(:.*)?")
LARGEST_OUT = 4096  # pixels of a side


@click.command()
@click.option("--style", help="A name, a blend of two as great_wave:0.6,red_chalk:0.4, or a picture to learn from.")
@click.option("--strength", type=float, default=1.0, show_default=True, help="0 gives the picture back, up to 1.5.")
@click.option("--fps", type=float, default=24.0, show_default=True, help="Frames a second; their size follows.")
@click.option("--input", "given", metavar="IN", help="camera, camera:1, a film or a folder; the page's by default.")
@click.option("-o", "--output", metavar="OUT", help="A film, a folder, or - for a stream that ffplay reads.")
@click.option("--virtual-camera", is_flag=True, help="Be a camera for other programs.")
@click.option("--out-size", default="1280x720", show_default=True, help="Of /output and of what is recorded.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; others need the token.")
@click.option("--port", type=click.IntRange(0, 65535), default=8760, show_default=True)
@click.option("--no-open", is_flag=True, help="Do not open the page in a browser.")
@click.option("--model", default="style", show_default=True, help="Name, folder or URL of a model.")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
@common
def command(
    style: str | None,
    strength: float,
    fps: float,
    given: str | None,
    output: str | None,
    virtual_camera: bool,
    out_size: str,
    host: str,
    port: int,
    no_open: bool,
    model: str,
    force: bool,
) -> None:
    """Paint what the camera sees, as it comes: opens a page with the picture and its controls.

    Show http://127.0.0.1:8760/output in OBS for the picture alone. With --input FILM and -o no page is opened.
    """
    check_range("strength", strength, STRENGTHS)
    check_range("fps", fps, (1, FASTEST))
    size = _size(out_size)
    if output is not None and output != "-":
        film.check_target(output, force=force)
    clip = None if given is None or CAMERA.fullmatch(given) else Clip.open(given)
    from genart.families.looks import style_model  # brings JAX, which takes a second: not before that is checked

    desk = _desk(style, strength=strength, model=style_model(model), mirror=given is None)
    if clip is not None and output is not None:
        return _paint(clip, desk, output, force=force)
    from genart.web.camera import source
    from genart.web.live import Live
    from genart.web.outlets import outlet, steady

    frames = None if given is None else source(given)
    if frames is not None and clip is None:
        with contextlib.closing(frames()) as trial:
            next(trial)  # that there is no camera is better said now than on the page
    live = Live(desk, fps=fps, host=host, port=port, out_size=size, source=frames)
    with contextlib.ExitStack() as held:
        if output is not None:
            rate, stdout = checked_rate(fps), sys.stdout.buffer
            add = outlet(output, size=size, rate=rate, stdout=stdout, recipe=desk.recipe(), force=force)
            live.add(steady(held.enter_context(add), rate=rate))
        if virtual_camera:
            from genart.web.outlets import virtual_camera as opened

            live.add(held.enter_context(opened(size=size, fps=fps)))
        note(f"the page: {live.url}")
        note(f"the picture alone, for OBS: {live.output_url}")
        if live.shared_url is not None:
            note(f"from other machines: {live.shared_url}")
        note("Ctrl-C ends it")
        if not no_open:
            threading.Timer(0.5, webbrowser.open, [live.url]).start()
        live.run()
    _done(output, painted=live.studio.painted, dropped=live.studio.dropped)


def _paint(clip: Clip, desk: "Desk", output: str, *, force: bool) -> None:
    from genart.web.canvas import sizes_for
    from genart.web.headless import paint_clip
    from genart.web.outlets import outlet

    size, stdout = sizes_for(clip.width, clip.height)[-1], sys.stdout.buffer
    made = outlet(
        output, size=size, rate=clip.rate, sound=clip, stdout=stdout, recipe=desk.recipe(), force=force, on_note=note
    )
    with clip, made as add, pictures.bar(clip.path) as step:
        painted = paint_clip(clip, desk, add, on_step=step)
    _done(output, painted=painted, dropped=0)


def _done(output: str | None, *, painted: int, dropped: int) -> None:
    paths = [] if output in (None, "-") else [str(output)]
    note(f"{painted} frames painted, {dropped} dropped")
    if output != "-":
        emit({"painted": painted, "dropped": dropped, "paths": paths}, lines=paths)


def _desk(style: str | None, *, strength: float, model: "Style", mirror: bool) -> "Desk":
    """Controls and styles to begin with: the model's, those that are kept for it, and pictures that are named."""
    from genart.web.controls import Controls
    from genart.web.desk import Desk

    own: dict[str, Any] = {}
    for name in own_styles.kept():
        with contextlib.suppress(InputError):  # of another net, or damaged: not what was asked for
            own[name] = own_styles.read_kept(name, weights=model.bundle.sha256).row
    files, named = files_in(style) if style is not None else ({}, None)
    for name, path in files.items():
        from genart.families.looks import learned

        with pictures.bar(f"learning {name}") as step:
            learnt = learned(path, model=model, content=_content, features="features", seed=None, on_step=step)
        own[name] = learnt.row
    controls = Controls.first(named, names=[*model.names, *own], strength=strength)
    return Desk(model, dataclasses.replace(controls, mirror=mirror), own=own)


def _content() -> tuple[Picture, str]:
    """What styles are learned on before the camera has seen anything, and its sha256."""
    from genart.image.stock import stock_pictures

    stock = stock_pictures()[0]
    return stock, sha256_of(stock.pixels.tobytes())


def _size(text: str) -> tuple[int, int]:
    width, height = parsed(text)
    if height is None or max(width, height) > LARGEST_OUT:
        raise InputError(f"--out-size {text}: width and height are needed, as in 1280x720, of at most {LARGEST_OUT}")
    return width, height
