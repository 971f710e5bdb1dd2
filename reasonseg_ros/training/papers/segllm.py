# SPDX-License-Identifier: Apache-2.0
"""What SegLLM (Wang et al. 2025) learns from a batch.

The sum of the cross-entropy of the answers' tokens, the losses of HIPIE (`hipie_losses`), and a
thousandth of the mean square of the prompts, which keeps them small. All rounds of a conversation
are read, and at most two of its masks are drawn. What is remembered of earlier rounds comes from
their true masks, half of it left out. Computes losses; draws no samples and takes no step.
"""

from dataclasses import dataclass, replace

import torch
from torch import nn

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.nn.segllm import MEMORY_SCALE, SegLlmModel
from reasonseg_ros.training.papers import hipie_losses, hipie_passes
from reasonseg_ros.training.papers.hipie_losses import POINTS, Things, things_of
from reasonseg_ros.training.papers.hipie_passes import HipieHeads, noisy_boxes
from reasonseg_ros.training.papers.reading import (
    ForcedPass,
    Rows,
    image_tokens,
    language_loss,
    read,
)

WEIGHTS = {'ce': 1.0, 'told': 5.0, **hipie_losses.WEIGHTS, 'prompt': 1e-3}
MOST = 2        # masks of a conversation that are drawn


class SegLlmTraining(nn.Module):
    """The model with what it has in training only."""

    def __init__(self, model: SegLlmModel) -> None:
        super().__init__()
        self.model, self.heads = model, HipieHeads(model.hipie)


@dataclass(frozen=True)
class SegLlmBatch:
    """Conversations, each about an image of its own.

    clip_pixels  [B, 3, s, s];  squares  uint8 [B, S, S, 3] for HIPIE
    cutouts      of each conversation what its slots hear of earlier masks, in order [E, 3, s, s]
    boxes        of these [E, 4], rows first in [0, 1]
    masks        of each conversation bool [R, S, S] in the square, one for each <seg>; may be
                 empty where a mask is too small for it
    references   of each conversation bool [R, S, S]: the mask that the round speaks of; empty
                 where it speaks of none
    told         of each <seg>, conversation by conversation, ids of words about its mask int64 [K],
                 K = 0 where nobody has named it
    """

    rows: Rows
    clip_pixels: torch.Tensor
    squares: torch.Tensor
    cutouts: tuple[torch.Tensor, ...]
    boxes: tuple[torch.Tensor, ...]
    masks: tuple[torch.Tensor, ...]
    references: tuple[torch.Tensor, ...]
    told: tuple[torch.Tensor, ...]


def losses(training: SegLlmTraining, batch: SegLlmBatch, seg: int, slot: int,
           generator: torch.Generator, points: int = POINTS, left_out: float = 0.5,
           draws: bool = True) -> dict[str, torch.Tensor]:
    """Unweighted losses, named as in WEIGHTS.

    seg, slot  ids of <seg> and <video>;  points  at which masks are compared
    left_out   chance of what is remembered to be left out; half in the paper
    draws      whether masks are drawn, or only words are learnt
    """
    model = training.model
    reading = _read(model, batch, slot, generator, left_out)
    states, counts = reading.before(seg)
    told = {'ce': language_loss(model, reading)}
    if any(map(len, batch.told)):
        told['told'] = _words_loss(model.llama.lm_head(states).float(), batch.told)
    if not draws:
        return told
    words: list[torch.Tensor] = []
    things: list[Things] = []
    rows: list[int] = []
    for row, part in enumerate(states.split(counts)):
        if len(part) > len(batch.masks[row]):
            raise BadInput(f'a conversation has {len(part)} <seg> for {len(batch.masks[row])} '
                           'masks; expected one for each; mend the conversation')
        chosen = _chosen(batch, row, len(part), generator)
        words.append(part[chosen])
        things += [_things(batch, row, place) for place in chosen]
        rows += [row] * len(chosen)
    if rows:
        hipie, prompts = model.hipie, model.words(torch.cat(words))
        drawn = sorted(set(rows))
        seen = hipie.encode_many(torch.cat([hipie.pixels(batch.squares[row]) for row in drawn]))
        seen = replace(seen, tokens=seen.tokens[[drawn.index(row) for row in rows]])
        noisy = noisy_boxes([t.boxes for t in things], generator)
        passes = hipie_passes.run(hipie, training.heads, prompts, seen, torch.stack(noisy),
                                  torch.tensor([len(t.boxes) for t in things],
                                               device=prompts.device))
        told |= hipie_losses.hipie_losses(passes, things, generator, points)
        told['prompt'] = (prompts ** 2).mean()
    return told


def _read(model: SegLlmModel, batch: SegLlmBatch, slot: int, generator: torch.Generator,
          left_out: float) -> ForcedPass:
    """Read the conversations, a part of what is remembered left out."""
    tokens = image_tokens(model, batch.clip_pixels)
    own = model.llama.get_input_embeddings()(torch.tensor(slot, device=model.device))
    heard = [remembered(model, cutouts, boxes, generator, left_out) if len(cutouts) else None
             for cutouts, boxes in zip(batch.cutouts, batch.boxes)]
    kept = [int((batch.rows.ids[row, :length] == slot).sum())
            for row, length in enumerate(batch.rows.lengths)]
    return read(model, batch.rows, [image + own for image in tokens], slot,
                [None if h is None else h[:count] for h, count in zip(heard, kept)])


def remembered(model: SegLlmModel, cutouts: torch.Tensor, boxes: torch.Tensor,
               generator: torch.Generator, left_out: float) -> torch.Tensor:
    """Embeddings [2 E, D] of masks and boxes in turn, each left out with the chance `left_out`.

    The others are scaled so that their mean is what the model hears later.
    """
    classes = torch.stack([model.states(cutout[None])[0] for cutout in cutouts])
    both = torch.stack((model.projector(classes), model.box(boxes.to(model.device, model.dtype))),
                       1).flatten(0, 1)
    kept = torch.rand(len(both), generator=generator) >= left_out
    return both * (MEMORY_SCALE / (1 - left_out)) * kept.to(both.device)[:, None]


def _words_loss(logits: torch.Tensor, told: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Cross-entropy of logits [N, V] with an even mixture of the words that each state tells.

    A small model has no language to begin with, as a published one has from LLaVA: without these
    words, its states before <seg> hardly depend on what is asked.
    """
    rows = torch.tensor([row for row, words in enumerate(told) for _ in words])
    shares = torch.tensor([1 / len(words) for words in told for _ in words])
    wanted = logits.log_softmax(-1)[rows.to(logits.device), torch.cat(told)]
    return -(wanted * shares.to(wanted)).sum() / sum(map(bool, map(len, told)))


def _chosen(batch: SegLlmBatch, row: int, count: int, generator: torch.Generator) -> list[int]:
    """Rounds of a conversation whose masks are drawn, ascending; never one with an empty mask."""
    whole = [place for place in range(count) if bool(batch.masks[row][place].any())]
    drawn = torch.randperm(len(whole), generator=generator)[:MOST].tolist()
    return sorted(whole[place] for place in drawn)


def _things(batch: SegLlmBatch, row: int, place: int) -> Things:
    """True things of a round: what it speaks of, where that has a mask, and its target."""
    reference = batch.references[row][place]
    return things_of(reference if bool(reference.any()) else None, batch.masks[row][place])
