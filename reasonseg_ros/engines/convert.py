# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints of LISA and M2SA to the folders that engines `lisa` and `m2sa` load.

Renames every tensor to its place in `nn.lisa.LisaModel` and compares all shapes. A tensor that is
missing, or that has no place and is not known to be of no use, ends the conversion with its name.
Numbers and their types stay as published.
"""

from collections.abc import Mapping
from pathlib import Path

import torch

from reasonseg_ros import __version__
from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines import folder
from reasonseg_ros.engines.published import read_file
from reasonseg_ros.engines.published import read_folder
from reasonseg_ros.engines.published import read_json
from reasonseg_ros.engines.renaming import Converted
from reasonseg_ros.engines.renaming import Renamed
from reasonseg_ros.nn.lisa import CLIP
from reasonseg_ros.nn.lisa import LLAMA
from reasonseg_ros.nn.lisa import LisaConfig
from reasonseg_ros.nn.lisa import LisaModel
from reasonseg_ros.nn.llama_tokenizer import FILES
from reasonseg_ros.nn.llama_tokenizer import LlamaTokenizer
from reasonseg_ros.nn.sam import VIT_H
from reasonseg_ros.nn.sam import sam_names

ENGINES = ('lisa', 'm2sa')
SAM = 'model.visual_model.'
EARLY = f'{SAM}mask_decoder.compress_vit.'    # what M2SA adds to LISA
# Where the other parts of a published checkpoint go, by prefix.
PLACES = ((EARLY, 'early.'), ('model.mm_projector.', 'projector.'),
          ('model.text_hidden_fcs.0.', 'prompt.'),
          ('model.vision_tower.vision_tower.vision_model.', 'clip.'),
          ('model.embed_tokens.', 'llama.model.embed_tokens.'),
          ('model.layers.', 'llama.model.layers.'), ('model.norm.', 'llama.model.norm.'),
          ('lm_head.', 'llama.lm_head.'))
TOKENS = ('<im_start>', '<im_end>', '[SEG]')
# Of the language model inside, by its width: 7B comes from LLaMA 1, 13B from LLaMA 2.
LICENCES = {4096: 'LLaMA 1 licence (non-commercial research)', 5120: 'LLaMA 2 community licence'}


def convert(engine: str, source: Path, target: Path, clip: Path | None = None,
            sam: Path | None = None, licence: str = '', origin: str = '') -> Converted:
    """Convert a published checkpoint; raises BadCheckpoint naming what does not fit.

    source   folder with config.json, weights and tokenizer
    target   folder to make; must not exist
    clip     folder of the CLIP tower, which these checkpoints do not hold; may be left out where
             `source` has it (clip_config.json, clip_weights.safetensors)
    sam      original SAM file for the parts of SAM that `source` lacks
    licence, origin  what the manifest says about the weights
    """
    if target.exists():
        raise BadRequest(f'"{target}" exists already; name a new folder, or remove it first')
    tensors = read_folder(source)
    _check_engine(engine, source, tensors)
    config = _config(source, clip, early=engine == 'm2sa')
    tokenizer = LlamaTokenizer.load(source)
    _check_tokenizer(tokenizer, config, source)
    named = _rename(_with_sam(tensors, sam) if sam else tensors)
    if not any(name.startswith('clip.') for name in named.tensors):
        _add_clip(named, _clip_tensors(source, clip))
    named.check(LisaModel.empty(config), source)
    usual = LICENCES.get(config.llama['hidden_size'], 'unknown; ask the authors of the weights')
    card = {'licence': licence or usual, 'source': origin or source.resolve().name,
            'version': __version__, 'unused': named.unused}
    copies = {name: source / name for name in FILES}
    folder.write(target, engine, config.to_json(), named.tensors, copies, card)
    return Converted(target, len(named.tensors), named.unused)


def _check_engine(engine: str, source: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Tell the two models apart by M2SA's convolutions; their class names cannot be relied on."""
    found = 'm2sa' if any(name.startswith(EARLY) for name in tensors) else 'lisa'
    if found != engine:
        raise BadCheckpoint(f'folder "{source}" holds a checkpoint for engine "{found}", expected '
                            f'"{engine}"; run: reasonseg convert {found} {source} ...')


def _config(source: Path, clip: Path | None, early: bool) -> LisaConfig:
    given = read_json(source / 'config.json')
    expected = {'mm_use_im_start_end': True, 'mm_vision_select_feature': 'patch',
                'rope_scaling': None}
    wrong = [f'{key} is {given.get(key)!r}, expected {value!r}' for key, value in expected.items()
             if given.get(key) != value]
    if wrong:
        raise BadCheckpoint(f'{source / "config.json"} describes another kind of model '
                            f'({"; ".join(wrong)}); only LISA and M2SA are converted')
    tower = read_json(clip / 'config.json' if clip else source / 'clip_config.json') \
        if clip or (source / 'clip_config.json').is_file() else _no_clip(source)
    tower = tower.get('vision_config', tower)
    given.setdefault('num_key_value_heads', given.get('num_attention_heads'))
    tower = {'layer_norm_eps': 1e-5, 'hidden_act': 'quick_gelu', **tower}
    sizes = source / 'sam_config.json'
    try:
        return LisaConfig({key: given[key] for key in LLAMA}, {key: tower[key] for key in CLIP},
                          read_json(sizes) if sizes.is_file() else VIT_H,
                          given['mm_vision_select_layer'], early)
    except KeyError as error:
        raise BadCheckpoint(f'the configuration in "{source}" has no value for {error}; copy it '
                            'again from where the weights come from') from error


def _no_clip(source: Path) -> dict:
    raise BadCheckpoint(f'folder "{source}" has no CLIP tower, like every published one; download '
                        'openai/clip-vit-large-patch14 and pass its folder with --clip')


def _check_tokenizer(tokenizer: LlamaTokenizer, config: LisaConfig, source: Path) -> None:
    for token in TOKENS:
        tokenizer.id(token)
    rows = config.llama['vocab_size']
    if len(tokenizer) > rows:
        raise BadCheckpoint(f'the tokenizer in "{source}" has {len(tokenizer)} tokens, the model '
                            f'{rows}; they do not belong together')


def _with_sam(tensors: dict[str, torch.Tensor], sam: Path) -> dict[str, torch.Tensor]:
    """Add what an original SAM file has and the checkpoint lacks."""
    return {SAM + name: tensor for name, tensor in read_file(sam).items()} | tensors


def _clip_tensors(source: Path, clip: Path | None) -> dict[str, torch.Tensor]:
    return read_folder(clip) if clip else read_file(source / 'clip_weights.safetensors')


def _rename(tensors: Mapping[str, torch.Tensor]) -> Renamed:
    named = Renamed()
    for old, tensor in tensors.items():
        if old.endswith(('.rotary_emb.inv_freq', '.position_ids')):  # follow from the sizes
            named.unused.append(old)
            continue
        place = next((p for p in PLACES if old.startswith(p[0])), None)
        if place:
            named.tensors[place[1] + old.removeprefix(place[0])] = tensor
        elif old.startswith(SAM):
            for new in sam_names(old.removeprefix(SAM)):
                named.tensors[f'sam.{new}'] = tensor
        else:
            named.strange.append(old)
    return named


def _add_clip(named: Renamed, tensors: Mapping[str, torch.Tensor]) -> None:
    """Add the vision tower of a CLIP; its text tower and projections are of no use here."""
    useless = ('text_model.', 'logit_scale', 'text_projection.', 'visual_projection.')
    for old, tensor in tensors.items():
        if old.startswith('vision_model.') and not old.endswith('.position_ids'):
            named.tensors[f'clip.{old.removeprefix("vision_model.")}'] = tensor
        elif old.startswith(useless) or old.endswith('.position_ids'):
            named.unused.append(f'clip: {old}')
        else:
            named.strange.append(f'clip: {old}')
