# SPDX-License-Identifier: Apache-2.0
"""Engine `segllm`: multi-round reasoning segmentation with a memory of masks (Wang et al. 2025).

1. The image is encoded twice, once per frame: by CLIP, whose tokens begin the dialogue, and by
   HIPIE's backbone, in whose levels masks are found.
2. A request may refer to earlier results. Each comes back in front of its words as two embeddings:
   what its mask shows, cut out on black and read by CLIP, and its box.
3. The language model reads the request and <seg>; only new tokens are computed, in one pass. The
   state before <seg> becomes two halves of a prompt: the reference, and the target.
4. HIPIE matches its queries with both; the target's best one is the answer (`nn.hipie.detect`).

Like the published program, the model says nothing but <seg>: it always shows something, and a
score threshold is the only way to nothing. What it showed is remembered by the recorded mask and
the box in the transcript, "<seg>[x0,y0,x1,y1]", so that a context rebuilt from the recorded rounds
answers the same. An answer that the question brings may have other words, and several <seg>.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, repeat

import numpy as np
import torch
from PIL import Image

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.context import stop_if
from reasonseg_ros.engines.protocol import (
    Answer,
    AnswerMask,
    EngineFacts,
    Progress,
    Question,
    unheard,
)
from reasonseg_ros.engines.public import mask_names, prompts
from reasonseg_ros.engines.public.llama_engine import PublishedContext, PublishedEngine
from reasonseg_ros.engines.public.prompts import Options
from reasonseg_ros.nn import clip, cutout
from reasonseg_ros.nn.cutout import Box
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID, FastTokenizer
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.nn.segllm import SegLlmConfig, SegLlmFeatures, SegLlmModel

SYSTEM = ('A chat between a curious user and an artificial intelligence assistant. The assistant '
          "gives helpful, detailed, and polite answers to the user's questions.")
SEG, SLOT = '<seg>', '<video>'  # what is said for a mask; where an image, mask or box is heard
_ANGLES = str.maketrans('<>', '  ')     # words of a user are no tokens
_BOX = re.compile(rf'(?<={SEG})\[[-0-9,]+\]')    # of a mask, in a transcript


@dataclass(frozen=True)
class RememberedMask:
    """An instance that an answer of this dialogue showed.

    turn  number of that answer, from 1, which is how the model counts instances
    box   as the model predicted it; None where another engine did
    """

    turn: int
    box: Box | None


@dataclass(frozen=True)
class SegLlmOptions(Options):
    """Choices for this engine; earlier results are masks, so `references` is none of them."""

    @classmethod
    def choices(cls) -> dict[str, tuple[str, ...]]:
        """Return the values of each option."""
        return {name: values for name, values in super().choices().items()
                if name != 'references'}


class SegLlm(PublishedEngine[SegLlmModel]):
    """The loaded model."""

    name = 'segllm'
    network = SegLlmModel
    sizes = SegLlmConfig
    choices = SegLlmOptions
    tokens = FastTokenizer
    mark = SEG
    tokenizer: FastTokenizer

    def __init__(self, model: SegLlmModel, tokenizer: FastTokenizer, facts: EngineFacts,
                 options: Options = SegLlmOptions()) -> None:
        super().__init__(model, tokenizer, replace(facts, predicts_boxes=True), options)
        self.slot = tokenizer.id(SLOT)

    def open(self, frame: Frame, memory: bool = True) -> 'SegLlmContext':
        """Encode the frame's image once; without `memory`, masks and boxes come back as zeros."""
        return SegLlmContext(self, frame, memory)

    def opening(self) -> list[int]:
        """Ids of what comes before the first request; IMAGE_ID stands for the image."""
        said = self.tokenizer.encode(f'{SYSTEM} USER: {SLOT}')
        return [self.tokenizer.bos, *said[:-1], IMAGE_ID]

    def request(self, text: str, first: bool, references: int = 0, words: str = SEG) -> list[int]:
        """Ids of a request, two slots for each reference, and of the words that answer it."""
        asked = f'{SLOT * (2 * references)}{text.translate(_ANGLES)} ASSISTANT: {words}'
        return self.tokenizer.go_on(f' {asked}' if first else f'</s>USER: {asked}')


class SegLlmContext(PublishedContext[SegLlm]):
    """One dialogue on one image. See the Protocol for what each method promises."""

    seen: SegLlmFeatures

    def __init__(self, engine: SegLlm, frame: Frame, memory: bool) -> None:
        self.memory = memory
        self._shown: dict[int, RememberedMask] = {}  # by the instance's id
        # What was remembered of a mask with a box in this image: people speak of one thing often.
        self._memories: dict[tuple[Rle, Box | None], torch.Tensor] = {}
        super().__init__(engine, frame)

    @property
    def spoken_rounds(self) -> int:
        """How many rounds have words; a mask that the user showed has none."""
        return sum(end > begin for begin, end in pairwise([*self._marks, self.stream.length]))

    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        words = question.answer.translate(_ANGLES).replace(mask_names.SEG, SEG) or SEG
        found: list[AnswerMask] = []
        boxes: list[Box] = []
        with self._answered_round():
            progress(Progress('text'))
            for state in self._read(question.text, question.references, words, question.verbatim):
                stop_if(cancelled, 'the mask was decoded')
                progress(Progress('mask', found=tuple(found)))
                thing = self._segment(state, words, question, found)
                if question.accepts(thing):
                    found.append(replace(thing, box=self._frame_box()))
                    boxes.append(cutout.whole_pixels(self._box, self.view.side))
                    progress(Progress('mask', found=tuple(found)))
        numbered = list(enumerate(found, start=question.next_id))
        self._shown |= {number: RememberedMask(self.spoken_rounds, box)
                        for (number, _), box in zip(numbered, boxes)}
        spoken = ' and '.join(f'the {thing.label} is instance {n}' for n, thing in numbered)
        if not found:
            spoken = (words if question.answer else 'nothing to be seen') + self._hidden_note()
        return Answer(Status.OK if found else Status.NOTHING_FOUND, spoken, tuple(found),
                      _transcript(words, boxes), dict(self._seconds))

    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Feed a recorded round; see `protocol.Context.remember`.

        The model knows answers with one mask only: of another engine's round without a mask it
        hears nothing. What the user showed it hears when a request refers to it. A true mask in
        the place of an answer (a record without an engine) has no box that was predicted.
        """
        name = record.engine.partition('@')[0]
        own = name == self.engine.name
        if not record.question or not (own or record.instances):
            with self._round():
                return
        transcript = (record.transcript if own or not name else '') or SEG
        with self._round():
            self._read(record.question, references, _BOX.sub('', transcript), verbatim)
        boxes = [tuple(json.loads(box)) for box in _BOX.findall(transcript)] if own else []
        self._shown |= {i.id: RememberedMask(self.spoken_rounds, box)
                        for i, box in zip(record.instances, chain(boxes, repeat(None)))}

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""
        super().rewind(rounds)
        self._shown = {i: s for i, s in self._shown.items() if s.turn <= self.spoken_rounds}

    def _see(self) -> SegLlmFeatures:
        """Encode the image; its tokens are heard in slots."""
        model = self.engine.model
        self.view = SamView((self.frame.height, self.frame.width), model.hipie.config.image_size)
        self.square = cutout.square(self.frame.rgb, self.view)
        seen = model.see(self._clip_pixels(), torch.from_numpy(self.square))
        return replace(seen, tokens=seen.tokens + self.stream.embed([self.engine.slot]))

    def _read(self, text: str, references: tuple[Instance, ...], words: str = SEG,
              verbatim: bool = False) -> torch.Tensor:
        """Read a request and the words that answer it; return the states [N, D] before each <seg>.

        Numbers of instances are always those of the model's answers, in a `verbatim` text as well.
        """
        with self._measured('memory'):
            memories = [self._memory(instance) for instance in references]
        turns = {i: shown.turn for i, shown in self._shown.items()}
        spoken = prompts.with_answer_numbers(text, turns, references)
        ids = self.engine.request(spoken if verbatim else prompts.command(spoken),
                                  self.stream.length == self.prefix, len(references), words)
        asking = [place - 1 for place, token in enumerate(ids) if token == self.engine.seg]
        with self._measured('text'):
            return self._feed(ids, torch.cat(memories) if memories else None)[asking]

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
        shown = self._shown.get(instance.id)
        key = instance.mask, shown.box if shown else None
        if key not in self._memories:
            self._memories[key] = self._remembered(*key)
        return self._memories[key]

    def _remembered(self, rle: Rle, predicted: Box | None) -> torch.Tensor:
        model, mask = self.engine.model, rle.decode()
        if mask.shape != self.frame.rgb.shape[:2]:  # of a camera with another resolution
            size = self.frame.width, self.frame.height
            mask = np.asarray(Image.fromarray(mask).resize(size, Image.Resampling.NEAREST))
        small = cutout.square_mask(mask, self.view)
        if not self.memory or not small.any():
            return torch.zeros(2, model.config.llama['hidden_size'], device=model.device,
                               dtype=model.dtype)
        if predicted:
            box, cut = predicted, cutout.cut_predicted(self.square, small, predicted)
        else:
            box, cut = cutout.extent(small), cutout.cut_given(self.frame.rgb, mask)
        return model.remember(clip.pixels(cut, model.config.clip['image_size']),
                              torch.tensor(cutout.rows_first(box, self.view.side)))

    def _frame_box(self) -> tuple[float, float, float, float]:
        """Return the newest predicted box in pixels of the frame."""
        (height, width), (rows, columns) = self.view.source, self.view.inner
        left, top, right, bottom = self._box
        across, down = width / columns, height / rows
        return left * across, top * down, right * across, bottom * down

    def _draw(self, state: torch.Tensor) -> tuple[np.ndarray, float]:
        """Return the mask bool [H, W] that the state [D] asks for, and its score; keep its box."""
        best = self.engine.model.segment(state, self.seen)
        self._box = (best.box * self.view.side).tolist()
        return (self.view.full(best.logits[None])[0] > 0).cpu().numpy(), best.score


def _transcript(words: str, boxes: Sequence[Box]) -> str:
    """Words with the box of each mask after its <seg>, where there is one."""
    told = iter(boxes)
    return re.sub(SEG, lambda _: SEG + next((json.dumps(box, separators=(',', ':'))
                                             for box in told), ''), words)
