# SPDX-License-Identifier: Apache-2.0
"""A very small checkpoint of LLM-Seg in the layout that its authors publish, with random weights.

Its masks mean nothing: `regions` gives the engine regions that a test knows. Needs the extra
`engines`.
"""

import json
import shutil
from pathlib import Path

import torch

from reasonseg_ros.engines import registry
from reasonseg_ros.engines.public.llmseg import LlmSeg
from reasonseg_ros.engines.weights.convert_llmseg import DINO, LORA, PEFT, convert
from reasonseg_ros.engines.weights.published import SAM
from reasonseg_ros.nn.everything import EverythingSettings, Regions
from reasonseg_ros.nn.llmseg import RegionScores
from reasonseg_ros.nn.sam import SamView
from support import published

SIZES = {'embed_dim': 16, 'depth': 1, 'num_heads': 2, 'mlp_ratio': 2, 'patch_size': 14}
DIM, HIDDEN, RANK = 32, 16, 8
BASE = 'config.json', 'tokenizer.model', 'added_tokens.json'


def shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of what LLM-Seg adds to LISA."""
    wide, block = SIZES['embed_dim'], f'{DINO}blocks.0.'
    found = {f'{DINO}cls_token': (1, 1, wide), f'{DINO}pos_embed': (1, 1 + 37 * 37, wide),
             f'{DINO}mask_token': (1, wide), **_linear(f'{DINO}patch_embed.proj', wide, 3, 14, 14),
             **_norm(f'{DINO}norm', wide), **_linear(f'{block}attn.qkv', 3 * wide, wide),
             **_linear(f'{block}attn.proj', wide, wide), **_linear(f'{block}mlp.fc1', 32, wide),
             **_linear(f'{block}mlp.fc2', wide, 32)}
    for number in (1, 2):
        found |= {**_norm(f'{block}norm{number}', wide), f'{block}ls{number}.gamma': (wide,)}
    found |= {**_linear('model.lisa_dino_conv', DIM, wide, 1, 1),
              **_attention('model.lisa_final_attn'), **_norm('model.lisa_norm_final_attn', DIM),
              **_linear('model.lisa_iou_head.0', HIDDEN, DIM),
              **_linear('model.lisa_iou_head.2', 1, HIDDEN),
              **_linear('model.lisa_embedding_head.0', HIDDEN, DIM),
              **_linear('model.lisa_embedding_head.2', DIM, HIDDEN)}
    for number in (0, 1):
        block = f'model.lisa_attention_layers.{number}.'
        for part in ('self_attn', 'cross_attn_token_to_image', 'cross_attn_image_to_token'):
            found |= _attention(block + part)
        for norm in range(1, 5):
            found |= _norm(f'{block}norm{norm}', DIM)
        found |= {**_linear(f'{block}mlp.lin1', HIDDEN, DIM),
                  **_linear(f'{block}mlp.lin2', DIM, HIDDEN)}
    return found


def _linear(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f'{name}.weight': shape, f'{name}.bias': shape[:1]}


def _norm(name: str, dim: int) -> dict[str, tuple[int, ...]]:
    return {f'{name}.weight': (dim,), f'{name}.bias': (dim,)}


def _attention(name: str) -> dict[str, tuple[int, ...]]:
    return {key: shape for part in 'qkv' for key, shape in _linear(
        f'{name}.{part}_proj', DIM, DIM).items()} | _linear(f'{name}.out_proj', DIM, DIM)


def weights(eager: bool = False) -> dict[str, torch.Tensor]:
    """Random tensors of the whole network by their names, PEFT's prefix left out.

    eager  SAM trusts all of its masks, and every region is what was asked for
    """
    generator = torch.Generator().manual_seed(1)

    def noise(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator) / max(1, shape[-1]) ** 0.5
    made = published.weights('weights', 'lisa')
    made |= {f'model.vision_tower.vision_tower.{name}': tensor
             for name, tensor in published.weights('clip_weights').items()}
    made |= {name: noise(*shape) for name, shape in shapes().items()}
    for name in [n for n in made if n.startswith('model.layers.')
                 and n.endswith(('q_proj.weight', 'v_proj.weight'))]:
        stem, (rows, columns) = name.removesuffix('.weight'), made[name].shape
        made |= {stem + LORA[0]: noise(RANK, columns), stem + LORA[1]: noise(rows, RANK)}
    return made | (_eager(made) if eager else {})


def _eager(made: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Large logits are stable, and large biases outweigh everything else."""
    decoder = f'{SAM}mask_decoder.'
    last = [f'{decoder}output_hypernetworks_mlps.{n}.layers.2.{kind}'
            for n in range(4) for kind in ('weight', 'bias')]
    certain = (f'{decoder}iou_prediction_head.layers.2.bias', 'model.lisa_iou_head.2.bias')
    return {name: 1000 * made[name] for name in last} | {
        name: torch.full_like(made[name], 20.0) for name in certain}


def publish(folder: Path, tensors: dict[str, torch.Tensor] | None = None) -> Path:
    """Write a folder of DeepSpeed, with the tokenizer, and sizes unlike the released ones."""
    step = folder / 'ckpt_model' / 'global_step5000'
    step.mkdir(parents=True)
    (step.parent / 'latest').write_text(f'{step.name}\n')
    module = {PEFT + name: tensor for name, tensor in (tensors or weights()).items()}
    torch.save({'module': module, 'optimizer': None, 'ds_version': '0.10.0'},
               step / 'mp_rank_00_model_states.pt')
    for name in (*BASE, 'clip_config.json', 'sam_config.json'):
        shutil.copyfile(published.DATA / name, folder / name)
    (folder / 'dinov2_config.json').write_text(json.dumps(SIZES))
    return folder


def load(folder: Path, options: str = '', dtype: str = 'float32') -> LlmSeg:
    """Publish, convert and load the engine in `folder`."""
    target = folder / 'converted-llmseg'
    if not target.exists():
        convert(publish(folder / 'published-llmseg'), target)
    return registry.load('llmseg', str(target), 'cpu', dtype, options)


def regions(monkeypatch, engine: LlmSeg, *boxes: tuple[int, int, int, int]) -> list[int]:
    """Give every image these regions (x0, y0, x1, y1); return a list that grows when asked."""
    asked: list[int] = []

    def propose(pixels: torch.Tensor, view: SamView, settings: EverythingSettings) -> Regions:
        asked.append(1)
        size = engine.model.config.sam['image_size']
        across, down = (length / whole for length, whole in zip(
            reversed(view.inner), reversed(view.source)))
        logits = torch.full((len(boxes), size, size), -8.0)
        for number, (x0, y0, x1, y1) in enumerate(boxes):
            logits[number, round(y0 * down):round(y1 * down),
                   round(x0 * across):round(x1 * across)] = 8.0
        corners = torch.tensor(boxes).reshape(-1, 4)
        areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
        ones = torch.ones(len(boxes))
        return Regions(logits, ones, torch.zeros(len(boxes), 2), ones, corners, areas,
                       torch.zeros_like(areas))
    monkeypatch.setattr(engine.model, 'propose', propose)
    return asked


def judgements(monkeypatch, engine: LlmSeg, similarity: list[float], iop: list[float]) -> None:
    """Make the engine's network judge the regions, the largest first, like this."""
    none = torch.zeros(len(iop), 1)
    monkeypatch.setattr(engine.model, 'judge', lambda described, state: RegionScores(
        torch.tensor(similarity), torch.tensor(iop).logit(), none, none))
