# SPDX-License-Identifier: Apache-2.0
"""References to what was shown, said on the same image and after the camera has moved.

Things are asked for on the first image; then "number 1", "its handle" and "the mug" are said twice:
in a dialogue whose camera stands still, and in one whose camera has moved and whose session was
shown the images on the way. Both go through the `Session` that the node uses.
The memory itself is judged in `evaluation.moving`.
"""

from collections.abc import Sequence as Items
from dataclasses import dataclass, replace

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import ANSWERED, OutOfMemory, ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.figures import RIGHT_IOU
from reasonseg_ros.evaluation.interview import Draw, private_book
from reasonseg_ros.evaluation.moving import LEAST_PART, Senses, phrases
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.scoring import OBJECT, PART, score
from reasonseg_ros.sim.moving.sequences import Sequence, SequenceMoment

MOST = 3                        # things that are asked for
STILL, MOVED = 'still', 'moved'


@dataclass(frozen=True)
class Reference:
    """A sentence about a thing that was shown; `{}` stands for its number.

    before  what was said just before it, '' = nothing: "its handle" needs an owner
    """

    kind: str
    say: str
    thing: int
    part: str | None = None
    before: str = ''


def references(sequence: Sequence, shown: Items[int]) -> list[Reference]:
    """Return one sentence of each kind that fits, about things that were shown.

    What they are about is in view at both ends of the sequence.
    """
    first, last = sequence.moments[0], sequence.moments[-1]
    names = phrases(first)
    lasting = [thing for thing in shown if thing in phrases(last)]
    found = []
    if lasting:
        found.append(Reference('number', 'number {}', lasting[0]))
        found.append(Reference('name', f'the {names[lasting[-1]]}', lasting[-1]))
    for thing in lasting:
        for index, part in first.truth.regions:
            if index == thing and part != 'body' and all(
                    _enough(moment, thing, part) for moment in (first, last)):
                found.append(Reference('part', f'its {part}', thing, part, 'number {}'))
                return found
    return found


def _enough(moment: SequenceMoment, thing: int, part: str) -> bool:
    mask = moment.truth.mask(thing, part)
    return bool(mask.sum() >= LEAST_PART * mask.size / (320 * 240))


def run_references(engine: Engine, sequence: Sequence, senses: Senses, start: int,
                   draw: Draw | None = None) -> list[RoundRecord]:
    """Say the references with and without motion; records are numbered from `start`.

    A sequence in which the engine shows none of the things as they are has no records.
    """
    first = sequence.moments[0]
    records: list[RoundRecord] = []
    for when, moment in ((STILL, first), (MOVED, sequence.moments[-1])):
        session = Session(engine, private_book(32), contexts=1, rules=True, things=True)
        shown = _introduced(session, sequence, senses)
        for passed in sequence.moments[1:-1] if when == MOVED else ():
            session.track(sequence.name, senses.seen(passed.frame))
        for reference in references(sequence, list(shown)):
            number = shown[reference.thing].id
            if reference.before:
                _ask(session, sequence, moment, senses, reference.before.format(number))
            said = reference.say.format(number)
            status, instances = _ask(session, sequence, moment, senses, said)
            records.append(_record(sequence, start + len(records), said, status, instances, moment,
                                   reference, when, draw))
        session.close()
    return records


def _introduced(session: Session, sequence: Sequence, senses: Senses) -> dict[int, Instance]:
    """Ask for things of the first image; return what was shown as it is, by thing.

    Other answers are taken back: after a question "number 2" would be a choice.
    """
    first = sequence.moments[0]
    shown = {}
    for thing, phrase in list(phrases(first).items())[:MOST]:
        status, instances = _ask(session, sequence, first, senses, f'the {phrase}')
        right = Rle.encode(first.truth.mask(thing))
        if (status == Status.OK.name and len(instances) == 1
                and instances[0].mask.iou(right) >= RIGHT_IOU):
            shown[thing] = instances[0]
        elif status in {one.name for one in ANSWERED}:
            session.undo(sequence.name)
    return shown


def _ask(session: Session, sequence: Sequence, moment: SequenceMoment, senses: Senses, said: str
         ) -> tuple[str, tuple[Instance, ...]]:
    try:
        reply = session.ask(sequence.name, said, senses.seen(moment.frame))
    except OutOfMemory:
        raise  # another machine would answer, so that this is no result
    except ReasonSegError as error:
        return error.status.name, ()
    return reply.status.name, reply.instances


def _record(sequence: Sequence, number: int, said: str, status: str,
            instances: tuple[Instance, ...], moment: SequenceMoment, reference: Reference,
            when: str, draw: Draw | None) -> RoundRecord:
    mask = Rle.encode(moment.truth.mask(reference.thing, reference.part))
    scored = score(instances, [TruthMask('', mask, PART if reference.part else OBJECT)])
    meant = status == Status.OK.name and all(t.iou >= RIGHT_IOU for t in scored.targets)
    record = RoundRecord(
        sequence.name, number, said, '', Status.OK.name, status,
        (f'event:{sequence.plan.event}', f'camera:{when}', f'reference:{reference.kind}'),
        stray_iou=min((i.mask.iou(mask) for i in instances), default=None),
        meant=meant, counts={f'dialogue_{when}': (int(meant), 1)}, **scored.fields)
    if draw is None:
        return record
    return replace(record, picture=draw(sequence.name, number, moment.frame.rgb, instances, [mask]))
