import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner
from style_models import STYLES, painting, photograph, weights, write_features, write_style

from genart.cli.main import cli
from genart.errors import InputError
from genart.families.looks import loss_network
from genart.families.painter import Painter
from genart.families.style import Style
from genart.image.picture import Picture
from genart.nets import style_loss
from genart.nets.stylizer import StylizerConfig, first_rows
from genart.training.recipes import style as recipe
from genart.training.recipes import style_row
from genart.training.recipes.style import StyleTask, StyleTraining, style_names
from genart.training.recipes.style_row import fit_row

QUICK = StyleTraining(batch=2, side=64, shift=4)


@pytest.fixture(scope="module")
def features(tmp_path_factory):
    return loss_network(write_features(tmp_path_factory.mktemp("models") / "features"))[0]


@pytest.fixture
def photos(here):
    (here / "photos").mkdir()
    for number in range(4):
        photograph(96, 80, seed=number).save(f"photos/{number}.png")
    return sorted((here / "photos").iterdir())


@pytest.mark.usefixtures("exact")
def test_statistics_are_means_and_covariances():
    maps = {name: jnp.asarray(np.random.default_rng(0).random((2, 5, 6, 3))) for name in style_loss.STYLE_LAYERS}
    mean, covariance = style_loss.statistics(maps)["fire4"]
    flat = np.asarray(maps["fire4"][1]).reshape(-1, 3)
    np.testing.assert_allclose(mean[1], flat.mean(0), rtol=1e-5)
    np.testing.assert_allclose(covariance[1], np.cov(flat.T, bias=True), rtol=1e-4)


def test_the_loss_is_0_at_the_target_and_1_from_zero():
    maps = {name: jnp.asarray(np.random.default_rng(0).random((1, 5, 6, 3))) for name in style_loss.STYLE_LAYERS}
    found = style_loss.statistics(maps)
    nothing = {name: (0 * mean, 0 * covariance) for name, (mean, covariance) in found.items()}
    assert float(style_loss.style_loss(found, found)[0]) == 0
    assert float(style_loss.style_loss(nothing, found)[0]) == pytest.approx(1)
    half = style_loss.between(nothing, found, jnp.asarray([0.5]))
    assert float(style_loss.style_loss(half, found)[0]) == pytest.approx(0.25)


def test_batches_are_the_same_for_each_step_and_have_a_loss(photos, features):
    task = StyleTask(
        photos,
        photos[:1],
        [painting(), painting(seed=2)],
        features=features,
        config=StylizerConfig.tiny(),
        training=QUICK,
    )
    first, same, other = task.batch(3), task.batch(3), task.batch(4)
    assert all(np.array_equal(first[name], same[name]) for name in first)
    assert not np.array_equal(first["pictures"], other["pictures"])
    assert first["pictures"].shape == (2, 64, 64, 3) and first["copies"].shape == (1, 64, 64, 3)
    assert np.isfinite(float(jax.jit(lambda params, batch: task.loss(params, batch, None))(task.init(), first)))
    assert set(task.validate(task.init())) == {"style", "content", "loss"}


def test_strokes_along_borders_are_to_be_as_inside(photos, features):
    task = StyleTask(
        photos, photos[:1], [painting()], features=features, config=StylizerConfig.tiny(styles=1), training=QUICK
    )
    whole = jnp.asarray(np.stack([photograph(48, 48, seed=number).floats() for number in range(2)]))
    calm = whole.at[:, :8].set(whole[:, :8].mean())
    assert float(task._border(whole, whole)) == 0
    assert float(task._border(calm, whole)) > 0
    slopes = jax.grad(task._border, (0, 1))(calm, whole)  # the border is to become as the inside, not the reverse
    assert float(jnp.abs(slopes[0]).max()) > 0 and float(jnp.abs(slopes[1]).max()) == 0


def test_pictures_and_copies_are_compared_where_they_show_the_same():
    wide = jnp.asarray(photograph(80, 80).floats())
    painted, copy = wide[8:72, 8:72], wide[8 + 3 : 72 + 3, 8 - 5 : 72 - 5]
    assert float(recipe._apart(painted, copy, jnp.asarray([3, -5]), 8)) == 0
    assert float(recipe._apart(painted, copy, jnp.asarray([3, -4]), 8)) > 0


def test_names_of_styles(here):
    assert style_names([here / "a.png", here / "b.jpg"]) == ("a", "b")
    with pytest.raises(InputError, match=r"two paintings are named a: a style is named as its file, so rename one"):
        style_names([here / "a.png", here / "a.jpg"])


def test_a_row_is_fitted_the_same_each_time(features):
    painter, table = Painter(StylizerConfig.tiny(), weights()), weights()["rows"].astype(np.float32)
    fit = functools.partial(fit_row, painter, table, painting(), contents=[photograph()], features=features, seed=1)
    shares = []
    row = fit(steps=4, on_step=lambda share, _: shares.append(share))
    assert shares == [0.25, 0.5, 0.75, 1.0]
    assert np.array_equal(row, fit(steps=4)) and row.shape == table[0].shape
    with pytest.raises(InputError, match=r"a row is fitted for a time or for a number of steps; give one of the two"):
        fit()
    flat = Picture(pixels=np.full((64, 64, 3), 9, np.uint8))
    with pytest.raises(InputError, match=r"of one flat color; give one with strokes or texture to learn from"):
        fit_row(painter, table, flat, contents=[photograph()], features=features, steps=1)


def test_commands_train_a_net_and_one_more_style(photos, here, features, monkeypatch):
    monkeypatch.setattr(recipe, "loss_network", lambda path: features)
    monkeypatch.setattr(style_row, "loss_network", lambda path: features)
    monkeypatch.setattr(recipe, "StyleTraining", functools.partial(StyleTraining, batch=2, side=64, shift=4))
    painting().save("mine.png")
    painting(seed=2).save("yours.png")

    def train(*arguments):
        return CliRunner().invoke(cli, ["train", "style", *map(str, arguments)])

    made = train("mine.png", "--content", "photos", "--preset", "tiny", "--steps", 2, "-o", "net")
    assert made.exit_code == 0, made.output
    assert Style.read("net").names == ("mine",)
    more = train("yours.png", "--from", "./net", "--steps", 2, "-o", "more")
    assert more.exit_code == 0, more.output
    assert Style.read("more").names == ("mine", "yours")
    assert np.array_equal(Style.read("more").row("mine"), Style.read("net").row("mine"))
    assert "Next: genart stylize IN --model " in more.stderr
    on = train("mine.png", "yours.png", "--from", "./net", "--content", "photos", "--steps", 1, "-o", "on")
    assert on.exit_code == 0, on.output
    assert Style.read("on").names == ("mine", "yours")


def test_a_net_goes_on_from_a_models_weights_and_the_rows_that_it_has(here):
    model = Style.read(write_style(here / "style"))
    config = dataclasses.replace(model.config, styles=2)
    begun = recipe._weights(model, config, ["new", STYLES[1]])
    assert np.array_equal(begun["rows"][2], model.row(STYLES[1]))
    assert np.array_equal(begun["rows"][1], first_rows(config)[1])
    others = {name: value for name, value in model.bundle.weights.items() if name != "rows"}
    assert others and all(np.array_equal(begun[name], value) for name, value in others.items())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["mine.png"], 2, "the net learns on photographs: name their folder with --content"),
        (["mine.png", "yours.png", "--from", "MODEL"], 2, "the net learns on photographs: name their folder"),
        (["mine.png", "--from", "MODEL", "--preset", "tiny"], 2, "leave out --preset"),
        (["udnie.png", "--from", "MODEL", "--steps", "1"], 1, "has a style named udnie: rename the file"),
        (["gone.png", "--from", "MODEL", "--steps", "1"], 1, "gone.png does not exist"),
        (["mine.png", "--from", "MODEL", "--budget", "long"], 1, "'long' is not a length of time"),
    ],
)
def test_what_cannot_be_trained(here, arguments, code, told):
    model = write_style(here / "models" / "style")
    assert STYLES[1] == "udnie"
    painting().save("mine.png")
    painting().save("yours.png")
    painting().save("udnie.png")
    given = [str(model) if argument == "MODEL" else argument for argument in arguments]
    result = CliRunner().invoke(cli, ["train", "style", *given])
    assert (result.exit_code, told in result.stderr) == (code, True), result.stderr
