# SPDX-License-Identifier: Apache-2.0
"""Decisions become balanced without giving up the answerable ones."""

import numpy as np

from reasonseg_ros.training.calibrate import ASKED, REFUSED, best_bias, score_line


def drawn(count: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a cautious model: right, but with too little for the rare decisions."""
    rng = np.random.default_rng(0)
    right = rng.choice(3, count, p=(0.8, 0.15, 0.05))
    return rng.normal(0, 1, (count, 3)) + 3 * np.eye(3)[right] - (0, 2, 3), right


def test_rare_decisions_are_found_more_often_and_common_ones_kept() -> None:
    logits, right = drawn()
    bias = best_bias(logits, right)
    before, after = (np.array([np.mean((logits + b).argmax(1)[right == k] == k)
                               for k in range(3)]) for b in ((0, 0, 0), bias))
    assert after[0] >= 1 - REFUSED - ASKED
    assert after[1] > before[1] + 0.2 and after[2] > before[2] + 0.2


def test_nothing_changes_when_a_decision_never_occurs() -> None:
    logits, right = drawn()
    assert best_bias(logits[right != 2], right[right != 2]) == (0.0, 0.0, 0.0)


def test_the_line_turns_bold_scores_into_chances() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(1, 2, 4000)
    hits = rng.random(4000) < 1 / (1 + np.exp(-(0.5 * logit - 1)))
    slope, offset = score_line(1 / (1 + np.exp(-logit)), hits)
    assert abs(slope - 0.5) < 0.05 and abs(offset + 1) < 0.1


def test_a_line_that_cannot_be_fitted_changes_nothing() -> None:
    assert score_line([0.2, 0.9], [True, True]) == (1.0, 0.0)
    slope, offset = score_line([0.1, 0.9], [False, True])  # separable: no end without the ridge
    assert np.isfinite([slope, offset]).all()
