# SPDX-License-Identifier: Apache-2.0
"""Whatever the size of a frame, masks come back where they were."""

import numpy as np
import pytest
import torch

from reasonseg_ros.engines.letterbox import GREY, Letterbox

SIZES = [(480, 640), (144, 192), (1080, 1920), (400, 300), (37, 91)]


@pytest.mark.parametrize('size', SIZES)
def test_a_mask_survives_the_way_to_the_grid_and_back(size: tuple[int, int]) -> None:
    height, width = size
    mask = np.zeros(size, bool)
    mask[height // 4:height // 2, width // 3:width // 3 * 2] = True
    view = Letterbox(size, (144, 192))
    soft = view.shrink(mask, (72, 96))
    back = view.mask(soft - 0.5, (72, 96))
    assert back.shape == size
    assert (back & mask).sum() / (back | mask).sum() > 0.85


def test_a_wide_frame_is_centred_on_grey_and_not_stretched() -> None:
    view = Letterbox((100, 400), (144, 192))
    image = view.image(np.full((100, 400, 3), 200, np.uint8))
    assert view.inner == (48, 0, 48, 192)
    assert (image[0, 48:96] == 200).all()
    assert (image[0, :48] == GREY).all() and (image[0, 96:] == GREY).all()


@pytest.mark.parametrize('size', SIZES)
def test_a_box_of_the_whole_frame_is_the_inner_part_of_the_image(size) -> None:
    view = Letterbox(size, (144, 192))
    top, left, height, width = view.inner
    box = view.box((0, 0, size[1], size[0]))
    expected = [left / 192, top / 144, (left + width) / 192, (top + height) / 144]
    assert torch.allclose(torch.tensor(box), torch.tensor(expected), atol=1e-6)
