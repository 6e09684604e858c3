"""``genart webcam`` as it is called: what it refuses, what it paints without a page, how Ctrl-C ends it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from live_server import jpeg, pixels_of, tiny_style, two_colored
from websockets.sync.client import connect

from genart.cli.main import cli
from genart.image.clip import Clip
from genart.image.film import film
from genart.web.messages import ANSWER, frame_message


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_style(tmp_path_factory.mktemp("styles"))


@pytest.fixture
def clip(here):
    with film("clip.mp4", size=(64, 40), rate=10) as made:
        for _ in range(5):
            made.add(two_colored())


def run(*arguments, model=None):
    options = [] if model is None else ["--model", str(model)]
    return CliRunner().invoke(cli, ["webcam", *map(str, arguments), *options])


def test_a_clip_is_painted_without_a_page(clip, here, model):
    result = run("--input", "clip.mp4", "-o", "out.mp4", "--style", "strokes", model=model)
    assert (result.exit_code, result.stdout) == (0, "out.mp4\n")
    assert "5 frames painted" in result.stderr
    assert len(list(Clip.open("out.mp4"))) == 5
    assert (
        "out.mp4 exists; pass --force to overwrite it"
        in run("--input", "clip.mp4", "-o", "out.mp4", model=model).stderr
    )
    told = run("--input", "clip.mp4", "-o", "out.mp4", "--force", "--json", model=model)
    assert json.loads(told.stdout) == {"painted": 5, "dropped": 0, "paths": ["out.mp4"]}


def test_a_folder_is_painted_into_a_folder_and_to_stdout(clip, here, model):
    assert run("--input", "clip.mp4", "-o", "frames/", model=model).exit_code == 0
    assert len(list((here / "frames").iterdir())) == 5
    result = run("--input", "frames/", "-o", "-", model=model)
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"YUV4MPEG2 W64 H40 F24:1")
    assert result.stdout_bytes.count(b"FRAME\n") == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--strength", "3"], "strength 3: it goes from 0 to 1.5"),
        (["--fps", "0"], "fps 0: it goes from 1 to 120"),
        (["--out-size", "wide"], "wide"),
        (["--out-size", "9000x10"], "--out-size 9000x10: width and height are needed, as in 1280x720, of at most 4096"),
        (["--style", "nobody"], "there is no style 'nobody'"),
        (["--style", "negative:1,strokes:1,nobody:1"], "there is no style 'nobody'"),
        (["--input", "nothing.mp4"], "nothing.mp4 does not exist"),
        (["--input", "camera:93", "--no-open"], "camera"),
        (["-o", "out.txt"], "out.txt: a film is saved as "),
        (["--host", "203.0.113.7", "--no-open"], "cannot listen at 203.0.113.7, port 8760"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(here, model, arguments, sentence):
    result = run(*arguments, model=model)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert sentence in result.stderr
    assert list(here.iterdir()) == []


def test_ctrl_c_ends_a_live_session_and_finishes_its_recording(here, model):
    options = ["--no-open", "--port", "0", "-o", "out.mp4", "--fps", "10", "--out-size", "64x40", "--model", str(model)]
    command = [sys.executable, "-m", "genart", "webcam", *options]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("the page: "))
        (port,) = re.findall(r"127\.0\.0\.1:(\d+)/$", said.strip())
        with connect(f"ws://127.0.0.1:{port}/live", compression=None) as socket:
            socket.send('{"camera": true, "mirror": false}')
            for number in range(8):
                socket.send(frame_message(number, 0.0, jpeg(two_colored())))
                while isinstance(message := socket.recv(timeout=120), str):
                    pass
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, "out.mp4\n"), stderr
    assert "8 frames painted" in stderr and "Traceback" not in stderr
    frames = list(Clip.open("out.mp4"))
    painted = pixels_of(message[ANSWER.size :])
    np.testing.assert_allclose(frames[-1][20, [8, -8]], painted[painted.shape[0] // 2, [8, -8]], atol=25)
