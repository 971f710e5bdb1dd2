# SPDX-License-Identifier: Apache-2.0
"""Masks of boxes by Segment Anything, each made once: Visual Genome and EgoObjects have only boxes.

Reads an original checkpoint of SAM (ViT-B, L or H); its sizes are those of its tensors. Masks are
kept in a file beside the data set, so that a build that is interrupted, or repeated with another
seed, makes none twice.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from transformers.models.sam.modeling_sam import SamModel

from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets.coco_table import Box
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.weights.published import read_file
from reasonseg_ros.nn import sam
from reasonseg_ros.nn.sam import VIT_H, SamView, sam_config, sam_names

CACHE = 'box_masks.sqlite'
_WAIT = 60.0        # seconds for another shard that writes
_BLOCK = re.compile(r'image_encoder\.blocks\.(\d+)\.attn\.rel_pos_h$')


class BoxMasks:
    """SAM, its image folder and its cache."""

    def __init__(self, model: SamModel, images: Path, cache: Path, device: torch.device) -> None:
        self._model, self._images, self._device = model.to(device).eval(), images, device
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._cache = sqlite3.connect(cache, timeout=_WAIT, isolation_level=None)
        self._cache.execute('CREATE TABLE IF NOT EXISTS masks (image TEXT, box TEXT, height INT, '
                            'width INT, counts BLOB, PRIMARY KEY (image, box)) WITHOUT ROWID')

    @classmethod
    def load(cls, path: str, device: str, images: Path, out: Path) -> 'BoxMasks':
        """Open a checkpoint for the images of a data set. Raises BadCheckpoint, BadRequest."""
        tensors = read_file(Path(path))
        try:
            with torch.device('meta'):
                model = SamModel(sam_config(sizes_of(tensors)))
            model.load_state_dict({new: tensor for old, tensor in tensors.items()
                                   for new in sam_names(old)}, assign=True)
        except (KeyError, RuntimeError, ValueError) as error:
            first = (str(error).splitlines() or [''])[0]
            raise BadCheckpoint(f'"{path}" is no checkpoint of SAM ({first:.200}); expected '
                                'sam_vit_h_4b8939.pth or another original one') from error
        return cls(model.float(), images, out / CACHE, find_device(device))

    def masks(self, image: str, boxes: Sequence[Box]) -> list[Rle]:
        """Return a mask for each box; one may be empty. Raises BadImage."""
        keys = [' '.join(f'{n:g}' for n in box) for box in boxes]
        found = {key: kept for key in keys if (kept := self._kept(image, key)) is not None}
        missing = [place for place, key in enumerate(keys) if key not in found]
        if missing:
            made = self._segment(image, [boxes[place] for place in missing])
            for place, mask in zip(missing, made):
                found[keys[place]] = mask
                self._cache.execute('INSERT OR REPLACE INTO masks VALUES (?, ?, ?, ?, ?)', (
                    image, keys[place], mask.height, mask.width, mask.counts))
        return [found[key] for key in keys]

    def _kept(self, image: str, key: str) -> Rle | None:
        row = self._cache.execute('SELECT height, width, counts FROM masks WHERE image = ? AND '
                                  'box = ?', (image, key)).fetchone()
        return Rle(*row) if row else None

    @torch.inference_mode()
    def _segment(self, image: str, boxes: Sequence[Box]) -> list[Rle]:
        rgb = read_rgb(self._images / image)
        view = SamView((rgb.shape[0], rgb.shape[1]), self._model.config.vision_config.image_size)
        embedding, _ = sam.encode(self._model, view.pixels(rgb).to(self._device))
        logits, _ = sam.decode(self._model, embedding, self._prompts(view, boxes))
        return [Rle.encode(mask) for mask in (view.full(logits[:, 0]) > 0).cpu().numpy()]

    def _prompts(self, view: SamView, boxes: Sequence[Box]) -> torch.Tensor:
        """Boxes in pixels of the image -> prompts [N, 2, C], one for each of two corners."""
        (height, width), (rows, columns) = view.source, view.inner
        scale = torch.tensor((columns / width, rows / height) * 2)
        scaled = (torch.tensor(boxes, dtype=torch.float32) * scale).to(self._device)
        prompts: torch.Tensor = self._model.prompt_encoder(None, None, scaled[None], None)[0]
        return prompts[0]


def sizes_of(tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """Return the sizes of a checkpoint in the words of `nn.sam.VIT_H`. Raises KeyError."""
    patch = tensors['image_encoder.patch_embed.proj.weight']
    grid = tensors['image_encoder.pos_embed'].shape[1]
    spans = {int(m[1]): tensor.shape for name, tensor in tensors.items()
             if (m := _BLOCK.match(name))}
    if not spans:
        raise KeyError('image_encoder.blocks')
    width, side = patch.shape[0], patch.shape[-1]
    window = (min(length for length, _ in spans.values()) + 1) // 2
    hidden = tensors['image_encoder.blocks.0.mlp.lin1.weight'].shape[0]
    layers = {name.split('.')[3] for name in tensors
              if name.startswith('mask_decoder.transformer.layers.')}
    return VIT_H | {
        'image_size': grid * side, 'vit_patch_size': side, 'encoder_embed_dim': width,
        'encoder_depth': len(spans), 'encoder_num_heads': width // spans[0][1],
        'encoder_global_attn_indexes': [number for number, (length, _) in sorted(spans.items())
                                        if length == 2 * grid - 1 and window < grid],
        'window_size': window, 'mlp_ratio': hidden / width,
        'prompt_embed_dim': tensors['image_encoder.neck.0.weight'].shape[0],
        'decoder_depth': len(layers),
        'decoder_mlp_dim': tensors['mask_decoder.transformer.layers.0.mlp.lin1.weight'].shape[0],
        'mask_in_chans': tensors['prompt_encoder.mask_downscaling.3.weight'].shape[0],
        'iou_head_hidden_dim': tensors[
            'mask_decoder.iou_prediction_head.layers.0.weight'].shape[0]}
