import shutil

import numpy as np
import pytest

import genart
from genart.errors import ModelError
from genart.families import registry
from genart.families.bundle import Bundle, write_bundle


class Toy:
    """Stands for a family's class."""

    def __init__(self, bundle: Bundle):
        self.bundle = bundle


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Three empty places that models are looked for in, in this order."""
    places = tmp_path / "shipped", tmp_path / "user", tmp_path / "here"
    for place in places:
        place.mkdir()
    monkeypatch.setattr(registry, "models_folders", lambda: places)
    monkeypatch.setitem(registry.FAMILIES, "toy", f"{__name__}:Toy")
    return places


def toy(folder, about="Plays."):
    return write_bundle(folder, family="toy", about=about, network={}, codec={}, weights={"w": np.ones(5)})


def test_a_name_finds_the_first_bundle_of_that_name(folders):
    shipped, user, here = folders
    toy(user / "chimes", about="The user's.")
    toy(here / "chimes", about="The folder's.")
    toy(here / "bells")
    assert registry.load("chimes").bundle.about == "The user's."
    assert registry.load("bells").bundle.folder == here / "bells"
    toy(shipped / "chimes", about="Shipped.")
    assert registry.load("chimes").bundle.about == "Shipped."


def test_models_lists_each_name_once_with_its_facts(folders):
    toy(folders[0] / "chimes", about="Plays chimes.\n\nAnd more.")
    toy(folders[1] / "chimes")
    (folders[1] / "notes").mkdir()
    (entry,) = registry.models()
    assert (entry.name, entry.family, entry.about, entry.parameters) == ("chimes", "toy", "Plays chimes.", 5)
    assert entry.size == (folders[0] / "chimes" / "weights.safetensors").stat().st_size


def test_a_damaged_model_is_listed_with_what_is_wrong(folders):
    toy(folders[0] / "bells")
    (toy(folders[0] / "chimes").folder / "model.json").write_text("{")
    bells, chimes = registry.models()
    assert (bells.family, chimes.family) == ("toy", "")
    assert chimes.about.startswith("model.json of the model chimes is damaged")


def test_folders_that_are_not_there_are_passed_over(folders):
    for place in folders:
        shutil.rmtree(place)
    assert registry.models() == []
    with pytest.raises(ModelError, match=r"there is no model 'bach': none is installed; a folder is given as \./bach"):
        registry.load("bach")


def test_an_unknown_name_says_which_there_are_and_a_close_one(folders):
    toy(folders[0] / "bells")
    toy(folders[0] / "chimes")
    with pytest.raises(ModelError, match="there is no model 'Chime': did you mean chimes[?] there are bells, chimes;"):
        registry.load("Chime")
    with pytest.raises(ModelError, match="there is no model 'xyz': there are bells, chimes;"):
        registry.load("xyz")


def test_a_folder_is_loaded_by_its_path(folders, tmp_path, monkeypatch):
    toy(tmp_path / "elsewhere" / "gongs")
    monkeypatch.chdir(tmp_path / "elsewhere")
    for source in (
        tmp_path / "elsewhere" / "gongs",
        str(tmp_path / "elsewhere" / "gongs"),
        "./gongs",
        "../elsewhere/gongs",
    ):
        assert registry.load(source).bundle.name == "gongs"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert registry.load("~/elsewhere/gongs").bundle.name == "gongs"
    with pytest.raises(ModelError, match=r"there is no folder \./bongs to load a model from"):
        registry.load("./bongs")


def test_a_family_of_a_later_genart_is_refused(folders):
    write_bundle(folders[0] / "opera", family="opera", about="Sings.", network={}, codec={}, weights={})
    with pytest.raises(ModelError, match="opera is a model of the family 'opera', which this genart does not know"):
        registry.load("opera")


def test_every_family_of_the_table_is_a_class():
    for family, home in registry.FAMILIES.items():
        module, _, name = home.partition(":")
        assert module == f"genart.families.{family}"
        assert isinstance(getattr(__import__(module, fromlist=[name]), name), type)


def test_the_library_offers_them():
    assert genart.load is registry.load
    assert genart.models is registry.models
