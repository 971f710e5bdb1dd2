# SPDX-License-Identifier: Apache-2.0
"""What one answer is worth: answered instances against true masks, as fields of `RoundRecord`.

Every runner (bags, datasets, the tabletop) scores its rounds here, so that their figures mean the
same. Knows no dialogue and no engine; figures over rounds are in `evaluation.summaries`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.masks import Rle, merge
from reasonseg_ros.engines.protocol import Box
from reasonseg_ros.evaluation.metrics import (
    Overlap,
    boundary_iou,
    box_iou,
    match,
    overlap,
    square_overlap,
)
from reasonseg_ros.evaluation.records import TargetScore

OBJECT, PART = 'object', 'part'


@dataclass(frozen=True)
class Score:
    """One round, scored.

    pairs         (index into the answered, index into the truths); None = missed, or not asked for
    targets       one entry per pair, in the same order
    intersection  pixels that all answered masks together share with all truths together
    union         pixels of either
    boundary_iou  mean over the truths; None where there is none, or it was not asked for
    square        as intersection and union, after both are resized to 1024x1024; empty where it
                  was not asked for
    """

    pairs: tuple[tuple[int | None, int | None], ...]
    targets: tuple[TargetScore, ...]
    intersection: int
    union: int
    boundary_iou: float | None = None
    square: Overlap = Overlap(0, 0)

    @property
    def stand_ins(self) -> dict[int, int]:
        """Index of a truth -> index of the answered mask that people will take for it.

        That is its pair, else a wrong mask: it has a number, too, and later sentences are about
        what was shown.
        """
        wrong = [p for p, t in self.pairs if t is None and p is not None]
        missed = [t for p, t in self.pairs if p is None and t is not None]
        found = {t: p for p, t in self.pairs if p is not None and t is not None}
        return {**dict(zip(missed, wrong)), **found}

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of `RoundRecord` that this is, by name."""
        return {'targets': self.targets, 'union_intersection': self.intersection,
                'union_union': self.union, 'boundary_iou': self.boundary_iou,
                'square_intersection': self.square.intersection,
                'square_union': self.square.union}


def score(answered: Sequence[Instance], truths: Sequence[TruthMask], *, ordered: bool = False,
          ignore: Rle | None = None, boundary: bool = False, square: bool = False,
          empty_iou: float | None = None, boxes: Sequence[Box | None] | None = None) -> Score:
    """Score one answer. All masks have the resolution of one image.

    ordered   pair the k-th answered with the k-th truth, as MMR does; otherwise the best IoU pairs
              first, and masks that do not touch are no pair
    ignore    pixels that count nowhere (ReasonSeg, RefCOCO crowds)
    boundary  compute the boundary IoU, too: well below a millisecond per target at 640x480
    square    count the pixels of 1024x1024, too, which ncIoU needs: about a millisecond
    empty_iou what a target without pixels counts that was answered without pixels; None = 1
    boxes     of the answered, as the engine predicted them; None = it predicts none

    A mask that nobody asked for has the sort of the first truth, since it was given in its place;
    without a truth it is a part when it has a parent. Raises BadRequest for masks of two sizes.
    """
    _check_sizes([i.mask for i in answered], [t.mask for t in truths], ignore)
    masks = [_without(i.mask, ignore) for i in answered]
    wanted = [replace(t, mask=_without(t.mask, ignore)) for t in truths]
    pairs = (list(zip_longest(range(len(masks)), range(len(wanted)))) if ordered
             else match(masks, [t.mask for t in wanted]))
    targets = tuple(_target(answered, masks, wanted, p, t) for p, t in pairs)
    if empty_iou is not None:
        targets = tuple(t if t.union else replace(t, empty_iou=empty_iou) for t in targets)
    if boxes is not None:
        targets = tuple(replace(target, predicted_box_iou=_predicted_box_iou(
            None if p is None else boxes[p], None if t is None else wanted[t].mask))
            for target, (p, t) in zip(targets, pairs))
    answer, truth = _together(masks), _together([t.mask for t in wanted])
    whole = overlap(answer, truth)
    edges = [boundary_iou(masks[p], wanted[t].mask) if p is not None else 0.0
             for p, t in pairs if t is not None] if boundary else []
    return Score(tuple(pairs), targets, whole.intersection, whole.union,
                 sum(edges) / len(edges) if edges else None,
                 square_overlap(answer, truth) if square else Overlap(0, 0))


def _target(answered: Sequence[Instance], masks: Sequence[Rle],
            truths: Sequence[TruthMask], p: int | None, t: int | None) -> TargetScore:
    mask = None if p is None else masks[p]
    instance = None if p is None else answered[p]
    truth = None if t is None else truths[t].mask
    both = overlap(mask, truth)
    return TargetScore(
        sort=_unasked_sort(instance, truths) if t is None else truths[t].sort,
        intersection=both.intersection, union=both.union,
        box_iou=0.0 if mask is None or truth is None else box_iou(mask.box, truth.box),
        score=None if instance is None else instance.score, wanted=t is not None,
        instance=0 if instance is None else instance.id)


def _predicted_box_iou(box: Box | None, truth: Rle | None) -> float:
    return 0.0 if box is None or truth is None else box_iou(box, truth.box)


def _unasked_sort(instance: Instance | None, truths: Sequence[TruthMask]) -> str:
    if truths:
        return truths[0].sort
    return PART if instance is not None and instance.parent_id else OBJECT


def _together(masks: Sequence[Rle]) -> Rle | None:
    return merge(masks) if masks else None


def _without(mask: Rle, ignore: Rle | None) -> Rle:
    return mask if ignore is None else Rle.encode(mask.decode() & ~ignore.decode())


def _check_sizes(answered: Iterable[Rle], truths: Iterable[Rle], ignore: Rle | None) -> None:
    named = [('answered mask', m) for m in answered] + [('true mask', m) for m in truths]
    named += [] if ignore is None else [('ignored region', ignore)]
    for name, mask in named:
        if not mask.same_size(named[0][1]):
            raise BadRequest(f'the {name} is {mask.width}x{mask.height}, the {named[0][0]} '
                             f'{named[0][1].width}x{named[0][1].height}; both must have the size '
                             'of the image: check which image the truth was drawn on')
