# SPDX-License-Identifier: Apache-2.0
"""Image to feature maps: a small residual network with a top-down pyramid.

Knows no words and no masks. Strides are relative to the model's image [B, 3, H, W].
"""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, group norm, SiLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.GroupNorm(8, outputs), nn.SiLU(inplace=True))


class Residual(nn.Module):
    """Two 3x3 convolutions around a skip; the second norm starts at zero gain."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner, last = conv(channels, channels), nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        norm = nn.GroupNorm(8, channels)
        self.body = nn.Sequential(inner, last, norm)
        nn.init.zeros_(norm.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.silu(x + self.body(x))


class GridAttention(nn.Module):
    """Pre-norm self-attention over all cells of a map, so that far cells see each other."""

    def __init__(self, channels: int, heads: int = 6) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b, c, h, w = x.shape
        qkv = self.qkv(self.norm(x)).reshape(b, 3, self.heads, c // self.heads, h * w)
        q, k, v = qkv.transpose(-1, -2).unbind(1)             # [B, heads, H*W, c/heads]
        y = F.scaled_dot_product_attention(q, k, v)
        mixed: torch.Tensor = self.out(y.transpose(-1, -2).reshape(b, c, h, w))
        return x + mixed


class Encoder(nn.Module):
    """Image [B, 3, H, W] in [-1, 1] to maps at strides 2, 4, 8 and 16.

    Returns (s2 [B, 24, H/2, W/2], which sees 3x3 pixels; p2 [B, 32, H/2, W/2],
    p4 [B, 64, H/4, W/4], p8 [B, 96, H/8, W/8], s16 [B, 192, H/16, W/16]) with the default
    channels.
    """

    WIDTH2, WIDTH4 = 32, 64

    def __init__(self, channels: tuple[int, int, int, int]) -> None:
        super().__init__()
        c2, c4, c8, c16 = channels
        self.stem = conv(3, c2, 2)
        self.down4 = nn.Sequential(conv(c2, c4, 2), Residual(c4))
        self.down8 = nn.Sequential(conv(c4, c8, 2), Residual(c8), Residual(c8))
        self.down16 = nn.Sequential(
            conv(c8, c16, 2), Residual(c16), Residual(c16), GridAttention(c16))
        self.up8 = nn.Conv2d(c16, c8, 1)
        self.fuse8 = conv(c8, c8)
        self.up4 = nn.Conv2d(c8, self.WIDTH4, 1)
        self.skip4 = nn.Conv2d(c4, self.WIDTH4, 1)
        self.fuse4 = conv(self.WIDTH4, self.WIDTH4)
        self.up2 = nn.Conv2d(self.WIDTH4, self.WIDTH2, 1)
        self.skip2 = nn.Conv2d(c2, self.WIDTH2, 1)
        self.fuse2 = conv(self.WIDTH2, self.WIDTH2)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        s2 = self.stem(image)
        s4 = self.down4(s2)
        s8 = self.down8(s4)
        s16 = self.down16(s8)
        p8 = self.fuse8(s8 + _double(self.up8(s16)))
        p4 = self.fuse4(self.skip4(s4) + _double(self.up4(p8)))
        p2 = self.fuse2(self.skip2(s2) + _double(self.up2(p4)))
        return s2, p2, p4, p8, s16


def _double(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode='nearest')
