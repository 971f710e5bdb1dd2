# SPDX-License-Identifier: Apache-2.0
"""Multi-scale deformable attention (Zhu et al. 2021) in plain torch, with its encoder layer.

Each query looks at a few points of each feature map, around a reference of its own. A point lies
between four tokens; so what a head sees is a weighted sum of 4 x points x levels rows of a table,
which `embedding_bag` adds up in one pass, and no compiled operator of our own is needed. On a CPU
that is four times as fast as `grid_sample` level by level. Works on one image.
"""

import torch
from torch import nn
from torch.nn import functional as F

HEADS = 8
POINTS = 4      # per head and level
CHUNK = 1024    # queries whose points a CPU works out at a time, so that they stay in its cache

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
        sides = offsets.new_tensor([(width, height) for height, width in sizes])[:, None]
        places = reference[:, None, None, None, :2] * sides - 0.5
        if reference.shape[1] == 2:
            places = places + offsets
        else:
            places = places + offsets * reference[:, None, None, None, 2:] * sides / (2 * POINTS)
        sample = _sample_with_gradient if torch.is_grad_enabled() else _sample
        seen = sample(self.value_proj(tokens), sizes, places, weights)
        out: torch.Tensor = self.output_proj(seen)
        return out


def _sample(values: torch.Tensor, sizes: Sizes, places: torch.Tensor, weights: torch.Tensor
            ) -> torch.Tensor:
    """Sum up what lies at points, bilinear between cells and zero beyond the maps.

    values   [T, D] of all levels
    places   [Q, heads, levels, points, 2] (x, y) in cells of the level, 0 in the middle of a first
    weights  [Q, heads, levels, points]

    Returns [Q, D].
    """
    table = _framed(values, sizes)
    sides = places.new_tensor([(width, height) for height, width in sizes])[:, None]
    across = sides[..., 0] + 2      # cells of a row, the frame of zeros counted
    cells = [0, *((height + 2) * (width + 2) for height, width in sizes)]
    origin = places.new_tensor(cells[:-1]).cumsum(0)[:, None] + across + 1
    # A point lies between a cell, the next one, and the two below them; each has a row for a head.
    corners = torch.stack((0 * across, 0 * across + 1, across, across + 1), -1).int() * HEADS
    heads = torch.arange(HEADS, dtype=torch.int32, device=places.device)
    rows = corners + heads[:, None, None, None]
    found = []
    chunk = CHUNK if places.device.type == 'cpu' else max(1, len(places))
    for at, weight in zip(places.split(chunk), weights.split(chunk)):
        at = torch.minimum(at.clamp(min=-1), sides)
        low = torch.minimum(at.floor(), sides - 1)
        right, down = (at - low).unbind(-1)
        first = torch.addcmul(low[..., 0] + origin, low[..., 1], across).int() * HEADS
        below = weight * down
        above = weight - below
        shares = torch.stack((above - above * right, above * right, below - below * right,
                              below * right), -1)
        bags = len(at) * HEADS
        found.append(F.embedding_bag((first[..., None] + rows).view(bags, -1), table, mode='sum',
                                     per_sample_weights=shares.view(bags, -1)))
    return torch.cat(found).view(len(places), -1)


def _sample_with_gradient(values: torch.Tensor, sizes: Sizes, places: torch.Tensor,
                          weights: torch.Tensor) -> torch.Tensor:
    """Do the same level by level: slower forwards, but back `embedding_bag` sorts all its rows."""
    parts = values.split([height * width for height, width in sizes])
    found = []
    for level, ((height, width), part) in enumerate(zip(sizes, parts)):
        maps = part.T.reshape(HEADS, -1, height, width)
        at = (2 * places[:, :, level] + 1) / places.new_tensor((width, height)) - 1
        found.append(F.grid_sample(maps, at.transpose(0, 1), align_corners=False))
    seen = torch.cat(found, -1) * weights.flatten(2).transpose(0, 1)[:, None]  # [heads, d, Q, .]
    return seen.sum(-1).flatten(0, 1).T


def _framed(values: torch.Tensor, sizes: Sizes) -> torch.Tensor:
    """Values [T, D] -> a table [cells x heads, D / heads] with a frame of zeros around each map."""
    maps = values.split([height * width for height, width in sizes])
    framed = [F.pad(one.view(*size, -1), (0, 0, 1, 1, 1, 1)).flatten(0, 1)
              for one, size in zip(maps, sizes)]
    return torch.cat(framed).view(-1, values.shape[1] // HEADS)


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
        tokens = self.norm2(tokens + self.linear2(self.linear1(tokens).relu_()))
        return tokens


def sine(coordinates: torch.Tensor, dim: int) -> torch.Tensor:
    """Coordinates [..., K] in [0, 1] -> [..., K * dim] sines and cosines, `dim` for each."""
    places = torch.arange(dim, device=coordinates.device) // 2 * 2 / dim
    angles = coordinates[..., None] * (2 * torch.pi) / 10000 ** places
    waves = torch.stack((angles[..., 0::2].sin(), angles[..., 1::2].cos()), -1)
    return waves.flatten(-3)
