# SPDX-License-Identifier: Apache-2.0
"""What the engines share that converse through LLaMA: `lisa`, `m2sa`, `llmseg` and `segllm`.

The image is encoded once per frame, and of a dialogue only new tokens are computed
(`PublishedContext`). Most of these models remember words, not masks (`LlamaContext`): earlier
results are spoken of (`prompts`). What such a model says is kept as text, and the cache holds that
text as the tokenizer reads it, so that a context rebuilt from the recorded rounds answers the
same. How a mask is drawn is left to each engine.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadCheckpoint, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.context import CachedContext, stop_if
from reasonseg_ros.engines.devices import find_device, find_dtype, memory_errors
from reasonseg_ros.engines.letterbox import Letterbox, same_view
from reasonseg_ros.engines.protocol import (
    Answer,
    AnswerMask,
    EngineFacts,
    Progress,
    Question,
    unheard,
)
from reasonseg_ros.engines.public import mask_names, prompts
from reasonseg_ros.engines.public.mask_names import SEG, Name
from reasonseg_ros.engines.public.prompts import PAD, PARENT, Options
from reasonseg_ros.engines.weights import folder
from reasonseg_ros.nn import clip, quantise
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID, FastTokenizer, LlamaTokenizer
from reasonseg_ros.nn.llava import Llava, Sizes

SYSTEM = ('A chat between a curious human and an artificial intelligence assistant. The assistant '
          "gives helpful, detailed, and polite answers to the human's questions.")
COMPARED = (144, 192)   # rows and columns in which two frames are compared
ModelT = TypeVar('ModelT', bound=Llava)
EngineT = TypeVar('EngineT', bound='PublishedEngine[Any]')
SpeakerT = TypeVar('SpeakerT', bound='LlamaEngine[Any]')


class PublishedEngine(ABC, Generic[ModelT]):
    """A loaded model.

    name     of the engine
    network  its modules;  sizes  their configuration;  choices  its options
    tokens   the class of its tokenizer;  mark  the token that it says for a mask
    """

    name: str
    network: type[ModelT]
    sizes: Callable[..., Sizes]
    choices: type[Options] = Options
    tokens: type[LlamaTokenizer] | type[FastTokenizer] = LlamaTokenizer
    mark = SEG

    def __init__(self, model: ModelT, tokenizer: Any, facts: EngineFacts,
                 options: Options = Options()) -> None:
        self.model: ModelT = model.eval()
        self.tokenizer = tokenizer
        self.facts = facts
        self.options = options
        self.seg, self.end = tokenizer.id(self.mark), tokenizer.eos
        rows = model.llama.config.vocab_size
        if len(tokenizer) > rows:
            raise BadCheckpoint(f'the tokenizer has {len(tokenizer)} tokens, the model {rows}; '
                                'they do not belong together; convert the checkpoint again')
        self.tokenless = tokenizer.tokenless(rows)

    @classmethod
    def load(cls: type[EngineT], path: Path, device: str = 'auto', dtype: str = 'auto',
             options: str = '') -> EngineT:
        """Load a converted folder; errors are one sentence each."""
        place = find_device(device)
        kind = find_dtype(dtype, place)
        chosen = cls.choices.parse(options)
        quantise.check(chosen.quant, place, kind)
        read = folder.read(path, cls.name)
        with folder.fitting(path, f'engine "{cls.name}"', 'convert it again'):
            model = cls.network.empty(cls.sizes(**read.config))
            fill(model, read.tensors(place, kind, cls.network.EXACT), chosen.quant)
            model.to(place)     # what follows from the sizes and is in no file
        facts = facts_of(cls.name, model, read.digest[:12],
                         read.manifest.get('licence', 'unknown'), kind, chosen.quant)
        return cls(model, cls.tokens.load(path), facts, chosen)

    @abstractmethod
    def open(self, frame: Frame, memory: bool = True) -> 'PublishedContext[Any]':
        """Encode the frame's image once. There is no memory of masks that could be left out."""

    def same_view(self, context: 'PublishedContext[Any]', frame: Frame) -> bool:
        """Whether the frames differ by no more than sensor noise."""
        return same_view(context.frame, context.small, frame)

    @abstractmethod
    def opening(self) -> list[int]:
        """Ids of what comes before the first request; IMAGE_ID stands for the image."""

    def name_of(self, said: str, asked: str) -> Name:
        """Name the newest mask: usually what the request asked for.

        said  the answer up to its [SEG];  asked  the request
        """
        return mask_names.target(asked) or Name(mask_names.UNNAMED)


class LlamaEngine(PublishedEngine[ModelT]):
    """A loaded model that answers in words."""

    tokenizer: LlamaTokenizer

    def opening(self) -> list[int]:
        """Ids of what comes before the first request; IMAGE_ID stands for the image."""
        said = self.tokenizer.encode(f'{SYSTEM} USER: <im_start><image><im_end>')
        return [self.tokenizer.bos, *said]

    def request(self, text: str, first: bool) -> list[int]:
        """Ids of a request, up to where the answer begins."""
        if first:
            return self.tokenizer.encode(f'{text} ASSISTANT:')
        return [self.end, *self.tokenizer.encode(f'USER: {text} ASSISTANT:')]

    @abstractmethod
    def answer(self, stream: TokenStream, state: torch.Tensor
               ) -> Iterator[tuple[int, torch.Tensor]]:
        """Say tokens, the last of them <end>, each with the state [D] that predicted it.

        state  [D], of the last position of the request
        """

    def say(self, words: str, stream: TokenStream, state: torch.Tensor
            ) -> Iterator[tuple[int, torch.Tensor]]:
        """Answer with these words, whatever the model would say, in one pass; see `answer`."""
        ids = [*self.tokenizer.encode(words), self.end]
        states = stream.force(state, ids)
        stream.crop(stream.length - 1)
        yield from zip(ids, states)

    def describe(self, label: str, number: int) -> str:
        """Say for people what a [SEG] became: an instance with that label and number."""
        return f'instance {number}'


class PublishedContext(CachedContext[int], Generic[EngineT]):
    """One dialogue on one image: what is fed to the language model, and a mask for a state."""

    def __init__(self, engine: EngineT, frame: Frame) -> None:
        super().__init__(frame)
        self.engine = engine
        self.small = Letterbox((frame.height, frame.width), COMPARED).image(frame.rgb)
        self.stream = TokenStream(engine.model.llama, engine.tokenless)
        ids = engine.opening()
        image = ids.index(IMAGE_ID)
        with memory_errors('while encoding the image'), torch.inference_mode():
            with self._measured('vision'):
                self.seen = self._see()
            with self._measured('text'):
                self.stream.append(torch.cat((self.stream.embed(ids[:image]), self.seen.tokens,
                                              self.stream.embed(ids[image + 1:]))))
        self.prefix = self.stream.length    # positions of the image and what is said before it
        self._opening = dict(self._seconds)

    @abstractmethod
    def _see(self) -> Any:
        """Encode the image; what is returned has `tokens` [P, D] for the language model."""

    @abstractmethod
    def _draw(self, state: torch.Tensor) -> tuple[np.ndarray, float]:
        """Return the mask bool [H, W] that a state [D] stands for, and its score in [0, 1]."""

    def _mark(self) -> int:
        return self.stream.length

    def _crop(self, mark: int) -> None:
        self.stream.crop(mark)

    def _clip_pixels(self) -> torch.Tensor:
        """Return what the language model sees of the image, [1, 3, s, s]."""
        return clip.pixels(self.frame.rgb, self.engine.model.config.clip['image_size'],
                           self.engine.options.view == PAD)

    def _segment(self, state: torch.Tensor, said: str, question: Question, found: list[AnswerMask]
                 ) -> AnswerMask:
        """Make a [SEG], predicted by the state [D], an instance with a name and a parent."""
        with self._measured('mask'):
            mask, score = self._draw(state)
        name = self.engine.name_of(said, question.text)
        parent, area = _parent(name, question, found)
        found_mask = Rle.encode(mask)
        # A parent that was seen at another resolution does not say where its parts are now.
        if (self.engine.options.parts == PARENT and area is not None
                and area.same_size(found_mask)):
            found_mask = Rle.encode(mask & area.decode())
        return AnswerMask(name.label, score, found_mask, parent)

    def _hidden_note(self) -> str:
        """Say how much of the image the language model could not see; '' where it saw all."""
        hidden = clip.hidden_share(self.frame.height, self.frame.width)
        if self.engine.options.view == PAD or hidden == 0:
            return ''
        return (f' (the model sees the middle of the image; {100 * hidden:.0f} % lies outside, '
                'which engine option view=pad would show)')


class LlamaContext(PublishedContext[SpeakerT]):
    """A dialogue in words. See the Protocol for what each method promises."""

    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        engine = self.engine
        found: list[AnswerMask] = []
        shown: list[str] = []   # what the spoken answer says for each [SEG]
        said: list[int] = []
        with self._answered_round(), self._measured('text'):
            progress(Progress('text'))
            request = self._request(question.text, question.references, question.verbatim)
            begin = self.stream.length + len(request)
            for token, before in self._answer(request, question.answer):
                stop_if(cancelled)
                said.append(token)
                text = engine.tokenizer.decode(said)
                if token == engine.seg:
                    progress(Progress('mask', _spoken(text, shown), tuple(found)))
                    thing = self._segment(before, text, question, found)
                    kept = question.accepts(thing)
                    number = question.next_id + len(found)
                    shown.append(engine.describe(thing.label, number) if kept
                                 else 'nothing to be seen')
                    found += [thing] * kept
                progress(Progress('text', _spoken(text, shown), tuple(found)))
            transcript = question.answer or engine.tokenizer.decode(
                t for t in said if t != engine.end)
            self._keep(transcript, begin, said[:-1])
        self._seconds['text'] -= self._seconds.get('mask', 0.0)
        status = Status.OK if found else Status.NOTHING_FOUND
        spoken = _spoken(transcript, shown) + ('' if found else self._hidden_note())
        return Answer(status, spoken, tuple(found), transcript, dict(self._seconds))

    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Feed the words of a recorded round; see `protocol.Context.remember`."""
        with self._round():
            if not record.question:
                return  # a mask that the user showed has no words
            name = record.engine.partition('@')[0]
            own = name == self.engine.name or (not name and record.transcript)
            answer = self.engine.tokenizer.encode(record.transcript if own else record.answer)
            self.stream.feed([*self._request(record.question, references, verbatim), *answer])

    def _request(self, text: str, references: tuple[Instance, ...],
                 verbatim: bool = False) -> list[int]:
        if not verbatim:
            text = prompts.instruction(prompts.with_references(
                text, {i.id: i.label for i in references}, self.engine.options.references))
        return self.engine.request(text, first=self.stream.length == self.prefix)

    def _answer(self, request: list[int], words: str) -> Iterable[tuple[int, torch.Tensor]]:
        """Read a request; return the tokens of its answer with the states that predict them.

        words  of the answer, which are read with the request in one pass; '' = the engine's own
        """
        if not words:
            return self.engine.answer(self.stream, self.stream.feed(request)[-1])
        said = self.engine.tokenizer.encode(words)
        states = self.stream.feed([*request, *said])
        return zip([*said, self.engine.end], states[len(request) - 1:])

    def _keep(self, transcript: str, begin: int, held: list[int]) -> None:
        """Make the cache hold the answer from position `begin` on as its text is read.

        held  the tokens that are there; almost always they are the same
        """
        ids = self.engine.tokenizer.encode(transcript)
        same = next((i for i, pair in enumerate(zip(ids, held)) if pair[0] != pair[1]),
                    min(len(ids), len(held)))
        self.stream.crop(begin + same)
        if ids[same:]:
            self.stream.feed(ids[same:])


def fill(model: Llava, tensors: Iterable[tuple[str, torch.Tensor]], quant: str) -> None:
    """Give an empty model its weights, in `quant` where that applies.

    One tensor at a time is held in both forms, so that a quantised model never is there whole.
    """
    with memory_errors('while loading the weights'):
        model.load_state_dict({
            name: quantise.convert(tensor, quant)
            if quant != quantise.NONE and quantise.applies(name) else tensor
            for name, tensor in tensors}, assign=True)


def facts_of(name: str, model: Llava, weights: str, licence: str, dtype: torch.dtype, quant: str
             ) -> EngineFacts:
    """Count a loaded model; parameters are counted as numbers, bytes as what they take."""
    held = list(model.parameters())
    return EngineFacts(name, weights, licence, str(model.device),
                       quantise.number_format(dtype, quant), sum(p.numel() for p in held),
                       sum(map(quantise.nbytes, held)), takes_answers=True)


def _parent(name: Name, question: Question, found: list[AnswerMask]) -> tuple[int, Rle | None]:
    """Return the id and mask of the object that a part belongs to; (0, None) for none.

    It is sought in the same answer, newest first, then among the references.
    """
    if not name.owner:
        return 0, None
    for place, other in reversed(list(enumerate(found))):
        if other.label == name.owner:
            return question.next_id + place, other.mask
    for earlier in question.references:
        if earlier.label == name.owner:
            return earlier.id, earlier.mask
    return 0, None


def _spoken(transcript: str, shown: list[str]) -> str:
    """Return the answer for people: "the mug is instance 1"; what is not drawn yet is "..."."""
    for words in shown:
        transcript = transcript.replace(SEG, words, 1)
    return transcript.replace(SEG, '...').replace('</s>', '').strip()
