# SPDX-License-Identifier: Apache-2.0
"""Masks survive encoding, and what is computed on run lengths agrees with numpy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from reasonseg_ros.core.masks import Rle, crop, union

SHAPES = st.tuples(st.integers(1, 12), st.integers(1, 12))
MASKS = SHAPES.flatmap(lambda shape: hnp.arrays(bool, shape))
PAIRS = SHAPES.flatmap(lambda shape: st.tuples(hnp.arrays(bool, shape), hnp.arrays(bool, shape)))


def rectangle(x0: int, y0: int, x1: int, y1: int) -> Rle:
    mask = np.zeros((6, 8), bool)
    mask[y0:y1, x0:x1] = True
    return Rle.encode(mask)


@settings(deadline=None, max_examples=50)
@given(MASKS)
def test_a_mask_survives_encoding_and_knows_its_area_and_box(mask):
    rle = Rle.encode(mask)
    np.testing.assert_array_equal(rle.decode(), mask)
    assert rle.area == mask.sum()
    rows, cols = np.nonzero(mask)
    box = (cols.min(), rows.min(), cols.max() + 1, rows.max() + 1) if rows.size else (0,) * 4
    assert rle.box == box


@settings(deadline=None, max_examples=50)
@given(PAIRS)
def test_overlaps_agree_with_counting_pixels(pair):
    a, b = pair
    one, two = Rle.encode(a), Rle.encode(b)
    both, either = (a & b).sum(), (a | b).sum()
    assert np.isclose(one.iou(two), both / either if either else 1.0)
    assert np.isclose(one.covered_by(two), both / a.sum() if a.any() else 0.0)
    np.testing.assert_array_equal(union([one, two], *a.shape), a | b)


@settings(deadline=None, max_examples=200)
@given(MASKS)
def test_run_lengths_are_those_of_pycocotools(mask):
    assert Rle.encode(mask).counts == coco.encode(np.asfortranarray(mask, np.uint8))['counts']


@settings(deadline=None, max_examples=50)
@given(MASKS)
def test_a_crop_put_back_at_its_box_is_the_mask(mask):
    (x, y, width, height), inside = crop(Rle.encode(mask))
    assert inside.shape == (height, width)
    back = np.zeros_like(mask)
    back[y:y + height, x:x + width] = inside
    np.testing.assert_array_equal(back, mask)


def test_the_union_of_no_masks_is_empty():
    assert not union([], 6, 8).any()


def test_masks_of_other_resolutions_are_told_apart():
    assert rectangle(0, 0, 1, 1).same_size(rectangle(1, 1, 2, 2))
    assert not rectangle(0, 0, 1, 1).same_size(Rle.encode(np.ones((8, 6), bool)))
