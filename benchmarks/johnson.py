"""The style-transfer network of Johnson et al. 2016 (arXiv 1603.08155) in PyTorch, with random weights.

As it is commonly built today: 32, 64 and 128 channels, five residual blocks at a quarter of the resolution, 9x9
convolutions at both ends, reflection padding, instance normalization (Ulyanov et al. 2016) and, on the way up,
doubling by the nearest pixel before a convolution. One such network paints in one style.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import torch
from torch import nn


class Residual(nn.Module):
    """Two layers and the way around them, [B, C, H, W] -> [B, C, H, W]."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(*layer(channels, channels, 3), nn.ReLU(), *layer(channels, channels, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.layers(x)


def conv(inputs: int, outputs: int, size: int, *, stride: int = 1) -> list[nn.Module]:
    """A convolution that mirrors what is beyond the border."""
    return [nn.ReflectionPad2d(size // 2), nn.Conv2d(inputs, outputs, size, stride)]


def layer(inputs: int, outputs: int, size: int, *, stride: int = 1) -> list[nn.Module]:
    """A convolution and its instance normalization."""
    return [*conv(inputs, outputs, size, stride=stride), nn.InstanceNorm2d(outputs, affine=True)]


def johnson() -> nn.Module:
    """The network, [B, 3, H, W] -> [B, 3, H, W]; 1.7 M parameters."""
    return nn.Sequential(
        *layer(3, 32, 9),
        nn.ReLU(),
        *layer(32, 64, 3, stride=2),
        nn.ReLU(),
        *layer(64, 128, 3, stride=2),
        nn.ReLU(),
        *(Residual(128) for _ in range(5)),
        nn.Upsample(scale_factor=2),
        *layer(128, 64, 3),
        nn.ReLU(),
        nn.Upsample(scale_factor=2),
        *layer(64, 32, 3),
        nn.ReLU(),
        *conv(32, 3, 9),
    ).eval()
