"""Tunes from ABC files."""

import re
from collections.abc import Iterator

from genart.errors import InputError
from genart.music.tunes.abc_fields import key_of, meter_of, unit_of, usual_unit
from genart.music.tunes.abc_music import measures
from genart.music.tunes.sections import sections
from genart.music.tunes.tune import LeftOut, Tune, bar_of, kind_of

FIELD = re.compile(r"([A-Za-z+]):(?![|:])\s*(.*)")
INLINE = "KMLV"  # fields that change the music


def parse(text: str, *, source: str = "") -> tuple[list[Tune], list[LeftOut]]:
    """The tunes in the text of an ABC file, and those that cannot be read, with reasons.

    Left out are tunes without notes, without a key, with a key or meter that cannot be read, or with more than one
    meter. Fields before the first tune hold for all. The kind is that of the field R:, or else one in the title.

    Parameters
    ----------
    text
        Any number of tunes, each from a line `X:` to an empty line.
    source
        What the tunes will be said to come from.
    """
    tunes: list[Tune] = []
    left_out: list[LeftOut] = []
    for common, lines in _blocks(text):
        header, music = _header(lines)
        fields = {**common, **header}
        digits = re.match(r"\d{1,9}", fields.get("X", ""))
        number, title = int(digits[0]) if digits else 0, fields.get("T", "")
        try:
            tunes.append(_tune(fields, music, source=source, number=number, title=title))
        except InputError as error:
            left_out.append(LeftOut(source=source, number=number, title=title, reason=str(error)))
    return tunes, left_out


def _tune(fields: dict[str, str], music: str, *, source: str, number: int, title: str) -> Tune:
    if "K" not in fields:
        raise InputError("it has no key, a line K:")
    key = key_of(fields["K"])
    meter = meter_of(fields.get("M", ""))
    unit = unit_of(fields["L"]) if fields.get("L") else usual_unit(meter)
    bars = measures(music, key=key, meter=meter, unit=unit)
    meters = {each.meter: None for each in bars if each.sounds}
    if len(meters) > 1:
        raise InputError(f"its meter changes: {', '.join(f'{top}/{bottom}' for top, bottom in meters)}")
    meter = next(iter(meters), meter)
    parts, form = sections(bars, bar=bar_of(meter))
    if not parts:
        raise InputError("it has no notes")
    return Tune(
        sections=parts,
        form=form,
        meter=meter,
        tonic=key.tonic,
        mode=key.mode,
        kind=kind_of(fields.get("R") or title),
        title=title,
        source=source,
        number=number,
    )


def _blocks(text: str) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Of each tune, the fields of the file that hold for it too, and its lines."""
    common: dict[str, str] = {}
    lines: list[str] | None = None
    for raw in [*text.splitlines(), ""]:
        line = re.sub(r"(?<!\\)%.*", "", raw).strip()
        begins = line.startswith("X:")
        if lines is not None and (begins or not raw.strip()):
            yield common, lines
            lines = None
        if begins:
            lines = [line]
        elif lines is not None:
            lines.append(line)
        elif (match := FIELD.fullmatch(line)) and match[1] in "KLMR":
            common = {**common, match[1]: match[2].strip()}


def _header(lines: list[str]) -> tuple[dict[str, str], str]:
    """The fields before the music, the first of each, and the music, in which fields are put in brackets."""
    fields: dict[str, str] = {}
    rest = iter(lines)
    for line in rest:
        if match := FIELD.fullmatch(line):
            fields.setdefault(match[1], match[2].strip())
        if "K" in fields:
            break
    return fields, "\n".join(map(_line, rest))


def _line(line: str) -> str:
    match = FIELD.fullmatch(line)
    if match is None:
        return line
    return f"[{match[1]}:{match[2]}]" if match[1] in INLINE else ""
