# SPDX-License-Identifier: Apache-2.0
"""Tensors of a published checkpoint under the names of a model of ours, and whether all are there.

Reads and writes no files.
"""

from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import torch
from torch import nn

from reasonseg_ros.core.errors import BadCheckpoint

LISTED = 12     # names in an error


@dataclass
class Renamed:
    """Tensors by their new names, and the old names of those that no part uses."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def check(self, model: nn.Module, source: Path) -> None:
        """Compare names and shapes with those of the model; raises BadCheckpoint."""
        wanted = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
        held = {name: list(tensor.shape) for name, tensor in self.tensors.items()}
        problems = {
            'missing': sorted(wanted.keys() - held.keys()),
            'unknown': sorted([*self.strange, *(held.keys() - wanted.keys())]),
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


@dataclass(frozen=True)
class Converted:
    """What a conversion wrote: how many tensors, and which of the source it left out."""

    path: Path
    tensors: int
    unused: list[str]
