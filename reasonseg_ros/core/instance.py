# SPDX-License-Identifier: Apache-2.0
"""One remembered thing: an object or a part that an answer showed."""

from dataclasses import dataclass
from enum import IntEnum

from reasonseg_ros.core.masks import Rle


class State(IntEnum):
    """Whether the instance is in view now. The values are the constants of `msg/Instance.msg`."""

    VISIBLE = 0
    OCCLUDED = 1
    LOST = 2


@dataclass(frozen=True)
class Instance:
    """An instance of a dialogue; ids never change while the round that made them stands.

    id         1..N in its dialogue
    parent_id  0, or the id of the instance that this one is a part of
    round      index of the round that made it, from 1
    label      noun of the answer, e.g. 'mug' or 'handle'
    score      chance in [0, 1] that the mask is right
    mask       run lengths at the resolution of the round's frame
    """

    id: int
    parent_id: int
    round: int
    label: str
    score: float
    mask: Rle
    state: State = State.VISIBLE
