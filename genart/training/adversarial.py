"""The training loop of two networks against each other, beside :mod:`genart.training.loop` for one alone."""

import dataclasses
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
import optax

from genart.errors import GenartError
from genart.training import schedule
from genart.training.checkpoint import BEFORE_DECAY, LATEST, Checkpoints, Progress
from genart.training.data import prefetch
from genart.training.loop import LOG_EVERY, Status
from genart.training.mesh import device_mesh, replicate, split_batch
from genart.training.metrics import MetricsLog

Flat = dict[str, jax.Array]
Pair = dict[str, Flat]  # {"generator": ..., "critic": ...}
MOST_SETBACKS = 5


class Duel(Protocol):
    """What a family gives to the loop. Parameters are flat {"dotted.name": array} dicts."""

    peak_rate: float

    def init(self) -> Pair: ...

    def batch(self, step: int) -> dict[str, np.ndarray]: ...

    def gradients(
        self, pair: Pair, batch: dict[str, Any], key: jax.Array, share: jax.Array, *, penalized: bool
    ) -> tuple[Pair, jax.Array]: ...

    def watch(self, step: int, average: Flat, critic: Flat) -> dict[str, float]: ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class DuelConfig:
    """Choices of the loop that are not the family's."""

    seed: int = 0
    average: float = 0.998  # decay of the exponential moving average of the generator
    penalty_every: int = 4  # steps
    watch_every: int = 250  # steps; a checkpoint is written as often


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fought:
    """The averaged generator and its critic at the end of a run."""

    generator: dict[str, np.ndarray]
    critic: dict[str, np.ndarray]
    steps: int
    seconds: float


def train(
    duel: Duel,
    folder: Path,
    span: schedule.Span,
    *,
    config: DuelConfig,
    on_status: Callable[[Status], None] = lambda status: None,
    on_message: Callable[[str], None] = lambda message: None,
) -> Fought:
    """Train until the span is over, going on from what `folder` holds.

    A run that was killed goes on from its last checkpoint and, with a span in steps, repeats what it would have done.
    A run whose learning rate had begun to fall and that is given a longer span goes on from the state before the
    fall. Where a number is none any more, the run goes back to its last checkpoint and on with half the rate.

    Parameters
    ----------
    duel : the family's initial weights, batches, gradients, and what it looks at now and then
    folder : Path of checkpoints and metrics.jsonl; made when missing
    span : steps or seconds, counted over all sittings
    on_status : called every ten steps
    on_message : called with a sentence when the run went back

    Raises
    ------
    GenartError
        The numbers went wrong six times.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints = Checkpoints(folder)
    try:
        run = _Run(duel, folder, span, config, checkpoints, on_message)
        run.go(on_status)
        return run.result()
    finally:
        checkpoints.close()


def pace(duel: Duel, *, config: DuelConfig) -> float:
    """Seconds of a step on this machine once all is compiled, the mean over a round of penalties."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder))
        try:
            run = _Run(duel, Path(folder), schedule.Span(steps=1), config, checkpoints, lambda message: None)
            batch = split_batch(duel.batch(0), run.mesh)
            seconds = []
            for penalized in (True, False, True, False):  # the first two compile
                started = time.monotonic()
                jax.block_until_ready(run.advance(batch, 0, 0.0, 0.0, penalized=penalized))
                seconds.append(time.monotonic() - started)
        finally:
            checkpoints.close()
    return seconds[3] + (seconds[2] - seconds[3]) / config.penalty_every


class _Run:
    """The state of one call of :func:`train`."""

    def __init__(
        self,
        duel: Duel,
        folder: Path,
        span: schedule.Span,
        config: DuelConfig,
        checkpoints: Checkpoints,
        on_message: Callable[[str], None],
    ):
        self.duel, self.folder, self.span, self.config = duel, folder, span, config
        self.checkpoints, self.on_message = checkpoints, on_message
        self.mesh = device_mesh()
        self.optimizer = optax.scale_by_adam(b1=0.0, b2=0.99)
        state, self.progress = self._where_to_start()
        self.state = replicate(state, self.mesh)
        self._update = jax.jit(self._updated, donate_argnums=0, static_argnames="penalized")

    def _fresh(self) -> Any:
        pair = self.duel.init()
        return {
            "pair": pair,
            "optimizer": self.optimizer.init(pair),
            "average": jax.tree.map(jnp.copy, pair["generator"]),
            "setbacks": jnp.zeros((), jnp.int32),
        }

    def _where_to_start(self) -> tuple[Any, Progress]:
        length = float(self.span.steps or self.span.seconds or 0)
        fresh = self._fresh()
        latest = self.checkpoints.restore(LATEST, fresh) or self.checkpoints.restore(BEFORE_DECAY, fresh)
        if latest is None:
            return fresh, Progress(span=length)
        state, progress = latest
        if progress.decaying and length > progress.span:
            before = self.checkpoints.restore(BEFORE_DECAY, fresh)
            if before is not None:
                state, progress = before
                self.checkpoints.forget(LATEST, after=progress.step)
        return state, dataclasses.replace(progress, span=length)

    def _updated(
        self, state: Any, batch: Any, rate: jax.Array, step: jax.Array, share: jax.Array, *, penalized: bool
    ) -> tuple[Any, jax.Array]:
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(self.config.seed), step), state["setbacks"])
        gradients, loss = self.duel.gradients(state["pair"], batch, key, share, penalized=penalized)
        direction, optimizer = self.optimizer.update(gradients, state["optimizer"])
        rate = rate * 0.5 ** state["setbacks"]
        pair = jax.tree.map(lambda p, d: p - rate * d, state["pair"], direction)
        decay = jnp.minimum(self.config.average, (1.0 + step) / (10.0 + step))  # short memory at the start
        average = jax.tree.map(lambda a, p: decay * a + (1 - decay) * p, state["average"], pair["generator"])
        return {**state, "pair": pair, "optimizer": optimizer, "average": average}, loss

    def advance(self, batch: Any, step: int, rate: float, share: float, *, penalized: bool) -> jax.Array:
        numbers = np.float32(rate), np.int32(step), np.float32(share)
        self.state, loss = self._update(self.state, batch, *numbers, penalized=penalized)
        return loss

    def go(self, on_status: Callable[[Status], None]) -> None:
        while True:
            log = MetricsLog(self.folder, step=self.progress.step)
            batches = prefetch(self.duel.batch, self.progress.step)
            try:
                if self._steps(batches, log, on_status):
                    return
            finally:
                batches.close()
                log.close()
            self._go_back()

    def _note(self, **changes: Any) -> None:
        self.progress = dataclasses.replace(self.progress, **changes)

    def _share(self) -> float:
        return self.span.progress(self.progress.step, self.progress.elapsed)

    def _steps(self, batches: Any, log: MetricsLog, on_status: Callable[[Status], None]) -> bool:
        """Steps up to the end of the run; False as soon as a number is none."""
        losses: list[jax.Array] = []
        started, mark = time.monotonic() - self.progress.elapsed, self.progress
        while (share := self._share()) < 1:
            if share >= 1 - schedule.DECAY_SHARE and not self.progress.decaying:
                self.checkpoints.save(BEFORE_DECAY, self.state, self.progress)
                self._note(decaying=True)
            step, rate = self.progress.step, schedule.rate(self.progress.step, share) * self.duel.peak_rate
            batch = split_batch(next(batches), self.mesh)
            penalized = step % self.config.penalty_every == 0
            losses.append(self.advance(batch, step, rate, share, penalized=penalized))
            self._note(step=step + 1)
            if self.progress.step % LOG_EVERY == 0:
                mean = float(np.mean(jax.device_get(losses)))
                losses = []
                self._note(elapsed=time.monotonic() - started)
                if not np.isfinite(mean):
                    return False
                log.write(self.progress.step, loss=mean, rate=rate)
                on_status(self._status(mean, mark))
                mark = self.progress
            if self.progress.step % self.config.watch_every == 0 and not self._watched(log, started):
                return False
        return self.progress.step % self.config.watch_every == 0 or self._watched(log, started)

    def _watched(self, log: MetricsLog, started: float) -> bool:
        """Look at the networks and save them, unless a number of theirs is none."""
        if not all(bool(jnp.isfinite(x).all()) for x in jax.tree.leaves((self.state["pair"], self.state["average"]))):
            return False
        figures = self.duel.watch(self.progress.step, self.state["average"], self.state["pair"]["critic"])
        log.write(self.progress.step, **figures)
        self._note(elapsed=time.monotonic() - started)
        self.checkpoints.save(LATEST, self.state, self.progress)
        return True

    def _go_back(self) -> None:
        setbacks, failed = int(self.state["setbacks"]) + 1, self.progress
        if setbacks > MOST_SETBACKS:
            raise GenartError(
                f"the numbers went wrong at step {failed.step} for the sixth time; begin anew with --new and another "
                "--seed, and look at reals.png for pictures that should not be there."
            )
        state, self.progress = self._where_to_start()
        self._note(elapsed=failed.elapsed)
        self.state = replicate({**state, "setbacks": jnp.asarray(setbacks, jnp.int32)}, self.mesh)
        self.on_message(
            f"the numbers went wrong at step {failed.step}: back to step {self.progress.step}, with half the rate"
        )

    def _status(self, loss: float, mark: Progress) -> Status:
        p, share = self.progress, self._share()
        speed = (p.step - mark.step) / max(p.elapsed - mark.elapsed, 1e-9)
        left = p.elapsed * (1 - share) / max(share, 1e-9)
        return Status(step=p.step, progress=share, loss=loss, steps_a_second=speed, seconds_left=left, valid_loss=None)

    def result(self) -> Fought:
        def plain(flat: Flat) -> dict[str, np.ndarray]:
            return {name: np.asarray(value) for name, value in flat.items()}

        critic = plain(self.state["pair"]["critic"])
        p = self.progress
        return Fought(generator=plain(self.state["average"]), critic=critic, steps=p.step, seconds=p.elapsed)
