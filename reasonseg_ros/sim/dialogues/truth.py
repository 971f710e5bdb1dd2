# SPDX-License-Identifier: Apache-2.0
"""Exact ground truth of one rendered tabletop view, and of one dialogue about it. Numpy only.

Everything a sentence can speak about is measured in the image (visible pixels), never in the
world, so that a mirrored view has mirrored truth.
"""

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np

from reasonseg_ros.core.errors import Status


@dataclass(frozen=True)
class ObjectTruth:
    """One object of a scene, whether or not it is visible."""

    category: str
    colour: str  # '' where no one word says it
    size: str  # 'small' | 'large', '' where neither is clear
    relation: str = ''  # 'on' | 'in' its carrier, 'held' by the gripper, '' = on the table
    carrier: int = -1   # index of what it is on or in, -1 for none
    # Colours that its surface has, its own among them; None = those that its category may have.
    tints: tuple[str, ...] | None = None


@dataclass(frozen=True, eq=False)
class SceneTruth:
    """Objects and an exact region map.

    objects  in no particular order
    regions  (object index, part name) of region value 1, 2, ...
    ids      uint8 [H, W]; 0 = table or background, else region value
    """

    objects: tuple[ObjectTruth, ...]
    regions: tuple[tuple[int, str], ...]
    ids: np.ndarray

    def mask(self, index: int, part: str | None = None) -> np.ndarray:
        """Return bool [H, W]: the visible pixels of an object, or of one of its parts."""
        values = [v for v, (obj, name) in enumerate(self.regions, start=1)
                  if obj == index and part in (None, name)]
        table = np.zeros(256, bool)
        table[values] = True
        mask: np.ndarray = table[self.ids]
        return mask

    @cached_property
    def stats(self) -> dict[tuple[int, str | None], tuple[int, float, float, float, float]]:
        """(object, part or None) -> (pixels, x0, y0, x1, y1) of what is visible."""
        found: dict[tuple[int, str | None], tuple[int, float, float, float, float]] = {}
        count = len(self.regions) + 1
        rows, cols = np.nonzero(self.ids)
        values = self.ids[rows, cols]
        area = np.bincount(values, minlength=count)
        low = np.full((2, count), np.inf)
        high = np.full((2, count), -np.inf)
        for axis, place in enumerate((cols, rows)):
            np.minimum.at(low[axis], values, place)
            np.maximum.at(high[axis], values, place + 1)
        for value, (obj, part) in enumerate(self.regions, start=1):
            if not area[value]:
                continue
            here = (int(area[value]), low[0, value], low[1, value], high[0, value], high[1, value])
            for key in ((obj, part), (obj, None)):
                old = found.get(key)
                found[key] = here if old is None else (
                    old[0] + here[0], min(old[1], here[1]), min(old[2], here[2]),
                    max(old[3], here[3]), max(old[4], here[4]))
        return found

    def flipped(self) -> 'SceneTruth':
        """Return the truth of the horizontally mirrored image."""
        return replace(self, ids=np.ascontiguousarray(self.ids[:, ::-1]))


class Kind(str, Enum):
    """Relation kinds of the SegLLM and MMR papers, and the ones that robots add."""

    DIRECT = 'direct'          # "segment the remote"
    ATTRIBUTE = 'attribute'    # "the red mug", "the larger bottle"
    USE = 'use'                # "something to drink from"
    PART = 'part'              # "its handle", "the handle of instance 2"
    PART_DIRECT = 'part_direct'  # "the handle of the mug", no earlier instance
    POSITION = 'position'      # "the mug to the left of instance 1"
    OTHER = 'other'            # "the other mug"
    INTERACT = 'interact'      # "the apple in the pan", "what is it lying on", "what is held"
    SEVERAL = 'several'        # "all the bottles", "the remote and the cap of the bottle"
    ABSENT = 'absent'          # the category is not there, or no such colour, part, relation
    AMBIGUOUS = 'ambiguous'    # "the mug" when there are two
    RESOLVE = 'resolve'        # "the left one", right after a question
    GIVEN = 'given'            # no words: the user shows an instance by its mask
    CORRECT = 'correct'        # "not that one, the left one", "no, the other one"
    UNDO = 'undo'              # "take that back": the last round is gone, nothing is segmented


@dataclass(frozen=True)
class Target:
    """One right answer mask: an object, or its part."""

    object: int
    part: str | None
    id: int
    parent_id: int


@dataclass(frozen=True)
class Turn:
    """One round of a dialogue with its exact answer.

    instruction  what is said ('' for GIVEN)
    status       OK, NOTHING_FOUND (no targets) or AMBIGUOUS (targets are the candidates); of UNDO
                 OK without targets
    targets      in the order of the answer: of a list as it was said, of "all" left to right;
                 ids run on through the dialogue from 1
    references   ids of the earlier instances that the instruction speaks of
    answer       what to say, with '<seg>' after the noun of each target:
                 'the mug <seg> and the bottle <seg>', 'i see no banana'
    template     id of the phrasing, e.g. 'position/7', for reports by template
    detail       finer kind: position name, 'category' | 'colour' | 'part' | 'relation' for ABSENT,
                 'choice' | 'other' for CORRECT, 'on' | 'in' | 'held' | 'carrier' for INTERACT,
                 'all' | 'list' | 'without' for SEVERAL
    """

    kind: Kind
    instruction: str
    status: Status
    targets: tuple[Target, ...]
    references: tuple[int, ...]
    answer: str
    template: str
    detail: str = ''
