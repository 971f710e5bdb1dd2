# SPDX-License-Identifier: Apache-2.0
"""Which parameters of a system learn, as its recipe says; LoRA in, and out again for the export.

LoRA (Hu et al. 2022) changes projections of the language model by matrices of low rank. It goes
through peft, an optional library (extra `train`) that is imported only here; presets without LoRA
do not need it. Takes no step.
"""

from typing import Any

import torch
from torch import nn

from reasonseg_ros.training.papers.recipes import Lora, PaperRecipe, learns

TARGETS = ['q_proj', 'v_proj']
INNER, A, B = '.base_layer.weight', '.lora_A.default.weight', '.lora_B.default.weight'


def add_lora(llama: nn.Module, lora: Lora) -> None:
    """Put low-rank changes, zero at first, beside the projections. Needs peft."""
    import peft
    settings = peft.LoraConfig(r=lora.rank, lora_alpha=lora.alpha, lora_dropout=lora.dropout,
                               target_modules=TARGETS, bias='none')
    peft.inject_adapter_in_model(settings, llama)


def choose(whole: nn.Module, llama: Any, recipe: PaperRecipe) -> None:
    """Freeze what does not learn; what does becomes float32.

    whole  the module that learns;  llama  the language model in it, whose layers are computed
           again on the way back where the recipe saves memory so

    AdamW would lose small steps in bfloat16.
    """
    for name, parameter in whole.named_parameters():
        parameter.requires_grad_(learns(recipe, name))
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    if recipe.checkpointing:
        # Checkpoints that are entered again would need inputs that have a gradient.
        llama.gradient_checkpointing_enable({'use_reentrant': False})


@torch.no_grad()
def merged(model: nn.Module, lora: Lora | None) -> dict[str, torch.Tensor]:
    """Tensors of a model by the names that they have without LoRA: W + alpha / rank * B A.

    lora  as `add_lora` got it; None = there is none
    """
    whole = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    if lora is None:
        return whole
    scale = lora.alpha / lora.rank
    for name in [n for n in whole if n.endswith(INNER)]:
        stem = name.removesuffix(INNER)
        a, b, weight = whole.pop(stem + A), whole.pop(stem + B), whole.pop(name)
        change = scale * b.float() @ a.float()
        whole[f'{stem}.weight'] = (weight.float() + change).to(weight.dtype)
    return whole
