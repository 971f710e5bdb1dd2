# SPDX-License-Identifier: Apache-2.0
"""Intervals come from whole dialogues, are the same every time, and as wide as they should be."""

import math

import numpy as np
import pytest

from reasonseg_ros.evaluation import bootstrap
from reasonseg_ros.evaluation.bootstrap import difference, estimate, resample


def mean(drawn: np.ndarray) -> np.ndarray:
    return drawn[:, 0] / drawn[:, 1]


def test_the_interval_of_a_mean_is_that_of_the_textbook() -> None:
    values = np.random.default_rng(1).normal(0.6, 0.1, 400)
    sums = np.stack([values, np.ones(400)], axis=1)
    found = estimate(values.mean(), mean(resample(sums, 4000)), 400)
    margin = 1.96 * values.std() / math.sqrt(400)
    assert found.low == pytest.approx(values.mean() - margin, abs=0.001)
    assert found.high == pytest.approx(values.mean() + margin, abs=0.001)


def test_the_same_seed_draws_the_same_dialogues_in_pieces_or_at_once(monkeypatch) -> None:
    sums = np.random.default_rng(0).random((30, 3))
    assert np.array_equal(resample(sums), resample(sums))
    assert not np.array_equal(resample(sums), resample(sums, seed=1))
    whole = resample(sums, 50)
    monkeypatch.setattr(bootstrap, 'CHUNK', 100)
    assert np.allclose(resample(sums, 50), whole)


def test_rounds_that_repeat_in_a_dialogue_are_no_further_evidence() -> None:
    hits = np.random.default_rng(2).integers(0, 2, 40).astype(float)
    once, often = np.stack([hits, np.ones(40)], 1), np.stack([8 * hits, 8 * np.ones(40)], 1)
    assert np.allclose(mean(resample(once)), mean(resample(often)))


def test_one_dialogue_says_nothing_about_others() -> None:
    found = estimate(0.5, mean(resample(np.array([[1.0, 2.0]]))), 1)
    assert found.value == 0.5 and math.isnan(found.low) and math.isnan(found.high)


def test_a_difference_that_is_always_there_is_significant_and_none_is_not() -> None:
    steady = difference(0.1, np.full(1000, 0.1), 20)
    assert steady.significant and steady.p == pytest.approx(2 / 1001)
    none = difference(0.0, np.zeros(1000), 20)
    assert not none.significant and none.p == 1.0


def test_under_no_difference_about_one_comparison_in_twenty_seems_significant() -> None:
    rng = np.random.default_rng(3)
    count = 0
    for seed in range(200):
        one, two = rng.random((2, 60))
        drawn = resample(np.stack([one, two, np.ones(60)], 1), 400, seed)
        gaps = (drawn[:, 1] - drawn[:, 0]) / drawn[:, 2]
        count += difference(float(two.mean() - one.mean()), gaps, 60).significant
    assert 3 <= count <= 20
