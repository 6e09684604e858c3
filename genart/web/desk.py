"""The one place that knows how the controls stand: pages and programs change them, the painter looks at them."""

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import jax
import numpy as np

import genart
from genart.errors import InputError
from genart.families.style import Style
from genart.recipe import Recipe
from genart.web.controls import Controls

CUES = range(1, 10)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """What a frame is painted with: the controls, and the row of their styles and strength as far as it has faded."""

    controls: Controls
    row: np.ndarray


class Desk:
    """Controls, styles and cues; its methods may be called from any thread.

    Parameters
    ----------
    style : the model
    own : more rows, float32 [R], by name
    clock : seconds, for fades
    """

    def __init__(
        self,
        style: Style,
        controls: Controls,
        *,
        own: Mapping[str, np.ndarray] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.style = style
        self.listeners: list[Callable[[], None]] = []
        self._rows = {name: style.row(name) for name in style.names} | dict(own or {})
        self._controls, self._cues = controls, dict[int, Controls]()
        self._clock, self._lock = clock, threading.RLock()
        self._from = self._to = self._row(controls)
        self._began, self._seconds = 0.0, 0.0

    @property
    def names(self) -> list[str]:
        """The styles there are."""
        with self._lock:
            return list(self._rows)

    @property
    def controls(self) -> Controls:
        """As they were last set."""
        return self._controls

    def look(self) -> Setting:
        """How to paint now."""
        with self._lock:
            return Setting(controls=self._controls, row=self._faded())

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change settings (:meth:`Controls.changed`), or {"store": 1..9} and {"recall": 1..9} a cue.

        Raises
        ------
        InputError
            A change is not understood; then none is made.
        """
        settings = {name: value for name, value in changes.items() if name not in ("store", "recall")}
        with self._lock:
            recalled = self._cue(changes["recall"], stored=True) if "recall" in changes else None
            store = self._cue(changes["store"]) if "store" in changes else None
            base = self._controls if recalled is None else self._cues[recalled]
            controls = base.changed(settings, names=list(self._rows))
            self._go(controls, seconds=0.0 if recalled is None else controls.fade)
            if store is not None:
                self._cues[store] = controls
        self._tell()

    def add(self, name: str, row: np.ndarray) -> None:
        """One more style, float32 [R], which is painted with from now on."""
        with self._lock:
            self._rows[name] = row
            self._go(dataclasses.replace(self._controls, style=name, blend=0.0), seconds=self._controls.fade)
        self._tell()

    def row(self, name: str) -> np.ndarray:
        """The row of a style at full strength. Raises KeyError where there is none."""
        with self._lock:
            return self._rows[name]

    def state(self) -> dict[str, Any]:
        """What pages show, as JSON values."""
        with self._lock:
            return {
                "controls": dataclasses.asdict(self._controls),
                "styles": list(self._rows),
                "cues": {str(number): dataclasses.asdict(cue) for number, cue in sorted(self._cues.items())},
            }

    def recipe(self) -> Recipe:
        """How frames are made with the controls as they stand."""
        return Recipe(
            verb="webcam",
            model=self.style.name,
            weights=self.style.bundle.sha256,
            seed=0,
            parameters=dataclasses.asdict(self._controls),
            versions={"genart": genart.__version__, "jax": jax.__version__},
            device=jax.default_backend(),
        )

    def _go(self, controls: Controls, *, seconds: float) -> None:
        # Before anything is changed: a slider that moves within a fade keeps what has come in so far.
        self._from = self._faded()
        running = max(0.0, self._began + self._seconds - self._clock())
        self._controls, self._to = controls, self._row(controls)
        self._began, self._seconds = self._clock(), max(seconds, running)

    def _faded(self) -> np.ndarray:
        elapsed = self._clock() - self._began
        if elapsed >= self._seconds:
            return self._to
        share = np.float32(elapsed / self._seconds)
        return (1 - share) * self._from + share * self._to

    def _row(self, controls: Controls) -> np.ndarray:
        blended = sum(share * self._rows[name] for name, share in controls.mixture.items())
        return self.style.row(np.asarray(blended, np.float32), strength=controls.strength)

    def _cue(self, number: Any, *, stored: bool = False) -> int:
        if isinstance(number, bool) or not isinstance(number, int) or number not in CUES:
            raise InputError(f"cue {number!r:.20}: there are the cues 1 to 9")
        if stored and number not in self._cues:
            raise InputError(f"the cue {number} is empty: store one there first")
        return number

    def _tell(self) -> None:
        for listener in list(self.listeners):
            listener()
