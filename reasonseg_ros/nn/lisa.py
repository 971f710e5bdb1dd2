# SPDX-License-Identifier: Apache-2.0
"""The network of LISA (Lai et al. 2024) and of M2SA, its descendant with early local fusion.

CLIP's tokens of the image go into the language model; the state that predicts [SEG] becomes the
only prompt of SAM's mask decoder, which looks at SAM's own encoding of the image. Sizes come
from typing import Any
from the checkpoint. No tokens, no sentences, no files.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers.models.sam.modeling_sam import SamLayerNorm, SamModel

from reasonseg_ros.nn import sam
from reasonseg_ros.nn.llava import Llava


@dataclass(frozen=True)
class LisaConfig:
    """Sizes of the parts; stored as JSON.

    llama, clip, clip_layer   see nn.llava.Sizes
    sam           values like nn.sam.VIT_H
    early_fusion  whether SAM's early features are added to its encoding (M2SA)
    """

    llama: dict[str, Any]
    clip: dict[str, Any]
    sam: dict[str, Any]
    clip_layer: int = -2
    early_fusion: bool = False


@dataclass(frozen=True)
class LisaFeatures:
    """One encoded image: `tokens` [P, D] for the language model, `embedding` [1, C, g, g]."""

    tokens: torch.Tensor
    embedding: torch.Tensor


class LisaModel(Llava):
    """Modules, and the two steps beside the language model: `see` and `segment`."""

    def __init__(self, config: LisaConfig) -> None:
        super().__init__(config)
        width, prompt = config.llama['hidden_size'], config.sam['prompt_embed_dim']
        self.prompt = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, prompt))
        self.sam = SamModel(sam.sam_config(config.sam))
        self.early = early_fusion(config.sam['encoder_embed_dim'], prompt) \
            if config.early_fusion else None

    def see(self, clip_pixels: torch.Tensor, sam_pixels: torch.Tensor) -> LisaFeatures:
        """Encode an image, once for all questions.

        clip_pixels [1, 3, s, s] from nn.clip.pixels; sam_pixels [1, 3, S, S] from nn.sam.SamView.
        """
        embedding, early = sam.encode(self.sam, sam_pixels.to(self.device, self.dtype))
        if self.early is not None:
            embedding = embedding + self.early(early)
        return LisaFeatures(self.tokens(clip_pixels), embedding)

    def segment(self, states: torch.Tensor, seen: LisaFeatures) -> torch.Tensor:
        """States [N, D] that predicted [SEG] -> mask logits [N, m, m], each by itself."""
        return sam.decode(self.sam, seen.embedding, self.prompt(states))[0][:, 0]


def early_fusion(width: int, channels: int) -> nn.Sequential:
    """M2SA's early local fusion: features [1, width, g, g] -> [1, channels, g, g] to be added."""
    return nn.Sequential(
        nn.Conv2d(width, channels, 3, padding=1),
        SamLayerNorm(channels, eps=1e-6, data_format='channels_first'),
        nn.GELU(),
        nn.Conv2d(channels, channels, 3, padding=1))
