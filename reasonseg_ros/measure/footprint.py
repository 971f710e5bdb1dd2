# SPDX-License-Identifier: Apache-2.0
"""Memory that a model's weights take, part by part: computed from shapes, or counted.

Nothing is built for the first: the network is made without memory. Activations and caches are not
weights and are not here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from reasonseg_ros.nn import quantise
from reasonseg_ros.nn.llava import Llava

BLOCKS, WORDS = 'language model', 'words'   # its blocks; its table and its head


@dataclass(frozen=True)
class ModelPart:
    """A part of a model: how many numbers it has, and the bytes that they take."""

    parameters: int
    nbytes: int


def planned_parts(model: Llava, dtype: torch.dtype, quant: str, device: str
                  ) -> dict[str, ModelPart]:
    """Parts of an empty model, were it loaded like that; `device` is 'cpu' or 'cuda'."""
    def size(name: str, parameter: torch.Tensor) -> int:
        if quant != quantise.NONE and quantise.applies(name):
            return quantise.planned_bytes(tuple(parameter.shape), quant, dtype, device)
        exact = name.startswith(model.EXACT)
        return parameter.numel() * (torch.float32 if exact else dtype).itemsize
    return _parts(model, size)


def counted_parts(model: Llava) -> dict[str, ModelPart]:
    """Parts of a model that is there."""
    return _parts(model, lambda name, parameter: quantise.nbytes(parameter))


def total(parts: dict[str, ModelPart]) -> ModelPart:
    """Sum of all parts."""
    return ModelPart(sum(p.parameters for p in parts.values()),
                     sum(p.nbytes for p in parts.values()))


def _parts(model: Llava, size: Callable[[str, torch.Tensor], int]) -> dict[str, ModelPart]:
    found: dict[str, ModelPart] = {}
    # Loading separates what two modules of an empty model share.
    for name, parameter in model.named_parameters(remove_duplicate=False):
        part = name.split('.')[0]
        if part == 'llama':
            part = WORDS if 'embed_tokens' in name or 'lm_head' in name else BLOCKS
        before = found.get(part, ModelPart(0, 0))
        found[part] = ModelPart(before.parameters + parameter.numel(),
                                before.nbytes + size(name, parameter))
    return found
