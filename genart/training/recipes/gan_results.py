"""What a run of the GAN leaves on disk: sheets of pictures, and the bundle."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from genart.families.bundle import Bundle, Figure, TrainingData, write_bundle
from genart.families.gan import CRITIC, GENERATOR, Gan
from genart.image.picture import Picture
from genart.image.premultiplied import as_picture, on_white
from genart.nets.gan import GanConfig
from genart.show.sheet import contact_sheet
from genart.training.adversarial import Fought
from genart.training.gan import Advice, Textures, Whole
from genart.training.stretch import best_stretch, stretched

FEWEST = 50  # pictures below which distances to them tell little
MOST_COMPARED = 500  # pictures beside which samples are judged
SHOWN = 36  # pictures on a sheet
ABOUT = {
    "picture": "Makes pictures like those it was trained on, each from a seed.",
    "texture": "Paints textures of any size, like the pictures it was trained on, each from a seed.",
}


class Results:
    """What a run leaves on disk beside its state."""

    def __init__(
        self,
        out: Path,
        state: Path,
        *,
        source: Path,
        kind: str,
        looks: list[str],
        on_message: Callable[[str], None],
    ):
        self.out, self.state, self.source, self.kind, self.looks = out, state, source, kind, looks
        self.on_message, self.pictures = on_message, 0

    def reals(self, data: Whole | Textures) -> None:
        """Write reals.png."""
        self.pictures = len(data)
        path = self.state / "reals.png"
        if not path.exists():
            shown = data.batch(np.random.default_rng(0), min(SHOWN, max(len(data), 4)))
            _sheet(shown["pictures"]).save(path, force=True)
            self.on_message(f"{path} shows the pictures as the networks see them")

    def sheet(self, step: int, config: GanConfig, generator: Any, critic: Any, advice: Advice) -> None:
        """Write the sheet of a step and the bundle as it is; say what is worth worrying about."""
        path = self.state / f"sheet-{step:06}.png"
        _sheet(advice.samples).save(path, force=True)
        self.bundle(config, generator, critic, steps=step)
        self.on_message(f"step {step}: {path}")
        for sentence in advice.sentences:
            self.on_message(sentence)

    def last(self, data: Whole | Textures, config: GanConfig, trained: Fought) -> Bundle:
        """Write the bundle at the end of a run, of whole pictures with latents as far apart as they may be."""
        spent = [Figure(name="training time", value=round(trained.seconds), unit="s")]
        written = self.bundle(config, trained.generator, trained.critic, steps=trained.steps, figures=spent)
        if isinstance(data, Textures) or len(data) < FEWEST:
            return written
        by = best_stretch(Gan.read(written.folder), on_white(data.known(MOST_COMPARED)))
        if by > 1:
            self.on_message(f"latents are stretched by {by}: as like the pictures as without, and more various")
        spent.append(Figure(name="stretch of latents", value=by))
        generator = stretched(trained.generator, by)
        return self.bundle(config, generator, trained.critic, steps=trained.steps, figures=spent)

    def bundle(
        self, config: GanConfig, generator: Any, critic: Any, *, steps: int, figures: Sequence[Figure] = ()
    ) -> Bundle:
        """Write the bundle."""
        return write_bundle(
            self.out,
            family="gan",
            about=ABOUT[self.kind],
            network=dataclasses.asdict(config),
            codec={"classes": self.looks},
            weights={GENERATOR + name: np.asarray(value) for name, value in generator.items()}
            | {CRITIC + name: np.asarray(value) for name, value in critic.items()},
            data=[
                TrainingData(
                    name=self.source.resolve().name, license="see its source", note=f"{self.pictures:,} pictures"
                )
            ],
            figures=[Figure(name="training steps", value=steps), *figures],
            force=True,
        )


def _sheet(pictures: np.ndarray) -> Picture:
    side = max(pictures.shape[1:3])
    return contact_sheet([as_picture(values) for values in pictures], size=max(96, min(side, 128)))
