"""Kneser-Ney by hand, and against the same in dictionaries, written from the paper's formulas alone."""

import collections
import itertools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genart.evaluation.ngrams import PAD, KneserNey, histories


def of(sequences: list[list[int]], *, order: int, size: int) -> KneserNey:
    return KneserNey(*histories(sequences, order=order), size=size)


def given_context(model: KneserNey, context: list[int], size: int) -> list[float]:
    return model.probabilities([context] * size, np.arange(size)).tolist()


def test_histories_go_from_near_to_far():
    contexts, targets = histories([[5, 6, 7, 8], [9]], order=3)
    assert contexts.tolist() == [[PAD, PAD], [5, PAD], [6, 5], [7, 6], [PAD, PAD]]
    assert targets.tolist() == [5, 6, 7, 8, 9]


def test_bigrams_by_hand():
    """Of 0 1 0 1 0 2. With no count of 3 the discounts are 0.5, 1 and 1.5.

    Different symbols stand before 0 (the beginning, 1): 2, before 1 and 2 (0): 1 each, 4 together; of these 1 + 0.5 +
    0.5 are discounted, and half of the probability goes to the uniform third: p(0) = (2 - 1)/4 + 1/6 = 5/12, p(1) and
    p(2) are (1 - 0.5)/4 + 1/6 = 7/24. After 0 come 1 twice and 2 once, (1 + 0.5)/3 = 1/2 are discounted: p(1 | 0) is
    1/3 + 7/48, p(2 | 0) is 0.5/3 + 7/48, p(0 | 0) is 5/24. After 2 comes nothing.
    """
    model = of([[0, 1, 0, 1, 0, 2]], order=2, size=3)
    assert given_context(model, [0], 3) == pytest.approx([5 / 24, 1 / 3 + 7 / 48, 1 / 6 + 7 / 48])
    assert given_context(model, [2], 3) == pytest.approx([5 / 12, 7 / 24, 7 / 24])


def test_discounts_by_hand():
    """Of four symbols once, two twice, one three and one four times: Y = 4/(4 + 2 * 2) = 1/2, the discounts are
    1 - 2 Y 2/4 = 1/2, 2 - 3 Y 1/2 = 5/4 and 3 - 4 Y 1/1 = 1. Of 15 symbols 4/2 + 2 * 5/4 + 2 = 6.5 are discounted."""
    symbols = np.repeat(np.arange(8), (1, 1, 1, 1, 2, 2, 3, 4))
    model = KneserNey(np.zeros((15, 0), int), symbols, size=10)
    found = model.probabilities(np.zeros((10, 0), int), np.arange(10))
    own = np.array([0.5] * 4 + [0.75] * 2 + [2, 3, 0, 0]) / 15
    np.testing.assert_allclose(found, own + 6.5 / 15 / 10)


class Reference:
    """The same model in dictionaries, which counts as the paper says."""

    def __init__(self, sequences: list[list[int]], order: int, size: int) -> None:
        self.size = size
        padded = [[PAD] * (order - 1) + sequence for sequence in sequences]
        self.counts = []
        for n in range(1, order + 1):
            grams = [tuple(sequence[i - n + 1 : i + 1]) for sequence in padded for i in range(order - 1, len(sequence))]
            self.counts.append(collections.Counter(grams))
        for n in range(1, order):
            before = collections.Counter(gram[1:] for gram in self.counts[n])
            self.counts[n - 1] = {
                gram: count if gram[0] == PAD else before[gram] for gram, count in self.counts[n - 1].items()
            }

    def discount(self, n: int, count: int) -> float:
        kinds = collections.Counter(self.counts[n - 1].values())
        found = [0.0]
        if kinds[1] and kinds[2] and kinds[3]:
            y = kinds[1] / (kinds[1] + 2 * kinds[2])
            found += [k - (k + 1) * y * kinds[k + 1] / kinds[k] for k in (1, 2, 3)]
        return (found if len(found) == 4 and min(found[1:]) > 0 else (0, 0.5, 1.0, 1.5))[min(count, 3)]

    def probability(self, symbol: int, context: tuple[int, ...]) -> float:
        n = len(context) + 1
        lower = self.probability(symbol, context[1:]) if context else 1 / self.size
        after = {gram[-1]: count for gram, count in self.counts[n - 1].items() if gram[:-1] == context}
        if not after:
            return lower
        count, total = after.get(symbol, 0), sum(after.values())
        held = sum(self.discount(n, each) for each in after.values())
        return (count - self.discount(n, count) + held * lower) / total


@settings(deadline=None, max_examples=60)
@example([[0], [0], [0, 1, 0, 1, 1, 1, 1]], 2, [0, 0, 0])  # few enough for estimated discounts of 0
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=40), min_size=1, max_size=4),
    st.integers(1, 4),
    st.lists(st.integers(-1, 3), min_size=3, max_size=3),
)
def test_it_is_what_dictionaries_give_and_sums_to_one(sequences, order, context):
    model, reference = of(sequences, order=order, size=4), Reference(sequences, order, 4)
    near = context[: order - 1]
    found = given_context(model, near, 4)
    assert found == pytest.approx([reference.probability(symbol, tuple(near[::-1])) for symbol in range(4)])
    assert sum(found) == pytest.approx(1) and min(found) > 0


def test_longer_contexts_tell_more_where_there_is_more_to_tell():
    sequence = list(itertools.islice(itertools.cycle([0, 1, 0, 2, 0, 3]), 600))
    costs = []
    for order in (1, 2, 3):
        model = of([sequence], order=order, size=4)
        costs.append(-np.log(model.probabilities(*histories([sequence], order=order))).mean())
    assert costs[0] > costs[1] > 10 * costs[2]


def test_columns_of_a_context_can_be_of_other_symbols():
    """A target that is a column of its context modulo 2, which has more symbols than the target."""
    columns = np.random.default_rng(0).integers(0, 50, (2000, 1))
    model = KneserNey(columns, columns[:, 0] % 2, size=2, reach=50)
    assert model.probabilities(columns, columns[:, 0] % 2).min() > 0.95
