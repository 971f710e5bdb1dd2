# SPDX-License-Identifier: Apache-2.0
"""Masks of an answer keep the ids of the things that they show."""

from dataclasses import replace

from support.fakes import rectangle

from reasonseg_ros.core.dialogue.dialogue import Instance, State
from reasonseg_ros.core.memory.identity import match

MUG = Instance(3, 0, 1, 'mug', 0.9, rectangle(0, 0, 10, 10))
HANDLE = Instance(4, 3, 2, 'handle', 0.9, rectangle(0, 0, 8, 10))
LAMP = Instance(5, 0, 2, 'lamp', 0.9, rectangle(20, 0, 30, 10))
KNOWN = (MUG, HANDLE, LAMP)


def test_a_mask_over_a_known_thing_keeps_its_id():
    masks = [rectangle(1, 0, 10, 10), rectangle(20, 12, 30, 22), rectangle(20, 0, 29, 9)]
    assert match(masks, KNOWN, [0, 0, 0], ['mug', 'lamp', 'lamp']) == {0: 3, 2: 5}


def test_a_part_is_not_taken_for_its_owner():
    mask = [rectangle(0, 0, 9, 10)]
    assert match(mask, KNOWN, [3], ['handle']) == {0: 4}
    assert match(mask, (MUG,), [3], ['handle']) == {}
    assert match(mask, (MUG,), [0], ['cup']) == {0: 3}, 'another name for the same thing'


def test_a_rough_outline_is_enough_where_no_other_thing_has_the_name():
    rough = [rectangle(0, 4, 10, 14)]
    assert match(rough, KNOWN, [0], ['mug']) == {0: 3}
    another = replace(MUG, id=9, mask=rectangle(0, 14, 10, 20))
    assert match(rough, (*KNOWN, another), [0], ['mug']) == {}


def test_each_thing_is_taken_once():
    same = rectangle(0, 0, 10, 10)
    assert match([same, same], (MUG,), [0, 0], ['mug', 'mug']) == {0: 3}


def test_what_is_out_of_sight_is_found_again_by_its_looks_alone():
    lost = replace(MUG, state=State.LOST)
    elsewhere, stale = [rectangle(12, 12, 20, 20)], [rectangle(0, 0, 9, 9)]
    assert match(stale, (lost,), [0], ['mug']) == {}, 'another thing stands where it stood'
    assert match(elsewhere, (lost,), [0], ['mug'], lambda mask, number: 0.9) == {0: 3}
    assert match(elsewhere, (lost,), [0], ['mug'], lambda mask, number: 0.2) == {}
    assert match([MUG.mask], (lost,), [0], ['mug']) == {0: 3}, 'recalled by its number'
    two = (lost, replace(lost, id=9))
    assert match(elsewhere, two, [0], ['mug'], lambda mask, number: 0.9) == {}
