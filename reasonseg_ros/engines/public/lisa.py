# SPDX-License-Identifier: Apache-2.0
"""Engines `lisa` and `m2sa`: reasoning segmentation by a language model that says [SEG].

LISA (Lai et al. 2024):

1. The image is encoded twice, once per frame: by CLIP, whose tokens begin the dialogue, and by
   SAM, in whose features masks are drawn.
2. The language model reads the request after them and answers in words. Only new tokens are
   computed; likely answers are checked in one pass.
3. The state that predicted a [SEG] becomes the prompt of SAM's mask decoder: one mask per [SEG].

M2SA is LISA for several targets and for parts (Jang et al. 2025, the MMR dataset):

1. Early local fusion: features of SAM's first block with global attention, which still hold small
   details, pass two convolutions and are added to SAM's encoding (`nn.lisa.early_fusion`).
2. An answer names all that was asked for, each with a [SEG] of its own, objects and parts alike:
   "the mug is [SEG] and the mug's handle is [SEG]". Every [SEG] becomes an instance, called what
   the words before it say; a part whose object is named keeps that object's id.

`llama_engine` says how a dialogue goes on in words. Masks of one answer are not merged.
"""

from collections.abc import Iterator

import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines.public import mask_names
from reasonseg_ros.engines.public.llama_engine import LlamaContext, LlamaEngine
from reasonseg_ros.engines.public.mask_names import SEG, Name
from reasonseg_ros.nn.lisa import LisaConfig, LisaFeatures, LisaModel
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.sam import SamView

# How these models were trained to answer; the usual one is then read in one pass.
DRAFTS = (f'It is {SEG}.', f'Sure, {SEG}.', f'Sure, it is {SEG}.', f'{SEG}.',
          f'Sure, the segmentation result is {SEG}.')


class Lisa(LlamaEngine[LisaModel]):
    """A loaded LISA."""

    name = 'lisa'
    network = LisaModel
    sizes = LisaConfig
    longest_answer = 512    # tokens, as in the authors' chat program

    def open(self, frame: Frame, memory: bool = True) -> 'LisaContext':
        """Encode the frame's image once."""
        return LisaContext(self, frame)

    def answer(self, stream: TokenStream, state: torch.Tensor
               ) -> Iterator[tuple[int, torch.Tensor]]:
        """Let the model speak; see `LlamaEngine.answer`."""
        drafts = [[*self.tokenizer.encode(text), self.end] for text in DRAFTS]
        room = min(self.longest_answer, stream.capacity - stream.length)
        return stream.answer(state, self.end, room, drafts)


class M2sa(Lisa):
    """A loaded M2SA."""

    name = 'm2sa'
    longest_answer = 2048   # tokens, as in the authors' chat program

    def name_of(self, said: str, asked: str) -> Name:
        """Name the newest mask by the words before it, else by the request."""
        return mask_names.names(said)[-1] or super().name_of(said, asked)


class LisaContext(LlamaContext[Lisa]):
    """One dialogue on one image."""

    seen: LisaFeatures

    def _see(self) -> LisaFeatures:
        self.view = SamView((self.frame.height, self.frame.width),
                            self.engine.model.config.sam['image_size'])
        return self.engine.model.see(self._clip_pixels(), self.view.pixels(self.frame.rgb))

    def _draw(self, state: torch.Tensor) -> tuple[np.ndarray, float]:
        """Return the mask and its score: the mean probability of its pixels, not calibrated."""
        logits = self.view.full(self.engine.model.segment(state[None], self.seen))[0]
        mask = (logits > 0).cpu().numpy()
        return mask, float(logits[logits > 0].sigmoid().mean()) if mask.any() else 0.0
