# SPDX-License-Identifier: Apache-2.0
"""What an engine sees on one frame: its things, with names, colours, sizes, places and parts.

Values only: who fills them (an engine, or the simulator's truth) and what a sentence makes of them
(`core.language`) is decided elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reasonseg_ros.core.masks import Rle

COLOURS = ('red', 'orange', 'yellow', 'green', 'turquoise', 'blue', 'purple', 'pink', 'brown',
           'beige', 'white', 'grey', 'black')
NAMELESS = 'thing'  # the name that a thing has when none of the known ones is likely


@dataclass(frozen=True, eq=False)
class Part:
    """A named part of a thing.

    name     e.g. 'handle'
    score    chance in [0, 1] that it is right
    colours  as those of a thing; {} where they are not told apart from the thing's
    """

    name: str
    score: float
    mask: Rle
    colours: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Thing:
    """One physical thing in view.

    mask      at the resolution of the frame
    score     chance in [0, 1] that the mask outlines exactly one thing
    names     category -> probability; they sum to at most 1, NAMELESS is one of them
    colours   colour of COLOURS -> share in [0, 1] of the visible surface; they sum to 1
    centre    (x, y) pixels of the visible surface's middle
    position  (right, up, near) metres of its middle in a frame that stands on the table: `right`
              as the viewer sees it, `up` from the table's plane, `near` towards the viewer; None
              where there is no depth
    extent    (long, wide, high) metres of the box about it, `high` from the table's plane,
              long >= wide along the table; None where there is no depth
    parts     what can be told apart of it, each part once
    """

    mask: Rle
    score: float
    names: Mapping[str, float]
    colours: Mapping[str, float]
    centre: tuple[float, float]
    position: tuple[float, float, float] | None = None
    extent: tuple[float, float, float] | None = None
    parts: tuple[Part, ...] = ()

    @property
    def name(self) -> str:
        """The likeliest name."""
        return max(self.names, key=self.names.__getitem__, default=NAMELESS)


@dataclass(frozen=True, eq=False)
class Inventory:
    """All things of a frame of height x width pixels.

    categories  every name that the engine can give, without NAMELESS
    parts       category -> names of the parts that it can tell apart
    held        index into `things` of what the robot's gripper holds; None = nothing, or unknown
    """

    height: int
    width: int
    things: tuple[Thing, ...]
    categories: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held: int | None = None
