"""Tunes of a model with random weights: what is asked holds, whatever the model would do."""

import itertools
from typing import Any

import pytest

import genart
from genart.errors import InputError
from genart.families.registry import load
from genart.families.tunes import melody
from genart.families.writing import draw
from genart.music.score import Score
from genart.music.tunes.outline import outline
from genart.sampling.policy import Temperature


def quiet(done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def model(tiny_melody):
    return load(tiny_melody)


def drawn(model, *, n=2, **asked: Any):
    plan = outline(**asked)
    return plan, draw(model, plan, n=n, seed=1, policies=[Temperature(temperature=1.0)], on_step=quiet)


@pytest.mark.parametrize(("meter", "repeat"), [("4/4", None), ("6/8", "AB"), ("7/8", "AABA")])
def test_bars_are_full_and_the_end_is_on_the_tonic(model, meter, repeat):
    plan, takes = drawn(model, bars=4, meter=meter, key="G", repeat=repeat)
    for take in takes:
        assert [section.length for section in take.tune.sections] == [bars * take.tune.bar for bars in plan.sections]
        assert not any(section.breaks for section in take.tune.sections)
        onset, duration, pitch = take.tune.sections[-1].notes[-1]
        assert pitch % 12 == 7 and duration >= plan.beat and onset + duration == take.tune.sections[-1].length


def test_notes_keep_to_the_range_and_to_the_largest_leap(model):
    _, takes = drawn(model, bars=4, key="Dm", pitches="C4-A5", max_leap=4)
    for pitches in (take.tune.pitches for take in takes):
        assert min(pitches) >= 60 and max(pitches) <= 81
        assert max(abs(a - b) for a, b in itertools.pairwise(pitches)) <= 4


def test_a_range_of_two_notes_is_enough(model):
    _, (take,) = drawn(model, bars=2, key="C", pitches="B4-C5", n=1)
    assert set(take.tune.pitches) <= {71, 72} and take.tune.pitches[-1] == 72


def test_strong_beats_are_from_the_chords(model):
    plan, takes = drawn(model, bars=4, chords="Dm | A7 | Gm C7 | Dm", key="Dm")
    strong = [(192 * bar + at, chord.classes) for bar, places in enumerate(plan.strong) for at, chord in places]
    found = 0
    for take in takes:
        (section,) = take.tune.sections
        for at, classes in strong:
            sounding = [p for onset, length, p in section.notes if onset <= section.pickup + at < onset + length]
            found += len(sounding)
            assert all(pitch % 12 in classes for pitch in sounding)
    assert found >= 4


def test_the_beginning_is_kept(model):
    primer = Score.parse("A4 | D4 F4:1/2 E4:1/2 A4:2 | D5:2", key="Dm", tempo=80)
    takes = melody(primer, bars=4, n=2, seed=5, model=model, on_step=quiet)
    for take in takes:
        given = primer.voices[0].notes
        assert take.voices[0].notes[: len(given)] == given
        assert len(take.voices[0].notes) > len(given)
        assert take.tempos[0].bpm == 80 and [str(m) for m in take.meters] == ["1/4", "4/4"] and take.end == 16 * 480


def test_takes_are_named_by_their_seeds_and_ranked(model, here):
    takes = model.sample(n=3, bars=2, seed=7, on_step=quiet)
    assert sorted(facts.seed for facts in takes.facts) == [7, 8, 9]
    assert [f.log_likelihood for f in takes.facts] == sorted((f.log_likelihood for f in takes.facts), reverse=True)
    assert takes.facts[0].faults == "not compared with the tunes that the model learned from"
    (alone,) = melody(bars=2, seed=takes.facts[2].seed, model=model, on_step=quiet)
    assert alone == takes[2]
    alone.save("made.mid")
    (again,) = genart.again("made.mid", model=model, on_step=quiet)
    assert (again, again.recipe) == (alone, alone.recipe)


def test_a_tune_from_a_text_is_made_again_too(model, here):
    (take,) = melody("D4 F4 A4:2 | D5", bars=2, key="D dorian", seed=1, model=model, on_step=quiet)
    take.save("made.mid")
    assert genart.again("made.mid", model=model, on_step=quiet)[0] == take


def test_the_same_tune_in_another_key(model):
    first, second = (melody(bars=2, key=key, seed=4, model=model, on_step=quiet)[0] for key in ("D", "Eb"))
    pitches = [[note.pitch for note in take.voices[0].notes] for take in (first, second)]
    assert pitches[1] == [pitch + 1 for pitch in pitches[0]]


def test_copies_are_marked(model, monkeypatch):
    class All:
        def share(self, tune):
            return 0.75

    monkeypatch.setattr(model, "known", All())
    (facts,) = melody(bars=2, seed=1, model=model, on_step=quiet).facts
    assert facts.faults == "near-copy: 75% of its figures of 8 steps are in tunes that the model learned from"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"n": 0}, "0 takes: ask for 1 or more"),
        ({"temperature": 0}, "temperature 0: it is a number above 0"),
        ({"nucleus": 2}, "nucleus 2: it is a share above 0 and at most 1"),
        ({"primer": "no such.mid"}, "no such.mid does not exist"),
        ({"primer": "C4 X4"}, "'X4' in bar 1: write notes such as C4"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, sentence):
    with pytest.raises(InputError) as refused:
        melody(**options)
    assert str(refused.value).startswith(sentence)
