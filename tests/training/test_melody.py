"""Batches and runs of the melody model on tunes that the test makes."""

import dataclasses
import json

import jax
import numpy as np
import pytest

from genart.errors import InputError
from genart.families.bundle import read_bundle
from genart.families.melody import conditions_of
from genart.music.tokens import FIRST, Codec, Head
from genart.music.tunes.novelty import Known
from genart.music.tunes.tune import Section, Tune
from genart.music.tunes.variants import splits
from genart.training.recipes.melody import (
    PRESETS,
    MelodyTask,
    config_of,
    padded,
    train_melody,
)

CODEC = Codec()


def tune(seed: int, bars: int = 4) -> Tune:
    """A random walk over the scale of G in quarters and pairs of eighths, each two bars played twice."""
    rng = np.random.default_rng(seed)
    scale = np.array([67, 69, 71, 72, 74, 76, 78, 79])
    place, figure = int(rng.integers(8)), []
    for _ in range(8):
        for length in ((48,), (24, 24))[int(rng.integers(2))]:
            place = int(np.clip(place + rng.integers(-2, 3), 0, 7))
            figure.append((length, int(scale[place])))
    notes, now = [], 0
    for length, pitch in figure * (bars // 2):
        notes.append((now, length, pitch))
        now += length
    section = Section(notes=tuple(notes), length=now)
    return Tune(sections=(section,), meter=(4, 4), tonic=7, kind="reel", source="test", number=seed, title=f"T{seed}")


TUNES = [tune(seed) for seed in range(60)]


def task(tunes=TUNES, **training) -> MelodyTask:
    sizes, tiny = PRESETS["tiny"]
    train = [CODEC.encode(each) for each in tunes]
    return MelodyTask(
        train, train[:5], codec=CODEC, config=config_of(CODEC, **sizes), training=dataclasses.replace(tiny, **training)
    )


def test_padding_is_marked_and_conditions_are_those_of_the_head():
    tokens = [CODEC.encode(each) for each in TUNES[:2]]
    batch = padded(tokens, 64, codec=CODEC, rows=3)
    assert batch["pitch"].shape == (3, 64)
    assert batch["inside"].sum(axis=1).tolist() == [len(tokens[0]), len(tokens[1]), 0]
    assert batch["pitch"][0, : len(tokens[0])].tolist() == tokens[0].pitch.tolist()
    head = Head(meter=(4, 4), mode="dorian", kind="jig", anchor=62)
    assert conditions_of(head, CODEC).tolist() == [1, CODEC.modes.index("dorian"), CODEC.kinds.index("jig"), 10, 192]
    registers = [conditions_of(dataclasses.replace(head, anchor=anchor), CODEC)[3] for anchor in (20, 110)]
    assert registers == [1, 24]


def test_every_tune_comes_once_a_round_with_others_of_its_length():
    tunes = [tune(seed, bars=4 if seed % 3 else 12) for seed in range(60)]
    made = task(tunes, lengths=(64, 128))
    first = {CODEC.encode(each).pitch.tobytes(): number for number, each in enumerate(tunes)}
    rounds = []
    for start in (0, made._round):
        batches = [made.batch(step) for step in range(start, start + made._round)]
        shapes = {batch["pitch"].shape for batch in batches}
        assert shapes == {(8, 64), (4, 128)}
        rows = [row[inside].tobytes() for b in batches for row, inside in zip(b["pitch"], b["inside"], strict=True)]
        assert {first[row] for row in rows} == set(range(60))
        rounds.append(rows)
    assert rounds[0] != rounds[1]


def test_a_batch_follows_from_its_number_alone():
    one, other = task(), task()
    other.batch(500)
    for name, value in one.batch(3).items():
        np.testing.assert_array_equal(value, other.batch(3)[name])
    assert (task(seed=1).batch(3)["pitch"] != one.batch(3)["pitch"]).any()


def test_a_long_tune_is_cut_to_a_part_of_it():
    made = task([tune(0, bars=40)] * 2, lengths=(64,))
    whole = CODEC.encode(tune(0, bars=40))
    starts = set()
    for step in range(8):
        batch = made.batch(step)
        assert batch["inside"].all() and batch["pitch"].shape == (8, 64)
        for measure, pitch in zip(batch["measure"], batch["pitch"], strict=True):
            at = [
                s
                for s in range(len(whole) - 63)
                if (whole.pitch[s : s + 64] == pitch).all() and whole.measure[s] == measure[0]
            ]
            assert at
            starts.update(at[:1])
    assert len(starts) > 8


def test_kinds_and_registers_are_untold_now_and_then():
    made = task(untold=0.3)
    told = np.concatenate([made.batch(step)["conditions"] for step in range(40)])
    assert 0.2 < (told[:, 2] == 0).mean() < 0.4 and 0.2 < (told[:, 3] == 0).mean() < 0.4
    assert (told[:, 0] == 1).all() and (told[:, 4] == 192).all()


def test_validation_is_nats_a_note_whatever_the_padding():
    made, wide = task(), task(lengths=(128,))
    params = made.init()
    short, long = made.validate(params), wide.validate(params)
    assert short == pytest.approx(long, rel=1e-4)
    assert short["loss"] == pytest.approx(short["pitch"] + short["duration"])
    tokens = [CODEC.encode(each) for each in TUNES[:5]]
    events, notes = sum(map(len, tokens)), sum(int((each.pitch >= FIRST).sum()) for each in tokens)
    even = (np.log(CODEC.pitches) + np.log(len(CODEC.durations))) * events / notes
    assert short["loss"] == pytest.approx(even, rel=0.1)  # fresh weights believe nothing in particular


def test_the_loss_falls_and_a_run_goes_on_as_if_it_had_not_stopped(tmp_path):
    losses = []
    whole = train_melody(
        TUNES, out=tmp_path / "whole", steps=120, preset="tiny", on_status=lambda s: losses.append(s.loss)
    )
    assert losses[-1] < 0.75 * losses[0]
    assert whole.family == "melody" and Codec.from_dict(whole.codec) == CODEC
    train = [each for each, side in zip(TUNES, splits(TUNES), strict=True) if side == "train"]
    assert Known(whole.weights["known"]).shares(train) == 1
    assert whole.data[0].note.startswith(f"60 tunes: {len(train)} train, ")
    part = tmp_path / "part"

    def stop(status):
        if status.step == 110:  # after the checkpoint at 100
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_melody(TUNES, out=part, steps=120, preset="tiny", on_status=stop)
    train_melody(TUNES, out=part, steps=120, preset="tiny")
    for name, value in whole.weights.items():
        np.testing.assert_array_equal(value, read_bundle(part).weights[name])
    noted = [json.loads(line) for line in (tmp_path / "whole-training" / "metrics.jsonl").read_text().splitlines()]
    assert {"valid_pitch", "valid_duration", "valid_loss"} <= set().union(*noted)


def test_too_few_tunes(tmp_path):
    with pytest.raises(InputError, match="1 tunes are too few: .*give 50 or more"):
        train_melody(TUNES[:1], out=tmp_path / "mine", steps=5, preset="tiny")
    with pytest.raises(InputError, match="preset 'huge': it is one of standard, tiny"):
        train_melody(TUNES, out=tmp_path / "mine", steps=5, preset="huge")
    assert not list(tmp_path.iterdir())


def test_the_standard_network_fits_its_bundle():
    sizes, training = PRESETS["standard"]
    made = MelodyTask(*[[CODEC.encode(TUNES[0])]] * 2, codec=CODEC, config=config_of(CODEC, **sizes), training=training)
    count = sum(each.size for each in jax.eval_shape(made.init).values())
    assert 2 * count < 8e6  # bytes as float16
