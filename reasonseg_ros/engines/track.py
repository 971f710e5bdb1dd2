# SPDX-License-Identifier: Apache-2.0
"""What is known of the things of one dialogue and camera, and what is still to be learnt.

Looks at no image (`engines.tracking`).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Round
from reasonseg_ros.core.memory.standpoint import NO_FRAME
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.core.memory.world import WorldMemory

if TYPE_CHECKING:
    from reasonseg_ros.engines.video import VideoSession  # torch, where it is there


@dataclass(eq=False)
class Track:
    """A memory, the frame that it was asked about last, and what it said then.

    rounds  how many of the dialogue's rounds are of an earlier view
    shown   what is known of every thing where some were shown first in the view of `frame`; or ()
    video   what follows the things through the images; None = nothing does, or it begins anew
    strayed ids of things whose mask there is not the one that depth tells
    view    how often another view was seen
    before  by the index of a round, of the newest few, (memory, view, sightings) before it was
            learnt from
    """

    world: WorldMemory
    frame: Frame
    sightings: dict[int, Sighting] = field(default_factory=dict)
    rounds: int = 0
    shown: tuple[Sighting, ...] = ()
    video: 'VideoSession | None' = None
    strayed: frozenset[int] = frozenset()
    view: int = 0
    before: dict[int, tuple[WorldMemory, int, dict[int, Sighting]]] = field(default_factory=dict)

    def take_back(self, index: int, again: Collection[int]) -> None:
        """Take back what the rounds from an index on have taught: where a wrong thing was shown,
        the memory has its place and looks, and the support below it.

        again  ids of things that they showed, and earlier ones too
        """
        taught = self.before.get(index)
        self.before = {k: kept for k, kept in self.before.items() if k < index}
        if taught is None:
            return
        before, view, sightings = taught
        for number in set(before.ids) - set(self.world.ids):   # forgotten since
            before.forget(number)
            sightings.pop(number, None)
        self.world, self.shown = before, ()
        if view == self.view:   # earlier rounds about it have masks of their own
            self.sightings = sightings
        elif set(again) & set(before.ids):   # they are looked for anew
            self.frame, self.sightings = NO_FRAME, {}


@dataclass(eq=False)
class Lesson:
    """Rounds of one view from which is not learnt yet.

    first   the frame of the first one;  newest  that of the last one, in which all is learnt
    steps   what is left to be done, once that has begun
    """

    key: tuple[str, str]
    first: Frame
    newest: Frame
    records: list[Round]
    steps: Iterator[None] | None = None
