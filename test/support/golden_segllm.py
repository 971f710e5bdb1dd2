# SPDX-License-Identifier: Apache-2.0
"""A golden folder of SegLLM as a published checkpoint: what it does not store is drawn again.

Its README gives the rule by which the weights of the segmenter follow from their names; every
tensor is compared with the sums in the manifest.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from reasonseg_ros.core.errors import BadCheckpoint

SEGMENTER = 'model.segmentator.'
SEEDS = 100


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """Every tensor under its published name, those with two names once."""
    stored = folder / 'weights_no_segmentator.safetensors'   # drawn by the same rule
    held = load_file(stored) if stored.is_file() else {}
    manifest = json.loads((folder / 'weights_manifest.json').read_text(encoding='utf-8'))
    seed = _seed(manifest['manifest'])
    for name, entry in manifest['manifest'].items():
        if name not in held and name not in manifest['aliases']:
            held[name] = torch.from_numpy(_drawn(name, entry['shape'], seed))
        if name in held and not _fits(held[name].numpy(), entry):
            raise BadCheckpoint(f'tensor {name} of "{folder}" does not have the sums of its '
                                'manifest; copy the folder again')
    return held


def _seed(entries: dict[str, dict]) -> int:
    """Seed by which a folder's weights were drawn; 0 where none of the first ones fits."""
    name = f'{SEGMENTER}hipie.detr.mask_head.lay2.bias'
    return next((seed for seed in range(SEEDS)
                 if _fits(_drawn(name, entries[name]['shape'], seed), entries[name])), 0)


def _fits(tensor: np.ndarray, entry: dict) -> bool:
    """Whether a tensor has the sums of its entry."""
    sums = tensor.sum(dtype=np.float64), np.abs(tensor).sum(dtype=np.float64)
    return np.allclose(sums, (entry['sum'], entry['abssum']), rtol=1e-6, atol=1e-6)


def _drawn(name: str, shape: list[int], seed: int) -> np.ndarray:
    """Weights float32 of a name; see "How to regenerate" in the folder's README."""
    state = np.random.RandomState((zlib.crc32(name.encode()) + 7919 * seed) % 2 ** 32)
    noise = state.standard_normal(shape)
    if name.endswith('running_var'):
        made = 1 + 0.1 * np.abs(noise)
    elif name.endswith('running_mean'):
        made = 0.1 * noise
    elif len(shape) >= 2:
        made = noise / np.sqrt(np.prod(shape[1:]))
    else:
        made = 0.1 * noise + name.endswith('weight')
    if name.endswith('transformer.enc_output.bias'):
        made = made * 0
    if '.bbox_embed.' in name and name.endswith('layers.2.weight'):
        made = made * 0.3
    if name.endswith(('.gamma_v', '.gamma_l')):
        made = 0.3 + 0.1 * noise
    if name.endswith('dot_product_projection_text.weight'):
        made = made * 4
    return made.astype(np.float32)


def publish(folder: Path, target: Path) -> Path:
    """Write a golden folder in the published layout to the new folder `target`."""
    target.mkdir(parents=True)
    config = json.loads((folder / 'config.json').read_text(encoding='utf-8'))
    (target / 'config.json').write_text(json.dumps(config['llava']))
    (target / 'clip_config.json').write_text(json.dumps(config['clip']))
    (target / 'tokenizer.json').write_bytes((folder / 'tokenizer.json').read_bytes())
    save_file(weights(folder), target / 'model.safetensors')
    return target
