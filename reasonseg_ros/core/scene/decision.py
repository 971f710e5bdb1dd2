# SPDX-License-Identifier: Apache-2.0
"""What a sentence is answered with, as values, and how its masks stay apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.dialogue.dialogue import Role
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle


@dataclass(frozen=True, eq=False)
class DecisionMask:
    """One mask of a decision.

    parent    index in the same decision of the whole that this is a part of; None = none there
    owner     id of the earlier instance that it is a part of; 0 = none
    clause    which clause of the sentence asked for it, from 0
    instance  id of the earlier instance whose mask this is, unchanged; 0 = a mask of now
    part      whether it is a part of something, be that shown or not; of a mask of now
    """

    label: str
    score: float
    mask: Rle
    parent: int | None = None
    owner: int = 0
    clause: int = 0
    role: Role = Role.TARGET
    instance: int = 0
    part: bool = False


@dataclass(frozen=True, eq=False)
class Decision:
    """How a sentence is answered.

    status      OK, NOTHING_FOUND, AMBIGUOUS (found: the candidates) or TALK (nothing is shown, and
                no round is recorded)
    text        the sentence to speak
    references  ids of the earlier instances that the words mean
    names       (instance id, name) that the user gives; `found` holds each under its new label, for
                a round without a question, which is how names are remembered
    notes       what was taken to mean what, for logs
    """

    status: Status
    text: str
    found: tuple[DecisionMask, ...] = ()
    references: tuple[int, ...] = ()
    names: tuple[tuple[int, str], ...] = ()
    notes: str = ''


def minus(mask: Rle, others: Sequence[Rle]) -> Rle:
    if not others:
        return mask
    pixels = mask.decode()
    for other in others:
        if other.same_size(mask):
            pixels &= ~other.decode()
    return Rle.encode(pixels)


def disjoint(found: list[DecisionMask], keys: Sequence[object]) -> list[DecisionMask]:
    """Take from each mask what an earlier one of another thing has."""
    kept: list[DecisionMask] = []
    for i, entry in enumerate(found):
        mask = entry.mask
        for j in range(i):
            one, two = keys[i], keys[j]
            related = isinstance(one, tuple) and isinstance(two, tuple) and one[0] == two[0] and (
                '' in (one[1], two[1]))
            if not related and mask.same_size(found[j].mask) and mask.intersection(found[j].mask):
                mask = minus(mask, [found[j].mask])
        kept.append(entry if mask is entry.mask else replace(entry, mask=mask, instance=0))
    return kept
