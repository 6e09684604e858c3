"""The training loop, the same for every family."""

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax
from optax import contrib
from safetensors.numpy import load_file, save_file

from genart.errors import GenartError
from genart.files import atomic
from genart.training import schedule
from genart.training.checkpoint import BEFORE_DECAY, LATEST, Checkpoints, Progress
from genart.training.data import prefetch
from genart.training.mesh import device_mesh, replicate, split_batch
from genart.training.metrics import MetricsLog

LOG_EVERY = 10  # steps; losses are fetched together, so that the device is not waited for at every step
BEST = "best.safetensors"


def muon(params: dict[str, jax.Array]) -> optax.GradientTransformation:
    """Muon (Jordan 2024; scaled to Adam's steps as in Liu et al. 2025, arXiv 2502.16982) for kernels [..., C, D] of
    convolutions, Adam for the rest."""

    def matrix(axes: int) -> contrib.MuonDimensionNumbers | None:
        return contrib.MuonDimensionNumbers(tuple(range(axes - 1)), axes - 1) if axes > 2 else None

    kernels: Any = {name: matrix(value.ndim) for name, value in params.items()}
    moved = contrib.muon(1.0, adam_b2=0.98, consistent_rms=0.2, muon_weight_dimension_numbers=kernels)
    return optax.chain(moved, optax.scale(-1.0))  # the loop subtracts


class Task(Protocol):
    """What a family gives to the loop. Parameters are a flat {"dotted.name": array} dict."""

    peak_rate: float

    def init(self) -> dict[str, jax.Array]: ...

    def batch(self, step: int) -> dict[str, np.ndarray]: ...

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array: ...

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]: ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class LoopConfig:
    """Choices of the loop that are not the family's."""

    seed: int = 0
    average: float = 0.999  # decay of the exponential moving average of the weights
    average_power: int = 8  # before that forgets enough, the n-th step weighs n to this power in the average
    weight_decay: float = 0.01
    clip: float = 1.0  # largest gradient norm
    muon: bool = False  # move the kernels of convolutions by orthogonalized momentum, the rest by Adam
    validate_every: int = 250  # steps; a checkpoint is written as often
    patience: int = 20  # validations without a new best after which the final decay begins early


@dataclasses.dataclass(frozen=True, kw_only=True)
class Status:
    """What a progress line shows."""

    step: int
    progress: float  # share of the run, 0..1
    loss: float  # mean since the last status
    steps_a_second: float
    seconds_left: float
    valid_loss: float | None  # the newest


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trained:
    """The averaged weights that did best on held-out data, and when that was."""

    weights: dict[str, np.ndarray]
    loss: float
    step: int
    steps: int  # of the whole run
    seconds: float


def train(
    task: Task,
    folder: Path,
    span: schedule.Span,
    *,
    config: LoopConfig,
    on_status: Callable[[Status], None] = lambda status: None,
) -> Trained:
    """Train until the span is over, going on from what `folder` holds.

    A run that was killed goes on from its last checkpoint and, with a span in steps, repeats the losses it
    would have had. A run whose learning rate had begun to fall and that is given a longer span goes on from
    the state before the fall.

    Parameters
    ----------
    task : the family's initial weights, batches, loss and validation
    folder : Path of checkpoints, metrics.jsonl and the best weights; made when missing
    span : steps or seconds, counted over all sittings
    on_status : called every ten steps

    Raises
    ------
    GenartError
        If the loss is not a number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints = Checkpoints(folder)
    try:
        run = _Run(task, folder, span, config, checkpoints)
        run.go(on_status)
        return run.result()
    finally:
        checkpoints.close()


class _Run:
    """The state of one call of :func:`train`."""

    def __init__(self, task: Task, folder: Path, span: schedule.Span, config: LoopConfig, checkpoints: Checkpoints):
        self.task, self.folder, self.span, self.config = task, folder, span, config
        self.checkpoints = checkpoints
        self.mesh = device_mesh()
        params = task.init()
        self.optimizer = optax.chain(
            optax.clip_by_global_norm(config.clip),
            muon(params) if config.muon else optax.scale_by_adam(b2=0.98),
            optax.add_decayed_weights(config.weight_decay),
        )
        fresh = {"params": params, "optimizer": self.optimizer.init(params), "average": jax.tree.map(jnp.copy, params)}
        state, self.progress = self._where_to_start(fresh)
        self.state = replicate(state, self.mesh)
        self.update = jax.jit(self._update, donate_argnums=0)

    def _where_to_start(self, fresh: Any) -> tuple[Any, Progress]:
        length = float(self.span.steps or self.span.seconds or 0)
        latest = self.checkpoints.restore(LATEST, fresh)
        if latest is None:
            return fresh, Progress(span=length)
        state, progress = latest
        if progress.decaying and length > progress.span:
            before = self.checkpoints.restore(BEFORE_DECAY, fresh)
            if before is not None:
                state, earlier = before
                self.checkpoints.forget(LATEST, after=earlier.step)
                best = {"best_loss": progress.best_loss, "best_step": progress.best_step}
                progress = dataclasses.replace(earlier, **best, stale=0, ends=1.0)
        return state, dataclasses.replace(progress, span=length)

    def _update(self, state: Any, batch: Any, rate: jax.Array, step: jax.Array) -> tuple[Any, jax.Array]:
        key = jax.random.fold_in(jax.random.key(self.config.seed), step)
        loss, gradient = jax.value_and_grad(self.task.loss)(state["params"], batch, key)
        direction, optimizer = self.optimizer.update(gradient, state["optimizer"], state["params"])
        params = jax.tree.map(lambda p, d: p - rate * d, state["params"], direction)
        young = (1.0 + step) / (2.0 + self.config.average_power + step)
        decay = jnp.minimum(self.config.average, young)
        average = jax.tree.map(lambda a, p: decay * a + (1 - decay) * p, state["average"], params)
        return {"params": params, "optimizer": optimizer, "average": average}, loss

    def go(self, on_status: Callable[[Status], None]) -> None:
        log = MetricsLog(self.folder, step=self.progress.step)
        batches = prefetch(self.task.batch, self.progress.step)
        try:
            self._steps(batches, log, on_status)
        finally:
            batches.close()
            log.close()

    def _note(self, **changes: Any) -> None:
        self.progress = dataclasses.replace(self.progress, **changes)

    def _share(self) -> float:
        p = self.progress
        return min(1.0, self.span.progress(p.step, p.elapsed) / p.ends)

    def _steps(self, batches: Any, log: MetricsLog, on_status: Callable[[Status], None]) -> None:
        losses, valid = [], None
        started = time.monotonic() - self.progress.elapsed
        mark = self.progress
        while (share := self._share()) < 1:
            if share >= 1 - schedule.DECAY_SHARE and not self.progress.decaying:
                self.checkpoints.save(BEFORE_DECAY, self.state, self.progress)
                self._note(decaying=True)
            step, rate = self.progress.step, schedule.rate(self.progress.step, share)
            batch = split_batch(next(batches), self.mesh)
            self.state, loss = self.update(self.state, batch, np.float32(rate * self.task.peak_rate), np.int32(step))
            losses.append(loss)
            self._note(step=step + 1)
            if self.progress.step % LOG_EVERY == 0:
                mean = float(np.mean(jax.device_get(losses)))
                losses = []
                self._note(elapsed=time.monotonic() - started)
                if not np.isfinite(mean):
                    raise GenartError(
                        f"the loss is not a number at step {step}; the same command goes on from the last checkpoint."
                    )
                log.write(self.progress.step, loss=mean, rate=rate)
                on_status(self._status(mean, mark, valid))
                mark = self.progress
            if self.progress.step % self.config.validate_every == 0:
                valid = self._validate(log)
                if self.progress.stale >= self.config.patience and not self.progress.decaying:
                    self._note(ends=share / (1 - schedule.DECAY_SHARE))  # stop early, but with the fall of the rate
                self._note(elapsed=time.monotonic() - started)
                self.checkpoints.save(LATEST, self.state, self.progress)
        if self.progress.step % self.config.validate_every:
            self._note(elapsed=time.monotonic() - started)
            self._validate(log)
            self.checkpoints.save(LATEST, self.state, self.progress)

    def _validate(self, log: MetricsLog) -> float:
        p = self.progress
        figures = self.task.validate(self.state["average"])
        log.write(p.step, **{f"valid_{name}": value for name, value in figures.items()})
        self._note(stale=p.stale + 1)
        if figures["loss"] < p.best_loss:
            self._note(best_loss=figures["loss"], best_step=p.step, stale=0)
            with atomic(self.folder / BEST) as path:
                save_file({name: np.asarray(value) for name, value in self.state["average"].items()}, path)
        return figures["loss"]

    def _status(self, loss: float, mark: Progress, valid: float | None) -> Status:
        p = self.progress
        share = self._share()
        speed = (p.step - mark.step) / max(p.elapsed - mark.elapsed, 1e-9)
        left = p.elapsed * (1 - share) / max(share, 1e-9)
        return Status(step=p.step, progress=share, loss=loss, steps_a_second=speed, seconds_left=left, valid_loss=valid)

    def result(self) -> Trained:
        p = self.progress
        return Trained(
            weights=load_file(self.folder / BEST), loss=p.best_loss, step=p.best_step, steps=p.step, seconds=p.elapsed
        )
