# SPDX-License-Identifier: Apache-2.0
"""Reads folders of golden numbers of LLM-Seg: weights as published, conversations, regions."""

import json
import shutil
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.public import llmseg as engines
from reasonseg_ros.engines.public.llmseg import LlmSeg
from reasonseg_ros.engines.weights.convert_llmseg import PEFT, rename
from reasonseg_ros.engines.weights.published import SAM
from reasonseg_ros.nn import dinov2, llmseg
from reasonseg_ros.nn.everything import Regions
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from support import published

Golden = dict[str, torch.Tensor]
GRID = llmseg.DINO_SIDE // dinov2.VIT_L['patch_size']


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


def place(published_name: str) -> str:
    """Name of a published parameter in our network."""
    [name] = rename({published_name.removeprefix(PEFT): torch.zeros(1)}, GRID, {}, {}).tensors
    return name


def ids_of(engine: LlmSeg, text: str) -> list[int]:
    """Ids of a whole conversation."""
    return [engine.tokenizer.bos, *engine.tokenizer.encode(text)]


def fed(stream: TokenStream, ids: list[int], tokens: torch.Tensor) -> torch.Tensor:
    """States of ids with the image in its place."""
    image = ids.index(IMAGE_ID)
    return stream.append(torch.cat((stream.embed(ids[:image]), tokens,
                                    stream.embed(ids[image + 1:]))))


def regions_of(folder: Path, image: str) -> tuple[torch.Tensor, list[int]]:
    """Masks bool [K, h, w] of an image's cached regions, and their places in the cache.

    They have the size of the cache, which need not be that of the image. Raises KeyError for an
    image that no cache of the folder has.
    """
    caches = [folder / name for name in ('val_masks.json', 'train_masks.json')]
    records = {r['image']: r for path in reversed(caches) if path.exists()
               for r in json.loads(path.read_text())}
    found, (height, width) = records[image]['masks'], records[image]['target_size']
    if not found:
        return torch.zeros(0, height, width, dtype=torch.bool), []
    areas = torch.tensor([m['area'] for m in found], dtype=torch.long)
    none = torch.zeros(len(found), 1, 1)
    places = torch.arange(len(found))
    cached = Regions(none, none, places, none, none, areas, 0 * areas)
    kept = cached.largest(engines.MOST).points.tolist()
    return torch.stack([torch.from_numpy(Rle(
        height, width, found[k]['segmentation']['counts'].encode()).decode()) for k in kept]), kept
