# SPDX-License-Identifier: Apache-2.0
"""Compares engine `llmseg` with golden numbers of the original code.

The folder's weights are published as DeepSpeed would, with LoRA apart, then converted and loaded.
Its regions are given (SAM's own are compared by `parity_sam`), so SAM is a random one.
"""

import json
import shutil
import tempfile
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch.nn import functional as F

import published
from comparison import PIXEL
from comparison import Table
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines import llmseg as engines
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.convert_llmseg import convert
from reasonseg_ros.engines.convert_llmseg import renamed
from reasonseg_ros.engines.llmseg import LlmSeg
from reasonseg_ros.engines.renaming import SAM
from reasonseg_ros.nn import clip
from reasonseg_ros.nn import dinov2
from reasonseg_ros.nn import llmseg
from reasonseg_ros.nn.everything import Regions
from reasonseg_ros.nn.llama import Stream
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from reasonseg_ros.nn.sam import SamView

Golden = dict[str, torch.Tensor]
PEFT = 'base_model.model.'
IGNORED = -100      # a label that is not learnt
UNKNOWN = 255       # of truth: pixels that do not count
SHARPNESS = 0.05    # temperature of the loss on similarities
IOP_WEIGHT = 50
RULES = {'top1_iou': engines.IOU, 'iop_thr_native': engines.IOP, 'top1_plus_thr': engines.EITHER,
         'thr_from_top5': engines.SIMILAR_IOP}
GRID = llmseg.DINO_SIDE // dinov2.VIT_L['patch_size']
SCORED = 1024       # pixels along the sides at which the authors score by default


def publish(folder: Path, target: Path) -> Path:
    """Write the weights of a golden folder as published; SAM's file is `sam.pth` in it."""
    meta = json.loads((folder / 'meta.json').read_text())
    step = target / 'ckpt_model' / 'global_step1'
    step.mkdir(parents=True)
    (step.parent / 'latest').write_text(step.name)
    module = OrderedDict(load_file(folder / 'weights.safetensors'))
    torch.save({'module': module, 'buffer_names': [], 'dp_world_size': 2, 'ds_version': '0.10.0',
                'param_shapes': [OrderedDict((k, t.shape) for k, t in module.items())]},
               step / 'mp_rank_00_model_states.pt')
    shutil.copyfile(folder / 'tokenizer.model', target / 'tokenizer.model')
    shutil.copyfile(published.DATA / 'sam_config.json', target / 'sam_config.json')
    torch.save({name.removeprefix(SAM): tensor for name, tensor in
                published.weights('weights', 'lisa').items() if name.startswith(SAM)},
               target / 'sam.pth')
    for name, part in (('config', 'llama'), ('clip_config', 'clip'),
                       ('dinov2_config', 'dinov2')):
        (target / f'{name}.json').write_text(json.dumps(meta[part]))
    return target


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
        _compare_full_size(folder, table)
    _compare_training(engine, folder, meta, golden, table)
    return ('The picture and its regions are encoded once; a round is two passes of the language '
            'model: the request, and the words of the answer.')


def _compare_validation(engine: LlmSeg, folder: Path, meta: dict, golden: Golden, table: Table
                        ) -> tuple[llmseg.Judged, torch.Tensor]:
    model, rgb = engine.model, golden['val.image_rgb'].numpy()
    asked = json.loads((folder / 'val_v0.json').read_text())['text'][0]
    request = [*engine.opening(),
               *engine.request(f'{asked} Please output segmentation mask.', first=True)]
    answer = [*engine.tokenizer.encode(engines.ANSWER), engine.end]
    table.ids('val: ids', request + answer, golden['val.input_ids'][0].tolist())
    table.ids('val: ids of the whole', _ids(engine, meta['val_prompt']), request + answer)
    pixels = clip.pixels(rgb, model.config.clip['image_size'])
    table.tensor('val: CLIP picture', pixels, golden['val.images_clip'], PIXEL)
    tokens = model.tokens(pixels)
    table.tensor('val: picture tokens', tokens[None], golden['val.mm_projector_out'])
    masks, order = _regions(folder, 'v0.jpg')
    table.ids('val: order of the regions', order, meta['sorted_cache_index'][:meta['K_used']])
    table.tensor('val: regions', masks.permute(1, 2, 0), golden['val.segs_origin'], 0.0)
    described = _compare_description(engine, rgb, masks, golden, table)

    stream = Stream(model.llama)
    before = _feed(stream, request, tokens)
    said = list(engine.answer(stream, before[-1]))
    table.ids('val: answer', [token for token, _ in said], answer)
    state = next(state for token, state in said if token == engine.seg)
    table.tensor('val: state of [SEG]', state, golden['val.seg_hidden'])
    whole = _feed(Stream(model.llama), request + answer, tokens)
    table.tensor('val: all states', whole[None], golden['val.last_hidden_state'])
    table.tensor('val: logits of [SEG]', model.llama.lm_head(state), golden['val.logits_at_seg'])
    text = model.prompt(state)
    table.tensor('val: projected [SEG]', text, golden['val.seg_embed'])
    _compare_blocks(model.fusion, described[None], text[None, None], 'val', golden, table)
    judged = model.judge(described, state)
    for name, ours in (('fused', judged.fused[None]), ('iop', judged.iop[None, :, None]),
                       ('iop_logit', judged.iop_logit[None, :, None]),
                       ('embedding_head', judged.embedding[None]),
                       ('pred_similarity', judged.similarity[None]),
                       ('pred_iou_field', judged.iop[None])):
        table.tensor(f'val: {name}', ours, golden[f'val.{name}'])
    return judged, masks


def _compare_description(engine: LlmSeg, rgb: np.ndarray, masks: torch.Tensor, golden: Golden,
                         table: Table) -> torch.Tensor:
    model, view = engine.model, SamView(rgb.shape[:2], llmseg.DINO_SIDE)
    square = view.pixels(rgb)
    table.ids('val: size in the square', list(view.inner), golden['val.resize'].tolist())
    table.tensor('val: DINOv2 picture', square[..., ::16, ::16], golden['val.images_sub16'], PIXEL)
    patches = dinov2.features(model.dino, square)
    table.tensor('val: DINOv2', patches.flatten(2).transpose(1, 2), golden['val.dino_patchtokens'])
    table.tensor('val: DINOv2, projected', model.dino_conv(patches), golden['val.dino_conv'])
    table.tensor('val: DINOv2, scaled', model.features(square)[0, :, ::8, ::8],
                 golden['val.dino_up256_sub8'])
    weight = llmseg.weights(masks)
    table.tensor('val: weights of a region', weight[:1], golden['val.segs_first'])
    table.tensor('val: weights, relative sums',
                 weight.sum((1, 2)) / golden['val.segs_sum'], torch.ones(len(masks)))
    described = model.describe(square, masks)
    table.tensor('val: described regions', described, golden['val.mask_pooled'])
    return described


def _compare_choice(judged: llmseg.Judged, masks: torch.Tensor, meta: dict, golden: Golden,
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
        table.tensor(f'mask by {rule}', engines.resized(mask, truth.shape)[None],
                     golden[f'val.select.{name}.mask'], 0.0)
        _compare_scores(name, engines.resized(mask, truth.shape), truth, meta, table)
    mask = masks[engines.choose(engines.IOP, similarity, iop)].any(0)
    large = engines.resized(mask, (SCORED, SCORED))
    table.tensor('mask by iop, scored', torch.from_numpy(np.packbits(large.numpy(), axis=1)),
                 golden['val.select.iop_thr.mask1024_packed'], 0.0)
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


def _compare_training(engine: LlmSeg, folder: Path, meta: dict, golden: Golden, table: Table
                      ) -> None:
    """Compare the losses of two pictures with two conversations each, and their gradients."""
    model, offset = engine.model, golden['train.offset'].tolist()
    square = [SamView(golden[f'train.image{n}_rgb'].shape[:2], llmseg.DINO_SIDE).pixels(
        golden[f'train.image{n}_rgb'].numpy()) for n in (0, 1)]
    patches = [clip.pixels(golden[f'train.image{n}_rgb'].numpy(),
                           model.config.clip['image_size']) for n in (0, 1)]
    table.tensor('train: DINOv2 pictures', torch.cat(square)[..., ::16, ::16],
                 golden['train.images_sub16'], PIXEL)
    table.tensor('train: CLIP pictures', torch.cat(patches), golden['train.images_clip'], PIXEL)
    rows = [row[kept].tolist() for row, kept in zip(golden['train.input_ids'],
                                                    golden['train.attention_masks'])]
    states, words, labels, shown = [], [], [], []
    last = golden['train.logits'].shape[1]
    end = golden['train.input_ids'].shape[1] + model.picture_tokens - 1
    for number, row in enumerate(rows):
        table.ids(f'train: ids of row {number}', _ids(engine, meta['train_prompts'][number]), row)
        picture = sum(number >= o for o in offset[1:])
        with torch.no_grad():
            held = _feed(Stream(model.llama), row, model.tokens(patches[picture]))
        logits = model.llama.lm_head(held)
        shown.append((logits[end - last:], golden['train.logits'][number][:len(held) - end + last]))
        places = [p for p, label in enumerate(golden['train.labels'][number].tolist())
                  if label != IGNORED]
        words.append(logits[[p + model.picture_tokens - 2 for p in places]])
        labels += [row[p] for p in places]
        states.append(held[row.index(engine.seg) + model.picture_tokens - 2])
    table.tensor('train: last logits', *(torch.cat(part) for part in zip(*shown)))
    table.tensor('train: projected [SEG]', model.prompt(torch.stack(states)),
                 golden['train.seg_embeds_all'])
    losses = [_compare_picture(engine, folder, number, square[number],
                               states[offset[number]:offset[number + 1]], meta, golden, table)
              for number in (0, 1)]
    align, iop = (sum(parts) / len(parts) for parts in zip(*losses))
    ce = F.cross_entropy(torch.cat(words), torch.tensor(labels))
    for name, ours in (('ce_loss', ce), ('align_loss', align), ('regression_loss', iop),
                       ('loss', ce + align + iop)):
        table.value(f'train: {name}', float(ours), float(golden[f'train.{name}']))
    _compare_gradients(engine, align + iop, meta, golden, table)


def _compare_picture(engine: LlmSeg, folder: Path, number: int, square: torch.Tensor,
                     states: list[torch.Tensor], meta: dict, golden: Golden, table: Table
                     ) -> tuple[torch.Tensor, torch.Tensor]:
    """Compare what is made of one picture of the batch; return its two losses."""
    masks, _ = _regions(folder, meta['train_images'][number])
    truth = golden[f'train.gt_masks.{number}'] == 1
    both = (truth[:, None] & masks[None]).sum((2, 3)).double()
    either = (truth[:, None] | masks[None]).sum((2, 3)).double()
    iou, iop = both / either, both / masks.sum((1, 2)).double()
    table.tensor(f'train: IoU of regions, picture {number}', iou, golden[f'train.gt_iou.{number}'])
    table.tensor(f'train: IoP of regions, picture {number}', iop, golden[f'train.gt_iop.{number}'])
    table.tensor(f'train: weights, relative sums, picture {number}',
                 llmseg.weights(masks).sum((1, 2)) / golden[f'train.segs_sum.{number}'],
                 torch.ones(len(masks)))
    described = engine.model.describe(square, masks)
    judged = [engine.model.judge(described, state) for state in states]
    table.tensor(f'train: described regions, picture {number}', described,
                 golden[f'train.mask_pooled.{number}'])
    for name, ours in (('fused', [j.fused for j in judged]),
                       ('iop', [j.iop[:, None] for j in judged]),
                       ('embedding_head', [j.embedding for j in judged])):
        table.tensor(f'train: {name}, picture {number}', torch.stack(ours),
                     golden[f'train.{name}.{number}'])
    return _losses(torch.stack([j.similarity for j in judged]),
                   torch.stack([j.iop for j in judged]), iou, iop)


def _losses(similarity: torch.Tensor, iop: torch.Tensor, true_iou: torch.Tensor,
            true_iop: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two losses on regions [conversations, K], mean over conversations."""
    each = _losses_each(similarity, iop, true_iou.float(), true_iop.float())
    return each[0].mean(), each[1].mean()


def _losses_each(similarity: torch.Tensor, iop: torch.Tensor, true_iou: torch.Tensor,
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
                         ours[_place(name.removeprefix(prefix))], golden[name])
    for name, norm in meta['grad_norms'].items():
        if '.lisa_' in name or '.text_hidden_fcs.' in name:
            norms.append((ours[_place(name)].norm(), norm))
    table.tensor(f'norms of {len(norms)} gradients', *map(torch.tensor, zip(*norms)))


def _compare_full_size(folder: Path, table: Table) -> None:
    """Compare the fusion at the size of the release; its weights follow from their names."""
    golden, sizes = load_file(folder / 'fusion_fullsize.safetensors'), llmseg.RELEASED
    model = torch.nn.Module()
    model.fusion = llmseg.Fusion(sizes['dim'], sizes['heads'], sizes['mlp'], sizes['blocks'])
    model.iop_head = llmseg.head(sizes['dim'], sizes['iop'], 1)
    model.embedding_head = llmseg.head(sizes['dim'], sizes['embedding'], sizes['dim'])
    shapes = json.loads((folder / 'released_key_shapes.json').read_text())
    names = [name for name in shapes if '.lisa_' in name and '.lisa_dino_conv.' not in name]
    tensors = {name.removeprefix(PEFT): filled(name.removeprefix(f'{PEFT}model.'), shapes[name])
               for name in names}
    check = 'lisa_attention_layers.0.self_attn.q_proj.weight'
    table.tensor('full size: first weights', tensors[f'model.{check}'].flatten()[:8],
                 golden[f'check.first8.{check}'], 0.0)
    model.load_state_dict(renamed(tensors, GRID, {}, {}).tensors)
    text = golden['in.text_embed'][:, None]
    regions = golden['in.mask_feats'].expand(len(text), -1, -1)
    _compare_blocks(model.fusion, regions, text, '', golden, table)
    fused = model.fusion(regions, text)
    iop, embedding = model.iop_head(fused).sigmoid(), model.embedding_head(fused)
    similarity = F.cosine_similarity(embedding, text, dim=2)
    for name, ours in (('fused', fused), ('iop', iop), ('embedding_head', embedding),
                       ('similarity', similarity)):
        table.tensor(f'full size: {name}', ours, golden[name])
    align, loss = _losses_each(similarity, iop[..., 0], golden['in.gt_iou'], golden['in.gt_iop'])
    table.tensor('full size: align loss', align, golden['align_loss_per_round'], 1e-4)
    table.tensor('full size: IoP loss', loss, golden['iop_loss_per_round'], 1e-4)


def _compare_blocks(fusion: llmseg.Fusion, regions: torch.Tensor, text: torch.Tensor, case: str,
                    golden: Golden, table: Table) -> None:
    for number, block in enumerate(fusion.blocks):
        regions, text = block(regions, text)
        key = f'{case}.layer{number}' if case else f'layer{number}'
        table.tensor(f'{case or "full size"}: block {number}, regions', regions,
                     golden[f'{key}.masks'])
        table.tensor(f'{case or "full size"}: block {number}, text', text, golden[f'{key}.text'])


def filled(name: str, shape: list[int]) -> torch.Tensor:
    """Make the weights of a parameter from its name, as the README of the folder says."""
    count = int(np.prod(shape))
    x = (np.arange(count, dtype=np.uint64) + zlib.crc32(name.encode())) % 2 ** 32
    for factor, shift in ((0x7feb352d, 16), (0x846ca68b, 15)):
        x ^= x >> np.uint64(shift)
        x = x * np.uint64(factor) % np.uint64(2 ** 32)
    x ^= x >> np.uint64(16)
    u = 2 * x.astype(np.float64) / 2 ** 32 - 1
    if len(shape) > 1:
        u *= (3 / np.prod(shape[1:])) ** 0.5
    else:
        u = 1 + 0.2 * u if 'norm' in name and name.endswith('weight') else 0.2 * u
    return torch.from_numpy(u.reshape(shape).astype(np.float32))


def _place(published_name: str) -> str:
    """Name of a published parameter in our network."""
    [name] = renamed({published_name.removeprefix(PEFT): torch.zeros(1)}, GRID, {}, {}).tensors
    return name


def _ids(engine: LlmSeg, text: str) -> list[int]:
    """Ids of a whole conversation."""
    return [engine.tokenizer.bos, *engine.tokenizer.encode(text)]


def _feed(stream: Stream, ids: list[int], tokens: torch.Tensor) -> torch.Tensor:
    """States of ids with the picture in its place."""
    image = ids.index(IMAGE_ID)
    return stream.append(torch.cat((stream.embed(ids[:image]), tokens,
                                    stream.embed(ids[image + 1:]))))


def _regions(folder: Path, image: str) -> tuple[torch.Tensor, list[int]]:
    """Masks bool [K, h, w] of a picture's cached regions, and their places in the cache."""
    records = [r for name in ('val_masks.json', 'train_masks.json')
               for r in json.loads((folder / name).read_text()) if r['image'] == image]
    found, (height, width) = records[0]['masks'], records[0]['target_size']
    areas, none = torch.tensor([m['area'] for m in found]), torch.zeros(len(found), 1, 1)
    places = torch.arange(len(found))
    kept = Regions(none, none, places, none, none, areas).largest(engines.MOST).points.tolist()
    return torch.stack([torch.from_numpy(Rle(
        height, width, found[k]['segmentation']['counts'].encode()).decode()) for k in kept]), kept
