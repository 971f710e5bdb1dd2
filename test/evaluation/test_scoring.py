# SPDX-License-Identifier: Apache-2.0
"""One answer against its truths: every pixel counts once, and masks of two sizes are refused."""

import numpy as np
import pytest

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.records import TargetScore
from reasonseg_ros.evaluation.scoring import score


def box(x0: int, x1: int, height: int = 4) -> Rle:
    mask = np.zeros((height, 12), bool)
    mask[:, x0:x1] = True
    return Rle.encode(mask)


def answered(mask: Rle, score: float = 0.5, parent: int = 0) -> Instance:
    return Instance(1, parent, 1, 'mug', score, mask)


def test_a_right_answer_gets_all_pixels_whole_boxes_and_its_score() -> None:
    result = score([answered(box(0, 3), 0.9)], [TruthMask('', box(0, 3), 'part')], boundary=True)
    assert result.targets == (TargetScore('part', 12, 12, 1.0, 0.9, instance=1),)
    assert (result.intersection, result.union, result.boundary_iou) == (12, 12, 1.0)


def test_a_missed_target_and_an_unasked_mask_count_with_no_pixel_shared() -> None:
    result = score([answered(box(8, 10), 0.7)], [TruthMask('', box(0, 3), 'part')], boundary=True)
    assert set(result.targets) == {TargetScore('part', 0, 12),
                                   TargetScore('part', 0, 8, 0.0, 0.7, False, 1)}
    assert (result.intersection, result.union, result.boundary_iou) == (0, 20, 0.0)


def test_two_masks_that_together_are_right_are_right_together_only() -> None:
    result = score([answered(box(0, 2)), answered(box(2, 4))], [TruthMask('', box(0, 4))])
    assert (result.intersection, result.union) == (16, 16)
    assert [(t.wanted, t.iou) for t in result.targets] == [(True, 0.5), (False, 0.0)]


def test_the_best_overlap_pairs_first_unless_the_order_is_given() -> None:
    masks = [answered(box(6, 9)), answered(box(0, 3))]
    truths = [TruthMask('', box(0, 3)), TruthMask('', box(6, 9))]
    assert [t.iou for t in score(masks, truths).targets] == [1.0, 1.0]
    assert [t.iou for t in score(masks, truths, ordered=True).targets] == [0.0, 0.0]
    assert score(masks[:1], truths, ordered=True).pairs == ((0, 0), (None, 1))


def test_ignored_pixels_count_nowhere() -> None:
    result = score([answered(box(0, 6))], [TruthMask('', box(0, 4))], ignore=box(3, 12))
    assert result.targets[0].iou == 1.0 and result.union == 12


def test_an_answer_where_nothing_was_asked_for_is_a_part_when_it_has_a_parent() -> None:
    result = score([answered(box(0, 2), parent=4), answered(box(4, 6))], [], boundary=True)
    assert [(t.sort, t.wanted) for t in result.targets] == [('part', False), ('object', False)]
    assert (result.intersection, result.union, result.boundary_iou) == (0, 16, None)
    assert score([], []).fields == {
        'targets': (), 'union_intersection': 0, 'union_union': 0, 'boundary_iou': None,
        'square_intersection': 0, 'square_union': 0}


def test_pixels_of_the_square_are_counted_when_asked_for() -> None:
    fields = score([answered(box(0, 3))], [TruthMask('', box(0, 6))], square=True).fields
    assert fields['square_union'] == 1024 * 512
    assert fields['square_intersection'] == 1024 * 256


def test_nothing_answered_for_nothing_counts_what_the_protocol_says() -> None:
    (target,) = score([answered(box(0, 0))], [TruthMask('', box(0, 0))], empty_iou=0.0).targets
    assert (target.union, target.empty_iou, target.iou) == (0, 0.0, 0.0)
    (target,) = score([answered(box(0, 0))], [TruthMask('', box(0, 0))]).targets
    assert (target.empty_iou, target.iou) == (None, 1.0)
    (target,) = score([answered(box(0, 2))], [TruthMask('', box(0, 4))], empty_iou=0.0).targets
    assert (target.empty_iou, target.iou) == (None, 0.5)


def test_a_predicted_box_is_measured_beside_that_of_the_mask() -> None:
    truths = [TruthMask('', box(0, 4)), TruthMask('', box(6, 9))]
    found = score([answered(box(0, 2))], truths, boxes=[(-1.0, 0.0, 4.0, 4.0)]).targets
    assert [(t.box_iou, t.predicted_box_iou) for t in found] == [(0.5, 0.8), (0.0, 0.0)]
    found = score([answered(box(0, 2))], truths).targets
    assert [t.predicted_box_iou for t in found] == [None, None]
    assert score([answered(box(0, 2))], truths[:1], boxes=[None]).targets[0].predicted_box_iou == 0


def test_masks_of_two_sizes_are_refused_with_both_sizes() -> None:
    with pytest.raises(BadRequest, match='true mask is 12x5, the answered mask 12x4'):
        score([answered(box(0, 2))], [TruthMask('', box(0, 2, height=5))])
