"""A network of the size of Coconet (Huang et al. 2017, arXiv 1903.07227) in PyTorch, with random weights.

64 convolutions of 3x3 with 128 filters, each but the last with batch normalization and, every two layers, a way around
them. The input are the four voices as piano rolls and which of their cells are known, 8 channels.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.utils import mkldnn

VOICES = 4
PITCHES = 46
LAYERS = 64
FILTERS = 128


class Pair(nn.Module):
    """Two layers and the way around them, [B, 128, T, 46] -> [B, 128, T, 46]."""

    def __init__(self, *, folded: bool):
        super().__init__()
        self.first, self.second = layer(FILTERS, folded=folded), layer(FILTERS, folded=folded)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu_(x + self.second(torch.relu_(self.first(x))))


class Coconet(nn.Module):
    """What fills in a score: [B, 8, T, 46] -> probabilities of pitches [B, 4, T, 46].

    With `folded`, batch normalization is folded into the convolutions and arrays stay in oneDNN's own layout between
    them, which was the fastest of the ways tried; the other was torch.jit.optimize_for_inference.
    """

    def __init__(self, *, folded: bool):
        super().__init__()
        self.folded = folded
        pairs = [Pair(folded=folded) for _ in range(LAYERS // 2 - 1)]
        last = nn.Conv2d(FILTERS, VOICES, 3, padding=1).eval()
        first = layer(2 * VOICES, folded=folded)
        self.stack = nn.Sequential(first, nn.ReLU(), *pairs, mkldnn.to_mkldnn(last) if folded else last)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits = self.stack(x.to_mkldnn()).to_dense() if self.folded else self.stack(x)
        return logits.softmax(-1)


def layer(inputs: int, *, folded: bool) -> nn.Module:
    """A convolution and its normalization as in inference."""
    conv, norm = nn.Conv2d(inputs, FILTERS, 3, padding=1, bias=False).eval(), nn.BatchNorm2d(FILTERS).eval()
    return mkldnn.to_mkldnn(fuse_conv_bn_eval(conv, norm)) if folded else nn.Sequential(conv, norm)
