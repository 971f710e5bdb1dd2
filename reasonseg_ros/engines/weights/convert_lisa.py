# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints of LISA and M2SA to the folders that engines `lisa` and `m2sa` load.

Renames every tensor to its place in `nn.lisa.LisaModel` and compares all shapes. A tensor that is
missing, or that has no place and is not known to be of no use, ends the conversion with its name.
Numbers and their types stay as published.
"""

from collections.abc import Mapping
from pathlib import Path

import torch

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.weights import renaming
from reasonseg_ros.engines.weights.published import (
    EARLY,
    SAM,
    check_source,
    read_file,
    read_folder,
    read_json,
)
from reasonseg_ros.engines.weights.renaming import Conversion, Renaming
from reasonseg_ros.nn.lisa import LisaConfig, LisaModel
from reasonseg_ros.nn.llama_tokenizer import FILES, LlamaTokenizer
from reasonseg_ros.nn.sam import VIT_H


def convert(engine: str, source: Path, target: Path, clip: Path | None = None,
            sam: Path | None = None, licence: str = '', origin: str = '') -> Conversion:
    """Convert a published checkpoint; raises BadCheckpoint naming what does not fit.

    source   folder with config.json, weights and tokenizer
    target   folder to make; must not exist
    clip     folder of the CLIP tower, which these checkpoints do not hold; may be left out where
             `source` has it (clip_config.json, clip_weights.safetensors)
    sam      original SAM file for the parts of SAM that `source` lacks
    licence, origin  what the manifest says about the weights
    """
    renaming.check_new(target)
    check_source(engine, source)
    tensors = read_folder(source)
    config = _config(source, clip, early=engine == 'm2sa')
    tokenizer = LlamaTokenizer.load(source)
    renaming.check_tokenizer(tokenizer, config.llama['vocab_size'], source)
    if sam:
        tensors = {SAM + name: tensor for name, tensor in read_file(sam).items()} | tensors
    named = rename(tensors)
    if not any(name.startswith('clip.') for name in named.tensors):
        _add_clip(named, read_folder(clip) if clip else
                  read_file(source / 'clip_weights.safetensors'))
    return renaming.finish(engine, named, LisaModel.empty(config), source, target,
                           {name: source / name for name in FILES}, licence, origin)


def rename(tensors: Mapping[str, torch.Tensor]) -> Renaming:
    """Give every tensor of a published checkpoint its place."""
    named = Renaming()
    early, others = renaming.split(tensors, EARLY)
    sam, others = renaming.split(others, SAM)
    named.take(others)
    named.take_sam(sam)
    named.tensors |= {f'early.{name}': tensor for name, tensor in early.items()}
    return named


def _config(source: Path, clip: Path | None, early: bool) -> LisaConfig:
    given = read_json(source / 'config.json')
    expected = {'mm_use_im_start_end': True, 'mm_vision_select_feature': 'patch',
                'rope_scaling': None}
    wrong = [f'{key} is {given.get(key)!r}, expected {value!r}' for key, value in expected.items()
             if given.get(key) != value]
    if wrong:
        raise BadCheckpoint(f'{source / "config.json"} describes another kind of model '
                            f'({"; ".join(wrong)}); only LISA and M2SA are converted')
    tower = clip / 'config.json' if clip else source / 'clip_config.json'
    if not clip and not tower.is_file():
        raise BadCheckpoint(f'folder "{source}" has no CLIP tower, like every published one; '
                            'download openai/clip-vit-large-patch14 and pass its folder with '
                            '--clip')
    sizes = renaming.clip_sizes(read_json(tower), tower.parent)
    return LisaConfig(renaming.llama_sizes(given, source), sizes,
                      renaming.sizes_in(source, 'sam_config.json', VIT_H),
                      renaming.clip_layer(given, sizes, source), early)


def _add_clip(named: Renaming, tensors: Mapping[str, torch.Tensor]) -> None:
    """Add the vision tower of a CLIP; its text tower and projections are of no use here."""
    useless = ('text_model.', 'logit_scale', 'text_projection.', 'visual_projection.')
    for old, tensor in tensors.items():
        if old.startswith('vision_model.') and not old.endswith('.position_ids'):
            named.tensors[f'clip.{old.removeprefix("vision_model.")}'] = tensor
        elif old.startswith(useless) or old.endswith('.position_ids'):
            named.unused.append(f'clip: {old}')
        else:
            named.strange.append(f'clip: {old}')
