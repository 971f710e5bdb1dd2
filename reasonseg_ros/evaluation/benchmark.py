# SPDX-License-Identifier: Apache-2.0
"""Conversations of a benchmark against an engine, as a protocol says.

Translates what data sets state and puts it straight to an engine's context: the grammar of spoken
words has no part in it. What no round asks for is shown by its true mask.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from reasonseg_ros.benchmarks.brackets import NUMBERED
from reasonseg_ros.benchmarks.conversation import Conversation, ConversationRound, TruthMask
from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadImage, Status
from reasonseg_ros.drawing.rounds import draw_round
from reasonseg_ros.engines.protocol import Context, Engine
from reasonseg_ros.evaluation.interview import (
    Act,
    ContextRespondent,
    Interview,
    ScriptedRound,
    check_answers,
)
from reasonseg_ros.evaluation.protocols import (
    Framing,
    empty_iou,
    permuted,
    right_answer,
    truth_mask,
    worded,
)
from reasonseg_ros.evaluation.records import Protocol, RoundRecord


class Interviewer:
    """Conducts conversations with one engine, one after the other; no conversation sees another.

    wording   see `protocols.worded`
    counting  see `protocols.truth_mask` and `protocols.empty_iou`

    The context of the newest image is kept, since the conversations of one image stand
    together. Raises BadInput when the engine cannot serve the protocol.
    """

    def __init__(self, engine: Engine, protocol: Protocol, wording: str = 'engine',
                 counting: str = 'exact') -> None:
        check_answers(engine.facts, protocol)
        self._engine, self._protocol = engine, protocol
        self._wording, self._counting = wording, counting
        self._shown: tuple[Path, tuple[int, int]] | None = None  # image and size of its masks
        self._context: Context | None = None

    def conduct(self, conversation: Conversation, folder: Path | None = None
                ) -> list[RoundRecord]:
        """Ask every round. Raises BadImage when the image cannot be used.

        folder  of the run, to draw the rounds there; None = nothing is drawn
        """
        framing = Framing(conversation.size, self._protocol.frame)
        context = self._open(conversation, framing)
        respondent = ContextRespondent(context, conversation.id, self._engine.facts,
                                       self._wording != 'engine')
        # ncIoU is about the shape of the stored image, which a padded one does not have.
        interview = Interview(conversation.id, respondent, self._protocol,
                              self._protocol.frame == 'native', empty_iou(self._counting))
        rounds = scripted(permuted(conversation.rounds, self._protocol.order, conversation.id),
                          framing, self._wording, self._counting)
        draw = None if folder is None else (lambda *round_: draw_round(folder, *round_))
        return interview.conduct(rounds, context.frame.rgb, draw)

    def _open(self, conversation: Conversation, framing: Framing) -> Context:
        wanted = conversation.image, conversation.size
        if wanted != self._shown or self._context is None:
            rgb = read_rgb(conversation.image, conversation.size)
            if rgb.shape[:2] != conversation.size:
                height, width = conversation.size
                raise BadImage(f'image "{conversation.image}" is {rgb.shape[1]}x{rgb.shape[0]}, '
                               f'its annotation {width}x{height}; obtain the image again')
            self._context = None  # freed before the next one takes its memory
            self._context = self._engine.open(Frame(framing.rgb(rgb)))
            self._shown = wanted
        self._context.rewind(0)
        return self._context


def scripted(rounds: Sequence[ConversationRound], framing: Framing, wording: str,
             counting: str = 'exact') -> list[ScriptedRound]:
    """Return the rounds of a conversation as they are said, masks as the engine sees the image.

    A reference that no round before has asked for or shown is shown first.
    """
    found: list[ScriptedRound] = []
    before: set[str] = set()
    for number, asked in enumerate(rounds, start=1):
        for reference in asked.references:
            if reference.key not in before:
                shown = _framed(reference, framing, counting)
                found.append(ScriptedRound('', (shown,), act=Act.SHOW))
                before.add(reference.key)
        say = worded(asked, wording)
        found.append(ScriptedRound(
            say, tuple(_framed(t, framing, counting) for t in asked.targets),
            tuple(r.key for r in asked.references),
            _numbers(say, {str(n): key for n, key in asked.numbers if key in before}),
            Status.OK if asked.targets else Status.NOTHING_FOUND, asked.tags, given=True,
            answer=right_answer(asked),
            ignore=None if asked.ignore is None else framing.mask(asked.ignore), number=number))
        before.update(t.key for t in asked.targets)
    return found


def _numbers(say: str, keys: dict[str, str]) -> tuple[tuple[int, int, str], ...]:
    """Where "instance n" names a target of an earlier round."""
    spans = ((named.start() + m.start(), named.start() + m.end(), m[0])
             for named in NUMBERED.finditer(say) for m in re.finditer(r'\d+', named[0]))
    return tuple((start, end, keys[n]) for start, end, n in spans if n in keys)


def _framed(truth: TruthMask, framing: Framing, counting: str) -> TruthMask:
    mask = framing.mask(truth_mask(truth, counting))
    return TruthMask(truth.key, mask, truth.sort, truth.label)
