# SPDX-License-Identifier: Apache-2.0
"""The network of SegLLM (Wang et al. 2025): a language model that hears images, masks and boxes.

CLIP's tokens of the image, and later those of cut-out masks with their boxes, are added to the
embedding of a slot token. The state before the token <seg> becomes eight words for HIPIE: four for
the reference, four for what is asked for. Sizes come from the checkpoint. No tokens, no files.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import nn

from reasonseg_ros.nn import clip
from reasonseg_ros.nn.hipie.detect import Detection, detect
from reasonseg_ros.nn.hipie.hipie import WORD_DIM, Hipie, HipieConfig, Levels
from reasonseg_ros.nn.llava import Llava

WORDS = 8               # of a prompt: the reference's half, then the target's
MEMORY_SCALE = 0.5      # of what is remembered; in training, half of it was left out


@dataclass(frozen=True)
class SegLlmConfig:
    """Sizes of the parts; stored as JSON.

    llama, clip, clip_layer   see nn.llava.Sizes
    hipie                     values of HipieConfig
    """

    llama: dict[str, Any]
    clip: dict[str, Any] = field(default_factory=lambda: dict(clip.VIT_L))
    hipie: dict[str, Any] = field(default_factory=lambda: asdict(HipieConfig()))
    clip_layer: int = -2


@dataclass(frozen=True)
class SegLlmFeatures:
    """One encoded image: `tokens` [P, D] for the language model, `levels` for HIPIE."""

    tokens: torch.Tensor
    levels: Levels


class SegLlmModel(Llava):
    """Modules, and the steps beside the language model: `see`, `remember` and `segment`."""

    EXACT = ('hipie.',)

    def __init__(self, config: SegLlmConfig) -> None:
        super().__init__(config)
        width = config.llama['hidden_size']
        self.projector = nn.Sequential(nn.Linear(config.clip['hidden_size'], width), nn.GELU(),
                                       nn.Linear(width, width))
        self.box = nn.Linear(4, width)
        self.prompt = nn.Sequential(nn.Linear(width, width), nn.GELU(),
                                    nn.Linear(width, WORDS * WORD_DIM))
        self.hipie = Hipie(HipieConfig(**config.hipie))

    def see(self, clip_pixels: torch.Tensor, square: torch.Tensor) -> SegLlmFeatures:
        """Encode an image, once for all questions.

        clip_pixels [1, 3, s, s] from nn.clip.pixels; square uint8 [S, S, 3] from nn.cutout.square.
        """
        levels = self.hipie.encode(self.hipie.pixels(square))
        return SegLlmFeatures(self.tokens(clip_pixels), levels)

    def remember(self, clip_pixels: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
        """Two embeddings [2, D] of an earlier result: its cut-out [1, 3, s, s] and its box.

        box  float [4], rows first: (top, left, bottom, right) in [0, 1] of the square
        """
        mask = self.projector(self.states(clip_pixels)[:1])
        return MEMORY_SCALE * torch.cat((mask, self.box(box.to(self.device, self.dtype))[None]))

    def words(self, states: torch.Tensor) -> torch.Tensor:
        """States [N, D] before <seg> -> prompts, float32 [N, 8, 768]."""
        words: torch.Tensor = self.prompt(states).float().unflatten(1, (WORDS, WORD_DIM))
        return words

    def segment(self, state: torch.Tensor, seen: SegLlmFeatures) -> Detection:
        """Return what the state [D] before <seg> asks for; there always is something."""
        return detect(self.hipie, self.words(state[None])[0], seen.levels)

    def states(self, clip_pixels: torch.Tensor) -> torch.Tensor:
        """CLIP's states [1 + P, W] of an image [1, 3, s, s], the class token first."""
        pixels = clip_pixels.to(self.device, self.dtype)
        return clip.states(self.clip, pixels, self.config.clip_layer)[0]
