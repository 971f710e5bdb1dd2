# SPDX-License-Identifier: Apache-2.0
"""Holds a conversation of a benchmark with an engine and scores every round.

Sentences go to the engine with the references that the data state: the grammar of spoken words
has no part in it. With predicted history a reference is what the engine
answered before, right or wrong; what was never asked for is shown by its true mask. A round whose
references were never answered cannot be asked and counts as missed.
"""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from functools import partial
from pathlib import Path

from reasonseg_ros.benchmarks.conversation import Conversation
from reasonseg_ros.benchmarks.conversation import ConversationRound
from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.benchmarks.files import read_rgb
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.errors import OutOfMemory
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.errors import Status
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.protocol import Context
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.evaluation.protocols import Framing
from reasonseg_ros.evaluation.protocols import permuted
from reasonseg_ros.evaluation.protocols import renumbered
from reasonseg_ros.evaluation.protocols import right_answer
from reasonseg_ros.evaluation.protocols import worded
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import Score
from reasonseg_ros.evaluation.scoring import score
from reasonseg_ros.measure.rounds import record

NAMELESS = 'object'  # label of a true mask whose category the data do not state


@dataclass(frozen=True)
class Answered:
    """What became of a question: the answer, or the status and the text of an error.

    status      '' = not asked, since what it refers to was never answered
    transcript  the engine's own words, for `Context.remember`
    """

    status: str
    text: str
    instances: tuple[Instance, ...] = ()
    transcript: str = ''


@dataclass(frozen=True)
class Held:
    """A round as it was asked, answered and scored; masks as the engine saw the picture."""

    question: Question
    truths: tuple[TruthMask, ...]
    answered: Answered
    score: Score


class Holder:
    """Holds conversations with one engine, one after the other; no conversation sees another.

    wording  see `protocols.worded`

    The context of the newest picture is kept, since the conversations of one picture stand
    together. Raises BadInput when the engine cannot serve the protocol.
    """

    def __init__(self, engine: Engine, protocol: Protocol, wording: str = 'engine') -> None:
        if protocol.answers == 'forced' and not engine.facts.takes_answers:
            raise BadInput(f'engine "{engine.facts.name}" finds its own words and cannot be given '
                           'the right ones; choose free answers')
        self._engine, self._protocol, self._wording = engine, protocol, wording
        # ncIoU is about the shape of the stored picture, which a padded one does not have.
        self._score = partial(score, boundary=True, square=protocol.frame == 'native')
        self._shown: tuple[Path, tuple[int, int]] | None = None  # picture and size of its masks
        self._context: Context | None = None

    def hold(self, conversation: Conversation, folder: Path | None = None) -> list[RoundRecord]:
        """Ask every round. Raises BadImage when the picture cannot be used.

        folder  of the run, to draw the rounds there; None = nothing is drawn
        """
        framing = Framing(conversation.size, self._protocol.frame)
        context = self._open(conversation, framing)
        talk = _Talk(context, Dialogue(conversation.id), framing, self._protocol, self._wording,
                     self._score)
        records = []
        rounds = permuted(conversation.rounds, self._protocol.order, conversation.id)
        for index, asked in enumerate(rounds, start=1):
            held = talk.ask(asked)
            picture = '' if folder is None else draw_round(
                folder, conversation.id, index, context.frame.rgb, held.answered.instances,
                [t.mask for t in held.truths])
            records.append(_record(conversation.id, index, asked, held, picture))
        return records

    def _open(self, conversation: Conversation, framing: Framing) -> Context:
        wanted = conversation.image, conversation.size
        if wanted != self._shown or self._context is None:
            rgb = read_rgb(conversation.image)
            if rgb.shape[:2] != conversation.size:
                height, width = conversation.size
                raise BadImage(f'picture "{conversation.image}" is {rgb.shape[1]}x{rgb.shape[0]}, '
                               f'its annotation {width}x{height}; obtain the picture again')
            self._context = None  # freed before the next one takes its memory
            self._context = self._engine.open(Frame(framing.rgb(rgb)))
            self._shown = wanted
        self._context.rewind(0)
        return self._context


class _Talk:
    """One conversation while it is held."""

    def __init__(self, context: Context, dialogue: Dialogue, framing: Framing,
                 protocol: Protocol, wording: str, score: Callable[..., Score]) -> None:
        self._context, self._dialogue, self._framing = context, dialogue, framing
        self._protocol, self._wording, self._score = protocol, wording, score
        self._known: dict[str, Instance] = {}   # key of a truth -> what stands for it here
        self._asked_for: set[str] = set()       # keys of the targets so far

    def ask(self, asked: ConversationRound) -> Held:
        """Ask one round, score it, and leave behind what later rounds build on."""
        truths = tuple(self._framed(t) for t in asked.targets)
        for reference in asked.references:
            if reference.key not in self._known and reference.key not in self._asked_for:
                self._show(reference)
        self._asked_for.update(t.key for t in truths)
        question = self._question(asked)
        if self._lost(asked):
            return Held(question, truths, Answered('', ''), self._score((), truths))
        before = self._context.rounds
        answered = self._answered(question)
        ignore = None if asked.ignore is None else self._framing.mask(asked.ignore)
        scored = self._score(answered.instances, truths, ordered=bool(question.answer),
                             ignore=ignore)
        stands = scored.stand_ins
        if self._protocol.history == 'truth':
            self._context.rewind(before)
            self._remember_truth(question, truths, answered, stands)
        else:
            self._known.update((truths[t].key, answered.instances[p]) for t, p in stands.items())
        return Held(question, truths, answered, scored)

    def _question(self, asked: ConversationRound) -> Question:
        ids = {n: self._known[key].id for n, key in asked.numbers if key in self._known}
        references = tuple(self._known[r.key] for r in asked.references if r.key in self._known)
        forced = right_answer(asked) if self._protocol.answers == 'forced' else ''
        return Question(renumbered(worded(asked, self._wording), ids), references,
                        self._dialogue.next_id, answer=forced,
                        verbatim=self._wording != 'engine')

    def _answered(self, question: Question) -> Answered:
        try:
            answer = self._context.ask(question)
        except OutOfMemory:
            raise  # another machine would answer, so that this is no result
        except ReasonSegError as error:
            return Answered(error.status.name, str(error))
        made = record(self._dialogue, question, answer)
        if self._protocol.history == 'predicted':
            self._dialogue.append(made)
        return Answered(answer.status.name, answer.text, made.instances, answer.transcript)

    def _lost(self, asked: ConversationRound) -> bool:
        """Whether a person who saw the answers would not say this."""
        wanted = {r.key for r in asked.references}
        missing = {key for key in wanted if key not in self._known}
        named = {key for _, key in asked.numbers}
        return bool(missing) and (missing == wanted or bool(missing & named))

    def _show(self, truth: TruthMask) -> None:
        """Give the engine a mask that no round asked for."""
        index = len(self._dialogue.rounds) + 1
        shown = self._instance(self._framed(truth), self._dialogue.next_id, index)
        self._remember(Round(index, '', '', (), Status.OK, '', (shown,)))
        self._known[truth.key] = shown

    def _remember_truth(self, question: Question, truths: Sequence[TruthMask],
                        answered: Answered, stands: dict[int, int]) -> None:
        """Let the engine go on as if it had shown the truth, in its own words where they fit."""
        index = len(self._dialogue.rounds) + 1
        fits = len(answered.instances) == len(truths) == len(stands)
        order = sorted(range(len(truths)), key=lambda t: stands.get(t, t)) if fits else (
            range(len(truths)))
        instances = tuple(self._instance(truths[t], question.next_id + k, index)
                          for k, t in enumerate(order))
        status = Status.OK if instances else Status.NOTHING_FOUND
        self._remember(Round(index, question.text, question.text,
                             tuple(r.id for r in question.references), status, answered.text,
                             instances, answered.transcript if fits else ''))
        self._known.update((truths[t].key, i) for t, i in zip(order, instances))

    def _remember(self, made: Round) -> None:
        references = tuple(map(self._dialogue.instance, made.references))
        self._context.remember(made, references, self._wording != 'engine')
        self._dialogue.append(made)

    def _framed(self, truth: TruthMask) -> TruthMask:
        return replace(truth, mask=self._framing.mask(truth.mask))

    @staticmethod
    def _instance(truth: TruthMask, number: int, index: int) -> Instance:
        return Instance(number, 0, index, truth.label or NAMELESS, 1.0, truth.mask)


def _record(dialogue: str, index: int, asked: ConversationRound, held: Held, picture: str
            ) -> RoundRecord:
    expected = Status.OK if asked.targets else Status.NOTHING_FOUND
    return RoundRecord(dialogue, index, held.question.text, held.answered.text, expected.name,
                       held.answered.status, asked.tags, picture=picture, **held.score.fields)
