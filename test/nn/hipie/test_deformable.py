# SPDX-License-Identifier: Apache-2.0
"""Deformable attention samples where it should, and positions are sines."""

import math

import pytest
import torch

from reasonseg_ros.nn.hipie.deformable import HEADS, POINTS, DeformableAttention, sine

DIM = 16
SIZES = [(4, 6), (2, 3)]


def bilinear(grid: torch.Tensor, x: float, y: float) -> torch.Tensor:
    """Value [C] of a map [C, h, w] at (x, y) in [0, 1], zero outside."""
    _, height, width = grid.shape
    column, row = x * width - 0.5, y * height - 0.5
    total = torch.zeros(len(grid))
    for r in (math.floor(row), math.floor(row) + 1):
        for c in (math.floor(column), math.floor(column) + 1):
            if 0 <= r < height and 0 <= c < width:
                total += grid[:, r, c] * (1 - abs(row - r)) * (1 - abs(column - c))
    return total


@pytest.mark.parametrize('kind', ['points', 'boxes'])
def test_attention_is_the_weighted_sum_of_sampled_values(kind) -> None:
    torch.manual_seed(0)
    attention = DeformableAttention(DIM, len(SIZES))
    tokens = torch.randn(sum(h * w for h, w in SIZES), DIM)
    query, reference = torch.randn(3, DIM), torch.rand(3, 2 if kind == 'points' else 4)
    with torch.no_grad():
        attention.sampling_offsets.weight *= 3
        offsets = attention.sampling_offsets(query).view(3, HEADS, len(SIZES), POINTS, 2)
        weights = attention.attention_weights(query).view(3, HEADS, -1).softmax(-1)
        values = attention.value_proj(tokens).split([h * w for h, w in SIZES])
        expected = torch.zeros(3, HEADS, DIM // HEADS)
        for q in range(3):
            for head in range(HEADS):
                for level, (height, width) in enumerate(SIZES):
                    maps = values[level].T.reshape(HEADS, -1, height, width)[head]
                    for point in range(POINTS):
                        dx, dy = offsets[q, head, level, point].tolist()
                        x, y, *box = reference[q].tolist()
                        w, h = [side / 8 for side in box] or [1 / width, 1 / height]
                        weight = weights[q, head, level * POINTS + point]
                        expected[q, head] += weight * bilinear(maps, x + dx * w, y + dy * h)
        expected = attention.output_proj(expected.flatten(1))
        found = attention(query, reference, tokens, SIZES)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    learning = attention(query, reference, tokens, SIZES)
    torch.testing.assert_close(learning.detach(), expected, rtol=1e-4, atol=1e-5)


def test_positions_are_sines_and_cosines_of_falling_frequency() -> None:
    waves = sine(torch.tensor([[0.25, 0.5]]), 4)
    angle = 0.25 * 2 * math.pi
    expected = [math.sin(angle), math.cos(angle), math.sin(angle / 100), math.cos(angle / 100)]
    assert waves.shape == (1, 8)
    assert waves[0, :4].tolist() == pytest.approx(expected, abs=1e-6)
