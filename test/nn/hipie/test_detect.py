# SPDX-License-Identifier: Apache-2.0
"""The target's best query is shown; what the reference wins is not."""

import pytest
import torch

from reasonseg_ros.nn.hipie import detect

LEFT, RIGHT = [0.0, 0.0, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9]


def test_the_best_query_of_the_target_is_chosen() -> None:
    chance = torch.tensor([[0.9, 0.5], [0.1, 0.7]])
    query, score = detect.select(chance, torch.tensor([LEFT, RIGHT]))
    assert (query, score) == (1, pytest.approx(0.7))


def test_a_target_below_all_pairs_that_count_gives_way_to_the_reference(monkeypatch) -> None:
    monkeypatch.setattr(detect, 'MOST', 1)
    chance = torch.tensor([[0.9, 0.5], [0.1, 0.7]])
    assert detect.select(chance, torch.tensor([LEFT, RIGHT]))[0] == 0


def test_overlapping_boxes_of_one_class_leave_the_better_one() -> None:
    boxes = torch.tensor([LEFT, LEFT, LEFT, RIGHT])
    kept = detect.suppress(boxes, torch.tensor([0.5, 0.8, 0.6, 0.1]), torch.tensor([1, 1, 0, 1]))
    assert kept.tolist() == [1, 2, 3]


def test_overlap_is_intersection_over_union() -> None:
    found = detect.iou(torch.tensor([LEFT, [0.0, 0.0, 0.2, 0.4], RIGHT]))
    assert found[0].tolist() == pytest.approx([1, 0.5, 0])


def test_scores_join_the_words_of_a_half_and_the_quality() -> None:
    fits = torch.tensor([[0.0] * 4 + [2.0, 4.0, 6.0, 8.0]])
    chance = detect.chances(fits, torch.tensor([0.0]))
    expected = (torch.tensor([0.0, 5.0]).sigmoid() * 0.5).sqrt()
    assert chance[0].tolist() == pytest.approx(expected.tolist())


def test_corners_of_boxes() -> None:
    assert detect.to_corners(torch.tensor([0.5, 0.4, 0.2, 0.4])).tolist() == pytest.approx(
        [0.4, 0.2, 0.6, 0.6])
