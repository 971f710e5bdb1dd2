# SPDX-License-Identifier: Apache-2.0
"""Which of HIPIE's queries a prompt of SegLLM means, and its mask.

Both halves of the prompt, the reference and the target, compete for the queries; what the
reference wins is not shown. There is no threshold: something always is the best.
"""

from dataclasses import dataclass

import torch

from reasonseg_ros.nn.hipie.hipie import Hipie, Levels

OVERLAP = 0.7   # IoU from which the weaker of two boxes of one class is left out
MOST = 100      # pairs of query and class that are considered
TARGET = 1      # the class of the prompt's second half


@dataclass(frozen=True)
class Detection:
    """The best query for the target.

    query   its index, backgrounds counted
    score   in [0, 1]: geometric mean of its fit to the words and the predicted quality
    box     float [4] (left, top, right, bottom) in [0, 1] of the square; may reach beyond it
    logits  [S/4, S/4] of its mask
    """

    query: int
    score: float
    box: torch.Tensor
    logits: torch.Tensor


def detect(hipie: Hipie, words: torch.Tensor, seen: Levels) -> Detection:
    """Find what the words [8, 768] ask for."""
    memory, words = hipie.read(words, seen)
    scores, boxes = hipie.propose(memory, seen)
    order = scores.topk(min(hipie.config.queries, len(scores))).indices
    queries = hipie.decode(boxes[order], memory, seen)
    fits, quality = hipie.score(queries, words)
    first = hipie.config.backgrounds
    chance = chances(fits[first:], quality[first:])
    corners = to_corners(queries.boxes[first:])
    query, score = select(chance, corners)
    logits = hipie.draw(queries, memory, seen, torch.tensor([first + query], device=order.device))
    return Detection(first + query, score, corners[query], logits[0])


def chances(fits: torch.Tensor, quality: torch.Tensor) -> torch.Tensor:
    """Word logits [Q, 8] and quality logits [Q] -> scores [Q, 2] for reference and target."""
    classes: torch.Tensor = fits.unflatten(1, (2, -1)).mean(-1)
    return (classes.sigmoid() * quality.sigmoid()[:, None]).sqrt()


def select(chance: torch.Tensor, boxes: torch.Tensor) -> tuple[int, float]:
    """Return the target's best query and its score.

    chance  [Q, 2];  boxes [Q, 4] (left, top, right, bottom)

    Where the reference takes all places that are considered, its own best query is returned.
    """
    strength, labels = chance.max(1)
    kept = suppress(boxes, strength, labels)
    values, places = chance[kept].flatten().topk(min(MOST, 2 * len(kept)))
    place = torch.where(places % 2 == TARGET, values, -1).argmax()
    return int(kept[places[place] // 2]), float(values[place])


def suppress(boxes: torch.Tensor, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Indices, best first, without boxes that overlap a better one of their label too much."""
    close = ((iou(boxes) > OVERLAP) & (labels[:, None] == labels)).tolist()
    kept: list[int] = []
    for place in scores.argsort(descending=True, stable=True).tolist():
        if not any(close[place][other] for other in kept):
            kept.append(place)
    return torch.tensor(kept, device=boxes.device)


def iou(boxes: torch.Tensor) -> torch.Tensor:
    """Intersection over union [Q, Q] of boxes [Q, 4] (left, top, right, bottom)."""
    low = torch.maximum(boxes[:, None, :2], boxes[:, :2])
    high = torch.minimum(boxes[:, None, 2:], boxes[:, 2:])
    both = (high - low).clamp_min(0).prod(2)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return both / (area[:, None] + area - both)


def to_corners(boxes: torch.Tensor) -> torch.Tensor:
    """Boxes [..., 4] (cx, cy, w, h) -> (left, top, right, bottom)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat((centre - half, centre + half), -1)
