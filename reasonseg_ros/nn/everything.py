# SPDX-License-Identifier: Apache-2.0
"""Segment Anything's everything mode: a grid of clicks, and the regions that are worth keeping.

Every click asks for three masks (a thing, its part, the whole). Kept are those that SAM itself
expects to be good, whose outline does not depend on the threshold, and that no better one covers
(Kirillov et al. 2023, section 5 and appendix B). No crops, no repair of small holes, no language.
"""

from dataclasses import dataclass

import numpy as np
import torch
from transformers.models.sam.modeling_sam import SamModel

from reasonseg_ros.nn import sam as segment_anything
from reasonseg_ros.nn.sam import SamView

CHUNK = 64      # masks at full size in memory at a time


@dataclass(frozen=True)
class EverythingSettings:
    """How densely SAM is asked and what is kept; the defaults are those of the original package.

    per_side       clicks along each side of the image
    batch          clicks that are decoded at a time
    predicted_iou  masks are kept above this quality, as SAM predicts it
    stability      and from this stability on
    offset         logits by which the threshold is moved to measure the stability
    box_iou        of two regions whose boxes overlap by more, the better one stays
    """

    per_side: int = 32
    batch: int = 64
    predicted_iou: float = 0.88
    stability: float = 0.95
    offset: float = 1.0
    box_iou: float = 0.7


@dataclass(frozen=True)
class MaskFacts:
    """Facts about masks at the size of the image.

    stability [N] in [0, 1], NaN where nothing is even near; boxes [N, 4] int64 (x0, y0, x1, y1) of
    pixels that belong to the mask, all zero for an empty one; areas [N] int64 in pixels.
    """

    stability: torch.Tensor
    boxes: torch.Tensor
    areas: torch.Tensor


@dataclass(frozen=True)
class Regions:
    """N regions of an image; `logits` are small, `masks` brings them to the image's size.

    logits [N, m, m]; scores [N] predicted IoU; points [N, 2] float64 clicks (x, y) in pixels;
    the rest as in `MaskFacts`.
    """

    logits: torch.Tensor
    scores: torch.Tensor
    points: torch.Tensor
    stability: torch.Tensor
    boxes: torch.Tensor
    areas: torch.Tensor

    def __len__(self) -> int:
        """N."""
        return len(self.scores)

    def take(self, chosen: torch.Tensor) -> 'Regions':
        """Return those at indices int64 [n], in that order."""
        return Regions(*(t[chosen.to(t.device)] for t in vars(self).values()))

    def largest(self, most: int) -> 'Regions':
        """Return at most `most`, the largest first; of equal ones the earlier is first."""
        return self.take(self.areas.sort(descending=True, stable=True).indices[:most])

    def masks(self, view: SamView) -> torch.Tensor:
        """Return bool [N, H, W] at the size of the image."""
        parts = [view.full(part) > 0 for part in self.logits.split(CHUNK)]
        return torch.cat(parts) if len(self) else \
            torch.zeros(0, *view.source, dtype=torch.bool, device=self.logits.device)


def segment(sam: SamModel, embedding: torch.Tensor, view: SamView,
            settings: EverythingSettings = EverythingSettings()) -> Regions:
    """Return the regions of an image, best first; there may be none.

    embedding [1, C, g, g] of the image, from nn.sam.encode
    """
    found = candidates(sam, embedding, view, settings)
    return found.take(suppress(found.boxes, found.scores, settings.box_iou))


def candidates(sam: SamModel, embedding: torch.Tensor, view: SamView, settings: EverythingSettings
               ) -> Regions:
    """Return what passes both filters, in the order of the clicks, before any is suppressed."""
    place = embedding.device
    found: list[Regions] = []
    for points in grid(settings.per_side, view.source).to(place).split(settings.batch):
        logits, scores = segment_anything.decode(sam, embedding, clicks(sam, view, points), True)
        good = scores > settings.predicted_iou
        logits, scores = logits[good], scores[good]
        points = points[good.nonzero()[:, 0]]
        facts = measure(logits, view, settings.offset)
        made = Regions(logits, scores, points, facts.stability, facts.boxes, facts.areas)
        found.append(made.take((facts.stability >= settings.stability).nonzero()[:, 0]))
    return Regions(*map(torch.cat, zip(*(vars(part).values() for part in found))))


def grid(per_side: int, source: tuple[int, int]) -> torch.Tensor:
    """Clicks float64 [per_side^2, 2]: (x, y) in pixels of an image of (H, W), row by row."""
    steps = (torch.arange(per_side, dtype=torch.float64) + 0.5) / per_side
    y, x = torch.meshgrid(steps * source[0], steps * source[1], indexing='ij')
    return torch.stack((x, y), -1).reshape(-1, 2)


def clicks(sam: SamModel, view: SamView, points: torch.Tensor) -> torch.Tensor:
    """Clicks float64 [N, 2] in pixels of the image -> prompts [N, 2, C], the second is empty."""
    (height, width), (rows, columns) = view.source, view.inner
    scaled = points * points.new_tensor((columns / width, rows / height))
    inside = torch.ones(1, len(points), 1, device=points.device)
    prompts: torch.Tensor = sam.prompt_encoder(scaled[None, :, None], inside, None, None)[0]
    return prompts[0]


def measure(logits: torch.Tensor, view: SamView, offset: float) -> MaskFacts:
    """Measure masks, given by small logits [N, m, m], at the size of the image."""
    parts = [_measure(view.full(part), offset) for part in logits.split(CHUNK)]
    return MaskFacts(*map(torch.cat, zip(*parts)))


def _measure(full: torch.Tensor, offset: float
             ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits [N, H, W] -> stability, boxes and areas."""
    masks = full > 0
    core, reach = ((full > level).sum((1, 2)) for level in (offset, -offset))
    bounds = []
    for occupied in (masks.any(1), masks.any(2)):   # columns, rows
        steps = occupied.int()
        bounds.append((steps.argmax(1), occupied.shape[1] - 1 - steps.flip(1).argmax(1)))
    (x0, x1), (y0, y1) = bounds
    boxes = torch.stack((x0, y0, x1, y1), 1) * masks.any(2).any(1)[:, None]
    return core / reach, boxes, masks.sum((1, 2))


def suppress(boxes: torch.Tensor, scores: torch.Tensor, threshold: float) -> torch.Tensor:
    """Return the indices int64 of the boxes to keep, best first.

    A box goes when a better one that stays overlaps it by an IoU above the threshold. boxes [N, 4]
    (x0, y0, x1, y1), whose size is x1 - x0 by y1 - y0; scores [N], of equal ones the earlier wins.
    """
    order = scores.sort(descending=True, stable=True).indices
    ranked = boxes[order].float()
    size = (ranked[:, 2:] - ranked[:, :2]).prod(1)
    low = torch.maximum(ranked[:, None, :2], ranked[None, :, :2])
    high = torch.minimum(ranked[:, None, 2:], ranked[None, :, 2:])
    both = (high - low).clamp_min(0).prod(2)
    iou = both / (size[:, None] + size[None] - both)    # NaN, which suppresses nothing, for 0 / 0
    covers = (iou.double() > threshold).cpu().numpy()
    gone = np.zeros(len(order), bool)
    kept = []
    for rank in range(len(order)):
        if not gone[rank]:
            kept.append(rank)
            gone |= covers[rank]
    return order[torch.tensor(kept, dtype=torch.long, device=order.device)]
