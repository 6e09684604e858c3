import dataclasses
import json

import numpy as np
import pytest

from genart.errors import InputError, ModelError
from genart.families.bundle import Figure, TrainingData, read_bundle, write_bundle, write_figures

WEIGHTS = {
    "blocks.0.kernel": np.array([[0.1, -2.0], [3.0, 1e-3]], np.float32),
    "blocks.1.bias": np.zeros(3, np.float32),
}


@pytest.fixture
def written(tmp_path):
    def write(name="small", **changes):
        facts = {
            "family": "bach",
            "about": "Draws four voices.\n\nIt fails at fugues.",
            "network": {"channels": 16, "dilations": [[1, 1], [1, 3]]},
            "codec": {"grid": 16},
            "weights": WEIGHTS,
            "data": [TrainingData(name="Chorales", license="public domain")],
            "figures": [Figure(name="NLL", value=0.45, error=0.0123, unit="nats", command="genart evaluate small")],
        }
        return write_bundle(tmp_path / name, **facts | changes)

    return write


def test_what_is_written_is_read(written):
    bundle = written()
    again = read_bundle(bundle.folder, family="bach")
    for field in dataclasses.fields(again):
        if field.name != "weights":
            assert getattr(again, field.name) == getattr(bundle, field.name)
    assert again.name == "small"
    assert again.network == {"channels": 16, "dilations": [[1, 1], [1, 3]]}
    assert again.figures[0].error == 0.0123
    assert again.parameters == 7


def test_weights_are_half_precision_on_disk_and_single_in_memory(written):
    bundle = written()
    for name, array in WEIGHTS.items():
        assert bundle.weights[name].dtype == np.float32
        np.testing.assert_array_equal(bundle.weights[name], array.astype(np.float16).astype(np.float32))
    assert (bundle.folder / "weights.safetensors").stat().st_size < 7 * 2 + 300


def test_tables_of_whole_numbers_are_kept_as_they_are_and_are_no_parameters(written):
    table = np.array([0, 70_001, 2**32 - 1], np.uint32)  # beyond what float16 and float32 hold exactly
    bundle = written(weights=WEIGHTS | {"known": table})
    assert bundle.weights["known"].dtype == np.uint32
    np.testing.assert_array_equal(bundle.weights["known"], table)
    assert bundle.parameters == 7


def test_kernels_in_8_bits_take_half_the_bytes_and_are_off_by_half_a_step_at_most(written):
    kernel = np.random.default_rng(0).normal(size=(3, 3, 8, 16)).astype(np.float32)
    kernel[..., 0] = 0  # a channel without any weight
    weights = WEIGHTS | {"blocks.2.kernel": kernel, "norm.scale": np.full(3, 0.5, np.float32)}
    bundle = written(weights=weights, kernels_in_8_bits=True)
    assert bundle.weights.keys() == weights.keys()
    step = np.abs(kernel).max((0, 1, 2)) / 127
    assert (np.abs(bundle.weights["blocks.2.kernel"] - kernel) <= 0.5001 * step).all()
    np.testing.assert_array_equal(bundle.weights["norm.scale"], weights["norm.scale"])
    np.testing.assert_array_equal(bundle.weights["blocks.1.bias"], WEIGHTS["blocks.1.bias"])
    assert bundle.parameters == 7 + kernel.size + 3
    assert (bundle.folder / "weights.safetensors").stat().st_size < kernel.size + 4 * 16 + 600
    again = written("again", weights=bundle.weights, kernels_in_8_bits=True).weights["blocks.2.kernel"]
    np.testing.assert_allclose(again, bundle.weights["blocks.2.kernel"], rtol=1e-6)


def test_equal_weights_give_equal_bytes(written):
    bundle = written()
    assert written("other", weights=dict(reversed(bundle.weights.items()))).sha256 == bundle.sha256


def test_the_card_is_made_from_the_facts(written):
    bundle = written()
    card = (bundle.folder / "README.md").read_text()
    assert card.startswith("# small\n\nDraws four voices.\n\nIt fails at fugues.\n")
    assert "| NLL | 0.45 ± 0.0123 nats | `genart evaluate small` |" in card
    assert "| Chorales | public domain |" in card
    assert bundle.sha256 in card


def test_figures_are_put_in_over_those_of_the_same_name(written):
    bundle = written()
    again = write_figures(bundle.folder, [Figure(name="NLL", value=0.4), Figure(name="fifths", value=0.02)])
    assert [(figure.name, figure.value) for figure in again.figures] == [("NLL", 0.4), ("fifths", 0.02)]
    assert again.sha256 == bundle.sha256
    assert "| fifths | 0.02 |" in (bundle.folder / "README.md").read_text()


@pytest.mark.parametrize("value", [np.inf, np.nan, 1e5])
def test_weights_that_are_no_half_precision_numbers_are_refused_and_nothing_is_written(written, tmp_path, value):
    with pytest.raises(ModelError, match="the weight head cannot be stored: .* not finite or beyond ±65504"):
        written(weights={"head": np.array([value], np.float32)})
    assert list(tmp_path.iterdir()) == []


def test_what_json_cannot_hold_leaves_nothing_behind(written, tmp_path):
    with pytest.raises(TypeError):
        written(network={"rule": object()})
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_replaced_only_when_forced(written):
    first = written()
    with pytest.raises(InputError, match="small exists; pass --force to replace it"):
        written()
    second = written(weights={"head": np.ones(1)}, force=True)
    assert second.sha256 != first.sha256
    assert sorted(path.name for path in second.folder.iterdir()) == ["README.md", "model.json", "weights.safetensors"]
    assert [path.name for path in second.folder.parent.iterdir()] == ["small"]


def test_a_folder_of_other_things_is_never_replaced(written, tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="small exists and is not a model"):
        written(force=True)
    assert (tmp_path / "small" / "thesis.txt").read_text() == "years of work"


def test_every_flipped_bit_of_the_weights_is_noticed(written):
    bundle = written()
    path = bundle.folder / "weights.safetensors"
    whole = path.read_bytes()
    for place in (0, 9, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ModelError, match="the weights of small are damaged: their sha256"):
            read_bundle(bundle.folder)


def change(folder, **facts):
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | facts))


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"format": 3, "genart": "9.1"}, r"small was made by a newer genart \(9\.1; this is .*\): upgrade with pip"),
        ({"format": "1"}, "is not a genart model's: it gives no format number"),
        ({"family": 3}, "is damaged: it needs 'family', a JSON str"),
        ({"network": []}, "is damaged: it needs 'network', a JSON dict"),
        ({"figures": [{"value": 1.0}]}, "the model small is damaged: .*'name'"),
        ({"data": ["chorales"]}, "the model small is damaged"),
        ({"sha256": "0" * 64}, "the weights of small are damaged"),
    ],
)
def test_facts_that_cannot_be_used_are_one_sentence(written, facts, sentence):
    bundle = written()
    change(bundle.folder, **facts)
    with pytest.raises(ModelError, match=sentence):
        read_bundle(bundle.folder)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff", "[" * 100_000])
def test_broken_json_is_one_sentence(written, text):
    bundle = written()
    (bundle.folder / "model.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError, match=r"model\.json of (the model )?small is (damaged|not a genart model's)"):
        read_bundle(bundle.folder)


def test_facts_of_later_versions_are_passed_over(written):
    bundle = written()
    change(bundle.folder, mood="calm", figures=[{"name": "NLL", "value": 0.4, "interval": [0, 1]}])
    assert read_bundle(bundle.folder).figures == (Figure(name="NLL", value=0.4),)


@pytest.mark.parametrize("name", ["weights.safetensors", "model.json"])
def test_a_missing_file_is_named(written, name):
    bundle = written()
    (bundle.folder / name).unlink()
    with pytest.raises(ModelError, match=f"is not a genart model: it has no {name}"):
        read_bundle(bundle.folder)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ModelError, match=r"nowhere is not a genart model: it has no model\.json"):
        read_bundle(tmp_path / "nowhere")


def test_another_family_is_refused(written):
    with pytest.raises(ModelError, match="small is a model of the family bach, and one of gan is needed"):
        read_bundle(written().folder, family="gan")
