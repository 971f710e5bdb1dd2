# SPDX-License-Identifier: Apache-2.0
"""Metrics against values computed by hand."""

import math

import numpy as np
import pytest

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.metrics import Overlap
from reasonseg_ros.evaluation.metrics import ciou
from reasonseg_ros.evaluation.metrics import expected_calibration_error
from reasonseg_ros.evaluation.metrics import giou
from reasonseg_ros.evaluation.metrics import match
from reasonseg_ros.evaluation.metrics import overlap


def box(x0: int, x1: int) -> Rle:
    mask = np.zeros((4, 12), bool)
    mask[:, x0:x1] = True
    return Rle.encode(mask)


def test_overlap_counts_pixels() -> None:
    assert overlap(box(0, 4), box(2, 6)) == Overlap(8, 24)
    assert overlap(None, box(2, 6)) == Overlap(0, 16)
    assert overlap(box(0, 1), None) == Overlap(0, 4)


def test_cumulative_and_mean_iou_differ_as_they_should() -> None:
    overlaps = [Overlap(90, 100), Overlap(1, 10)]
    assert ciou(overlaps) == pytest.approx(91 / 110)
    assert giou(overlaps) == pytest.approx(0.5)
    assert math.isnan(ciou([])) and math.isnan(giou([]))


def test_matching_takes_the_best_pairs_and_keeps_what_is_left_over() -> None:
    predicted, truth = [box(0, 4), box(6, 10), box(11, 12)], [box(6, 9), box(1, 4)]
    assert match(predicted, truth) == [(0, 1), (1, 0), (2, None)] or match(
        predicted, truth) == [(1, 0), (0, 1), (2, None)]
    assert match([], truth) == [(None, 0), (None, 1)]
    assert match(predicted[:1], []) == [(0, None)]


def test_masks_that_do_not_touch_are_not_a_pair() -> None:
    assert match([box(0, 2)], [box(5, 7)]) == [(0, None), (None, 0)]


def test_calibration_error_is_the_gap_between_promise_and_truth() -> None:
    assert expected_calibration_error([0.95] * 4, [True] * 3 + [False]) == pytest.approx(0.2)
    assert expected_calibration_error([1.0, 0.0], [True, False]) == pytest.approx(0.0)
