# SPDX-License-Identifier: Apache-2.0
"""The figures of a run: what each one is called, means and sums up. One list for every table.

A figure is the sum of what its rounds contribute, divided by the sum of what they could have; the
calibration error first sums in bins of the score. That form is what `evaluation.bootstrap` draws
from. Says nothing about several rounds at once (`evaluation.summaries`).

A verdict is one word for how a round went, and `quality` how bad that is: what a gallery sorts and
filters by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.errors import ANSWERED, Status
from reasonseg_ros.evaluation.metrics import calibration_gaps
from reasonseg_ros.evaluation.records import RoundRecord, TargetScore

RIGHT_IOU = 0.5  # IoU from which a mask counts as right
FAR_IOU = 0.25   # IoU below which a mask shows another thing than the right one
BINS = 10    # of the score, for the calibration

Terms = tuple[float, ...]


@dataclass(frozen=True)
class Figure:
    """One figure, in [0, 1].

    terms  what one round contributes: (gained, possible), or (gap of each bin ..., answers); None
           when the round does not count
    higher whether more is better
    width  number of terms
    note   what it means, in one sentence
    """

    name: str
    title: str
    terms: Callable[[RoundRecord], Terms | None]
    note: str
    higher: bool = True
    width: int = 2


def value(sums: np.ndarray) -> np.ndarray:
    """Return the figure of summed terms, float [..., width] -> [...]; NaN where nothing counts."""
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where(sums[..., -1] > 0, np.abs(sums[..., :-1]).sum(-1) / sums[..., -1], np.nan)


def scored(record: RoundRecord) -> bool:
    """Whether the masks of a round are scored: it has one right answer, and that is known."""
    return (record.expected in ('', Status.OK.name)
            and any(t.wanted for t in record.targets))


def lost(record: RoundRecord) -> bool:
    """Whether a round was not asked, since what it refers to was never answered."""
    return record.status == ''


def right(record: RoundRecord) -> bool:
    """Whether a round came out as expected, all masks right and none too many.

    Rounds that have no right answer are right by their status.
    """
    if record.meant is not None:
        return record.meant
    if not scored(record):
        return record.status == record.expected
    return not lost(record) and all(t.iou >= RIGHT_IOU for t in record.targets)


def _entries(sort: str, cumulative: bool) -> Callable[[RoundRecord], Terms | None]:
    """IoU per target; a missed target and a mask that nobody asked for count with no pixel."""
    def terms(record: RoundRecord) -> Terms | None:
        chosen = [t for t in record.targets if sort in ('', t.sort)] if scored(record) else []
        if not chosen:
            return None
        if cumulative:
            return sum(t.intersection for t in chosen), sum(t.union for t in chosen)
        return sum(t.iou for t in chosen), len(chosen)
    return terms


def _union(cumulative: bool) -> Callable[[RoundRecord], Terms | None]:
    def terms(record: RoundRecord) -> Terms | None:
        if not scored(record):
            return None
        if not record.union_union:
            # Nothing is there and nothing was shown: right, as LISA counts a target without pixels,
            # unless the targets say otherwise.
            return None if cumulative else (min(t.iou for t in record.targets), 1)
        shared, whole = record.union_intersection, record.union_union
        return (shared, whole) if cumulative else (shared / whole, 1)
    return terms


def _square(record: RoundRecord) -> Terms | None:
    if not scored(record) or not record.square_union:
        return None
    return record.square_intersection, record.square_union


def _boundary(record: RoundRecord) -> Terms | None:
    return (record.boundary_iou, 1) if scored(record) and record.boundary_iou is not None else None


def _predicted_boxes(record: RoundRecord) -> Terms | None:
    found = [t.predicted_box_iou for t in record.targets
             if t.wanted and t.predicted_box_iou is not None] if scored(record) else []
    return (sum(iou > RIGHT_IOU for iou in found), len(found)) if found else None


def _boxes(record: RoundRecord) -> Terms | None:
    wanted = [t for t in record.targets if t.wanted] if scored(record) else []
    return (sum(t.box_iou > RIGHT_IOU for t in wanted), len(wanted)) if wanted else None


def _calibration(record: RoundRecord) -> Terms | None:
    answered = answers(record)
    if not answered:
        return None
    gaps = calibration_gaps([t.score for t in answered if t.score is not None],
                            [t.iou >= RIGHT_IOU for t in answered], BINS)
    return *gaps.tolist(), len(answered)


def answers(record: RoundRecord) -> list[TargetScore]:
    """Return the answered masks of a round whose masks are scored."""
    return [t for t in record.targets if t.score is not None] if scored(record) else []


def _share(counts: Callable[[RoundRecord], bool], holds: Callable[[RoundRecord], bool]
           ) -> Callable[[RoundRecord], Terms | None]:
    return lambda record: (holds(record), 1) if counts(record) else None


def _present(record: RoundRecord) -> bool:
    return scored(record) and not lost(record)


def _answerable(record: RoundRecord) -> bool:
    """Whether a round was asked that has one right answer, known or not."""
    return (scored(record) or record.expected == Status.OK.name) and not lost(record)


def _expects(status: Status, tag: str = '') -> Callable[[RoundRecord], bool]:
    return lambda record: (record.expected == status.name and not lost(record)
                           and (not tag or tag in record.tags))


def _says(status: Status) -> Callable[[RoundRecord], bool]:
    return lambda record: record.status == status.name


def _several(record: RoundRecord) -> bool:
    """Whether several were asked for: "all the mugs" is such a round, also where there is one."""
    return _present(record) and ('kind:several' in record.tags
                                 or sum(t.wanted for t in record.targets) > 1)


def _exact_count(record: RoundRecord) -> bool:
    return (sum(t.score is not None for t in record.targets)
            == sum(t.wanted for t in record.targets))


def silently_wrong(record: RoundRecord) -> bool:
    """Whether a round says OK and shows another thing than was meant, or an excluded one."""
    far = record.stray_iou is not None and record.stray_iou < FAR_IOU
    return record.status == Status.OK.name and (far or bool(record.forbidden_shown))


def _judged(record: RoundRecord) -> bool:
    """Whether a round was asked of which is known what may come of it."""
    return record.meant is not None


def _counted(name: str) -> Callable[[RoundRecord], Terms | None]:
    return lambda record: (record.counts or {}).get(name)


def _request(record: RoundRecord) -> bool:
    return _judged(record) and record.expected != Status.TALK.name


FIGURES: Sequence[Figure] = (
    Figure('silently_wrong', 'silently wrong', _share(_judged, silently_wrong),
           'share of rounds that end with OK and show another thing than was meant, or an excluded '
           'one', higher=False),
    Figure('meant', 'done as meant', _share(_judged, lambda r: bool(r.meant)),
           'share of rounds whose status, masks and words are all as they were meant'),
    Figure('forbidden', 'excluded thing shown',
           _share(lambda r: r.forbidden_shown is not None, lambda r: bool(r.forbidden_shown)),
           'share of rounds that exclude something, where it was shown', higher=False),
    Figure('talk_recognised', 'talk recognised', _share(_expects(Status.TALK), _says(Status.TALK)),
           'share of rounds that ask for no mask, where that was understood'),
    Figure('talk_taken', 'requests taken for talk', _share(_request, _says(Status.TALK)),
           'share of requests that were taken for talk', higher=False),
    Figure('giou', 'gIoU per target', _entries('', False),
           'mean IoU of targets; missed ones and masks that nobody asked for count as 0'),
    Figure('ciou', 'cIoU per target', _entries('', True),
           'sum of intersections over sum of unions, of targets'),
    Figure('object_giou', 'object gIoU', _entries('object', False), 'gIoU of objects'),
    Figure('object_ciou', 'object cIoU', _entries('object', True), 'cIoU of objects'),
    Figure('part_giou', 'part gIoU', _entries('part', False), 'gIoU of parts'),
    Figure('part_ciou', 'part cIoU', _entries('part', True), 'cIoU of parts'),
    Figure('union_giou', 'gIoU per round', _union(False),
           'mean IoU of all masks of a round together'),
    Figure('union_ciou', 'cIoU per round', _union(True), 'cIoU of all masks of a round together'),
    Figure('nciou', 'ncIoU', _square, 'cIoU per round after masks are resized to 1024x1024'),
    Figure('boundary_iou', 'boundary IoU', _boundary, 'mean IoU of the rims of targets'),
    Figure('box_hit', 'boxes with IoU > 0.5', _boxes, 'share of targets whose box is right'),
    Figure('predicted_box_hit', 'predicted boxes with IoU > 0.5', _predicted_boxes,
           'share of targets whose box is right, as the engine predicts it beside the mask'),
    Figure('hit', 'rounds all right', _share(_present, right),
           'share of rounds whose masks all have an IoU of at least 0.5, none too many'),
    Figure('status', 'status right',
           _share(lambda r: bool(r.expected) and not lost(r), lambda r: r.status == r.expected),
           'share of rounds that ended as expected: answered, refused, or asked back'),
    Figure('several_count', 'exact counts', _share(_several, _exact_count),
           'share of rounds that ask for several and got as many masks as there are'),
    Figure('references', 'references understood',
           _share(lambda r: r.references_right is not None, lambda r: bool(r.references_right)),
           'share of rounds whose words were taken to mean the right instances'),
    Figure('false_refusal', 'false refusals', _share(_answerable, _says(Status.NOTHING_FOUND)),
           'share of rounds with one right answer where "not there" was answered', higher=False),
    Figure('needless_question', 'needless questions', _share(_answerable, _says(Status.AMBIGUOUS)),
           'share of rounds with one right answer where "which one?" was asked', higher=False),
    Figure('absent_category', 'missing category refused',
           _share(_expects(Status.NOTHING_FOUND, 'detail:category'), _says(Status.NOTHING_FOUND)),
           'share of rounds about a category that is not there, where that was said'),
    Figure('absent_all', 'no-target accuracy',
           _share(_expects(Status.NOTHING_FOUND), _says(Status.NOTHING_FOUND)),
           'share of rounds without a target where "not there" was answered'),
    Figure('ambiguous_recall', 'asked back when ambiguous',
           _share(_expects(Status.AMBIGUOUS), _says(Status.AMBIGUOUS)),
           'share of rounds with several possible meanings where "which one?" was asked'),
    Figure('ece', 'calibration error', _calibration,
           'mean gap between score and share of right masks, in ten bins of the score',
           higher=False, width=BINS + 1),
    Figure('id_switches', 'id switches', _counted('id_switches'),
           'share of remembered things in view whose id was given to another thing', higher=False),
    Figure('states_still', 'states of still things', _counted('states_still'),
           'share of things that nobody touched that are said to be as they are: visible, hidden'),
    Figure('removed_lost', 'removed: lost within 1 s', _counted('removed_lost'),
           'share of things that were taken away of which that is said a second later'),
    Figure('hand_occluded', 'behind a hand: occluded', _counted('hand_occluded'),
           'share of moments in which a thing is hidden by a hand and said to be hidden, not lost'),
    Figure('moved_found', 'moved: found again', _counted('moved_found'),
           'share of pushed things that have their id and an IoU of 0.5 a second later'),
    Figure('returned_found', 'brought back: found again', _counted('returned_found'),
           'share of things brought back elsewhere that have their id and an IoU of 0.5'),
    Figure('lookalike_refused', 'lookalike refused', _counted('lookalike_refused'),
           'share of things replaced by a lookalike that is not taken for them a second later'),
    Figure('dialogue_still', 'rounds right without motion', _counted('dialogue_still'),
           'share of references to what was shown that are right on the same image'),
    Figure('dialogue_moved', 'rounds right after motion', _counted('dialogue_moved'),
           'share of the same references that are right after the camera has moved'),
    Figure('lost', 'rounds lost', _share(lambda r: True, lost),
           'share of rounds that could not be asked, since what they refer to was not answered',
           higher=False))

BY_NAME = {figure.name: figure for figure in FIGURES}
GROUPED = tuple(BY_NAME[name] for name in ('silently_wrong', 'meant', 'giou', 'ciou', 'object_ciou',
                                           'part_ciou', 'box_hit', 'predicted_box_hit', 'hit',
                                           'status'))


RIGHT = 'right'
WRONG_MASK = 'wrong mask'
REFUSED = 'wrongly refused'
NOT_REFUSED = 'should have refused'
ASKED = 'needless question'
NOT_ASKED = 'should have asked'
LOST = 'not asked, lost'
FAILED = 'error'
OPEN = 'no truth'
SILENT = 'silently wrong'
MISTAKEN = 'talk and request confused'
WRONG_WORDS = 'wrong words'

_ANSWERS = {s.name for s in (*ANSWERED, Status.TALK)}


def verdict(record: RoundRecord) -> str:
    """Return how a round went."""
    if not scored(record) and not record.expected:
        return OPEN
    if lost(record):
        return LOST
    if right(record):
        return RIGHT
    if record.status == Status.BAD_REQUEST.name and record.expected != Status.TALK.name:
        return REFUSED  # "I did not understand ..."
    if record.status not in _ANSWERS:
        return FAILED
    if silently_wrong(record):
        return SILENT
    if Status.TALK.name in (record.expected, record.status):
        return WRONG_WORDS if record.expected == record.status else MISTAKEN
    if record.expected == Status.NOTHING_FOUND.name:
        return WRONG_WORDS if record.status == record.expected else NOT_REFUSED
    if record.expected == Status.AMBIGUOUS.name:
        return NOT_ASKED
    if record.status == Status.NOTHING_FOUND.name:
        return REFUSED
    return ASKED if record.status == Status.AMBIGUOUS.name else WRONG_MASK


def quality(record: RoundRecord) -> float:
    """Return 0 for the worst to 1 for the best: mean IoU where masks are scored, else 0 or 1."""
    if scored(record) and record.targets:
        return sum(t.iou for t in record.targets) / len(record.targets)
    return float(verdict(record) in (RIGHT, OPEN))
