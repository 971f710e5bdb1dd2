# SPDX-License-Identifier: Apache-2.0
"""Segment Anything's everything mode: a grid of clicks, and the regions that are worth keeping.

Every click asks for three masks (a thing, its part, the whole). Kept are those that SAM itself
expects to be good, whose outline does not depend on the threshold, and that no better one covers
(Kirillov et al. 2023, section 5 and appendix B). Islands and holes that are small can be removed.
No crops, no language.
"""

from dataclasses import dataclass, replace

import cv2
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
    smallest       islands and holes of fewer pixels are removed; 0 = none are
    crop_iou       as box_iou, for regions of overlapping crops: without crops it only raises the
                   threshold for regions that had something removed
    """

    per_side: int = 32
    batch: int = 64
    predicted_iou: float = 0.88
    stability: float = 0.95
    offset: float = 1.0
    box_iou: float = 0.7
    smallest: int = 0
    crop_iou: float = 0.7


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
    the rest as in `MaskFacts`; smallest int64 [N]: islands and holes of a mask that have fewer
    pixels are removed. As in the original package, that leaves scores and stability as they were.
    """

    logits: torch.Tensor
    scores: torch.Tensor
    points: torch.Tensor
    stability: torch.Tensor
    boxes: torch.Tensor
    areas: torch.Tensor
    smallest: torch.Tensor

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
        if not len(self):
            return torch.zeros(0, *view.source, dtype=torch.bool, device=self.logits.device)
        masks = torch.cat([view.full(part) > 0 for part in self.logits.split(CHUNK)])
        for place in self.smallest.nonzero()[:, 0].tolist():
            mended, _ = without_specks(masks[place].cpu().numpy(), int(self.smallest[place]))
            masks[place] = torch.from_numpy(mended)
        return masks


def segment(sam: SamModel, embedding: torch.Tensor, view: SamView,
            settings: EverythingSettings = EverythingSettings()) -> Regions:
    """Return the regions of an image, best first; there may be none.

    embedding [1, C, g, g] of the image, from nn.sam.encode
    """
    found = candidates(sam, embedding, view, settings)
    found = found.take(suppress(found.boxes, found.scores, settings.box_iou))
    return mend(found, view, settings) if settings.smallest and len(found) else found


def mend(regions: Regions, view: SamView, settings: EverythingSettings) -> Regions:
    """Remove small islands and holes, then regions whose boxes became those of others.

    Regions that needed none of it win over those that did, and come first.
    """
    place = regions.areas.device
    made = [without_specks(mask, settings.smallest) for mask in regions.masks(view).cpu().numpy()]
    masks = torch.from_numpy(np.stack([mask for mask, _ in made])).to(place)
    changed = torch.tensor([touched for _, touched in made], device=place)
    mended = replace(regions, smallest=settings.smallest * changed.long(), boxes=_boxes(masks),
                     areas=masks.sum((1, 2)))
    kept = suppress(mended.boxes, (~changed).float(), max(settings.box_iou, settings.crop_iou))
    return mended.take(kept)


def without_specks(mask: np.ndarray, smallest: int) -> tuple[np.ndarray, bool]:
    """Mask bool [H, W] without holes, then without islands, of fewer than `smallest` pixels.

    Pixels that touch at a corner belong together. Of islands that all are too small, the largest
    stays. Returns whether there was any that is too small, too.
    """
    labels, sizes = _components(~mask)
    holes = sizes < smallest
    mask = mask | np.append(False, holes)[labels]
    labels, sizes = _components(mask)
    islands = sizes < smallest
    gone = islands.copy()
    if islands.any() and islands.all():
        gone[sizes.argmax()] = False
    return np.append(False, ~gone)[labels], bool(holes.any() or islands.any())


def _components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label the connected parts of bool [H, W] from 1: int32 [H, W], and their pixels [N]."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), 8)
    return labels, facts[1:, cv2.CC_STAT_AREA]


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
        made = Regions(logits, scores, points, facts.stability, facts.boxes, facts.areas,
                       torch.zeros_like(facts.areas))
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
    return core / reach, _boxes(masks), masks.sum((1, 2))


def _boxes(masks: torch.Tensor) -> torch.Tensor:
    """Masks bool [N, H, W] -> boxes as in `MaskFacts`."""
    bounds = []
    for occupied in (masks.any(1), masks.any(2)):   # columns, rows
        steps = occupied.int()
        bounds.append((steps.argmax(1), occupied.shape[1] - 1 - steps.flip(1).argmax(1)))
    (x0, x1), (y0, y1) = bounds
    return torch.stack((x0, y0, x1, y1), 1) * masks.any(2).any(1)[:, None]


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
