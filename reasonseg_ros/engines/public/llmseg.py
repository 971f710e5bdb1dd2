# SPDX-License-Identifier: Apache-2.0
"""Engine `llmseg`: reasoning segmentation by choosing among regions (Wang and Ke 2024, LLM-Seg).

1. Once per frame, SAM's everything mode proposes regions; the 50 largest stay. DINOv2 describes
   each by its mean feature. CLIP's tokens of the image begin the dialogue, as in LISA.
2. The language model reads the request. It is not asked for words: as in the authors' evaluation
   its answer is always "[SEG].", so the state at the end of the request is the one that predicts
   [SEG], and a round needs no decoding.
3. That state and the regions are fused; every region gets a predicted IoP (intersection over
   proposal: the share of it that belongs to what was asked for) and a similarity that predicts
   its IoU.
4. The mask is the union of the regions that a rule chooses from these two numbers.

What was asked before stays in the language model's cache, though the model was trained on single
questions. `llama_engine` says how a dialogue goes on in words. Draws no outline of its own:
a mask is made of SAM's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines.public.llama_engine import LlamaContext, LlamaEngine
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.engines.public.prompts import Options
from reasonseg_ros.nn.everything import EverythingSettings
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.llmseg import LlmSegConfig, LlmSegModel
from reasonseg_ros.nn.sam import SamView

ANSWER = f'{SEG}.'
LONGEST = 1024      # pixels of the longer side of the image in which SAM looks for regions
MOST = 50           # regions that are judged
SHARE = 0.5         # IoP above which a region is chosen
SIMILAR = 5         # how many of the most similar regions rule SIMILAR_IOP looks at
IOP, IOU, EITHER, SIMILAR_IOP = RULES = ('iop', 'iou', 'either', 'similar-iop')
CLICKS = ('32', '16', '8')


@dataclass(frozen=True)
class LlmSegOptions(Options):
    """Choices for this engine.

    select  which regions make the mask, see `choose`; IOP is that of the paper's main results
    clicks  along each side of the image when SAM looks for regions; fewer are quicker, and find
            fewer small things
    """

    select: str = IOP
    clicks: str = CLICKS[0]

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Return the values of each option."""
        return {**super().choices(), 'select': RULES, 'clicks': CLICKS}


@dataclass(frozen=True)
class LlmSegFeatures:
    """An image as this engine sees it.

    tokens [P, D] for the language model; masks bool [K, h, w], the largest first, at no more than
    LONGEST pixels; described float32 [K, C]. K may be 0.
    """

    tokens: torch.Tensor
    masks: torch.Tensor
    described: torch.Tensor


class LlmSeg(LlamaEngine[LlmSegModel]):
    """The loaded model."""

    name = 'llmseg'
    network = LlmSegModel
    sizes = LlmSegConfig
    choices = LlmSegOptions
    options: LlmSegOptions

    def open(self, frame: Frame, memory: bool = True) -> 'LlmSegContext':
        """Encode the frame's image and find its regions, once."""
        return LlmSegContext(self, frame)

    def answer(self, stream: TokenStream, state: torch.Tensor
               ) -> Iterator[tuple[int, torch.Tensor]]:
        """Say "[SEG]."; see `LlamaEngine.answer`."""
        return self.say(ANSWER, stream, state)

    def describe(self, label: str, number: int) -> str:
        """Say for people what [SEG] became."""
        return f'the {label} is instance {number}'


class LlmSegContext(LlamaContext[LlmSeg]):
    """One dialogue on one image."""

    seen: LlmSegFeatures

    def _see(self) -> LlmSegFeatures:
        model, rgb = self.engine.model, reduce_image(self.frame.rgb)
        view = SamView((rgb.shape[0], rgb.shape[1]), model.config.sam['image_size'])
        settings = EverythingSettings(per_side=int(self.engine.options.clicks))
        masks = model.propose(view.pixels(rgb), view, settings).largest(MOST).masks(view)
        square = SamView((self.frame.height, self.frame.width), model.config.dino_side)
        described = model.describe(square.pixels(self.frame.rgb), masks)
        return LlmSegFeatures(model.tokens(self._clip_pixels()), masks, described)

    def _draw(self, state: torch.Tensor) -> tuple[np.ndarray, float]:
        """Return the union of the chosen regions, bool [H, W], and its score.

        The score is the expected share of the mask that is right: the mean of the chosen regions'
        IoP by their areas. It is not calibrated.
        """
        size = self.frame.height, self.frame.width
        if not len(self.seen.masks):
            return np.zeros(size, bool), 0.0
        judged = self.engine.model.judge(self.seen.described, state)
        chosen = choose(self.engine.options.select, judged.similarity, judged.iop)
        masks, iop = self.seen.masks[chosen], judged.iop[chosen]
        areas = masks.sum((1, 2))
        score = float((iop * areas).sum() / areas.sum()) if len(masks) else 0.0
        return resize_mask(masks.any(0), size).cpu().numpy(), score

    def _hidden_note(self) -> str:
        none = '' if len(self.seen.masks) else ' (SAM finds no region in this image)'
        return none + super()._hidden_note()


def choose(rule: str, similarity: torch.Tensor, iop: torch.Tensor) -> torch.Tensor:
    """Choose among K >= 1 regions by their numbers [K] (LLM-Seg, table 3); returns bool [K].

    IOP          all whose IoP is above SHARE; maybe none
    IOU          the most similar one
    EITHER       both of these
    SIMILAR_IOP  those of the SIMILAR most similar ones whose IoP is above SHARE; maybe none
    """
    inside = iop > SHARE
    ranked = similarity.sort(descending=True, stable=True).indices
    first, near = torch.zeros_like(inside), torch.zeros_like(inside)
    first[ranked[0]] = near[ranked[:SIMILAR]] = True
    return {IOP: inside, IOU: first, EITHER: inside | first, SIMILAR_IOP: inside & near}[rule]


def reduce_image(rgb: np.ndarray) -> np.ndarray:
    """Image uint8 [H, W, 3] with its longer side brought down to LONGEST where it is longer."""
    scale = LONGEST / max(rgb.shape[:2])
    if scale >= 1:
        return rgb
    height, width = (int(length * scale) for length in rgb.shape[:2])
    small: np.ndarray = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    return small


def resize_mask(mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Bring a mask bool [h, w] to `size` (H, W): each pixel takes the nearest value."""
    return torch.nn.functional.interpolate(mask[None, None].float(), size)[0, 0] > 0
