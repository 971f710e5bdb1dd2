# SPDX-License-Identifier: Apache-2.0
"""Which query learns which true thing, in the training of HIPIE. No gradients, no losses.

Queries of the decoder are matched many to one (simOTA, Ge et al. 2021, YOLOX): a thing takes as
many of the cheapest queries as its best boxes overlap with it in sum. Proposals of the encoder are
matched one to one (Hungarian). Boxes are [., 4] (cx, cy, w, h) in [0, 1]; `fits` are probabilities.
"""

from itertools import permutations

import torch

from reasonseg_ros.nn.hipie.detect import to_corners

ALPHA, GAMMA = 0.25, 2.0    # of the focal cost
CENTRE = 2.5 / 32           # half a side of the square around a centre, as a share of the image
CANDIDATES = 10             # queries whose overlaps say how many a thing takes
FAR, OUTSIDE, TAKEN = 100.0, 10000.0, 100000.0      # are added to the cost
OVERLAP = 3.0               # weight of the overlap in simOTA
CLASS, SIDES, GIOU = 2.0, 5.0, 2.0      # weights in the one-to-one matching

Pairs = tuple[torch.Tensor, torch.Tensor]   # queries [M] ascending, and the things [M] they learn


def focal_cost(fits: torch.Tensor, words: torch.Tensor) -> torch.Tensor:
    """Cost [Q, N] of probabilities [Q, W] for things whose words are bool [N, W]."""
    wrong = (1 - ALPHA) * fits ** GAMMA * -(1 - fits + 1e-8).log()
    right = ALPHA * (1 - fits) ** GAMMA * -(fits + 1e-8).log()
    share = words.float() / words.sum(1, keepdim=True)
    return (right - wrong) @ share.T


def overlaps(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU [A, B] of boxes [A, 4] and [B, 4]."""
    a, b = to_corners(a)[:, None], to_corners(b)[None]

    def area(boxes: torch.Tensor) -> torch.Tensor:
        return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).prod(-1)

    def box(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
        return (high - low).clamp_min(0).prod(-1)

    both = box(torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:]))
    either = area(a) + area(b) - both
    hull = box(torch.minimum(a[..., :2], b[..., :2]), torch.maximum(a[..., 2:], b[..., 2:]))
    iou = both / either
    return iou, iou - (hull - either) / hull


@torch.no_grad()
def match_many(fits: torch.Tensor, boxes: torch.Tensor, words: torch.Tensor,
               true: torch.Tensor) -> Pairs:
    """Match queries [Q, W], [Q, 4] with things [N, W], [N, 4]; each gets at least one."""
    iou, giou = overlaps(boxes, true)
    inside, near = _around(boxes, true)
    cost = focal_cost(fits, words) - OVERLAP * giou + FAR * ~(inside & near)
    cost = cost + OUTSIDE * ~(inside | near).any(1, keepdim=True)
    taken = torch.zeros_like(cost, dtype=torch.bool)
    counts = iou.topk(min(CANDIDATES, len(iou)), 0).values.sum(0).int().clamp_min(1)
    for thing, count in enumerate(counts.tolist()):
        taken[cost[:, thing].topk(count, largest=False).indices, thing] = True
    taken = _cheapest_only(taken, cost)
    while not bool(taken.any(0).all()):
        cost = cost + TAKEN * taken.any(1, keepdim=True)
        for thing in (~taken.any(0)).nonzero()[:, 0].tolist():
            taken[cost[:, thing].argmin(), thing] = True
        taken = _cheapest_only(taken, cost)
    queries = taken.any(1).nonzero()[:, 0]
    return queries, taken[queries].int().argmax(1)


def _cheapest_only(taken: torch.Tensor, cost: torch.Tensor) -> torch.Tensor:
    """Leave each query the cheapest of the things that took it, of all there are."""
    several = taken.sum(1) > 1
    taken = taken.clone()
    taken[several] = False
    taken[several, cost[several].argmin(1)] = True
    return taken


def _around(boxes: torch.Tensor, true: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether centres of boxes lie in true boxes, and near their centres; bool [Q, N] each."""
    centres, corners = boxes[:, None, :2], to_corners(true)
    inside = (centres > corners[:, :2]) & (centres < corners[:, 2:])
    near = (centres - true[:, :2]).abs() < CENTRE
    return inside.all(2), near.all(2)


@torch.no_grad()
def match_one(fits: torch.Tensor, boxes: torch.Tensor, true: torch.Tensor) -> Pairs:
    """Match proposals [T], [T, 4] with N things [N, 4] one to one, cheapest in sum; N is small."""
    words = torch.ones(len(true), 1, dtype=torch.bool, device=true.device)
    cost = (CLASS * focal_cost(fits[:, None], words) + SIDES * torch.cdist(boxes, true, p=1)
            - GIOU * overlaps(boxes, true)[1])
    count = len(true)
    # Only the N cheapest proposals of a thing can be its own in the best matching.
    best = cost.topk(min(count, len(cost)), 0, largest=False).indices.flatten().unique()
    among = cost[best].tolist()
    chosen = min(permutations(range(len(best)), count),
                 key=lambda rows: sum(among[row][thing] for thing, row in enumerate(rows)))
    queries = best[list(chosen)]
    order = queries.argsort()
    return queries[order], order
