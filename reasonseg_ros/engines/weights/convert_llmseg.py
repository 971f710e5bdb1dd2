# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints of LLM-Seg to the folder that engine `llmseg` loads.

They are folders of DeepSpeed with the whole network in the names of PEFT. LoRA is added to the
weights that it changes; DINOv2's table of positions is brought to the size of its images; the
language model's configuration and tokenizer come from the LLaVA that was trained further. Every
tensor has a place, or is listed as not needed. Types of numbers stay as published.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.weights import renaming
from reasonseg_ros.engines.weights.published import (
    SAM,
    check_source,
    read_file,
    read_folder,
    read_json,
)
from reasonseg_ros.engines.weights.renaming import PLACES, TOKENS, Conversion, Renaming
from reasonseg_ros.nn import clip, dinov2
from reasonseg_ros.nn.llama_tokenizer import FILES, LlamaTokenizer, read_added
from reasonseg_ros.nn.llmseg import DINO_SIDE, RELEASED, LlmSegConfig, LlmSegModel
from reasonseg_ros.nn.sam import VIT_H

PEFT = 'base_model.model.'
DINO = 'model.visual_model_dinov2.'
EMBEDDING = 'model.embed_tokens.weight'
LORA = '.lora_A.default.weight', '.lora_B.default.weight'
LORA_ALPHA = 16     # LoRA is scaled by this over its rank; no file holds it
BLOCKS = 'fusion.blocks.'
# The published `iou_head` is what the paper calls the IoP head, `embedding_head` its IoU head.
FUSION = (('model.lisa_attention_layers.', BLOCKS), ('model.lisa_final_attn.', 'fusion.final.'),
          ('model.lisa_norm_final_attn.', 'fusion.norm.'),
          ('model.lisa_dino_conv.', 'dino_conv.'), ('model.lisa_iou_head.', 'iop_head.'),
          ('model.lisa_embedding_head.', 'embedding_head.'))
IN_BLOCK = (('.self_attn.', '.among_regions.'),
            ('.cross_attn_token_to_image.', '.regions_to_text.'),
            ('.cross_attn_image_to_token.', '.text_to_regions.'),
            ('.mlp.lin1.', '.mlp.0.'), ('.mlp.lin2.', '.mlp.2.'))


def convert(source: Path, target: Path, base: Path | None = None, sam: Path | None = None,
            dino: Path | None = None, licence: str = '', origin: str = '') -> Conversion:
    """Convert a published checkpoint; raises BadCheckpoint naming what does not fit.

    source   folder with the weights
    target   folder to make; must not exist
    base     folder with config.json and the tokenizer; may be left out where `source` has them
    sam      original SAM file, which proposes the regions in the paper; without it the copy of
             SAM in `source` does
    dino     original DINOv2 file, for a `source` without one
    licence, origin  what the manifest says about the weights
    """
    renaming.check_new(target)
    base = base or source
    check_source('llmseg', source)
    tensors = {name.removeprefix(PEFT): tensor for name, tensor in read_folder(source).items()}
    added = _added_tokens(base)
    config = _config(source, base, tensors)
    _check_rows(base, added, config.llama['vocab_size'])
    named = rename(tensors, DINO_SIDE // config.dino['patch_size'],
                   read_file(sam) if sam else {}, read_file(dino) if dino else {})
    for part, file, option in (('sam.', 'sam_vit_h_4b8939.pth', '--sam'),
                               ('dino.', 'dinov2_vitl14_pretrain.pth', '--dinov2')):
        if not any(name.startswith(part) for name in named.tensors):
            raise BadCheckpoint(f'folder "{source}" has no {part[:-1].upper()}; download {file} '
                                f'and pass it with {option}')
    with tempfile.TemporaryDirectory() as temporary:
        tokens = Path(temporary) / FILES[1]
        tokens.write_text(json.dumps(added), encoding='utf-8')
        return renaming.finish('llmseg', named, LlmSegModel.empty(config), source, target,
                               {FILES[0]: base / FILES[0], FILES[1]: tokens}, licence, origin)


def rename(tensors: Mapping[str, torch.Tensor], grid: int,
           sam: Mapping[str, torch.Tensor], dino: Mapping[str, torch.Tensor]) -> Renaming:
    """Give every tensor, PEFT's prefix taken off, its place.

    grid  patches along a side of DINOv2's images
    sam, dino  tensors of original files: SAM's replace those of the checkpoint, DINOv2's complete
               them
    """
    named = Renaming()
    inside, others = renaming.split(merge_lora(tensors), SAM)
    own_dino, others = renaming.split(others, DINO)
    if sam and inside:
        named.unused.append(f'{SAM}* ({len(inside)} tensors; SAM comes from a file)')
    named.take_sam(sam or inside)
    for old, tensor in {**dino, **own_dino}.items():
        placed = dinov2.rename(old, tensor, grid)
        named.tensors |= {f'dino.{new}': part for new, part in placed.items()}
        named.unused += [] if placed else [DINO + old]
    named.take(others, (*FUSION, *PLACES))
    named.tensors = {_in_block(name): tensor for name, tensor in named.tensors.items()}
    return named


def merge_lora(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Add LoRA to the weights that it changes: W + alpha / rank * B A, in float32."""
    whole = dict(tensors)
    first, second = LORA
    for name in [n for n in tensors if n.endswith(first)]:
        stem = name.removesuffix(first)
        weight, b = whole.get(f'{stem}.weight'), whole.get(stem + second)
        if weight is None or b is None:
            continue    # what is left of it has no place, and is told
        a = whole.pop(name)
        del whole[stem + second]
        change = LORA_ALPHA / len(a) * b.float() @ a.float()
        whole[f'{stem}.weight'] = (weight.float() + change).to(weight.dtype)
    return whole


def _in_block(name: str) -> str:
    """Rename the modules of a block of the fusion."""
    if name.startswith(BLOCKS):
        for old, new in IN_BLOCK:
            name = name.replace(old, new)
    return name


def _added_tokens(base: Path) -> dict[str, int]:
    """Return the added tokens as the training made them: new ones follow the known ones."""
    for name in ('config.json', FILES[0]):
        if not (base / name).is_file():
            raise BadCheckpoint(f'folder "{base}" has no {name}; download the LLaVA that was '
                                'trained further, LLaVA-Lightning-7B-v1, and pass its folder '
                                'with --base')
    added = read_added(base / FILES[1]) if (base / FILES[1]).is_file() else {}
    for token in TOKENS:
        added.setdefault(token, len(_tokenizer(base, added)))
    return added


def _check_rows(base: Path, added: Mapping[str, int], rows: int) -> None:
    """Compare the tokens with the rows of the embedding table: a shift would go unnoticed."""
    found = len(_tokenizer(base, added))
    if found != rows:
        raise BadCheckpoint(f'the tokenizer in "{base}" makes {found} tokens with those of '
                            f'LLM-Seg, the model has {rows}; they do not belong together')


def _tokenizer(base: Path, added: Mapping[str, int]) -> LlamaTokenizer:
    try:
        return LlamaTokenizer((base / FILES[0]).read_bytes(), added)
    except RuntimeError as error:
        raise BadCheckpoint(f'the tokenizer in "{base}" cannot be read ({error}); copy it again '
                            'from where the weights come from') from error


def _config(source: Path, base: Path, tensors: Mapping[str, torch.Tensor]) -> LlmSegConfig:
    """Return the sizes: those of the language model are in a file, others in the tensors."""
    given = read_json(base / 'config.json')
    if EMBEDDING in tensors:    # the file is about the model before tokens were added
        given['vocab_size'] = len(tensors[EMBEDDING])
    sizes = renaming.clip_sizes(renaming.sizes_in(source, 'clip_config.json', clip.VIT_L), source)
    return LlmSegConfig(
        renaming.llama_sizes(given, base), sizes,
        renaming.sizes_in(source, 'sam_config.json', VIT_H),
        renaming.sizes_in(source, 'dinov2_config.json', dinov2.VIT_L),
        _fusion_sizes(tensors), renaming.clip_layer(given, sizes, base))


def _fusion_sizes(tensors: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """Read the sizes of the fusion from its tensors; the number of heads is always the same."""
    prefix = FUSION[0][0]
    shown = {'dim': 'model.lisa_dino_conv.weight', 'mlp': f'{prefix}0.mlp.lin1.weight',
             'iop': 'model.lisa_iou_head.0.weight',
             'embedding': 'model.lisa_embedding_head.0.weight'}
    sizes = {key: len(tensors[name]) for key, name in shown.items() if name in tensors}
    blocks = {name.removeprefix(prefix).split('.')[0] for name in tensors
              if name.startswith(prefix)}
    return {**RELEASED, **sizes, 'blocks': len(blocks)}
