# SPDX-License-Identifier: Apache-2.0
"""The network of LLM-Seg (Wang and Ke 2024): a language model judges regions that SAM proposes.

Regions come from SAM's everything mode, once per image. Each is described by the mean of
DINOv2's features under its mask. The state that predicts [SEG], projected, and these descriptions
attend to each other; then one head predicts which share of a region belongs to what was asked for
(IoP, intersection over proposal), another describes the region so that its cosine with the
projected state predicts the IoU. No tokens, no sentences, no files, no choice of regions.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F
from transformers.models.sam.modeling_sam import SamModel

from reasonseg_ros.nn import dinov2, sam
from reasonseg_ros.nn.everything import EverythingSettings, Regions, segment
from reasonseg_ros.nn.llava import Llava
from reasonseg_ros.nn.sam import SamView

DINO_SIDE = 896     # pixels of the square that the released model's DINOv2 sees
POOLED = 256        # cells along a side of the features under which regions are averaged

# The sizes of the released model: width of the fusion, its heads, the hidden widths of its blocks'
# MLP and of the two heads, and the number of blocks.
RELEASED = {'dim': 256, 'heads': 8, 'mlp': 2048, 'iop': 128, 'embedding': 2048, 'blocks': 2}


@dataclass(frozen=True)
class LlmSegConfig:
    """Sizes of the parts; stored as JSON.

    llama, clip, clip_layer   see nn.llava.Sizes
    sam         values like nn.sam.VIT_H, of the SAM that proposes
    dino        values like nn.dinov2.VIT_L
    fusion      values like RELEASED
    dino_side   pixels of the square that DINOv2 sees, a multiple of its patches
    """

    llama: dict[str, Any]
    clip: dict[str, Any]
    sam: dict[str, Any]
    dino: dict[str, Any]
    fusion: dict[str, Any]
    clip_layer: int = -2
    dino_side: int = DINO_SIDE


@dataclass(frozen=True)
class RegionScores:
    """K regions judged by one request; float32.

    similarity [K] in [-1, 1] predicts the IoU; iop_logit [K]; embedding [K, C]; fused [K, C]
    """

    similarity: torch.Tensor
    iop_logit: torch.Tensor
    embedding: torch.Tensor
    fused: torch.Tensor

    @property
    def iop(self) -> torch.Tensor:
        """[K] in [0, 1]: predicted share of each region that belongs to what was asked for."""
        return self.iop_logit.sigmoid()


class LlmSegModel(Llava):
    """Modules, and the steps beside the language model: `propose`, `describe`, `judge`."""

    # What stays float32 whatever the type of the towers: coordinates of clicks and probabilities
    # beside a threshold need it, and these parts are small.
    EXACT = ('sam.shared_image_embedding.', 'sam.prompt_encoder.', 'sam.mask_decoder.',
             'dino_conv.', 'fusion.', 'iop_head.', 'embedding_head.')

    def __init__(self, config: LlmSegConfig) -> None:
        super().__init__(config)
        width, sizes = config.llama['hidden_size'], config.fusion
        dim = sizes['dim']
        self.prompt = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, dim))
        self.sam = SamModel(sam.sam_config(config.sam))
        self.dino = dinov2.empty(config.dino, config.dino_side)
        self.dino_conv = nn.Conv2d(config.dino['embed_dim'], dim, 1)
        self.fusion = RegionFusion(dim, sizes['heads'], sizes['mlp'], sizes['blocks'])
        self.iop_head = head(dim, sizes['iop'], 1)
        self.embedding_head = head(dim, sizes['embedding'], dim)

    def propose(self, sam_pixels: torch.Tensor, view: SamView,
                settings: EverythingSettings = EverythingSettings()) -> Regions:
        """Find regions of an image [1, 3, S, S], prepared by `view`; best first, maybe none."""
        embedding, _ = sam.encode(self.sam, sam_pixels.to(self.device, self.dtype))
        return segment(self.sam, embedding.float(), view, settings)

    def features(self, dino_pixels: torch.Tensor) -> torch.Tensor:
        """Image [1, 3, s, s] of `dino_side` -> float32 [1, C, POOLED, POOLED]."""
        patches = dinov2.features(self.dino, dino_pixels.to(self.device, self.dtype))
        return F.interpolate(self.dino_conv(patches.float()), (POOLED, POOLED), mode='bilinear',
                             align_corners=False)

    def describe(self, dino_pixels: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Describe masks bool [K, h, w] of an image, in any resolution: float32 [K, C]."""
        return pool(self.features(dino_pixels)[0], coverage(masks).to(self.device))

    def judge(self, described: torch.Tensor, state: torch.Tensor) -> RegionScores:
        """Judge regions [K, C] by the state [D] that predicts [SEG]; K may be 0."""
        text = self.prompt(state).float()
        fused = self.fusion(described[None], text[None, None])[0]
        embedding = self.embedding_head(fused)
        similarity = F.cosine_similarity(embedding, text[None], dim=1)
        return RegionScores(similarity, self.iop_head(fused)[:, 0], embedding, fused)


def coverage(masks: torch.Tensor) -> torch.Tensor:
    """Masks bool [K, h, w] -> float32 [K, POOLED, POOLED] in 0..1: how much of a cell is covered.

    The image lies at the top left of a square, as in what DINOv2 sees.
    """
    height, width = masks.shape[1:]
    side = max(height, width)
    if not len(masks):
        return torch.zeros(0, POOLED, POOLED, device=masks.device)
    # A mask at a time: all of them in float64 would be half a gigabyte.
    return torch.cat([F.interpolate(
        F.pad(mask.double(), (0, side - width, 0, side - height))[None, None], (POOLED, POOLED),
        mode='bilinear', align_corners=False, antialias=True)[0].float() for mask in masks])


def pool(features: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean [K, C] of features [C, n, n] under weights [K, n, n]; zero where there are none."""
    flat = weight.flatten(1)
    return flat @ features.flatten(1).T / (flat.sum(1, keepdim=True) + 1e-8)


def head(dim: int, hidden: int, out: int) -> nn.Sequential:
    """Two linear layers: what predicts from a fused region."""
    return nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, out))


class Attention(nn.Module):
    """Attention of several heads with separate projections."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (
            nn.Linear(dim, dim) for _ in range(4))

    def forward(self, asking: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """[B, N, C] looks at [B, M, C]; returns [B, N, C]."""
        q, k, v = (projection(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
                   for projection, x in ((self.q_proj, asking), (self.k_proj, asked),
                                         (self.v_proj, asked)))
        seen = F.scaled_dot_product_attention(q, k, v)
        out: torch.Tensor = self.out_proj(seen.transpose(1, 2).flatten(2))
        return out


class FusionBlock(nn.Module):
    """Regions look at each other and at the text, then the text looks at them; post-norm."""

    def __init__(self, dim: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.among_regions = Attention(dim, heads)
        self.regions_to_text = Attention(dim, heads)
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.ReLU(), nn.Linear(hidden, dim))
        self.text_to_regions = Attention(dim, heads)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(dim) for _ in range(4))

    def forward(self, regions: torch.Tensor, text: torch.Tensor
                ) -> tuple[torch.Tensor, torch.Tensor]:
        """Regions [B, K, C] and text [B, 1, C] -> both anew."""
        regions = self.norm1(regions + self.among_regions(regions, regions))
        regions = self.norm2(regions + self.regions_to_text(regions, text))
        regions = self.norm3(regions + self.mlp(regions))
        text = self.norm4(text + self.text_to_regions(text, regions))
        return regions, text


class RegionFusion(nn.Module):
    """Blocks, and a last look of the regions at the text. Knows no order of the regions."""

    def __init__(self, dim: int, heads: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(FusionBlock(dim, heads, hidden) for _ in range(blocks))
        self.final = Attention(dim, heads)
        self.norm = nn.LayerNorm(dim)

    def forward(self, regions: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        """Regions [B, K, C] and text [B, 1, C] -> fused regions [B, K, C]."""
        for block in self.blocks:
            regions, text = block(regions, text)
        regions = self.norm(regions + self.final(regions, text))
        return regions
