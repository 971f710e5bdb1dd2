# SPDX-License-Identifier: Apache-2.0
"""Engine `tabletop`: the embedded model behind the Protocol. Decoding and memory, no training.

One context holds the encoded picture, a key-value cache and the memory of every instance that the
cache has seen. A round appends only its own tokens:

    <user> (<use> K [mask][box])* words <bot> <found> the mug <seg> [mask][box] ... <eos>

What comes back after <seg> is always computed from the binary mask that was answered, so a
context rebuilt from the recorded rounds (`remember`) holds the same numbers.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.devices import HALF
from reasonseg_ros.engines.devices import cpu_threads
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.devices import find_dtype
from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.engines.letterbox import Letterbox
from reasonseg_ros.engines.letterbox import same_picture
from reasonseg_ros.engines.protocol import Answer
from reasonseg_ros.engines.protocol import AnswerMask
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.protocol import Progress
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.protocol import unheard
from reasonseg_ros.engines.public.prompts import with_references
from reasonseg_ros.engines.tabletop import sentences
from reasonseg_ros.engines.tabletop.answer_grammar import Answers
from reasonseg_ros.engines.tabletop.sentences import unknown_noun
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.model import DECISIONS
from reasonseg_ros.nn.tabletop.model import TabletopModel
from reasonseg_ros.nn.tabletop.transformer import KVCache
from reasonseg_ros.nn.tabletop.variants import build

STATUSES = (Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS)  # in the order of DECISIONS
SAME = 0.5              # IoU of two masks of one name in one answer that are one thing
LONGEST_ANSWER = 60     # tokens; six targets with their nouns need about forty


@dataclass(frozen=True)
class Mark:
    """Where a round starts, so that `rewind` can return there."""

    length: int
    memories: int


class Tabletop:
    """The loaded model.

    `open(frame, memory=False)` blanks the memory, for measuring what it is worth.
    """

    def __init__(self, model: TabletopModel, facts: EngineFacts) -> None:
        self.model = model.eval()
        self.facts = facts
        names = {name for region in model.config.regions for name in region}
        self._answers = Answers(model.tokenizer, names)
        spoken = (*names, *(noun for noun, _ in model.config.synonyms))
        self._nouns = frozenset(word for name in spoken for word in name.split())

    @staticmethod
    def load(path: Path, device: str = 'auto', dtype: str = 'auto') -> 'Tabletop':
        """Load a checkpoint of this engine; errors are one sentence each."""
        place = find_device(device)
        kind = find_dtype(dtype, place)
        read = checkpoints.read(path, 'tabletop')
        try:
            model = build(TabletopConfig.from_json(read.config))
            model.load_state_dict(read.tensors)
        except (TypeError, RuntimeError, ValueError) as error:
            first = str(error).strip().splitlines()[0]
            raise BadCheckpoint(f'checkpoint "{path}" does not fit this version of the model '
                                f'({first}); train it again or update the package') from error
        with memory_errors('while loading the weights'):
            model = model.to(place, kind)
        size = sum(p.numel() for p in model.parameters())
        facts = EngineFacts('tabletop', read.digest[:12], 'Apache-2.0', str(place),
                            str(kind).removeprefix('torch.'), size, size * kind.itemsize,
                            dict(model.config.synonyms), takes_answers=True)
        return Tabletop(model, facts)

    def open(self, frame: Frame, memory: bool = True) -> 'TabletopContext':
        """Encode the frame's image once."""
        return TabletopContext(self.model, self._answers, self._nouns, frame, memory)

    @cpu_threads(1)
    def same_view(self, context: 'TabletopContext', frame: Frame) -> bool:
        """Whether no 4x4 cell of the model's picture changed by more than sensor noise."""
        if frame is context.frame:
            return True
        if frame.rgb.shape != context.frame.rgb.shape:
            return False
        return same_picture(context.picture, context.view.picture(frame.rgb))


class TabletopContext:
    """One dialogue on one picture. See the Protocol for what each method promises."""

    def __init__(self, model: TabletopModel, answers: Answers, nouns: frozenset[str],
                 frame: Frame, memory: bool = True) -> None:
        self.model, self.answers, self.nouns = model, answers, nouns
        self.frame, self.memory = frame, memory and not model.config.rewording
        self.tokenizer = model.tokenizer
        self.device = model.position.device
        self.view = Letterbox((frame.height, frame.width), (model.config.height, model.config.width))
        self._seconds: dict[str, float] = {}     # of the round, by stage
        self._named: torch.Tensor | None = None  # [1, V] what the presence map points at, in words
        self.cache: KVCache = model.transformer.new_cache()
        self._marks: list[Mark] = []
        self._states: list[torch.Tensor] = []    # [1, dim] state at each mask token
        self._masks2: list[torch.Tensor] = []    # [C2] the mask that was fed there
        with memory_errors('while encoding the picture'), self._measured('vision'), \
                cpu_threads(HALF), torch.inference_mode():
            self.picture = self.view.picture(frame.rgb)
            self.seen = model.encode(self.picture.to(self.device))
            model.transformer(self.seen.tokens, model.prefix, self.cache)
        self._opening = dict(self._seconds)

    @property
    def rounds(self) -> int:
        """How many rounds the cache holds."""
        return len(self._marks)

    @cpu_threads(1)
    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        self._check_words(question.text)
        if question.answer:
            return self._ask_with_answer(question, cancelled, progress)
        self._seconds, opening = {}, self._opening
        tokens: list[int] = []
        found: list[AnswerMask] = []

        def tell(stage: str) -> None:
            progress(Progress(stage, self._said(tokens, status, question.next_id), tuple(found)))
        with self._round():
            progress(Progress('text'))
            state = self._feed_question(question.text, question.references)
            asked = self._mark()
            status, token = self._decide(state, question.ambiguity_margin)
            chosen = [token, *self.answers.forced([token])]
            seg, end = (self.tokenizer.ids[name] for name in ('<seg>', '<eos>'))
            while True:
                tokens += chosen
                if cancelled():
                    raise DeadlineExceeded('the request was cancelled or its deadline passed '
                                           'before the answer was complete')
                tell('mask' if tokens[-1] == seg else 'text')
                states = torch.cat((state, self._feed(chosen)))
                if tokens[-1] == end:
                    break
                state, left_out = states[-1:], False
                if tokens[-1] == seg:
                    thing = self._segment(state, tokens)
                    if (thing.score >= question.score_threshold and thing.mask.area
                            and not _shown(thing, found)):
                        found.append(thing)
                        tell('memory')
                        state = self._feed_memory(thing.mask, question.next_id + len(found) - 1)
                    else:  # as if the model had not wanted to show this one
                        self.cache.crop(self.cache.length - 1)
                        tokens.pop()
                        state, left_out = states[-2:-1], True
                chosen = self._next(state, tokens, left_out)
            if status is Status.AMBIGUOUS and len(found) == 1:  # one thing is no question
                status = Status.OK
                tokens = self.tokenizer.encode_answer(f'<found> the {found[0].label} <seg> <eos>')
                self._crop(asked)
                self._feed_answer(tokens, lambda state, said: (found[0].mask, question.next_id))
            self._opening = {}  # told once, with the first answer on this picture
            return self._answer(status, tokens, found, question.next_id,
                                {**self._seconds, **opening})

    @cpu_threads(1)
    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Feed a recorded round; see `protocol.Context.remember`."""
        with self._round():
            seg = self.tokenizer.ids['<seg>']
            answer = self.tokenizer.encode_answer(record.transcript)
            # Shown by the user, or answered by another engine: the masks are all there is to feed.
            if not record.question or answer.count(seg) != len(record.instances):
                for instance in record.instances:
                    self._feed([self.tokenizer.ids['<given>'], self._number(instance.id)])
                    self._feed_memory(instance.mask, instance.id)
                return
            self._feed_question(record.question, references)
            shown = ((i.mask, i.id) for i in record.instances)
            self._feed_answer(answer, lambda state, said: next(shown))

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""
        if not 0 <= rounds <= self.rounds:
            raise ValueError(f'cannot rewind {self.rounds} rounds to {rounds}')
        if rounds < self.rounds:
            self._crop(self._marks[rounds])
            del self._marks[rounds:]

    # -- feeding -------------------------------------------------------------------------------

    def _check_words(self, text: str) -> None:
        config = self.model.config
        word = unknown_noun(text, self.tokenizer, self.nouns, config.colours)
        if word is not None:
            categories = dict.fromkeys(category for category, _ in config.regions)
            raise BadRequest(f'engine "tabletop" does not know the word "{word}"; ask for '
                             f'{", ".join(categories)}, or a part of one')

    def _feed_question(self, text: str, references: tuple[Instance, ...]) -> torch.Tensor:
        ids, way = self.tokenizer.ids, self.model.config.rewording
        self._feed([ids['<user>']])
        if way:
            text = with_references(text, {i.id: i.label for i in references}, way)
            references = ()
        for instance in references:
            self._feed([ids['<use>'], self._number(instance.id)])
            self._feed_memory(instance.mask, instance.id)
        return self._feed([*self.tokenizer.encode(text), ids['<bot>']])[-1:]

    def _feed_answer(self, tokens: list[int],
                     shown: Callable[[torch.Tensor, list[int]], tuple[Rle, int]]) -> None:
        """Feed a known answer. `shown` gives mask and id at each <seg>, by its state [1, dim] and
        the tokens up to it."""
        seg, start = self.tokenizer.ids['<seg>'], 0
        for end in (i for i, token in enumerate(tokens, start=1) if token == seg):
            state = self._feed(tokens[start:end])[-1:]
            self._feed_memory(*shown(state, tokens[:end]))
            start = end
        if start < len(tokens):
            self._feed(tokens[start:])

    def _feed(self, tokens: list[int]) -> torch.Tensor:
        """Append tokens; return their states [T, dim]."""
        return self._append(self.model.embedding(torch.tensor([tokens], device=self.device)))

    def _feed_memory(self, mask: Rle, instance_id: int) -> torch.Tensor:
        """Append the mask and box tokens of an instance; return the state [1, dim] at the box."""
        with self._measured('memory'):
            # Its own size: a camera may have changed its resolution since.
            view = Letterbox((mask.height, mask.width), self.view.target)
            masks2 = view.shrink(mask.decode(), self.model.grid2)[None].to(self.device)
            box = torch.tensor([view.box(mask.box)], device=self.device)
            number = torch.tensor([self._number(instance_id)], device=self.device)
            kind = self.model.slot.dtype
            slots = self.model.remember(self.seen, [1], masks2, box.to(kind), number)
        if not self.memory:
            slots, masks2 = torch.zeros_like(slots), torch.zeros_like(masks2)
        states = self._append(slots.to(kind))
        self._states.append(states[:1])
        self._masks2.append(masks2[0])
        return states[1:]

    def _append(self, embedded: torch.Tensor) -> torch.Tensor:
        if self.cache.length + embedded.shape[1] > self.cache.capacity:
            raise BadRequest(f'the dialogue is too long for engine "tabletop" after {self.rounds} '
                             'rounds; say "start over", or undo a few rounds')
        with self._measured('text'):
            return self.model.transformer(embedded, self.model.prefix, self.cache)[0]

    def _number(self, instance_id: int) -> int:
        # Ids beyond the vocabulary share the last number: they stay visible to the model as masks.
        return self.tokenizer.number(min(instance_id, self.tokenizer.largest_number))

    # -- decoding ------------------------------------------------------------------------------

    def _ask_with_answer(self, question: Question, cancelled: Callable[[], bool],
                         progress: Callable[[Progress], None]) -> Answer:
        """Decode only the masks of an answer that the question brings."""
        self._seconds, opening = {}, self._opening
        ids, found = self.tokenizer.ids, []
        first, *others = map(self.tokenizer.encode, question.answer.split('[SEG]'))
        status, decision = ((Status.OK, '<found>') if others else (Status.NOTHING_FOUND, '<none>'))
        rest = (token for words in others for token in (ids['<seg>'], *words))
        tokens = [ids[decision], *first, *rest, ids['<eos>']]

        def shown(state: torch.Tensor, said: list[int]) -> tuple[Rle, int]:
            if cancelled():
                raise DeadlineExceeded('the request was cancelled or its deadline passed before '
                                       'the answer was complete')
            found.append(self._segment(state, said))
            progress(Progress('mask', self._said(said, status, question.next_id), tuple(found)))
            return found[-1].mask, question.next_id + len(found) - 1
        with self._round():
            self._feed_question(question.text, question.references)
            self._feed_answer(tokens, shown)
            self._opening = {}  # told once, with the first answer on this picture
        return self._answer(status, tokens, found, question.next_id, {**self._seconds, **opening})

    def _decide(self, state: torch.Tensor, margin: float) -> tuple[Status, int]:
        with self._measured('text'):
            extra, presence = self.model.decision(state, self.seen, [1])
            self._named = self.model.naming(presence, self.seen, [1])
            ids = [self.tokenizer.ids[name] for name in DECISIONS]
            bias = torch.tensor(self.model.config.decision_bias, device=self.device)
            chances = (self.model.logits(state)[0, ids] + extra[0] + bias).softmax(0).tolist()
        choice = max(range(3), key=chances.__getitem__)
        if choice == 0 and chances[0] - chances[2] < margin:
            choice = 2
        return STATUSES[choice], ids[choice]

    def _next(self, state: torch.Tensor, tokens: list[int], left_out: bool) -> list[int]:
        """The likeliest token in the form of answers, and those that must come after it."""
        if len(tokens) + 1 >= LONGEST_ANSWER:
            return [self.tokenizer.ids['<eos>']]
        with self._measured('text'):
            allowed = list(self.answers.following(tokens, left_out))
            token = allowed[int(self.model.logits(state, self._named)[0, allowed].argmax())]
            return [token, *self.answers.forced([*tokens, token])]

    def _segment(self, state: torch.Tensor, tokens: list[int]) -> AnswerMask:
        with self._measured('mask'):
            memories = len(self._states)
            dim, cells = state.shape[1], self.model.grid2[0] * self.model.grid2[1]
            memory = torch.cat(self._states) if memories else state.new_zeros(0, dim)
            masks2 = (torch.stack(self._masks2) if memories
                      else torch.zeros(0, cells, device=self.device))
            allowed = torch.full((1, memories), self.memory, device=self.device)
            masks, _ = self.model.segment(state, memory, masks2, allowed, self.seen, [1])
            mask = self.view.mask(masks.mask[0], self.model.grid2)
            slope, offset = self.model.config.score_line
            score = float((slope * masks.score + offset).sigmoid())
            label = sentences.last_noun([self.tokenizer.tokens[t] for t in tokens[:-1]])
            return AnswerMask(label, score, Rle.encode(mask))

    def _answer(self, status: Status, tokens: list[int], found: list[AnswerMask], next_id: int,
                seconds: dict[str, float]) -> Answer:
        spoken = self._said(tokens, status, next_id)
        if status is not Status.NOTHING_FOUND and not found:
            status, spoken = Status.NOTHING_FOUND, 'i see nothing like that'
        elif status is Status.OK:
            spoken = sentences.listed([thing.label for thing in found])
        if spoken.startswith('i see no'):
            with torch.inference_mode():
                spoken += sentences.instead(spoken, self.model.visible(self.seen))
        words = ' '.join(self.tokenizer.tokens[t] for t in tokens)
        return Answer(status, spoken, tuple(found), words, seconds)

    def _said(self, tokens: list[int], status: Status, next_id: int) -> str:
        words = [self.tokenizer.tokens[t] for t in tokens]
        return sentences.spoken(words, next_id if status is Status.AMBIGUOUS else None)

    # -- bookkeeping ---------------------------------------------------------------------------

    @contextmanager
    def _round(self):
        """Keep the new round if the block succeeds; crop it away if anything fails."""
        mark = self._mark()
        try:
            with memory_errors(f'in round {self.rounds + 1}'):
                yield
        except BaseException:
            self._crop(mark)
            raise
        self._marks.append(mark)

    def _mark(self) -> Mark:
        return Mark(self.cache.length, len(self._states))

    def _crop(self, mark: Mark) -> None:
        self.cache.crop(mark.length)
        del self._states[mark.memories:]
        del self._masks2[mark.memories:]

    @contextmanager
    def _measured(self, stage: str):
        start = time.perf_counter()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - start


def _shown(thing: AnswerMask, found: list[AnswerMask]) -> bool:
    """Whether an answer shows the same thing already, under the same name."""
    return any(thing.label == other.label and thing.mask.iou(other.mask) >= SAME
               for other in found)
