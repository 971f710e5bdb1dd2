# SPDX-License-Identifier: Apache-2.0
"""A published checkpoint of SegLLM to the folder that engine `segllm` loads.

The authors publish three, in sub-folders of one place; each is a whole model with CLIP and HIPIE
in it. Sizes of HIPIE are read off the tensors. Two modules are registered twice in the original,
so that a file may hold their weights under either name. A tensor that is missing, or that has no
place and is not known to be of no use, ends the conversion with its name. Numbers stay as
published.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import torch

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.public.segllm import SEG, SLOT
from reasonseg_ros.engines.weights import renaming
from reasonseg_ros.engines.weights.published import (
    INDEXES,
    SINGLE,
    check_source,
    read_folder,
    read_json,
)
from reasonseg_ros.engines.weights.renaming import Conversion, Renaming
from reasonseg_ros.nn import clip
from reasonseg_ros.nn.hipie.hipie import HipieConfig
from reasonseg_ros.nn.llama_tokenizer import FILE, FastTokenizer
from reasonseg_ros.nn.segllm import SegLlmConfig, SegLlmModel

HIPIE = 'model.segmentator.hipie.'
DETR = f'{HIPIE}detr.detr.'
TRANSFORMER = f'{DETR}transformer.'
# Registered a second time there.
TWICE = re.compile(rf'^{re.escape(TRANSFORMER)}decoder\.((?:class|bbox)_embed\.)')
# Where the parts go, by prefix; the first that fits counts. '{last}' is the decoder's last layer,
# '{next}' the one after it, which is the encoder's.
PLACES = (
    *renaming.PLACES, ('model.mask_enc_head.', 'box.'),
    ('model.segmentator_predictor.', 'prompt.'),
    (f'{DETR}backbone.0.backbone.', 'hipie.backbone.'),
    (f'{DETR}input_proj.', 'hipie.input_proj.'), (f'{DETR}bbox_embed.', 'hipie.bbox_embed.'),
    (DETR + 'class_embed.{last}.', 'hipie.align.'),
    (DETR + 'class_embed.{next}.body.', 'hipie.proposal_score.'),
    (DETR + 'iou_head.{last}.', 'hipie.iou_head.'),
    (f'{TRANSFORMER}encoder.vl_layers.0.b_attn.', 'hipie.fusion.'),
    (f'{TRANSFORMER}encoder.layers.', 'hipie.encoder.'),
    (f'{TRANSFORMER}decoder.layers.', 'hipie.decoder.'),
    (f'{TRANSFORMER}decoder.ref_point_head.', 'hipie.ref_point_head.'),
    (f'{HIPIE}detr.controller.', 'hipie.controller.'),
    (f'{HIPIE}detr.mask_head.', 'hipie.mask_head.'),
    *((TRANSFORMER + name, f'hipie.{name}') for name in (
        'level_embed', 'tgt_embed.', 'tgt_embed_bg.', 'bg_query_refs.', 'enc_output.',
        'enc_output_norm.')),
)
# Of no use for an answer: other heads and layers' heads, the text encoder that prompts replace.
USELESS = (f'{HIPIE}text_encoder.', f'{HIPIE}criterion.', f'{HIPIE}mask_dino.',
           f'{HIPIE}detr.resizer.', f'{TRANSFORMER}resizer.', f'{DETR}class_embed.',
           f'{DETR}iou_head.', 'model.vision_tower.vision_tower.visual_projection.')
LICENCE = 'none stated by the authors; its language model: LLaMA 2 community licence'
EXPECTED = {'mm_projector_type': 'mlp2x_gelu', 'mm_vision_select_feature': 'patch',
            'mm_use_bbox_encode': True, 'rope_scaling': None}


def convert(source: Path, target: Path, licence: str = '', origin: str = '') -> Conversion:
    """Convert a published checkpoint; raises BadCheckpoint naming what does not fit.

    source   folder with config.json, tokenizer.json and weights; clip_config.json and
             hipie_config.json (image_size) where sizes are not the published ones
    target   folder to make; must not exist
    licence, origin  what the manifest says about the weights
    """
    renaming.check_new(target)
    _check_level(source)
    check_source('segllm', source)
    tensors = read_folder(source)
    named = rename(tensors)
    config = _config(source, named.tensors)
    tokenizer = FastTokenizer.load(source)
    renaming.check_tokenizer(tokenizer, config.llama['vocab_size'], source, (SEG, SLOT))
    return renaming.finish('segllm', named, SegLlmModel.empty(config), source, target,
                           {FILE: source / FILE}, licence or LICENCE, origin)


def rename(tensors: Mapping[str, torch.Tensor]) -> Renaming:
    """Give every tensor its place in `SegLlmModel`."""
    once = {TWICE.sub(rf'{DETR}\1', name): tensor for name, tensor in tensors.items()}
    count = _count(once, f'{TRANSFORMER}decoder.layers.')
    places = [(old.format(last=count - 1, next=count), new) for old, new in PLACES]
    named = Renaming()
    named.take(once, places)
    named.unused += [old for old in named.strange if old.startswith(USELESS)]
    named.strange = [old for old in named.strange if not old.startswith(USELESS)]
    return named


def _count(names: Mapping[str, object], prefix: str) -> int:
    """How many numbered modules there are below a prefix."""
    return 1 + max((int(name.removeprefix(prefix).split('.')[0]) for name in names
                    if name.startswith(prefix)), default=-1)


def _check_level(source: Path) -> None:
    """Tell a folder of checkpoints from a checkpoint."""
    if any((source / name).is_file() for name in (*INDEXES, *SINGLE)):
        return
    below = sorted(path.name for path in source.glob('*')
                   if any((path / name).is_file() for name in (*INDEXES, *SINGLE)))
    if below:
        raise BadCheckpoint(f'folder "{source}" holds several checkpoints; give one of its '
                            f'folders: {", ".join(below)}')


def _config(source: Path, tensors: Mapping[str, torch.Tensor]) -> SegLlmConfig:
    given = read_json(source / 'config.json')
    wrong = [f'{key} is {given.get(key)!r}, expected {value!r}' for key, value in EXPECTED.items()
             if given.get(key) != value]
    segmenter = str(given.get('segmentator')).replace('0', '')
    if segmenter != 'hipie':
        wrong.append(f'segmentator is {given.get("segmentator")!r}, expected \'hipie\'')
    if wrong:
        raise BadCheckpoint(f'{source / "config.json"} describes another kind of model '
                            f'({"; ".join(wrong)}); this converts SegLLM with HIPIE-R50')
    try:
        rows = len(tensors['llama.model.embed_tokens.weight'])  # the file counts added tokens
        sizes = renaming.clip_sizes(renaming.sizes_in(source, 'clip_config.json', clip.VIT_L),
                                    source)
        return SegLlmConfig(
            renaming.llama_sizes({**given, 'vocab_size': rows}, source), sizes,
            asdict(_hipie(tensors)) | renaming.sizes_in(source, 'hipie_config.json', {}),
            renaming.clip_layer(given, sizes, source))
    except KeyError as error:
        raise BadCheckpoint(f'the checkpoint in "{source}" has no {error}; copy it again from '
                            'where the weights come from') from error


def _hipie(tensors: Mapping[str, torch.Tensor]) -> HipieConfig:
    """Read HIPIE's sizes off its tensors; the image's side follows from none of them."""
    def rows(name: str) -> int:
        return len(tensors[f'hipie.{name}.weight'])
    return HipieConfig(
        stem=rows('backbone.stem.conv1'), width=rows('backbone.res2.0.conv1'),
        out=rows('backbone.res2.0.conv3'), encoder_layers=_count(tensors, 'hipie.encoder.'),
        decoder_layers=_count(tensors, 'hipie.decoder.'), inner=rows('encoder.0.linear1'),
        fusion=rows('fusion.attn.v_proj'), queries=rows('tgt_embed'),
        backgrounds=rows('tgt_embed_bg'), dim=rows('enc_output'))
