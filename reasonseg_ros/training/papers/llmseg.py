# SPDX-License-Identifier: Apache-2.0
"""What LLM-Seg (Wang and Ke 2024) learns from a batch.

The sum of three losses: cross-entropy of the answer's tokens; for each conversation the divergence
between how much the regions overlap with the truth and how similar they are to [SEG]; and a
regression of the share of each region that belongs to the truth. Regions come from SAM and are
not learnt. Computes losses; draws no samples and takes no step.
"""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.nn.llmseg import LlmSegModel, RegionScores
from reasonseg_ros.training.papers.reading import Rows, image_tokens, language_loss, read

WEIGHTS = {'ce': 1.0, 'align': 1.0, 'iop': 1.0}
SHARPNESS = 0.05    # temperature of both sides of the alignment
IOP_WEIGHT = 50     # lambda of the paper, which its program has inside the loss
NONE = 1e-8         # is added to the number of conversations of an image


@dataclass(frozen=True)
class LlmSegBatch:
    """Conversations of one [SEG] each about images with regions.

    clip_pixels [I, 3, s, s] from nn.clip.pixels; dino_pixels [I, 3, s, s] of `dino_side`;
    regions of each image bool [K, h, w], K > 0; masks of each image bool [C, H, W], one for each of
    its rows
    """

    rows: Rows
    clip_pixels: torch.Tensor
    dino_pixels: torch.Tensor
    regions: tuple[torch.Tensor, ...]
    masks: tuple[torch.Tensor, ...]


def losses(model: LlmSegModel, batch: LlmSegBatch, seg: int) -> dict[str, torch.Tensor]:
    """Unweighted losses; `seg` is the id of [SEG]. Raises BadInput for another number of [SEG]."""
    reading = read(model, batch.rows, image_tokens(model, batch.clip_pixels))
    states, counts = reading.before(seg)
    if set(counts) != {1}:
        raise BadInput(f'a conversation has {max(counts)} [SEG]; expected one in each; raise '
                       '--longest, or mend the annotation')
    parts = states.split([batch.rows.images.count(i) for i in range(len(batch.regions))])
    align, iop = zip(*(image_losses(judged(model, pixels[None], regions, part),
                                    *targets(regions, masks))
                       for pixels, regions, masks, part in zip(
                           batch.dino_pixels, batch.regions, batch.masks, parts)))
    return {'ce': language_loss(model, reading), 'align': torch.stack(align).mean(),
            'iop': torch.stack(iop).mean()}


def judged(model: LlmSegModel, dino_pixels: torch.Tensor, regions: torch.Tensor,
           states: torch.Tensor) -> list[RegionScores]:
    """What the model thinks of the regions bool [K, h, w] of an image, for each state [C, D]."""
    described = model.describe(dino_pixels, regions)
    return [model.judge(described, state) for state in states]


def targets(regions: torch.Tensor, masks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """IoU and IoP, float32 [C, K], of regions bool [K, h, w] with masks bool [C, H, W].

    The masks are brought to the size of the regions, each pixel taking the nearest value.
    """
    truth = F.interpolate(masks[:, None].float(), regions.shape[1:])[:, 0].flatten(1) > 0
    flat = regions.flatten(1)
    both = truth.double() @ flat.double().T
    areas, true = flat.sum(1).double(), truth.sum(1, keepdim=True).double()
    return (both / (true + areas - both)).float(), (both / areas.clamp_min(1)).float()


def image_losses(scores: list[RegionScores], iou: torch.Tensor, iop: torch.Tensor
                 ) -> tuple[torch.Tensor, torch.Tensor]:
    """The two losses on the regions of one image, given their true IoU and IoP [C, K]."""
    similarity = torch.stack([s.similarity for s in scores])
    share = torch.stack([s.iop for s in scores])
    align = F.kl_div((similarity / SHARPNESS).log_softmax(1), (iou / SHARPNESS).softmax(1),
                     reduction='none').sum()
    regression = IOP_WEIGHT * ((iop - 1).exp() * (share - iop) ** 2).mean(1).sum()
    return align / (len(scores) + NONE), regression / (len(scores) + NONE)
