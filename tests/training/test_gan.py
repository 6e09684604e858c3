"""The GAN's losses, its loop, and training on a folder from the command line."""

import functools
import json
import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner
from flax import nnx
from gan_models import drawn, write_pictures

from genart.cli.main import cli
from genart.errors import GenartError
from genart.families.bundle import read_bundle
from genart.image.picture import Picture
from genart.nets.gan import Critic, GanConfig, Generator
from genart.nets.loss_network import LossNetwork, LossNetworkConfig
from genart.sampling.latent import draw
from genart.training.adversarial import DuelConfig, train
from genart.training.augment import Augmentation, augmented
from genart.training.crowding import crowding
from genart.training.gan import GanDuel, GanTraining, map_channels, variety, worries
from genart.training.recipes import gan as recipe
from genart.training.schedule import Span

CONFIG = GanConfig(height=8, width=8, latent=8, widths=(8,))  # one layer: quick to compile


class Noise:
    """Batches of drawn pixels."""

    def __len__(self):
        return 4

    def batch(self, rng, n):
        return {"pictures": rng.standard_normal((n, 8, 8, 3)).astype(np.float32)}

    def known(self, n):
        return np.random.default_rng(1).uniform(-1, 1, (20, 16, 24, 4)).astype(np.float32)

    def aside(self, n):
        return None


@pytest.fixture(scope="module")
def duel():
    found = GanDuel(Noise(), config=CONFIG, training=GanTraining(batch=4))  # pyright: ignore[reportArgumentType]
    found.seen = lambda key, pictures: pictures  # type: ignore[method-assign]
    return found


@pytest.fixture(scope="module")
def pair():
    return {"generator": drawn(Generator, CONFIG), "critic": drawn(Critic, CONFIG)}


@pytest.mark.usefixtures("exact")
def test_one_way_back_gives_the_gradients_of_both_losses(duel, pair):
    batch, key = duel.batch(0), jax.random.key(5)
    latent = draw(jax.random.split(jax.random.split(key, 3)[0], 4), CONFIG)

    def leads(generator, critic):
        fakes = duel.generator(generator)(latent)
        return duel.judge(critic, batch["pictures"], None) - duel.judge(critic, fakes, None)

    def losses(generator, critic):
        one = jax.grad(lambda g: jax.nn.softplus(leads(g, critic)).mean())(generator)
        return one, jax.grad(lambda c: jax.nn.softplus(-leads(generator, c)).mean())(critic)

    generator, critic = jax.jit(losses)(pair["generator"], pair["critic"])
    found, loss = jax.jit(lambda p: duel.gradients(p, batch, key, jnp.zeros(()), penalized=False))(pair)
    assert float(loss) == pytest.approx(
        float(jax.nn.softplus(-leads(pair["generator"], pair["critic"])).mean()), rel=1e-4
    )
    for name, expected in (("generator", generator), ("critic", critic)):
        for weight, slope in expected.items():
            np.testing.assert_allclose(found[name][weight], slope, rtol=2e-3, atol=1e-3 * float(jnp.abs(slope).max()))


@pytest.fixture(scope="module")
def seeing():
    """Networks of two layers whose critic sees maps, and their weights."""
    network = LossNetwork(LossNetworkConfig.tiny(), rngs=nnx.Rngs(0))
    config = GanConfig(height=16, width=24, channels=4, latent=8, widths=(8, 8), maps=map_channels(network))
    found = GanDuel(Noise(), config=config, training=GanTraining(), features=network)  # pyright: ignore[reportArgumentType]
    return found, drawn(Critic, config)


@pytest.mark.usefixtures("exact")
def test_samples_nearer_to_each_other_than_pictures_are_pushed_apart(seeing, monkeypatch):
    duel, critic = seeing
    pair = {"generator": drawn(Generator, duel.config), "critic": critic}
    pictures = np.random.default_rng(0).uniform(-1, 1, (16, 16, 24, 4)).astype(np.float32)
    key, latent = jax.random.key(5), draw(jax.random.split(jax.random.split(jax.random.key(5), 3)[0], 16), duel.config)

    def found(weight):
        monkeypatch.setattr(duel, "training", GanTraining(crowding=weight))
        given = {"pictures": pictures}
        gradients = jax.jit(lambda p, share: duel.gradients(p, given, key, share, penalized=True)[0])
        return gradients(pair, jnp.float32(0.75))

    def crowded(generator):
        return crowding(duel._known_by(duel.generator(generator)(latent)), duel._wanted)

    with_, without = found(3.0), found(0.0)
    for name, slope in jax.jit(jax.grad(crowded))(pair["generator"]).items():
        more = with_["generator"][name] - without["generator"][name]
        least = 2e-2 * float(jnp.abs(slope).max()) + 1e-7
        np.testing.assert_allclose(more, 4 * 3.0 * 0.75 * slope, rtol=2e-3, atol=least)
    assert all(np.array_equal(with_["critic"][name], slope) for name, slope in without["critic"].items())
    assert float(crowded(pair["generator"])) > 0


def test_grain_does_not_tell_pictures_apart(seeing, monkeypatch):
    duel, _ = seeing
    monkeypatch.setattr(duel, "_maps", lambda pictures: (jnp.abs(pictures),))  # a network that sees any change
    grainy = np.where(np.indices((16, 24)).sum(0) % 2, 0.3, -0.3)[None, :, :, None].astype(np.float32)
    assert float(duel._known_by(grainy)[0, 0]) < 0.2 * 0.3  # at the borders, which are held, something is left
    broad = np.where(np.arange(24) // 8 % 2, 0.3, -0.3) * np.ones((1, 16, 1), np.float32)
    assert float(duel._known_by(broad[..., None])[0, 0]) > 0.7 * 0.3


@pytest.mark.usefixtures("exact")
def test_critics_see_maps_of_pictures_over_white(seeing):
    duel, critic = seeing
    assert duel.config.maps == (8, 8)  # two maps of four channels for each of two layers
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 16, 24, 4)).astype(np.float32)
    judge = jax.jit(lambda weights, seen: duel.judge(weights, seen, None))
    blind = {name: 0 * weight if name.startswith("look") else weight for name, weight in critic.items()}
    assert np.abs(judge(critic, pictures) - judge(blind, pictures)).min() > 1e-4
    # A color that is wholly transparent is seen as white, as which it is shown.
    first, second = (
        np.concatenate([np.full((1, 16, 24, 3), -1.0), np.full((1, 16, 24, 1), alpha)], -1, dtype=np.float32)
        for alpha in (-1.0, 1.0)
    )
    white, black = duel._maps(jnp.asarray(first)), duel._maps(jnp.asarray(second))
    network = LossNetwork(LossNetworkConfig.tiny(), rngs=nnx.Rngs(0))
    for shade, seen in ((1.0, white), (0.0, black)):
        found = network(jnp.full((1, 32, 48, 3), shade), upto="fire8")  # twice as large: a place is four pixels
        assert seen[0].shape == (1, 8, 12, 8) and seen[1].shape == (1, 4, 6, 8)
        np.testing.assert_allclose(seen[0][:, 1:-1, 1:-1, :4], 2 * found["fire3"], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(seen[1][:, 1:, 1:, 4:], 2 * found["fire8"], rtol=1e-4, atol=1e-5)


@pytest.mark.usefixtures("exact")
def test_the_penalty_reaches_through_the_maps(seeing):
    duel, critic = seeing
    pictures = np.random.default_rng(0).uniform(-1, 1, (4, 16, 24, 4)).astype(np.float32)

    def plain(flat):
        slopes = jax.grad(lambda seen: duel.judge(flat, seen, None).sum())(pictures)
        return duel.gamma / 2 * jnp.square(slopes).sum() / 2

    expected = jax.jit(jax.grad(plain))(critic)
    found = jax.jit(jax.grad(lambda flat: duel.penalty(flat, pictures, None)))(critic)
    for weight, slope in expected.items():
        np.testing.assert_allclose(found[weight], slope, rtol=2e-3, atol=1e-4 * float(jnp.abs(slope).max() + 1e-6))
    assert np.abs(expected["look.0.kernel"]).max() > 0


@pytest.mark.usefixtures("exact")
def test_the_penalty_is_that_of_the_gradient_differentiated(duel, pair):
    pictures = duel.data.batch(np.random.default_rng(1), 8)["pictures"]

    def plain(flat):
        slopes = jax.grad(lambda seen: duel.judge(flat, seen, None).sum())(pictures)
        return duel.gamma / 2 * jnp.square(slopes).sum() / 4

    value, expected = jax.jit(jax.value_and_grad(plain))(pair["critic"])
    found, slopes = jax.jit(jax.value_and_grad(lambda flat: duel.penalty(flat, pictures, None)))(pair["critic"])
    assert float(found) == pytest.approx(float(value), rel=1e-4) and float(value) > 0
    for weight, slope in expected.items():
        np.testing.assert_allclose(slopes[weight], slope, rtol=1e-3, atol=1e-4 * float(jnp.abs(slope).max() + 1e-6))


def test_the_penalty_weighs_a_tenth_at_the_end(duel, pair):
    batch, key = duel.batch(0), jax.random.key(3)

    @functools.partial(jax.jit, static_argnames="penalized")
    def critic(share, *, penalized):
        return duel.gradients(pair, batch, key, share, penalized=penalized)[0]["critic"]["enter.kernel"]

    plain = critic(0.0, penalized=False)
    first, last = (np.asarray(critic(share, penalized=True) - plain) for share in (0.0, 1.0))
    np.testing.assert_allclose(last, first / 10, rtol=1e-2, atol=1e-3 * np.abs(first).max())
    assert np.abs(first).max() > 0


def test_what_the_critic_sees_is_moved_and_covered_in_part():
    pictures = jnp.ones((64, 16, 16, 3)) * jnp.arange(1, 17.0)[None, None, :, None]
    seen = np.asarray(augmented(jax.random.key(0), pictures, Augmentation()))
    covered = (seen == 0).any((1, 2, 3))
    assert 0.5 < covered.mean() < 0.9  # 0.7 of the pictures; a square may lie half over the border, hardly outside
    assert set(np.unique(seen)) <= set(range(17))
    assert (seen[~covered].max((1, 2, 3)) < 16).any()  # moved out to the right by at most two places
    still = Augmentation(likely=0.0)
    assert np.array_equal(augmented(jax.random.key(0), pictures, still), pictures)


class Toy:
    """Two numbers that learn to be 1; from step `bad` on the loss is no number."""

    peak_rate = 0.1

    def __init__(self, *, bad=10**6):
        self.bad, self.seen = bad, []

    def init(self):
        return {"generator": {"a": jnp.zeros(())}, "critic": {"b": jnp.zeros(())}}

    def batch(self, step):
        x = 1 + 0.1 * np.random.default_rng(step).standard_normal(4).astype(np.float32)
        return {"x": x, "step": np.full(4, step, np.float32)}

    def gradients(self, pair, batch, key, share, *, penalized):
        noise, target = 0.01 * jax.random.normal(key), batch["x"].mean()
        a, b = pair["generator"]["a"], pair["critic"]["b"]
        slopes = {"generator": {"a": a - target + noise}, "critic": {"b": b - target + penalized}}
        return slopes, jnp.where(batch["step"][0] < self.bad, (a - 1) ** 2, jnp.nan)

    def watch(self, step, average, critic):
        self.seen.append(step)
        return {"a": float(average["a"])}


QUICK = DuelConfig(watch_every=10)


def test_a_killed_run_repeats_what_it_would_have_done(tmp_path):
    whole = train(Toy(), tmp_path / "whole", Span(steps=30), config=QUICK)
    with pytest.raises(KeyboardInterrupt):
        _until(tmp_path / "cut", 14)
    toy = Toy()
    resumed = train(toy, tmp_path / "cut", Span(steps=30), config=QUICK)
    assert resumed.generator == whole.generator and resumed.critic == whole.critic
    assert toy.seen == [20, 30] and resumed.steps == 30
    assert 0.05 < float(whole.generator["a"]) < 1  # on its way: the rate warms up for 200 steps
    lines = [json.loads(line) for line in (tmp_path / "cut" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [10, 10, 20, 20, 30, 30]


def _until(folder, step):
    def stop(status):
        if status.step > step:
            raise KeyboardInterrupt

    train(Toy(), folder, Span(steps=30), config=QUICK, on_status=stop)


def test_a_longer_span_goes_on_from_before_the_fall_of_the_rate(tmp_path):
    train(Toy(), tmp_path, Span(steps=20), config=QUICK)
    longer = train(Toy(), tmp_path, Span(steps=40), config=QUICK)
    whole = train(Toy(), tmp_path / "whole", Span(steps=40), config=QUICK)
    assert longer.generator == whole.generator


def test_numbers_that_go_wrong_are_gone_back_from_and_in_the_end_given_up(tmp_path):
    told = []
    with pytest.raises(
        GenartError, match=r"the numbers went wrong at step 20 for the sixth time; begin anew with --new"
    ):
        train(Toy(bad=15), tmp_path, Span(steps=30), config=QUICK, on_message=told.append)
    assert told == ["the numbers went wrong at step 20: back to step 10, with half the rate"] * 5


def test_worries_are_said_in_words():
    assert worries({"variety": 1.0, "lead": 1.0, "by_heart": 0.1}) == []
    assert "the samples are much alike: 20% of" in worries({"variety": 0.2, "lead": 0.1})[0]
    assert "knows the training pictures by heart" in worries({"variety": 1.0, "lead": 2.0, "by_heart": 0.9})[0]
    assert variety(np.zeros((4, 8, 8, 3))) == 0 < variety(np.random.default_rng(0).random((4, 8, 8, 3)))


def run(*words):
    return CliRunner().invoke(cli, ["train", "gan", *map(str, words)])


def test_a_folder_becomes_a_model_that_is_known_by_its_name(here, monkeypatch):
    monkeypatch.setattr(recipe, "SIZES", (16, 32))  # two layers instead of three
    write_pictures(here / "mine", 12)
    (here / "mine" / "broken.png").write_text("no picture")
    result = run("mine", "--size", 16, "--preset", "tiny", "--steps", 1)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(here / "mine-gan")
    for sentence in (
        "left out: ",
        "12 pictures, ",
        "12 pictures are few: expect them again with small changes; --kind texture makes more of one or a few pictures",
        "reals.png shows the pictures as the networks see them",
        "step 1: ",
        "Next: genart gan sample mine-gan -n 16 -o out/",
    ):
        assert sentence in result.stderr
    state = here / "mine-gan-training"
    assert Picture.read(state / "reals.png").width > 300 and Picture.read(state / "sheet-000001.png").width > 300
    assert {figure.name: figure.value for figure in read_bundle("mine-gan").figures}["training steps"] == 1
    other = run("mine", "--size", 16, "--preset", "tiny", "--steps", 1, "--seed", 1)
    assert other.exit_code == 1 and "was begun with another seed;" in other.stderr
    shutil.rmtree(state)
    refused = run("mine", "--size", 16, "--preset", "tiny", "--steps", 1)
    assert refused.exit_code == 1 and "mine-gan exists" in refused.stderr


def test_only_pictures_of_places_of_four_pixels_are_gone_over():
    assert recipe.refined_channels(32, 32) == 0  # whose places are of two pixels
    assert recipe.refined_channels(64, 96) == recipe.refined_channels(256, 256) > 0


@pytest.mark.parametrize("kind", ["picture", "texture"])
def test_what_is_drawn_is_seen_through_the_loss_network_and_gone_over(here, kind):
    write_pictures(here / "mine", 3)
    folder = recipe._Folder("mine", here / "state", kind=kind, fit="crop", mirror=False, on_message=print)
    config = folder.config(64, span=Span(steps=1), training=GanTraining(), preset="standard", begin=None)
    assert len(config.maps) == 2 and config.refined > 0 and config.texture == (kind == "texture")


@pytest.mark.slow
def test_runs_go_on_start_over_and_start_from_a_model(here):
    write_pictures(here / "mine", 12)

    def steps(*words):
        result = run("mine", "--preset", "tiny", *words)
        assert result.exit_code == 0, result.stderr
        found = read_bundle(result.stdout.strip()).figures
        return {figure.name: figure.value for figure in found}["training steps"]

    assert steps("--steps", 3, "--size", 32) == 3
    assert steps("--steps", 3, "--size", 32) == 3  # it is finished
    assert steps("--steps", 6, "--size", 32) == 6  # and goes on
    assert steps("--steps", 1, "--size", 32, "--new") == 1
    assert steps("--steps", 2, "--from", "./mine-gan", "-o", "more") == 2
    assert steps("--budget", "2s", "-o", "sized") >= 1  # measures how fast steps are, to choose a size
    assert "32 px: about" in run("mine", "--preset", "tiny", "--budget", "1s", "-o", "told").stderr


def test_one_picture_is_for_textures(here):
    write_pictures(here / "one", 1)
    for number in range(60):
        shutil.copy(here / "one" / "0.png", here / "one" / f"copy{number}.png")
    for _ in range(2):  # it is no better the second time
        refused = run("one", "--size", 32, "--preset", "tiny", "--steps", 1)
        assert refused.exit_code == 1
        assert "one holds 1 different picture, and a net of pictures takes 3 or more: --kind texture" in refused.stderr
        assert not (here / "one-gan-training").exists()


def test_pictures_of_one_color_and_copies_are_counted(here, monkeypatch):
    monkeypatch.setattr(recipe, "SIZES", (16, 32))  # two layers instead of three
    write_pictures(here / "mine", 8)
    for name, color in {"red": (200, 0, 0), "red again": (200, 0, 0), "blue": (0, 0, 200)}.items():
        Picture.of(np.full((16, 16, 3), color, np.uint8)).save(here / "mine" / f"{name}.png")
    told = run("mine", "--size", 16, "--preset", "tiny", "--steps", 1).stderr
    assert "\ncopies of others among them: 1\n" in told and "\npictures of one color among them: 3\n" in told


@pytest.mark.slow
def test_one_picture_becomes_a_texture(here):
    write_pictures(here / "one", 1)
    result = run("one", "--kind", "texture", "--size", 32, "--preset", "tiny", "--steps", 1)
    assert result.exit_code == 0, result.stderr
    assert read_bundle("one-gan").network["local"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("gone", "--steps", "1"), "gone does not exist"),
        (("empty", "--steps", "1"), "empty holds no pictures"),
        (("mine", "--steps", "1", "--size", "48"), "a size of 48: the shorter side is one of 32, 64, 128, 256 pixels"),
        (("mine", "--size", "32"), "give one of --steps and --budget"),
        (("mine", "--steps", "1", "--size", "32", "--preset", "huge"), "a preset standard or tiny"),
        (("texts", "--steps", "1", "--size", "32"), "none of the 2 pictures can be read; the first: "),
    ],
)
def test_what_cannot_be_trained_is_one_sentence(here, words, message):
    (here / "empty").mkdir()
    (here / "texts").mkdir()
    for name in ("a.png", "b.jpg"):
        (here / "texts" / name).write_text("no picture")
    write_pictures(here / "mine", 2)
    result = run(*words)
    assert (result.exit_code, message in result.stderr) == (1, True), result.stderr
    assert not list(here.glob("*-gan"))
