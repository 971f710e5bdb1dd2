# SPDX-License-Identifier: Apache-2.0
"""Dialogues with exact truth against an engine: predicted history, free-running answers.

Every sentence goes through the same `Session` as on a robot. Later rounds refer to the instances
that the engine itself answered, right or wrong. A round cannot be asked when nothing was answered
that it could refer to, or when it names the number of something that was not answered; it counts
as missed. Does not print, draw or sum up (`cli.eval_tabletop`, `evaluation.summaries`).
"""

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.book import DialogueBook
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.figures import BY_NAME
from reasonseg_ros.evaluation.figures import RIGHT
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT
from reasonseg_ros.evaluation.scoring import PART
from reasonseg_ros.evaluation.scoring import Truth
from reasonseg_ros.evaluation.scoring import score
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.sim.dialogues import generate
from reasonseg_ros.sim.truth import Kind
from reasonseg_ros.sim.truth import SceneTruth
from reasonseg_ros.sim.truth import Turn

_NUMBER = re.compile(r'\b(instance|number)s? (\d+)')

# (dialogue, round, uint8 [H, W, 3], answered, truths) -> name of the file that shows the round
Draw = Callable[[str, int, np.ndarray, Sequence[Instance], Sequence[Rle]], str]


class NoMemory:
    """An engine whose memory is blank: same weights, so that the gap is what memory is worth."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.facts = engine.facts
        self.same_view = engine.same_view

    def open(self, frame: Frame):
        """Open a context that sees no earlier mask or box."""
        return self._engine.open(frame, memory=False)


@dataclass(frozen=True)
class Probe:
    """ "The other X" right after an instance given by its mask, with and without memory.

    Words cannot tell which of the two is meant, so the gap is the worth of the memory.
    """

    memory: tuple[RoundRecord, ...]
    blank: tuple[RoundRecord, ...]

    @property
    def figures(self) -> dict[str, float]:
        """Count, and per engine cIoU and share of right masks, all but the count in [0, 1]."""
        memory, blank = (values(rounds, (BY_NAME['object_ciou'],))['object_ciou']
                         for rounds in (self.memory, self.blank))
        return {'count': sum(len(r.targets) for r in self.memory), 'ciou': memory,
                'ciou_blank': blank, 'gain': memory - blank, 'hit': _right(self.memory),
                'hit_blank': _right(self.blank)}


def run(engine: Engine, dialogue: str, frame: Frame, truth: SceneTruth, turns: Sequence[Turn],
        draw: Draw | None = None) -> list[RoundRecord]:
    """Hold one dialogue and score every round."""
    book = DialogueBook(max_dialogues=1, max_rounds=64, max_bytes=1 << 26, ttl=float('inf'),
                        clock=lambda: 0.0)
    session = Session(engine, book)
    known: dict[int, int] = {}  # id in the truth -> id that the engine's answer got
    records = []
    for index, turn in enumerate(turns, start=1):
        truths = [Truth(Rle.encode(truth.mask(t.object, t.part)), PART if t.part else OBJECT)
                  for t in turn.targets]
        if turn.kind is Kind.GIVEN:
            for target, true in zip(turn.targets, truths):
                noun = target.part or truth.objects[target.object].category
                reply = session.show(dialogue, frame, true.mask.decode(), noun)
                known[target.id] = reply.instances[0].id
            continue
        asked, answer, status, instances = '', '', '', ()
        if not _cannot_be_asked(turn, known):
            asked = _NUMBER.sub(lambda m: f'{m[1]} {known.get(int(m[2]), int(m[2]))}',
                                turn.instruction)
            try:
                reply = session.ask(dialogue, asked, frame)
                status, answer, instances = reply.status.name, reply.answer, reply.instances
            except ReasonSegError as error:
                status, answer = error.status.name, str(error)
        result = score(instances, truths, boundary=True)
        known.update((turn.targets[t].id, instances[p].id) for t, p in result.stand_ins.items())
        picture = draw(dialogue, index, frame.rgb, instances, [t.mask for t in truths]
                       ) if draw else ''
        records.append(RoundRecord(
            dialogue, index, asked or turn.instruction, answer, turn.status.name, status,
            _tags(turn), picture=picture, **result.fields))
    return records


def _cannot_be_asked(turn: Turn, known: dict[int, int]) -> bool:
    """Whether a person who saw the engine's answers would not say this.

    "The left one" can be said after one of two candidates; "the mug next to instance 3" cannot be
    said when no instance has that number.
    """
    named = {int(number) for _, number in _NUMBER.findall(turn.instruction)}
    missing = [r for r in turn.references if r not in known]
    return any(r in named for r in missing) or (
        bool(missing) and len(missing) == len(turn.references))


def _tags(turn: Turn) -> tuple[str, ...]:
    detail = (f'detail:{turn.detail}',) if turn.detail else ()
    return f'kind:{turn.kind.value}', *detail, f'template:{turn.template}'


def evaluate(engine: Engine, scenes: Iterable[tuple[Frame, SceneTruth]], seed: int, split: str,
             rounds: int = 8, draw: Draw | None = None) -> list[RoundRecord]:
    """Hold one generated dialogue on each scene."""
    records = []
    for index, (frame, truth) in enumerate(scenes):
        turns = generate(truth, np.random.default_rng([seed, index]), split, rounds)
        records += run(engine, _name(index), frame, truth, turns, draw)
    return records


def probe_other(engine: Engine, scenes: Iterable[tuple[Frame, SceneTruth]], seed: int, split: str
                ) -> Probe:
    """Hold the probe on every scene that has two of a kind."""
    memory, blank = [], []
    for index, (frame, truth) in enumerate(scenes):
        turns = generate(truth, np.random.default_rng([seed, index]), split, 2,
                         script=(Kind.GIVEN, Kind.OTHER))
        if [t.kind for t in turns] != [Kind.GIVEN, Kind.OTHER]:
            continue
        memory += run(engine, _name(index), frame, truth, turns)
        blank += run(NoMemory(engine), _name(index), frame, truth, turns)
    return Probe(tuple(memory), tuple(blank))


def _name(index: int) -> str:
    return f'scene-{index:04d}'


def _right(rounds: Sequence[RoundRecord]) -> float:
    """Share of masks with an IoU of at least 0.5, of what was wanted or answered; NaN for none."""
    ious = [t.iou for r in rounds for t in r.targets]
    return sum(iou >= RIGHT for iou in ious) / len(ious) if ious else float('nan')
