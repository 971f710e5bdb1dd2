# SPDX-License-Identifier: Apache-2.0
"""Each query draws with its own convolutions, around its own centre."""

import torch

from reasonseg_ros.nn.hipie import hipie
from reasonseg_ros.nn.hipie.hipie import MAPS


def test_a_query_may_draw_what_lies_left_of_its_centre() -> None:
    parameters = torch.zeros(2, hipie.PARAMETERS)
    first, second = MAPS * (MAPS + 2), MAPS * MAPS
    parameters[:, 0] = 1                        # first channel: distance to the left
    parameters[:, first] = 1
    parameters[:, first + second] = 1
    parameters[:, -1] = -3                      # at least three pixels
    maps = torch.zeros(MAPS, 8, 8)              # an image of 64 pixels
    centres = torch.tensor([[32.0, 0.0], [16.0, 0.0]])
    shown = hipie.draw(parameters, centres, maps) > 0
    assert shown.shape == (2, 16, 16)
    assert shown.any(1).sum(1).tolist() == [8, 4]   # columns, of four pixels
    assert shown[0, :, :8].all() and not shown[0, :, 8:].any()


def test_doubling_keeps_the_place_of_pixels() -> None:
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    doubled = hipie.aligned_double(ramp)
    assert doubled.shape == (1, 1, 8, 8)
    assert doubled[0, 0, 0].tolist() == [0, 0, 0.5, 1, 1.5, 2, 2.5, 3]
