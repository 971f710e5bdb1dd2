# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for unit tests: dialogues written in one line, and an engine without a model.

The engine finds colours: "the red thing" gives the red pixels. It is no baseline and is never
installed.
"""

from collections.abc import Callable

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Round
from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import (
    Answer,
    AnswerMask,
    EngineFacts,
    Progress,
    Question,
    unheard,
)

COLOURS = {'red': (255, 0, 0), 'green': (0, 255, 0), 'blue': (0, 0, 255), 'white': (255,) * 3}


def rectangle(x0: int, y0: int, x1: int, y1: int, width: int = 32, height: int = 24) -> Rle:
    """Mask of a rectangle, x1 and y1 exclusive."""
    mask = np.zeros((height, width), bool)
    mask[y0:y1, x0:x1] = True
    return Rle.encode(mask)


def recorded(engine, question: Question, answer: Answer, index: int = 1) -> Round:
    """An answer as the session records it."""
    shown = tuple(Instance(question.next_id + k, f.parent_id, index, f.label, f.score, f.mask)
                  for k, f in enumerate(answer.found))
    return Round(index, question.text, question.text, tuple(i.id for i in question.references),
                 answer.status, answer.text, shown, answer.transcript,
                 engine=engine.facts.provenance)


def made_round(index: int, first_id: int, labels: tuple[str, ...], status: Status = Status.OK,
               references: tuple[int, ...] = (), parent_id: int = 0) -> Round:
    """Round whose instances lie in rows of their own: instance n covers row n."""
    shown = tuple(Instance(first_id + k, parent_id, index, label, 0.9,
                           rectangle(0, (first_id + k) % 24, 8, (first_id + k) % 24 + 1))
                  for k, label in enumerate(labels))
    return Round(index, f'say {index}', f'question {index}', references, status,
                 f'answer {index}', shown, f'words {index}', 1000 + index, 'camera', 'fake@0',
                 {'text': 0.5})


def made_dialogue(*rounds: str) -> Dialogue:
    """Dialogue from words: 'mug', 'handle<1' (part of 1), '?mug mug' (question), '' (nothing)."""
    dialogue = Dialogue('test')
    for index, words in enumerate(rounds, start=1):
        status = Status.AMBIGUOUS if words.startswith('?') else Status.OK
        words, _, parent = words.lstrip('?').partition('<')
        status = status if words else Status.NOTHING_FOUND
        references = (int(parent),) if parent else ()
        dialogue.append(made_round(index, dialogue.next_id, tuple(words.split()), status,
                                   references, int(parent or 0)))
    return dialogue


def painted(stamp: int = 1, **rectangles: tuple[int, int, int, int]) -> Frame:
    """Black 32x24 frame with one rectangle (x0, y0, x1, y1) per colour, later ones on top."""
    rgb = np.zeros((24, 32, 3), np.uint8)
    for colour, (x0, y0, x1, y1) in rectangles.items():
        rgb[y0:y1, x0:x1] = COLOURS[colour]
    return Frame(rgb, stamp=stamp, frame_id='camera')


class FakeContext:
    """Cache of a `FakeEngine`: the transcript so far, and a log of what was called."""

    def __init__(self, frame: Frame, log: list[tuple]) -> None:
        self.frame = frame
        self.cache: list[tuple] = []
        self._log = log

    @property
    def rounds(self) -> int:
        return len(self.cache)

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Find every colour that the text names; the answer also tells the whole cache."""
        self._log.append(('ask', question.text, tuple(i.id for i in question.references)))
        if cancelled():
            raise DeadlineExceeded('the request was cancelled')
        if 'crash' in question.text:
            raise RuntimeError('the fake engine was told to crash')
        found: tuple[AnswerMask, ...] = ()
        progress(Progress('text'))
        for name in (name for name in COLOURS if name in question.text.split()):
            progress(Progress('mask', f'the {name}', found))
            mask = Rle.encode((self.frame.rgb == COLOURS[name]).all(axis=2))
            found += (AnswerMask(name, 0.9, mask),)
            progress(Progress('memory', f'the {name}', found))
            if cancelled():
                raise DeadlineExceeded('the request was cancelled')
        text = ' and '.join(f'the {f.label}' for f in found) or 'i see no such thing'
        status = Status.OK if found else Status.NOTHING_FOUND
        if question.text.startswith('which'):
            status = Status.AMBIGUOUS
        memory = ', '.join(f'{said}: {answer} {[m.area for m in masks]}'
                           for said, answer, masks in self.cache)
        self.cache.append((question.text, text, tuple(f.mask for f in found)))
        return Answer(status, f'{text} after ({memory})', found, text, {'text': 0.25})

    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        self._log.append(('remember', record.index, tuple(i.id for i in references)))
        self.cache.append((record.question, record.transcript,
                           tuple(i.mask for i in record.instances)))

    def rewind(self, rounds: int) -> None:
        self._log.append(('rewind', rounds))
        del self.cache[rounds:]


class FakeEngine:
    """Engine that sees plain colours; `log` holds the calls of all its contexts in order."""

    facts = EngineFacts('fake', '0' * 12, 'Apache-2.0', 'cpu', 'float32', 0, 0)

    def __init__(self) -> None:
        self.log: list[tuple] = []

    def open(self, frame: Frame, memory: bool = True) -> FakeContext:
        self.log.append(('open', frame.stamp))
        return FakeContext(frame, self.log)

    def same_view(self, context: FakeContext, frame: Frame) -> bool:
        return np.array_equal(context.frame.rgb, frame.rgb)
