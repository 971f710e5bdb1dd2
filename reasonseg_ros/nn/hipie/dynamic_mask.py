# SPDX-License-Identifier: Apache-2.0
"""Masks by dynamic convolutions (CondInst, Tian et al. 2020): each query draws with its own.

A query's 169 numbers are the weights of three 1x1 convolutions that run over eight feature maps
and the distance to the query's centre. No boxes and no scores.
"""

import torch
from torch import nn
from torch.nn import functional as F

MAPS = 8        # feature maps, and channels between the convolutions
STRIDE = 8      # pixels of a cell
SIZES = ((MAPS + 2) * MAPS, MAPS * MAPS, MAPS, MAPS, MAPS, 1)   # three weights, three biases
PARAMETERS = sum(SIZES)


class MaskFeatures(nn.Module):
    """Three levels of the image, coarse added to fine, as eight maps."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.lay3 = nn.Conv2d(dim, dim, 3, padding=1)
        self.lay4 = nn.Conv2d(dim, dim, 3, padding=1)
        self.jia_dcn = nn.Conv2d(dim, dim, 3, padding=1)
        self.lay1 = nn.Conv2d(dim, dim // 4, 3, padding=1)
        self.lay2 = nn.Conv2d(dim // 4, MAPS, 3, padding=1)

    def forward(self, fine: torch.Tensor, middle: torch.Tensor, coarse: torch.Tensor
                ) -> torch.Tensor:
        """Maps [1, D, g, g], [1, D, g/2, g/2], [1, D, g/4, g/4] -> [8, g, g]."""
        x = _doubled(self.lay3(coarse).relu()) + middle
        x = _doubled(self.lay4(x).relu()) + fine
        for layer in (self.jia_dcn, self.lay1, self.lay2):
            x = layer(x).relu()
        return x[0]


def draw(parameters: torch.Tensor, centres: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Draw each query's mask.

    parameters [Q, 169]; centres [Q, 2] (x, y) in pixels; maps [8, g, g].
    Returns logits [Q, 2g, 2g].
    """
    count, (rows, columns) = len(parameters), maps.shape[1:]
    w1, w2, w3, b1, b2, b3 = parameters.split(SIZES, 1)
    y, x = ((torch.arange(n, device=maps.device) * STRIDE + STRIDE // 2) for n in (rows, columns))
    cells = torch.stack((x.expand(rows, -1), y[:, None].expand(-1, columns))).flatten(1)
    distance = centres[:, :, None] - cells  # [Q, 2, cells]
    inputs = torch.cat((distance, maps.flatten(1).expand(count, -1, -1)), 1)
    hidden = torch.baddbmm(b1[..., None], w1.view(count, MAPS, MAPS + 2), inputs).relu()
    hidden = torch.baddbmm(b2[..., None], w2.view(count, MAPS, MAPS), hidden).relu()
    logits = torch.baddbmm(b3[..., None], w3.view(count, 1, MAPS), hidden)
    return aligned_double(logits.view(count, 1, rows, columns))[:, 0]


def aligned_double(maps: torch.Tensor) -> torch.Tensor:
    """Maps [N, C, h, w] -> [N, C, 2h, 2w]; a pixel keeps its place, borders are repeated."""
    height, width = (2 * n for n in maps.shape[2:])
    maps = F.pad(maps, (0, 1, 0, 1), mode='replicate')
    maps = F.interpolate(maps, (height + 1, width + 1), mode='bilinear', align_corners=True)
    return F.pad(maps, (1, 0, 1, 0), mode='replicate')[..., :height, :width]


def _doubled(maps: torch.Tensor) -> torch.Tensor:
    return F.interpolate(maps, scale_factor=2, mode='nearest')
