# SPDX-License-Identifier: Apache-2.0
"""DINOv2 (Oquab et al. 2023) through transformers: an image as a grid of features.

Maps the names of original files and brings their table of positions, made for 518x518 pixels, to
the size at which it is used. The original code does that at each pass, and scales by a tenth of a
patch more than fits (its "offset"), which transformers does not; so it is done once, beforehand.
No registers, no training.
"""

import re
from typing import Any

import torch
from torch.nn import functional as F
from transformers.models.dinov2.configuration_dinov2 import Dinov2Config
from transformers.models.dinov2.modeling_dinov2 import Dinov2Model

# The sizes of ViT-L/14, in the words of the original code.
VIT_L = {'embed_dim': 1024, 'depth': 24, 'num_heads': 16, 'mlp_ratio': 4, 'patch_size': 14}
OFFSET = 0.1    # of a patch, when positions are scaled

_OF_LAYERS = {'.attention.attention.query.': '.attention.q_proj.',
              '.attention.attention.key.': '.attention.k_proj.',
              '.attention.attention.value.': '.attention.v_proj.',
              '.attention.output.dense.': '.attention.o_proj.'}
_RENAMED = [(re.compile(old), new) for old, new in (
    (r'^cls_token$', 'embeddings.cls_token'),
    (r'^pos_embed$', 'embeddings.position_embeddings'),
    (r'^patch_embed\.proj\.', 'embeddings.patch_embeddings.projection.'),
    (r'^norm\.', 'layernorm.'),
    (r'^blocks\.', 'encoder.layer.'),
    (r'\.attn\.proj\.', '.attention.o_proj.'),
    (r'\.ls(\d)\.gamma$', r'.layer_scale\1.lambda1'),
)]


def config(sizes: dict[str, Any], side: int) -> Dinov2Config:
    """Configuration for sizes like VIT_L and images of `side` pixels."""
    return Dinov2Config(
        hidden_size=sizes['embed_dim'], num_hidden_layers=sizes['depth'],
        num_attention_heads=sizes['num_heads'], mlp_ratio=sizes['mlp_ratio'],
        patch_size=sizes['patch_size'], image_size=side, layer_norm_eps=1e-6, use_mask_token=False)


def empty(sizes: dict[str, Any], side: int) -> Dinov2Model:
    """Return the model of some sizes. Its weights have the same names in every transformers.

    Before about 5.16 a layer calls its projections `attention.attention.query` to `value` and
    `attention.output.dense`; here they are `attention.q_proj` to `v_proj` and `o_proj`.
    """
    model = Dinov2Model(config(sizes, side))
    if hasattr(model.encoder.layer[0].attention, 'attention'):
        model.register_state_dict_post_hook(_name_newly)
        model.register_load_state_dict_pre_hook(_name_as_before)
    return model


def _name_newly(model: Dinov2Model, state: dict[str, torch.Tensor], prefix: str, _: object) -> None:
    _replace(state, prefix, _OF_LAYERS)


def _name_as_before(model: Dinov2Model, state: dict[str, torch.Tensor], prefix: str, *_: object
                    ) -> None:
    _replace(state, prefix, {new: old for old, new in _OF_LAYERS.items()})


def _replace(state: dict[str, torch.Tensor], prefix: str, names: dict[str, str]) -> None:
    """Replace words in the names of layers, in place."""
    for name in [name for name in state if name.startswith(f'{prefix}encoder.layer.')]:
        for old, new in names.items():
            if old in name:
                state[name.replace(old, new)] = state.pop(name)
                break


def rename(name: str, tensor: torch.Tensor, grid: int) -> dict[str, torch.Tensor]:
    """Name and tensor of an original file -> those of Dinov2Model; none for the mask token.

    grid  patches along a side of the images that the model will get
    """
    if name == 'mask_token':
        return {}
    if name == 'pos_embed':
        tensor = positions(tensor, grid)
    for pattern, new in _RENAMED:
        name = pattern.sub(new, name)
    if '.attn.qkv.' not in name:
        return {name: tensor}
    return {name.replace('.attn.qkv.', f'.attention.{part}_proj.'): third
            for part, third in zip('qkv', tensor.chunk(3))}


def positions(table: torch.Tensor, grid: int) -> torch.Tensor:
    """Table of positions [1, 1 + n^2, D] for n x n patches -> [1, 1 + grid^2, D]."""
    patches = table[:, 1:]
    old = int(patches.shape[1] ** 0.5)
    if old == grid:
        return table
    square = patches.float().reshape(1, old, old, -1).permute(0, 3, 1, 2)
    scale = (grid + OFFSET) / old
    scaled = F.interpolate(square, scale_factor=(scale, scale), mode='bicubic')
    flat = scaled.permute(0, 2, 3, 1).reshape(1, grid * grid, -1)
    return torch.cat((table[:, :1], flat.to(table.dtype)), 1)


def features(model: Dinov2Model, pixels: torch.Tensor) -> torch.Tensor:
    """Image [1, 3, S, S] -> features [1, D, g, g], one for each patch, after the final norm."""
    patches = model(pixels).last_hidden_state[:, 1:]
    side = int(patches.shape[1] ** 0.5)
    square: torch.Tensor = patches.transpose(1, 2).unflatten(2, (side, side))
    return square
