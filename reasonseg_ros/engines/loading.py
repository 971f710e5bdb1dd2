# SPDX-License-Identifier: Apache-2.0
"""A converted folder as a model on a device, and the facts about it. Knows no engine."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines import folder
from reasonseg_ros.engines.devices import find_device
from reasonseg_ros.engines.devices import find_dtype
from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.engines.protocol import EngineFacts


def load_model(path: Path, engine: str, build: Callable[[dict], nn.Module], device: str,
               dtype: str, exact: str = '') -> tuple[nn.Module, EngineFacts]:
    """Load the weights of `engine`; errors are one sentence each.

    build  makes the model, on the meta device, from its configuration
    exact  tensors whose names begin so stay float32 in every `dtype`; '' for none
    """
    place = find_device(device)
    kind = find_dtype(dtype, place)
    read = folder.read(path, engine)

    def fit(name: str, tensor: torch.Tensor) -> torch.Tensor:
        kept = not tensor.is_floating_point() or (exact and name.startswith(exact))
        return tensor if kept else tensor.to(kind)
    try:
        model = build(read.config)
        with memory_errors('while loading the weights'):
            held = {name: fit(name, t) for name, t in
                    read.tensors(place, torch.float32 if exact else kind)}
            model.load_state_dict(held, assign=True)
            model.to(place)     # what follows from the sizes and is in no file
    except (TypeError, KeyError, RuntimeError, ValueError) as error:
        first = str(error).strip().splitlines()[0]
        raise BadCheckpoint(f'checkpoint "{path}" does not fit engine "{engine}" ({first}); '
                            'convert it again') from error
    size = sum(p.numel() for p in model.parameters())
    nbytes = sum(p.nbytes for p in model.parameters())
    licence = read.manifest.get('licence', 'unknown')
    return model, EngineFacts(engine, read.digest[:12], licence, str(place),
                              str(kind).removeprefix('torch.'), size, nbytes)
