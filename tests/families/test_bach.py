import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from genart.errors import InputError, ModelError
from genart.families import bach as bach_module
from genart.families.bach import Bach, Filled, network_of, windows
from genart.families.bundle import read_bundle
from genart.music.chorales import HIGHEST, LOWEST, to_classes
from genart.music.counterpoint import REST
from genart.sampling.policy import Annealing

RNG = np.random.default_rng(3)
QUICK = Annealing(sweeps=2, temperature=1.0)


@pytest.fixture(scope="session")
def bach(tiny_bach):
    return Bach.read(tiny_bach)


def chorale(length=24, *lead):
    """Random pitches with some rests, and a random half of them known."""
    pitches = RNG.integers(LOWEST, HIGHEST + 1, (*lead, length, 4)).astype(np.int16)
    pitches[RNG.random(pitches.shape) < 0.1] = REST
    return pitches, RNG.random(pitches.shape) < 0.5


def soprano(length=24):
    pitches, known = chorale(length)
    known[:] = False
    known[:, 0] = True
    return pitches, known


# logits


def test_shape_and_kind(bach):
    for lead in ((), (1,), (2, 3), (0,)):
        logits = bach.logits(*chorale(10, *lead))
        assert logits.shape == (*lead, 10, 4, 47)
        assert logits.dtype == np.float32
        assert np.isfinite(logits).all()


def test_hidden_pitches_are_ignored(bach):
    """Even such as are no pitches at all."""
    pitches, known = chorale(20, 2)
    other = np.where(known, pitches, RNG.integers(-500, 500, pitches.shape))
    assert (bach.logits(pitches, known) == bach.logits(other, known)).all()


def test_known_cells_matter(bach):
    pitches, known = chorale(20)
    other = np.where(known, (pitches - LOWEST + 5) % 40 + LOWEST, pitches)
    assert abs(bach.logits(pitches, known) - bach.logits(other, known)).max() > 1e-3


def test_it_is_the_same_alone_and_in_a_batch(bach):
    pitches, known = chorale(17, 40)  # more than go through the network at once
    together = bach.logits(pitches, known)
    for row in (0, 31, 32, 39):
        np.testing.assert_allclose(bach.logits(pitches[row], known[row]), together[row], atol=1e-4)


@pytest.mark.parametrize("length", [1, 4, 61, 64, 65, 100, 130])
def test_padding_changes_nothing(bach, length):
    """Against the network itself, at the piece's own length (a multiple of four is what it takes)."""
    whole = -(-length // 4) * 4
    pitches, known = chorale(whole)
    known[length:], inside = False, np.arange(whole) < length
    network = network_of(bach.config)
    expected = network(bach._params, jnp.asarray(to_classes(pitches))[None], jnp.asarray(known)[None], inside[None])
    np.testing.assert_allclose(
        bach.logits(pitches[:length], known[:length]), np.asarray(expected)[0, :length], atol=1e-4
    )


def test_the_place_in_the_beat_matters(bach):
    pitches, known = chorale(16)
    logits = [bach.logits(pitches, known, phase=phase) for phase in range(4)]
    assert all(abs(logits[a] - logits[b]).max() > 1e-3 for a in range(4) for b in range(a))


def test_a_phase_counts_from_the_beat_before(bach):
    """Steps before the piece are nothing at all: not even known to be rests."""
    pitches, known = chorale(16)
    network = network_of(bach.config)
    cells, shown = np.zeros((1, 20, 4), np.int16), np.zeros((1, 20, 4), bool)
    cells[0, 3:19], shown[0, 3:19] = pitches, known
    inside = np.zeros((1, 20), bool)
    inside[0, 3:19] = True
    expected = np.asarray(
        network(bach._params, jnp.asarray(to_classes(cells)), jnp.asarray(shown), jnp.asarray(inside))
    )
    np.testing.assert_allclose(bach.logits(pitches, known, phase=3), expected[0, 3:19], atol=1e-4)


def test_lists_will_do(bach):
    assert bach.logits([[72, 67, 64, 48]], [[True, False, False, True]]).shape == (1, 4, 47)


@pytest.mark.parametrize(
    ("pitches", "known"), [((8, 3), (8, 3)), ((8, 4), (9, 4)), ((0, 4), (0, 4)), ((4,), (4,)), ((2, 8, 4), (8, 4))]
)
def test_shapes_it_refuses(bach, pitches, known):
    with pytest.raises(InputError) as caught:
        bach.logits(np.full(pitches, 60), np.ones(known))
    assert str(caught.value) == f"pitches {pitches} and known {known} must both have the shape [..., T, 4], T > 0."


@pytest.mark.parametrize("phase", [-1, 4])
def test_phases_it_refuses(bach, phase):
    with pytest.raises(InputError) as caught:
        bach.logits(np.full((1, 4), 60), np.ones((1, 4)), phase=phase)
    assert str(caught.value) == f"phase {phase} must be 0..3: the number of steps from the last beat to step 0."


@pytest.mark.parametrize("pitch", [82, 35, -2])
def test_pitches_it_refuses(bach, pitch):
    with pytest.raises(InputError, match=rf"^pitch {pitch} is outside 36..81 \(-1 is a rest\).$"):
        bach.logits(np.full((1, 4), pitch), np.ones((1, 4)))


# fill


def test_given_cells_stay(bach):
    pitches, known = chorale(24)
    filled = bach.fill(pitches, known, seeds=[(1,), (2,)], policy=QUICK)
    assert (filled.pitches[:, known] == pitches[known]).all()
    assert ((filled.pitches == REST) | ((filled.pitches >= LOWEST) & (filled.pitches <= HIGHEST))).all()
    assert filled.pitches.shape == (2, 24, 4)
    assert filled.pitches.dtype == np.int16


def test_a_take_is_what_its_seed_gives(bach):
    """Alone, beside others, and in whichever place; what hidden cells held before plays no part."""
    pitches, known = soprano()
    seeds = [(5, take) for take in range(6)]  # more than are drawn side by side
    together = bach.fill(pitches, known, seeds=seeds, policy=QUICK)
    for take in (0, 3, 5):
        alone = bach.fill(np.where(known, pitches, REST), known, seeds=[(5, take)], policy=QUICK)
        assert (alone.pitches[0] == together.pitches[take]).all()
        assert alone.log_likelihood[0] == pytest.approx(together.log_likelihood[take], abs=1e-4)
    assert len({take.tobytes() for take in together.pitches}) == 6


def test_a_key_has_several_numbers(bach):
    pitches, known = soprano()
    filled = bach.fill(pitches, known, seeds=[(5, 0, 0), (5, 0, 1), (5, 1, 0)], policy=QUICK)
    assert len({take.tobytes() for take in filled.pitches}) == 3


def test_only_what_is_allowed_is_drawn(bach):
    pitches, known = soprano()
    allowed = np.zeros((4, 47), bool)
    allowed[:, 20:30] = True
    filled = bach.fill(pitches, known, seeds=[(1,)], allowed=allowed, policy=QUICK).pitches
    assert ((filled[..., 1:] >= LOWEST + 20) & (filled[..., 1:] < LOWEST + 30)).all()


def test_nothing_to_draw(bach):
    pitches, _ = chorale(8)
    filled = bach.fill(pitches, np.ones(pitches.shape, bool), seeds=[(1,)], policy=QUICK)
    assert (filled.pitches[0] == pitches).all()
    assert filled.log_likelihood.tolist() == [0.0]


def test_progress_is_told(bach):
    told = []
    pitches, known = soprano()
    bach.fill(pitches, known, seeds=[(i,) for i in range(5)], policy=QUICK, on_step=lambda *step: told.append(step))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]  # two sweeps of four takes, then of the fifth


def test_raising_stops(bach):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bach.fill(*soprano(), seeds=[(1,)], policy=QUICK, on_step=stop)


@pytest.mark.parametrize("length", [1, 100, 1024, 1025, 1100, 5000, 57600])
def test_windows_settle_every_step_once(length):
    spans = windows(length)
    settled = 0
    for span in spans:
        assert span.first <= settled < span.settle <= span.last <= length
        assert span.last - span.first <= bach_module.WINDOW
        assert settled == 0 or settled - span.first == bach_module.LOOK
        assert span.settle in (length, span.last - bach_module.LOOK)
        settled = span.settle
    assert settled == length


def test_long_pieces_are_drawn_window_by_window(bach, monkeypatch):
    """As a short piece in windows of the size of one that is compiled anyway; every cell is drawn and told of."""
    monkeypatch.setattr(bach_module, "WINDOW", 60)
    monkeypatch.setattr(bach_module, "LOOK", 8)
    pitches, known = soprano(300)
    allowed = np.ones((4, 47), bool)
    allowed[:, 46] = False
    told = []
    filled = bach.fill(
        pitches,
        known,
        seeds=[(1,), (2,)],
        allowed=allowed,
        policy=QUICK,
        phase=3,
        on_step=lambda *step: told.append(step),
    )
    assert (filled.pitches[:, :, 0] == pitches[:, 0]).all()
    assert (filled.pitches[:, :, 1:] != REST).all()
    assert told == [(i + 1, 2 * len(windows(300))) for i in range(2 * len(windows(300)))]
    assert (filled.log_likelihood < 0).all()
    again = bach.fill(pitches, known, seeds=[(2,)], allowed=allowed, policy=QUICK, phase=3)
    assert (again.pitches[0] == filled.pitches[1]).all()


def test_takes_are_ranked_by_likelihood_and_parallels():
    """Two bars of 16 steps; a parallel fifth costs half a nat a bar."""
    still = np.tile(np.array([72, 67, 64, 48], np.int16), (32, 1))
    fifths = still.copy()
    fifths[16:, [2, 3]] = 62, 55  # tenor and bass as before, a fifth apart
    fifths[:16, [2, 3]] = 60, 53
    filled = Filled(pitches=np.stack([still, fifths]), log_likelihood=np.array([-1.0, -0.8]))
    np.testing.assert_allclose(filled.quality(), [-1.0, -0.8 - bach_module.PARALLEL_COST / 2])
    assert (filled.best() == still).all()


# bundles


def test_a_model_has_the_name_of_its_folder(bach, tiny_bach):
    assert bach.name == tiny_bach.name


def test_networks_this_genart_does_not_know(tiny_bach):
    bundle = read_bundle(tiny_bach)
    for network in ({"channels": 16, "rooms": 3}, {"channels": 32}):
        with pytest.raises(ModelError):
            Bach(dataclasses.replace(bundle, network=bundle.network | network))
