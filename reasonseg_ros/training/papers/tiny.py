# SPDX-License-Identifier: Apache-2.0
"""A small model of each system with random weights, as a converted folder, to train from nothing.

It has every part of the published one, at widths that two CPU cores train in an hour: one to six
million parameters. Its tokenizer knows the words of the simulator. Trains nothing.
"""

import json
import re
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reasonseg_ros.engines.public import scales
from reasonseg_ros.engines.registry import ENGINES
from reasonseg_ros.engines.weights import folder
from reasonseg_ros.nn import clip, dinov2, sam
from reasonseg_ros.nn.hipie.hipie import MAPS, SIZES
from reasonseg_ros.nn.llama_tokenizer import FILE, FILES
from reasonseg_ros.nn.llava import Llava

ROWS = 1280     # of the table of words, which has all words of the simulator whole
LLAMA = {'vocab_size': ROWS, 'hidden_size': 128, 'intermediate_size': 256, 'num_hidden_layers': 3,
         'num_attention_heads': 4, 'num_key_value_heads': 4, 'max_position_embeddings': 1024,
         'rms_norm_eps': 1e-6}
CLIP = clip.VIT_L | {'hidden_size': 96, 'intermediate_size': 192, 'num_hidden_layers': 4,
                     'num_attention_heads': 4, 'image_size': 84}
SAM = sam.VIT_H | {'image_size': 128, 'vit_patch_size': 8, 'encoder_embed_dim': 64,
                   'encoder_depth': 4, 'encoder_num_heads': 4,
                   'encoder_global_attn_indexes': [1, 3], 'window_size': 8,
                   'prompt_embed_dim': 64, 'decoder_mlp_dim': 128, 'decoder_heads': 2,
                   'iou_head_hidden_dim': 64}
DINO = dinov2.VIT_L | {'embed_dim': 48, 'depth': 2, 'num_heads': 4, 'mlp_ratio': 2}
DINO_SIDE = 336         # 24 x 24 patches; attention among the released 64 x 64 was 3/4 of a step
FUSION = {'dim': 64, 'heads': 8, 'mlp': 128, 'iop': 32, 'embedding': 128, 'blocks': 2}
HIPIE = {'stem': 16, 'width': 16, 'out': 32, 'encoder_layers': 1, 'decoder_layers': 1,
         'inner': 128, 'fusion': 64, 'queries': 16, 'image_size': 128, 'dim': 64}
BRANCH = 0.25           # of a residual block of the backbone, which has no norm that learns
ADDED = 3       # tokens of LISA and its descendants
EMBEDDED = 0.1      # of embeddings, which have no input
SHARP = -2.0            # logarithm of what fits to words are divided by
TABLES = re.compile(r'(token|tokens|tokens?_embed|mask_embed|point_embed(\.\d)?|a_point_embed|'
                    r'position_embeddings?|pos_embed|rel_pos_[hw])(\.weight)?$')
PLACES = '.positional_embedding'    # SAM's frequencies of places, with a spread of 1
PRIOR = -4.6            # logit of a chance of 1 %, with which scores begin


def config(system: str) -> dict[str, Any]:
    """Configuration of a small network."""
    both: dict[str, Any] = {'llama': LLAMA, 'clip': CLIP}
    if system == 'segllm':
        return both | {'clip': CLIP | {'image_size': 56}, 'hipie': HIPIE}
    if system == 'llmseg':
        return both | {'sam': SAM, 'dino': DINO, 'fusion': FUSION, 'dino_side': DINO_SIDE}
    return both | {'sam': SAM, 'early_fusion': system == 'm2sa'}


def make(system: str, path: Path, sentences: list[str], seed: int) -> None:
    """Write a small model to a new folder."""
    engine = ENGINES[system].find()
    sizes = engine.sizes(**config(system))
    torch.manual_seed(seed)
    model = engine.network(sizes)
    begin(model)
    card = {'licence': 'Apache-2.0', 'source': 'random weights', 'version': '', 'unused': []}
    with tempfile.TemporaryDirectory() as temporary:
        files = tokenizer(system, Path(temporary), sentences)
        folder.write(path, system, asdict(sizes), _stored(model), files, card)


def tokenizer(system: str, place: Path, sentences: list[str]) -> dict[str, Path]:
    """Train a tokenizer on sentences and write its files: name -> path."""
    if system == 'segllm':
        scales.fast_rules(sentences, ROWS).save(str(place / FILE))
        return {FILE: place / FILE}
    (place / FILES[0]).write_bytes(scales.pieces(sentences, ROWS - ADDED))
    (place / FILES[1]).write_text(json.dumps(scales.added_tokens(ROWS)), encoding='utf-8')
    return {name: place / name for name in FILES}


@torch.no_grad()
def begin(model: Llava) -> None:
    """Draw the first weights.

    Those of libraries wait for published ones: SAM's encoder begins at 1e-10 and its frequencies
    of places at 32, so that a small network sees nothing and learns to only after thousands of
    steps. Here matrices keep the size of what goes through them. HIPIE, whose module only receives
    weights, begins as its authors have it: proposals where the tokens are, hardly anything found.
    """
    for name, parameter in model.named_parameters():
        if name.startswith('hipie.') or parameter.ndim < 2:
            continue
        spread = float(parameter[0].numel()) ** -0.5
        if name.endswith(PLACES):
            spread = 1.0
        elif TABLES.search(name):
            spread = EMBEDDED
        parameter.normal_(std=spread)
    hipie = getattr(model, 'hipie', None)
    if hipie is None:
        return
    for name, parameter in (*hipie.named_parameters(), *hipie.named_buffers()):
        if name.endswith('running_var') or (parameter.ndim == 1 and name.endswith('weight')):
            parameter.fill_(1.0)
        elif parameter.ndim == 1:
            parameter.zero_()
        elif parameter.ndim == 4:
            nn.init.kaiming_normal_(parameter, nonlinearity='relu')
        else:
            nn.init.xavier_uniform_(parameter)
    for name, buffer in hipie.backbone.named_buffers():
        if name.endswith('conv3.norm.weight'):
            buffer.fill_(BRANCH)
    # Masks see distances in pixels, a hundred times what else they see.
    hipie.controller.layers[-1].weight[:SIZES[0]].view(
        MAPS, MAPS + 2, -1)[:, :2].mul_(4 / hipie.config.image_size)
    hipie.level_embed.normal_()
    hipie.fusion.gamma_v.fill_(0.125)
    hipie.fusion.gamma_l.fill_(0.125)
    for move in hipie.bbox_embed:
        move.layers[-1].weight.zero_()
    for module in hipie.modules():
        if hasattr(module, 'sampling_offsets'):
            module.attention_weights.weight.zero_()
            module.sampling_offsets.weight.zero_()
            module.sampling_offsets.bias.copy_(_rays(module.levels))
    hipie.align.log_scale.fill_(SHARP)
    hipie.align.bias0.fill_(PRIOR)
    hipie.proposal_score.bias.fill_(PRIOR)


def _rays(levels: int) -> torch.Tensor:
    """First places of deformable attention: each head looks in a direction of its own."""
    angles = torch.arange(8) * (2 * torch.pi / 8)
    rays = torch.stack((angles.cos(), angles.sin()), -1)
    rays = rays / rays.abs().amax(-1, keepdim=True)
    points = torch.arange(1, 5)[:, None]
    return (rays[:, None, None] * points).expand(8, levels, 4, 2).flatten()


def _stored(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.detach() for name, tensor in model.state_dict().items()}
