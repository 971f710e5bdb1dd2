# SPDX-License-Identifier: Apache-2.0
"""Compares engine `llmseg` with golden numbers of the original code.

The folder's weights are published as DeepSpeed would, with LoRA apart, then converted and loaded.
Its regions are given (SAM's own are compared by `parity_sam`), so SAM is a random one.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

from reasonseg_ros.benchmarks.conversation import ConversationRound
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.public import llmseg as engines
from reasonseg_ros.engines.public.llmseg import LlmSeg
from reasonseg_ros.engines.weights.convert_llmseg import PEFT, convert, rename
from reasonseg_ros.evaluation.protocols import worded
from reasonseg_ros.nn import clip, dinov2, llmseg
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.sam import SamView
from support.comparison import PIXEL, Table
from support.golden_llmseg import GRID, Golden, fed, filled, ids_of, publish, regions_of
from support.parity_llmseg_training import compare_training, losses

UNKNOWN = 255       # of truth: pixels that do not count
RULES = {'top1_iou': engines.IOU, 'iop_thr_native': engines.IOP, 'top1_plus_thr': engines.EITHER,
         'thr_from_top5': engines.SIMILAR_IOP}
FULL_SIZE = 'fusion_fullsize.safetensors', 'released_key_shapes.json'
SCORED = 1024       # pixels along the sides at which the authors score by default


def run_llmseg(folder: Path, table: Table) -> str:
    """Convert, load and compare all that a golden folder of LLM-Seg holds."""
    with tempfile.TemporaryDirectory() as temporary:
        source, target = publish(folder, Path(temporary) / 'source'), Path(temporary) / 'llmseg'
        convert(source, target, sam=source / 'sam.pth')
        engine = registry.load('llmseg', str(target), 'cpu', 'float32')
    meta = json.loads((folder / 'meta.json').read_text())
    golden = load_file(folder / 'inputs.safetensors') | load_file(folder / 'expected.safetensors')
    with torch.inference_mode():
        judged, masks = _compare_validation(engine, folder, meta, golden, table)
        _compare_choice(judged, masks, meta, golden, table)
        if all((folder / name).exists() for name in FULL_SIZE):
            _compare_full_size(folder, table)
        else:
            table.lacking.append('full size')
    if 'train.input_ids' in golden and (folder / 'train_masks.json').exists():
        compare_training(engine, folder, meta, golden, table)
    else:
        table.lacking.append('training')
    return ('The image and its regions are encoded once; a round is two passes of the language '
            'model: the request, and the words of the answer.')


def _compare_validation(engine: LlmSeg, folder: Path, meta: dict, golden: Golden, table: Table
                        ) -> tuple[llmseg.RegionScores, torch.Tensor]:
    model, rgb = engine.model, golden['val.image_rgb'].numpy()
    asked = meta['val_prompt'].split('<im_end>')[1].split(' ASSISTANT:')[0].strip()
    request = [*engine.opening(), *engine.request(asked, first=True)]
    _compare_words(folder, asked, table)
    answer = [*engine.tokenizer.encode(engines.ANSWER), engine.end]
    table.ids('val: ids', request + answer, golden['val.input_ids'][0].tolist())
    table.ids('val: ids of the whole', ids_of(engine, meta['val_prompt']), request + answer)
    pixels = clip.pixels(rgb, model.config.clip['image_size'])
    table.tensor('val: CLIP image', pixels, golden.get('val.images_clip'), PIXEL)
    tokens = model.tokens(pixels)
    table.tensor('val: image tokens', tokens[None], golden.get('val.mm_projector_out'))
    cached = json.loads((folder / 'val_masks.json').read_text())
    masks, order = regions_of(folder, cached[0]['image'])
    table.ids('val: order of the regions', order, meta['sorted_cache_index'][:meta['K_used']])
    table.tensor('val: regions', masks.permute(1, 2, 0), golden.get('val.segs_origin'), 0.0)
    described = _compare_description(engine, rgb, masks, golden, table)

    stream = TokenStream(model.llama)
    before = fed(stream, request, tokens)
    said = list(engine.answer(stream, before[-1]))
    table.ids('val: answer', [token for token, _ in said], answer)
    state = next(state for token, state in said if token == engine.seg)
    table.tensor('val: state of [SEG]', state, golden.get('val.seg_hidden'))
    whole = fed(TokenStream(model.llama), request + answer, tokens)
    table.tensor('val: all states', whole[None], golden.get('val.last_hidden_state'))
    table.tensor('val: logits of [SEG]', model.llama.lm_head(state),
                 golden.get('val.logits_at_seg'))
    text = model.prompt(state)
    table.tensor('val: projected [SEG]', text, golden.get('val.seg_embed'))
    _compare_blocks(model.fusion, described[None], text[None, None], 'val', golden, table)
    judged = model.judge(described, state)
    for name, ours in (('fused', judged.fused[None]), ('iop', judged.iop[None, :, None]),
                       ('iop_logit', judged.iop_logit[None, :, None]),
                       ('embedding_head', judged.embedding[None]),
                       ('pred_similarity', judged.similarity[None]),
                       ('pred_iou_field', judged.iop[None])):
        table.tensor(f'val: {name}', ours, golden.get(f'val.{name}'))
    return judged, masks


def _compare_words(folder: Path, asked: str, table: Table) -> None:
    """Compare the message that `eval` would put to the engine for the folder's annotation."""
    path = next((p for p in sorted(folder.glob('val_*.json')) if p.name != 'val_masks.json'), None)
    if path is None:
        table.lacking.append('val: words of the request')
        return
    held = json.loads(path.read_text())
    said = worded(ConversationRound(held['text'][0], (), phrase=not held['is_sentence']), 'lisa')
    table.ids('val: words of the request', list(map(ord, said)), list(map(ord, asked)))


def _compare_description(engine: LlmSeg, rgb: np.ndarray, masks: torch.Tensor, golden: Golden,
                         table: Table) -> torch.Tensor:
    model, view = engine.model, SamView(rgb.shape[:2], llmseg.DINO_SIDE)
    square = view.pixels(rgb)
    table.ids('val: size in the square', list(view.inner), golden['val.resize'].tolist())
    table.tensor('val: DINOv2 image', square[..., ::16, ::16], golden.get('val.images_sub16'),
                 PIXEL)
    patches = dinov2.features(model.dino, square)
    table.tensor('val: DINOv2', patches.flatten(2).transpose(1, 2),
                 golden.get('val.dino_patchtokens'))
    table.tensor('val: DINOv2, projected', model.dino_conv(patches), golden.get('val.dino_conv'))
    table.tensor('val: DINOv2, scaled', model.features(square)[0, :, ::8, ::8],
                 golden.get('val.dino_up256_sub8'))
    weight = llmseg.coverage(masks)
    table.tensor('val: weights of a region', weight[:1], golden.get('val.segs_first'))
    if 'val.segs_sum' in golden:
        table.tensor('val: weights, relative sums',
                     weight.sum((1, 2)) / golden['val.segs_sum'], torch.ones(len(masks)))
    described = model.describe(square, masks)
    table.tensor('val: described regions', described, golden.get('val.mask_pooled'))
    return described


def _compare_choice(judged: llmseg.RegionScores, masks: torch.Tensor, meta: dict, golden: Golden,
                    table: Table) -> None:
    """Compare which regions each rule chooses, the masks, and the scores of these."""
    similarity, iop, known = judged.similarity, judged.iop, meta['selected_ids']
    for rule, ids in ((engines.IOU, [known['top1_iou']]), (engines.IOP, known['iop_thr_0.5'])):
        table.ids(f'regions chosen by {rule}',
                  engines.choose(rule, similarity, iop).nonzero()[:, 0].tolist(), ids)
    near = known['top5_by_similarity']
    table.ids('most similar regions', similarity.argsort(descending=True)[:len(near)].tolist(),
              near)
    truth = golden['val.gt_mask'][0]
    for name, rule in RULES.items():
        mask = masks[engines.choose(rule, similarity, iop)].any(0)
        table.tensor(f'mask by {rule}', engines.resize_mask(mask, truth.shape)[None],
                     golden.get(f'val.select.{name}.mask'), 0.0)
        _compare_scores(name, engines.resize_mask(mask, truth.shape), truth, meta, table)
    mask = masks[engines.choose(engines.IOP, similarity, iop)].any(0)
    large = engines.resize_mask(mask, (SCORED, SCORED))
    table.tensor('mask by iop, scored', torch.from_numpy(np.packbits(large.numpy(), axis=1)),
                 golden.get('val.select.iop_thr.mask1024_packed'), 0.0)
    _compare_scores('iop_thr', large, F.interpolate(
        truth[None, None].float(), (SCORED, SCORED))[0, 0].int(), meta, table)


def _compare_scores(name: str, mask: torch.Tensor, truth: torch.Tensor, meta: dict, table: Table
                    ) -> None:
    known, counted = meta['metrics'][name], truth != UNKNOWN
    both, either = ([int((op(mask == bool(k), truth == k) & counted).sum()) for k in (0, 1)]
                    for op in (torch.logical_and, torch.logical_or))
    table.ids(f'{name}: intersections and unions', both + either,
              [*known['inter'], *known['union']])
    iou = both[1] / (either[1] + 1e-8) + (either[1] == 0)
    table.value(f'{name}: gIoU', iou / (1 + 1e-5), known['giou'])
    table.value(f'{name}: cIoU', both[1] / (either[1] + 1e-10), known['ciou'])


def _compare_full_size(folder: Path, table: Table) -> None:
    """Compare the fusion at the size of the release; its weights follow from their names."""
    golden, sizes = load_file(folder / 'fusion_fullsize.safetensors'), llmseg.RELEASED
    model = torch.nn.Module()
    model.fusion = llmseg.RegionFusion(sizes['dim'], sizes['heads'], sizes['mlp'], sizes['blocks'])
    model.iop_head = llmseg.head(sizes['dim'], sizes['iop'], 1)
    model.embedding_head = llmseg.head(sizes['dim'], sizes['embedding'], sizes['dim'])
    shapes = json.loads((folder / 'released_key_shapes.json').read_text())
    names = [name for name in shapes if '.lisa_' in name and '.lisa_dino_conv.' not in name]
    tensors = {name.removeprefix(PEFT): filled(name.removeprefix(f'{PEFT}model.'), shapes[name])
               for name in names}
    check = 'lisa_attention_layers.0.self_attn.q_proj.weight'
    table.tensor('full size: first weights', tensors[f'model.{check}'].flatten()[:8],
                 golden[f'check.first8.{check}'], 0.0)
    model.load_state_dict(rename(tensors, GRID, {}, {}).tensors)
    text = golden['in.text_embed'][:, None]
    regions = golden['in.mask_feats'].expand(len(text), -1, -1)
    _compare_blocks(model.fusion, regions, text, '', golden, table)
    fused = model.fusion(regions, text)
    iop, embedding = model.iop_head(fused).sigmoid(), model.embedding_head(fused)
    similarity = F.cosine_similarity(embedding, text, dim=2)
    for name, ours in (('fused', fused), ('iop', iop), ('embedding_head', embedding),
                       ('similarity', similarity)):
        table.tensor(f'full size: {name}', ours, golden[name])
    align, loss = losses(similarity, iop[..., 0], golden['in.gt_iou'], golden['in.gt_iop'])
    table.tensor('full size: align loss', align, golden['align_loss_per_round'], 1e-4)
    table.tensor('full size: IoP loss', loss, golden['iop_loss_per_round'], 1e-4)


def _compare_blocks(fusion: llmseg.RegionFusion, regions: torch.Tensor, text: torch.Tensor,
                    case: str, golden: Golden, table: Table) -> None:
    for number, block in enumerate(fusion.blocks):
        regions, text = block(regions, text)
        key = f'{case}.layer{number}' if case else f'layer{number}'
        table.tensor(f'{case or "full size"}: block {number}, regions', regions,
                     golden.get(f'{key}.masks'))
        table.tensor(f'{case or "full size"}: block {number}, text', text,
                     golden.get(f'{key}.text'))
