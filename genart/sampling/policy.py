"""How samplers sample, as values; nothing here imports JAX, so that commands can show defaults at once."""

import dataclasses
from typing import TYPE_CHECKING, Protocol

import numpy as np

from genart.errors import InputError

if TYPE_CHECKING:
    import jax
    from jax.typing import ArrayLike

NEVER = -1e9  # the logit of what is left out


@dataclasses.dataclass(frozen=True, kw_only=True)
class Annealing:
    """Of annealed Gibbs sampling: the share of free cells hidden in each sweep, all in the first, then falling."""

    sweeps: int = 24
    temperature: float = 0.95  # above 0; 1 samples what the model believes, less is safer
    start: float = 0.9
    end: float = 0.05
    falling: float = 0.7  # share of the sweeps over which it falls, linearly; the rest stay at `end`

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


class Policy(Protocol):
    """How logits become those that are drawn from: one number, and a rule that is compiled once for all numbers."""

    @property
    def number(self) -> float: ...

    @staticmethod
    def rule(logits: "jax.Array", number: "ArrayLike") -> "jax.Array": ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Temperature:
    """Logits divided by `temperature`, above 0: 1 samples what the model believes, less is safer."""

    temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.temperature < float("inf"):
            raise InputError(f"temperature {self.temperature}: it is a number above 0, mostly 0.7 to 1.2")

    def __call__(self, logits: "jax.Array") -> "jax.Array":
        """Logits float[..., V] -> the same, scaled."""
        return self.rule(logits, np.float32(self.number))

    @property
    def number(self) -> float:
        """The temperature."""
        return self.temperature

    @staticmethod
    def rule(logits: "jax.Array", number: "ArrayLike") -> "jax.Array":
        """The logits at a temperature."""
        return logits / number


@dataclasses.dataclass(frozen=True, kw_only=True)
class TopK:
    """Only the `k` likeliest values, at least 1; of equal ones at the border all are kept."""

    k: int = 10

    def __post_init__(self) -> None:
        if self.k < 1:
            raise InputError(f"top-k {self.k}: at least 1 value is kept")

    def __call__(self, logits: "jax.Array") -> "jax.Array":
        """Logits float[..., V] -> the same, those of other values very negative."""
        return self.rule(logits, np.float32(self.number))

    @property
    def number(self) -> float:
        """How many values are kept."""
        return self.k

    @staticmethod
    def rule(logits: "jax.Array", number: "ArrayLike") -> "jax.Array":
        """The logits of the likeliest values, so many of them."""
        import jax.numpy as jnp

        ordered = jnp.sort(logits, axis=-1, descending=True)
        last = jnp.minimum(number, logits.shape[-1]).astype(jnp.int32) - 1
        return jnp.where(logits >= jnp.take(ordered, last, axis=-1)[..., None], logits, NEVER)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Nucleus:
    """Only the fewest values, the likeliest, that have a probability of `p` together, 0 < p <= 1.

    Holtzman et al. 2019 (arXiv 1904.09751). At least one value is kept.
    """

    p: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.p <= 1:
            raise InputError(f"nucleus {self.p}: it is a share above 0 and at most 1, mostly 0.9 to 1")

    def __call__(self, logits: "jax.Array") -> "jax.Array":
        """Logits float[..., V] -> the same, those of other values very negative."""
        return self.rule(logits, np.float32(self.number))

    @property
    def number(self) -> float:
        """The share."""
        return self.p

    @staticmethod
    def rule(logits: "jax.Array", number: "ArrayLike") -> "jax.Array":
        """The logits of the likeliest values, up to a share."""
        import jax
        import jax.numpy as jnp

        ordered = jnp.sort(logits, axis=-1, descending=True)
        probability = jax.nn.softmax(ordered, axis=-1)
        before = jnp.cumsum(probability, axis=-1) - probability  # what likelier values have together
        lowest = jnp.where(before < number, ordered, jnp.inf).min(axis=-1, keepdims=True)
        return jnp.where(logits >= lowest, logits, NEVER)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MinP:
    """Only values at least `p` times as likely as the likeliest, 0 <= p <= 1. Nguyen et al. 2024 (arXiv 2407.01082)."""

    p: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise InputError(f"min-p {self.p}: it is a share from 0 to 1, mostly 0.02 to 0.1")

    def __call__(self, logits: "jax.Array") -> "jax.Array":
        """Logits float[..., V] -> the same, those of other values very negative."""
        return self.rule(logits, np.float32(self.number))

    @property
    def number(self) -> float:
        """The share."""
        return self.p

    @staticmethod
    def rule(logits: "jax.Array", number: "ArrayLike") -> "jax.Array":
        """The logits of values at least so likely, as a share of the likeliest."""
        import jax.numpy as jnp

        return jnp.where(logits >= logits.max(axis=-1, keepdims=True) + jnp.log(number), logits, NEVER)
