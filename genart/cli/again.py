"""``genart again``: a work made anew from the recipe in its file."""

from pathlib import Path
from typing import Any

import click

from genart.cli.harmonize import DEFAULTS, asked, given
from genart.cli.output import common
from genart.cli.works import deliver, saved
from genart.families.again import again
from genart.music import formats
from genart.recipe import read_recipe


@click.command()
@click.argument("file")
@click.option("--input", metavar="SONG", help="What FILE was made from, where it does not lie beside it.")
@asked(defaults=False)
@saved
@common
def command(file: str, input: str | None, out: tuple[str, ...], force: bool, recipe: bool, **options: Any) -> None:
    """Make FILE anew, from the recipe that genart wrote into it, or with some of it changed.

    The song is looked for beside FILE and has to be the very same. Options stand as they were when FILE was made,
    whatever their defaults; --model only says where the model is.

    Without -o the result is saved beside FILE as FILE-again, then FILE-again-2 ..., in the same format.
    """
    made = read_recipe(file)  # what is wrong with FILE is said before what is wrong with a name beside it
    if made is not None and made.verb == "stylize":
        from genart.cli.stylize import paint_again

        return paint_again(file, input=input, out=out, force=force, recipe=recipe, **given(options))
    if made is not None and made.verb.startswith("gan "):
        from genart.cli.gan import again as gan_again

        return gan_again(file, input=input, out=out, force=force, recipe=recipe, **given(options))
    drawn = {name: made.parameters[name] for name in formats.DRAWN if made and name in made.parameters}
    path = Path(file)
    deliver(
        lambda: again(file, input=input, **given(options)),
        n=options["n"] or DEFAULTS["n"],
        out=out,
        default=path.with_stem(f"{path.stem}-again"),
        force=force,
        recipe=recipe,
        **drawn,
    )
