# SPDX-License-Identifier: Apache-2.0
"""Which masks of an answer show things that the dialogue knows: an id names a thing, no mention.

Numpy only. In one view, masks decide; what is not seen where it is expected is taken for a thing
named again only when `likeness` says so.
"""

from collections.abc import Callable, Sequence

from reasonseg_ros.core.dialogue.dialogue import WITHOUT, Instance, State
from reasonseg_ros.core.masks import Rle

SAME = 0.5       # IoU from which two masks of one name show one thing ...
ONLY = 0.3       # ... where no other thing has that name: outlines of small things are rough
RENAMED = 0.7    # ... and of two names
LIKE = 0.6       # likeness from which a thing that was out of sight is found again

# Likeness in [0, 1] of what a mask shows to the thing with an id.
Likeness = Callable[[Rle, int], float]


def match(masks: Sequence[Rle], known: Sequence[Instance], parents: Sequence[int],
          labels: Sequence[str], likeness: Likeness | None = None) -> dict[int, int]:
    """Return {index of a mask: id of the thing that it shows}; new things are left out.

    known     things of the dialogue, each once, with the masks that they have in this view
    parents   for each mask, id of what it is a part of, or 0
    labels    nouns of the masks
    likeness  of things out of sight; None = they are not found by looks

    Each thing is taken once, by the first mask that fits it. A part is never its owner: masks of
    two names match on one level only.
    """
    found: dict[int, int] = {}
    for index, (mask, parent, label) in enumerate(zip(masks, parents, labels)):
        left = [i for i in known if i.id not in found.values()]
        best, overlap = 0, 0.0
        for one in left:
            same = mask == one.mask
            if not (same or one.state is State.VISIBLE and mask.same_size(one.mask)):
                continue
            if label != one.label and WITHOUT in f'{label}{one.label}':
                continue  # "the bottle without its cap" is not the bottle
            iou = 1.0 if same else mask.iou(one.mask)
            alone = sum(other.label == label for other in known) == 1
            enough = iou >= (ONLY if alone else SAME) if label == one.label else (
                iou >= RENAMED and bool(parent) == bool(one.parent_id))
            # What a part's owner also is, belongs to the name.
            iou += 0.1 * (label == one.label)
            if enough and iou > overlap:
                best, overlap = one.id, iou
        if not best and likeness is not None:
            best = _found_again(mask, parent, label, left, likeness)
        if best:
            found[index] = best
    return found


def _found_again(mask: Rle, parent: int, label: str, known: Sequence[Instance],
                 likeness: Likeness) -> int:
    """Return the id of the thing out of sight that a mask shows, or 0."""
    hidden = [i for i in known if i.state is not State.VISIBLE and i.label == label
              and i.parent_id == parent]
    likely = [i.id for i in hidden if likeness(mask, i.id) >= LIKE]
    return likely[0] if len(likely) == 1 else 0
