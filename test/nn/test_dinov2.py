# SPDX-License-Identifier: Apache-2.0
"""DINOv2's names have their places, and positions are scaled as in the original code."""

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')


from reasonseg_ros.nn import dinov2

SIZES = {'embed_dim': 8, 'depth': 1, 'num_heads': 2, 'mlp_ratio': 2, 'patch_size': 14}


def test_a_table_of_the_right_size_stays_as_it_is() -> None:
    table = torch.randn(1, 1 + 25, 8)
    assert dinov2.positions(table, 5) is table


def test_positions_are_scaled_by_a_tenth_of_a_patch_more_than_fits() -> None:
    ramp = torch.arange(37.0).repeat(37, 1).reshape(1, -1, 1)   # the column of each patch
    table = dinov2.positions(torch.cat((torch.full((1, 1, 1), -5.0), ramp), 1), 64)
    assert table.shape == (1, 1 + 64 * 64, 1) and table[0, 0] == -5
    columns = table[0, 1:, 0].reshape(64, 64)[30, 2:62]     # cubic: around a straight line
    assert np.polyfit(range(2, 62), columns, 1)[0] == pytest.approx(37 / 64.1, abs=2e-4)


def test_queries_keys_and_values_are_split_and_the_mask_token_is_left_out() -> None:
    stacked = torch.arange(24.0)
    names = dinov2.rename('blocks.0.attn.qkv.bias', stacked, 4)
    assert {name.split('.')[4]: t[0].item() for name, t in names.items()} == {
        'q_proj': 0, 'k_proj': 8, 'v_proj': 16}
    assert dinov2.rename('mask_token', stacked, 4) == {}


@torch.inference_mode()
def test_features_lie_where_their_patches_are() -> None:
    model = dinov2.empty(SIZES, 56).eval()
    assert 'embeddings.mask_token' not in model.state_dict()
    image = torch.zeros(1, 3, 56, 56)
    plain = dinov2.features(model, image)
    image[..., 14:28, 42:] = 5.0
    change = (dinov2.features(model, image) - plain).abs().sum(1)[0]
    assert plain.shape == (1, 8, 4, 4)
    assert change.flatten().argmax() == 1 * 4 + 3
