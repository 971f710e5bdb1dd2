# SPDX-License-Identifier: Apache-2.0
"""Overlays: what they change, what they leave alone, where the tags go."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.drawing.labels import Tag, place, tag_size, text_height
from reasonseg_ros.drawing.overlay import captioned, colour_of, contact_sheet, overlay

SIZES = [(240, 320), (480, 640), (1080, 1920)]


def _rectangle(shape, y0, x0, y1, x1):
    mask = np.zeros(shape, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def _instance(number, label, mask):
    return Instance(number, 0, 1, label, 0.9, Rle.encode(mask))


def _grey(shape):
    return np.full((*shape, 3), 120, np.uint8)


@pytest.mark.parametrize('shape', SIZES)
def test_pixels_far_from_masks_and_tags_are_unchanged(shape):
    height, width = shape
    mask = _rectangle(shape, height // 2, width // 2, height // 2 + 40, width // 2 + 40)
    rgb = _grey(shape)
    changed = (overlay(rgb, [_instance(1, 'mug', mask)]) != rgb).any(2)
    size = text_height(height, width)
    near = cv2.dilate(mask.astype(np.uint8), np.ones((23, 23), np.uint8)).astype(bool)
    high, wide = tag_size('1 mug', size)
    strays = changed & ~near
    rows, columns = np.nonzero(strays)
    assert rows.size, 'the tag is drawn'
    assert rows.max() - rows.min() < high
    assert columns.max() - columns.min() < wide


def test_the_image_itself_is_not_touched():
    rgb = _grey((60, 80))
    overlay(rgb, [_instance(1, 'mug', _rectangle((60, 80), 10, 10, 30, 30))])
    assert (rgb == 120).all()


def test_the_fill_is_the_colour_of_the_instance_and_covers_the_mask_only():
    mask = _rectangle((240, 320), 100, 100, 160, 180)
    drawn = overlay(_grey((240, 320)), [_instance(3, 'bottle', mask)])
    expected = 120 + 0.42 * (np.array(colour_of(3)) - 120.0)
    assert np.abs(drawn[130, 140] - expected).max() <= 1
    assert not np.abs(drawn[130, 99] - expected).max() <= 1


def test_a_part_inside_an_object_keeps_its_own_colour():
    body = _rectangle((240, 320), 60, 60, 200, 260)
    part = _rectangle((240, 320), 120, 120, 160, 180)
    drawn = overlay(_grey((240, 320)), [_instance(2, 'handle', part), _instance(1, 'mug', body)])
    expected = 120 + 0.42 * (np.array(colour_of(2)) - 120.0)
    assert np.abs(drawn[140, 150] - expected).max() <= 1


def test_earlier_instances_are_outlined_and_not_filled():
    mask = _rectangle((240, 320), 100, 100, 160, 180)
    drawn = overlay(_grey((240, 320)), [], [_instance(1, 'mug', mask)])
    assert (drawn[110, 110] == 120).all()
    assert (drawn[99, 140] != 120).any()


def test_an_empty_mask_draws_nothing():
    rgb = _grey((60, 80))
    assert (overlay(rgb, [_instance(1, 'mug', np.zeros((60, 80), bool))]) == rgb).all()


def test_a_mask_of_another_size_is_refused_with_both_sizes():
    with pytest.raises(ValueError, match='40x30.*80x60'):
        overlay(_grey((60, 80)), [_instance(1, 'mug', np.ones((30, 40), bool))])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 230), st.integers(0, 310), st.integers(2, 90),
                          st.integers(2, 90)), min_size=1, max_size=9))
def test_tags_stay_inside_the_image(boxes):
    shape = (240, 320)
    size = text_height(*shape)
    tags = [Tag(f'{n} pair of scissors', (255, 0, 0),
                _rectangle(shape, y, x, min(y + h, 240), min(x + w, 320)), True)
            for n, (y, x, h, w) in enumerate(boxes, start=1)]
    for tag, (y, x) in place(tags, shape, size):
        high, wide = tag_size(tag.text, size)
        assert 0 <= y <= 240 - high
        assert 0 <= x <= 320 - wide


@pytest.mark.parametrize('corner', [(0, 0), (232, 312), (116, 156), (0, 156)])
def test_a_tag_does_not_cover_a_small_mask(corner):
    shape = (240, 320)
    y, x = corner
    mask = _rectangle(shape, y, x, y + 8, x + 8)
    size = text_height(*shape)
    ((tag, (top, left)),) = place([Tag('1 red button', (255, 0, 0), mask, True)], shape, size)
    high, wide = tag_size(tag.text, size)
    assert not mask[top:top + high, left:left + wide].any()


def test_tags_of_neighbours_do_not_overlap():
    shape = (240, 320)
    size = text_height(*shape)
    tags = [Tag(f'{n} bottle', (255, 0, 0), _rectangle(shape, 100, 90 + 14 * n, 140, 100 + 14 * n),
                True) for n in range(5)]
    drawn = np.zeros(shape, int)
    for tag, (y, x) in place(tags, shape, size):
        high, wide = tag_size(tag.text, size)
        drawn[y:y + high, x:x + wide] += 1
    assert drawn.max() == 1


def test_a_label_longer_than_the_image_is_cut():
    mask = _rectangle((40, 60), 10, 10, 20, 20)
    drawn = overlay(_grey((40, 60)), [_instance(1, 'a very long label indeed', mask)])
    assert drawn.shape == (40, 60, 3)


def test_a_caption_is_a_strip_below_the_image():
    rgb = _grey((240, 320))
    image = captioned(rgb, '1  the mug', 'the mug ' * 40)
    assert image.shape[1] == 320
    assert image.shape[0] > 240
    assert (image[:240] == rgb).all()


def test_a_contact_sheet_has_room_for_every_image():
    sheet = contact_sheet([_grey((60, 80))] * 3, columns=2, gap=4)
    assert sheet.shape == (2 * 64 + 4, 2 * 84 + 4, 3)
    assert np.count_nonzero((sheet == 120).all(2)) == 3 * 60 * 80
