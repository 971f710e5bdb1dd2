# SPDX-License-Identifier: Apache-2.0
"""Dialogues with exact truth against an engine: predicted history, free-running answers.

Every sentence goes through the same `Session` as on a robot. Later rounds refer to the instances
that the engine itself answered, right or wrong. A round cannot be asked when nothing was answered
that it could refer to, or when it names the number of something that was not answered; it counts
as missed. Does not print or draw (`cli.eval`, `evaluation.report`).
"""

import re
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from reasonseg_ros.core.book import DialogueBook
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.status import Status
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.metrics import Overlap
from reasonseg_ros.evaluation.metrics import ciou
from reasonseg_ros.evaluation.metrics import expected_calibration_error
from reasonseg_ros.evaluation.metrics import giou
from reasonseg_ros.evaluation.metrics import match
from reasonseg_ros.evaluation.metrics import overlap
from reasonseg_ros.sim.dialogues import generate
from reasonseg_ros.sim.truth import Kind
from reasonseg_ros.sim.truth import SceneTruth
from reasonseg_ros.sim.truth import Turn

_NUMBER = re.compile(r'\b(instance|number)s? (\d+)')


@dataclass(frozen=True)
class Result:
    """One round as asked and as answered.

    objects, parts  overlaps of the targets of each sort; a target that was missed, and a mask
                    that nobody asked for, count with an empty intersection
    scores, hits    score and "IoU >= 0.5" of each answered mask of a round that had targets
    lost            the round refers to something that was never answered; it was not asked
    """

    scene: int
    round: int
    turn: Turn
    asked: str
    answer: str
    status: Status | None
    objects: tuple[Overlap, ...]
    parts: tuple[Overlap, ...]
    scores: tuple[float, ...] = ()
    hits: tuple[bool, ...] = ()
    lost: bool = False
    masks: tuple[Rle, ...] = field(default=(), repr=False)


class NoMemory:
    """An engine whose memory is blank: same weights, so that the gap is what memory is worth."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.facts = engine.facts
        self.same_view = engine.same_view

    def open(self, frame: Frame):
        """Open a context that sees no earlier mask or box."""
        return self._engine.open(frame, memory=False)


def run(engine: Engine, scene: int, frame: Frame, truth: SceneTruth, turns: Sequence[Turn]
        ) -> list[Result]:
    """Hold one dialogue and score every round."""
    book = DialogueBook(max_dialogues=1, max_rounds=64, max_bytes=1 << 26, ttl=float('inf'),
                        clock=lambda: 0.0)
    session = Session(engine, book)
    known: dict[int, int] = {}  # id in the truth -> id that the engine's answer got
    results = []
    for index, turn in enumerate(turns, start=1):
        truths = [Rle.encode(truth.mask(t.object, t.part)) for t in turn.targets]
        if turn.kind is Kind.GIVEN:
            for target, mask in zip(turn.targets, truths):
                noun = target.part or truth.objects[target.object].category
                reply = session.show('eval', frame, mask.decode(), noun)
                known[target.id] = reply.instances[0].id
            continue
        if _cannot_be_asked(turn, known):
            results.append(_lost(scene, index, turn, truths))
            continue
        asked = _NUMBER.sub(lambda m: f'{m[1]} {known.get(int(m[2]), int(m[2]))}',
                            turn.instruction)
        try:
            reply = session.ask('eval', asked, frame)
            status, answer, instances = reply.status, reply.answer, reply.instances
        except ReasonSegError as error:
            status, answer, instances = error.status, str(error), ()
        results.append(_score(scene, index, turn, asked, answer, status, instances, truths, known))
    return results


def _cannot_be_asked(turn: Turn, known: dict[int, int]) -> bool:
    """Whether a person who saw the engine's answers would not say this.

    "The left one" can be said after one of two candidates; "the mug next to instance 3" cannot be
    said when no instance has that number.
    """
    named = {int(number) for _, number in _NUMBER.findall(turn.instruction)}
    missing = [r for r in turn.references if r not in known]
    return any(r in named for r in missing) or (
        bool(missing) and len(missing) == len(turn.references))


def _score(scene: int, index: int, turn: Turn, asked: str, answer: str, status: Status,
           instances, truths: list[Rle], known: dict[int, int]) -> Result:
    sorts: dict[bool, list[Overlap]] = {False: [], True: []}
    scores, hits = [], []
    is_part = bool(turn.targets) and turn.targets[0].part is not None
    pairs = match([i.mask for i in instances], truths)
    # A wrong mask has a number, too, and later sentences are about what was shown.
    wrong = ((p, t) for p, t in zip([p for p, t in pairs if t is None],
                                    [t for p, t in pairs if p is None]))
    known.update((turn.targets[t].id, instances[p].id) for p, t in wrong)
    for p, t in pairs:
        both = overlap(None if p is None else instances[p].mask, None if t is None else truths[t])
        sorts[is_part if t is None else turn.targets[t].part is not None].append(both)
        if p is not None and t is not None:
            known[turn.targets[t].id] = instances[p].id
        if p is not None and turn.targets:
            scores.append(instances[p].score)
            hits.append(both.iou >= 0.5)
    return Result(scene, index, turn, asked, answer, status, tuple(sorts[False]),
                  tuple(sorts[True]), tuple(scores), tuple(hits),
                  masks=tuple(i.mask for i in instances))


def _lost(scene: int, index: int, turn: Turn, truths: list[Rle]) -> Result:
    missed = [(t.part is not None, Overlap(0, m.area)) for t, m in zip(turn.targets, truths)]
    return Result(scene, index, turn, '', '', None, tuple(o for part, o in missed if not part),
                  tuple(o for part, o in missed if part), lost=True)


def evaluate(engine: Engine, scenes: Iterable[tuple[Frame, SceneTruth]], seed: int, split: str,
             rounds: int = 8) -> list[Result]:
    """Hold one generated dialogue on each scene."""
    results = []
    for index, (frame, truth) in enumerate(scenes):
        turns = generate(truth, np.random.default_rng([seed, index]), split, rounds)
        results += run(engine, index, frame, truth, turns)
    return results


def probe_other(engine: Engine, scenes: Iterable[tuple[Frame, SceneTruth]], seed: int, split: str
                ) -> dict[str, float]:
    """ "The other X" right after an instance given by its mask, with and without memory.

    Words cannot tell which of the two is meant, so the gap is the worth of the memory.
    """
    kept: dict[str, list[Overlap]] = {'memory': [], 'blank': []}
    for index, (frame, truth) in enumerate(scenes):
        turns = generate(truth, np.random.default_rng([seed, index]), split, 2,
                         script=(Kind.GIVEN, Kind.OTHER))
        if [t.kind for t in turns] != [Kind.GIVEN, Kind.OTHER]:
            continue
        for name, model in (('memory', engine), ('blank', NoMemory(engine))):
            kept[name] += run(model, index, frame, truth, turns)[-1].objects
    with_memory, without = ciou(kept['memory']), ciou(kept['blank'])
    return {'count': len(kept['memory']), 'ciou': with_memory, 'ciou_blank': without,
            'gain': with_memory - without,
            'hit': float(np.mean([o.iou >= 0.5 for o in kept['memory']] or [np.nan])),
            'hit_blank': float(np.mean([o.iou >= 0.5 for o in kept['blank']] or [np.nan]))}


def summary(results: Sequence[Result]) -> dict[str, float]:
    """Headline figures in [0, 1]. Masks are scored on rounds that have one right answer (OK)."""
    answered = [r for r in results if r.turn.status is Status.OK]
    absent = [r for r in results if r.turn.status is Status.NOTHING_FOUND and not r.lost]
    asked = [r for r in results if r.turn.status is Status.AMBIGUOUS and not r.lost]
    objects = [o for r in answered for o in r.objects]
    parts = [o for r in answered for o in r.parts]
    present = [r for r in answered if not r.lost]
    category = [r for r in absent if r.turn.detail == 'category']
    several = [r for r in answered if r.turn.kind is Kind.SEVERAL and not r.lost]
    scores = [s for r in answered for s in r.scores]
    hits = [h for r in answered for h in r.hits]
    return {
        'rounds': len(results), 'object_ciou': ciou(objects), 'part_ciou': ciou(parts),
        'object_giou': giou(objects), 'part_giou': giou(parts),
        'hit': _share(present, lambda r: all(o.iou >= 0.5 for o in r.objects + r.parts)),
        'false_refusal': _share(present, lambda r: r.status is Status.NOTHING_FOUND),
        'needless_question': _share(present, lambda r: r.status is Status.AMBIGUOUS),
        'absent_category': _share(category, lambda r: r.status is Status.NOTHING_FOUND),
        'absent_all': _share(absent, lambda r: r.status is Status.NOTHING_FOUND),
        'ambiguous_recall': _share(asked, lambda r: r.status is Status.AMBIGUOUS),
        'several_count': _share(several, lambda r: len(r.masks) == len(r.turn.targets)),
        'ece': expected_calibration_error(scores, hits),
        'lost': _share(results, lambda r: r.lost)}


def breakdown(results: Sequence[Result], key) -> dict[str, dict[str, float]]:
    """cIoU and count of OK rounds by any property of a result, sorted by name."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        if result.turn.status is Status.OK:
            groups.setdefault(str(key(result)), []).append(result)
    return {name: {'rounds': len(group),
                   'object_ciou': ciou([o for r in group for o in r.objects]),
                   'part_ciou': ciou([o for r in group for o in r.parts])}
            for name, group in sorted(groups.items())}


def _share(results: Sequence[Result], holds) -> float:
    return sum(map(bool, map(holds, results))) / len(results) if results else float('nan')
