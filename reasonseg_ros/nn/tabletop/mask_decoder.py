# SPDX-License-Identifier: Apache-2.0
"""From one [SEG] state to one mask: memory pointer, heat map, two queries, dynamic convolution.

Knows no words. N masks are decoded at once, grouped by image: the first counts[0] lie on image
0, the next counts[1] on image 1, and so on; so nothing of an image is copied for its masks.
Grids: s8 has C8 cells, s2 has C2 cells; all maps are flattened row by row.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

HIDDEN = 8                # width of the dynamic mask network
OCTAVES = 4               # of Fourier features of places
POSITION_GAIN = 4.0       # positions in [0, 1] are small beside the features
_NEVER = -1e4             # a logit that bf16 can hold and softmax turns into zero


class Pointer(nn.Module):
    """Which earlier instance does this [SEG] speak of? The reference half of SegLLM's decoding.

    The answer is a distribution over the memory tokens before it and "none of them".
    """

    def __init__(self, dim: int, width: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, width, bias=False)
        self.key = nn.Linear(dim, width, bias=False)
        self.null = nn.Parameter(torch.zeros(width))

    def forward(self, seg: torch.Tensor, memory: torch.Tensor, allowed: torch.Tensor
                ) -> torch.Tensor:
        """seg [N, dim], memory [M, dim], allowed bool [N, M] -> logits [N, M + 1], null last."""
        q = self.query(seg)
        k = torch.cat((self.key(memory), self.null[None].to(q.dtype)))
        logits: torch.Tensor = (q @ k.T / math.sqrt(q.shape[1])).float()
        allowed = F.pad(allowed, (0, 1), value=True)
        return logits.masked_fill(~allowed, _NEVER)


class HeatMap(nn.Module):
    """Score of every s8 cell for a state, by dot product with its features and its place."""

    places: torch.Tensor    # [C8, 2 + 4 OCTAVES]

    def __init__(self, dim: int, features: int, width: int, grid8: tuple[int, int]) -> None:
        super().__init__()
        self.query = nn.Linear(dim, width)
        self.key = nn.Linear(features, width)
        # Convolutions hardly know where they are; "the left one" needs nothing else.
        self.register_buffer('places', fourier(cell_centres(*grid8)), persistent=False)
        self.place = nn.Linear(self.places.shape[1], width, bias=False)
        nn.init.zeros_(self.place.weight)
        self.bias = nn.Parameter(torch.zeros(()))
        self.scale = 1 / math.sqrt(width)

    def keys(self, features: torch.Tensor) -> torch.Tensor:
        """features [B, C8, F] -> keys [B, C8, width]; once per image."""
        keys: torch.Tensor = self.key(features) + self.place(self.places.to(features.dtype))
        return keys

    def forward(self, state: torch.Tensor, keys: torch.Tensor, counts: Sequence[int]
                ) -> torch.Tensor:
        """state [N, dim], keys [B, C8, width] -> logits [N, C8]."""
        logits = grouped_matmul(self.query(state), keys.mT, counts)
        scores: torch.Tensor = logits.float() * self.scale + self.bias
        return scores


@dataclass(frozen=True)
class ImageFeatures:
    """What the decoder needs of B encoded images; computed once per image.

    heat_keys  [B, C8, pointer_dim]
    features8  [B, C8, F]    pooled under the heat map
    keys, values  per decoder layer [B, heads, C8, head_dim]
    mask2      [B, mask_channels, C2]
    """

    heat_keys: torch.Tensor
    features8: torch.Tensor
    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]
    mask2: torch.Tensor


@dataclass(frozen=True)
class Masks:
    """heat [N, C8] logits, mask [N, C2] logits, score [N] logit that IoU >= 0.5."""

    heat: torch.Tensor
    mask: torch.Tensor
    score: torch.Tensor


class QueryLayer(nn.Module):
    """Two queries look at the image, then at each other, then think (pre-norm)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_look, self.norm_talk, self.norm_think = (nn.RMSNorm(width) for _ in range(3))
        self.look_q = nn.Linear(width, width, bias=False)
        self.look_out = nn.Linear(width, width, bias=False)
        self.look_kv = nn.Linear(width, 2 * width, bias=False)
        self.talk = nn.Linear(2 * width, 2 * width, bias=False)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))
        self.prior_gain = nn.Parameter(torch.zeros(2, heads))

    def project(self, cells: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """cells [B, C8, width] -> keys and values [B, heads, C8, width/heads]."""
        b, c, w = cells.shape
        k, v = self.look_kv(cells).reshape(b, c, 2, self.heads, w // self.heads).permute(
            2, 0, 3, 1, 4)
        return k, v

    def forward(self, x: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor,
                counts: Sequence[int]) -> torch.Tensor:
        """x [N, 2, width]; k, v [B, heads, C8, hd]; bias [N, 2, C8] = (memory prior, heat)."""
        n, _, w = x.shape
        q = self.look_q(self.norm_look(x)).reshape(n, 2, self.heads, -1)
        gain = torch.einsum('ph,npc->nhc', self.prior_gain.float(), bias).to(q.dtype)
        looks = []
        for i, (own_q, own_gain) in enumerate(zip(q.split(counts), gain.split(counts))):
            rows = own_q.permute(2, 0, 1, 3).flatten(1, 2)                    # [heads, 2n, hd]
            tilt = own_gain.transpose(0, 1).repeat_interleave(2, dim=1)       # [heads, 2n, C8]
            score = rows @ k[i].mT / math.sqrt(rows.shape[-1]) + tilt
            looks.append((score.softmax(-1) @ v[i]).transpose(0, 1).reshape(-1, 2, w))
        x = x + self.look_out(torch.cat(looks))
        x = x + self.talk(self.norm_talk(x).flatten(1)).reshape(n, 2, w)
        thought: torch.Tensor = self.think(self.norm_think(x))
        return x + thought


class MaskDecoder(nn.Module):
    """Decodes [SEG] states into masks at stride 2. Two queries per mask: [REF] and [SEG]."""

    def __init__(self, dim: int, features: int, query_dim: int, pointer_dim: int,
                 mask_channels: int, grid8: tuple[int, int], grid2: tuple[int, int],
                 layers: int = 2, heads: int = 4) -> None:
        super().__init__()
        self.grid8, self.grid2 = grid8, grid2
        self.heat = HeatMap(dim, features, pointer_dim, grid8)
        self.memory_gain = nn.Linear(dim, 1)
        self.cells = nn.Linear(features, query_dim)
        self.cell_position = nn.Parameter(0.02 * torch.randn(grid8[0] * grid8[1], query_dim))
        self.seg_query = nn.Linear(dim, query_dim)
        self.pooled_query = nn.Linear(features, query_dim)
        self.centre_query = nn.Linear(2, query_dim)
        self.ref_query = nn.Linear(dim, query_dim)
        self.layers = nn.ModuleList(QueryLayer(query_dim, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(query_dim)
        inputs = mask_channels + 4  # relative x, y, memory prior, heat
        self.shapes = ((HIDDEN, inputs), (HIDDEN, HIDDEN), (1, HIDDEN))
        count = sum(rows * cols + rows for rows, cols in self.shapes)
        self.weights = nn.Sequential(
            nn.Linear(query_dim, query_dim), nn.SiLU(), nn.Linear(query_dim, count))
        self.score = nn.Linear(query_dim, 1)
        nn.init.zeros_(self.memory_gain.weight)
        nn.init.zeros_(self.memory_gain.bias)
        self.register_buffer('xy8', cell_centres(*grid8), persistent=False)   # [C8, 2]
        self.register_buffer('xy2', cell_centres(*grid2), persistent=False)   # [C2, 2]

    def image_features(self, features8: torch.Tensor, mask2: torch.Tensor) -> ImageFeatures:
        """features8 [B, C8, F], mask2 [B, mask_channels, C2] -> keys and values, once."""
        cells = self.cells(features8) + self.cell_position
        keys, values = zip(*(layer.project(cells) for layer in self.layers
                             if isinstance(layer, QueryLayer)))
        return ImageFeatures(self.heat.keys(features8), features8, keys, values, mask2)

    def forward(self, seg: torch.Tensor, reference: torch.Tensor, prior2: torch.Tensor,
                image: ImageFeatures, counts: Sequence[int]) -> Masks:
        """Decode N masks, counts[b] of them on image b.

        seg [N, dim] states; reference [N, dim] what the pointer points at; prior2 [N, C2] soft
        mask of it in [0, 1].
        """
        prior8 = pool(prior2, self.grid2, self.grid8)
        heat = self.heat(seg, image.heat_keys, counts)
        heat = heat + self.memory_gain(seg).float() * prior8
        belief = heat.softmax(dim=1)                                          # [N, C8]
        centre = belief @ self.xy8.float()                                            # [N, 2]
        pooled = grouped_matmul(belief.to(seg.dtype), image.features8, counts)
        query = self.seg_query(seg) + self.pooled_query(pooled) + self.centre_query(
            centre.to(seg.dtype))
        x = torch.stack((query, self.ref_query(reference)), dim=1)            # [N, 2, query_dim]
        relative = belief / belief.amax(dim=1, keepdim=True).clamp_min(1e-6)  # [N, C8] peak 1
        bias = torch.stack((prior8, relative), dim=1)
        for layer, k, v in zip(self.layers, image.keys, image.values):
            x = layer(x, k, v, bias, counts)
        x = self.norm(x[:, 0])
        guides = torch.stack((prior2, upsample(relative, self.grid8, self.grid2)), dim=1)
        mask = self._dynamic(self.weights(x), image.mask2, guides.to(x.dtype),
                             centre.to(x.dtype), counts)
        return Masks(heat, mask, self.score(x)[:, 0].float())

    def _dynamic(self, weights: torch.Tensor, mask2: torch.Tensor, guides: torch.Tensor,
                 centre: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
        """Three 1x1 convolutions whose weights the query wrote (CondInst, Tian et al. 2020).

        weights [N, all of them]; mask2 [B, mask_channels, C2]; guides [N, 2, C2] memory prior and
        heat; centre [N, 2]. The first layer is split by its inputs, since the mask features and
        the positions are the same for all masks of an image.
        """
        n = len(weights)
        parts = weights.split([c for rows, cols in self.shapes for c in (rows * cols, rows)], 1)
        w1, w2, w3 = (p.reshape(n, *shape) for p, shape in zip(parts[::2], self.shapes))
        b1, b2, b3 = (p[:, :, None] for p in parts[1::2])
        channels = mask2.shape[1]
        place = POSITION_GAIN * w1[:, :, channels:channels + 2]               # [N, HIDDEN, 2]
        seen = grouped_matmul(w1[:, :, :channels].flatten(0, 1), mask2,
                              [HIDDEN * c for c in counts])
        x = seen + (place.flatten(0, 1) @ self.xy2.to(place.dtype).T)
        x = x.reshape(n, HIDDEN, -1) + (b1 - place @ centre[:, :, None])
        x = F.silu(torch.baddbmm(x, w1[:, :, channels + 2:], guides))
        x = F.silu(torch.baddbmm(b2, w2, x))
        return torch.baddbmm(b3, w3, x)[:, 0].float()


def grouped_matmul(rows: torch.Tensor, tables: torch.Tensor, counts: Sequence[int]
                   ) -> torch.Tensor:
    """rows [N, k], of which counts[b] belong to tables[b] [k, m] -> their products [N, m]."""
    return torch.cat([own @ table for own, table in zip(rows.split(list(counts)), tables)])


def fourier(values: torch.Tensor) -> torch.Tensor:
    """Values [N, k] in [0, 1] to [N, k + 2 k OCTAVES]: themselves, sines and cosines by octave."""
    angles = torch.cat([values * (torch.pi * 2 ** k) for k in range(OCTAVES)], dim=1)
    return torch.cat((values, angles.sin(), angles.cos()), dim=1)


def cell_centres(rows: int, cols: int) -> torch.Tensor:
    """Centres (x, y) in [0, 1] of grid cells, row by row: [rows * cols, 2]."""
    y, x = torch.meshgrid((torch.arange(rows) + 0.5) / rows, (torch.arange(cols) + 0.5) / cols,
                          indexing='ij')
    return torch.stack((x, y), dim=-1).reshape(-1, 2)


def pool(maps: torch.Tensor, grid: tuple[int, int], smaller: tuple[int, int]) -> torch.Tensor:
    """Average maps [N, cells] on `grid` down to a coarser grid that divides it."""
    step = grid[0] // smaller[0]
    return F.avg_pool2d(maps.reshape(-1, 1, *grid), step).reshape(maps.shape[0], -1)


def upsample(maps: torch.Tensor, grid: tuple[int, int], larger: tuple[int, int]) -> torch.Tensor:
    """Bilinear maps [N, cells] on `grid` up to a finer grid."""
    return F.interpolate(maps.reshape(-1, 1, *grid), size=larger, mode='bilinear',
                         align_corners=False).reshape(maps.shape[0], -1)
