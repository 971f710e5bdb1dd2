# SPDX-License-Identifier: Apache-2.0
"""Decisions become balanced without giving up the answerable ones."""

import numpy as np

from reasonseg_ros.training.calibrate import ASKED
from reasonseg_ros.training.calibrate import REFUSED
from reasonseg_ros.training.calibrate import best_bias


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
