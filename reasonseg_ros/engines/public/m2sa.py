# SPDX-License-Identifier: Apache-2.0
"""Engine `m2sa`: LISA for several targets and for parts (Jang et al. 2025, the MMR dataset).

1. Early local fusion: features of SAM's first block with global attention, which still hold small
   details, pass two convolutions and are added to SAM's encoding (`nn.lisa.early_fusion`).
2. An answer names all that was asked for, each with a [SEG] of its own, objects and parts alike:
   "the mug is [SEG] and the mug's handle is [SEG]". Every [SEG] becomes an instance, called what
   the words before it say; a part whose object is named keeps that object's id.

All else is as in `lisa`. Does not merge the masks of one answer.
"""

from reasonseg_ros.engines.public import mask_names
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.public.mask_names import Name


class M2sa(Lisa):
    """The loaded model."""

    name = 'm2sa'
    longest_answer = 2048   # tokens, as in the authors' chat program

    def name_of(self, said: str, asked: str) -> Name:
        """Name the newest mask by the words before it, else by the request."""
        return mask_names.names(said)[-1] or super().name_of(said, asked)
