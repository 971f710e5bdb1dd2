# SPDX-License-Identifier: Apache-2.0
"""Metrics against values computed by hand."""

import math

import cv2
import numpy as np
import pytest
from support.reference_metrics import ciou, expected_calibration_error, giou

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.metrics import Overlap, boundary_iou, box_iou, match, overlap


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


def test_boxes_overlap_as_their_areas_say() -> None:
    assert box_iou((0, 0, 4, 2), (2, 0, 6, 2)) == pytest.approx(4 / 12)
    assert box_iou((0, 0, 1, 1), (5, 5, 6, 6)) == 0.0
    assert box_iou((0, 0, 0, 0), (0, 0, 0, 0)) == 1.0


def square(size: int, low: int, high: int) -> Rle:
    mask = np.zeros((size, size), bool)
    mask[low:high, low:high] = True
    return Rle.encode(mask)


def test_boundary_iou_compares_the_rims_only() -> None:
    # 36x36 pixels: a boundary is one pixel wide; squares of 20 and 18 pixels share no rim
    outer, inner = square(36, 5, 25), square(36, 6, 24)
    assert boundary_iou(outer, outer) == 1.0
    assert outer.iou(inner) == pytest.approx(0.81)
    assert boundary_iou(outer, inner) == 0.0


def test_boundary_iou_is_that_of_whole_images() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        masks = [cv2.GaussianBlur(rng.random((120, 160)), (0, 0), 9) > 0.5 for _ in range(2)]
        rims = []
        for mask in masks:
            framed = np.pad(mask.astype(np.uint8), 1)
            rims.append(mask & ~cv2.erode(framed, np.ones((3, 3)), iterations=4)[1:-1, 1:-1]
                        .astype(bool))
        whole = (rims[0] & rims[1]).sum() / (rims[0] | rims[1]).sum()
        assert boundary_iou(*map(Rle.encode, masks)) == pytest.approx(whole, abs=1e-12)


def test_the_border_of_the_image_is_a_boundary_and_empty_masks_agree() -> None:
    full, empty = square(36, 0, 36), square(36, 0, 0)
    assert boundary_iou(full, square(36, 1, 35)) == 0.0
    assert boundary_iou(empty, empty) == 1.0 and boundary_iou(full, empty) == 0.0
