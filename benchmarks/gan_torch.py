"""The GAN's generator of pictures in PyTorch, layer for layer, with the same weights."""

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch.nn import functional  # pyright: ignore[reportMissingImports]

from genart.nets.gan import LEAK, GanConfig


class TorchGenerator:
    """Latents [N, latent] -> pictures [N, C, H, W]; weights as a bundle names them, without "generator."."""

    def __init__(self, config: GanConfig, weights: dict[str, np.ndarray]):
        if config.texture or config.classes:
            raise ValueError("pictures without classes are compared")
        self.config = config
        self.weights = {name: torch.from_numpy(np.array(a)) for name, a in weights.items()}
        self.kernels = {
            name: a.permute(3, 2, 0, 1).contiguous() for name, a in self.weights.items() if a.ndim == 4
        }  # HWIO -> OIHW
        patch = config.patch
        window = np.sin(np.pi * (np.arange(3 * patch) + 0.5) / (3 * patch)) ** 2
        taps = window.reshape(3, patch)[::-1]
        share = np.einsum("ap,bq->pqab", taps, taps)[:, :, None]  # [patch, patch, 1, 3, 3]
        stamps = self.kernels["stamps"].reshape(patch, patch, config.channels, -1, 3, 3)
        self.stamps = stamps * torch.from_numpy(share[:, :, :, None].astype(np.float32))

    def __call__(self, whole: "torch.Tensor") -> "torch.Tensor":
        rows, columns = self.config.grid
        x = self._linear("enter", whole).reshape(len(whole), rows, columns, -1).permute(0, 3, 1, 2)
        for stage in range(self.config.stages):
            if stage:
                narrow = self.weights[f"narrow.{stage - 1}.kernel"].T[:, :, None, None]
                x = functional.interpolate(
                    functional.conv2d(x, narrow), scale_factor=2, mode="bilinear", align_corners=False
                )
            x = self._block(f"blocks.{stage}", x, whole)
        patch, channels = self.config.patch, self.config.channels
        kernel = self.stamps.permute(2, 0, 1, 3, 4, 5).reshape(channels * patch**2, -1, 3, 3)  # as pixels are shuffled
        x = functional.conv2d(functional.leaky_relu(x, LEAK), kernel, padding=1)
        x = functional.pad(functional.pixel_shuffle(x, patch), (1, 1, 1, 1), mode="replicate")
        line = torch.tensor([0.25, 0.5, 0.25])
        smooth = torch.outer(line, line).expand(channels, 1, 3, 3)
        return functional.conv2d(x, smooth, groups=channels) + self.weights["tint"][:, None, None]

    def _block(self, name: str, x: "torch.Tensor", whole: "torch.Tensor") -> "torch.Tensor":
        first, bias = self.kernels[f"{name}.first.kernel"], self.weights[f"{name}.first.bias"]
        y = functional.conv2d(functional.leaky_relu(x, LEAK), first, bias, padding=1)
        y = y * (1 + self._linear(f"{name}.scale", whole))[:, :, None, None]
        return x + functional.conv2d(functional.leaky_relu(y, LEAK), self.kernels[f"{name}.second.kernel"], padding=1)

    def _linear(self, name: str, x: "torch.Tensor") -> "torch.Tensor":
        return x @ self.weights[f"{name}.kernel"] + self.weights[f"{name}.bias"]
