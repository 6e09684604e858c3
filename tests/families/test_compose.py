import pytest

import genart
from genart.errors import InputError
from genart.families.compose import compose
from genart.music.counterpoint import RANGES, VOICES


def test_four_parts_in_key_and_meter_from_a_seed(tiny_bach):
    takes = compose(bars=4, meter="3/4", key="Gm", pickup=1, n=2, seed=7, steps=1, model=tiny_bach)
    assert takes.understood == "G minor · 3/4 · 84 bpm · pickup 1 beat · 4 bars · 1 phrase"
    assert {facts.seed for facts in takes.facts} == {7, 8}
    for take, facts in zip(takes, takes.facts, strict=True):
        assert [voice.name.lower() for voice in take.voices] == list(VOICES)
        for voice, name in zip(take.voices, VOICES, strict=True):
            low, high = RANGES[name]
            assert all(low <= note.pitch <= high for note in voice.notes)
        assert {voice.notes[-1].pitch % 12 for voice in (take.voices[0], take.voices[3])} == {7}
        alone = compose(bars=4, meter="3/4", key="Gm", pickup=1, seed=facts.seed, steps=1, model=tiny_bach)
        assert alone[0] == take


def test_it_is_made_again(tiny_bach, here):
    (take,) = compose(bars=2, seed=3, steps=1, model=tiny_bach)
    take.save("made.mid")
    (again,) = genart.again("made.mid", model=tiny_bach)
    assert (again, again.recipe) == (take, take.recipe)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n": 0}, "0 takes: ask for 1 or more"),
        ({"bars": 1000}, "1000 bars: ask for 2 to 256"),
        ({"tempo": 0}, "tempo 0 at tick 0: a tempo is 3.58 to 60000000 quarters a minute"),
        ({"programs": "kazoo"}, "programs 'kazoo': they are choir"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, sentence):
    with pytest.raises(InputError) as refused:
        compose(**options)
    assert str(refused.value).startswith(sentence)
