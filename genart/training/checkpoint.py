"""Training states on disk, so that a killed run goes on and a finished one can be prolonged."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp

from genart.errors import InputError

LATEST, BEFORE_DECAY = "latest", "before_decay"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands, beside its arrays."""

    step: int = 0
    elapsed: float = 0.0  # seconds spent training
    best_loss: float = float("inf")  # on held-out data
    best_step: int = 0
    stale: int = 0  # validations since the best
    decaying: bool = False  # the learning rate has begun its final fall
    ends: float = 1.0  # share of the span at which the run ends; less than 1 after an early stop
    span: float = 0.0  # length of the run it was made for, in steps or seconds


class Checkpoints:
    """Two slots in a folder: the latest state, and the last one before the learning rate fell."""

    def __init__(self, folder: Path):
        options = ocp.CheckpointManagerOptions(max_to_keep=1, create=True)
        self._folder = folder
        self._slots = {
            slot: ocp.CheckpointManager((folder / slot).resolve(), options=options) for slot in (LATEST, BEFORE_DECAY)
        }

    def save(self, slot: str, state: Any, progress: Progress) -> None:
        """Write `state` (a tree of arrays) to the slot; the older one goes once the new one is whole.

        Raises InputError where the disk has no room for it; what was written before is still there.
        """
        manager = self._slots[slot]
        if manager.latest_step() == progress.step:
            return
        for writing in self._slots.values():
            writing.wait_until_finished()
        self._check_room(sum(array.nbytes for array in jax.tree.leaves(state)))
        meta = dataclasses.asdict(progress)
        if progress.best_loss == float("inf"):
            del meta["best_loss"]  # JSON knows no infinity
        manager.save(
            progress.step, args=ocp.args.Composite(state=ocp.args.StandardSave(state), progress=ocp.args.JsonSave(meta))
        )

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise InputError(
                f"the disk of {self._folder} is full: a checkpoint takes {needed / 1e6:.0f} MB, and {free / 1e6:.0f} "
                "MB are free; make room, and the same command goes on"
            )

    def restore(self, slot: str, like: Any) -> tuple[Any, Progress] | None:
        """The slot's state laid out like the arrays `like`, and its progress; None when the slot is empty."""
        manager = self._slots[slot]
        step = manager.latest_step()
        if step is None:
            return None
        abstract = jax.tree.map(ocp.utils.to_shape_dtype_struct, like)
        args = ocp.args.Composite(state=ocp.args.StandardRestore(abstract), progress=ocp.args.JsonRestore())
        restored = manager.restore(step, args=args)
        return restored["state"], Progress(**restored["progress"])

    def forget(self, slot: str, *, after: int) -> None:
        """Delete states of the slot from steps later than `after`, left over from a run that is being redone."""
        manager = self._slots[slot]
        for step in manager.all_steps():
            if step > after:
                manager.delete(step)

    def close(self) -> None:
        """Wait for writes under way."""
        for manager in self._slots.values():
            manager.close()


def same_run(state: Path, choices: dict[str, Any]) -> None:
    """Refuse to go on with a run that was begun with other choices; note them down for a new one."""
    noted, now = state / "choices.json", json.loads(json.dumps(choices))
    if not noted.exists():
        state.mkdir(parents=True, exist_ok=True)
        noted.write_text(json.dumps(now, sort_keys=True))
        return
    then = json.loads(noted.read_text())
    if then != now:
        before, after = ({**all_of, **all_of.get("training", {})} for all_of in (then, now))
        names = {name for name in before | after if before.get(name) != after.get(name)} - {"training"}
        raise InputError(f"{state} was begun with another {', '.join(sorted(names))}; use the same, or another --out")
