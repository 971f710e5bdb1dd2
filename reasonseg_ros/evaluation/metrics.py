# SPDX-License-Identifier: Apache-2.0
"""Metrics of segmentation dialogues: pure functions on numbers and masks. Values are in [0, 1].

Where the published programs add a small number to a divisor, the definition without it is
computed here; tests say by how much the two differ. Intervals are in `evaluation.bootstrap`,
figures of whole runs in `evaluation.summaries`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from reasonseg_ros.core.masks import Rle, crop

BOUNDARY = 0.02  # width of a mask's boundary, as a share of the image diagonal
SQUARE = 1024    # side in pixels of the frame that ncIoU is measured in


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
        return Overlap(0, sum(mask.area for mask in (predicted, truth) if mask is not None))
    shared = predicted.intersection(truth)
    return Overlap(shared, predicted.area + truth.area - shared)


def square_overlap(predicted: Rle | None, truth: Rle | None) -> Overlap:
    """Overlap after both masks are resized to 1024x1024, nearest pixel, sides not kept in ratio.

    The pixels that ncIoU sums, so that large images count no more than small ones (LLM-Seg, Wang
    and Ke 2024, section 5.1).
    """
    masks = [mask.decode() for mask in (predicted, truth) if mask is not None]
    areas = [_square_area(mask) for mask in masks]
    shared = _square_area(masks[0] & masks[1]) if len(masks) == 2 else 0
    return Overlap(shared, sum(areas) - shared)


def _square_area(mask: np.ndarray) -> int:
    """Pixels of bool [H, W] after the resize: each one counts as often as it is the nearest.

    Exact: float32 holds whole numbers up to 2^24, and a column sum is at most 1024.
    """
    rows, columns = (np.bincount(np.arange(SQUARE) * side // SQUARE, minlength=side)
                     for side in mask.shape)
    return int((rows.astype(np.float32) @ mask.astype(np.float32)) @ columns.astype(float))


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


@dataclass(frozen=True)
class Segmentation:
    """How well a set of masks, whatever their names, is the set of things that are there.

    overlap, boundary  F of pixels, and of pixels near outlines, in [0, 1]
    found              things that a predicted mask meets with an IoU of at least 0.5
    """

    overlap: float
    boundary: float
    found: int
    true: int
    predicted: int


def segmentation(predicted: Sequence[np.ndarray], truth: Sequence[np.ndarray],
                 ignore: np.ndarray) -> Segmentation:
    """Score masks bool [H, W] of an image as is usual for unseen objects (Xie et al., 2021).

    Masks are paired one to one so that the sum of their F is largest. Precision is the sum of the
    paired intersections over all predicted pixels, recall over all true ones, F their harmonic
    mean; for the boundary the same on outlines, widened by 2 pixels of an image 640 wide.

    ignore  bool [H, W]: predicted pixels there count nowhere
    """
    import networkx as nx  # slow to import, and only needed here
    kept = [mask for mask in (p & ~ignore for p in predicted) if mask.any()]
    overlaps = np.array([[np.count_nonzero(p & t) for t in truth] for p in kept], float)
    overlaps = overlaps.reshape(len(kept), len(truth))
    areas = [np.array([np.count_nonzero(m) for m in masks], float) for masks in (kept, truth)]
    sums = areas[0][:, None] + areas[1][None]
    graph = nx.Graph()
    graph.add_weighted_edges_from((p, len(kept) + t, 2 * overlaps[p, t] / sums[p, t])
                                  for p, t in zip(*np.nonzero(overlaps)))
    pairs = [(int(min(a, b)), int(max(a, b)) - len(kept)) for a, b in nx.max_weight_matching(graph)]
    ious = [float(overlaps[p, t] / (sums[p, t] - overlaps[p, t])) for p, t in pairs]
    overlap_f = _pixel_f(sum(float(overlaps[p, t]) for p, t in pairs), *map(np.sum, areas))
    rims, lines = [[_rim(m) for m in masks] for masks in (kept, truth)]
    boundary_f = _pixel_f(sum(int(np.count_nonzero(rims[p] & lines[t])) for p, t in pairs),
                          *(sum(map(np.count_nonzero, masks)) for masks in (rims, lines)))
    return Segmentation(overlap_f, boundary_f, len([iou for iou in ious if iou >= 0.5]), len(truth),
                        len(kept))


def _pixel_f(shared: float, predicted: float, true: float) -> float:
    """Harmonic mean of shared / predicted and shared / true; 1 where nothing is and is said."""
    return 2 * shared / (predicted + true) if predicted + true else 1.0


def _rim(mask: np.ndarray) -> np.ndarray:
    """Pixels within 2 of 640 of the width from the outermost pixels of bool [H, W]."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    side = 2 * max(1, round(2 * mask.shape[1] / 640)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    rim: np.ndarray = cv2.dilate((mask & ~inner.astype(bool)).astype(np.uint8), disc).astype(bool)
    return rim


def box_iou(a: Sequence[float], b: Sequence[float]) -> float:
    """IoU of two boxes (x0, y0, x1, y1), x1 and y1 exclusive; 1 when both are empty."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(wide, 0.0) * max(high, 0.0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union else 1.0


def boundary_iou(predicted: Rle, truth: Rle) -> float:
    """IoU of the pixels of each mask that lie near its own outline; 1 when both are empty.

    Near is within 2 % of the image diagonal, and the border of the image is an outline, too (Cheng
    et al. 2021, "Boundary IoU", section 4). Large masks with wrong outlines are found out, which
    the plain IoU forgives.
    """
    reach = max(1, round(BOUNDARY * float(np.hypot(predicted.height, predicted.width))))
    (x, y, first), (u, v, second) = _boundary(predicted, reach), _boundary(truth, reach)
    left, top = min(x, u), min(y, v)
    shape = (max(y + first.shape[0], v + second.shape[0]) - top,
             max(x + first.shape[1], u + second.shape[1]) - left)
    here, there = np.zeros(shape, bool), np.zeros(shape, bool)
    here[y - top:y - top + first.shape[0], x - left:x - left + first.shape[1]] = first
    there[v - top:v - top + second.shape[0], u - left:u - left + second.shape[1]] = second
    union = np.count_nonzero(here | there)
    return np.count_nonzero(here & there) / union if union else 1.0


def _boundary(mask: Rle, reach: int) -> tuple[int, int, np.ndarray]:
    """Return (x, y, bool [h, w]): the tight box, and in it the pixels within `reach` of outside.

    The tight box is enough: there is nothing of the mask beyond it.
    """
    (x, y, _, _), inside = crop(mask)
    if not inside.size:
        return x, y, inside
    framed = np.pad(inside.astype(np.uint8), 1)
    core = cv2.erode(framed, np.ones((3, 3), np.uint8), iterations=reach)
    return x, y, inside & ~core[1:-1, 1:-1].astype(bool)


def calibration_gaps(scores: Sequence[float], hits: Sequence[bool], bins: int = 10) -> np.ndarray:
    """Sum of score minus hit in each of `bins` bins of equal width: float64 [bins]."""
    place = np.minimum((np.asarray(scores, float) * bins).astype(int), bins - 1)
    return np.bincount(place, np.asarray(scores, float) - np.asarray(hits, float), bins)
