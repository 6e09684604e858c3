"""How the GAN is trained on an artist's folder: pictures, or crops that become textures."""

import dataclasses
import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genart.errors import InputError
from genart.families.bundle import FACTS, Bundle, read_bundle
from genart.families.gan import CRITIC, GENERATOR, Gan, part
from genart.families.registry import find, load
from genart.families.sizes import parsed
from genart.files import refuse_existing
from genart.image.collection import Collection, collect
from genart.image.folder import pictures_in, read_all
from genart.image.picture import Picture
from genart.nets.gan import GanConfig
from genart.nets.loss_network import LossNetwork
from genart.training import adversarial, loop, schedule
from genart.training.checkpoint import same_run
from genart.training.gan import GanDuel, GanTraining, Textures, Whole, map_channels
from genart.training.recipes.gan_results import Results

KINDS = ("picture", "texture")
SIZES = (32, 64, 128, 256)  # of the shorter side
FEWEST = 3  # different pictures, one of which is kept aside
FEW = 50  # pictures below which a net of pictures learns little
ENOUGH = 6000  # steps that `auto` wants the budget to buy
MOST_LOOKS = 64  # textures of more pictures than this cannot be asked for one by one
REFINED = 48  # channels that go over what is drawn
TINY = (16, 16, 16, 16, 16)


def train_gan(
    source: str | Path,
    *,
    out: str | Path | None = None,
    kind: str = "picture",
    size: str | int = "auto",
    fit: str = "crop",
    mirror: bool = False,
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
    begin: str | Path | None = None,
    new: bool = False,
    on_status: Callable[[loop.Status], None] = lambda status: None,
    on_message: Callable[[str], None] = lambda message: None,
) -> Bundle:
    """Train on a folder and write a bundle; the same call goes on where a killed one stopped.

    Beside the bundle, OUT-training holds the state, reals.png (the pictures as the networks see them) and a sheet of
    samples from the same latents every few hundred steps. The bundle is there from the first sheet on.

    Parameters
    ----------
    source : a folder, file or pattern of pictures
    out : folder of the bundle; by default FOLDER-gan in the current folder
    kind : "picture", or "texture", which learns crops of one or a few pictures and then paints any size
    size : pixels of the shorter side, 32, 64, 128 or 256; or "64x96", width and height; "auto" takes the largest of
        which the budget buys 6,000 steps
    fit : see :func:`genart.image.collection.fitted`
    mirror : whether half of the pictures are shown mirrored
    budget, steps : length of the run over all sittings, in seconds or in steps; one of the two
    seed : of the first weights, the batches and the latents
    preset : "standard", or "tiny" for networks that show in seconds how all this works
    begin : a GAN to start from, of the same size
    new : begin anew, even where a run could go on
    on_status : called every ten steps
    on_message : called with sentences: what was found, what the budget buys, what to worry about

    Raises
    ------
    InputError
        The pictures cannot be used, an option does not fit, or `out` exists and was not trained here.
    """
    if kind not in KINDS or preset not in ("standard", "tiny"):
        raise InputError(f"kind {kind!r}, preset {preset!r}: a kind is picture or texture, a preset standard or tiny")
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(f"{Path(source).resolve().name}-gan" if out is None else out)
    state = out.with_name(f"{out.name}-training")
    if new:
        _forget(out, state)
    elif not state.exists():
        refuse_existing(out)
    known = state.exists()
    try:
        folder = _Folder(source, state, kind=kind, fit=fit, mirror=mirror, on_message=on_message)
        training = GanTraining(seed=seed, batch=8) if preset == "tiny" else GanTraining(seed=seed)
        config = folder.config(size, span=span, training=training, preset=preset, begin=begin)
        same_run(state, {"network": dataclasses.asdict(config), "training": dataclasses.asdict(training), "fit": fit})
        data = folder.data(config)
        first = None if begin is None else _begun(begin, config)
    except InputError:
        if not known:
            shutil.rmtree(state, ignore_errors=True)
        raise
    results = Results(out, state, source=Path(source), kind=kind, looks=folder.looks(config), on_message=on_message)
    features = folder.features if config.maps else None
    duel = GanDuel(data, config=config, training=training, features=features, begin=first, on_watch=results.sheet)
    results.reals(data)
    settings = adversarial.DuelConfig(seed=seed, penalty_every=training.penalty_every)
    trained = adversarial.train(duel, state, span, config=settings, on_status=on_status, on_message=on_message)
    return results.last(data, config, trained)


class _Folder:
    """What an artist's folder holds, in the sizes that are asked for."""

    def __init__(
        self, source: str | Path, state: Path, *, kind: str, fit: str, mirror: bool, on_message: Callable[[str], None]
    ):
        self.source, self.state, self.kind, self.fit, self.mirror = source, state, kind, fit, mirror
        self.on_message = on_message
        self.files = pictures_in(source, recursive=True)
        if kind == "texture":
            self._texture_pictures = self._read()
            self._transparent = any(picture.alpha is not None for picture in self._texture_pictures.values())

    @functools.cached_property
    def features(self) -> LossNetwork:
        """What critics of pictures look through."""
        return load("features").network

    def config(
        self, size: str | int, *, span: schedule.Span, training: GanTraining, preset: str, begin: str | Path | None
    ) -> GanConfig:
        """The network's sizes; of an earlier sitting where the size is not given."""
        if begin is not None:
            theirs = Gan.read(find(begin)).config
            if size == "auto":
                return theirs
            return dataclasses.replace(self._of(*_size(size), preset), maps=theirs.maps, refined=theirs.refined)
        if size == "auto" and (noted := self.state / "pictures-size.txt").exists():
            size = noted.read_text(encoding="utf-8")
        if size != "auto":
            width, height = _size(size)
            return self._of(width, height, preset)
        smallest = self._of(SIZES[0], SIZES[0], preset)
        features = self.features if smallest.maps else None
        duel = GanDuel(self.data(smallest), config=smallest, training=training, features=features)
        seconds = adversarial.pace(duel, config=adversarial.DuelConfig())
        buys = {side: _steps(side, smallest, seconds, span) for side in SIZES}
        self.on_message("this buys " + "; ".join(f"{side} px: about {count:,} steps" for side, count in buys.items()))
        side = max((side for side, count in buys.items() if count >= ENOUGH), default=SIZES[0])
        self.on_message(f"{side} x {side} pixels are taken; --size chooses another size")
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "pictures-size.txt").write_text(str(side), encoding="utf-8")
        return self._of(side, side, preset)

    def data(self, config: GanConfig) -> Whole | Textures:
        """What batches are drawn from."""
        if self.kind == "texture":
            return Textures(
                list(self._texture_pictures.values()), size=(config.height, config.width), channels=config.channels
            )
        return Whole(self._collected(config.width, config.height), channels=config.channels, mirror=self.mirror)

    def looks(self, config: GanConfig) -> list[str]:
        """Names of the classes."""
        return list(self._texture_pictures) if config.classes else []

    def _of(self, width: int, height: int, preset: str) -> GanConfig:
        more: dict[str, Any] = {"widths": TINY, "latent": 16}
        if preset != "tiny":
            more = {"maps": map_channels(self.features), "refined": refined_channels(height, width)}
        if self.kind == "texture":
            count = len(self._texture_pictures)
            more |= {"local": 16, "waves": 4, "classes": count if 1 < count <= MOST_LOOKS else 0}
            channels = 4 if self._transparent else 3
        else:
            channels = 4 if self._collected(width, height).transparent else 3
        return GanConfig(height=height, width=width, channels=channels, **more)

    def _collected(self, width: int, height: int) -> Collection:
        where = self.state / f"pictures-{width}x{height}-{self.fit}"
        known = where.exists()
        found = collect([self.source], where, size=(width, height), fit=self.fit)
        if not known:
            self._told(found.broken)
        number = len(found.names)
        if (distinct := number - found.copies) < FEWEST:
            raise InputError(
                f"{self.source} holds {distinct} different picture{'s' * (distinct > 1)}, and a net of pictures takes "
                f"{FEWEST} or more: --kind texture learns from a single one"
            )
        if not known:
            self.on_message(f"{number:,} pictures, {len(found.aside):,} of them kept aside")
            if found.copies:
                self.on_message(f"copies of others among them: {found.copies:,}")
            if found.plain:
                self.on_message(f"pictures of one color among them: {found.plain:,}")
            if number < FEW:
                self.on_message(
                    f"{number} pictures are few: expect them again with small changes; --kind texture makes more of "
                    "one or a few pictures"
                )
        return found

    def _read(self) -> dict[str, Picture]:
        broken: list[tuple[str, str]] = []
        read = read_all(self.files, on_broken=lambda path, error: broken.append((path.name, str(error))))
        found = {path.stem: picture for path, picture in read}
        self._told(tuple(broken))
        if not found:
            raise InputError(f"none of the {len(self.files)} pictures can be read; the first: {broken[0][1]}")
        return found

    def _told(self, broken: tuple[tuple[str, str], ...]) -> None:
        for _, reason in broken[:10]:
            self.on_message(f"left out: {reason}")
        if len(broken) > 10:
            self.on_message(f"left out: {len(broken) - 10} more")


def refined_channels(height: int, width: int) -> int:
    """Channels of the layer that goes over pictures, of those with places of four pixels; smaller ones need none."""
    return REFINED if GanConfig(height=height, width=width).patch == 4 else 0


def _steps(side: int, known: GanConfig, seconds: float, span: schedule.Span) -> int:
    if span.steps is not None:
        return span.steps
    refined = refined_channels(side, side) if known.maps else 0
    relative = dataclasses.replace(known, height=side, width=side, refined=refined).work / known.work
    return int((span.seconds or 0) / (seconds * relative))


def _size(size: str | int) -> tuple[int, int]:
    """Width and height. Raises InputError where the networks cannot have them."""
    width, height = parsed(size)
    height = width if height is None else height
    short, long = min(width, height), max(width, height)
    if short not in SIZES or long % (short // 4):
        raise InputError(
            f"a size of {size}: the shorter side is one of {', '.join(map(str, SIZES))} pixels, the longer a multiple "
            "of a quarter of it"
        )
    return width, height


def _begun(begin: str | Path, config: GanConfig) -> dict[str, Any]:
    """The networks of a bundle. Raises InputError where they are of another size."""
    bundle = read_bundle(find(begin), family="gan")
    if GanConfig(**bundle.network) != config:
        theirs = GanConfig(**bundle.network)
        raise InputError(
            f"{bundle.name} makes {theirs.width} x {theirs.height} pixels of {theirs.channels} channels and cannot be "
            f"gone on from for {config.width} x {config.height} of {config.channels}; leave --from or --size out"
        )
    return {"generator": part(bundle, GENERATOR), "critic": part(bundle, CRITIC)}


def _forget(out: Path, state: Path) -> None:
    """Remove an earlier run, and nothing else."""
    if (out / FACTS).is_file() or not out.exists():
        for folder in (out, state):
            if folder.exists():
                shutil.rmtree(folder)
    else:
        raise InputError(f"{out} exists and is not a model; name another folder with --out")
