"""``genart models``: which models there are, and what one of them is."""

from dataclasses import asdict
from typing import Any

import click

from genart.cli.output import columns, common, emit
from genart.families.bundle import Bundle, read_bundle
from genart.families.card import measured
from genart.families.registry import find, models


@click.group(invoke_without_command=True)
@common
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the models that can be used by name."""
    if ctx.invoked_subcommand is not None:
        return
    entries = models()
    rows = [(entry.name, entry.family or "damaged", f"{entry.size / 1e6:.1f} MB", entry.about) for entry in entries]
    emit(
        {"models": [asdict(entry) for entry in entries]},
        lines=columns(rows, right=[2]) if rows else ["no models are installed"],
    )


@command.command()
@click.argument("model")
@common
def show(model: str) -> None:
    """Print the configuration, figures and parameters of MODEL: a name, a folder or a URL with its hash."""
    bundle = read_bundle(find(model))
    emit(_record(bundle), lines=_lines(bundle))


def _record(bundle: Bundle) -> dict[str, Any]:
    record = asdict(bundle)
    record["name"] = bundle.name
    record["weights"] = {name: list(array.shape) for name, array in bundle.weights.items()}
    return record


def _lines(bundle: Bundle) -> list[str]:
    facts = [
        ("name", bundle.name),
        ("family", bundle.family),
        ("folder", str(bundle.folder)),
        ("license", bundle.license),
        ("sha256", bundle.sha256),
        ("written by", f"genart {bundle.version}"),
        *((f"network {name}", str(value)) for name, value in bundle.network.items()),
        *((f"codec {name}", str(value)) for name, value in bundle.codec.items()),
        *(("trained on", f"{item.name} ({item.license})") for item in bundle.data),
        *((figure.name, measured(asdict(figure))) for figure in bundle.figures),
    ]
    weights = [(name, " x ".join(map(str, array.shape))) for name, array in bundle.weights.items()]
    return [
        bundle.about.strip(),
        "",
        *columns(facts),
        "",
        f"{bundle.parameters:,} parameters",
        *(f"  {line}" for line in (columns(weights) if weights else [])),
    ]
