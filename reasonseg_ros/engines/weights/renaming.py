# SPDX-License-Identifier: Apache-2.0
"""What conversions of published checkpoints have in common: names, places, sizes, checks.

A tensor has a place in the model, or is known to be of no use, or is strange. Strange, missing and
misshapen ones are told by name. Reads no weights.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reasonseg_ros import __version__
from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.weights import folder
from reasonseg_ros.engines.weights.published import read_json
from reasonseg_ros.nn.llama_tokenizer import FastTokenizer, LlamaTokenizer
from reasonseg_ros.nn.llava import CLIP, LLAMA, Llava
from reasonseg_ros.nn.sam import sam_names

# Where the parts go that come from LLaVA, by prefix, and LISA's projection of [SEG].
PLACES = (('model.mm_projector.', 'projector.'), ('model.text_hidden_fcs.0.', 'prompt.'),
          ('model.vision_tower.vision_tower.vision_model.', 'clip.'),
          ('model.embed_tokens.', 'llama.model.embed_tokens.'),
          ('model.layers.', 'llama.model.layers.'), ('model.norm.', 'llama.model.norm.'),
          ('lm_head.', 'llama.lm_head.'))
TOKENS = ('[SEG]', '<im_start>', '<im_end>')
# What the language model of all these checkpoints is; a file that says otherwise is of another.
PLAIN_LLAMA = {'rope_theta': 10000.0, 'rope_scaling': None, 'hidden_act': 'silu',
               'attention_bias': False, 'mlp_bias': False, 'tie_word_embeddings': False,
               'partial_rotary_factor': 1.0}
PLAIN_ROPE = {'rope_theta': 10000.0, 'rope_type': 'default'}
KINDS: Mapping[str, type] = {'rms_norm_eps': float, 'layer_norm_eps': float, 'hidden_act': str}
LARGEST = 1 << 24   # of a size; no model comes near
LISTED = 12     # names in an error
# Of the language model inside, by its width: 7B comes from LLaMA 1, 13B from LLaMA 2.
LICENCES = {4096: 'LLaMA 1 licence (non-commercial research)', 5120: 'LLaMA 2 community licence'}


@dataclass
class Renaming:
    """Tensors by their new names, and the old names of those that no part uses."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def take(self, tensors: Mapping[str, torch.Tensor],
             places: Iterable[tuple[str, str]] = PLACES) -> None:
        """Put tensors in the places that their prefixes say; all else is strange."""
        for old, tensor in tensors.items():
            if old.endswith(('.rotary_emb.inv_freq', '.position_ids')):  # follow from the sizes
                self.unused.append(old)
                continue
            place = next((p for p in places if old.startswith(p[0])), None)
            if place:
                self.tensors[place[1] + old.removeprefix(place[0])] = tensor
            else:
                self.strange.append(old)

    def take_sam(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Put the tensors of an original SAM file in their places."""
        for old, tensor in tensors.items():
            for new in sam_names(old):
                self.tensors[f'sam.{new}'] = tensor


@dataclass(frozen=True)
class Conversion:
    """What a conversion wrote: how many tensors, and which of the source it left out."""

    path: Path
    tensors: int
    unused: list[str]


def split(tensors: Mapping[str, torch.Tensor], prefix: str
          ) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Return the tensors whose names begin with `prefix`, without it, and all others."""
    inside = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()
              if name.startswith(prefix)}
    return inside, {n: t for n, t in tensors.items() if not n.startswith(prefix)}


def check_new(target: Path) -> None:
    """Refuse to overwrite."""
    if target.exists():
        raise BadRequest(f'"{target}" exists already; name a new folder, or remove it first')


def check_tokenizer(tokenizer: LlamaTokenizer | FastTokenizer, rows: int, source: Path,
                    added: Iterable[str] = TOKENS) -> None:
    """Compare with the `added` tokens, and with the rows of the model's embedding table."""
    for token in added:
        tokenizer.id(token)
    if len(tokenizer) > rows:
        raise BadCheckpoint(f'the tokenizer in "{source}" has {len(tokenizer)} tokens, the model '
                            f'{rows}; they do not belong together')


def llama_sizes(given: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """Return the sizes of a language model from its configuration."""
    wrong = [f'{key} is {given[key]!r}, expected {value!r}' for key, value in PLAIN_LLAMA.items()
             if given.get(key, value) not in (value, None)]
    rotary = given.get('rope_parameters') or {}     # where transformers 5 keeps rope_theta
    if rotary and {**PLAIN_ROPE, **rotary} != PLAIN_ROPE:
        wrong.append(f'rope_parameters is {rotary!r:.80}, expected {PLAIN_ROPE}')
    given = {'num_key_value_heads': given.get('num_attention_heads'), **given}
    sizes = _sizes(given, LLAMA, source)
    width, heads = sizes['hidden_size'], sizes['num_attention_heads']
    if width % heads or heads % sizes['num_key_value_heads']:
        wrong.append(f'{heads} heads and {sizes["num_key_value_heads"]} for keys do not divide '
                     f'the width {width}')
    elif given.get('head_dim') not in (None, width // heads):
        wrong.append(f'head_dim is {given["head_dim"]!r}, expected {width // heads}')
    if wrong:
        raise BadCheckpoint(f'the configuration in "{source}" is of another architecture '
                            f'({"; ".join(wrong)}); only plain LLaMA is converted')
    return sizes


def clip_layer(given: Mapping[str, Any], clip: Mapping[str, Any], source: Path) -> int:
    """Return which states of CLIP the language model gets; -2 where nothing is said."""
    layer, count = given.get('mm_vision_select_layer', -2), clip['num_hidden_layers']
    if isinstance(layer, bool) or not isinstance(layer, int) or not -count - 1 <= layer <= count:
        raise BadCheckpoint(f'the configuration in "{source}" has mm_vision_select_layer '
                            f'{layer!r}, expected a layer of the {count} of its CLIP; copy it '
                            'again from where the weights come from')
    return layer


def clip_sizes(given: Mapping[str, Any], source: Path) -> dict[str, Any]:
    """Return the sizes of a vision tower from its configuration, or that of a whole CLIP."""
    tower = given.get('vision_config', given)
    if not isinstance(tower, Mapping):
        raise BadCheckpoint(f'the configuration in "{source}" has {tower!r:.60} as vision_config, '
                            'expected a table; copy it again from where the weights come from')
    return _sizes({'layer_norm_eps': 1e-5, 'hidden_act': 'quick_gelu', **tower}, CLIP, source)


def sizes_in(source: Path, name: str, released: dict[str, Any]) -> dict[str, Any]:
    """Return what a file of sizes beside the weights says; those of the release without it."""
    return read_json(source / name) if (source / name).is_file() else released


def _sizes(given: Mapping[str, Any], names: tuple[str, ...], source: Path) -> dict[str, Any]:
    for name in names:
        if name not in given:
            raise BadCheckpoint(f'the configuration in "{source}" has no value for {name!r}; copy '
                                'it again from where the weights come from')
        value, kind = given[name], KINDS.get(name, int)
        if isinstance(value, bool) or not isinstance(value, kind) or (
                isinstance(value, (int, float)) and not 0 < value < LARGEST):
            raise BadCheckpoint(f'the configuration in "{source}" has {value!r:.60} as {name}, '
                                f'expected {"text" if kind is str else "a number above 0"}; copy '
                                'it again from where the weights come from')
    return {name: given[name] for name in names}


def finish(engine: str, named: Renaming, model: Llava, source: Path, target: Path,
           copies: Mapping[str, Path], licence: str, origin: str) -> Conversion:
    """Write a conversion, whose tensors must make the whole of an empty model.

    copies  name in the folder -> file to copy, e.g. the tokenizer
    licence, origin  what the manifest says about the weights; '' = what is known without
    """
    check(named, model, source)
    usual = LICENCES.get(model.config.llama['hidden_size'],
                         'unknown; ask the authors of the weights')
    card = {'licence': licence or usual, 'source': origin or source.resolve().name,
            'version': __version__, 'unused': named.unused}
    folder.write(target, engine, asdict(model.config), named.tensors, copies, card)
    return Conversion(target, len(named.tensors), named.unused)


def check(named: Renaming, model: nn.Module, source: Path) -> None:
    """Compare names and shapes with those of the model."""
    wanted = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    held = {name: list(tensor.shape) for name, tensor in named.tensors.items()}
    problems = {
        'missing': sorted(wanted.keys() - held.keys()),
        'unknown': sorted([*named.strange, *(held.keys() - wanted.keys())]),
        'of another shape': [f'{name} {held[name]} instead of {wanted[name]}'
                             for name in sorted(wanted.keys() & held.keys())
                             if held[name] != wanted[name]],
    }
    told = [f'{len(found)} {what}: {", ".join(found[:LISTED])}'
            f'{" and more" if len(found) > LISTED else ""}'
            for what, found in problems.items() if found]
    if told:
        raise BadCheckpoint(f'the tensors in "{source}" do not make a whole model: '
                            f'{"; ".join(told)}')
