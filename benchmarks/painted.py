"""What can be measured of painted pictures without a painting: strength, flicker, frames and grids."""

import itertools
from typing import Any

import numpy as np

from genart.families.style import Style
from genart.nets.stylizer import STRIDE

STRENGTHS = tuple(np.round(np.linspace(0, 1, 11), 1).tolist())
NOISE = 0.02  # standard deviation of a sensor's noise, values 0..1
FRAMES, REACH = 12, 12  # of a film made from a still, and by how many pixels it is shifted at most, each way
EXACT = 99.0  # dB, for pictures that are the same
RING, BAND = 8, 24  # pixels of the outer ring, and of what it is compared with inside it
EDGE = 16  # pixels from the border in which strokes are compared
PERIODS = (4, 8)  # pixels that the net folds into a place, near its ends and in its depth


def strengths(style: Style, names: list[str], photographs: np.ndarray, style_losses: Any) -> list[dict[str, Any]]:
    """What a strength of 0, 0.1 ... 1 does, for each style.

    Parameters
    ----------
    photographs : uint8 [N, H, W, 3]
    style_losses : (name, painted uint8 [N, H, W, 3]) -> style loss [N]

    Returns
    -------
    For each style: "psnr" at strength 0, the lowest in dB, 99 where every byte is the same; "losses", the mean style
    loss at each strength; "falling", the share of photographs whose style loss falls at every step; "step", the
    largest step over the mean step of the photograph where that is the largest, a step being the mean absolute change.
    """
    records = []
    for name in names:
        painted = [painted_all(style, style.row(name, strength=strength), photographs) for strength in STRENGTHS]
        losses = np.stack([style_losses(name, pictures) for pictures in painted])  # [strengths, N]
        steps = np.stack([_apart(a, b) for a, b in itertools.pairwise(painted)])  # [strengths - 1, N]
        error = np.square(photographs.astype(np.float64) - painted[0]).mean((1, 2, 3)).max()
        records.append(
            {
                "style": name,
                "psnr": float(10 * np.log10(255**2 / error)) if error else EXACT,
                "losses": losses.mean(1).tolist(),
                "falling": float((np.diff(losses, axis=0) < 0).all(0).mean()),
                "step": float((steps.max(0) / steps.mean(0)).max()),
            }
        )
    return records


def painted_all(style: Style, row: np.ndarray, photographs: np.ndarray) -> np.ndarray:
    """Photographs uint8 [N, H, W, 3] as the net paints them, one by one."""
    return np.stack([style.painter.paint(photograph, row) for photograph in photographs])


def _apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(first.astype(np.float32) - second).mean((1, 2, 3))


def flicker(style: Style, names: list[str], photographs: np.ndarray, *, seed: int = 0) -> dict[str, dict[str, float]]:
    """How much of a painting changes while a still is moved to and fro before a noisy sensor.

    The frames are painted one by one ("frames") and as a film with its remembered statistics ("film"). Each is moved
    back by what its still was moved and compared with the first, where both show the same.

    Parameters
    ----------
    photographs : uint8 [N, H, W, 3]; a frame shows all but 12 pixels at each border

    Returns
    -------
    {"frames": {style: mean squared difference of values 0..1}, "film": {...}}
    """
    found: dict[str, dict[str, float]] = {"frames": {}, "film": {}}
    for name in names:
        errors: dict[str, list[float]] = {"frames": [], "film": []}
        for number, photograph in enumerate(photographs):
            path = moves(seed=seed + number)
            stills = film_of(photograph, path, seed=seed + number)
            errors["frames"] += _warp_errors(list(style.stream(stills, style=name, smoothing=0.0)), path)
            errors["film"] += _warp_errors(list(style.stream(stills, style=name)), path)
        for way, each in errors.items():
            found[way][name] = float(np.mean(each))
    return found


def moves(*, seed: int) -> np.ndarray:
    """A path of a hand that is not quite still: int [12, 2] of -12..12, from (0, 0) on, no two alike in a row."""
    rng = np.random.default_rng(seed)
    path = [np.zeros(2, int)]
    while len(path) < FRAMES:
        after = np.clip(path[-1] + rng.integers(-4, 5, 2), -REACH, REACH)
        if (after != path[-1]).any():
            path.append(after)
    return np.stack(path)


def film_of(photograph: np.ndarray, path: np.ndarray, *, seed: int) -> list[np.ndarray]:
    """Frames uint8 [H - 24, W - 24, 3] along a path, each with noise of its own."""
    rng = np.random.default_rng((seed, 1))
    height, width = photograph.shape[0] - 2 * REACH, photograph.shape[1] - 2 * REACH
    frames = []
    for down, across in path:
        seen = photograph[REACH + down : REACH + down + height, REACH + across : REACH + across + width] / 255
        noisy = seen + rng.normal(0, NOISE, seen.shape)
        frames.append(np.rint(np.clip(noisy, 0, 1) * 255).astype(np.uint8))
    return frames


def _warp_errors(painted: list[np.ndarray], path: np.ndarray) -> list[float]:
    """Mean squared difference of each later frame, moved back, from the first."""
    height, width = painted[0].shape[:2]
    inner = np.s_[REACH : height - REACH, REACH : width - REACH]
    first = painted[0][inner] / 255
    errors = []
    for frame, (down, across) in zip(painted[1:], path[1:], strict=True):
        back = np.roll(frame, (down, across), (0, 1))[inner] / 255  # what wraps around lies outside
        errors.append(float(np.square(back - first).mean()))
    return errors


def borders(style: Style, names: list[str], photographs: np.ndarray) -> list[dict[str, Any]]:
    """Whether a frame or a grid shows, for each style.

    Parameters
    ----------
    photographs : uint8 [N, H, W, 3], H and W multiples of 8

    Returns
    -------
    For each style, and first for the photographs themselves ("plain"):
    "frame": mean color of the outer 8 pixels less that of the 16 inside them, over all photographs, the root mean
    square of the three channels in 1/255; "flat_frame": the same of grey pictures;
    "edge": steps between neighboring pixels in the outer 16 pixels of the middle when it is cut out and then painted,
    over those of the same pixels when the whole is painted, root mean squares;
    "grid": by period, the largest over the smallest mean brightness of the 4 x 4 (8 x 8) places, over all photographs,
    in 1/255; "flat_grid": the same of grey pictures;
    "peak": by period, energy at that frequency over the mean of its neighbors', across and down, on photographs.
    """
    grey = np.stack([np.full_like(photographs[0], level) for level in (64, 128, 192)])
    records = [_border_record("plain", photographs, grey) | {"edge": 1.0}]
    for name in names:
        row = style.row(name)
        record = _border_record(name, painted_all(style, row, photographs), painted_all(style, row, grey))
        records.append(record | {"edge": edge_of(style, row, photographs)})
    return records


def _border_record(name: str, painted: np.ndarray, flat: np.ndarray) -> dict[str, Any]:
    return {
        "style": name,
        "frame": frame_of(painted),
        "flat_frame": frame_of(flat),
        "grid": {period: grid_of(painted, period) for period in PERIODS},
        "flat_grid": {period: grid_of(flat, period) for period in PERIODS},
        "peak": {period: peak_of(painted, period) for period in PERIODS},
    }


def frame_of(pictures: np.ndarray) -> float:
    """How the outer ring differs in color from the band inside it, over pictures uint8 [N, H, W, 3]; in 1/255."""
    ring, band = _rings(pictures.shape[1:3])
    mean = pictures.mean(0, dtype=np.float64)
    return float(np.sqrt(np.square(mean[ring].mean(0) - mean[band].mean(0)).mean()))


def edge_of(style: Style, row: np.ndarray, photographs: np.ndarray) -> float:
    """What borders do to the strength of strokes along them: 1 where it is as where the photograph goes on."""
    height, width = (length // 4 // STRIDE * STRIDE for length in photographs.shape[1:3])
    middle = np.s_[height:-height, width:-width]
    energies = np.zeros(2)
    for photograph in photographs:
        whole, moments = style.painter.frame(photograph, row)
        cut, _ = style.painter.frame(photograph[middle], row, memory=moments, fresh=0.0)
        energies += [_edge_energy(whole[middle]), _edge_energy(cut)]
    return float(np.sqrt(energies[1] / energies[0]))


def _edge_energy(painted: np.ndarray) -> float:
    """Sum of squared steps in the outer 16 pixels."""
    sides = [np.rot90(painted.astype(np.float64), turn)[:EDGE] for turn in range(4)]
    return float(sum(np.square(np.diff(side, axis=axis)).sum() for side in sides for axis in (0, 1)))


def _rings(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are the outer ring, and which the band inside it: bool [H, W] each."""
    down, across = (np.minimum(np.arange(length), np.arange(length)[::-1]) for length in shape)
    edge = np.minimum(down[:, None], across)
    return edge < RING, (edge >= RING) & (edge < BAND)


def grid_of(pictures: np.ndarray, period: int) -> float:
    """How far the mean brightness of the places of a grid goes, in 1/255, the borders left out."""
    inner = pictures[:, BAND:-BAND, BAND:-BAND].mean((0, 3), dtype=np.float64)
    height, width = (length - length % period for length in inner.shape)
    tiles = inner[:height, :width].reshape(height // period, period, width // period, period)
    # Each place less the mean of the tile it lies in, so that what a picture shows counts little.
    places = (tiles - tiles.mean((1, 3), keepdims=True)).mean((0, 2))
    return float(places.max() - places.min())


def peak_of(pictures: np.ndarray, period: int) -> float:
    """Energy at a period over the mean of its neighbors in the spectrum, the larger of across and down."""
    brightness = pictures.mean(3, dtype=np.float64)
    side = min(brightness.shape[1:]) // 16 * 16
    inner = brightness[:, :side, :side]
    inner = inner - inner.mean((1, 2), keepdims=True)
    window = np.hanning(side)
    peaks = []
    for lines in (inner, inner.transpose(0, 2, 1)):
        energy = np.square(np.abs(np.fft.rfft(lines * window, axis=2))).mean((0, 1))
        place = side // period
        beside = [place + step for step in (-6, -5, -4, 4, 5, 6)]
        peaks.append(energy[place] / energy[beside].mean())
    return float(max(peaks))
