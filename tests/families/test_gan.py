"""The GAN as a model, and its walks."""

import dataclasses

import numpy as np
import pytest
from gan_models import TEXTURE, write_gan

import genart
from genart.audio.motion import Motion
from genart.errors import InputError, ModelError
from genart.families.bundle import write_bundle
from genart.families.gan import Gan, Point
from genart.families.walk import enlarged, planned
from genart.image.picture import Picture


@pytest.fixture(scope="module")
def gan(tmp_path_factory):
    return genart.load(write_gan(tmp_path_factory.mktemp("models") / "drawn"))


@pytest.fixture(scope="module")
def texture(tmp_path_factory):
    return Gan.read(write_gan(tmp_path_factory.mktemp("models") / "canvas", names=("wave", "stars"), **TEXTURE))


def test_a_picture_is_what_its_own_seed_gives(gan):
    pictures = gan.sample(n=18, seed=7)
    assert pictures[0].size == (16, 16) and pictures[0] != pictures[1]
    assert [picture.recipe.seed for picture in pictures] == list(range(7, 25))
    assert gan.sample(seed=9) == pictures[2:3] and gan.sample(seed=24) == pictures[17:]
    assert pictures[0].recipe.verb == "gan sample" and pictures[0].recipe.weights == gan.bundle.sha256


def test_truncation_and_neighbors(gan):
    first, second = gan.sample(n=2, seed=1, truncation=0)
    assert first == second
    (own,), near, far = gan.sample(seed=3), gan.sample(n=4, seed=50, near=3, spread=0.1), gan.sample(n=4, seed=50)

    def off(picture):
        return np.abs(picture.pixels.astype(float) - own.pixels).mean()

    assert max(map(off, near)) < 0.5 * min(map(off, far))
    assert gan.sample(seed=50, near=3, spread=1.0)[0] == far[0] and gan.sample(seed=50, near=3, spread=0.0)[0] == own


def test_textures_have_any_size_and_a_look(texture):
    (canvas,) = texture.sample(seed=1, size=(83, 41), look="stars")
    assert canvas.size == (83, 41)
    assert canvas != texture.sample(seed=1, size=(83, 41), look="wave")[0]
    mixed = texture.sample(seed=1, look="wave:0.5,stars:0.5")[0]
    assert mixed.size == (16, 16) and mixed.recipe.parameters["look"] == "wave:0.5,stars:0.5"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "0 pictures: at least 1 is needed"),
        ({"truncation": 3.0}, "truncation 3: it goes from 0 to 2"),
        ({"near": 1, "spread": 2.0}, "spread 2: it goes from 0 to 1"),
        ({"size": (64, 64)}, "drawn makes pictures of 16 x 16 pixels; only textures can be painted in other sizes"),
        ({"look": "stars"}, "drawn knows only one look: leave 'stars' out"),
    ],
)
def test_what_does_not_fit_is_one_sentence(gan, options, message):
    with pytest.raises(InputError, match=message):
        gan.sample(seed=1, **options)


def test_a_texture_needs_a_size_and_a_look_that_there_are(texture):
    with pytest.raises(InputError, match=r"a texture of 3 x 9 pixels: sides of at least 4 are needed"):
        texture.sample(size=(3, 9))
    with pytest.raises(InputError, match=r"canvas has no look 'star': there are wave, stars"):
        texture.sample(look="star")


def test_a_network_that_is_not_known_is_said_so(tmp_path):
    folder = write_bundle(
        tmp_path / "odd", family="gan", about="", network={"depth": 3}, codec={"classes": []}, weights={"w": np.ones(1)}
    ).folder
    with pytest.raises(ModelError, match=r"the network of odd is not one this genart knows"):
        Gan.read(folder)


def test_a_walk_meets_the_pictures_it_goes_between(gan):
    points = [Point(seed=seed) for seed in (3, 14, 15)]
    frames = list(gan.walk(points, seconds=2, fps=6, loop=True))
    assert len(frames) == 12
    assert [frames[0], frames[4], frames[8]] == list(gan.stream(points))
    there = list(gan.walk(points[:2], seconds=1, fps=5, motion="eased"))
    assert [there[0], there[-1]] == list(gan.stream(points[:2])) and there[2] not in (there[0], there[4])


def test_a_walk_without_pictures_is_closed_and_its_seeds(gan):
    frames = list(gan.walk(seconds=2, fps=6, seed=4))
    assert len(frames) == 12 and frames == list(gan.walk(seconds=2, fps=6, seed=4))
    steps = [
        np.abs(a.pixels.astype(int) - b.pixels).mean() for a, b in zip(frames, [*frames[1:], frames[0]], strict=True)
    ]
    assert steps[-1] < 2 * max(steps[:-1]) and min(steps) > 0


def test_plans():
    loop = planned(3, seconds=1, fps=10, loop=True, heard=None)
    assert loop.closed and len(loop.places) == 10
    assert [int(np.flatnonzero(loop.places == point)[0]) for point in (0, 1, 2)] == [0, 3, 7]  # of 0, 10/3, 20/3
    line = planned(3, seconds=1, fps=10, loop=False, heard=None)
    assert not line.closed and line.places[[0, 4, 9]].tolist() == [0, 1, 2]
    for seconds in (0, -1, float("nan"), 1e9):
        with pytest.raises(InputError, match=r"it takes more than 0 and at most 6 hours"):
            planned(0, seconds=seconds, fps=10, loop=False, heard=None)
    with pytest.raises(InputError, match=r"5 pictures in 3 frames: give the walk more --seconds or --fps"):
        planned(5, seconds=0.3, fps=10, loop=True, heard=None)


def heard(**changes):
    silent = Motion(
        loudness=np.ones(20), onsets=np.zeros(20), chroma=np.zeros((20, 12)), beats=np.array([0, 4, 9, 13, 17])
    )
    return dataclasses.replace(silent, **changes)


def test_music_has_points_met_on_beats_and_pushes(gan):
    plan = planned(3, seconds=1, fps=10, loop=False, heard=heard())
    assert plan.places[[0, 9, 19]].tolist() == [0, 1, 2]  # the beat in the middle
    points = [Point(seed=1), Point(seed=2), Point(seed=3)]
    plain = list(gan.walk(points, heard=heard(), seed=5))
    assert plain[9] == gan.sample(seed=2)[0]
    kicks = np.zeros(20)
    kicks[6] = 1
    pushed = list(gan.walk(points, heard=heard(onsets=kicks), seed=5))
    assert [a == b for a, b in zip(plain, pushed, strict=True)] == [i != 6 for i in range(20)]


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        (1, {}, "a walk needs two pictures or more to go between; without any it finds a path of its own"),
        (2, {"motion": "wild"}, "motion 'wild': it is one of smooth, eased"),
        (2, {"size": (64, 64)}, "only textures can be painted in other sizes"),
    ],
)
def test_a_walk_that_cannot_be_gone(gan, points, options, message):
    with pytest.raises(InputError, match=message):
        gan.walk([Point(seed=i) for i in range(points)], **options)


def test_frames_are_enlarged_smoothly_or_as_squares():
    picture = Picture.of(np.random.default_rng(0).integers(0, 256, (4, 6, 4), dtype=np.uint8))
    smooth, squares = enlarged(picture, short=100), enlarged(picture, short=100, pixels=True)
    assert smooth.size == (150, 100) and smooth.alpha is None
    assert squares.size == (150, 100)
    flat = picture.over((255, 255, 255)).pixels
    assert np.array_equal(squares.pixels[::25, ::25], flat) and np.array_equal(squares.pixels[24::25, 24::25], flat)


def test_its_size_is_shown_in_notebooks(gan):
    assert "pictures of 16 x 16 pixels" in gan._repr_html_()
