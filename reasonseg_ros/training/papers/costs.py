# SPDX-License-Identifier: Apache-2.0
"""What a training takes, computed from the shapes of its network before anything is loaded.

Memory of a device: weights (parameters that learn in float32, frozen ones in the type of the
recipe) and gradients, which each device holds whole; its share of both moments of AdamW, in
float32; and what is kept of a pass for its gradient. Work: floating-point operations of the passes
through the language model and of SAM's or DINOv2's over the image. Estimates from shapes; nothing
is measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reasonseg_ros.core.errors import OutOfMemory
from reasonseg_ros.engines.devices import available_memory
from reasonseg_ros.engines.public import scales
from reasonseg_ros.engines.registry import ENGINES
from reasonseg_ros.engines.weights import folder
from reasonseg_ros.nn.llava import Llava
from reasonseg_ros.training.papers.recipes import BFLOAT16, PaperRecipe, learns

GB = 1e9
DEVICES = (1, 4, 8)
KEPT_PER_LAYER = 34     # numbers of a position that a layer keeps, in widths, without checkpoints
SPARE = 1.1             # for what libraries hold beside it
SPEED = 400e12 * 0.35   # operations a second of an H100-class GPU in bfloat16, as they are reached
WORDS = 160             # positions of a usual conversation beside its image


@dataclass(frozen=True)
class TrainingCost:
    """Of one device, in bytes: frozen and learning weights, gradients and moments, activations.

    hours  of the whole run
    """

    weights: float
    optimiser: float
    activations: float
    hours: float

    @property
    def total(self) -> float:
        """Bytes of a device."""
        return SPARE * (self.weights + self.optimiser + self.activations)


def cost(recipe: PaperRecipe, model: Llava, devices: int = 1) -> TrainingCost:
    """TrainingCost of a run on `devices` GPUs, from a network that may be empty."""
    learnt, frozen = _counts(recipe, model)
    size = 2 if recipe.precision == BFLOAT16 else 4
    llama = model.config.llama
    image = (model.config.clip['image_size'] // model.config.clip['patch_size']) ** 2
    rows = recipe.micro * (1 if recipe.system == 'segllm' else recipe.rounds)
    positions = rows * min(recipe.longest, image + WORDS)
    width, layers = llama['hidden_size'], llama['num_hidden_layers']
    kept = positions * width * size
    activations = kept * ((layers + KEPT_PER_LAYER) if recipe.checkpointing
                          else layers * KEPT_PER_LAYER)
    activations += positions * llama['vocab_size'] * 4 * 0.25 + _vision(model, recipe)
    operations = positions * 2 * _count(model, 'llama.model.layers.') * (
        4 if recipe.checkpointing else 3) + recipe.micro * _seeing(recipe, model)
    seconds = recipe.steps * recipe.batch / recipe.micro * operations / SPEED
    return TrainingCost(4 * learnt + size * frozen, (4 + 8 / devices) * learnt, activations,
                seconds / 3600 / devices)


def _counts(recipe: PaperRecipe, model: Llava) -> tuple[int, int]:
    """Parameters that learn, those of LoRA among them, and frozen ones."""
    prefix = 'model.' if recipe.system == 'segllm' else ''
    learnt = frozen = 0
    for name, parameter in model.named_parameters():
        if learns(recipe, prefix + name):
            learnt += parameter.numel()
        else:
            frozen += parameter.numel()
    if recipe.lora:
        llama = model.config.llama
        keys = llama['hidden_size'] * llama['num_key_value_heads'] // llama['num_attention_heads']
        learnt += llama['num_hidden_layers'] * recipe.lora.rank * (
            3 * llama['hidden_size'] + keys)
    return learnt, frozen


def _count(model: nn.Module, prefix: str) -> int:
    return sum(p.numel() for name, p in model.named_parameters() if name.startswith(prefix))


def _seeing(recipe: PaperRecipe, model: Llava) -> float:
    """Operations of the frozen tower over one image: SAM's or DINOv2's; HIPIE's are not counted."""
    if recipe.system == 'llmseg':
        return float(2 * _count(model, 'dino.') * (model.config.dino_side // 14) ** 2)
    if recipe.system == 'segllm':
        return 0.0
    sizes = model.config.sam
    grid = (sizes['image_size'] // sizes['vit_patch_size']) ** 2
    return float(2 * _count(model, 'sam.vision_encoder.') * grid)


def _vision(model: Llava, recipe: PaperRecipe) -> float:
    """Bytes that the mask decoder, the fusion or HIPIE keep for the gradient, roughly."""
    config: Mapping[str, Any] = vars(model.config)
    if recipe.system == 'segllm':
        sides = model.config.hipie.get('image_size', 1024)
        tokens = sum((sides // stride) ** 2 for stride in (8, 16, 32, 64))
        # Each of two masks of a conversation has its own pass; four bytes a number.
        depth = model.config.hipie.get('encoder_layers', 6)
        return float(4 * 2 * recipe.micro * tokens * 256 * (12 * depth + 24))
    side = config['sam']['image_size'] // config['sam']['vit_patch_size']
    masks = recipe.micro * recipe.rounds * 2
    return float(4 * masks * side ** 2 * config['sam']['prompt_embed_dim'] * 40)


def published(system: str) -> Llava:
    """The published network of a system (7B), without memory for weights."""
    engine = ENGINES[system].find()
    network: Llava = engine.network.empty(engine.sizes(**scales.config(system, scales.SEVEN)))
    return network


def table(recipe: PaperRecipe, model: Llava) -> list[list[str]]:
    """Rows: devices, GB of each for weights, gradients and moments, activations, in all; hours."""
    rows = []
    for devices in DEVICES:
        told = cost(recipe, model, devices)
        rows.append([str(devices), *(f'{part / GB:.1f}' for part in (
            told.weights, told.optimiser, told.activations, told.total)),
            f'{told.hours:.1f}' if recipe.steps else '-'])
    return rows


def check(recipe: PaperRecipe, path: Path, device: torch.device, most: float | None,
          processes: int = 1) -> None:
    """Refuse a run that does not fit. Raises OutOfMemory, and BadCheckpoint for its base.

    most       GB of the device; None = what is free of it
    processes  that share the run: each has a GPU of its own, but on CPUs all have one memory
    """
    engine = ENGINES[recipe.system].find()
    read = folder.read(path, recipe.system)
    with folder.fitting(path, f'engine "{recipe.system}"', 'convert it again'):
        needed = cost(recipe, engine.network.empty(engine.sizes(**read.config)), processes).total
    if device.type == 'cpu':
        needed *= processes
    limit = available_memory(device) if most is None else most * GB
    if needed > limit:
        raise OutOfMemory(
            f'the training takes about {needed / GB:.1f} GB of {device}, which may use '
            f'{limit / GB:.1f} GB; raise --max-memory, lower --micro or --longest, or share it '
            'among more devices')
