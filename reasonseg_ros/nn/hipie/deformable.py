# SPDX-License-Identifier: Apache-2.0
"""Multi-scale deformable attention (Zhu et al. 2021) in plain torch, with its encoder layer.

Each query looks at a few points of each feature map, around a reference of its own. Sampling is
`grid_sample`, level by level, so that no compiled operator is needed. Works on one image.
"""

import torch
from torch import nn
from torch.nn import functional as F

HEADS = 8
POINTS = 4      # per head and level

Sizes = list[tuple[int, int]]   # (rows, columns) of each level


class DeformableAttention(nn.Module):
    """Attention of queries [Q, D] to tokens [T, D] of all levels."""

    def __init__(self, dim: int, levels: int) -> None:
        super().__init__()
        self.levels = levels
        self.sampling_offsets = nn.Linear(dim, HEADS * levels * POINTS * 2)
        self.attention_weights = nn.Linear(dim, HEADS * levels * POINTS)
        self.value_proj = nn.Linear(dim, dim)
        self.output_proj = nn.Linear(dim, dim)

    def forward(self, query: torch.Tensor, reference: torch.Tensor, tokens: torch.Tensor,
                sizes: Sizes) -> torch.Tensor:
        """Return [Q, D].

        reference  [Q, 2] points (x, y), from which offsets count in cells, or [Q, 4] boxes
                   (cx, cy, w, h), from whose centre they count in eighths of the box; in [0, 1]
        """
        count = len(query)
        offsets = self.sampling_offsets(query).view(count, HEADS, self.levels, POINTS, 2)
        weights = self.attention_weights(query).view(count, HEADS, -1).softmax(-1)
        weights = weights.view(count, HEADS, self.levels, POINTS)
        values = self.value_proj(tokens).split([h * w for h, w in sizes])
        total = query.new_zeros(())
        for level, (value, (height, width)) in enumerate(zip(values, sizes)):
            if reference.shape[1] == 2:
                scale = 1 / offsets.new_tensor([width, height])
            else:
                scale = reference[:, None, None, 2:] / (2 * POINTS)
            places = reference[:, None, None, :2] + offsets[:, :, level] * scale
            maps = value.T.reshape(HEADS, -1, height, width)
            seen = F.grid_sample(maps, 2 * places.transpose(0, 1) - 1, align_corners=False)
            total = total + (seen * weights[:, :, level].transpose(0, 1)[:, None]).sum(-1)
        # [heads, D / heads, Q] -> [Q, D]
        out: torch.Tensor = self.output_proj(total.flatten(0, 1).T)
        return out


class DeformableEncoderLayer(nn.Module):
    """Attention of all tokens to each other, then a feed-forward network; norms come after."""

    def __init__(self, dim: int, levels: int, inner: int) -> None:
        super().__init__()
        self.self_attn = DeformableAttention(dim, levels)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.linear1, self.linear2 = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def forward(self, tokens: torch.Tensor, positions: torch.Tensor, centres: torch.Tensor,
                sizes: Sizes) -> torch.Tensor:
        """Tokens and their positions [T, D], centres [T, 2] (x, y) in [0, 1] -> [T, D]."""
        seen = self.self_attn(tokens + positions, centres, tokens, sizes)
        tokens = self.norm1(tokens + seen)
        tokens = self.norm2(tokens + self.linear2(self.linear1(tokens).relu()))
        return tokens


def sine(coordinates: torch.Tensor, dim: int) -> torch.Tensor:
    """Coordinates [..., K] in [0, 1] -> [..., K * dim] sines and cosines, `dim` for each."""
    places = torch.arange(dim, device=coordinates.device) // 2 * 2 / dim
    angles = coordinates[..., None] * (2 * torch.pi) / 10000 ** places
    waves = torch.stack((angles[..., 0::2].sin(), angles[..., 1::2].cos()), -1)
    return waves.flatten(-3)
