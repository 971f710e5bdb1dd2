# SPDX-License-Identifier: Apache-2.0
"""One teacher-forced pass over a batch and its losses. Does not optimise."""

import torch
from torch.nn import functional as F

from reasonseg_ros.nn.tabletop.mask_decoder import Masks, pool
from reasonseg_ros.nn.tabletop.model import DECISIONS, TabletopFeatures, TabletopModel
from reasonseg_ros.training.batch import IGNORE, Batch

WEIGHTS = {'text': 1.0, 'bce': 2.0, 'dice': 2.0, 'heat': 1.0, 'pointer': 1.0, 'presence': 1.0,
           'score': 0.2, 'region': 2.0, 'colour': 0.5, 'offset': 1.0}
MEMORY_DROPOUT = 0.1
PREDICTED_SHARE = 0.25  # of the batches, in which the model remembers its own masks


def dense_losses(model: TabletopModel, dense: torch.Tensor, batch: Batch
                 ) -> dict[str, torch.Tensor]:
    """Region and colour cross-entropy, offset to the object's centre; all at stride 4."""
    regions = len(model.config.regions)
    weight = torch.ones(1 + regions, device=dense.device)
    weight[0] = 0.3  # most cells are table
    dense = dense.float()
    inside = (batch.regions > 0)[:, None]
    distance = F.smooth_l1_loss(dense[:, -2:], batch.offsets, reduction='none')
    colours = F.cross_entropy(dense[:, 1 + regions:-2], batch.colours, ignore_index=IGNORE,
                              reduction='sum')
    return {
        'region': F.cross_entropy(dense[:, :1 + regions], batch.regions, weight),
        # Every image of a batch may be a faded one.
        'colour': colours / (batch.colours != IGNORE).sum().clamp_min(1),
        'offset': (distance * inside).sum() / inside.sum().clamp_min(1) / 2}


def losses(model: TabletopModel, batch: Batch, generator: torch.Generator
           ) -> dict[str, torch.Tensor]:
    """All losses of a batch, unweighted; `generator` drives the corruption of the memory."""
    seen = model.encode(batch.images)
    out = dense_losses(model, seen.dense, batch)
    seen = seen.repeat(batch.repeats)

    memory_masks = corrupt(batch.masks[batch.memory[:, 2]], model.grid2, generator)
    memory_boxes = batch.boxes[batch.memory[:, 2]]
    if not model.config.rewording and torch.rand((), generator=generator) < PREDICTED_SHARE:
        memory_masks, memory_boxes = predicted_history(model, seen, batch, memory_masks,
                                                       memory_boxes)
    kept = torch.rand(len(memory_masks), generator=generator) >= MEMORY_DROPOUT
    states = read(model, seen, batch, memory_masks, memory_boxes, kept)

    q_image, q_position = batch.questions.T
    decision, presence = model.decision(states[q_image, q_position], seen,
                                        _counts(q_image, len(states)))
    out['presence'] = balanced_bce(presence, batch.presence, empty=12.0).mean()
    named = model.naming(presence, seen, _counts(q_image, len(states)))
    out['text'] = _text_loss(model, states, decision, named, batch)

    masks, pointer = _segment(model, seen, batch, states, memory_masks)
    s_target = batch.segs[:, 2]
    truth = batch.masks[s_target]
    spot = pool(truth, model.grid2, model.grid8)
    spot = spot / spot.sum(1, keepdim=True).clamp_min(1e-6)
    out['heat'] = -(spot * masks.heat.log_softmax(1)).sum(1).mean()
    if not model.config.rewording and model.config.without != 'reference-loss':
        right = pointer.log_softmax(1).masked_fill(~batch.pointing, -1e4)
        out['pointer'] = -right.logsumexp(1).mean()
    out['bce'] = balanced_bce(masks.mask, truth, empty=60.0).mean()
    soft = masks.mask.sigmoid()
    out['dice'] = (1 - (2 * (soft * truth).sum(1) + 1) / ((soft + truth).sum(1) + 1)).mean()
    hit = (overlap(masks.mask > 0, truth >= 0.5) >= 0.5).float()
    out['score'] = F.binary_cross_entropy_with_logits(masks.score, hit)
    return out


@torch.no_grad()
def predicted_history(model: TabletopModel, seen: TabletopFeatures, batch: Batch,
                      masks: torch.Tensor, boxes: torch.Tensor
                      ) -> tuple[torch.Tensor, torch.Tensor]:
    """Put the model's own masks in the place of memory masks [M, C2] and their boxes [M, 4].

    A slot gets what the last [SEG] before it showed of the same target, where that is right
    (IoU >= 0.5): the words that follow speak of the true target, not of another one.
    """
    states = read(model, seen, batch, masks, boxes, torch.ones(len(masks)))
    shown = _segment(model, seen, batch, states, masks)[0].mask > 0                  # [N, C2]
    right = overlap(shown, batch.masks[batch.segs[:, 2]] >= 0.5) >= 0.5
    m_image, m_position, m_target, _ = batch.memory.T
    s_image, s_position, s_target = batch.segs.T
    same = ((m_image[:, None] == s_image) & (m_target[:, None] == s_target)
            & (m_position[:, None] > s_position) & right)                            # [M, N]
    last = torch.where(same, s_position, -1).argmax(1)
    known = same.any(1)
    own = shown[last].float()
    masks = torch.where(known[:, None], own, masks)
    return masks, torch.where(known[:, None], _boxes(own.reshape(-1, *model.grid2)), boxes)


def _boxes(maps: torch.Tensor) -> torch.Tensor:
    """Boxes [M, 4], xyxy in [0, 1], of binary maps [M, rows, cols]; any box for an empty one."""
    ends = []
    for line in (maps.amax(1), maps.amax(2)):       # columns, then rows, that hold anything
        count = line.shape[1]
        ends.append((line.argmax(1) / count, 1 - line.flip(1).argmax(1) / count))
    return torch.stack((ends[0][0], ends[1][0], ends[0][1], ends[1][1]), dim=1)


def _segment(model: TabletopModel, seen: TabletopFeatures, batch: Batch, states: torch.Tensor,
             memory_masks: torch.Tensor) -> tuple[Masks, torch.Tensor]:
    """Decode every [SEG] of a batch; see `TabletopModel.segment`."""
    s_image, s_position, _ = batch.segs.T
    m_image, m_position, _, _ = batch.memory.T
    allowed = (s_image[:, None] == m_image[None]) & (m_position[None] < s_position[:, None])
    if model.config.rewording:
        allowed = torch.zeros_like(allowed)
    return model.segment(
        states[s_image, s_position], states[m_image, m_position], memory_masks, allowed, seen,
        _counts(s_image, len(states)))


def read(model: TabletopModel, seen: TabletopFeatures, batch: Batch, memory_masks: torch.Tensor,
         memory_boxes: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """States [B, T, dim] of all tokens.

    memory_masks [M, C2], memory_boxes [M, 4]; slots that are not `kept` stay blank, and all of a
    model that has no memory of masks.
    """
    if model.config.rewording:
        kept = torch.zeros_like(kept)
    image, position, _, number = batch.memory.T
    slots = model.remember(seen, _counts(image, len(seen.tokens)), memory_masks, memory_boxes,
                           number)
    slots = slots * kept.to(slots.device, slots.dtype)[:, None, None]
    embedded = model.embedding(batch.tokens)
    embedded = embedded.index_put((image, position), slots[:, 0].to(embedded.dtype))
    embedded = embedded.index_put((image, position + 1), slots[:, 1].to(embedded.dtype))
    sequence = torch.cat((seen.tokens.to(embedded.dtype), embedded), dim=1)
    states: torch.Tensor = model.transformer(sequence, model.prefix)
    return states[:, model.prefix:]


def decide(model: TabletopModel, batch: Batch) -> torch.Tensor:
    """Logits [Q, 3] of DECISIONS at every question, with true history."""
    seen = model.encode(batch.images).repeat(batch.repeats)
    masks = batch.masks[batch.memory[:, 2]]
    boxes = batch.boxes[batch.memory[:, 2]]
    states = read(model, seen, batch, masks, boxes, torch.ones(len(masks)))
    image, position = batch.questions.T
    at = states[image, position]
    extra, _ = model.decision(at, seen, _counts(image, len(states)))
    ids = [model.tokenizer.ids[name] for name in DECISIONS]
    return model.logits(at)[:, ids] + extra


def _text_loss(model: TabletopModel, states: torch.Tensor, decision: torch.Tensor,
               named: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Cross-entropy of answer words; at <bot> the decision head adds its logits.

    decision [Q, 3] and named [Q, V] are of the questions; a word belongs to the last before it.
    """
    rows, columns = torch.nonzero(batch.labels != IGNORE, as_tuple=True)
    length = batch.labels.shape[1]
    asked = batch.questions[:, 0] * length + batch.questions[:, 1]
    question = torch.searchsorted(asked, rows * length + columns, right=True) - 1
    logits = model.logits(states[rows, columns], named[question])
    place = torch.full(batch.labels.shape, -1, device=logits.device)
    place[rows, columns] = torch.arange(len(rows), device=logits.device)
    at = place[batch.questions[:, 0], batch.questions[:, 1]]
    ids = torch.tensor([model.tokenizer.ids[d] for d in DECISIONS], device=logits.device)
    logits = logits.index_put((at[:, None], ids[None]), decision, accumulate=True)
    weight = batch.weights[rows, columns]
    loss = F.cross_entropy(logits, batch.labels[rows, columns], reduction='none')
    return (loss * weight).sum() / weight.sum()


def _counts(places: torch.Tensor, images: int) -> list[int]:
    """How many rows lie on each of so many images; `places` [rows] are their images, in order."""
    return torch.bincount(places, minlength=images).tolist()


def balanced_bce(logits: torch.Tensor, truth: torch.Tensor, empty: float) -> torch.Tensor:
    """Binary cross-entropy [N] of maps [N, cells], summed and divided by 4 areas + `empty`."""
    loss = F.binary_cross_entropy_with_logits(logits, truth, reduction='none').sum(1)
    return loss / (4 * truth.sum(1) + empty)


def overlap(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union [N] of bool maps [N, cells]."""
    return (a & b).sum(1) / (a | b).sum(1).clamp_min(1)


def corrupt(masks: torch.Tensor, grid: tuple[int, int], generator: torch.Generator
            ) -> torch.Tensor:
    """Make true masks [M, C2] look predicted: dilated, eroded, with holes, or left alone."""
    if not len(masks):
        return masks
    maps = masks.reshape(-1, 1, *grid)
    grown = F.max_pool2d(maps, 3, 1, 1)
    worn = -F.max_pool2d(-maps, 3, 1, 1)
    worn = torch.where(worn.sum((1, 2, 3), keepdim=True) > 4, worn, maps)
    coarse = torch.rand(len(maps), 1, grid[0] // 6, grid[1] // 6, generator=generator)
    holes = F.interpolate((coarse > 0.25).float(), size=grid, mode='nearest').to(maps.device)
    choice = torch.rand(len(maps), generator=generator).to(maps.device)[:, None, None, None]
    out = torch.where(choice < 0.2, grown, maps)
    out = torch.where((choice >= 0.2) & (choice < 0.4), worn, out)
    out = torch.where((choice >= 0.4) & (choice < 0.6), maps * holes, out)
    return out.flatten(1)
