# SPDX-License-Identifier: Apache-2.0
"""Dialogues of the tabletop against an engine, with exact truth, as a protocol says.

Translates the simulator's turns and says them to the `Session` that a robot uses. Forced
answers are given in rounds that have right masks; to refuse or to ask back is always the engine's
own decision. Does not generate dialogues (`sim.dialogues.mr_tabletop`), print or sum up.
"""

import re
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.interview import (
    Act,
    Draw,
    Interview,
    ScriptedRound,
    SessionRespondent,
    check_answers,
    private_book,
)
from reasonseg_ros.evaluation.records import Protocol, RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT, PART
from reasonseg_ros.sim.dialogues.mr_tabletop import permuted, subsets
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Target, Turn

_NUMBER = re.compile(r'\b(?:instance|number) (\d+)')
_ACTS = {Kind.GIVEN: Act.SHOW, Kind.UNDO: Act.UNDO}


def run(engine: Engine, dialogue: str, frame: Frame, truth: SceneTruth, turns: Sequence[Turn],
        draw: Draw | None = None, protocol: Protocol = Protocol(),
        timed: Callable[[Mapping[str, float]], None] | None = None, memory: bool = True
        ) -> list[RoundRecord]:
    """Run one dialogue and score every round that asks for something.

    draw    draws each round
    timed   told the seconds of every answer
    memory  False: the engine sees no earlier mask or box

    Raises BadInput when the engine cannot serve the protocol.
    """
    check_answers(engine.facts, protocol)
    if protocol.order is not None:
        turns = permuted(turns, truth, np.random.default_rng(
            [protocol.order, zlib.crc32(dialogue.encode())]))
    session = Session(engine, private_book(64), memory=memory)
    interview = Interview(dialogue, SessionRespondent(session, dialogue, frame), protocol)
    return interview.conduct(scripted(turns, truth), frame.rgb, draw, timed)


def scripted(turns: Sequence[Turn], truth: SceneTruth) -> list[ScriptedRound]:
    """Return turns of the simulator as rounds; a target's key is its id in the truth."""
    return [ScriptedRound(
        turn.instruction, tuple(_truth(t, truth) for t in turn.targets),
        tuple(map(str, turn.references)),
        tuple((*m.span(1), m[1]) for m in _NUMBER.finditer(turn.instruction)
              if int(m[1]) in turn.references),
        turn.status, _tags(turn, subset), _ACTS.get(turn.kind, Act.ASK),
        # Nobody can be given a question to ask.
        answer='' if turn.status is Status.AMBIGUOUS else turn.answer.replace('<seg>', '[SEG]'),
        decides=turn.status is not Status.OK, number=number)
        for number, (turn, subset) in enumerate(zip(turns, subsets(turns)), start=1)]


def _truth(target: Target, truth: SceneTruth) -> TruthMask:
    return TruthMask(str(target.id), Rle.encode(truth.mask(target.object, target.part)),
                     PART if target.part else OBJECT,
                     target.part or truth.objects[target.object].category, str(target.parent_id))


def _tags(turn: Turn, subset: str) -> tuple[str, ...]:
    detail = (f'detail:{turn.detail}',) if turn.detail else ()
    return f'subset:{subset}', f'kind:{turn.kind.value}', *detail, f'template:{turn.template}'
