# SPDX-License-Identifier: Apache-2.0
"""Losses of HIPIE as SegLLM trains it: words, boxes and masks of matched queries.

Each prompt has a true target and, where it speaks of an earlier mask, that reference as well: the
reference learns the first half of the eight words, the target the second. Sums over all prompts are
divided by the number of matched queries of all of them. Masks are compared at sampled points, most
of them where the mask is unsure (Kirillov et al. 2020, PointRend). After the criterion of HIPIE
(berkeley-hipie/HIPIE, deformable_detr.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from reasonseg_ros.nn.hipie.detect import to_corners
from reasonseg_ros.training.papers.hipie_matching import ALPHA, GAMMA, Pairs, match_many, match_one
from reasonseg_ros.training.papers.hipie_passes import Answers, Pass

WORDS = 8
STRIDE = 4      # pixels of the square for a cell of a mask
POINTS = 112 * 112
OVERSAMPLED, UNSURE = 3, 0.75   # candidates for each point; share of points that are unsure
WEIGHTS = {'words': 2.0, 'sides': 5.0, 'overlap': 2.0, 'quality': 1.0, 'mask': 5.0, 'dice': 5.0}


@dataclass(frozen=True)
class Things:
    """True things of a prompt: the reference, where there is one, then the target.

    words  bool [N, 8];  boxes [N, 4] (cx, cy, w, h) in [0, 1];  masks float [N, S/4, S/4]
    """

    words: torch.Tensor
    boxes: torch.Tensor
    masks: torch.Tensor


def things_of(reference: torch.Tensor | None, target: torch.Tensor) -> Things:
    """Things of masks bool [S, S], not empty, in HIPIE's square."""
    masks = torch.stack((target,) if reference is None else (reference, target))
    halves = torch.arange(2, device=masks.device).repeat_interleave(WORDS // 2)
    owners = torch.arange(2, device=masks.device)[-len(masks):]
    side, cells = masks.shape[-1], []
    for mask in masks:
        (top, bottom), (left, right) = ((int(line[0]), int(line[-1]) + 1) for line in (
            mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]))
        cells.append(((left + right) / 2, (top + bottom) / 2, right - left, bottom - top))
    boxes = torch.tensor(cells, device=masks.device, dtype=torch.float32) / side
    start = STRIDE // 2
    return Things(halves == owners[:, None], boxes,
                  masks[:, start::STRIDE, start::STRIDE].float())


def hipie_losses(passes: Sequence[Pass], things: Sequence[Things], generator: torch.Generator,
                 points: int = POINTS) -> dict[str, torch.Tensor]:
    """Losses of all layers of both kinds of queries, and of the proposals, unweighted sums.

    The names are those of WEIGHTS.
    """
    sums: dict[str, torch.Tensor] = {}

    def add(parts: dict[str, torch.Tensor]) -> None:
        for name, value in parts.items():
            sums[name] = sums[name] + value if name in sums else value

    first = [(torch.arange(len(t.boxes), device=t.boxes.device),) * 2 for t in things]
    for layer in range(len(passes[0].usual)):
        usual, denoised = ([kind[layer] for kind in kinds] for kinds in (
            [p.usual for p in passes], [p.denoised for p in passes]))
        pairs = [match_many(answers.fits.sigmoid(), answers.boxes, t.words, t.boxes)
                 for answers, t in zip(usual, things)]
        add(_layer_losses(passes, usual, things, pairs, generator, points, quality=True))
        add(_layer_losses(passes, denoised, things, first, generator, points, quality=False))
    add(_proposal_losses(passes, things))
    return sums


def _layer_losses(passes: Sequence[Pass], answers: Sequence[Answers], things: Sequence[Things],
                  pairs: Sequence[Pairs], generator: torch.Generator, points: int, quality: bool
                  ) -> dict[str, torch.Tensor]:
    """Losses of one layer, whose queries are matched by `pairs`."""
    parts = word_and_box_losses([a.fits for a in answers], [a.boxes for a in answers],
                                [t.words for t in things], [t.boxes for t in things], pairs)
    if quality:
        found, true = _matched([a.boxes for a in answers], [t.boxes for t in things], pairs)
        iou = overlaps_of_pairs(found, true)[0].detach()
        said = torch.cat([a.quality[q] for a, (q, _) in zip(answers, pairs)])
        parts['quality'] = F.binary_cross_entropy_with_logits(said, iou)
    drawn = torch.cat([p.masks(a, q) for p, a, (q, _) in zip(passes, answers, pairs)])
    truth = torch.cat([t.masks[k] for t, (_, k) in zip(things, pairs)])
    parts['mask'], parts['dice'] = mask_losses(drawn, truth, generator, points)
    return parts


def _proposal_losses(passes: Sequence[Pass], things: Sequence[Things]) -> dict[str, torch.Tensor]:
    """Losses of the encoder's proposals, which know one class only."""
    pairs = [match_one(p.proposals[0].sigmoid(), p.proposals[1], t.boxes)
             for p, t in zip(passes, things)]
    return word_and_box_losses(
        [p.proposals[0][:, None] for p in passes], [p.proposals[1] for p in passes],
        [torch.ones_like(t.words[:, :1]) for t in things], [t.boxes for t in things], pairs)


def word_and_box_losses(fits: Sequence[torch.Tensor], boxes: Sequence[torch.Tensor],
                        words: Sequence[torch.Tensor], true: Sequence[torch.Tensor],
                        pairs: Sequence[Pairs]) -> dict[str, torch.Tensor]:
    """Focal loss on logits [Q, W] of all queries, and L1 and generalised IoU of matched boxes."""
    count = sum(len(queries) for queries, _ in pairs)
    focal = []
    for logits, names, (queries, owners) in zip(fits, words, pairs):
        wanted = torch.zeros_like(logits)
        wanted[queries] = names[owners].to(logits.dtype)
        focal.append(focal_loss(logits, wanted).sum())
    found, aims = _matched(boxes, true, pairs)
    giou = overlaps_of_pairs(found, aims)[1]
    return {'words': torch.stack(focal).sum() / count,
            'sides': (found - aims).abs().sum() / count, 'overlap': (1 - giou).sum() / count}


def _matched(boxes: Sequence[torch.Tensor], true: Sequence[torch.Tensor], pairs: Sequence[Pairs]
             ) -> tuple[torch.Tensor, torch.Tensor]:
    """Boxes of matched queries, and those that they should have, [M, 4] each."""
    return (torch.cat([b[queries] for b, (queries, _) in zip(boxes, pairs)]),
            torch.cat([t[owners] for t, (_, owners) in zip(true, pairs)]))


def overlaps_of_pairs(a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and generalised IoU [M] of boxes [M, 4] (cx, cy, w, h), one by one."""
    a, b = to_corners(a), to_corners(b)
    both = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])
            ).clamp_min(0).prod(1)
    either = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - both
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    iou = both / (either + 1e-7)
    return iou, iou - (hull - either) / (hull + 1e-7)


def focal_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Sigmoid focal loss (Lin et al. 2017) of each element."""
    chance = logits.sigmoid()
    right = chance * wanted + (1 - chance) * (1 - wanted)
    loss = F.binary_cross_entropy_with_logits(logits, wanted, reduction='none')
    return (ALPHA * wanted + (1 - ALPHA) * (1 - wanted)) * loss * (1 - right) ** GAMMA


def mask_losses(logits: torch.Tensor, truth: torch.Tensor, generator: torch.Generator,
                points: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Focal and Dice loss of masks [M, g, g] at sampled points, means over the masks."""
    with torch.no_grad():
        places = unsure_points(logits, generator, points)
        aims = at_points(truth, places)
    said = at_points(logits, places)
    chance = said.sigmoid()
    dice = 1 - (2 * (chance * aims).sum(1) + 1) / (chance.sum(1) + aims.sum(1) + 1)
    return focal_loss(said, aims).mean(), dice.mean()


def unsure_points(logits: torch.Tensor, generator: torch.Generator, points: int) -> torch.Tensor:
    """Points [M, points, 2] (x, y) in [0, 1]: UNSURE of them where masks [M, g, g] are unsure."""
    count = len(logits)
    candidates = torch.rand(count, OVERSAMPLED * points, 2, generator=generator).to(logits.device)
    doubt = -at_points(logits, candidates).abs()
    unsure = doubt.topk(int(UNSURE * points), 1).indices
    rest = torch.rand(count, points - unsure.shape[1], 2, generator=generator).to(logits.device)
    return torch.cat((candidates.gather(1, unsure[..., None].expand(-1, -1, 2)), rest), 1)


def at_points(maps: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Values [M, P] of maps [M, g, g] at places [M, P, 2], bilinear between cells."""
    return F.grid_sample(maps[:, None].float(), 2 * places[:, None] - 1,
                         align_corners=False)[:, 0, 0]
