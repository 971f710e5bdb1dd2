# SPDX-License-Identifier: Apache-2.0
"""A small view with its truth, a dialogue about it, and an engine that answers from a list."""

from collections.abc import Callable

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import (
    Answer,
    AnswerMask,
    EngineFacts,
    Progress,
    Question,
    unheard,
)
from reasonseg_ros.evaluation.records import Protocol, RoundRecord
from reasonseg_ros.evaluation.tabletop import run
from reasonseg_ros.sim.dialogues.truth import Kind, ObjectTruth, SceneTruth, Target, Turn

IDS = np.zeros((24, 32), np.uint8)
IDS[2:10, 2:10], IDS[2:6, 10:14], IDS[14:22, 18:28] = 1, 2, 3
TRUTH = SceneTruth((ObjectTruth('mug', 'red', 'large'), ObjectTruth('bottle', 'blue', 'large')),
                   ((0, 'body'), (0, 'handle'), (1, 'body')), IDS)
TURNS = (
    Turn(Kind.DIRECT, 'the mug', Status.OK, (Target(0, None, 1, 0),), (), 'the mug <seg>', 'd/1'),
    Turn(Kind.PART, 'the handle of instance 1', Status.OK, (Target(0, 'handle', 2, 1),), (1,),
         'the handle <seg>', 'p/1'),
    Turn(Kind.SEVERAL, 'the mug and the bottle', Status.OK,
         (Target(0, None, 3, 0), Target(1, None, 4, 0)), (), 'the mug <seg> and the bottle <seg>',
         's/1'),
    Turn(Kind.ABSENT, 'the banana', Status.NOTHING_FOUND, (), (), 'i see no banana', 'a/1',
         'category'))
NOTHING = Answer(Status.NOTHING_FOUND, 'i see nothing', (), 'i see nothing')


class Scripted:
    """An engine that answers from a list, whatever it is asked; keeps what it was told."""

    facts = EngineFacts('scripted', '0' * 12, 'Apache-2.0', 'cpu', 'float32', 0, 0,
                        takes_answers=True)

    def __init__(self, answers: list[Answer]) -> None:
        self.answers, self.questions, self.rounds = iter(answers), [], 0
        self.remembered: list[Round] = []

    def open(self, frame: Frame, memory: bool = True) -> 'Scripted':
        self.frame, self.rounds = frame, 0
        return self

    def same_view(self, context: 'Scripted', frame: Frame) -> bool:
        return True

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        self.questions.append(question)
        self.rounds += 1
        return next(self.answers)

    def remember(self, record, references=(), verbatim=False) -> None:
        self.remembered.append(record)
        self.rounds += 1

    def rewind(self, rounds: int) -> None:
        self.rounds = rounds


def right(turn: Turn) -> Answer:
    """Return the right answer to a turn."""
    found = tuple(AnswerMask(t.part or 'mug', 0.9, Rle.encode(TRUTH.mask(t.object, t.part)))
                  for t in turn.targets)
    return Answer(turn.status, turn.answer, found, turn.answer)


def converse(answers: list[Answer], turns: tuple[Turn, ...] = TURNS,
             protocol: Protocol = Protocol()) -> tuple[list[RoundRecord], Scripted]:
    """Run a dialogue with a scripted engine; return its rounds and the engine."""
    engine = Scripted(answers)
    frame = Frame(np.zeros((24, 32, 3), np.uint8))
    return run(engine, 'a', frame, TRUTH, turns, protocol=protocol), engine
