# SPDX-License-Identifier: Apache-2.0
"""Cut-outs show what a mask covers, on black; boxes stay inside the image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('transformers')

from reasonseg_ros.nn import cutout
from reasonseg_ros.nn.sam import SamView

VIEW = SamView((30, 40), 64)


def block(height: int, width: int, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[top:bottom, left:right] = True
    return mask


def test_the_square_holds_the_image_above_black() -> None:
    padded = cutout.square(np.full((30, 40, 3), 200, np.uint8), VIEW)
    assert padded.shape == (64, 64, 3)
    assert (padded[:48] == 200).all() and not padded[48:].any()


def test_a_given_mask_is_cut_by_its_extent_and_lies_top_left() -> None:
    rgb = np.full((30, 40, 3), 200, np.uint8)
    mask = block(30, 40, 5, 10, 15, 14)
    mask[5, 10] = False
    cut = cutout.cut_given(rgb, mask)
    assert cut.shape == (10, 10, 3)
    assert cut[0, 0].tolist() == [0, 0, 0] and (cut[1:, :4] == 200).all()
    assert not cut[:, 4:].any()


def test_a_predicted_mask_is_cut_by_its_box() -> None:
    image = np.full((64, 64, 3), 200, np.uint8)
    cut = cutout.cut_predicted(image, block(64, 64, 0, 0, 20, 20), (10, 10, 30, 40))
    assert cut.shape == (30, 30, 3)
    assert (cut[:10, :10] == 200).all() and not cut[10:].any() and not cut[:, 10:].any()


@settings(deadline=None, max_examples=50)
@given(st.tuples(*[st.floats(-200, 300)] * 4))
def test_predicted_boxes_become_boxes_inside_the_square(box) -> None:
    left, top, right, bottom = cutout.whole_pixels(box, 64)
    assert 0 <= left <= right - cutout.SMALLEST <= 62
    assert 0 <= top <= bottom - cutout.SMALLEST <= 62


def test_boxes_are_read_rows_first_and_include_their_last_pixel() -> None:
    mask = cutout.square_mask(block(30, 40, 10, 20, 20, 40), VIEW)
    box = cutout.extent(mask)
    assert box == (32, 16, 63, 31)
    assert cutout.rows_first(box, 64) == (16 / 64, 32 / 64, 31 / 64, 63 / 64)
