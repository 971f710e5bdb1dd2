# SPDX-License-Identifier: Apache-2.0
"""HIPIE as it is trained: answers of every layer, and queries that begin at noisy true boxes.

Inference (`nn.hipie`) needs the last layer only. Here each layer answers with heads of its own,
so that each gets a loss; boxes are refined through one layer at a time ("look forward twice",
Zhang et al. 2023, DINO), and next to the usual queries run denoised ones: pairs of a box that is
a little off a true one, and one that is far off. Usual queries do not see them. Computes no
losses. After the training program of HIPIE (berkeley-hipie/HIPIE, ddetrs_dn.py).
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from reasonseg_ros.nn.hipie.deformable import sine
from reasonseg_ros.nn.hipie.hipie import WORD_DIM, Hipie, Levels, draw

NOISE = 1.0     # of boxes, in halves of their sides
EPSILON = 1e-5  # of the logit of a box


class HipieHeads(nn.Module):
    """What HIPIE has in training only: heads of the layers before the last, and `resizer`.

    A converted checkpoint lacks these; they then begin as copies of those of the last layer.
    `resizer` makes the content of denoised queries from the mean of the words.
    """

    def __init__(self, hipie: Hipie) -> None:
        super().__init__()
        earlier, dim = hipie.config.decoder_layers - 1, hipie.config.dim
        self.align = nn.ModuleList(deepcopy(hipie.align) for _ in range(earlier))
        self.iou_head = nn.ModuleList(deepcopy(hipie.iou_head) for _ in range(earlier))
        self.resizer = nn.Sequential(nn.Linear(WORD_DIM, dim), nn.LayerNorm(dim, eps=1e-12))


@dataclass(frozen=True)
class Answers:
    """What queries answer: `fits` [Q, 8] to the words, `boxes` [Q, 4] (cx, cy, w, h) in [0, 1].

    quality  logits [Q] of the predicted IoU
    centres  [Q, 2] (x, y) in pixels, around which masks are drawn;  strokes [Q, 169] that draw them
    """

    fits: torch.Tensor
    boxes: torch.Tensor
    quality: torch.Tensor
    centres: torch.Tensor
    strokes: torch.Tensor

    def __getitem__(self, part: slice) -> 'Answers':
        return Answers(self.fits[part], self.boxes[part], self.quality[part], self.centres[part],
                       self.strokes[part])


@dataclass(frozen=True)
class Pass:
    """One prompt on one image.

    proposals  scores [T] and boxes [T, 4] of all tokens
    usual, denoised  answers of each layer; of the denoised queries, the first ones stand for the
               true boxes
    maps       [8, g, g], in which masks are drawn
    """

    proposals: tuple[torch.Tensor, torch.Tensor]
    usual: list[Answers]
    denoised: list[Answers]
    maps: torch.Tensor

    def masks(self, answers: Answers, chosen: torch.Tensor) -> torch.Tensor:
        """Mask logits [N, S/4, S/4] of the `chosen` queries [N]."""
        return draw(answers.strokes[chosen], answers.centres[chosen], self.maps)


def run(hipie: Hipie, heads: HipieHeads, words: torch.Tensor, seen: Levels, noisy: torch.Tensor,
        counts: torch.Tensor) -> list[Pass]:
    """Answer prompts all at once, each on an image of its own.

    words   [N, 8, 768];  seen  tokens [N, T, D], everything else as of one image
    noisy   [N, 2 M, 4] of `noisy_boxes`;  counts  [N] of the true boxes, M at most
    """
    def one(said: torch.Tensor, tokens: torch.Tensor, boxes: torch.Tensor, count: torch.Tensor
            ) -> Any:
        return _run(hipie, heads, said, replace(seen, tokens=tokens), boxes, count)

    scores, proposed, answered, maps = torch.vmap(one)(words, seen.tokens, noisy, counts)
    first = noisy.shape[1]
    passes = []
    for place in range(len(words)):
        answers = [Answers(*(part[place] for part in layer)) for layer in answered]
        passes.append(Pass((scores[place], proposed[place]),
                           [a[first + hipie.config.backgrounds:] for a in answers],
                           [a[:first] for a in answers], maps[place]))
    return passes


def _run(hipie: Hipie, heads: HipieHeads, words: torch.Tensor, seen: Levels, noisy: torch.Tensor,
         count: torch.Tensor) -> tuple[Any, ...]:
    """Answer one prompt: scores and boxes of the proposals, fields of all answers, maps."""
    memory, fused = hipie.read(words, seen)
    scores, proposed = hipie.propose(memory, seen)
    order = scores.topk(min(hipie.config.queries, len(scores))).indices
    filled = torch.arange(len(noisy), device=words.device) % (len(noisy) // 2) >= count
    content = heads.resizer(words.mean(0, keepdim=True)) * ~filled[:, None]
    queries = torch.cat((content, hipie.tgt_embed_bg.weight,
                         hipie.tgt_embed.weight[:len(order)]))
    reference = torch.cat((noisy.logit(EPSILON).sigmoid(), hipie.bg_query_refs.weight,
                           proposed[order]))
    hidden = torch.zeros(len(queries), len(queries), dtype=torch.bool, device=words.device)
    hidden[len(noisy):, :len(noisy)] = True
    answers = []
    begun = reference   # with its gradient, where `reference` is cut off
    for place, (layer, move) in enumerate(zip(hipie.decoder, hipie.bbox_embed)):
        positions = hipie.ref_point_head(sine(reference[:, [1, 0, 2, 3]], hipie.config.dim // 2))
        queries = layer(queries, positions, reference, memory, seen.sizes, hidden)
        align = heads.align[place] if place < len(heads.align) else hipie.align
        iou_head = heads.iou_head[place] if place < len(heads.iou_head) else hipie.iou_head
        moved = move(queries)
        logits = begun.logit(EPSILON)
        answers.append((align(queries, fused), (moved + logits).sigmoid(),
                        iou_head(queries)[:, 0],
                        logits.sigmoid()[:, :2] * hipie.config.image_size,
                        hipie.controller(queries)))
        begun = (moved + reference.logit(EPSILON)).sigmoid()
        reference = begun.detach()
    parts = memory.split([h * w for h, w in seen.sizes])[:3]
    maps = hipie.mask_head(*(part.T.reshape(1, -1, *size)
                             for part, size in zip(parts, seen.sizes)))
    return scores, proposed, answers, maps


def noisy_boxes(boxes: Sequence[torch.Tensor], generator: torch.Generator) -> list[torch.Tensor]:
    """True boxes [N, 4] (cx, cy, w, h) of each prompt -> [2 M, 4]; M is the largest N.

    A corner of the first M is off by less than half a side, one of the others by up to a whole
    one. Where a prompt has fewer boxes than M, the middle of the image fills up, as in the
    original.
    """
    most = max(map(len, boxes))
    made = []
    for true in boxes:
        count = len(true)
        corners = torch.cat((true[:, :2] - true[:, 2:] / 2, true[:, :2] + true[:, 2:] / 2), 1)
        sign = 2.0 * torch.randint(0, 2, (2, count, 4), generator=generator) - 1
        share = torch.rand(2, count, 4, generator=generator)
        share[1] += 1
        halves = true[:, 2:].repeat(1, 2) / 2
        drawn = (corners + NOISE * (sign * share).to(true.device) * halves).clamp(0, 1)
        centred = torch.cat(((drawn[..., :2] + drawn[..., 2:]) / 2,
                             drawn[..., 2:] - drawn[..., :2]), -1)
        filled = torch.full((2, most, 4), 0.5, device=true.device)
        filled[:, :count] = centred
        made.append(filled.flatten(0, 1))
    return made
