# SPDX-License-Identifier: Apache-2.0
"""What LISA (Lai et al. 2024) and M2SA (Jang et al. 2025) learn from a batch.

The sum of three losses: cross-entropy of the answer's tokens, and of each mask the binary
cross-entropy and the Dice loss, at the resolution of the image. The k-th [SEG] of an answer belongs
to its k-th mask; nothing is matched. Computes losses; draws no samples and takes no step.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.nn import sam
from reasonseg_ros.nn.lisa import LisaFeatures, LisaModel
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.training.papers.reading import Rows, image_tokens, language_loss, read

WEIGHTS = {'ce': 1.0, 'mask_bce': 2.0, 'mask_dice': 0.5}
SCALE, EPSILON = 1000, 1e-6     # of the Dice loss: sums are divided by, and both sides added to
NONE = 1e-8     # is added to the number of masks


@dataclass(frozen=True)
class LisaBatch:
    """Conversations about images, with their masks.

    clip_pixels [I, 3, s, s] from nn.clip.pixels; sam_pixels [I, 3, S, S] and views from
    nn.sam.SamView; masks of each image bool [N, H, W], in the order of its rows' [SEG]
    """

    rows: Rows
    clip_pixels: torch.Tensor
    sam_pixels: torch.Tensor
    views: tuple[SamView, ...]
    masks: tuple[torch.Tensor, ...]


def losses(model: LisaModel, batch: LisaBatch, seg: int) -> dict[str, torch.Tensor]:
    """Unweighted losses; `seg` is the id of [SEG]. Raises BadInput for a [SEG] without a mask."""
    tokens = image_tokens(model, batch.clip_pixels)
    reading = read(model, batch.rows, tokens)
    states, counts = reading.before(seg)
    found = masks_of(model, batch, tokens, states, counts)
    bce, dice = zip(*(mask_losses(logits.flatten(1), truth.flatten(1).float())
                      for logits, truth in zip(found, batch.masks)))
    number = sum(map(len, batch.masks)) + NONE
    return {'ce': language_loss(model, reading), 'mask_bce': torch.cat(bce).sum() / number,
            'mask_dice': torch.cat(dice).sum() / number}


def masks_of(model: LisaModel, batch: LisaBatch, tokens: list[torch.Tensor],
             states: torch.Tensor, counts: list[int]) -> list[torch.Tensor]:
    """Mask logits [N, H, W] of each image.

    states  [all N, D] that predict [SEG], row by row;  counts  of the rows
    """
    shares = [0] * len(batch.views)
    for image, count in zip(batch.rows.images, counts):
        shares[image] += count
    found = []
    embeddings = embed(model, batch.sam_pixels).split(1)
    for image, part in enumerate(states.split(shares)):
        if len(part) != len(batch.masks[image]):
            raise BadInput(f'an answer has {len(part)} [SEG] for {len(batch.masks[image])} masks; '
                           'expected one for each; raise --longest, or mend the annotation')
        seen = LisaFeatures(tokens[image], embeddings[image])
        found.append(batch.views[image].full(model.segment(part, seen)))
    return found


def embed(model: LisaModel, sam_pixels: torch.Tensor) -> torch.Tensor:
    """SAM's encoding [I, C, g, g] of images; gradients go as far as something learns."""
    embedding, early = sam.encode(model.sam, sam_pixels.to(model.device, model.dtype))
    return embedding if model.early is None else embedding + model.early(early)


def mask_losses(logits: torch.Tensor, truth: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Binary cross-entropy and Dice loss [N] of each mask; both inputs [N, pixels]."""
    bce = F.binary_cross_entropy_with_logits(logits, truth, reduction='none').mean(1)
    chance = logits.sigmoid()
    both, all_ = (chance * truth).sum(1) / SCALE, (chance.sum(1) + truth.sum(1)) / SCALE
    return bce, 1 - (2 * both + EPSILON) / (all_ + EPSILON)
