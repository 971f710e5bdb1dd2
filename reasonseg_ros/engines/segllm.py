# SPDX-License-Identifier: Apache-2.0
"""Engine `segllm`: multi-round reasoning segmentation with a memory of masks (Wang et al. 2025).

1. The picture is encoded twice, once per frame: by CLIP, whose tokens begin the dialogue, and by
   HIPIE's backbone, in whose levels masks are found.
2. A request may refer to earlier results. Each comes back in front of its words as two embeddings:
   what its mask shows, cut out on black and read by CLIP, and its box.
3. The language model reads the request; only new tokens are computed, in one pass. The state
   before <seg> becomes two halves of a prompt: the reference, and the target.
4. HIPIE matches its queries with both; the target's best one is the answer (`nn.detect`).

Like the published program, the model says nothing but <seg>: it always shows something, and a
score threshold is the only way to nothing. What it showed is remembered by the recorded mask and
the box in the transcript, so that a context rebuilt from the recorded rounds answers the same.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from reasonseg_ros.core.dialogue import Round
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.status import Status
from reasonseg_ros.engines import names
from reasonseg_ros.engines import options as choices
from reasonseg_ros.engines import phrasing
from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.engines.loading import load_model
from reasonseg_ros.engines.names import Name
from reasonseg_ros.engines.options import Options
from reasonseg_ros.engines.protocol import Answer
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.protocol import Found
from reasonseg_ros.engines.protocol import Progress
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.rounds import Rounds
from reasonseg_ros.engines.view import same_picture
from reasonseg_ros.engines.view import small_picture
from reasonseg_ros.nn import clip
from reasonseg_ros.nn import cutout
from reasonseg_ros.nn.cutout import Box
from reasonseg_ros.nn.fast_tokenizer import FastTokenizer
from reasonseg_ros.nn.llama import Stream
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.nn.segllm import SegLlmConfig
from reasonseg_ros.nn.segllm import SegLlmModel

SYSTEM = ('A chat between a curious user and an artificial intelligence assistant. The assistant '
          "gives helpful, detailed, and polite answers to the user's questions.")
SEG, SLOT = '<seg>', '<video>'  # what is said for a mask; where a picture, mask or box is heard
_ANGLES = str.maketrans('<>', '  ')     # words of a user are no tokens


@dataclass(frozen=True)
class Shown:
    """An instance that an answer of this dialogue showed.

    turn  number of that answer, from 1, which is how the model counts instances
    box   as the model predicted it; None where another engine did
    """

    turn: int
    box: Box | None


class SegLlm:
    """The loaded model."""

    name = 'segllm'

    def __init__(self, model: SegLlmModel, tokenizer: FastTokenizer, facts: EngineFacts,
                 options: Options = Options()) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.facts = facts
        self.options = options
        self.slot = tokenizer.id(SLOT)

    @classmethod
    def load(cls, path: Path, device: str = 'auto', dtype: str = 'auto', options: str = ''
             ) -> 'SegLlm':
        """Load a converted folder; errors are one sentence each."""
        chosen = Options.parse(options, (choices.PARTS, choices.VIEW))
        model, facts = load_model(
            path, cls.name, lambda config: SegLlmModel.empty(SegLlmConfig(**config)), device,
            dtype, exact='hipie.')
        return cls(model, FastTokenizer.load(path), facts, chosen)

    def open(self, frame: Frame, memory: bool = True) -> 'SegLlmContext':
        """Encode the frame's image once; without `memory`, masks and boxes come back as zeros."""
        return SegLlmContext(self, frame, memory)

    def same_view(self, context: 'SegLlmContext', frame: Frame) -> bool:
        """Whether the frames differ by no more than sensor noise."""
        if frame is context.frame:
            return True
        return (frame.rgb.shape == context.frame.rgb.shape
                and same_picture(context.small, small_picture(frame)))

    def opening(self) -> list[int]:
        """Ids of what comes before the first request, with a slot for each picture token."""
        said = self.tokenizer.encode(f'{SYSTEM} USER: {SLOT}')
        return [self.tokenizer.bos, *said[:-1], *[self.slot] * self.model.picture_tokens]

    def request(self, text: str, references: int, first: bool) -> list[int]:
        """Ids of a request, up to where <seg> follows; two slots for each reference."""
        asked = f'{SLOT * (2 * references)}{text.translate(_ANGLES)} ASSISTANT: '
        if first:
            return self.tokenizer.go_on(f' {asked}')
        return self.tokenizer.encode(f'{SEG}</s>USER: {asked}')


class SegLlmContext(Rounds):
    """One dialogue on one picture. See the Protocol for what each method promises."""

    def __init__(self, engine: SegLlm, frame: Frame, memory: bool) -> None:
        super().__init__(Stream(engine.model.llama))
        self.engine, self.frame, self.memory = engine, frame, memory
        self.small = small_picture(frame)
        self.view = SamView((frame.height, frame.width), engine.model.hipie.config.image_size)
        self.square = cutout.square(frame.rgb, self.view)
        self._shown: dict[int, Shown] = {}  # by the instance's id
        with memory_errors('while encoding the picture'), torch.inference_mode():
            with self._measured('vision'):
                self.seen = engine.model.see(self._clip_pixels(frame.rgb),
                                             torch.from_numpy(self.square))
            with self._measured('text'):
                self._feed(engine.opening(), self.seen.tokens)
        self.prefix = self.stream.length    # positions of the picture and what is said before it
        self._opening = self._seconds

    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        self._seconds, self._opening = dict(self._opening), {}
        with self._round():
            progress(Progress('text'))
            state = self._read(question.text, question.references)
            if cancelled():
                raise DeadlineExceeded('the request was cancelled or its deadline passed before '
                                       'the mask was decoded')
            progress(Progress('mask'))
            thing, box = self._segment(state, question)
        if thing.score < question.score_threshold or not thing.mask.area:
            hidden = choices.unseen(self.frame, self.engine.options)
            return Answer(Status.NOTHING_FOUND, f'nothing to be seen{hidden}', (), SEG,
                          dict(self._seconds))
        self._shown[question.next_id] = Shown(self.spoken_rounds, box)
        progress(Progress('mask', found=(thing,)))
        return Answer(Status.OK, f'the {thing.label} is instance {question.next_id}', (thing,),
                      SEG + json.dumps(box, separators=(',', ':')), dict(self._seconds))

    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = ()) -> None:
        """Feed a recorded round; see `protocol.Context.remember`.

        The model knows answers with one mask only: of another engine's round without a mask it
        hears nothing. What the user showed it hears when a request refers to it.
        """
        own = record.engine.startswith(f'{self.engine.name}@')
        heard = bool(record.question) and (own or bool(record.instances))
        with self._round():
            if heard:
                self._read(record.question, references)
        if heard:
            box = tuple(json.loads(record.transcript[len(SEG):])) \
                if own and record.instances else None
            self._shown |= {i.id: Shown(self.spoken_rounds, box) for i in record.instances}

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""
        super().rewind(rounds)
        self._shown = {i: s for i, s in self._shown.items() if s.turn <= self.spoken_rounds}

    def _read(self, text: str, references: tuple[Instance, ...]) -> torch.Tensor:
        """Read a request; return the state [D] before <seg>."""
        with self._measured('memory'):
            memories = [self._memory(instance) for instance in references]
        turns = {i: shown.turn for i, shown in self._shown.items()}
        spoken = phrasing.command(phrasing.numbered(text, turns, references))
        ids = self.engine.request(spoken, len(references), self.stream.length == self.prefix)
        with self._measured('text'):
            return self._feed(ids, torch.cat(memories) if memories else None)[-1]

    def _feed(self, ids: list[int], heard: torch.Tensor | None) -> torch.Tensor:
        """Append tokens, what is `heard` [slots, D] added to the slots; return states [T, D]."""
        embedded = self.stream.embed(ids)
        if heard is not None:
            slots = torch.tensor(ids, device=embedded.device) == self.engine.slot
            embedded[slots] += heard
        return self.stream.append(embedded)

    def _memory(self, instance: Instance) -> torch.Tensor:
        """Embeddings [2, D] of an earlier result, by its mask and the box that was predicted.

        Where there is no such box, its extent serves, as in training.
        """
        model, mask = self.engine.model, instance.mask.decode()
        if mask.shape != self.frame.rgb.shape[:2]:  # of a camera with another resolution
            size = self.frame.width, self.frame.height
            mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
        shown, small = self._shown.get(instance.id), cutout.square_mask(mask, self.view)
        if not self.memory or not small.any():
            return torch.zeros(2, model.config.llama['hidden_size'], device=model.device,
                               dtype=model.dtype)
        if shown and shown.box:
            box, cut = shown.box, cutout.predicted(self.square, small, shown.box)
        else:
            box, cut = cutout.extent(small), cutout.given(self.frame.rgb, mask)
        return model.remember(self._clip_pixels(cut),
                              torch.tensor(cutout.rows_first(box, self.view.side)))

    def _segment(self, state: torch.Tensor, question: Question) -> tuple[Found, Box]:
        """Find what the state [D] asks for; also its box."""
        with self._measured('mask'):
            best = self.engine.model.segment(state, self.seen)
            mask = (self.view.full(best.logits[None])[0] > 0).cpu().numpy()
            box = cutout.whole((best.box * self.view.side).tolist(), self.view.side)
        name = names.target(question.text) or Name(names.UNNAMED)
        parent = next((i for i in question.references if name.owner and i.label == name.owner),
                      None)
        found = Rle.encode(mask)
        # A parent that was seen at another resolution does not say where its parts are now.
        if (self.engine.options.parts == choices.PARENT and parent
                and parent.mask.same_size(found)):
            found = Rle.encode(mask & parent.mask.decode())
        return Found(name.label, best.score, found, parent.id if parent else 0), box

    def _clip_pixels(self, rgb: np.ndarray) -> torch.Tensor:
        """Prepare a picture or a cut-out, uint8 [H, W, 3]; only a picture is not square."""
        side = self.engine.model.config.clip['image_size']
        return clip.pixels(rgb, side, self.engine.options.view == choices.PAD)
