# SPDX-License-Identifier: Apache-2.0
"""Compares what training LLM-Seg computes: targets, losses and gradients of its own parts."""

from pathlib import Path

import torch
from torch.nn import functional as F

from reasonseg_ros.engines.public.llmseg import LlmSeg
from reasonseg_ros.nn import clip, llmseg
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.sam import SamView
from support.comparison import PIXEL, Table, image_tokens
from support.golden_llmseg import Golden, fed, ids_of, place, regions_of

IGNORED = -100      # a label that is not learnt
SHARPNESS = 0.05    # temperature of the loss on similarities
IOP_WEIGHT = 50


def compare_training(engine: LlmSeg, folder: Path, meta: dict, golden: Golden, table: Table
                      ) -> None:
    """Compare the losses of two images with two conversations each, and their gradients."""
    model, offset = engine.model, golden['train.offset'].tolist()
    square = [SamView(golden[f'train.image{n}_rgb'].shape[:2], llmseg.DINO_SIDE).pixels(
        golden[f'train.image{n}_rgb'].numpy()) for n in (0, 1)]
    patches = [clip.pixels(golden[f'train.image{n}_rgb'].numpy(),
                           model.config.clip['image_size']) for n in (0, 1)]
    table.tensor('train: DINOv2 images', torch.cat(square)[..., ::16, ::16],
                 golden['train.images_sub16'], PIXEL)
    table.tensor('train: CLIP images', torch.cat(patches), golden['train.images_clip'], PIXEL)
    rows = [row[kept].tolist() for row, kept in zip(golden['train.input_ids'],
                                                    golden['train.attention_masks'])]
    states, words, labels, shown = [], [], [], []
    last = golden['train.logits'].shape[1]
    end = golden['train.input_ids'].shape[1] + image_tokens(model) - 1
    for number, row in enumerate(rows):
        asked = ids_of(engine, meta['train_prompts'][number])
        table.ids(f'train: ids of row {number}', asked, row)
        image = sum(number >= o for o in offset[1:])
        with torch.no_grad():
            held = fed(TokenStream(model.llama), row, model.tokens(patches[image]))
        logits = model.llama.lm_head(held)
        real = max(0, len(held) - end + last)   # what follows is padding
        shown.append((logits[len(held) - real:], golden['train.logits'][number][:real]))
        places = [p for p, label in enumerate(golden['train.labels'][number].tolist())
                  if label != IGNORED]
        words.append(logits[[p + image_tokens(model) - 2 for p in places]])
        labels += [row[p] for p in places]
        states.append(held[row.index(engine.seg) + image_tokens(model) - 2])
    table.tensor('train: last logits', *(torch.cat(part) for part in zip(*shown)))
    table.tensor('train: projected [SEG]', model.prompt(torch.stack(states)),
                 golden['train.seg_embeds_all'])
    losses = [_compare_image(engine, folder, number, square[number],
                             states[offset[number]:offset[number + 1]], meta, golden, table)
              for number in (0, 1)]
    align, iop = (sum(parts) / len(parts) for parts in zip(*losses))
    ce = F.cross_entropy(torch.cat(words), torch.tensor(labels))
    for name, ours in (('ce_loss', ce), ('align_loss', align), ('regression_loss', iop),
                       ('loss', ce + align + iop)):
        table.value(f'train: {name}', float(ours.detach()), float(golden[f'train.{name}']))
    _compare_gradients(engine, align + iop, meta, golden, table)


def _compare_image(engine: LlmSeg, folder: Path, number: int, square: torch.Tensor,
                   states: list[torch.Tensor], meta: dict, golden: Golden, table: Table
                   ) -> tuple[torch.Tensor, torch.Tensor]:
    """Compare what is made of one image of the batch; return its two losses."""
    masks, _ = regions_of(folder, meta['train_images'][number])
    # Regions may lie in a smaller copy of the image; the original brings the truth to their size.
    given = golden[f'train.gt_masks.{number}'][:, None].float()
    truth = F.interpolate(given, masks.shape[1:])[:, 0] == 1
    both = (truth[:, None] & masks[None]).sum((2, 3)).double()
    either = (truth[:, None] | masks[None]).sum((2, 3)).double()
    iou, iop = both / either, both / masks.sum((1, 2)).double()
    table.tensor(f'train: IoU of regions, image {number}', iou, golden[f'train.gt_iou.{number}'])
    table.tensor(f'train: IoP of regions, image {number}', iop, golden[f'train.gt_iop.{number}'])
    table.tensor(f'train: weights, relative sums, image {number}',
                 llmseg.coverage(masks).sum((1, 2)) / golden[f'train.segs_sum.{number}'],
                 torch.ones(len(masks)))
    described = engine.model.describe(square, masks)
    judged = [engine.model.judge(described, state) for state in states]
    table.tensor(f'train: described regions, image {number}', described,
                 golden[f'train.mask_pooled.{number}'])
    for name, ours in (('fused', [j.fused for j in judged]),
                       ('iop', [j.iop[:, None] for j in judged]),
                       ('embedding_head', [j.embedding for j in judged])):
        table.tensor(f'train: {name}, image {number}', torch.stack(ours),
                     golden[f'train.{name}.{number}'])
    return _mean_losses(torch.stack([j.similarity for j in judged]),
                        torch.stack([j.iop for j in judged]), iou, iop)


def _mean_losses(similarity: torch.Tensor, iop: torch.Tensor, true_iou: torch.Tensor,
                 true_iop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two losses on regions [conversations, K], mean over conversations."""
    align, regression = losses(similarity, iop, true_iou.float(), true_iop.float())
    return align.mean(), regression.mean()


def losses(similarity: torch.Tensor, iop: torch.Tensor, true_iou: torch.Tensor,
           true_iop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    align = F.kl_div((similarity / SHARPNESS).log_softmax(1), (true_iou / SHARPNESS).softmax(1),
                     reduction='none').sum(1)
    return align, IOP_WEIGHT * ((true_iop - 1).exp() * (iop - true_iop) ** 2).mean(1)


def _compare_gradients(engine: LlmSeg, loss: torch.Tensor, meta: dict, golden: Golden,
                       table: Table) -> None:
    """Compare what the two losses on regions say about their own parameters."""
    loss.backward()
    ours = {name: p.grad for name, p in engine.model.named_parameters() if p.grad is not None}
    prefix, norms = 'train.grad.', []
    for name in golden:
        if name.startswith(prefix):
            table.tensor(f'gradient of {name.split("model.model.")[1]}',
                         ours[place(name.removeprefix(prefix))], golden[name])
    for name, norm in meta['grad_norms'].items():
        if '.lisa_' in name or '.text_hidden_fcs.' in name:
            norms.append((ours[place(name)].norm(), norm))
    table.tensor(f'norms of {len(norms)} gradients', *map(torch.tensor, zip(*norms)))
