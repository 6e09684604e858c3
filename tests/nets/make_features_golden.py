"""Writes features_golden.safetensors: what PyTorch's operations make of seeded weights, as a second opinion.

pip install torch && python tests/nets/make_features_golden.py
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

from pathlib import Path

import numpy as np
import torch
from random_weights import digest, drawn, picture, squeezenet_shapes, vgg_shapes
from safetensors.numpy import save_file
from torch.nn import functional

MEANS, DEVIATIONS = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
POOLED = (0, 5, 10)  # places of SqueezeNet 1.0's layers in torchvision that a pooling follows


def convolved(x: torch.Tensor, weights: dict[str, torch.Tensor], name: str, **options) -> torch.Tensor:
    return functional.relu(functional.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], **options))


def squeezenet(x: torch.Tensor, weights: dict[str, torch.Tensor], *, torchvision: bool) -> dict[str, torch.Tensor]:
    """torchvision's squeezenet1_0 (or Caffe's deploy.prototxt, with its names) on a normalized picture."""
    maps = {"conv1": convolved(x, weights, "features.0" if torchvision else "conv1", stride=2)}
    x = functional.max_pool2d(maps["conv1"], 3, 2, ceil_mode=True)
    for fire, place in {2: 3, 3: 4, 4: 5, 5: 7, 6: 8, 7: 9, 8: 10, 9: 12}.items():
        name = f"features.{place}" if torchvision else f"fire{fire}"
        x = convolved(x, weights, f"{name}.squeeze" if torchvision else f"{name}.squeeze1x1")
        sides = convolved(x, weights, f"{name}.expand1x1"), convolved(x, weights, f"{name}.expand3x3", padding=1)
        maps[f"fire{fire}"] = x = torch.cat(sides, dim=1)
        if place in POOLED:
            x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
    maps["conv10"] = convolved(x, weights, "classifier.1" if torchvision else "conv10")
    return maps


def vgg(x: torch.Tensor, weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    maps, names = {}, iter(vgg_shapes())
    for block, count in enumerate((2, 2, 3, 3, 3), start=1):
        x = functional.max_pool2d(x, 2) if block > 1 else x
        for i in range(1, count + 1):
            maps[f"relu{block}_{i}"] = x = convolved(x, weights, next(names), padding=1)
    return maps


def kept(maps: dict[str, torch.Tensor], name: str) -> dict[str, np.ndarray]:
    arrays = {layer: of.permute(0, 2, 3, 1).numpy() for layer, of in maps.items()}
    return {f"{name}.{key}": value for key, value in digest(arrays).items()}


def tensors(shapes: dict[str, tuple[int, int, int]]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(value) for name, value in drawn(shapes, seed=3).items()}


def main() -> None:
    golden = {}
    for height, width in ((47, 50), (64, 33)):  # odd and even sizes before every pooling
        x = torch.from_numpy(picture(height, width))
        size, normalized = f"{height}x{width}", ((x - MEANS) / DEVIATIONS).permute(0, 3, 1, 2)
        caffe = (x.flip(3) * 255 - torch.tensor([104.0, 117.0, 123.0])).permute(0, 3, 1, 2)
        theirs = squeezenet(normalized, tensors(squeezenet_shapes(torchvision=True)), torchvision=True)
        golden |= kept(theirs, f"torchvision.{size}")
        theirs = squeezenet(caffe, tensors(squeezenet_shapes(torchvision=False)), torchvision=False)
        golden |= kept(theirs, f"caffe.{size}")
        if size == "47x50":
            golden |= kept(vgg(normalized, tensors(vgg_shapes())), f"vgg.{size}")
    save_file(golden, Path(__file__).with_name("features_golden.safetensors"))


if __name__ == "__main__":
    main()
