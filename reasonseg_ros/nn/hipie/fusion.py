# SPDX-License-Identifier: Apache-2.0
"""Attention between a picture and words in both directions at once (GLIP, Li et al. 2022).

One matrix of scores serves both sides. What comes back is added to the normalised inputs, as the
published weights were trained. One picture, no padding.
"""

import torch
from torch import nn

LIMIT = 50000.0     # of a score, for half precision


class _Attention(nn.Module):
    """Projections of the picture (v) and the words (l)."""

    def __init__(self, dim: int, word_dim: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.v_proj, self.values_v_proj = nn.Linear(dim, inner), nn.Linear(dim, inner)
        self.l_proj, self.values_l_proj = nn.Linear(word_dim, inner), nn.Linear(word_dim, inner)
        self.out_v_proj, self.out_l_proj = nn.Linear(inner, dim), nn.Linear(inner, word_dim)

    def forward(self, picture: torch.Tensor, words: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor]:
        query, picture_values, key, word_values = map(self._split, (
            self.v_proj(picture), self.values_v_proj(picture), self.l_proj(words),
            self.values_l_proj(words)))
        scores = (query * query.shape[-1] ** -0.5 @ key.mT).clamp(-LIMIT, LIMIT)
        read = scores.softmax(-1) @ word_values             # [heads, T, inner / heads]
        looked = scores.mT.softmax(-1) @ picture_values     # [heads, W, inner / heads]
        return (self.out_v_proj(read.transpose(0, 1).flatten(1)),
                self.out_l_proj(looked.transpose(0, 1).flatten(1)))

    def _split(self, x: torch.Tensor) -> torch.Tensor:
        """[N, inner] -> [heads, N, inner / heads]."""
        return x.view(len(x), self.heads, -1).transpose(0, 1)


class WordFusion(nn.Module):
    """The layer."""

    def __init__(self, dim: int, word_dim: int, inner: int, heads: int) -> None:
        super().__init__()
        self.layer_norm_v, self.layer_norm_l = nn.LayerNorm(dim), nn.LayerNorm(word_dim)
        self.attn = _Attention(dim, word_dim, inner, heads)
        self.gamma_v = nn.Parameter(torch.empty(dim))
        self.gamma_l = nn.Parameter(torch.empty(word_dim))

    def forward(self, picture: torch.Tensor, words: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor]:
        """Picture [T, D] and words [W, L] -> the same shapes."""
        picture, words = self.layer_norm_v(picture), self.layer_norm_l(words)
        read, looked = self.attn(picture, words)
        return picture + self.gamma_v * read, words + self.gamma_l * looked
