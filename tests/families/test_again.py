import dataclasses
import shutil

import pytest

import genart
from genart.errors import InputError, ModelError
from genart.families.bundle import read_bundle, write_bundle
from genart.music.score import Score

TUNE = "G4 A4 B4 C5 | D5:4"


@pytest.fixture
def make(here, tiny_bach):
    """Harmonize a tune, and save it where the tune is."""
    Score.parse(TUNE, key="G").save(here / "song.mid")

    def make(song="song.mid", name="made.mid", **options):
        (take,) = genart.harmonize(song, model=tiny_bach, seed=5, steps=1, **options)
        take.save(here / name)
        return take

    return make


@pytest.fixture
def other_bach(tiny_bach, tmp_path):
    """A model of the same name with other weights."""
    bundle = read_bundle(tiny_bach)
    return write_bundle(
        tmp_path / "other" / "tiny",
        family="bach",
        about="",
        network=bundle.network,
        codec=bundle.codec,
        weights={name: array + 1 for name, array in bundle.weights.items()},
    ).folder


def rewritten(take: Score, name: str, **changes) -> None:
    """The take saved with another recipe."""
    assert take.recipe is not None
    dataclasses.replace(take, recipe=dataclasses.replace(take.recipe, **changes)).save(name)


def test_the_same_is_made_again(make, tiny_bach, here):
    take = make(programs="organ", grid="1/8", ranges="alto=G3-D5")
    (again,) = genart.again("made.mid", model=tiny_bach)
    assert again == take
    assert again.recipe == take.recipe
    again.save("again.mid")
    assert (here / "again.mid").read_bytes() == (here / "made.mid").read_bytes()


def test_any_take_of_several_is_made_again_alone(make, tiny_bach):
    takes = genart.harmonize("song.mid", model=tiny_bach, n=3, seed=5, steps=1)
    for take in takes:
        take.save("one.mid", force=True)
        assert list(genart.again("one.mid", model=tiny_bach)) == [take]


def test_a_model_is_found_by_its_name_or_given_itself(make, tiny_bach, here):
    take = make()
    assert genart.again("made.mid", model=genart.load(tiny_bach))[0] == take
    shutil.copytree(tiny_bach, here / "tiny")  # names are looked for in the current folder, too
    assert genart.again("made.mid")[0] == take


def test_what_is_changed_is_changed_and_noted(make, tiny_bach):
    make()
    (again,) = genart.again("made.mid", model=tiny_bach, seed=6, programs="organ")
    assert again.recipe is not None
    assert (again.recipe.seed, again.recipe.parameters["programs"], again.recipe.parameters["steps"]) == (6, "organ", 1)
    assert len(genart.again("made.mid", model=tiny_bach, n=2)) == 2


def test_a_text_is_in_the_recipe(make, tiny_bach):
    take = make("G4 | C5 B4 A4 | G4:3", meter="3/4")
    assert genart.again("made.mid", model=tiny_bach)[0] == take
    with pytest.raises(InputError, match=r"^made\.mid was made from a text, which its recipe holds; leave out the inp"):
        genart.again("made.mid", model=tiny_bach, input="song.mid")


def test_the_input_may_have_another_name_and_place(make, tiny_bach, here):
    take = make()
    (here / "elsewhere").mkdir()
    (here / "song.mid").rename(here / "elsewhere" / "tune.mid")
    assert genart.again("made.mid", model=tiny_bach, input="elsewhere/tune.mid")[0] == take


def test_the_input_is_looked_for_beside_the_file(make, tiny_bach, here, monkeypatch):
    take = make()
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")
    assert genart.again("../made.mid", model=tiny_bach)[0] == take


def test_a_missing_input_is_refused(make, tiny_bach, here):
    make()
    (here / "song.mid").unlink()
    with pytest.raises(
        InputError, match=r"^song\.mid, which made\.mid was made from, is not beside it; give it with --"
    ):
        genart.again("made.mid", model=tiny_bach)
    with pytest.raises(InputError, match=r"^cannot read none\.mid: No such file or directory$"):
        genart.again("made.mid", model=tiny_bach, input="none.mid")


def test_another_input_is_refused(make, tiny_bach):
    make()
    Score.parse("C4 D4").save("song.mid", force=True)
    sentence = r"^song\.mid is not what made\.mid was made from: its content is another than that of song\.mid$"
    with pytest.raises(InputError, match=sentence):
        genart.again("made.mid", model=tiny_bach)


def test_a_score_in_memory_has_to_be_given(make, tiny_bach):
    make(Score.read("song.mid"))
    with pytest.raises(InputError, match=r"made\.mid does not say from what file it was made; give it as input$"):
        genart.again("made.mid", model=tiny_bach)
    assert genart.again("made.mid", model=tiny_bach, input="song.mid")[0] == Score.read("made.mid")


def test_other_weights_are_refused(make, other_bach):
    make()
    sentence = (
        r"^made\.mid was made with other weights of the model tiny \(sha256 \w{12}\.\.\.\) than these \(\w{12}\.\."
    )
    with pytest.raises(ModelError, match=sentence):
        genart.again("made.mid", model=other_bach)


def test_a_missing_model_is_refused(make, here):
    make()
    with pytest.raises(ModelError, match=r"^the model tiny, which made\.mid was made with, is not installed; give its"):
        genart.again("made.mid")
    with pytest.raises(ModelError, match="there is no folder ./none to load a model from"):
        genart.again("made.mid", model="./none")


@pytest.mark.parametrize("model", ["https://example.org/bach.zip#sha256=00", "/tmp/bach", "../bach", "~/bach", ""])
def test_a_recipe_cannot_lead_elsewhere(make, model):
    rewritten(make(), "forged.mid", model=model)
    with pytest.raises(ModelError, match=r"the recipe of forged\.mid is damaged: its model is "):
        genart.again("forged.mid")


def test_a_recipes_text_cannot_be_a_path(make, tiny_bach):
    take = make()
    rewritten(take, "forged.mid", parameters={**take.recipe.parameters, "song": "song.mid"})
    with pytest.raises(InputError, match=r"the recipe of forged\.mid is damaged: its song is 'song\.mid'"):
        genart.again("forged.mid", model=tiny_bach)


def test_a_file_without_a_recipe_is_refused(here):
    Score.parse("C4").save("plain.mid")
    with pytest.raises(InputError, match=r"^plain\.mid carries no recipe of genart's, so it cannot be made again$"):
        genart.again("plain.mid")


@pytest.mark.parametrize(
    ("changes", "what"),
    [({"verb": "dance"}, "the verb 'dance'"), ({"parameters": {"swing": 1, "keep": "alto"}}, "swing")],
)
def test_a_recipe_of_a_later_genart_is_refused(make, tiny_bach, changes, what):
    rewritten(make(), "later.mid", versions={"genart": "9.0"}, **changes)
    sentence = f"the recipe of later.mid needs {what}, which this genart does not know; it was written by genart 9.0"
    with pytest.raises(InputError) as refused:
        genart.again("later.mid", model=tiny_bach)
    assert str(refused.value) == f"{sentence} and this is {genart.__version__}"
