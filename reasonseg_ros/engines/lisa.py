# SPDX-License-Identifier: Apache-2.0
"""Engine `lisa`: reasoning segmentation by a language model that says [SEG] (Lai et al. 2024).

1. The picture is encoded twice, once per frame: by CLIP, whose tokens begin the dialogue, and by
   SAM, in whose features masks are drawn.
2. The language model reads the request after them and answers in words. Only new tokens are
   computed; likely answers are checked in one pass.
3. The state that predicted a [SEG] becomes the prompt of SAM's mask decoder: one mask per [SEG].

The model remembers words, not masks: earlier results are spoken of (`phrasing`). What it says is
kept as text, and the cache holds that text as the tokenizer reads it, so that a context rebuilt
from the recorded rounds answers the same.
"""

from collections.abc import Callable
from pathlib import Path

import torch

from reasonseg_ros.core.dialogue import Round
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.status import Status
from reasonseg_ros.engines import names
from reasonseg_ros.engines import phrasing
from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.engines.loading import load_model
from reasonseg_ros.engines.names import SEG
from reasonseg_ros.engines.names import Name
from reasonseg_ros.engines.options import PAD
from reasonseg_ros.engines.options import PARENT
from reasonseg_ros.engines.options import Options
from reasonseg_ros.engines.options import unseen
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
from reasonseg_ros.nn.lisa import LisaConfig
from reasonseg_ros.nn.lisa import LisaModel
from reasonseg_ros.nn.llama import Stream
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer
from reasonseg_ros.nn.sam import SamView

SYSTEM = ('A chat between a curious human and an artificial intelligence assistant. The assistant '
          "gives helpful, detailed, and polite answers to the human's questions.")
# How these models were trained to answer; the usual one is then read in one pass.
DRAFTS = (f'It is {SEG}.', f'Sure, {SEG}.', f'Sure, it is {SEG}.', f'{SEG}.',
          f'Sure, the segmentation result is {SEG}.')


class Lisa:
    """The loaded model."""

    name = 'lisa'
    longest_answer = 512    # tokens, as in the authors' chat program

    def __init__(self, model: LisaModel, tokenizer: LlamaTokenizer, facts: EngineFacts,
                 options: Options = Options()) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.facts = facts
        self.options = options
        self.seg, self.end = tokenizer.id(SEG), tokenizer.eos
        self.drafts = [[*tokenizer.encode(text), self.end] for text in DRAFTS]

    @classmethod
    def load(cls, path: Path, device: str = 'auto', dtype: str = 'auto', options: str = ''
             ) -> 'Lisa':
        """Load a converted folder; errors are one sentence each."""
        chosen = Options.parse(options)
        model, facts = load_model(
            path, cls.name, lambda config: LisaModel.empty(LisaConfig(**config)), device, dtype)
        return cls(model, LlamaTokenizer.load(path), facts, chosen)

    def open(self, frame: Frame, memory: bool = True) -> 'LisaContext':
        """Encode the frame's image once. There is no memory of masks that could be left out."""
        return LisaContext(self, frame)

    def same_view(self, context: 'LisaContext', frame: Frame) -> bool:
        """Whether the frames differ by no more than sensor noise."""
        if frame is context.frame:
            return True
        return (frame.rgb.shape == context.frame.rgb.shape
                and same_picture(context.small, small_picture(frame)))

    def opening(self) -> list[int]:
        """Ids of what comes before the first request; IMAGE_ID stands for the picture."""
        said = self.tokenizer.encode(f'{SYSTEM} USER: <im_start><image><im_end>')
        return [self.tokenizer.bos, *said]

    def request(self, text: str, first: bool) -> list[int]:
        """Ids of a request, up to where the answer begins."""
        if first:
            return self.tokenizer.encode(f'{text} ASSISTANT:')
        return [self.end, *self.tokenizer.encode(f'USER: {text} ASSISTANT:')]

    def name_of(self, said: str, asked: str) -> Name:
        """Name the newest mask: LISA shows what the request asked for.

        said  the answer up to its [SEG];  asked  the request
        """
        return names.target(asked) or Name(names.UNNAMED)


class LisaContext(Rounds):
    """One dialogue on one picture. See the Protocol for what each method promises."""

    def __init__(self, engine: Lisa, frame: Frame) -> None:
        super().__init__(Stream(engine.model.llama))
        self.engine, self.frame, self.small = engine, frame, small_picture(frame)
        self.view = SamView((frame.height, frame.width), engine.model.config.sam['image_size'])
        ids = engine.opening()
        image = ids.index(IMAGE_ID)
        with memory_errors('while encoding the picture'), torch.inference_mode():
            with self._measured('vision'):
                side, pad = engine.model.config.clip['image_size'], engine.options.view == PAD
                self.seen = engine.model.see(clip.pixels(frame.rgb, side, pad),
                                             self.view.pixels(frame.rgb))
            with self._measured('text'):
                self.stream.append(torch.cat((self.stream.embed(ids[:image]), self.seen.tokens,
                                              self.stream.embed(ids[image + 1:]))))
        self.prefix = self.stream.length    # positions of the picture and what is said before it
        self._opening = self._seconds

    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        engine, self._seconds, self._opening = self.engine, dict(self._opening), {}
        found: list[Found] = []
        shown: list[str] = []   # what the spoken answer says for each [SEG]
        said: list[int] = []
        with self._round(), self._measured('text'):
            progress(Progress('text'))
            state = self.stream.feed(self._request(question.text, question.references))[-1]
            begin = self.stream.length
            room = min(engine.longest_answer, self.stream.capacity - begin)
            for token, before in self.stream.answer(state, engine.end, room, engine.drafts):
                if cancelled():
                    raise DeadlineExceeded('the request was cancelled or its deadline passed '
                                           'before the answer was complete')
                said.append(token)
                text = engine.tokenizer.decode(said)
                if token == engine.seg:
                    progress(Progress('mask', _spoken(text, shown), tuple(found)))
                    thing = self._segment(before, text, question, found)
                    kept = thing.score >= question.score_threshold and thing.mask.area > 0
                    shown.append(f'instance {question.next_id + len(found)}' if kept
                                 else 'nothing to be seen')
                    found += [thing] * kept
                progress(Progress('text', _spoken(text, shown), tuple(found)))
            transcript = engine.tokenizer.decode(t for t in said if t != engine.end)
            self._keep(transcript, begin, said[:-1])
        self._seconds['text'] -= self._seconds.get('mask', 0.0)
        status = Status.OK if found else Status.NOTHING_FOUND
        spoken = _spoken(transcript, shown)
        if not found:
            spoken += unseen(self.frame, engine.options)
        return Answer(status, spoken, tuple(found), transcript, dict(self._seconds))

    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = ()) -> None:
        """Feed the words of a recorded round; see `protocol.Context.remember`."""
        with self._round():
            if not record.question:
                return  # a mask that the user showed has no words
            own = record.engine.startswith(f'{self.engine.name}@')
            answer = self.engine.tokenizer.encode(record.transcript if own else record.answer)
            self.stream.feed([*self._request(record.question, references), *answer])

    def _request(self, text: str, references: tuple[Instance, ...]) -> list[int]:
        spoken = phrasing.with_references(text, references, self.engine.options.references)
        return self.engine.request(phrasing.instruction(spoken),
                                   first=self.stream.length == self.prefix)

    def _segment(self, state: torch.Tensor, said: str, question: Question, found: list[Found]
                 ) -> Found:
        """Draw the mask of the state [D] that predicted a [SEG].

        The score is the mean probability of the mask's pixels; it is not calibrated.
        """
        with self._measured('mask'):
            logits = self.view.full(self.engine.model.segment(state[None], self.seen))[0]
            mask = (logits > 0).cpu().numpy()
            score = float(logits[logits > 0].sigmoid().mean()) if mask.any() else 0.0
        name = self.engine.name_of(said, question.text)
        parent, area = _parent(name, question, found)
        found_mask = Rle.encode(mask)
        # A parent that was seen at another resolution does not say where its parts are now.
        if (self.engine.options.parts == PARENT and area is not None
                and area.same_size(found_mask)):
            found_mask = Rle.encode(mask & area.decode())
        return Found(name.label, score, found_mask, parent)

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


def _parent(name: Name, question: Question, found: list[Found]) -> tuple[int, Rle | None]:
    """Return the id and mask of the object that a part belongs to; (0, None) for none.

    It is sought in the same answer, newest first, then among the references.
    """
    if not name.owner:
        return 0, None
    for place, other in reversed(list(enumerate(found))):
        if other.label == name.owner:
            return question.next_id + place, other.mask
    for other in question.references:
        if other.label == name.owner:
            return other.id, other.mask
    return 0, None


def _spoken(transcript: str, shown: list[str]) -> str:
    """Return the answer for people: "the mug is instance 1"; what is not drawn yet is "..."."""
    for words in shown:
        transcript = transcript.replace(SEG, words, 1)
    return transcript.replace(SEG, '...').replace('</s>', '').strip()
