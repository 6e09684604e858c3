"""How the style net is trained: crops of photographs, painted in random styles and strengths."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from genart.errors import InputError
from genart.families.bundle import Bundle, Figure, TrainingData, write_bundle
from genart.families.registry import find
from genart.families.style import Style
from genart.files import refuse_existing
from genart.image.folder import pictures_in
from genart.image.picture import Picture
from genart.nets import style_loss
from genart.nets.flat import flat_params, with_flat
from genart.nets.style_loss import CONTENT_WEIGHT, MARGIN, STYLE_WEIGHT, border_strips, content_loss, statistics, window
from genart.nets.stylizer import PLAIN, Stylizer, StylizerConfig, first_rows, hold_plain
from genart.training import loop, schedule
from genart.training.checkpoint import same_run

PRESETS = {"standard": StylizerConfig, "tiny": StylizerConfig.tiny}
PAINTING_SIDE = 384  # pixels of a painting's shorter side when its strokes are measured
ABOUT = "Paints pictures and films in the styles of its table, in one pass."
KEPT = 2000  # decoded photographs held in memory
LossNetwork = Callable[..., dict[str, jax.Array]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class StyleTraining:
    """Training choices that are not the network's."""

    batch: int = 2
    side: int = 256  # pixels of a crop; seen in less, statistics scatter, and the net learns what suits small pictures
    stability: float = 5.0  # weight of the squared difference between a picture and its shifted, noisy copy
    shift: int = 8  # the copy's largest shift in pixels, each way
    noise: float = 0.03  # the copy's largest noise, standard deviation of values 0..1
    border: float = 0.01  # weight of what sets strokes along borders apart from those where the picture goes on
    partly: float = 0.125  # share of crops that are painted with a strength between 0 and 1
    seed: int = 0


def window_corners(count: int, *, rng: np.random.Generator) -> np.ndarray:
    """Corners of windows, int32 [count, 2] of 0..32: at either border as often as anywhere between.

    Were all places alike, what lies at a border would hardly count, and be left unpainted.
    """
    between = rng.integers(0, 2 * MARGIN + 1, (count, 2))
    corners = np.stack([np.zeros_like(between), between, np.full_like(between, 2 * MARGIN)])
    return np.choose(rng.integers(0, 3, (count, 2)), corners).astype(np.int32)


class Photographs:
    """Crops of pictures, or of picture files, which are decoded once where memory allows."""

    def __init__(self, pictures: Sequence[Path] | Sequence[Picture], *, side: int):
        self._pictures, self._side = pictures, side
        self._kept: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._pictures)

    def crop(self, index: int, side: int, *, rng: np.random.Generator) -> np.ndarray:
        """uint8 [side, side, 3] from a random place, at a random size, mirrored half the time."""
        pixels = self._pixels(index)
        short = min(pixels.shape[:2])
        wide = int(rng.integers(min(side, short), short + 1))
        top, left = (int(rng.integers(0, length - wide + 1)) for length in pixels.shape[:2])
        piece = Picture.of(pixels[top : top + wide, left : left + wide]).resized(size=(side, side)).pixels
        return piece[:, ::-1] if rng.random() < 0.5 else piece

    def _pixels(self, index: int) -> np.ndarray:
        if index in self._kept:
            return self._kept[index]
        given = self._pictures[index]
        picture = given if isinstance(given, Picture) else Picture.read(given)
        short = min(max(min(picture.size), self._side), 2 * self._side)
        pixels = picture.resized(short=short).pixels
        if len(self._kept) < KEPT:
            self._kept[index] = pixels
        return pixels


def held_out(file: Path) -> str:
    """The split a photograph belongs to, by a hash of its name: "train", "valid" (5 %) or "test" (5 %)."""
    place = int(hashlib.sha256(file.name.encode()).hexdigest(), 16) % 20
    return {0: "valid", 1: "test"}.get(place, "train")


class StyleTask:
    """Batches, loss and validation of the style net, as :class:`genart.training.loop.Task`.

    Parameters
    ----------
    photographs, held_out : files to train on, and others for validation
    paintings : one a style, in the order of the table's rows 1, 2 ...
    features : a loss network's call, pictures [N, H, W, 3] -> maps by layer
    begin : weights to start from, instead of fresh ones
    """

    peak_rate = 2e-3

    def __init__(
        self,
        photographs: Sequence[Path],
        held_out: Sequence[Path],
        paintings: Sequence[Picture],
        *,
        features: LossNetwork,
        config: StylizerConfig,
        training: StyleTraining,
        begin: Mapping[str, np.ndarray] | None = None,
    ):
        self.config, self.training, self.features, self._begin = config, training, features, begin or {}
        self._photographs = Photographs(photographs, side=training.side + 2 * training.shift)
        abstract = nnx.eval_shape(lambda: Stylizer(config, rngs=nnx.Rngs(0)))
        self._graph, self._abstract = nnx.split(abstract, nnx.Param)
        measured = [painting_statistics(features, painting) for painting in paintings]
        self._wanted = jax.tree.map(lambda *each: jnp.concatenate(each), *measured)
        self._valid_terms = jax.jit(self._terms)
        self._held_out = self._validation(Photographs(held_out, side=training.side))

    def init(self) -> dict[str, jax.Array]:
        """The weights before training, by name."""
        network = Stylizer(self.config, rngs=nnx.Rngs(self.training.seed))
        given = {name: jnp.asarray(value, jnp.float32) for name, value in self._begin.items()}
        return flat_params(nnx.state(network, nnx.Param)) | given

    def batch(self, step: int) -> dict[str, np.ndarray]:
        """Crops, shifted and noisy copies of the first half of them, styles and strengths; the same for each step."""
        t = self.training
        rng = np.random.default_rng((t.seed, step))
        wide = t.side + 2 * t.shift
        chosen = rng.integers(0, len(self._photographs), t.batch)
        crops = np.stack([self._photographs.crop(int(index), wide, rng=rng) for index in chosen]) / np.float32(255)
        middle = slice(t.shift, t.shift + t.side)
        moves = rng.integers(-t.shift, t.shift + 1, (t.batch // 2, 2))
        copies = [
            crop[t.shift + down : t.shift + down + t.side, t.shift + across : t.shift + across + t.side]
            for crop, (down, across) in zip(crops, moves, strict=False)
        ]
        noise = rng.standard_normal((t.batch // 2, t.side, t.side, 3), np.float32) * rng.uniform(
            0, t.noise, (t.batch // 2, 1, 1, 1)
        )
        whole = rng.random(t.batch) >= t.partly
        return {
            "pictures": crops[:, middle, middle].astype(np.float32),
            "copies": (np.stack(copies) + noise).astype(np.float32),
            "moves": moves.astype(np.int32),
            "styles": rng.integers(1, self.config.styles + 1, t.batch).astype(np.int32),
            "strengths": np.where(whole, 1, rng.random(t.batch)).astype(np.float32),
            "corners": window_corners(t.batch, rng=rng),
        }

    def loss(self, params: dict[str, jax.Array], batch: dict[str, Any], key: jax.Array | None) -> jax.Array:
        """Style, content, stability and borders, a scalar."""
        t, network, rows = self.training, self._network(params), self._rows(params, batch)
        painted, moments = network.with_border(batch["pictures"], rows)
        style, content = self._seen(painted, batch)
        half = len(batch["moves"])
        copies, _ = network.with_border(batch["copies"], rows[:half])
        apart = sum(_apart(painted[i], copies[i], batch["moves"][i], t.shift) for i in range(half)) / half
        middle = slice(t.side // 4, -t.side // 4)
        inner = batch["pictures"][:half, middle, middle]
        cut, _ = network.with_border(inner, rows[:half], memory=jax.lax.stop_gradient(moments[:half]))
        border = self._border(cut, painted[:half, middle, middle])
        return jnp.mean(STYLE_WEIGHT * style + CONTENT_WEIGHT * content) + t.stability * apart + t.border * border

    def validate(self, params: dict[str, jax.Array]) -> dict[str, float]:
        """Style and content loss, and their weighted sum ("loss"), on photographs kept aside, every style as often."""
        terms = [self._valid_terms(params, batch) for batch in self._held_out]
        style, content = (float(np.mean([term[i] for term in terms])) for i in (0, 1))
        return {"style": style, "content": content, "loss": STYLE_WEIGHT * style + CONTENT_WEIGHT * content}

    def _network(self, params: dict[str, jax.Array]) -> Stylizer:
        return nnx.merge(self._graph, with_flat(self._abstract, params))

    def _rows(self, params: dict[str, jax.Array], batch: dict[str, Any]) -> jax.Array:
        table = hold_plain(params["rows"])
        strength = batch["strengths"][:, None]
        return (1 - strength) * table[PLAIN] + strength * table[batch["styles"]]

    def _terms(self, params: dict[str, jax.Array], batch: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
        painted, _ = self._network(params).with_border(batch["pictures"], self._rows(params, batch))
        return self._seen(painted, batch)

    def _seen(self, painted: jax.Array, batch: dict[str, Any]) -> tuple[jax.Array, jax.Array]:
        """The style and content loss of each painted picture.

        At a strength of a half the statistics half way between the photograph's and the painting's are wanted.
        """
        seen = jax.tree.map(jax.lax.stop_gradient, self.features(window(batch["pictures"], batch["corners"])))
        found = self.features(window(painted, batch["corners"]))
        target = jax.tree.map(lambda of: of[batch["styles"] - 1], self._wanted)
        target = style_loss.between(statistics(seen), target, batch["strengths"])
        return style_loss.style_loss(statistics(found), target), content_loss(found, seen)

    def _border(self, cut: jax.Array, whole: jax.Array) -> jax.Array:
        """How far the style along borders of what was cut, then painted is from that of what was painted, then cut.

        The other losses let the net know borders by what is mirrored there, and paint along them what statistics lack.
        """
        found, wanted = (_means(statistics(self.features(border_strips(pictures)))) for pictures in (cut, whole))
        return jnp.mean(style_loss.style_loss(found, jax.tree.map(jax.lax.stop_gradient, wanted)))

    def _validation(self, photographs: Photographs) -> list[dict[str, np.ndarray]]:
        t, batches = self.training, []
        rng = np.random.default_rng(0)
        for first in range(0, max(24, self.config.styles), t.batch):
            places = np.arange(first, first + t.batch)
            pictures = np.stack([photographs.crop(int(i) % len(photographs), t.side, rng=rng) for i in places])
            batches.append(
                {
                    "pictures": (pictures / 255).astype(np.float32),
                    "styles": (places % self.config.styles + 1).astype(np.int32),
                    "strengths": np.ones(t.batch, np.float32),
                    "corners": np.full((t.batch, 2), MARGIN, np.int32),
                }
            )
        return batches


def painting_statistics(features: LossNetwork, painting: Picture) -> style_loss.Statistics:
    """What a painting's style is, its shorter side at 384 pixels: means [1, C] and covariances [1, C, C] by layer."""
    pixels = painting.over((255, 255, 255)).resized(short=PAINTING_SIDE).floats()
    return statistics(features(jnp.asarray(pixels[None])))


def _apart(painted: jax.Array, copy: jax.Array, move: jax.Array, shift: int) -> jax.Array:
    """Mean squared difference where a picture and its copy, seen from `move` pixels further, show the same."""
    side = painted.shape[0] - 2 * shift
    seen = jax.lax.dynamic_slice(copy, (shift - move[0], shift - move[1], 0), (side, side, 3))
    return jnp.mean(jnp.square(painted[shift : shift + side, shift : shift + side] - seen))


def _means(of: style_loss.Statistics) -> style_loss.Statistics:
    """Over all strips: how strokes go on beyond one border nobody knows, but not how strong they are."""
    return jax.tree.map(lambda each: each.mean(0, keepdims=True), of)


def train_style(
    paintings: Sequence[str | Path],
    *,
    content: str | Path,
    features: str | Path | None = None,
    out: str | Path = "style-mine",
    budget: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    preset: str = "standard",
    stability: float = StyleTraining.stability,
    begin: str | Path | None = None,
    on_status: Callable[[loop.Status], None] = lambda status: None,
) -> Bundle:
    """Train the net and its table of styles, and write its bundle; the same call goes on where a killed one stopped.

    Parameters
    ----------
    paintings : picture files, folders or globs; a style is named as its file
    content : folder of photographs; a tenth of them is kept aside for validation and for the final figures
    features : SqueezeNet 1.0 as safetensors; by default the loss network that genart ships
    out : folder of the bundle; the training state lies beside it in OUT-training
    budget, steps : length of the run over all sittings, in seconds or in steps; one of the two
    seed : of the first weights and the batches
    preset : "standard", or "tiny" for a network that shows in seconds how all this works
    stability : weight of the loss that keeps films from flickering; 0 leaves it out
    begin : a style model to start from, by name or folder; what it knows of the paintings' styles is kept
    on_status : called every ten steps

    Raises
    ------
    InputError
        A file cannot be read, an option does not fit, or `out` exists and was not trained here.
    """
    if preset not in PRESETS:
        raise InputError(f"preset {preset!r}: it is one of {', '.join(PRESETS)}")
    files = pictures_in(*paintings)
    names = style_names(files)
    photographs = pictures_in(content)
    kept_aside = [file for file in photographs if held_out(file) == "valid"] or photographs[:1]
    training_files = [file for file in photographs if held_out(file) == "train" and file not in kept_aside]
    if not training_files:
        raise InputError(f"{content} holds {len(photographs)} photographs: too few to train on; give 100 or more.")
    first = None if begin is None else Style.read(find(begin))
    config = PRESETS[preset]() if first is None else first.config
    config = dataclasses.replace(config, styles=len(files))
    training = StyleTraining(seed=seed, stability=stability)
    span = schedule.Span(steps=steps, seconds=budget)
    out = Path(out)
    state = out.with_name(f"{out.name}-training")
    if not state.exists():
        refuse_existing(out)
    choices = {"network": dataclasses.asdict(config), "training": dataclasses.asdict(training), "styles": list(names)}
    same_run(state, choices | ({} if first is None else {"begin": first.bundle.sha256}))
    task = StyleTask(
        training_files,
        kept_aside,
        [Picture.read(file) for file in files],
        features=loss_network(features),
        config=config,
        training=training,
        begin=None if first is None else _weights(first, config, names),
    )
    settings = loop.LoopConfig(seed=seed, weight_decay=0.0, validate_every=500, muon=True)
    trained = loop.train(task, state, span, config=settings, on_status=on_status)
    weights = trained.weights | {"rows": np.asarray(hold_plain(jnp.asarray(trained.weights["rows"])))}
    return write_bundle(
        out,
        family="style",
        about=ABOUT,
        network=dataclasses.asdict(config),
        codec={"styles": list(names)},
        weights=weights,
        data=[
            TrainingData(name=Path(content).name, license="see its source", note=f"{len(training_files)} photographs"),
            *(TrainingData(name=file.name, license="see its source", note="style") for file in files),
        ],
        figures=[
            Figure(name="style and content loss, photographs kept aside", value=trained.loss),
            Figure(name="training steps", value=trained.steps),
            Figure(name="training time", value=round(trained.seconds), unit="s"),
        ],
        kernels_in_8_bits=True,
        force=True,
    )


def _weights(style: Style, config: StylizerConfig, names: Sequence[str]) -> dict[str, np.ndarray]:
    """A model's weights, with a row for each name: the model's own, or that of no style yet."""
    rows = np.array(first_rows(config))
    for place, name in enumerate(names, 1):
        if name in style.names:
            rows[place] = style.row(name)
    return dict(style.bundle.weights) | {"rows": rows}


def loss_network(path: str | Path | None) -> LossNetwork:
    """A loss network's call up to the last layer that the loss needs: SqueezeNet of a file, or the shipped one."""
    if path is not None:
        from genart.nets.features import read_squeezenet

        network = read_squeezenet(path)
    else:
        from genart.families.registry import load

        network = load("features").network
    return lambda pictures: network(pictures, upto=style_loss.LAST_LAYER)


def style_names(files: Sequence[Path]) -> tuple[str, ...]:
    """Names of styles, as their files are named. Raises InputError where two are the same."""
    names = tuple(file.stem for file in files)
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two paintings are named {name}: a style is named as its file, so rename one")
    return names
