"""The log of a run: metrics.jsonl always, TensorBoard event files when tensorboardX is there."""

import importlib.util
import json
from pathlib import Path


class MetricsLog:
    """Appends records to `folder/metrics.jsonl`, one JSON object a line, each with its "step".

    Lines from steps after `step` are dropped first: they belong to work that a resumed run does again.
    """

    def __init__(self, folder: Path, *, step: int):
        path = folder / "metrics.jsonl"
        if path.exists():
            lines = [line for line in path.read_text().splitlines() if _step(line) <= step]
            path.write_text("".join(line + "\n" for line in lines))
        self._file = path.open("a")
        self._events = None
        if importlib.util.find_spec("tensorboardX"):
            from tensorboardX import SummaryWriter

            self._events = SummaryWriter(str(folder / "events"), purge_step=step + 1)

    def write(self, step: int, **values: float) -> None:
        """Record the values of a step."""
        self._file.write(json.dumps({"step": step, **values}) + "\n")
        self._file.flush()
        if self._events:
            for name, value in values.items():
                self._events.add_scalar(name, value, step)

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._events:
            self._events.close()


def _step(line: str) -> float:
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError):  # a line cut short by a kill
        return float("inf")
