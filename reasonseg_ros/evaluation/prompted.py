# SPDX-License-Identifier: Apache-2.0
"""Engines as measurements need them: with a blank memory, or given the right words of an answer.

Both leave the engine itself as it is. Sessions use them like any engine.
"""

from collections.abc import Callable
from dataclasses import replace

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.engines.protocol import Answer
from reasonseg_ros.engines.protocol import Context
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.protocol import Progress
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.protocol import unheard


class NoMemory:
    """An engine whose memory is blank: same weights, so that the gap is what memory is worth."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.facts = engine.facts
        self.same_view = engine.same_view

    def open(self, frame: Frame) -> Context:
        """Open a context that sees no earlier mask or box."""
        return self._engine.open(frame, memory=False)


class Prompted:
    """An engine that can be given the words of its answers.

    answer  right words of the questions that follow, as in `protocol.Question`; '' = answer freely
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.facts = engine.facts
        self.answer = ''

    def open(self, frame: Frame) -> '_PromptedContext':
        """Open a context whose questions bring `answer`."""
        return _PromptedContext(self, self._engine.open(frame))

    def same_view(self, context: '_PromptedContext', frame: Frame) -> bool:
        """Whether the context still holds for this frame."""
        return self._engine.same_view(context.inner, frame)


class _PromptedContext:
    """Passes everything on; questions get the answer that the engine has just then."""

    def __init__(self, engine: Prompted, inner: Context) -> None:
        self._engine = engine
        self.inner = inner
        self.frame = inner.frame

    @property
    def rounds(self) -> int:
        return self.inner.rounds

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        return self.inner.ask(replace(question, answer=self._engine.answer), cancelled, progress)

    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        self.inner.remember(record, references, verbatim)

    def rewind(self, rounds: int) -> None:
        self.inner.rewind(rounds)
