# SPDX-License-Identifier: Apache-2.0
"""Losses and gradients of the papers' systems are those that the public code computed."""

import json

import pytest

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from support import golden_segllm
from support.golden import each_folder, text_of
from support.golden_llmseg import place, publish, regions_of

from reasonseg_ros.engines import registry
from reasonseg_ros.engines.weights import convert_lisa, convert_llmseg, convert_segllm
from reasonseg_ros.nn import clip
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from reasonseg_ros.nn.llmseg import DINO_SIDE
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.training.papers import lisa, llmseg
from reasonseg_ros.training.papers.reading import Rows, language_loss, read, rows_of

LOSS, NORM = 1e-4, 1e-3     # largest absolute error of a loss, relative error of a gradient's norm
ALPHA = 16      # of LoRA


def golden_rows(golden: dict[str, torch.Tensor], mask: str) -> Rows:
    offset = golden['train.offset'].tolist()
    lengths = golden[f'train.{mask}'].sum(1).tolist()
    images = [sum(number >= o for o in offset[1:]) for number in range(len(lengths))]
    return Rows(golden['train.input_ids'], golden['train.labels'], tuple(lengths), tuple(images))


@each_folder('lisa', 'm2sa')
def test_losses_of_lisa_and_m2sa_are_the_golden_ones(folder, tmp_path) -> None:
    convert_lisa.convert(folder.name, folder, tmp_path / 'model')
    engine = registry.load(folder.name, str(tmp_path / 'model'), 'cpu', 'float32')
    model, golden = engine.model, load_file(folder / 'vectors.safetensors')
    told = text_of(folder)['train']
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    view = SamView(rgb.shape[:2], model.config.sam['image_size'])
    square, small = view.pixels(rgb), clip.pixels(rgb, model.config.clip['image_size'])
    first, masks = told['masks_split_first'], golden['val.gt_masks'] > 0
    batch = lisa.LisaBatch(
        golden_rows(golden, 'attention_mask'), torch.cat((small, small.flip(-1))),
        torch.cat((square, square.roll(37, -1))), (view, view), (masks[:first], masks[first:]))
    found = lisa.losses(model.train(), batch, engine.seg)
    weighted = {name: lisa.WEIGHTS[name] * float(value.detach()) for name, value in found.items()}
    for ours, theirs in (('ce', 'ce_loss'), ('mask_bce', 'mask_bce_loss'),
                         ('mask_dice', 'mask_dice_loss')):
        assert weighted[ours] == pytest.approx(told['losses'][theirs], abs=LOSS)
    assert sum(weighted.values()) == pytest.approx(told['losses']['loss'], abs=LOSS)


@each_folder('llmseg')
def test_losses_and_gradients_of_llmseg_are_the_golden_ones(folder, tmp_path) -> None:
    source = publish(folder, tmp_path / 'source')
    convert_llmseg.convert(source, tmp_path / 'model', sam=source / 'sam.pth')
    engine = registry.load('llmseg', str(tmp_path / 'model'), 'cpu', 'float32')
    model, meta = engine.model, json.loads((folder / 'meta.json').read_text())
    golden = load_file(folder / 'inputs.safetensors') | load_file(folder / 'expected.safetensors')
    images = [golden[f'train.image{n}_rgb'].numpy() for n in (0, 1)]
    batch = llmseg.LlmSegBatch(
        golden_rows(golden, 'attention_masks'),
        torch.cat([clip.pixels(rgb, model.config.clip['image_size']) for rgb in images]),
        torch.cat([SamView(rgb.shape[:2], DINO_SIDE).pixels(rgb) for rgb in images]),
        tuple(regions_of(folder, name)[0] for name in meta['train_images']),
        tuple(golden[f'train.gt_masks.{n}'] == 1 for n in (0, 1)))
    found = llmseg.losses(model.train(), batch, engine.seg)
    for ours, theirs in (('ce', 'ce_loss'), ('align', 'align_loss'), ('iop', 'regression_loss')):
        assert float(found[ours].detach()) == pytest.approx(meta['losses'][theirs], abs=LOSS)
    total = sum(llmseg.WEIGHTS[name] * value for name, value in found.items())
    assert float(total.detach()) == pytest.approx(meta['losses']['loss'], abs=LOSS)
    total.backward()
    _compare_gradients(folder, model, meta, golden)


def _compare_gradients(folder, model, meta, golden) -> None:
    ours = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    published = load_file(folder / 'weights.safetensors')
    for name, norm in meta['grad_norms'].items():
        assert float(_gradient(name, ours, published).norm()) == pytest.approx(
            norm, rel=NORM, abs=1e-6), name
    for name in (n for n in golden if n.startswith('train.grad.')):
        torch.testing.assert_close(ours[place(name.removeprefix('train.grad.'))], golden[name],
                                   atol=LOSS, rtol=NORM)


def _gradient(name: str, ours: dict[str, torch.Tensor], published: dict[str, torch.Tensor]
              ) -> torch.Tensor:
    """Gradient of a published parameter; LoRA is merged in ours: W + scale B A."""
    stem, low, kind = name.partition('.lora_')
    if not low:
        return ours[place(name)]
    a, b = (published[f'{stem}.lora_{part}.default.weight'] for part in 'AB')
    whole, scale = ours[place(f'{stem}.weight')], ALPHA / len(a)
    return scale * (b.T @ whole if kind.startswith('A') else whole @ a.T)


@each_folder('segllm')
def test_the_language_loss_of_segllm_is_the_golden_one(folder, tmp_path) -> None:
    convert_segllm.convert(golden_segllm.publish(folder, tmp_path / 'source'), tmp_path / 'model')
    engine = registry.load('segllm', str(tmp_path / 'model'), 'cpu', 'float32')
    model, slot = engine.model, engine.slot
    with np.load(folder / 'tensors.npz') as stored:
        golden = {name: torch.from_numpy(stored[name]) for name in stored.files
                  if name.startswith('call') and 'hipie' not in name}
    if 'call1.repl_feats' not in golden:
        pytest.skip('the small copy does not hold what is heard; set REASONSEG_GOLDEN')
    for call in ('call1', 'call2'):
        ids, labels = (golden[f'{call}.{part}'].tolist() for part in ('input_ids', 'labels'))
        start, heard = ids.index(slot), golden[f'{call}.repl_feats']
        image = heard[:256] + model.llama.model.embed_tokens.weight[slot]
        spelt = [(row[:start] + [stand] + row[start + 256:])
                 for row, stand in ((ids, IMAGE_ID), (labels, -100))]
        slots = spelt[0].count(slot)
        kept = [row for row in heard[256:] if row.any()][:slots]
        reading = read(model.train(), rows_of([tuple(spelt)], [0]), [image], slot,
                       [torch.stack(kept) if kept else None])
        torch.testing.assert_close(reading.states[0], golden[f'{call}.last_hidden'],
                                   atol=2e-4, rtol=0)
        assert float(language_loss(model, reading).detach()) == pytest.approx(
            float(golden[f'{call}.loss_lang']), abs=LOSS)
        torch.testing.assert_close(reading.before(engine.seg)[0], golden[f'{call}.seg_hidden'],
                                   atol=2e-4, rtol=0)
