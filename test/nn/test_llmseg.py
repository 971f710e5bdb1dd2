# SPDX-License-Identifier: Apache-2.0
"""LLM-Seg describes regions by what lies under them, and judges them in any order."""

import pytest
import torch

pytest.importorskip('transformers')

from reasonseg_ros.nn import llmseg

CELL = llmseg.POOLED // 64


def test_a_region_is_weighed_where_it_lies_in_the_padded_square() -> None:
    masks = torch.zeros(2, 32, 64, dtype=torch.bool)
    masks[0, 16:, :16] = True
    weight = llmseg.coverage(masks)
    assert weight.shape == (2, llmseg.POOLED, llmseg.POOLED) and weight.dtype == torch.float32
    assert weight[0, 16 * CELL + 4:32 * CELL - 4, :16 * CELL - 4].eq(1).all()
    assert weight[0, 33 * CELL:].eq(0).all() and weight[1].eq(0).all()
    assert llmseg.coverage(masks[:0]).shape == (0, llmseg.POOLED, llmseg.POOLED)


def test_a_description_is_the_mean_under_the_region_and_zero_without_one() -> None:
    features = torch.arange(8.0).reshape(2, 2, 2)
    weight = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.0, 0.0]], [[0.0] * 2] * 2])
    assert llmseg.pool(features, weight).tolist() == [[1, 5], [0.5, 4.5], [0, 0]]


@torch.inference_mode()
def test_the_order_of_the_regions_does_not_matter() -> None:
    torch.manual_seed(0)
    fusion = llmseg.RegionFusion(16, 4, 32, 2)
    regions, text = torch.randn(1, 5, 16), torch.randn(1, 1, 16)
    order = torch.tensor([3, 0, 4, 1, 2])
    assert torch.allclose(fusion(regions, text)[:, order], fusion(regions[:, order], text),
                          atol=1e-5)
    assert not torch.allclose(fusion(regions, text), fusion(regions, -text), atol=1e-2)
