# SPDX-License-Identifier: Apache-2.0
"""One answered round against its right masks, as a record. Does not ask engines or read files."""

from collections.abc import Sequence
from dataclasses import dataclass

from reasonseg_ros.core import masks
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.metrics import match
from reasonseg_ros.evaluation.metrics import overlap
from reasonseg_ros.evaluation.records import TargetScore
from reasonseg_ros.evaluation.script import Target


@dataclass(frozen=True)
class Scored:
    """What a round's masks are worth.

    targets              see `records.RoundRecord`, as the two counts of pixels
    meant                index of a target -> instance that people will take it for: the best
                         match, else a wrong mask, since that has a number, too
    """

    targets: tuple[TargetScore, ...]
    union_intersection: int
    union_union: int
    meant: dict[int, int]


def score(answered: Sequence[Instance], targets: Sequence[Target]) -> Scored:
    """Pair answers with targets, best IoU first; what is left over counts against the engine."""
    pairs = match([i.mask for i in answered], [t.mask for t in targets])
    scores, meant = [], {}
    for a, t in pairs:
        mask = None if a is None else answered[a].mask
        truth = None if t is None else targets[t].mask
        both = overlap(mask, truth)
        part = targets[t].part if t is not None else bool(answered[a].parent_id)
        scores.append(TargetScore(
            'part' if part else 'object', both.intersection, both.union,
            0.0 if mask is None or truth is None else box_iou(mask, truth),
            None if a is None else answered[a].score, t is not None))
        if a is not None and t is not None:
            meant[t] = answered[a].id
    wrong = [answered[a].id for a, t in pairs if t is None]
    missed = [t for a, t in pairs if a is None]
    meant.update(zip(missed, wrong))
    found, right = _union([i.mask for i in answered]), _union([t.mask for t in targets])
    if found is None and right is None:
        return Scored(tuple(scores), 0, 0, meant)
    both = overlap(found, right)
    return Scored(tuple(scores), both.intersection, both.union, meant)


def missed(targets: Sequence[Target]) -> Scored:
    """Score a round that could not be asked, or whose answer failed."""
    return score((), targets)


def box_iou(one: Rle, other: Rle) -> float:
    """IoU of the tight boxes of two masks, in [0, 1]; 0 when one is empty."""
    if not one.area or not other.area:
        return 0.0
    a, b = one.box, other.box
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a, b)]
    return shared / (sum(areas) - shared)


def _union(several: Sequence[Rle]) -> Rle | None:
    if not several:
        return None
    return Rle.encode(masks.union(several, several[0].height, several[0].width))
