# SPDX-License-Identifier: Apache-2.0
"""A part finds the object that it belongs to by its mask; instances are painted by number."""

import numpy as np
import pytest
from support.fakes import made_dialogue, rectangle

from reasonseg_ros.core.dialogue.dialogue import Instance, label_image, parent_of
from reasonseg_ros.core.masks import Rle

MUG = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 10, 10))
TRAY = Instance(2, 0, 1, 'tray', 0.9, rectangle(0, 0, 20, 20))
HANDLE = Instance(3, 1, 2, 'handle', 0.9, rectangle(0, 0, 10, 9))


def new(label: str, mask: Rle) -> Instance:
    return Instance(9, 0, 3, label, 0.9, mask)


def thing(number: int, mask: Rle, parent: int = 0) -> Instance:
    return Instance(number, parent, 1, 'thing', 1.0, mask)


def test_an_id_that_was_taken_back_is_given_to_nothing_else():
    dialogue = made_dialogue('mug', 'bottle cap<2')
    dialogue.rewind(1)
    assert dialogue.next_id == 4
    dialogue.rewind(0)
    assert dialogue.next_id == 4
    dialogue.rewind(0, reuse_ids=True)
    assert dialogue.next_id == 1


def test_a_small_mask_inside_an_object_of_another_label_is_its_part():
    assert parent_of(new('handle', rectangle(6, 0, 12, 4)), 0, (), (MUG,)) == 1  # 2/3 inside


@pytest.mark.parametrize(('label', 'box'), [
    ('mug', (0, 0, 4, 4)),        # the same noun is not its own part
    ('handle', (8, 0, 14, 4)),    # only 1/3 inside
    ('handle', (0, 0, 10, 6)),    # 60 % of the area is not clearly smaller
    ('handle', (12, 12, 14, 14)),
])
def test_a_mask_that_does_not_fit_has_no_parent(label, box):
    assert parent_of(new(label, rectangle(*box)), 0, (), (MUG,)) == 0


def test_a_referenced_object_comes_before_a_newer_one():
    part = new('handle', rectangle(0, 0, 4, 4))
    assert parent_of(part, 0, (), (MUG, TRAY)) == 2
    assert parent_of(part, 0, (MUG,), (MUG, TRAY)) == 1


def test_a_part_has_no_parts():
    assert parent_of(new('bolt', rectangle(0, 0, 2, 2)), 0, (HANDLE,), (HANDLE,)) == 0


def test_what_the_engine_says_stands_where_there_is_such_an_instance():
    far = new('handle', rectangle(28, 20, 30, 22))
    assert parent_of(far, 1, (), (MUG, TRAY)) == 1
    assert parent_of(far, 7, (), (MUG, TRAY)) == 0


def test_masks_of_another_resolution_are_not_compared():
    small = new('handle', rectangle(0, 0, 4, 4, width=16, height=12))
    assert parent_of(small, 0, (MUG,), (MUG,)) == 0


def test_the_later_instance_wins_where_two_overlap():
    later, earlier = thing(5, rectangle(2, 0, 6, 24)), thing(2, rectangle(0, 0, 4, 24))
    image = label_image([later, earlier], 24, 32, parts=False)
    assert image.dtype == np.uint16 and image.shape == (24, 32)
    assert image[0, :8].tolist() == [2, 2, 5, 5, 5, 5, 0, 0]


def test_objects_and_parts_are_painted_in_images_of_their_own():
    shown = [thing(1, rectangle(0, 0, 4, 4)), thing(2, rectangle(1, 1, 2, 2), parent=1)]
    assert np.unique(label_image(shown, 24, 32, parts=False)).tolist() == [0, 1]
    assert np.unique(label_image(shown, 24, 32, parts=True)).tolist() == [0, 2]
