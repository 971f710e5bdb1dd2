# SPDX-License-Identifier: Apache-2.0
"""Compares SAM's everything mode with golden numbers of the original package.

The folder holds an original SAM file, an image, and every step from the clicks to the records.
"""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers.models.sam.modeling_sam import SamModel

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.nn import everything, sam
from support.comparison import PIXEL, TENSOR, Table

PIXELS = 3          # of a mask whose logit may be on the other side of zero
STABILITY = 4e-4    # what such a pixel changes


def load_sam(folder: Path) -> SamModel:
    """Return the model of a golden folder."""
    given = json.loads((folder / 'config.json').read_text())
    encoder, prompts, decoder = (given[part] for part in (
        'image_encoder', 'prompt_encoder', 'mask_decoder'))
    model = SamModel(sam.sam_config({
        'image_size': encoder['img_size'], 'vit_patch_size': encoder['patch_size'],
        **{f'encoder_{key}': encoder[key] for key in (
            'embed_dim', 'depth', 'num_heads', 'global_attn_indexes')},
        **{key: encoder[key] for key in ('window_size', 'mlp_ratio')},
        'prompt_embed_dim': prompts['embed_dim'], 'mask_in_chans': prompts['mask_in_chans'],
        'decoder_depth': decoder['transformer']['depth'],
        'decoder_heads': decoder['transformer']['num_heads'],
        'decoder_mlp_dim': decoder['transformer']['mlp_dim'],
        **{key: decoder[key] for key in (
            'num_multimask_outputs', 'iou_head_depth', 'iou_head_hidden_dim')}})).eval()
    tensors = load_file(folder / 'weights.safetensors')
    model.load_state_dict({new: t for old, t in tensors.items() for new in sam.sam_names(old)})
    return model


def settings_of(folder: Path) -> everything.EverythingSettings:
    """Return the settings of the golden run."""
    given = json.loads((folder / 'config.json').read_text())['generator']
    return everything.EverythingSettings(*(given[key] for key in (
        'points_per_side', 'points_per_batch', 'pred_iou_thresh', 'stability_score_thresh',
        'stability_score_offset', 'box_nms_thresh', 'min_mask_region_area', 'crop_nms_thresh')))


@torch.inference_mode()
def run_sam(folder: Path, table: Table) -> str:
    """Compare all that a golden folder of the everything mode holds."""
    golden = load_file(folder / 'vectors.safetensors')
    model, settings = load_sam(folder), settings_of(folder)
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    view = sam.SamView(rgb.shape[:2], model.config.vision_config.image_size)
    embedding = _compare_image(model, rgb, view, golden, table)
    _compare_masks(model, embedding, view, settings, golden, table)
    found = everything.candidates(model, embedding, view, settings)
    table.ids('candidates: count', [len(found)], [len(golden['nms.boxes'])])
    for name, ours in (('boxes', found.boxes), ('points', found.points)):
        table.tensor(f'candidates: {name}', ours, golden[f'nms.{name}'], PIXEL)
    table.tensor('candidates: predicted IoU', found.scores, golden['nms.scores'])
    table.tensor('candidates: stability', found.stability, golden['nms.stability_scores'],
                 STABILITY)
    kept = everything.suppress(found.boxes, found.scores, settings.box_iou)
    table.ids('kept candidates', kept.tolist(), golden['nms.keep'].tolist())
    _compare_records(everything.segment(model, embedding, view, settings), view, folder, table)
    return f'{len(found)} candidates, {len(kept)} regions.'


def _compare_image(model: SamModel, rgb: np.ndarray, view: sam.SamView,
                   golden: dict[str, torch.Tensor], table: Table) -> torch.Tensor:
    table.tensor('image, resized', torch.from_numpy(view.resize(rgb).copy()).permute(2, 0, 1),
                 golden['resized_rgb'], 0.0)
    pixels, (height, width) = view.pixels(rgb), view.inner
    table.tensor('image', pixels[0, :, :height, :width], golden['preprocessed_valid'], PIXEL)
    embedding, _ = sam.encode(model, pixels)
    table.tensor('embedding', embedding, golden['image_embedding'])
    table.tensor('positions', model.get_image_wide_positional_embeddings(),
                 golden['dense_positional_encoding'])
    return embedding


def _compare_masks(model: SamModel, embedding: torch.Tensor, view: sam.SamView,
                   settings: everything.EverythingSettings, golden: dict[str, torch.Tensor],
                   table: Table) -> None:
    """Compare the three masks of every click, before any filter."""
    points = everything.grid(settings.per_side, view.source)
    table.tensor('clicks', points, golden['grid_points_image'], PIXEL)
    batches = points.split(settings.batch)
    table.ids('batches', [len(b) for b in batches], golden['batch_sizes'].tolist())
    prompts = [everything.clicks(model, view, batch) for batch in batches]
    table.tensor('prompts, first batch', prompts[0], golden['sparse_embeddings_first_batch'])
    decoded = [sam.decode(model, embedding, batch, several=True) for batch in prompts]
    low, iou = map(torch.cat, zip(*decoded))
    table.tensor('predicted IoU', iou, golden['iou_predictions'])
    table.tensor('small masks', low[..., ::2, ::2], golden['low_res_masks_sub2'])
    table.tensor('small masks, first batch', decoded[0][0], golden['low_res_masks_first_batch'])
    for name, values in (('mean', low), ('abs_mean', low.abs())):
        table.tensor(f'small masks, {name}', values.double().mean((2, 3)),
                     golden[f'low_res_{name}'])
    shown = golden['full_logits_sub4_first_batch']
    full = view.full(low[:len(shown)].flatten(0, 1)).unflatten(0, shown.shape[:2])
    table.tensor('masks, first ones', full[..., ::4, ::4], shown)
    facts = everything.measure(low.flatten(0, 1), view, settings.offset)
    shape = iou.shape
    table.tensor('stability', facts.stability.reshape(shape), golden['stability_scores_all'],
                 STABILITY)
    table.tensor('boxes', facts.boxes.reshape(*shape, 4), golden['boxes_all'], 0.0)
    table.tensor('areas', facts.areas.reshape(shape), golden['areas_all'], PIXELS)
    good = (iou > settings.predicted_iou).flatten() & (facts.stability >= settings.stability)
    table.ids('masks that pass', good.nonzero()[:, 0].tolist(),
              golden['candidate_flat_index'].tolist())


def _compare_records(regions: everything.Regions, view: sam.SamView, folder: Path, table: Table
                     ) -> None:
    """Compare the regions, their order and their pixels."""
    records = json.loads((folder / 'records.json').read_text())['records']
    table.ids('regions: count', [len(regions)], [len(records)])
    wrong, corners = 0, regions.boxes.clone()
    corners[:, 2:] -= corners[:, :2]
    for mask, record in zip(regions.masks(view), records):
        golden = Rle(*mask.shape, record['segmentation_coco_rle'].encode()).decode()
        wrong = max(wrong, int((mask.numpy() != golden).sum()))
    table.rows.append(('regions: pixels that differ', float(wrong), float(PIXELS)))
    for name, ours, tolerance in (
            ('bbox', corners, 0.0), ('area', regions.areas, PIXELS),
            ('predicted_iou', regions.scores, TENSOR),
            ('point_coords', regions.points[:, None], PIXEL),
            ('stability_score', regions.stability, STABILITY)):
        golden = torch.tensor([r[name] for r in records], dtype=torch.float64)
        table.tensor(f'regions: {name}', ours, golden, tolerance)
