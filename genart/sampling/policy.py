"""How samplers sample, as values; nothing here imports JAX, so that commands can show defaults at once."""

import dataclasses

import numpy as np

from genart.errors import InputError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Annealing:
    """Of annealed Gibbs sampling: the share of free cells hidden in each sweep, all in the first, then falling."""

    sweeps: int = 24
    temperature: float = 0.9  # above 0; 1 samples what the model believes, less is safer
    start: float = 0.9
    end: float = 0.1
    falling: float = 0.75  # share of the sweeps over which it falls, linearly; the rest stay at `end`

    def __post_init__(self) -> None:
        if self.sweeps < 1:
            raise InputError(f"{self.sweeps} steps: the sampler needs 1 or more")
        if not 0 < self.temperature < float("inf"):
            raise InputError(f"temperature {self.temperature}: it is a number above 0, mostly 0.7 to 1.2")

    def shares(self) -> np.ndarray:
        """float32 [sweeps], 0..1."""
        n = np.arange(self.sweeps)
        fall = (self.start - self.end) * n / max(1.0, self.falling * self.sweeps)
        shares = np.maximum(self.end, self.start - fall)
        shares[0] = 1.0
        return shares.astype(np.float32)
