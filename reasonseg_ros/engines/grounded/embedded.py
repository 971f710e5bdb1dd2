# SPDX-License-Identifier: Apache-2.0
"""The package's own network behind the protocol of SAM 3: phrases in, masks with presence out.

One look at a frame (`engines.household.look`) gives all masks, names and parts; what a phrase asks
for is read from that. So everything that engine `grounded` does about a segmenter that is prompted
runs here, with trained weights that the package holds. Nouns stand for the 53 kinds of things that
the network knows, by the tables of `core.language.lexicon`; of others nothing is proposed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.grounded.prompted import OBJECT, SAME, Proposal, Window
from reasonseg_ros.engines.household.engine import Household
from reasonseg_ros.engines.household.look import look


@dataclass(frozen=True, eq=False)
class FoundMask:
    """A mask with the chances of its names, parts by name."""

    mask: Rle
    quality: float
    names: Mapping[str, float]
    parts: 'tuple[FoundMask, ...]' = ()


@dataclass(frozen=True, eq=False)
class FoundMasks:
    """What may be meant in an image of (height, width) pixels, or inside one thing of it.

    meaning  from a noun to the names that will do, with weights in (0, 1]
    """

    size: tuple[int, int]
    candidates: tuple[FoundMask, ...]
    meaning: Callable[[str], Mapping[str, float]]


class EmbeddedProposer:
    """The network of engine `household`, asked for phrases."""

    def __init__(self, household: Household) -> None:
        self._model = household.model
        self.facts = replace(household.facts, weights=f'{household.facts.weights}.phrases')

    def encode(self, frame: Frame) -> FoundMasks:
        """Look at a frame once, with its depth where it has one."""
        seen = look(self._model, frame)
        things = tuple(FoundMask(t.mask, t.score, t.names, tuple(
            FoundMask(p.mask, 1.0, {p.name: p.score}) for p in t.parts)) for t in seen.things)
        return FoundMasks((seen.height, seen.width), things, lexicon.meaning)

    def inside(self, encoded: FoundMasks, whole: np.ndarray) -> tuple[FoundMasks, Window]:
        """Return the parts of the thing that a mask shows, without another look."""
        height, width = encoded.size
        mask = Rle.encode(whole)
        shown = max(encoded.candidates, key=lambda c: c.mask.iou(mask), default=None)
        parts = () if shown is None or shown.mask.iou(mask) < SAME else shown.parts
        return FoundMasks(encoded.size, parts, _part_meaning), (0, 0, width, height)

    def propose(self, encoded: FoundMasks, nouns: Sequence[str]
                ) -> dict[str, tuple[Proposal, ...]]:
        """Return the candidates of each noun, best first; of OBJECT all."""
        return {noun: tuple(sorted(_proposals(encoded, noun), key=lambda p: -p.presence))
                for noun in nouns}


def _proposals(encoded: FoundMasks, noun: str) -> list[Proposal]:
    meant = encoded.meaning(noun)
    found = []
    for one in encoded.candidates:
        chance = 1.0 if noun == OBJECT else min(1.0, sum(
            weight * one.names.get(name, 0.0) for name, weight in meant.items()))
        if chance > 0:
            found.append(Proposal(one.mask.decode(), chance, one.quality))
    return found


def _part_meaning(noun: str) -> Mapping[str, float]:
    return {**lexicon.PARTS.get(noun, {}), noun: 1.0}
