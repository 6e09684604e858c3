"""The benchmarks that measure what genart says, on pieces that the tests make; those that measure time are not run."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


def benchmark(name: str) -> ModuleType:
    """The module of a benchmark, which is no part of a package."""
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("before", "after", "ours", "theirs", "reason"),
    [
        ((67, 64, 60, 48), (69, 65, 60, 50), {"fifths"}, {"fifths"}, None),  # C-G to D-A
        ((72, 64, 55, 48), (74, 65, 55, 50), {"octaves"}, {"octaves"}, None),
        ((67, 60, 57, 48), (74, 60, 57, 43), set(), {"fifths"}, "contrary"),  # a fifth, then a twelfth
        ((60, 60, 57, 48), (76, 64, 57, 48), {"octaves"}, set(), "unison"),  # C-C, then E4-E5
    ],
)
def test_parallels_are_music21s_but_for_reasons(before, after, ours, theirs, reason):
    pytest.importorskip("music21", reason="music21, of the extra tunes, is not installed")
    check = benchmark("check")
    score = check.score_of(np.repeat([before, after], 4, axis=0))
    assert ({kind for kind, _, _ in check.ours(score)}, {kind for kind, _, _ in check.theirs(score)}) == (ours, theirs)
    differing = check.ours(score) ^ check.theirs(score)
    assert [check.reason(score, place) for place in differing] == ([reason] if reason else [])


def test_random_chords_have_no_unexplained_differences():
    pytest.importorskip("music21", reason="music21, of the extra tunes, is not installed")
    check = benchmark("check")
    draw = np.random.default_rng(3)
    chords = np.array([67, 62, 59, 48]) + draw.integers(-5, 6, (160, 4))
    score = check.score_of(np.repeat(chords, 4, axis=0))
    one, other = check.ours(score), check.theirs(score)
    assert len(one & other) >= 5
    assert all(check.reason(score, place) for place in one ^ other)
