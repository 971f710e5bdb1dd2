# SPDX-License-Identifier: Apache-2.0
"""Metrics of segmentation dialogues: pure functions on numbers and masks.

cIoU is the sum of intersections over the sum of unions; gIoU is the mean of the IoUs of single
targets (both as in LISA, Lai et al. 2024, section 4.1). Values are in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.masks import Rle


@dataclass(frozen=True)
class Overlap:
    """Pixels that a prediction and the truth share, and pixels of either."""

    intersection: int
    union: int

    @property
    def iou(self) -> float:
        """Intersection over union; 1 when both are empty."""
        return self.intersection / self.union if self.union else 1.0


def overlap(predicted: Rle | None, truth: Rle | None) -> Overlap:
    """Overlap of two masks of one size; None is a mask that is missing."""
    if predicted is None or truth is None:
        return Overlap(0, (predicted or truth).area)
    shared = predicted.intersection(truth)
    return Overlap(shared, predicted.area + truth.area - shared)


def match(predicted: Sequence[Rle], truth: Sequence[Rle]) -> list[tuple[int | None, int | None]]:
    """Pair predictions with truths, best IoU first; what is left over is paired with None."""
    table = np.array([[overlap(p, t).iou for t in truth] for p in predicted])
    table = table.reshape(len(predicted), len(truth))
    pairs: list[tuple[int | None, int | None]] = []
    free_p, free_t = set(range(len(predicted))), set(range(len(truth)))
    for flat in np.argsort(-table, axis=None, kind='stable'):
        p, t = divmod(int(flat), len(truth))
        if p in free_p and t in free_t and table[p, t] > 0:
            pairs.append((p, t))
            free_p.remove(p)
            free_t.remove(t)
    return pairs + [(p, None) for p in sorted(free_p)] + [(None, t) for t in sorted(free_t)]


def ciou(overlaps: Sequence[Overlap]) -> float:
    """Cumulative IoU; NaN for none."""
    union = sum(o.union for o in overlaps)
    return sum(o.intersection for o in overlaps) / union if union else float('nan')


def giou(overlaps: Sequence[Overlap]) -> float:
    """Mean IoU; NaN for none."""
    return float(np.mean([o.iou for o in overlaps])) if overlaps else float('nan')


def expected_calibration_error(scores: Sequence[float], hits: Sequence[bool], bins: int = 10
                               ) -> float:
    """Mean |confidence - accuracy| over equal-width bins, weighted by count (Guo et al. 2017)."""
    scores, hits = np.asarray(scores, float), np.asarray(hits, float)
    if not len(scores):
        return float('nan')
    place = np.minimum((scores * bins).astype(int), bins - 1)
    gaps = [abs(scores[place == b].sum() - hits[place == b].sum()) for b in range(bins)]
    return float(sum(gaps) / len(scores))
