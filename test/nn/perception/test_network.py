# SPDX-License-Identifier: Apache-2.0
"""The network of engine `household`: shapes, and what may not change what it computes."""

import copy

import torch

from reasonseg_ros.nn.perception.network import (
    CHANNELS,
    HEIGHT,
    WIDTH,
    PerceptionConfig,
    PerceptionModel,
    fold_norms,
)

SMALL = PerceptionConfig(('mug', 'box'), ('body', 'handle'), ('red', 'blue', 'white'),
                         widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 1))


def test_folding_the_norms_changes_no_output():
    torch.manual_seed(0)
    model = PerceptionModel(SMALL)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0.0, 0.1)
            module.running_var.uniform_(0.5, 2.0)
    model.eval()
    image = torch.randn(1, CHANNELS, HEIGHT, WIDTH)
    with torch.inference_mode():
        before = model(image)
        folded = fold_norms(copy.deepcopy(model))
        after = folded(image)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in folded.modules())
    for name in ('dense', 'parts', 'colours', 'features'):
        torch.testing.assert_close(getattr(after, name), getattr(before, name), atol=1e-3,
                                   rtol=1e-3)


def test_a_thing_without_a_whole_pixel_is_described_by_finite_numbers():
    model = PerceptionModel(SMALL)
    features, masks = torch.zeros(160, 4, 4), torch.full((1, 4, 4), 0.25)
    assert torch.isfinite(model.pooled(features, masks, torch.zeros(1, 8))).all()
