import json

import numpy as np
import pytest
from PIL import Image
from style_models import painting, photograph, write_features, write_style

import genart
from genart.errors import InputError
from genart.families import looks, own_styles
from genart.families.easel import mixed
from genart.families.refine import optimize
from genart.families.sizes import fitted
from genart.families.stylize import stylize
from genart.image.picture import Picture
from genart.recipe import sha256_of


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return write_style(folder / "style"), write_features(folder / "features")


@pytest.fixture
def paint(here, models, monkeypatch):
    """Stylize with the quick models; styles of pictures are learned in three steps, and nothing is kept afterwards."""
    monkeypatch.setattr(looks, "STEPS", 3)
    monkeypatch.setenv("GENART_CACHE", str(here / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "data"))

    def paint(picture="in.png", *, style="udnie", **options):
        return stylize(picture, style=style, **{"model": models[0], "features": models[1], **options})

    photograph().save(here / "in.png")
    painting().save(here / "mine.png")
    return paint


def white(name, *, columns):
    """A mask that is white in these columns."""
    values = np.zeros((48, 64), np.uint8)
    values[:, columns] = 255
    Picture.of(values).save(name)


def test_files_pictures_and_arrays_give_the_same(paint):
    of_file = paint("in.png")
    assert of_file == paint(photograph()) == paint(photograph().pixels)
    assert of_file != photograph()


def test_the_recipe_tells_how_and_of_what(paint, here):
    white("mask.png", columns=slice(32, 64))
    recipe = paint(style="great_wave:1,udnie:3", strength=0.5, mask="mask.png", size=40).recipe
    assert recipe is not None and (recipe.verb, recipe.model) == ("stylize", "style")
    assert recipe.parameters == {
        "style": {"great_wave": 0.25, "udnie": 0.75},
        "strength": 0.5,
        "brush": 1.0,
        "keep_colors": False,
        "mask": ["mask.png"],
        "size": 40,
        "refine": 0,
        "painting": None,
        "own": None,
    }
    assert [(source.name, source.sha256) for source in recipe.sources] == [
        ("in.png", sha256_of(here / "in.png")),
        ("mask.png", sha256_of(here / "mask.png")),
    ]


@pytest.mark.parametrize("name", ["out.png", "out.jpg"])
def test_paintings_are_made_again(paint, models, name):
    white("mask.png", columns=slice(0, 20))
    paint(style="mine.png", mask="mask.png", brush=1.5).save(name)
    again = genart.again(name, model=models[0])
    again.save("again.png")
    paint(style="mine.png", mask="mask.png", brush=1.5).save("same.png")
    assert Picture.read("again.png") == Picture.read("same.png")
    assert again.recipe == genart.Picture.read(name).recipe


def test_what_is_missing_is_named_when_a_painting_is_made_again(paint, models, here):
    white("mask.png", columns=slice(0, 20))
    paint(mask="mask.png").save("out.png")
    white("other.png", columns=slice(0, 10))
    (here / "other.png").replace(here / "mask.png")
    with pytest.raises(InputError, match=r"mask.png is not what out.png was made with: its content is another"):
        genart.again("out.png", model=models[0])
    (here / "mask.png").unlink()
    with pytest.raises(InputError, match=r"mask.png, which out.png was made with, is not beside it; put it there"):
        genart.again("out.png", model=models[0])


def test_transparency_upright_deep_and_grey_pictures(paint, here):
    rgba = Image.fromarray(np.dstack([photograph().pixels, np.tile(np.arange(64, dtype=np.uint8), (48, 1))]))
    rgba.save("alpha.png")
    painted = paint("alpha.png")
    assert painted.alpha is not None and painted.alpha[0].tolist() == list(range(64))

    turned, exif = photograph().to_pil(), Image.Exif()
    exif[0x0112] = 6  # to be turned to the right
    turned.save("turned.jpg", exif=exif)
    assert paint("turned.jpg").size == (48, 64)

    grey = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))
    Image.fromarray(grey).save("deep.png")
    Image.fromarray((grey // 257).astype(np.uint8)).save("grey.png")
    assert np.abs(paint("deep.png").floats() - paint("grey.png").floats()).mean() < 0.02  # what 8 bits round away


@pytest.mark.parametrize("size", [(1, 1), (1, 200)])
def test_pictures_of_a_pixel_and_of_a_line(paint, size):
    assert paint(photograph(*size), brush=0.5).size == size


def test_each_style_where_its_mask_is_white(paint):
    white("left.png", columns=slice(0, 20))
    white("right.png", columns=slice(40, 64))
    both = paint(style=["great_wave", "udnie"], mask=["left.png", "right.png"]).pixels
    assert np.array_equal(both[:, :20], paint(style="great_wave").pixels[:, :20])
    assert np.array_equal(both[:, 20:40], photograph().pixels[:, 20:40])
    assert np.array_equal(both[:, 40:], paint(style="udnie").pixels[:, 40:])


def test_masks_that_overlap_share():
    original, black, bright = (np.full((1, 1, 3), value, np.uint8) for value in (100, 0, 200))
    full, half = np.ones((1, 1), np.float32), np.full((1, 1), 0.5, np.float32)
    assert mixed([black, bright], original, [full, full])[0, 0, 0] == 100  # the mean of both
    assert mixed([black, bright], original, [half, half * 0])[0, 0, 0] == 50  # half painted black
    assert mixed([black, bright], original, [half, half])[0, 0, 0] == 100


@pytest.mark.parametrize(
    ("size", "found"), [(None, (64, 48)), (24, (32, 24)), ("24", (32, 24)), ("30x40", (30, 40)), ("100x10", (100, 10))]
)
def test_sizes(size, found):
    assert fitted(photograph(), size).size == found


def test_a_style_of_a_picture_is_learned_once(paint, models, here):
    steps = []
    first = paint(style="mine.png", on_step=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert paint(style=here / "mine.png", on_step=lambda done, total: steps.append((done, total))) == first
    assert len(steps) == 3
    assert first.recipe is not None
    assert [source.name for source in first.recipe.sources] == ["in.png", "mine.png"]
    with_seed = paint(style="mine.png", seed=first.recipe.seed)
    assert with_seed == first  # from the cache or anew
    assert paint(style="mine.png", seed=first.recipe.seed + 1) != first


def test_previews_are_given_while_a_style_is_learned(paint):
    seen = []
    paint(style="mine.png", on_preview=seen.append)
    assert {preview.size for preview in seen} == {(64, 48)}  # at the end, and every five seconds


def test_kept_styles_are_known_by_name(paint, models):
    own = paint(style="mine.png").recipe.parameters["own"]["mine.png"]
    style = own_styles.OwnStyle.from_json(own)
    own_styles.keep("ours", style)
    assert paint(style="ours") == paint(style="mine.png")
    assert paint(style="ours:1,udnie:1").recipe.parameters["style"] == {"ours": 0.5, "udnie": 0.5}
    with pytest.raises(InputError, match=r"there are great_wave, udnie, ours; or give a picture"):
        paint(style="zzz")
    with pytest.raises(InputError, match=r"a style named ours is kept already; pass --force to replace it"):
        own_styles.keep("ours", style)
    own_styles.keep("ours", own_styles.OwnStyle(row=style.row, picture=style.picture, seed=1, weights="0"), force=True)
    with pytest.raises(InputError, match=r"ours was fitted for other weights .*: fit it|fit it anew from mine.png"):
        paint(style="ours")
    own_styles.kept()["ours"].write_bytes(b"no style")
    with pytest.raises(InputError, match=r"is damaged: it holds no style"):
        paint(style="ours")


@pytest.mark.parametrize("name", ["", "a/b", "a.b", "a" * 65])
def test_names_that_styles_cannot_have(name):
    with pytest.raises(InputError, match=r"cannot be a style's name: up to 64 letters, digits, - and _ can"):
        own_styles.check_name(name, taken=())


def test_refining_lowers_the_loss(models):
    features, _ = looks.loss_network(models[1])
    from genart.training.recipes.style import painting_statistics

    wanted = painting_statistics(features, painting())
    content = photograph().floats()
    seen = []
    pixels, losses = optimize(
        content, content, wanted, features, steps=4, on_step=lambda done, total: seen.append((done, total))
    )
    assert pixels.shape == content.shape
    assert len(losses) == 5 and losses == sorted(losses, reverse=True) and losses[-1] < 0.9 * losses[0]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_refined_paintings(paint, models):
    painted = paint(refine=2, painting="mine.png")
    assert painted != paint()
    painted.save("out.png")
    with pytest.raises(InputError, match=r"the painting itself, which genart does not have of the style udnie"):
        paint(refine=2)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"strength": 2}, "strength 2: it goes from 0 to 1.5"),
        ({"brush": 5}, "brush 5: it goes from 0.5 to 2"),
        ({"size": "0x4"}, "a size of 0x4: write the pixels of the shorter side, such as 720, or 1280x720"),
        ({"refine": -1}, "refine -1: a number of iterations, 0 or more, is needed"),
        ({"style": ["udnie", "great_wave"]}, "2 styles and 0 masks: one mask each is needed, or write a blend such as"),
        ({"style": []}, "no style is named: give one"),
        ({"style": "gone.jpg"}, "gone.jpg does not exist"),
        ({"style": "flat.png"}, "the style picture is of one flat color; give one with strokes or texture"),
        ({"style": "udnie:-1,great_wave:2"}, "the weights of the blend 'udnie:-1,great_wave:2' must be numbers"),
        ({"mask": "wide.png"}, "wide.png is 90 x 10 pixels and its picture 64 x 48: a mask needs the size of its"),
        ({"mask": "in.txt"}, "in.txt is not a picture that can be read"),
        ({"picture": "in.txt"}, "in.txt is not a picture that can be read"),
        ({"picture": "cut.jpg"}, "cut.jpg is a JPEG picture that is cut short or damaged"),
        ({"picture": "bomb.png"}, "bomb.png is 40000 x 40000 pixels: at most 200 million can be read"),
        ({"model": "FEATURES"}, "is not a model that paints; name one of the family style"),
    ],
)
def test_what_cannot_be_used(paint, models, here, options, told):
    Picture(pixels=np.full((32, 32, 3), 80, np.uint8)).save("flat.png")
    photograph(90, 10).save("wide.png")
    (here / "in.txt").write_text("not a picture")
    photograph().save("whole.jpg")
    (here / "cut.jpg").write_bytes((here / "whole.jpg").read_bytes()[:700])
    whole = (here / "in.png").read_bytes()
    (here / "bomb.png").write_bytes(_with_size(whole, 40000))
    if options.get("model") == "FEATURES":
        options = {"model": models[1]}
    picture = options.get("picture", "in.png")
    with pytest.raises(InputError) as refused:
        paint(picture, **{name: value for name, value in options.items() if name != "picture"})
    assert told in str(refused.value)


def _with_size(png: bytes, side: int) -> bytes:
    """A PNG file whose header tells another size."""
    import struct
    import zlib

    head = b"IHDR" + struct.pack(">II", side, side) + png[24:29]
    return png[:12] + head + struct.pack(">I", zlib.crc32(head)) + png[33:]


@pytest.mark.parametrize("own", [{"mine": {}}, {"mine": {"row": "!", "picture": {}, "seed": 0, "weights": ""}}, 3])
def test_damaged_recipes(paint, models, own):
    import dataclasses

    painted = paint()
    recipe = dataclasses.replace(painted.recipe, parameters={**painted.recipe.parameters, "own": own})
    dataclasses.replace(painted, recipe=recipe).save("out.png")
    with pytest.raises(InputError, match=r"damaged"):
        genart.again("out.png", model=models[0])


def test_own_styles_survive_json():
    row = np.linspace(-1, 1, 7, dtype=np.float16).astype(np.float32)
    picture = genart.recipe.Source(name="mine.png", sha256="0" * 64)
    style = own_styles.OwnStyle(row=row, picture=picture, seed=5, weights="1" * 64)
    back = own_styles.OwnStyle.from_json(json.loads(json.dumps(style.to_json())))
    assert np.array_equal(back.row, row) and (back.picture, back.seed, back.weights) == (picture, 5, "1" * 64)
