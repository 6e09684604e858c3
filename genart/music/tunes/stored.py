"""Tunes as plain JSON, and a cache of what takes long to read."""

import json
from collections.abc import Callable
from typing import Any

from genart.errors import InputError
from genart.files import atomic
from genart.folders import cache_folder
from genart.music.tunes.tune import LeftOut, Section, Tune

VERSION = 1  # of the file and of how tunes are read; raise it when either changes
FACTS = ("tonic", "mode", "kind", "form", "title", "source", "number")


def kept(name: str, read: Callable[[], tuple[list[Tune], list[LeftOut]]]) -> tuple[list[Tune], list[LeftOut]]:
    """What the file of that name in the cache folder holds, or, where there is none that can be read, what is read now.

    Where the cache folder cannot be written, the tunes are only returned.
    """
    path = cache_folder() / "tunes" / name
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return [from_record(each) for each in held["tunes"]], [LeftOut(**each) for each in held["left_out"]]
    except (OSError, ValueError, KeyError, TypeError, InputError):
        pass
    tunes, left_out = read()
    reasons = [{name: getattr(each, name) for name in LeftOut.__slots__} for each in left_out]
    text = json.dumps({"tunes": [to_record(tune) for tune in tunes], "left_out": reasons}, separators=(",", ":"))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with atomic(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    except (OSError, InputError):
        pass
    return tunes, left_out


def to_record(tune: Tune) -> dict[str, Any]:
    """The tune as what JSON can hold; the notes of a section are one flat list of onset, duration, pitch."""
    sections = [
        {
            "notes": [number for note in section.notes for number in note],
            "length": section.length,
            "pickup": section.pickup,
            "breaks": list(section.breaks),
        }
        for section in tune.sections
    ]
    return {"sections": sections, "meter": list(tune.meter), **{name: getattr(tune, name) for name in FACTS}}


def from_record(record: dict[str, Any]) -> Tune:
    """The tune of a record. Raises KeyError, TypeError, ValueError or InputError if it is none."""
    sections = []
    for each in record["sections"]:
        numbers = iter(each["notes"])
        notes = tuple(zip(numbers, numbers, numbers, strict=True))
        sections.append(
            Section(notes=notes, length=each["length"], pickup=each["pickup"], breaks=tuple(each["breaks"]))
        )
    top, bottom = record["meter"]
    return Tune(sections=tuple(sections), meter=(top, bottom), **{name: record[name] for name in FACTS})
