"""The list of takes that models and verbs return."""

import dataclasses
import html
import os
from collections.abc import Iterable
from pathlib import Path

from genart.errors import InputError
from genart.music.score import Score


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a take beside its notes."""

    seed: int  # gives this very take again, with n=1
    log_likelihood: float  # nats a drawn cell, at most 0
    faults: str  # "2 parallel fifths: bars 3, 7" or "no parallels"


class Takes(list[Score]):
    """Takes, best first: a list of scores that can be saved together and shows itself in a notebook.

    Attributes
    ----------
    facts : Facts of each take; none of one that was written down, not drawn
    understood : one line on what the song was taken to be
    remarks : sentences on what was left out or changed in the model's copy
    """

    def __init__(self, takes: Iterable[Score], *, facts: Iterable[Facts], understood: str, remarks: Iterable[str] = ()):
        super().__init__(takes)
        self.facts = tuple(facts)
        self.understood = understood
        self.remarks = tuple(remarks)

    def __repr__(self) -> str:
        return (
            f"Takes({len(self)}: {self.understood}; "
            + "; ".join(f"seed {f.seed} · {f.faults}" for f in self.facts)
            + ")"
        )

    def save(self, pattern: str | os.PathLike[str], *, recipe: bool = True, force: bool = False) -> list[Path]:
        """Save each take under `pattern`, in which {i} stands for its number from 1 ("out/{i}.mid").

        Folders are made. Returns the paths written.

        Raises
        ------
        InputError
            If several takes have no {i} to tell them apart, or a file exists and `force` is not set.
        """
        text = os.fspath(pattern)
        if len(self) > 1 and "{i}" not in text:
            raise InputError(f"{len(self)} takes cannot all be saved as {text}; put {{i}} into the name")
        paths = [Path(text.replace("{i}", str(number))) for number in range(1, len(self) + 1)]
        for path, take in zip(paths, self, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            take.save(path, recipe=recipe, force=force)
        return paths

    def _repr_html_(self) -> str:
        from genart import show

        captions = [f"seed {fact.seed} · {fact.faults}" for fact in self.facts]
        return f"<p>{html.escape(self.understood)}</p>" + show.cards(self, captions=captions)
