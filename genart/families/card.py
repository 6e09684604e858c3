"""Model cards: the README.md of a bundle, made from the facts in its model.json."""

from collections.abc import Mapping
from typing import Any


def card(name: str, facts: Mapping[str, Any]) -> str:
    """The card of a model as Markdown.

    Parameters
    ----------
    name : the model's
    facts : what ``model.json`` holds; see :mod:`genart.families.bundle`
    """
    title, _, text = facts["about"].strip().partition("\n")
    parts = [f"# {name}", title.strip(), text.strip(), _facts(facts), _figures(facts["figures"]), _data(facts["data"])]
    return "\n\n".join(part for part in parts if part) + "\n"


def measured(figure: Mapping[str, Any]) -> str:
    """Value, standard error and unit: "0.453 ± 0.012 nats per note"."""
    error = "" if figure["error"] is None else f" ± {figure['error']:.3g}"
    return f"{figure['value']:.4g}{error} {figure['unit']}".rstrip()


def _facts(facts: Mapping[str, Any]) -> str:
    rows = [
        ("family", facts["family"]),
        ("parameters", f"{facts['parameters']:,}"),
        ("network", _settings(facts["network"])),
        ("codec", _settings(facts["codec"])),
        ("license of the weights", facts["license"]),
        ("sha256 of the weights", f"`{facts['sha256']}`"),
        ("written by", f"genart {facts['genart']}"),
    ]
    return _table(("", ""), rows)


def _figures(figures: list[dict[str, Any]]) -> str:
    rows = [
        (figure["name"], measured(figure), f"`{figure['command']}`" if figure["command"] else "") for figure in figures
    ]
    return "## Figures\n\n" + _table(("figure", "value", "given by"), rows) if rows else ""


def _data(data: list[dict[str, Any]]) -> str:
    rows = [(item["name"], item["license"], item["source"], item["note"]) for item in data]
    return "## Trained on\n\n" + _table(("data", "license", "source", "note"), rows) if rows else ""


def _settings(config: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in config.items())


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
