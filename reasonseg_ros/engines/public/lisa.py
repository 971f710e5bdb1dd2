# SPDX-License-Identifier: Apache-2.0
"""Engine `lisa`: reasoning segmentation by a language model that says [SEG] (Lai et al. 2024).

1. The picture is encoded twice, once per frame: by CLIP, whose tokens begin the dialogue, and by
   SAM, in whose features masks are drawn.
2. The language model reads the request after them and answers in words. Only new tokens are
   computed; likely answers are checked in one pass.
3. The state that predicted a [SEG] becomes the prompt of SAM's mask decoder: one mask per [SEG].

How a dialogue is held, in words, stands in `spoken`.
"""

from collections.abc import Iterator

import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.engines.public.llama_engine import LlamaContext
from reasonseg_ros.engines.public.llama_engine import LlamaEngine
from reasonseg_ros.engines.public.mask_names import SEG
from reasonseg_ros.nn.lisa import LisaConfig
from reasonseg_ros.nn.lisa import LisaFeatures
from reasonseg_ros.nn.lisa import LisaModel
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.sam import SamView

# How these models were trained to answer; the usual one is then read in one pass.
DRAFTS = (f'It is {SEG}.', f'Sure, {SEG}.', f'Sure, it is {SEG}.', f'{SEG}.',
          f'Sure, the segmentation result is {SEG}.')


class Lisa(LlamaEngine):
    """The loaded model."""

    name = 'lisa'
    network = LisaModel
    sizes = LisaConfig
    longest_answer = 512    # tokens, as in the authors' chat program

    def open(self, frame: Frame, memory: bool = True) -> 'LisaContext':
        """Encode the frame's image once."""
        return LisaContext(self, frame)

    def answer(self, stream: TokenStream, state: torch.Tensor) -> Iterator[tuple[int, torch.Tensor]]:
        """Let the model speak; see `LlamaEngine.answer`."""
        drafts = [[*self.tokenizer.encode(text), self.end] for text in DRAFTS]
        room = min(self.longest_answer, stream.capacity - stream.length)
        return stream.answer(state, self.end, room, drafts)


class LisaContext(LlamaContext):
    """One dialogue on one picture."""

    def _see(self) -> LisaFeatures:
        self.view = SamView((self.frame.height, self.frame.width),
                            self.engine.model.config.sam['image_size'])
        return self.engine.model.see(self._clip_pixels(), self.view.pixels(self.frame.rgb))

    def _draw(self, state: torch.Tensor) -> tuple[np.ndarray, float]:
        """Return the mask and its score: the mean probability of its pixels, not calibrated."""
        logits = self.view.full(self.engine.model.segment(state[None], self.seen))[0]
        mask = (logits > 0).cpu().numpy()
        return mask, float(logits[logits > 0].sigmoid().mean()) if mask.any() else 0.0
