"""The peers of the melody benchmark are what they are said to be."""

import importlib
import itertools
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from genart.families.melody import conditions_of
from genart.families.registry import load
from genart.music.tunes.tune import Section, Tune

torch = pytest.importorskip("torch", reason="PyTorch, of the extra bench, is not installed")

TUNE = Tune(
    sections=(
        Section(notes=((0, 24, 62), (24, 24, 66), (48, 48, 69), (120, 24, 66)), length=144),
        Section(notes=((0, 72, 62), (72, 72, 62)), length=144),
        Section(notes=((0, 24, 62), (24, 24, 66), (48, 48, 69)), length=144),
    ),
    meter=(6, 8),
    tonic=2,
)


def benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    return importlib.import_module(name)


@pytest.fixture
def melody_grid(monkeypatch) -> ModuleType:
    return benchmark("melody_grid", monkeypatch)


def test_the_network_in_pytorch_gives_the_same_logits(tiny_melody, monkeypatch):
    TorchMelody = benchmark("melody_torch", monkeypatch).TorchMelody
    model = load(tiny_melody)
    tokens = model.codec.encode(TUNE)
    pitches, durations = model.logits(tokens)
    c = model.config
    network = TorchMelody(
        model.bundle.weights, config=c, conditions=conditions_of(tokens.head, model.codec), rows=2, room=64
    )
    before = {"pitch": [c.pitches, *tokens.pitch], "duration": [c.durations, *tokens.duration]}
    with torch.inference_mode():
        for step in range(len(tokens)):
            events = {name: values[step] for name, values in before.items()}
            events |= {name: getattr(tokens, name)[step] for name in ("position", "measure", "section")}
            of_pitch = network.step({name: torch.full((2,), int(value)) for name, value in events.items()})
            of_duration = network.duration_logits(torch.full((2,), int(tokens.pitch[step])))
            for row in range(2):
                np.testing.assert_allclose(of_pitch[row], pitches[step], atol=1e-4)
                np.testing.assert_allclose(of_duration[row], durations[step], atol=1e-4)


def test_the_grid_has_notes_ends_and_what_stays_as_before(melody_grid):
    code = melody_grid.encode(TUNE)
    # In C, with the middle of its range nearest to that of the grid: D4 is 60, class 14, F#4 18 and A4 21.
    first = [14, 0, 18, 0, 21, 0, 0, 0, 1, 0, 18, 0]
    assert code.tolist() == [*first, 14, 0, 0, 0, 0, 0, 14, 0, 0, 0, 0, 0, 14, 0, 18, 0, 21, 0, 0, 0, 1, 0, 0, 0]


def test_what_is_not_on_the_grid_is_left_out(melody_grid):
    triplet = Tune(sections=(Section(notes=((0, 16, 62), (16, 16, 64)), length=48),), meter=(4, 4), tonic=2)
    assert melody_grid.encode(triplet) is None
    wide = Tune(sections=(Section(notes=((0, 48, 40), (48, 48, 90)), length=96),), meter=(4, 4), tonic=2)
    assert melody_grid.encode(wide) is None


def test_the_grid_network_learns_and_does_not_look_ahead(melody_grid, monkeypatch):
    clock = SimpleNamespace(monotonic=itertools.count(0, 0.05).__next__)  # however busy the machine is
    monkeypatch.setattr(melody_grid, "time", clock)
    code = melody_grid.encode(TUNE)
    before = melody_grid.GridLSTM().nats([code])
    network = melody_grid.train([code] * 8, [code], seconds=1.5)
    assert network.nats([code]) < 0.8 * before
    one, other = torch.from_numpy(np.stack([code, code])).clone()
    other[20:] = 5
    with torch.inference_mode():
        logits = network.eval()(torch.stack([one, other]))
    torch.testing.assert_close(logits[0, :21], logits[1, :21])
    assert not torch.allclose(logits[0, 21:], logits[1, 21:])
