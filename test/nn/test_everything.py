# SPDX-License-Identifier: Apache-2.0
"""The everything mode clicks on a grid, measures masks as they are, and keeps the best ones."""

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')

from support import parity_sam
from support.comparison import Table
from support.golden import each_folder

from reasonseg_ros.nn import everything
from reasonseg_ros.nn.sam import SamView


@each_folder('sam_everything')
def test_every_step_gives_the_numbers_of_the_original_package(folder) -> None:
    table = Table()
    parity_sam.run_sam(folder, table)
    assert len(table.rows) == 30
    assert table.wrong == 0, table.text()


def test_clicks_lie_in_the_middle_of_equal_cells() -> None:
    assert everything.grid(2, (60, 100)).tolist() == [[25, 15], [75, 15], [25, 45], [75, 45]]


def test_boxes_hold_the_first_and_last_pixel_and_an_empty_mask_has_none() -> None:
    logits = torch.full((2, 8, 8), -9.0)
    logits[0, 2:5, 3:7] = 9.0
    facts = everything.measure(logits, SamView((8, 8), 8), 1.0)
    assert facts.boxes.tolist() == [[3, 2, 6, 4], [0, 0, 0, 0]]
    assert facts.areas.tolist() == [12, 0]
    assert facts.stability[0] == 1.0 and facts.stability[1].isnan()


def test_an_outline_that_depends_on_the_threshold_is_unstable() -> None:
    logits = torch.full((1, 8, 8), -9.0)
    logits[0, :, :4], logits[0, :, 2:4] = 9.0, 0.5
    assert everything.measure(logits, SamView((8, 8), 8), 1.0).stability.tolist() == [0.5]


def test_a_better_region_replaces_those_that_it_covers() -> None:
    boxes = torch.tensor([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 7], [20, 20, 30, 30],
                          [5, 5, 5, 5], [5, 5, 5, 5]])
    scores = torch.tensor([0.5, 0.9, 0.8, 0.7, 0.6, 0.6])
    # The third box covers exactly 7/9 of the second one; boxes without size cover nothing.
    assert everything.suppress(boxes, scores, 0.8).tolist() == [1, 2, 3, 4, 5]
    assert everything.suppress(boxes, scores, 0.7).tolist() == [1, 3, 4, 5]
    assert everything.suppress(boxes[:0], scores[:0], 0.7).tolist() == []


def test_small_holes_and_islands_go_and_the_largest_island_stays() -> None:
    mask = np.zeros((12, 20), bool)
    mask[1:9, 1:9] = True
    mask[3, 3:5] = False            # a hole of two pixels, which goes ...
    mask[5:8, 5:8] = False          # ... and one of nine, which stays
    mask[10, 12:15] = True          # an island of three pixels, and one that touches at a corner
    mask[9, 15] = True
    mended, changed = everything.without_specks(mask, 5)
    right = mask.copy()
    right[3, 3:5], right[9:11, 12:16] = True, False
    assert changed and (mended == right).all()
    mended, changed = everything.without_specks(mask, 2)
    assert not changed and (mended == mask).all()
    # A single island that is too small stays as it is, and yet counts as changed.
    speck = np.zeros((4, 4), bool)
    speck[1, 1:3] = True
    mended, changed = everything.without_specks(speck, 5)
    assert changed and (mended == speck).all()
    assert everything.without_specks(np.zeros((4, 4), bool), 5)[1] is False


def test_mended_regions_give_way_to_those_that_needed_nothing() -> None:
    logits = torch.full((4, 16, 16), -9.0)
    logits[0, 2:10, 2:10] = 9.0
    logits[0, 14, 14] = 9.0         # with this speck its box is another one than that of ...
    logits[1, 2:10, 2:11] = 9.0     # ... this one
    logits[2, 12:15, 2:7] = 9.0
    logits[2, 13, 4] = -9.0
    logits[3, 0:2, 12:16] = 9.0
    view, scores = SamView((16, 16), 16), torch.tensor([0.9, 0.8, 0.7, 0.6])
    facts = everything.measure(logits, view, 1.0)
    found = everything.Regions(logits, scores, torch.zeros(4, 2), facts.stability, facts.boxes,
                               facts.areas, torch.zeros_like(facts.areas))
    settings = everything.EverythingSettings(smallest=2)
    mended = everything.mend(found, view, settings)
    # Unchanged ones first; the first region, without its speck, is too much like the second.
    assert mended.scores.tolist() == pytest.approx([0.8, 0.6, 0.7])
    assert mended.areas.tolist() == [72, 8, 15] == mended.masks(view).sum((1, 2)).tolist()
    assert mended.boxes.tolist() == [[2, 2, 10, 9], [12, 0, 15, 1], [2, 12, 6, 14]]
    assert mended.smallest.tolist() == [0, 0, 2]
    assert len(everything.mend(found, view, everything.EverythingSettings())) == 4


def test_of_equal_regions_the_earlier_comes_first() -> None:
    none = torch.zeros(4, 2, 2)
    areas = torch.tensor([3, 7, 7, 9])
    found = everything.Regions(none, none[:, 0, 0], torch.arange(4), none, none, areas, 0 * areas)
    assert found.largest(3).points.tolist() == [3, 1, 2]
    assert everything.Regions(*(t[:0] for t in vars(found).values())).masks(
        SamView((6, 9), 8)).shape == (0, 6, 9)
