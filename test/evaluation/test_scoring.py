# SPDX-License-Identifier: Apache-2.0
"""An answered round against its right masks, with rectangles that can be counted by hand."""

import pytest

pytest.importorskip('yaml')

from fakes import rectangle
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.evaluation.scoring import box_iou
from reasonseg_ros.evaluation.scoring import missed
from reasonseg_ros.evaluation.scoring import score
from reasonseg_ros.evaluation.script import Target

LEFT, RIGHT = rectangle(0, 0, 10, 10), rectangle(20, 0, 30, 10)
HALF = rectangle(0, 0, 10, 5)


def shown(number: int, mask, parent: int = 0) -> Instance:
    """Return an instance of a fixed score."""
    return Instance(number, parent, 1, 'thing', 0.75, mask)


def test_each_target_gets_its_best_answer():
    scored = score([shown(5, RIGHT), shown(6, HALF)], [Target(LEFT, 'a'), Target(RIGHT, 'b')])
    pairs = {(t.intersection, t.union, t.box_iou, t.score, t.wanted) for t in scored.targets}
    assert pairs == {(100, 100, 1.0, 0.75, True), (50, 100, 0.5, 0.75, True)}
    assert scored.meant == {0: 6, 1: 5}
    assert (scored.union_intersection, scored.union_union) == (150, 200)


def test_a_missed_target_and_an_unasked_mask_count_in_full():
    scored = score([shown(1, RIGHT)], [Target(LEFT, part=True)])
    wanted, unasked = sorted(scored.targets, key=lambda t: not t.wanted)
    assert (wanted.sort, wanted.intersection, wanted.union, wanted.score) == ('part', 0, 100, None)
    assert (unasked.sort, unasked.intersection, unasked.union, unasked.score) == (
        'object', 0, 100, 0.75)
    assert (scored.union_intersection, scored.union_union) == (0, 200)


def test_a_wrong_mask_is_what_people_will_speak_of():
    assert score([shown(7, RIGHT)], [Target(LEFT, 'a')]).meant == {0: 7}


def test_nothing_asked_for_and_nothing_shown_leaves_nothing():
    scored = missed(())
    assert (scored.targets, scored.union_intersection, scored.union_union) == ((), 0, 0)


def test_the_box_of_an_empty_mask_overlaps_nothing():
    assert box_iou(rectangle(0, 0, 0, 0), LEFT) == 0.0
    assert box_iou(LEFT, rectangle(5, 0, 15, 10)) == pytest.approx(50 / 150)
