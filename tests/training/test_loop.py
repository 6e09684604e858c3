"""The loop, on a task so small that its numbers can be followed."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from genart.errors import GenartError, InputError
from genart.training.loop import LoopConfig, muon, train
from genart.training.schedule import Span, parse_duration, rate

CONFIG = LoopConfig(validate_every=10, average=0.9)


class Line:
    """Fit y = a x + b to noisy points of y = 3 x - 1."""

    peak_rate = 0.1

    def init(self):
        return {"a": jnp.zeros(()), "b": jnp.zeros(())}

    def batch(self, step):
        rng = np.random.default_rng([7, step])
        x = rng.normal(size=(8,)).astype(np.float32)
        return {"x": x, "y": 3 * x - 1 + 0.1 * rng.normal(size=(8,)).astype(np.float32)}

    def loss(self, params, batch, key):
        noise = 0.0 if key is None else 0.01 * jax.random.normal(key, batch["x"].shape)
        return jnp.mean((params["a"] * batch["x"] + params["b"] + noise - batch["y"]) ** 2)

    def validate(self, params):
        return {"loss": float((params["a"] - 3) ** 2 + (params["b"] + 1) ** 2)}


class Killed(Exception):
    pass


def kill_at(step):
    def on_status(status):
        if status.step == step:
            raise Killed

    return on_status


def metrics(folder: Path) -> str:
    return (folder / "metrics.jsonl").read_text()


def test_it_learns(tmp_path):
    trained = train(Line(), tmp_path, Span(steps=400), config=CONFIG)
    assert trained.weights["a"] == pytest.approx(3, abs=0.05)
    assert trained.weights["b"] == pytest.approx(-1, abs=0.05)
    assert trained.steps == 400
    assert list((tmp_path / "events").glob("events.out.tfevents.*"))  # extra `log` is part of the test environment
    assert trained.loss == min(json.loads(line).get("valid_loss", 1e9) for line in metrics(tmp_path).splitlines())


def test_later_steps_weigh_more_in_the_average(tmp_path):
    path, averages = [0.0], []

    class Slope(Line):
        def loss(self, params, batch, key):
            return -params["a"]

        def validate(self, params):
            averages.append(float(params["a"]))
            return {"loss": -averages[-1]}

    config = LoopConfig(validate_every=10, average=0.9999, average_power=1, weight_decay=0.0)
    train(Slope(), tmp_path, Span(steps=30), config=config)
    for step in range(30):  # Adam moves by the rate along a slope that stays the same
        path.append(path[-1] + 0.1 * rate(step, step / 30))
    expected = [np.average(path[: n + 1], weights=np.arange(1, n + 2)) for n in (10, 20, 30)]
    np.testing.assert_allclose(averages, expected, rtol=1e-3)


def test_muon_moves_kernels_alike_in_all_directions_and_the_rest_as_adam():
    rng = np.random.default_rng(0)
    one_sided = rng.normal(size=(3, 3, 8, 6)) * 10.0 ** -(np.arange(6) * 0.6)  # outputs a thousand times apart
    gradient = {"kernel": jnp.asarray(one_sided, jnp.float32), "bias": jnp.asarray([3.0, -0.01])}
    optimizer = muon(gradient)
    direction: Any = optimizer.update(gradient, optimizer.init(gradient), gradient)[0]
    matrix = np.asarray(direction["kernel"]).reshape(72, 6)
    sizes = np.linalg.svd(matrix, compute_uv=False) / (0.2 * np.sqrt(72))  # Liu et al. 2025, equation 4
    assert sizes.min() > 0.3 and sizes.max() < 1.3  # five Newton-Schulz steps bring them near one
    assert np.sum(matrix * one_sided.reshape(72, 6)) > 0
    assert float(direction["bias"].sum()) == pytest.approx(0, abs=1e-4)  # Adam's first step is but a sign


def test_a_killed_run_goes_on_with_exactly_the_losses_it_would_have_had(tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(Line(), whole, Span(steps=100), config=CONFIG)
    for step in (30, 70):  # the second kill falls between two checkpoints, and into the decay's neighborhood
        with pytest.raises(Killed):
            train(Line(), broken, Span(steps=100), config=CONFIG, on_status=kill_at(step))
    train(Line(), broken, Span(steps=100), config=CONFIG)
    assert metrics(broken) == metrics(whole)
    assert (broken / "best.safetensors").read_bytes() == (whole / "best.safetensors").read_bytes()


def test_a_full_disk_is_one_sentence_and_the_run_goes_on_once_there_is_room(tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(Line(), whole, Span(steps=100), config=CONFIG)
    with pytest.raises(Killed):
        train(Line(), broken, Span(steps=100), config=CONFIG, on_status=kill_at(30))
    with monkeypatch.context() as full:
        full.setattr("genart.training.checkpoint.shutil.disk_usage", lambda folder: SimpleNamespace(free=10))
        with pytest.raises(InputError, match=r"broken is full: a checkpoint takes .* make room, and the same command"):
            train(Line(), broken, Span(steps=100), config=CONFIG)
    train(Line(), broken, Span(steps=100), config=CONFIG)
    assert metrics(broken) == metrics(whole)


def test_a_finished_run_is_prolonged_from_before_its_decay(tmp_path):
    short, long = tmp_path / "short", tmp_path / "long"
    train(Line(), long, Span(steps=200), config=CONFIG)
    train(Line(), short, Span(steps=100), config=CONFIG)
    train(Line(), short, Span(steps=200), config=CONFIG)
    assert metrics(short) == metrics(long)  # nothing is left of the first run's fall from step 80 on


def test_a_finished_run_is_not_trained_again(tmp_path):
    first = train(Line(), tmp_path, Span(steps=50), config=CONFIG)
    before = metrics(tmp_path)
    again = train(Line(), tmp_path, Span(steps=50), config=CONFIG)
    assert (again.loss, again.step, metrics(tmp_path)) == (first.loss, first.step, before)


def test_under_a_budget_the_time_spent_is_saved(tmp_path):
    with pytest.raises(Killed):
        train(Line(), tmp_path, Span(seconds=600), config=CONFIG, on_status=kill_at(50))
    trained = train(Line(), tmp_path, Span(seconds=0.01), config=CONFIG)  # less than the first sitting took
    assert trained.steps == 40  # the last checkpoint before the kill
    assert 0.01 < trained.seconds < 60


def test_without_progress_the_run_ends_early_and_with_a_decay(tmp_path):
    class Stuck(Line):
        def validate(self, params):
            return {"loss": 1.0}

    trained = train(Stuck(), tmp_path, Span(steps=10_000), config=LoopConfig(validate_every=10, patience=4))
    assert trained.step == 10
    assert 50 < trained.steps < 80  # four stale validations after the first, then a fifth of the run for the decay
    rates = [json.loads(line)["rate"] for line in metrics(tmp_path).splitlines() if "rate" in line]
    assert rates[-1] < 0.3 * max(rates)


def test_a_loss_that_is_not_a_number_is_said(tmp_path):
    class Broken(Line):
        def loss(self, params, batch, key):
            return super().loss(params, batch, key) * jnp.where(params["a"] > 0.5, jnp.nan, 1.0)

    with pytest.raises(GenartError, match="the loss is not a number at step"):
        train(Broken(), tmp_path, Span(steps=500), config=CONFIG)


def test_an_error_in_a_batch_reaches_the_caller(tmp_path):
    class NoData(Line):
        def batch(self, step):
            raise InputError("the disk is gone")

    with pytest.raises(InputError, match="the disk is gone"):
        train(NoData(), tmp_path, Span(steps=10), config=CONFIG)


def test_several_devices_give_the_same_losses_as_one(tmp_path, python):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_loop import *; import jax\n"
        "train(Line(), Path(sys.argv[2]), Span(steps=40), config=CONFIG); print(jax.device_count())"
    )
    here = str(Path(__file__).parent)
    for devices in (1, 4):
        result = python("-c", program, here, str(tmp_path / str(devices)), devices=devices)
        assert result.stdout.strip() == str(devices), result.stderr
    one, four = ([json.loads(line) for line in metrics(tmp_path / n).splitlines()] for n in ("1", "4"))
    assert one == [pytest.approx(record, rel=1e-3) for record in four]


def test_a_batch_must_split_over_the_devices(tmp_path, python):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_loop import *\n"
        "train(Line(), Path(sys.argv[2]), Span(steps=4), config=CONFIG)"
    )
    result = python("-c", program, str(Path(__file__).parent), str(tmp_path), devices=3)
    assert "a batch of 8 cannot be split over 3 devices; pick a multiple of 3" in result.stderr


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("60m", 3600), ("1.5h", 5400), ("45", 45)])
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "-5m", "0", "1 day", "nan", "inf"])
def test_durations_that_are_none(text):
    with pytest.raises(InputError, match="is not a length of time; write for instance 90s, 60m or 1.5h"):
        parse_duration(text)


def test_the_rate_warms_up_stays_and_falls_over_the_last_fifth():
    assert rate(0, 0.0) == pytest.approx(1 / 200)
    assert rate(199, 0.1) == rate(5000, 0.79) == 1
    assert rate(5000, 0.9) == pytest.approx(0.5)
    assert rate(5000, 1.0) == 0


@pytest.mark.parametrize("span", [{}, {"steps": 5, "seconds": 5.0}, {"steps": 0}, {"seconds": -1.0}])
def test_a_run_has_one_length(span):
    with pytest.raises(InputError):
        Span(**span)
