# SPDX-License-Identifier: Apache-2.0
"""The model with one kind of memory cut off, to see what it is worth. Trains nothing.

A variant has the tensors of the whole model under the same names, those of the missing part unused;
so the same engine runs both. What else can be left out, and the comparison itself, are in
`training.ablations`.
"""

from collections.abc import Sequence

import torch

from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.mask_decoder import Masks
from reasonseg_ros.nn.tabletop.model import TabletopFeatures, TabletopModel


class BoxOnlyModel(TabletopModel):
    """Of an earlier result it hears the number and the box, not what the mask shows."""

    def mask_content(self, seen: TabletopFeatures, counts: Sequence[int], masks2: torch.Tensor
                     ) -> torch.Tensor:
        """Zeros [M, dim]."""
        return self.slot.new_zeros(len(masks2), self.config.dim)

    def segment(self, seg: torch.Tensor, memory: torch.Tensor, memory_masks2: torch.Tensor,
                allowed: torch.Tensor, seen: TabletopFeatures, counts: Sequence[int]
                ) -> tuple[Masks, torch.Tensor]:
        """As the whole model with empty masks in its memory."""
        return super().segment(seg, memory, torch.zeros_like(memory_masks2), allowed, seen, counts)


class MaskOnlyModel(TabletopModel):
    """Of an earlier result it hears the number and what the mask shows, not the box."""

    def box_content(self, boxes: torch.Tensor) -> torch.Tensor:
        """Zeros [M, dim]."""
        return self.slot.new_zeros(len(boxes), self.config.dim)


_VARIANTS: dict[str, type[TabletopModel]] = {'mask': BoxOnlyModel, 'box': MaskOnlyModel}


def build(config: TabletopConfig) -> TabletopModel:
    """Return a model with random weights: the whole one, or the variant that `config` names."""
    return _VARIANTS.get(config.without, TabletopModel)(config)
