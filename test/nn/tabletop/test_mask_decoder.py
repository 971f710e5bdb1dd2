# SPDX-License-Identifier: Apache-2.0
"""Decoding many masks of many images at once equals decoding each alone."""

import torch

from reasonseg_ros.nn.tabletop.mask_decoder import (
    MaskDecoder,
    Pointer,
    cell_centres,
    grouped_matmul,
    pool,
    upsample,
)

DIM, FEATURES, COUNTS = 12, 10, [2, 0, 3]


def decoder() -> MaskDecoder:
    torch.manual_seed(0)
    built = MaskDecoder(DIM, FEATURES, 16, 8, 4, grid8=(3, 4), grid2=(12, 16))
    for p in built.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return built.eval()


@torch.inference_mode()
def test_masks_do_not_depend_on_their_neighbours_in_the_batch() -> None:
    model = decoder()
    features, mask2 = torch.randn(3, 12, FEATURES), torch.randn(3, 4, 192)
    seg, reference, prior = torch.randn(5, DIM), torch.randn(5, DIM), torch.rand(5, 192)
    together = model(seg, reference, prior, model.image_features(features, mask2), COUNTS)
    for n, b in enumerate((0, 0, 2, 2, 2)):
        one = slice(n, n + 1)
        alone = model(seg[one], reference[one], prior[one],
                      model.image_features(features[b:b + 1], mask2[b:b + 1]), [1])
        assert torch.allclose(together.mask[one], alone.mask, atol=1e-4)
        assert torch.allclose(together.heat[one], alone.heat, atol=1e-5)
        assert torch.allclose(together.score[one], alone.score, atol=1e-5)


def test_grouped_products_are_the_products_of_each_group() -> None:
    rows, tables = torch.randn(5, 4), torch.randn(3, 4, 7)
    expected = [rows[n] @ tables[b] for n, b in enumerate((0, 0, 2, 2, 2))]
    assert torch.allclose(grouped_matmul(rows, tables, COUNTS), torch.stack(expected), atol=1e-6)


def test_a_pointer_never_points_at_what_is_not_allowed() -> None:
    torch.manual_seed(0)
    pointer = Pointer(DIM, 8)
    allowed = torch.tensor([[True, False, False], [False, False, False]])
    share = pointer(torch.randn(2, DIM), torch.randn(3, DIM), allowed).softmax(1)
    assert share[0, 1:3].max() < 1e-6
    assert share[1, 3] > 0.999


def test_grids_agree_on_where_their_cells_are() -> None:
    fine, coarse = cell_centres(12, 16), cell_centres(3, 4)
    assert torch.allclose(pool(fine.T.contiguous(), (12, 16), (3, 4)), coarse.T, atol=1e-6)
    middle = upsample(coarse.T.contiguous(), (3, 4), (12, 16)).reshape(2, 12, 16)[:, 2:10, 2:14]
    assert torch.allclose(middle, fine.T.reshape(2, 12, 16)[:, 2:10, 2:14], atol=1e-6)
