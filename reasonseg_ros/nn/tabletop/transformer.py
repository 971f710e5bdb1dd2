# SPDX-License-Identifier: Apache-2.0
"""Causal transformer with an explicit key-value cache. Knows no tokens, images or masks.

Pre-norm blocks: RMSNorm, rotary positions, SiLU MLP. A prefix (the image) may attend to itself
in both directions; everything after it is causal.
"""

import torch
from torch import nn
from torch.nn import functional as F


class KVCache:
    """Keys and values of one sequence: [layers, 2, heads, capacity, head_dim]; `length` are valid.

    Cropping is O(1): later entries are simply overwritten.
    """

    def __init__(self, layers: int, heads: int, capacity: int, head_dim: int,
                 device: torch.device, dtype: torch.dtype) -> None:
        self.data = torch.empty(layers, 2, heads, capacity, head_dim, device=device, dtype=dtype)
        self.length = 0

    @property
    def capacity(self) -> int:
        """Positions that fit."""
        return self.data.shape[3]

    def crop(self, length: int) -> None:
        """Forget everything from position `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f'cannot crop a cache of {self.length} positions to {length}')
        self.length = length

    def store(self, layer: int, k: torch.Tensor, v: torch.Tensor
              ) -> tuple[torch.Tensor, torch.Tensor]:
        """Write k, v [1, heads, T, head_dim] at `length`; return all keys and values so far."""
        end = self.length + k.shape[2]
        self.data[layer, 0, :, self.length:end] = k[0]
        self.data[layer, 1, :, self.length:end] = v[0]
        return self.data[layer, 0, None, :, :end], self.data[layer, 1, None, :, :end]


class Block(nn.Module):
    """One layer. Output projections start at zero, so the block starts as the identity."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.RMSNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.norm2 = nn.RMSNorm(dim)
        self.up = nn.Linear(dim, 4 * dim, bias=False)
        self.down = nn.Linear(4 * dim, dim, bias=False)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: torch.Tensor, rope: tuple[torch.Tensor, torch.Tensor],
                mask: torch.Tensor | None, cache: KVCache | None, layer: int) -> torch.Tensor:
        b, t, d = x.shape
        q, k, v = (self.qkv(self.norm1(x)).reshape(b, t, 3, self.heads, d // self.heads)
                   .permute(2, 0, 3, 1, 4))                    # each [B, heads, T, head_dim]
        q, k = rotate(q, *rope), rotate(k, *rope)
        if cache is not None:
            k, v = cache.store(layer, k, v)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, d))
        thought: torch.Tensor = self.down(F.silu(self.up(self.norm2(x))))
        return x + thought


class Transformer(nn.Module):
    """Embeddings [B, T, dim] to final normalised states [B, T, dim]."""

    cos: torch.Tensor   # [capacity, head_dim/2]
    sin: torch.Tensor

    def __init__(self, dim: int, layers: int, heads: int, capacity: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(layers))
        self.norm = nn.RMSNorm(dim)
        self.heads, self.head_dim = heads, dim // heads
        cos, sin = rope_table(capacity, self.head_dim)
        self.register_buffer('cos', cos, persistent=False)
        self.register_buffer('sin', sin, persistent=False)

    def new_cache(self) -> KVCache:
        """Return an empty cache on the model's device and dtype."""
        weight = self.norm.weight
        return KVCache(len(self.blocks), self.heads, self.cos.shape[0], self.head_dim,
                       weight.device, weight.dtype)

    def forward(self, x: torch.Tensor, prefix: int, cache: KVCache | None = None
                ) -> torch.Tensor:
        """Run `x`, which follows what `cache` holds.

        `prefix` is the length of the image at the start of the whole sequence. With a cache the
        first call must be the prefix alone.
        """
        start = 0 if cache is None else cache.length
        stop = start + x.shape[1]
        rope = (self.cos[start:stop].to(x.dtype), self.sin[start:stop].to(x.dtype))
        mask = visible(start, stop, prefix, x.device)
        for layer, block in enumerate(self.blocks):
            x = block(x, rope, mask, cache, layer)
        if cache is not None:
            cache.length = stop
        states: torch.Tensor = self.norm(x)
        return states


def visible(start: int, stop: int, prefix: int, device: torch.device) -> torch.Tensor | None:
    """Mask bool [stop-start, stop]: True where a query may look; None where it may everywhere."""
    if stop <= prefix or stop - start == 1:
        return None
    query = torch.arange(start, stop, device=device)[:, None]
    key = torch.arange(stop, device=device)[None]
    return (key <= query) | (key < prefix)


def rope_table(capacity: int, head_dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines and sines [capacity, head_dim/2] of rotary positions (Su et al. 2021, eq. 34)."""
    rate = 10000.0 ** (-torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim)
    angle = torch.arange(capacity, dtype=torch.float32)[:, None] * rate[None]
    return angle.cos(), angle.sin()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotate the halves of x [B, heads, T, head_dim] by the angle of their position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)
