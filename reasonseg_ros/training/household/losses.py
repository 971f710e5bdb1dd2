# SPDX-License-Identifier: Apache-2.0
"""Losses of the perception network, each a mean that does not depend on the batch's size."""

import torch
from torch.nn import functional as F

from reasonseg_ros.nn.perception.network import PerceptionModel
from reasonseg_ros.training.household.samples import NONE, PerceptionBatch

WEIGHTS = {'thing': 1.0, 'dice': 1.0, 'border': 0.5, 'middle': 1.0, 'offset': 2.0, 'part': 1.0,
           'colour': 0.8, 'name': 1.0}
GROWN, SHRUNK = 0.25, 0.15  # shares of the images whose masks are named a pixel larger, smaller
AROUND = 0.1                # share of the pixels outside of things whose colour is learnt


def losses(model: PerceptionModel, batch: PerceptionBatch, generator: torch.Generator
           ) -> dict[str, torch.Tensor]:
    """Return each loss of a batch."""
    seen = model(batch.image.contiguous(memory_format=torch.channels_last))
    # In bfloat16 a chance near 1 is 1, and the logarithm of the rest is infinite.
    dense, colours = seen.dense.float(), seen.colours.float()
    thing, border, middle = dense[:, 0], dense[:, 1], dense[:, 2]
    ids = batch.ids
    known, inside = (ids >= 0).float(), (ids > 0).float()
    weight = known * (1 + 2 * batch.border)
    result = {'thing': (F.binary_cross_entropy_with_logits(thing, inside, reduction='none')
                        * weight).sum() / weight.sum()}
    chance = thing.sigmoid() * known
    result['dice'] = (1 - (2 * (chance * inside).sum((1, 2)) + 20) /
                      (chance.sum((1, 2)) + inside.sum((1, 2)) + 20)).mean()
    result['border'] = F.binary_cross_entropy_with_logits(
        border, batch.border, pos_weight=border.new_tensor(3.0))
    result['middle'] = _focal(middle, batch.middle)
    result['offset'] = (F.smooth_l1_loss(dense[:, 3:5], batch.offset, reduction='none',
                                         beta=0.1).sum(1) * inside).sum() / inside.sum().clamp(1)
    result['part'] = _classes(seen.parts.float(), batch.parts)
    around = torch.rand(ids.shape, generator=generator).to(ids.device) < AROUND
    result['colour'] = _classes(colours, torch.where((ids > 0) | around, batch.colours, NONE))
    result['name'] = _names(model, seen.features, batch, generator)
    return result


def name_logits(model: PerceptionModel, features: torch.Tensor, masks: torch.Tensor,
                geometry: torch.Tensor) -> torch.Tensor:
    """Logits [N, categories + 1] of things with half-size masks float [N, h, w] in one image."""
    quarter = F.avg_pool2d(masks[:, None], 2)[:, 0]
    logits: torch.Tensor = model.name(model.pooled(features, quarter, geometry))
    return logits


def masks_of(ids: torch.Tensor, count: int) -> torch.Tensor:
    """Map [h, w] -> float32 [count, h, w], the masks of the things 1 ... count."""
    return torch.stack([(ids == k + 1).float() for k in range(count)])


def _classes(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy where there is something to learn; 0 where nothing is."""
    total = F.cross_entropy(logits, target, ignore_index=NONE, reduction='sum')
    return total / (target != NONE).sum().clamp(1)


def _focal(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Focal loss for bumps (CenterNet, Zhou et al. 2019, eq. 1), per thing."""
    chance = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    top = (target > 0.94).float()
    hit = -(1 - chance) ** 2 * chance.log() * top
    miss = -(1 - target) ** 4 * chance ** 2 * (1 - chance).log() * (1 - top)
    return (hit + miss).sum() / top.sum().clamp(min=1)


def _names(model: PerceptionModel, features: torch.Tensor, batch: PerceptionBatch,
           generator: torch.Generator) -> torch.Tensor:
    logits, targets = [], []
    for one, ids, names, geometry in zip(features, batch.ids, batch.names, batch.geometry):
        if not len(names):
            continue
        masks = masks_of(ids, len(names))[:, None]
        # Masks as they will be found: sometimes a little too large or too small.
        draw = float(torch.rand((), generator=generator))
        if draw < GROWN:
            masks = F.max_pool2d(masks, 3, 1, 1)
        elif draw < GROWN + SHRUNK:
            masks = torch.minimum(masks, 1 - F.max_pool2d(1 - masks, 3, 1, 1) * (
                masks.sum((2, 3), keepdim=True) > 60))
        logits.append(name_logits(model, one, masks[:, 0], geometry))
        targets.append(names)
    if not logits:
        return features.sum() * 0
    return F.cross_entropy(torch.cat(logits).float(), torch.cat(targets), label_smoothing=0.05)
