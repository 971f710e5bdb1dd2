# SPDX-License-Identifier: Apache-2.0
"""What a run of a benchmark, a dataset or a bag leaves behind: one record per round, as JSON.

Every runner writes these records and every table, report and comparison reads them. The same run
gives the same bytes: records hold no times, no paths of a machine and no dates. Does not compute
metrics (`evaluation.metrics`) or draw.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadInput, Status
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.schema import build, shown, wrong

VERSION = 1
DIGITS = 6  # of floats in the file
# Fields that are left out of the file where nothing was measured.
SPARSE = ('stray_iou', 'forbidden_shown', 'identical', 'words_right', 'meant', 'empty_iou',
          'predicted_box_iou', 'counts')


@dataclass(frozen=True)
class Protocol:
    """How a run was conducted; the report states it in its first line.

    history  predicted = later rounds build on what the engine answered; truth = on the truth
    answers  free = the engine finds its words; forced = it is given the right ones
    frame    native = images as they are; padded-1024 = padded to a square of 1024 pixels
    order    seed that permuted the rounds of each dialogue; None = as given
    """

    history: str = 'predicted'
    answers: str = 'free'
    frame: str = 'native'
    order: int | None = None

    def __str__(self) -> str:
        order = 'order as given' if self.order is None else f'order permuted (seed {self.order})'
        return f'{self.history} history, {self.answers} answers, {self.frame} frame, {order}'


@dataclass(frozen=True)
class TargetScore:
    """One target, or one mask that nobody asked for.

    sort                 object or part
    intersection, union  pixels; a missed target and an unasked mask have the intersection 0
    box_iou              IoU of the tight boxes, in [0, 1]; 0 when one of the masks is missing
    score                of the answered mask; None = the target was missed
    wanted               whether it is a target; False = a mask that nobody asked for
    instance             id of the answered instance; 0 = none was answered, or ids do not exist
    empty_iou            what two masks without pixels count here; None = 1
    predicted_box_iou    IoU of the box that the engine predicted beside the mask with the tight one
                         of the truth, 0 when one is missing; None = the engine predicts none
    """

    sort: str
    intersection: int
    union: int
    box_iou: float = 0.0
    score: float | None = None
    wanted: bool = True
    instance: int = 0
    empty_iou: float | None = None
    predicted_box_iou: float | None = None

    @property
    def iou(self) -> float:
        """Intersection over union; 1, or `empty_iou`, when both are empty."""
        if self.union:
            return self.intersection / self.union
        return 1.0 if self.empty_iou is None else self.empty_iou


@dataclass(frozen=True)
class RoundRecord:
    """One instruction, as asked and as answered.

    dialogue             unique in its run; rounds of one dialogue stand together, in order
    round                index in its dialogue, from 1
    tags                 groups that it counts in, e.g. kind:other, detail:category, source:paco
    expected, status     names of `core.errors.Status`; '' = nothing is stated, or not asked since
                         what it refers to was never answered
    targets              one entry per target and per unasked mask
    union_intersection   pixels that all answered masks together share with all targets together
    union_union          pixels of either
    square_intersection  as union_intersection, after both are resized to 1024x1024, for ncIoU
    square_union         as union_union, likewise; 0 where it was not computed
    boundary_iou         mean over the targets; None where it was not computed
    references_right     whether the words were taken to mean the right instances; None = unknown
    picture              file beside the record with the round drawn; '' = none
    stray_iou            the least of the IoUs of the answered masks, each with the right mask that
                         it fits best, 0 where no mask is right; None = no mask was answered
    forbidden_shown      whether something is shown that the words exclude; None = they exclude none
    identical            whether a bare reference brought back the masks shown before
    words_right          whether the answer says what it must; None = nothing is asked for
    meant                whether all of this is as it was meant; None = not measured (MR-Tabletop 2
                         and data sets state less)
    counts               name of a figure -> (how often it held, how often it could have); None
                         where images do not follow each other
    """

    dialogue: str
    round: int
    instruction: str
    answer: str
    expected: str
    status: str
    tags: tuple[str, ...] = ()
    targets: tuple[TargetScore, ...] = ()
    union_intersection: int = 0
    union_union: int = 0
    boundary_iou: float | None = None
    references_right: bool | None = None
    picture: str = ''
    square_intersection: int = 0
    square_union: int = 0
    stray_iou: float | None = None
    forbidden_shown: bool | None = None
    identical: bool | None = None
    words_right: bool | None = None
    meant: bool | None = None
    counts: Mapping[str, tuple[int, ...]] | None = None


@dataclass(frozen=True)
class Run:
    """All rounds of one run, with what is needed to repeat it.

    benchmark  e.g. tabletop, mr-refcoco, bag
    data       version or hash of the data
    engine     provenance, name@weights
    options    what else was chosen, e.g. split, seed, preset
    """

    benchmark: str
    data: str
    engine: str
    protocol: Protocol
    rounds: tuple[RoundRecord, ...]
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


def save(run: Run, path: Path) -> None:
    """Write `run` as JSON, the same bytes for the same run."""
    plain = {'version': VERSION, **asdict(run)}
    path.write_text(json.dumps(_exact(plain), indent=1, sort_keys=True) + '\n')


def load(path: Path) -> Run:
    """Read what `save` wrote. Raises BadInput."""
    no_record = f'{path} is not a record of a run'
    try:
        plain = json.loads(path.read_text(encoding='utf-8-sig'))
        if not isinstance(plain, dict) or not {'version', 'rounds', 'protocol'} <= plain.keys():
            raise BadInput(f'{no_record}: it has no version, protocol and rounds; give the '
                           'results.json of a run')
        version = plain.pop('version')
        if version != VERSION:
            raise BadInput(f'{path} has version {shown(version)}, and this program reads '
                           f'{VERSION}; run the evaluation again')
        run = build(Run, plain)
        for place, record in enumerate(run.rounds):
            check_round(record, f'rounds[{place}]')
        return run
    except FileNotFoundError as error:
        raise BadInput(f'{path} does not exist; give the results.json of a run') from error
    except json.JSONDecodeError as error:
        raise BadInput(f'{no_record}: it is not JSON (line {error.lineno}: {error.msg}); give the '
                       'results.json of a run') from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f'{no_record}: it is not JSON ({error}); give the results.json of a run'
                       ) from error
    except ValueError as error:
        raise BadInput(f'{no_record}: its fields are not those of version {VERSION} ({error}); '
                       'give the results.json of a run') from error


def check_round(record: RoundRecord, place: str) -> None:
    """Refuse values that no run writes. Raises ValueError naming the field below `place`."""
    for name in ('expected', 'status'):
        if getattr(record, name) not in ('', *Status.__members__):
            raise wrong(f'{place}.{name}', getattr(record, name), 'the name of a status')
    if record.round < 1:
        raise wrong(f'{place}.round', record.round, 'a number from 1')
    if record.picture:
        try:
            inside(Path(), record.picture)
        except ValueError as error:
            raise ValueError(f'field {place}.picture: {error}') from error
    _check_pair(record.union_intersection, record.union_union, f'{place}.union_intersection')
    _check_pair(record.square_intersection, record.square_union, f'{place}.square_intersection')
    for name in ('boundary_iou', 'stray_iou'):
        _check_share(getattr(record, name), f'{place}.{name}')
    for name, pair in (record.counts or {}).items():
        if len(pair) != 2:
            raise wrong(f'{place}.counts.{name}', pair, 'two numbers')
        _check_pair(*pair, f'{place}.counts.{name}')
    for number, target in enumerate(record.targets):
        below = f'{place}.targets[{number}]'
        _check_pair(target.intersection, target.union, f'{below}.intersection')
        _check_share(target.box_iou, f'{below}.box_iou')
        _check_share(target.score, f'{below}.score')
        _check_share(target.empty_iou, f'{below}.empty_iou')
        _check_share(target.predicted_box_iou, f'{below}.predicted_box_iou')
        if target.sort not in ('object', 'part'):
            raise wrong(f'{below}.sort', target.sort, 'object or part')


def _check_pair(intersection: int, union: int, place: str) -> None:
    if not 0 <= intersection <= union:
        raise wrong(place, intersection, f'a number from 0 to its union, which is {union}')


def _check_share(value: float | None, place: str) -> None:
    if value is not None and not 0 <= value <= 1:
        raise wrong(place, value, 'a number from 0 to 1')


def results_of(path: Path) -> Path:
    """Return the results.json in a folder; any other path as it is."""
    return path / 'results.json' if path.is_dir() else path


def round_of(plain: object) -> RoundRecord:
    """Read one round of the JSON form. Raises ValueError naming the field."""
    record = build(RoundRecord, plain)
    check_round(record, '')
    return record


def plain_of(record: RoundRecord) -> dict[str, Any]:
    """Return one round as JSON holds it, for files that grow a line per round."""
    plain: dict[str, Any] = _exact(asdict(record))
    return plain


def instance_record(instance: Instance) -> dict[str, object]:
    """Return an instance as JSON; `box` is (x0, y0, x1, y1) in pixels, x1 and y1 exclusive."""
    return {'id': instance.id, 'parent_id': instance.parent_id, 'round': instance.round,
            'label': instance.label, 'score': round(instance.score, 4),
            'box': list(instance.mask.box), 'area': instance.mask.area,
            'mask': mask_record(instance.mask)}


def mask_record(mask: Rle) -> dict[str, object]:
    """Return a mask as COCO writes it; `pycocotools.mask.decode` reads it."""
    return {'size': [mask.height, mask.width], 'counts': mask.counts.decode('ascii')}


def _exact(value: Any) -> Any:
    """Round floats; JSON has no NaN, which becomes null."""
    if isinstance(value, Mapping):
        return {key: _exact(one) for key, one in value.items()
                if one is not None or key not in SPARSE}
    if isinstance(value, (list, tuple)):
        return [_exact(one) for one in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, DIGITS)
    return value
