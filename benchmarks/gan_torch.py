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
        self.stamps = self._stamps("stamps", config.patch)
        if config.refined:
            self.touches = self._stamps("refiner.stamps", 2)

    def __call__(self, whole: "torch.Tensor") -> "torch.Tensor":
        rows, columns = self.config.grid
        x = self._linear("enter", whole).reshape(len(whole), rows, columns, -1).permute(0, 3, 1, 2)
        for stage in range(self.config.stages):
            if stage:
                narrow = self.weights[f"narrow.{stage - 1}.kernel"].T[:, :, None, None]
                x = _doubled(functional.conv2d(x, narrow))
            x = self._block(f"blocks.{stage}", x, whole)
        drawn = self._drawn(functional.leaky_relu(x, LEAK), self.stamps, self.config.patch)
        drawn = drawn + self.weights["tint"][:, None, None]
        return drawn + self._added(drawn, x, whole) if self.config.refined else drawn

    def _added(self, drawn: "torch.Tensor", known: "torch.Tensor", whole: "torch.Tensor") -> "torch.Tensor":
        n, channels, height, width = drawn.shape
        # Channels in the order of the weights: rows and columns of two pixels, then colors.
        folded = drawn.reshape(n, channels, height // 2, 2, width // 2, 2).permute(0, 3, 5, 1, 2, 4)
        folded = folded.reshape(n, 4 * channels, height // 2, width // 2)
        enter = self.kernels["refiner.enter.kernel"], self.weights["refiner.enter.bias"]
        recall = functional.conv2d(known, self.weights["refiner.recall.kernel"].T[:, :, None, None])
        x = functional.conv2d(folded, *enter, padding=1) + _doubled(recall)
        x = functional.leaky_relu(self._block("refiner.block", x, whole), LEAK)
        return self._drawn(x, self.touches, 2)

    def _stamps(self, name: str, patch: int) -> "torch.Tensor":
        """[patch * patch * C, D, 3, 3] that fade out, in the order in which pixels are shuffled."""
        window = np.sin(np.pi * (np.arange(3 * patch) + 0.5) / (3 * patch)) ** 2
        taps = window.reshape(3, patch)[::-1]
        share = np.einsum("ap,bq->pqab", taps, taps)[:, :, None, None]  # [patch, patch, 1, 1, 3, 3]
        stamps = self.kernels[name].reshape(patch, patch, self.config.channels, -1, 3, 3)
        stamps = stamps * torch.from_numpy(share.astype(np.float32))
        return stamps.permute(2, 0, 1, 3, 4, 5).reshape(self.config.channels * patch**2, -1, 3, 3)

    def _drawn(self, x: "torch.Tensor", stamps: "torch.Tensor", patch: int) -> "torch.Tensor":
        x = functional.pixel_shuffle(functional.conv2d(x, stamps, padding=1), patch)
        channels, line = self.config.channels, torch.tensor([0.25, 0.5, 0.25])
        smooth = torch.outer(line, line).expand(channels, 1, 3, 3)
        return functional.conv2d(functional.pad(x, (1, 1, 1, 1), mode="replicate"), smooth, groups=channels)

    def _block(self, name: str, x: "torch.Tensor", whole: "torch.Tensor") -> "torch.Tensor":
        first, bias = self.kernels[f"{name}.first.kernel"], self.weights[f"{name}.first.bias"]
        y = functional.conv2d(functional.leaky_relu(x, LEAK), first, bias, padding=1)
        y = y * (1 + self._linear(f"{name}.scale", whole))[:, :, None, None]
        return x + functional.conv2d(functional.leaky_relu(y, LEAK), self.kernels[f"{name}.second.kernel"], padding=1)

    def _linear(self, name: str, x: "torch.Tensor") -> "torch.Tensor":
        return x @ self.weights[f"{name}.kernel"] + self.weights[f"{name}.bias"]


def _doubled(x: "torch.Tensor") -> "torch.Tensor":
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
