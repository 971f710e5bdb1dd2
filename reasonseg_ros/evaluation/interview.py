# SPDX-License-Identifier: Apache-2.0
"""Scripted dialogues with whoever answers: what is said, what is built on, what it is worth.

Simulated dialogues, benchmarks and files about a bag all become `ScriptedRound`s and are run
here, so that they agree on three things. A round cannot be asked when it names the number of
something that was never answered, or when nothing that it refers to was; it counts as missed. A
wrong mask stands for what was asked, since it has a number, too. With true history an answer is
scored, then replaced by the right one. Does not generate, read files, render or know ROS.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from time import thread_time

import numpy as np

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import BadInput, OutOfMemory, ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.instances import round_of
from reasonseg_ros.engines.protocol import Box, Context, EngineFacts, Question
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.records import Protocol, RoundRecord
from reasonseg_ros.evaluation.scoring import Score, score

NAMELESS = 'object'  # label of a true mask whose category nobody states

# (dialogue, round, uint8 [H, W, 3], answered, truths) -> name of the file that shows the round
Draw = Callable[[str, int, np.ndarray, Sequence[Instance], Sequence[Rle]], str]


class Act(Enum):
    """What a round does. Only what is asked is recorded."""

    ASK = 'ask'
    SHOW = 'show'  # give the first target by its mask, without words
    UNDO = 'undo'  # take the round before back


@dataclass(frozen=True)
class ScriptedRound:
    """One round of a dialogue, with what should come of it.

    say         what is said, as it is written
    numbers     (start, end, key): where `say` has the number of a target of an earlier round
    targets     the right masks in the order of the answer; None = not stated
    references  keys of targets of earlier rounds that the words speak of; None = not stated
    given       the references are handed to the engine; otherwise its words must tell
    expect      how it must end; None = not stated
    answer      right words with [SEG] at each mask; '' = nobody can be given them
    decides     to refuse or to ask back is the engine's own decision, under forced answers as well
    ignore      pixels that count neither as hit nor as miss
    number      of the round in its dialogue, from 1
    where       in a file, for messages
    """

    say: str
    targets: tuple[TruthMask, ...] | None = None
    references: tuple[str, ...] | None = None
    numbers: tuple[tuple[int, int, str], ...] = ()
    expect: Status | None = None
    tags: tuple[str, ...] = ()
    act: Act = Act.ASK
    given: bool = False
    answer: str = ''
    decides: bool = False
    ignore: Rle | None = None
    number: int = 1
    where: str = ''


@dataclass(frozen=True)
class RoundAnswer:
    """What became of a sentence.

    status      name of a `Status`, an error's where one was raised; '' = not asked
    references  ids that the words were taken to mean; None = nobody knows
    transcript  the engine's own words, for `Context.remember`
    alive       ids that the dialogue has after the round; None = those from before
    recorded    whether it left a round behind
    boxes       of the instances, as the engine predicted them; see `protocol.AnswerMask`
    """

    status: str
    text: str
    instances: tuple[Instance, ...] = ()
    references: tuple[int, ...] | None = None
    transcript: str = ''
    alive: frozenset[int] | None = None
    recorded: bool = False
    seconds: Mapping[str, float] = field(default_factory=dict)
    boxes: tuple[Box | None, ...] = ()


NOT_ASKED = RoundAnswer('', '')


class Respondent(ABC):
    """Who answers; the two marks are those of `protocol.EngineFacts`."""

    takes_answers = False
    predicts_boxes = False

    @abstractmethod
    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Answer a sentence.

        references  ids that are handed over, beside those of the words
        answer      the right words, as in `protocol.Question`; '' = answer freely

        Raises ReasonSegError.
        """


class RecordedRespondent(Respondent):
    """One whose record lies open, so that it can be shown masks and told the truth."""

    @property
    @abstractmethod
    def dialogue(self) -> Dialogue:
        """The record of what was said and shown."""

    @abstractmethod
    def remember(self, record: Round) -> None:
        """Go on as if this had been the next round."""

    @abstractmethod
    def rewind(self, rounds: int) -> None:
        """Keep the first `rounds` rounds."""


class SessionRespondent(RecordedRespondent):
    """Answers as on a robot: words are read by the grammar. `frame` is what is seen now.

    The seconds of its answers hold 'processor', too: what this thread computed, not what it waited.
    """

    def __init__(self, session: Session, dialogue: str, frame: Frame | None = None) -> None:
        self._session, self._id, self.frame = session, dialogue, frame
        self.takes_answers = session.engine.facts.takes_answers

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Answer through the session."""
        start = thread_time()
        reply = self._session.ask(self._id, said, self.frame, references, answer=answer)
        seconds = {**reply.seconds, 'processor': thread_time() - start}
        dialogue = self.dialogue
        return RoundAnswer(
            reply.status.name, reply.answer, reply.instances, reply.references,
            dialogue.rounds[-1].transcript if reply.round else '',
            frozenset(i.id for i in dialogue.instances), bool(reply.round), seconds)

    @property
    def dialogue(self) -> Dialogue:
        """The record that the session keeps."""
        return self._session.book.open(self._id)

    def remember(self, record: Round) -> None:
        """Record a round; the session brings its contexts in step."""
        self._session.book.append(self._id, record)

    def rewind(self, rounds: int) -> None:
        """Take rounds out of the record."""
        if len(self.dialogue.rounds) > rounds:
            self._session.book.rewind(self._id, rounds, reuse_ids=True)


class ContextRespondent(RecordedRespondent):
    """Answers straight from an engine's context, without the grammar of spoken words.

    verbatim  as in `protocol.Question`
    """

    def __init__(self, context: Context, dialogue: str, facts: EngineFacts, verbatim: bool) -> None:
        self._context, self._dialogue, self._verbatim = context, Dialogue(dialogue), verbatim
        self.takes_answers, self.predicts_boxes = facts.takes_answers, facts.predicts_boxes

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Answer with the references that are handed over, and no others."""
        dialogue = self._dialogue
        question = Question(said, tuple(map(dialogue.instance, references)), dialogue.next_id,
                            answer=answer, verbatim=self._verbatim)
        found = self._context.ask(question)
        made = round_of(dialogue, question, found)
        dialogue.append(made)
        return RoundAnswer(made.status.name, made.answer, made.instances, made.references,
                           made.transcript, recorded=True, seconds=found.seconds,
                           boxes=tuple(f.box for f in found.found))

    @property
    def dialogue(self) -> Dialogue:
        """The record of this conversation."""
        return self._dialogue

    def remember(self, record: Round) -> None:
        """Feed the context and record the round."""
        references = tuple(map(self._dialogue.instance, record.references))
        self._context.remember(record, references, self._verbatim)
        self._dialogue.append(record)

    def rewind(self, rounds: int) -> None:
        """Crop the context and the record."""
        self._dialogue.rewind(rounds, reuse_ids=True)
        self._context.rewind(rounds)


class Interview:
    """One dialogue, round after round.

    square     whether scores count the pixels of 1024x1024, too
    empty_iou  as in `scoring.score`
    """

    def __init__(self, dialogue: str, respondent: Respondent, protocol: Protocol = Protocol(),
                 square: bool = False, empty_iou: float | None = None) -> None:
        self._dialogue, self._respondent = dialogue, respondent
        self._protocol, self._square, self._empty_iou = protocol, square, empty_iou
        self._known: dict[str, int] = {}  # key of a target -> id of what stands for it here
        self._left: list[bool] = []       # of the standing rounds: whether one is recorded

    def conduct(self, rounds: Iterable[ScriptedRound], rgb: np.ndarray, draw: Draw | None = None,
                timed: Callable[[Mapping[str, float]], None] | None = None) -> list[RoundRecord]:
        """Go through rounds about one image, uint8 [H, W, 3]; return the records of those that ask.

        timed  told the seconds of every answer
        """
        records = []
        for asked in rounds:
            if asked.act is Act.SHOW:
                self.show(asked)
            elif asked.act is Act.UNDO:
                self.undo(asked)
            else:
                record, answer = self.ask(asked)
                if timed is not None and answer.seconds:
                    timed(answer.seconds)
                image_file = '' if draw is None else draw(
                    self._dialogue, asked.number, rgb, answer.instances,
                    [t.mask for t in asked.targets or ()])
                records.append(replace(record, picture=image_file))
        return records

    def show(self, shown: ScriptedRound) -> None:
        """Give the mask of the first target, without asking."""
        target = (shown.targets or ())[0]
        dialogue = self._recorded.dialogue
        index = len(dialogue.rounds) + 1
        instance = _instance(target, dialogue.next_id, 0, index)
        self._recorded.remember(Round(index, '', '', (), Status.OK, '', (instance,)))
        self._known[target.key] = instance.id
        self._left.append(True)

    def undo(self, undone: ScriptedRound) -> None:
        """Take the last round back; nobody says so of one that left nothing behind."""
        if self._left.pop():
            self._forget(self._respondent.ask(undone.say))

    def ask(self, asked: ScriptedRound, image_file: str = '') -> tuple[RoundRecord, RoundAnswer]:
        """Ask a round, score the answer, and leave behind what later rounds build on."""
        if self._cannot_be_asked(asked):
            self._left.append(False)
            return self._record(asked, asked.say, NOT_ASKED, self._scored(asked, NOT_ASKED),
                                image_file, None), NOT_ASKED
        said = self._said(asked)
        meant = tuple(self._known[k] for k in asked.references or () if k in self._known)
        given = meant if asked.given else ()
        true = self._protocol.history == 'truth'
        before = len(self._recorded.dialogue.rounds) if true else 0
        answer = self._answer(said, given, asked.answer if self._forced(asked) else '')
        self._forget(answer)
        scored = self._scored(asked, answer)
        right = None
        if answer.references is not None and asked.references is not None and not asked.given:
            right = set(answer.references) == set(meant)
        if true:
            self._correct(asked, said, given, answer, scored, before)
        else:
            self._known.update(
                (target.key, answer.instances[p].id) for target, p in
                (((asked.targets or ())[t], p) for t, p in scored.stand_ins.items()) if target.key)
        self._left.append(true or answer.recorded)
        return self._record(asked, said, answer, scored, image_file, right), answer

    @property
    def _recorded(self) -> RecordedRespondent:
        if not isinstance(self._respondent, RecordedRespondent):
            raise BadInput('a running node keeps its own record: it can be shown no mask and told '
                           'no truth; choose predicted history')
        return self._respondent

    def _cannot_be_asked(self, asked: ScriptedRound) -> bool:
        """Whether a person who saw the answers would not say this.

        "The left one" can be said after one of two candidates; "the mug next to instance 3" cannot
        be said when no instance has that number.
        """
        references = asked.references or ()
        return (any(key not in self._known for _, _, key in asked.numbers)
                or (bool(references) and not any(key in self._known for key in references)))

    def _said(self, asked: ScriptedRound) -> str:
        said, at = '', 0
        for start, end, key in asked.numbers:
            said += f'{asked.say[at:start]}{self._known[key]}'
            at = end
        return said + asked.say[at:]

    def _forced(self, asked: ScriptedRound) -> bool:
        return self._protocol.answers == 'forced' and not asked.decides

    def _answer(self, said: str, given: tuple[int, ...], words: str) -> RoundAnswer:
        try:
            return self._respondent.ask(said, given, words)
        except OutOfMemory:
            raise  # another machine would answer, so that this is no result
        except ReasonSegError as error:
            return RoundAnswer(error.status.name, str(error))

    def _forget(self, answer: RoundAnswer) -> None:
        """Let go of what the round took back."""
        if answer.alive is not None:
            self._known = {k: i for k, i in self._known.items() if i in answer.alive}

    def _scored(self, asked: ScriptedRound, answer: RoundAnswer) -> Score:
        truths = asked.targets or ()
        for mask, truth in ((i.mask, t.mask) for i in answer.instances for t in truths):
            if asked.where and not mask.same_size(truth):
                raise BadInput(f'{asked.where}: the right mask is {truth.width}x{truth.height}, '
                               f'the image here {mask.width}x{mask.height}; draw it on this image')
        return score(answer.instances, truths, boundary=True, square=self._square,
                     ordered=self._forced(asked), ignore=asked.ignore, empty_iou=self._empty_iou,
                     boxes=answer.boxes if self._respondent.predicts_boxes else None)

    def _correct(self, asked: ScriptedRound, said: str, given: tuple[int, ...],
                 answer: RoundAnswer, scored: Score, before: int) -> None:
        """Put the right answer in the place of the engine's, in the engine's words where it can."""
        made = self._recorded.dialogue.rounds[before:]
        question, references = (made[0].question, made[0].references) if made else (said, given)
        words = self._right_words(asked, said, given, answer, scored, before)
        self._recorded.rewind(before)
        targets, first = asked.targets or (), self._recorded.dialogue.next_id
        self._known.update((t.key, first + k) for k, t in enumerate(targets))
        instances = tuple(_instance(t, first + k, self._known.get(t.parent, 0), before + 1)
                          for k, t in enumerate(targets))
        self._recorded.remember(Round(
            before + 1, said, question, references, asked.expect or Status.OK, asked.answer,
            instances, words))

    def _right_words(self, asked: ScriptedRound, said: str, given: tuple[int, ...],
                     answer: RoundAnswer, scored: Score, before: int) -> str:
        """The engine's transcript of the right answer; '' where it cannot be had."""
        expected = '' if asked.expect is None else asked.expect.name
        if answer.status == expected and all(p == t for p, t in scored.pairs):
            return answer.transcript
        if not asked.answer or not self._respondent.takes_answers:
            return ''
        self._recorded.rewind(before)
        return self._answer(said, given, asked.answer).transcript

    def _record(self, asked: ScriptedRound, said: str, answer: RoundAnswer, scored: Score,
                image_file: str, right: bool | None) -> RoundRecord:
        fields = {} if asked.targets is None else scored.fields
        return RoundRecord(
            self._dialogue, asked.number, said, answer.text,
            '' if asked.expect is None else asked.expect.name, answer.status, asked.tags,
            references_right=right, picture=image_file, **fields)


def private_book(rounds: int) -> DialogueBook:
    """Return a book for one dialogue of at most so many rounds, which never ends by itself."""
    return DialogueBook(max_dialogues=1, max_rounds=rounds, max_bytes=1 << 30, ttl=float('inf'),
                        clock=lambda: 0.0)


def check_answers(facts: EngineFacts, protocol: Protocol) -> None:
    """Raise BadInput when an engine cannot be given the answers that a protocol gives."""
    if protocol.answers == 'forced' and not facts.takes_answers:
        raise BadInput(f'engine "{facts.name}" finds its own words and cannot be given '
                       'the right ones; choose free answers')


def _instance(truth: TruthMask, number: int, parent: int, index: int) -> Instance:
    return Instance(number, parent, index, truth.label or NAMELESS, 1.0, truth.mask)
