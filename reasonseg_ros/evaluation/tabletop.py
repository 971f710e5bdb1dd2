# SPDX-License-Identifier: Apache-2.0
"""Dialogues of the tabletop against an engine, with exact truth, as a protocol says.

Every sentence goes through the same `Session` as on a robot. With predicted history later rounds
refer to the instances that the engine itself answered, right or wrong; with true history each
answer is scored, then replaced by the right one. Forced answers are given in rounds that have right
masks; to refuse or to ask back is always the engine's own decision. A round cannot be asked when
nothing was answered that it could refer to, or when it names the number of something that was not
answered; it counts as missed. Does not generate dialogues (`sim.dialogues.mr_tabletop`), print,
draw or sum up (`evaluation.summaries`).
"""

import re
import zlib
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.errors import OutOfMemory
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Reply
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.prompted import Prompted
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT
from reasonseg_ros.evaluation.scoring import PART
from reasonseg_ros.evaluation.scoring import Score
from reasonseg_ros.evaluation.scoring import Truth
from reasonseg_ros.evaluation.scoring import score
from reasonseg_ros.sim.dialogues.mr_tabletop import subsets
from reasonseg_ros.sim.dialogues.order import permuted
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.dialogues.truth import Turn

_NUMBER = re.compile(r'\b(instance|number)s? (\d+)')

# (dialogue, round, uint8 [H, W, 3], answered, truths) -> name of the file that shows the round
Draw = Callable[[str, int, np.ndarray, Sequence[Instance], Sequence[Rle]], str]


@dataclass(frozen=True)
class Heard:
    """What became of a sentence. status: '' = not said; an error's, where one was raised.

    references  whether the words were taken to mean the right instances; None = nobody knows
    """

    said: str
    status: str
    answer: str
    instances: tuple[Instance, ...]
    references: bool | None
    score: Score


def run(engine: Engine, dialogue: str, frame: Frame, truth: SceneTruth, turns: Sequence[Turn],
        draw: Draw | None = None, protocol: Protocol = Protocol(),
        timed: Callable[[Reply], None] | None = None) -> list[RoundRecord]:
    """Hold one dialogue and score every round that asks for something.

    draw   draws each round
    timed  told every reply to a question, for what it cost

    Raises BadInput when the engine cannot serve the protocol.
    """
    if protocol.order is not None:
        turns = permuted(turns, truth, np.random.default_rng(
            [protocol.order, zlib.crc32(dialogue.encode())]))
    talk = _Talk(engine, dialogue, frame, truth, protocol, timed)
    records = []
    for index, (turn, subset) in enumerate(zip(turns, subsets(turns)), start=1):
        if turn.kind is Kind.GIVEN:
            talk.show(turn)
        elif turn.kind is Kind.UNDO:
            talk.undo(turn)
        else:
            heard = talk.ask(turn)
            picture = '' if draw is None else draw(
                dialogue, index, frame.rgb, heard.instances,
                [t.mask for t in talk.truths(turn)])
            records.append(RoundRecord(
                dialogue, index, heard.said, heard.answer, turn.status.name, heard.status,
                _tags(turn, subset), references_right=heard.references, picture=picture,
                **heard.score.fields))
    return records


class _Talk:
    """One dialogue while it is held."""

    def __init__(self, engine: Engine, dialogue: str, frame: Frame, truth: SceneTruth,
                 protocol: Protocol, timed: Callable[[Reply], None] | None) -> None:
        if protocol.answers == 'forced' and not engine.facts.takes_answers:
            raise BadInput(f'engine "{engine.facts.name}" finds its own words and cannot be given '
                           'the right ones; choose free answers')
        self._engine = Prompted(engine)
        self._book = DialogueBook(max_dialogues=1, max_rounds=64, max_bytes=1 << 26,
                                  ttl=float('inf'), clock=lambda: 0.0)
        self._session = Session(self._engine, self._book)
        self._id, self._frame, self._truth = dialogue, frame, truth
        self._protocol, self._timed = protocol, timed
        self._known: dict[int, int] = {}  # id in the truth -> id of what stands for it here
        self._standing: list[tuple[Turn, bool]] = []  # turns, and whether a round is recorded

    def truths(self, turn: Turn) -> list[Truth]:
        """The right masks of a turn."""
        return [Truth(Rle.encode(self._truth.mask(t.object, t.part)), PART if t.part else OBJECT)
                for t in turn.targets]

    def show(self, turn: Turn) -> None:
        """Give the engine the masks of a turn, without asking."""
        target, = turn.targets
        reply = self._session.show(self._id, self._frame,
                                   self._truth.mask(target.object, target.part),
                                   self._label(turn, 0))
        self._known[target.id] = reply.instances[0].id
        self._standing.append((turn, True))

    def undo(self, turn: Turn) -> None:
        """Take the last turn back; nobody says so of one that left nothing behind."""
        gone, recorded = self._standing.pop()
        for target in gone.targets:
            self._known.pop(target.id, None)
        if recorded:
            self._session.ask(self._id, turn.instruction, self._frame)

    def ask(self, turn: Turn) -> Heard:
        """Ask a turn, score the answer, and leave behind what later rounds build on."""
        if self._cannot_be_asked(turn):
            self._standing.append((turn, False))
            return Heard(turn.instruction, '', '', (), None, self._scored((), turn))
        said = _NUMBER.sub(lambda m: f'{m[1]} {self._known.get(int(m[2]), int(m[2]))}',
                           turn.instruction)
        before = len(self._rounds)
        meant = {self._known[r] for r in turn.references if r in self._known}
        try:
            reply = self._asked(said, _words(turn) if self._forced(turn) else '')
            if self._timed is not None:
                self._timed(reply)
            heard = Heard(said, reply.status.name, reply.answer, reply.instances,
                          set(reply.references) == meant, self._scored(reply.instances, turn))
        except OutOfMemory:
            raise  # another machine would answer, so that this is no result
        except ReasonSegError as error:
            heard = Heard(said, error.status.name, str(error), (), None, self._scored((), turn))
        if self._protocol.history == 'truth':
            self._record_truth(turn, heard, before)
        else:
            self._known.update((turn.targets[t].id, heard.instances[p].id)
                               for t, p in heard.score.stand_ins.items())
        self._standing.append((turn, len(self._rounds) > before))
        return heard

    @property
    def _rounds(self) -> tuple[Round, ...]:
        return self._book.open(self._id).rounds

    def _asked(self, said: str, words: str) -> Reply:
        """Ask; the engine is given the words of its answer, or finds them ('')."""
        self._engine.answer = words
        return self._session.ask(self._id, said, self._frame)

    def _forced(self, turn: Turn) -> bool:
        return self._protocol.answers == 'forced' and turn.status is Status.OK

    def _scored(self, instances: Sequence[Instance], turn: Turn) -> Score:
        return score(instances, self.truths(turn), boundary=True,
                     ordered=self._forced(turn) and bool(instances))

    def _cannot_be_asked(self, turn: Turn) -> bool:
        """Whether a person who saw the engine's answers would not say this.

        "The left one" can be said after one of two candidates; "the mug next to instance 3" cannot
        be said when no instance has that number.
        """
        named = {int(number) for _, number in _NUMBER.findall(turn.instruction)}
        missing = [r for r in turn.references if r not in self._known]
        return any(r in named for r in missing) or (
            bool(missing) and len(missing) == len(turn.references))

    def _record_truth(self, turn: Turn, heard: Heard, before: int) -> None:
        """Put the right answer in the place of the engine's, in the engine's words where it can.

        Sessions bring their contexts in step with the record, so that engines see the truth only.
        """
        answered = self._rounds[before:]
        question, references = ((answered[0].question, answered[0].references) if answered
                                else (heard.said, ()))
        words = self._right_words(turn, heard, before)
        if len(self._rounds) > before:
            self._book.rewind(self._id, before)
        first = self._book.open(self._id).next_id
        self._known.update((t.id, first + k) for k, t in enumerate(turn.targets))
        instances = tuple(
            Instance(first + k, self._known.get(t.parent_id, 0), before + 1, self._label(turn, k),
                     1.0, true.mask)
            for k, (t, true) in enumerate(zip(turn.targets, self.truths(turn))))
        self._book.append(self._id, Round(
            before + 1, heard.said, question, references, turn.status, turn.answer, instances,
            words, engine=self._engine.facts.provenance))

    def _right_words(self, turn: Turn, heard: Heard, before: int) -> str:
        """The engine's transcript of the right answer; '' where it cannot be had."""
        in_order = all(p == t for p, t in heard.score.pairs)
        if heard.status == turn.status.name and in_order:
            return self._rounds[-1].transcript
        if turn.status is Status.AMBIGUOUS or not self._engine.facts.takes_answers:
            return ''  # nobody can be given a question to ask
        if len(self._rounds) > before:
            self._book.rewind(self._id, before)
        try:
            self._asked(heard.said, _words(turn))
        except ReasonSegError:
            return ''  # the words that the engine refuses, it refuses again
        return self._rounds[-1].transcript

    def _label(self, turn: Turn, place: int) -> str:
        target = turn.targets[place]
        return target.part or self._truth.objects[target.object].category


def _words(turn: Turn) -> str:
    return turn.answer.replace('<seg>', '[SEG]')


def _tags(turn: Turn, subset: str) -> tuple[str, ...]:
    detail = (f'detail:{turn.detail}',) if turn.detail else ()
    return f'subset:{subset}', f'kind:{turn.kind.value}', *detail, f'template:{turn.template}'
