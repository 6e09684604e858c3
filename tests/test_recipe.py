import contextlib
import json
import math

import mido
import numpy as np
import pytest
import soundfile
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from genart.errors import InputError
from genart.recipe import PREFIX, Recipe, Source, append_to_wav, read_recipe, sha256_of, svg_metadata

EMPTY_SHA = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # FIPS 180-4: of no bytes
SUFFIXES = ["mid", "png", "jpg", "webp", "tif", "gif", "mp4", "webm", "svg", "wav", "flac", "mp3"]


def recipe(**changes):
    fields = {
        "verb": "harmonize",
        "model": "bach",
        "weights": "ab" * 32,
        "seed": 7,
        "parameters": {"steps": 40, "temperature": 0.9, "key": None, "voices": ("soprano",), "title": "Grüße <&>"},
        "sources": (Source(name="song.mid", sha256=EMPTY_SHA),),
        "versions": {"genart": "0.1.0", "jax": "0.10.0"},
        "device": "cpu",
    }
    return Recipe(**(fields | changes))


def long_recipe():
    return recipe(parameters={"text": "C4 D4 E4 F4 | " * 1000})


def test_json_keeps_everything():
    assert Recipe.from_json(recipe().to_json()) == recipe()


def test_equal_recipes_give_equal_bytes():
    parameters = recipe().parameters
    turned = recipe(parameters=dict(reversed(parameters.items())), versions={"jax": "0.10.0", "genart": "0.1.0"})
    text = recipe().to_json()
    assert turned.to_json() == text
    assert text.isascii()
    assert "\n" not in text


def test_what_json_cannot_hold_fails_when_made():
    with pytest.raises(ValueError, match="not JSON compliant"):
        recipe(parameters={"temperature": math.nan})
    with pytest.raises(TypeError, match="not JSON serializable"):
        recipe(parameters={"steps": np.int64(4)})


def without(field):
    fields = json.loads(recipe().to_json())
    del fields[field]
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "recipe is damaged"),
        ("[]", "recipe is damaged"),
        ("[" * 100_000, "recipe is damaged"),
        (without("seed"), "'seed' is missing"),
        (recipe().to_json().replace('"seed":7', '"seed":"7"'), "'7' where a int belongs"),
        (recipe().to_json().replace("song.mid", "../../song.mid"), "base name only"),
        (recipe().to_json().replace(EMPTY_SHA, "beef"), "64 hexadecimal digits"),
    ],
)
def test_damaged_recipes_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        Recipe.from_json(text)


def test_fields_of_later_versions_are_passed_over():
    assert Recipe.from_json(recipe().to_json()[:-1] + ',"mood":"calm"}') == recipe()


def test_source_of_a_file_keeps_no_folder(tmp_path):
    (tmp_path / "song.mid").write_bytes(b"")
    assert Source.of(tmp_path / "song.mid") == Source(name="song.mid", sha256=EMPTY_SHA)
    assert sha256_of(b"") == EMPTY_SHA
    with pytest.raises(InputError, match=r"missing\.mid: No such file"):
        sha256_of(tmp_path / "missing.mid")


def write_midi(path, text):
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("text", text="a foreign text"))
    if text is not None:
        track.append(mido.MetaMessage("text", text=text))
    mido.MidiFile(tracks=[track]).save(path)


def write_png(path, text):
    info = PngInfo()
    info.add_text("Software", "@genart is not here")
    if text is not None:
        info.add_text("genart", text.removeprefix(PREFIX))
    Image.new("RGB", (4, 4)).save(path, pnginfo=info)


def write_sound(path, text):
    with soundfile.SoundFile(path, "w", 44100, 1) as sound:
        sound.comment = "a foreign comment" if text is None else text
        sound.write(np.zeros(441, np.float32))


@pytest.mark.parametrize("made", [recipe(), long_recipe(), None], ids=["short", "long", "none"])
@pytest.mark.parametrize(
    ("name", "write"),
    [("a.mid", write_midi), ("a.png", write_png), ("a.flac", write_sound), ("a.mp3", write_sound)],
)
def test_read_recipe_from_what_other_libraries_write(tmp_path, name, write, made):
    write(tmp_path / name, None if made is None else PREFIX + made.to_json())
    assert read_recipe(tmp_path / name) == made


@pytest.mark.parametrize("made", [recipe(), long_recipe()], ids=["short", "long"])
@pytest.mark.parametrize("frames", [440, 441])
def test_wav_keeps_its_sound_and_gains_the_recipe(tmp_path, made, frames):
    path = tmp_path / "a.wav"
    wave = np.arange(frames, dtype=np.uint8).reshape(-1, 1).repeat(2, axis=1).astype(np.int16)
    soundfile.write(path, wave[:, 0], 8000, subtype="PCM_U8")  # an odd number of bytes for odd frames
    before, _ = soundfile.read(path)
    assert read_recipe(path) is None
    append_to_wav(path, made)
    assert read_recipe(path) == made
    np.testing.assert_array_equal(soundfile.read(path)[0], before)
    data = path.read_bytes()
    assert len(data) == int.from_bytes(data[4:8], "little") + 8


def test_svg_carries_the_recipe(tmp_path):
    path = tmp_path / "a.svg"
    path.write_text(f"<svg>{svg_metadata(recipe())}</svg>", "utf-8")
    assert read_recipe(path) == recipe()
    path.write_text(f"<svg>{svg_metadata(None)}<metadata>of another program</metadata></svg>", "utf-8")
    assert read_recipe(path) is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_of_another_kind_have_no_recipe(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(b"neither sound nor picture")
    assert read_recipe(path) is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_missing_files_and_directories_are_refused(tmp_path, suffix):
    with pytest.raises(InputError, match=r"cannot read .*missing\.\w+: No such file"):
        read_recipe(tmp_path / f"missing.{suffix}")
    (tmp_path / f"folder.{suffix}").mkdir()
    with pytest.raises(InputError, match=r"cannot read .*folder\.\w+: Is a directory"):
        read_recipe(tmp_path / f"folder.{suffix}")


def test_other_extensions_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.txt cannot carry a recipe: files that can are \.flac, \.gif, \.jpeg, "):
        read_recipe(tmp_path / "a.txt")


@pytest.mark.parametrize(("name", "write"), [("a.mid", write_midi), ("a.png", write_png), ("a.flac", write_sound)])
def test_truncated_files_give_the_whole_recipe_or_none(tmp_path, name, write):
    path = tmp_path / name
    write(path, PREFIX + recipe().to_json())
    data = path.read_bytes()
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with contextlib.suppress(InputError):  # anything else that is raised fails the test
            assert read_recipe(path) in (recipe(), None)
