"""Weights with PyTorch's names that are drawn from a seed, so that golden values need no stored weights."""

import numpy as np


def drawn(shapes: dict[str, tuple[int, int, int]], *, seed: int) -> dict[str, np.ndarray]:
    """{"conv.weight": float32 [o, i, k, k], "conv.bias": float32 [o]} from {"conv": (o, i, k)}, in He's scale."""
    rng = np.random.default_rng(seed)
    weights = {}
    for name, (outputs, inputs, size) in shapes.items():
        scale = np.float32(np.sqrt(2 / (inputs * size * size)))
        weights[f"{name}.weight"] = scale * rng.standard_normal((outputs, inputs, size, size), np.float32)
        weights[f"{name}.bias"] = np.float32(0.1) * rng.standard_normal(outputs, np.float32)
    return weights


def squeezenet_shapes(*, torchvision: bool) -> dict[str, tuple[int, int, int]]:
    """As published: Table 1 of Iandola et al. 2016 (arXiv 1602.07360)."""
    expanded = {2: 64, 3: 64, 4: 128, 5: 128, 6: 192, 7: 192, 8: 256, 9: 256}
    squeezed = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}
    places = {2: 3, 3: 4, 4: 5, 5: 7, 6: 8, 7: 9, 8: 10, 9: 12}  # in torchvision's list, which counts poolings
    shapes = {"features.0" if torchvision else "conv1": (96, 3, 7)}
    inputs = 96
    for fire, width in expanded.items():
        name = f"features.{places[fire]}" if torchvision else f"fire{fire}"
        shapes[f"{name}.squeeze" if torchvision else f"{name}.squeeze1x1"] = (squeezed[fire], inputs, 1)
        shapes[f"{name}.expand1x1"] = (width, squeezed[fire], 1)
        shapes[f"{name}.expand3x3"] = (width, squeezed[fire], 3)
        inputs = 2 * width
    shapes["classifier.1" if torchvision else "conv10"] = (1000, 512, 1)
    return shapes


def vgg_shapes() -> dict[str, tuple[int, int, int]]:
    """Configuration D of Simonyan and Zisserman 2014 (arXiv 1409.1556), at torchvision's places."""
    shapes, inputs, place = {}, 3, 0
    for width in (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512):
        if width != "M":
            shapes[f"features.{place}"] = (int(width), inputs, 3)
            inputs, place = int(width), place + 1  # its ReLU
        place += 1
    return shapes


def picture(height: int, width: int) -> np.ndarray:
    """float32 [1, h, w, 3] in 0..1."""
    return np.random.default_rng(5).random((1, height, width, 3), np.float32)


def digest(maps: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What golden files keep of maps [1, h, w, c]: the shape, sums over places and channels, and both far corners."""
    kept = {}
    for name, of in maps.items():
        sums = np.array([of.sum(), np.square(of).sum(), of[0, :, 0].sum(), of[0, 0].sum()])
        kept[f"{name}.shape"] = np.array(of.shape)
        kept[f"{name}.values"] = np.concatenate([sums, of[0, 0, 0, :8], of[0, -1, -1, -8:]]).astype(np.float32)
    return kept
