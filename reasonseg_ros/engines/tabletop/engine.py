# SPDX-License-Identifier: Apache-2.0
"""Engine `tabletop`: a small language model behind the Protocol. Decoding and memory, no training.

One context holds the encoded image, a key-value cache and the memory of every instance that the
cache has seen. A round appends only its own tokens, in the order of `tabletop.sequence`. What
comes back after <seg> is always computed from the binary mask that was answered, so a context
rebuilt from the recorded rounds (`remember`) holds the same numbers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path

import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.context import CachedContext, stop_if
from reasonseg_ros.engines.devices import HALF, cpu_threads, find_device, find_dtype, memory_errors
from reasonseg_ros.engines.letterbox import Letterbox, same_view
from reasonseg_ros.engines.protocol import (
    Answer,
    AnswerMask,
    EngineFacts,
    Progress,
    Question,
    unheard,
)
from reasonseg_ros.engines.public.prompts import with_references
from reasonseg_ros.engines.tabletop import sentences, sequence
from reasonseg_ros.engines.tabletop.answer_grammar import AnswerGrammar
from reasonseg_ros.engines.tabletop.sentences import unknown_noun
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.engines.weights.folder import fitting
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.model import DECISIONS, TabletopModel
from reasonseg_ros.nn.tabletop.transformer import KVCache
from reasonseg_ros.nn.tabletop.variants import build

STATUSES = (Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS)  # in the order of DECISIONS
SAME = 0.5              # IoU of two masks of one name in one answer that are one thing
LONGEST_ANSWER = 60     # tokens; six targets with their nouns need about forty


class Tabletop:
    """The loaded model.

    `open(frame, memory=False)` blanks the memory, for measuring what it is worth.
    """

    def __init__(self, model: TabletopModel, facts: EngineFacts) -> None:
        self.model = model.eval()
        self.facts = facts
        names = {name for region in model.config.regions for name in region}
        self._answers = AnswerGrammar(model.tokenizer, names)
        spoken = (*names, *(noun for noun, _ in model.config.synonyms))
        self._nouns = frozenset(word for name in spoken for word in name.split())

    @classmethod
    def load(cls, path: Path, device: str = 'auto', dtype: str = 'auto', options: str = ''
             ) -> 'Tabletop':
        """Load a checkpoint of this engine, which has no options; errors are one sentence each."""
        if options:
            raise BadRequest(f'engine "tabletop" has no options, found "{options}"; leave them '
                             'empty')
        place = find_device(device)
        kind = find_dtype(dtype, place)
        read = checkpoints.read(path, 'tabletop')
        with fitting(path):
            model = build(TabletopConfig.from_json(read.config))
            model.load_state_dict(read.tensors)
        with memory_errors('while loading the weights'):
            model = model.to(place, kind)
        size = sum(p.numel() for p in model.parameters())
        facts = EngineFacts('tabletop', read.digest[:12], 'Apache-2.0', str(place),
                            str(kind).removeprefix('torch.'), size, size * kind.itemsize,
                            dict(model.config.synonyms), takes_answers=True)
        return cls(model, facts)

    def open(self, frame: Frame, memory: bool = True) -> 'TabletopContext':
        """Encode the frame's image once."""
        return TabletopContext(self.model, self._answers, self._nouns, frame, memory)

    @cpu_threads(1)
    def same_view(self, context: 'TabletopContext', frame: Frame) -> bool:
        """Whether no 4x4 cell of the model's image changed by more than sensor noise."""
        return same_view(context.frame, context.image, frame)


class TabletopContext(CachedContext[tuple[int, int]]):
    """One dialogue on one image. See the Protocol for what each method promises."""

    def __init__(self, model: TabletopModel, answers: AnswerGrammar, nouns: frozenset[str],
                 frame: Frame, memory: bool = True) -> None:
        super().__init__(frame)
        self.model, self.answers, self.nouns = model, answers, nouns
        self.memory = memory and not model.config.rewording
        self.tokenizer = model.tokenizer
        self.device = model.position.device
        self.view = Letterbox((frame.height, frame.width),
                              (model.config.height, model.config.width))
        self._named: torch.Tensor | None = None  # [1, V] what the presence map points at, in words
        self.cache: KVCache = model.transformer.new_cache()
        self._states: list[torch.Tensor] = []    # [1, dim] state at each mask token
        self._masks2: list[torch.Tensor] = []    # [C2] the mask that was fed there
        with memory_errors('while encoding the image'), self._measured('vision'), \
                cpu_threads(HALF), torch.inference_mode():
            self.image = self.view.image(frame.rgb)
            self.seen = model.encode(self.image.to(self.device))
            model.transformer(self.seen.tokens, model.prefix, self.cache)
        self._opening = dict(self._seconds)

    @cpu_threads(1)
    @torch.inference_mode()
    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        self._check_words(question.text)
        if question.answer:
            return self._ask_with_answer(question, cancelled, progress)
        tokens: list[int] = []
        found: list[AnswerMask] = []

        def tell(stage: str) -> None:
            progress(Progress(stage, self._said(tokens, status, question.next_id), tuple(found)))
        with self._answered_round():
            progress(Progress('text'))
            state = self._feed_question(question.text, question.references)
            asked = self._mark()
            status, token = self._decide(state, question.ambiguity_margin)
            chosen = [token, *self.answers.forced([token])]
            seg, end = (self.tokenizer.ids[name] for name in ('<seg>', '<eos>'))
            while True:
                tokens += chosen
                stop_if(cancelled)
                tell('mask' if tokens[-1] == seg else 'text')
                states = torch.cat((state, self._feed(chosen)))
                if tokens[-1] == end:
                    break
                state, left_out = states[-1:], False
                if tokens[-1] == seg:
                    thing = self._segment(state, tokens)
                    if question.accepts(thing) and not _is_shown(thing, found):
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
                only = question.next_id
                self._feed_runs(sequence.answer(self.tokenizer, tokens, [only]),
                                {only: found[0].mask})
            return self._answer(status, tokens, found, question.next_id)

    @cpu_threads(1)
    @torch.inference_mode()
    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Feed a recorded round; see `protocol.Context.remember`."""
        masks = {instance.id: instance.mask for instance in record.instances}
        with self._round():
            answer = self.tokenizer.encode_answer(record.transcript)
            # Shown by the user, or answered by another engine: the masks are all there is to feed.
            if not record.question or answer.count(self.tokenizer.ids['<seg>']) != len(masks):
                self._feed_runs((sequence.given(self.tokenizer, i) for i in masks), masks)
                return
            runs, meant = self._question(record.question, references)
            self._feed_runs(chain(runs, sequence.answer(self.tokenizer, answer, masks)),
                            {**meant, **masks})

    # -- feeding -------------------------------------------------------------------------------

    def _check_words(self, text: str) -> None:
        config = self.model.config
        word = unknown_noun(text, self.tokenizer, self.nouns, config.colours)
        if word is not None:
            categories = dict.fromkeys(category for category, _ in config.regions)
            raise BadRequest(f'engine "tabletop" does not know the word "{word}"; ask for '
                             f'{", ".join(categories)}, or a part of one')

    def _question(self, text: str, references: tuple[Instance, ...]
                  ) -> tuple[Iterator[sequence.TokenRun], dict[int, Rle]]:
        """Return a question as runs, and the masks that they need."""
        way = self.model.config.rewording
        if way:
            text = with_references(text, {i.id: i.label for i in references}, way)
            references = ()
        masks = {instance.id: instance.mask for instance in references}
        return sequence.question(self.tokenizer, self.tokenizer.encode(text), masks), masks

    def _feed_question(self, text: str, references: tuple[Instance, ...]) -> torch.Tensor:
        return self._feed_runs(*self._question(text, references))

    def _feed_runs(self, runs: Iterable[sequence.TokenRun], masks: Mapping[int, Rle]
                   ) -> torch.Tensor:
        """Append tokens and the slots of the instances after them, all at once; return the last
        state [1, dim].

        masks  of the instances, by their ids
        """
        pieces: list[torch.Tensor] = []
        slots: dict[int, torch.Tensor] = {}   # where the two of an instance are, and its mask
        length = 0
        for run in runs:
            pieces.append(self._embedded(run.tokens))
            length += len(run.tokens)
            if run.instance is not None:
                piece, slots[length] = self._slots(masks[run.instance], run.instance)
                pieces.append(piece)
                length += 2
        if not pieces:
            return torch.empty(0)
        states = self._append(torch.cat(pieces, dim=1))
        for place, masks2 in slots.items():
            self._states.append(states[place:place + 1])
            self._masks2.append(masks2)
        return states[-1:]

    def _embedded(self, tokens: list[int]) -> torch.Tensor:
        embedded: torch.Tensor = self.model.embedding(torch.tensor(
            [tokens], dtype=torch.long, device=self.device))
        return embedded

    def _feed(self, tokens: list[int]) -> torch.Tensor:
        """Append tokens; return their states [T, dim]."""
        return self._append(self._embedded(tokens))

    def _feed_memory(self, mask: Rle, instance_id: int) -> torch.Tensor:
        """Append the mask and box tokens of an instance; return the state [1, dim] at the box."""
        return self._feed_runs((sequence.TokenRun([], instance_id),), {instance_id: mask})

    def _slots(self, mask: Rle, instance_id: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the mask and box tokens [1, 2, dim] of an instance, and its mask [C2]."""
        with self._measured('memory'):
            # Its own size: a camera may have changed its resolution since.
            view = Letterbox((mask.height, mask.width), self.view.target)
            masks2 = view.shrink(mask.decode(), self.model.grid2)[None].to(self.device)
            box = torch.tensor([view.box(mask.box)], device=self.device)
            number = torch.tensor([sequence.number_token(self.tokenizer, instance_id)],
                                  device=self.device)
            kind = self.model.slot.dtype
            slots = self.model.remember(self.seen, [1], masks2, box.to(kind), number)
        if not self.memory:
            slots, masks2 = torch.zeros_like(slots), torch.zeros_like(masks2)
        return slots.to(kind), masks2[0]

    def _append(self, embedded: torch.Tensor) -> torch.Tensor:
        if self.cache.length + embedded.shape[1] > self.cache.capacity:
            raise BadRequest(f'the dialogue is too long for engine "tabletop" after {self.rounds} '
                             'rounds; say "start over", or undo a few rounds')
        with self._measured('text'):
            states: torch.Tensor = self.model.transformer(embedded, self.model.prefix, self.cache)
            return states[0]

    # -- decoding ------------------------------------------------------------------------------

    def _ask_with_answer(self, question: Question, cancelled: Callable[[], bool],
                         progress: Callable[[Progress], None]) -> Answer:
        """Decode only the masks of an answer that the question brings."""
        ids = self.tokenizer.ids
        found: list[AnswerMask] = []
        said: list[int] = []
        first, *others = map(self.tokenizer.encode, question.answer.split('[SEG]'))
        status, decision = ((Status.OK, '<found>') if others else (Status.NOTHING_FOUND, '<none>'))
        rest = (token for words in others for token in (ids['<seg>'], *words))
        tokens = [ids[decision], *first, *rest, ids['<eos>']]
        with self._answered_round():
            self._feed_question(question.text, question.references)
            for run in sequence.answer(self.tokenizer, tokens, count(question.next_id)):
                state = self._feed(run.tokens)[-1:]
                said += run.tokens
                if run.instance is None:
                    break
                stop_if(cancelled)
                found.append(self._segment(state, said))
                progress(Progress('mask', self._said(said, status, question.next_id),
                                  tuple(found)))
                self._feed_memory(found[-1].mask, run.instance)
        return self._answer(status, tokens, found, question.next_id)

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

    def _answer(self, status: Status, tokens: list[int], found: list[AnswerMask], next_id: int
                ) -> Answer:
        spoken = self._said(tokens, status, next_id)
        if status is not Status.NOTHING_FOUND and not found:
            status, spoken = Status.NOTHING_FOUND, 'i see nothing like that'
        elif status is Status.OK:
            spoken = sentences.list_labels([thing.label for thing in found])
        if spoken.startswith('i see no'):
            with torch.inference_mode():
                spoken += sentences.alternatives(spoken, self.model.visible(self.seen))
        words = ' '.join(self.tokenizer.tokens[t] for t in tokens)
        return Answer(status, spoken, tuple(found), words, dict(self._seconds))

    def _said(self, tokens: list[int], status: Status, next_id: int) -> str:
        words = [self.tokenizer.tokens[t] for t in tokens]
        return sentences.as_sentence(words, next_id if status is Status.AMBIGUOUS else None)

    # -- bookkeeping ---------------------------------------------------------------------------

    def _mark(self) -> tuple[int, int]:
        return self.cache.length, len(self._states)

    def _crop(self, mark: tuple[int, int]) -> None:
        length, memories = mark
        self.cache.crop(length)
        del self._states[memories:]
        del self._masks2[memories:]


def _is_shown(thing: AnswerMask, found: list[AnswerMask]) -> bool:
    """Whether an answer shows the same thing already, under the same name."""
    return any(thing.label == other.label and thing.mask.iou(other.mask) >= SAME
               for other in found)
