"""A DCGAN with hinge loss and spectral normalization in PyTorch: the peer in quality.

Radford et al. 2016 (arXiv 1511.06434) with the loss of Lim & Ye 2017 (arXiv 1705.02894) and the critic of Miyato et al.
2018 (arXiv 1802.05957), with the sizes and rates that tutorials give: 64 channels at the finest layer, doubled each
time, batch norm in the generator, batches of 64, Adam at 2e-4 with moments 0.5 and 0.999.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

LATENT = 100
BATCH = 64
WIDTH = 64


def generator(side: int, channels: int) -> nn.Sequential:
    """[N, LATENT, 1, 1] -> [N, channels, side, side], -1..1."""
    width = WIDTH * side // 8
    layers: list[nn.Module] = [nn.ConvTranspose2d(LATENT, width, 4, 1, 0, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    while width > WIDTH:
        up = nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False)
        layers += [up, nn.BatchNorm2d(width // 2), nn.ReLU()]
        width //= 2
    return nn.Sequential(*layers, nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Tanh())


def critic(side: int, channels: int) -> nn.Sequential:
    """[N, channels, side, side] -> [N, 1, 1, 1]."""
    width, layers = WIDTH, [spectral_norm(nn.Conv2d(channels, WIDTH, 4, 2, 1)), nn.LeakyReLU(0.2)]
    while width < WIDTH * side // 8:
        layers += [spectral_norm(nn.Conv2d(width, 2 * width, 4, 2, 1)), nn.LeakyReLU(0.2)]
        width *= 2
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(width, 1, 4)))


def drawn(
    pictures: Callable[[np.random.Generator, int], np.ndarray], *, seconds: float, seed: int, n: int
) -> tuple[np.ndarray, int]:
    """Train for so many seconds; `n` samples, float32 [n, H, W, C] in -1..1, and the number of steps.

    Parameters
    ----------
    pictures : gives a batch, float32 [n, H, W, C] in -1..1
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shape = pictures(rng, 1).shape
    made, judge = generator(shape[1], shape[3]), critic(shape[1], shape[3])
    for module in (*made.modules(), *judge.modules()):
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
    slow = {"lr": 2e-4, "betas": (0.5, 0.999)}
    painter, teacher = torch.optim.Adam(made.parameters(), **slow), torch.optim.Adam(judge.parameters(), **slow)
    steps, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        reals = torch.from_numpy(pictures(rng, BATCH).transpose(0, 3, 1, 2).copy())
        fakes = made(torch.randn(BATCH, LATENT, 1, 1))
        loss = torch.relu(1 - judge(reals)).mean() + torch.relu(1 + judge(fakes.detach())).mean()
        teacher.zero_grad()
        loss.backward()
        teacher.step()
        painter.zero_grad()
        (-judge(fakes)).mean().backward()
        painter.step()
        steps += 1
    made.eval()
    with torch.inference_mode():
        samples = torch.cat([made(torch.randn(min(BATCH, n - i), LATENT, 1, 1)) for i in range(0, n, BATCH)])
    return samples.permute(0, 2, 3, 1).numpy(), steps
