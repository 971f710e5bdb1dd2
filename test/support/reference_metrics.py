# SPDX-License-Identifier: Apache-2.0
"""Figures over all rounds at once, as papers define them; sums over dialogues must agree."""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.evaluation.metrics import Overlap, calibration_gaps


def ciou(overlaps: Sequence[Overlap]) -> float:
    """Cumulative IoU: sum of intersections over sum of unions; NaN for none.

    Called cIoU by LISA (Lai et al. 2024, section 4.1) and MMR, oIoU by RefCOCO programs and
    SegLLM; ncIoU is the same of `square_overlap`. Per target or per union of a round's masks,
    whichever the overlaps are of.
    """
    union = sum(o.union for o in overlaps)
    return sum(o.intersection for o in overlaps) / union if union else float('nan')


def giou(overlaps: Sequence[Overlap]) -> float:
    """Mean IoU; NaN for none. An empty answer where nothing is wanted counts as 1.

    Called gIoU by LISA (section 4.1), LLM-Seg and MMR, mIoU by SegLLM and RefCOCO programs.
    """
    return float(np.mean([o.iou for o in overlaps])) if overlaps else float('nan')


def expected_calibration_error(scores: Sequence[float], hits: Sequence[bool], bins: int = 10
                               ) -> float:
    """Mean |confidence - accuracy| over equal-width bins, weighted by count (Guo et al. 2017)."""
    if not len(scores):
        return float('nan')
    return float(np.abs(calibration_gaps(scores, hits, bins)).sum() / len(scores))
