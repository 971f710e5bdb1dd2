# SPDX-License-Identifier: Apache-2.0
"""Which earlier object a new mask is a part of. A rule on masks and labels; no model."""

from collections.abc import Iterable
from collections.abc import Sequence

from reasonseg_ros.core.dialogue.dialogue import Instance

COVERED = 0.6   # share of a part's pixels that its object covers, at least
SMALLER = 0.6   # a part's area as a share of its object's, less than this


def parent_of(new: Instance, said: int, references: Sequence[Instance],
              earlier: Iterable[Instance]) -> int:
    """Return the id of the object that `new` is a part of, or 0.

    said        what the engine says; it stands where there is such an instance
    references  instances that the question refers to; they are tried before all others
    earlier     every instance of the dialogue so far, those of the same answer included

    Otherwise a mask is a part of an object (an instance that is itself no part) whose label
    differs, that covers at least COVERED of it and is clearly larger. Of several, a referenced
    one comes first, then the newest. Masks of another resolution are not compared; masks of
    another view are, so after the camera moved only what the engine says can be relied on.
    """
    earlier = tuple(earlier)
    if said and any(i.id == said for i in earlier):
        return said
    for whole in (*references, *reversed(earlier)):
        if whole.parent_id == 0 and whole.label != new.label and _part_of(new, whole):
            return whole.id
    return 0


def _part_of(new: Instance, whole: Instance) -> bool:
    if not new.mask.same_size(whole.mask) or new.mask.area >= SMALLER * whole.mask.area:
        return False
    return new.mask.covered_by(whole.mask) >= COVERED
