# SPDX-License-Identifier: Apache-2.0
"""Whether a thing is visible, hidden or gone, from how its surface compares with a frame.

What agrees must also look the part: a lookalike of another colour, height or shape is another
thing. Numpy only; does not look for what is gone (`core.memory.segments`).
"""

import numpy as np

from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.memory.appearance import describe, similarity
from reasonseg_ros.core.memory.motion import transform
from reasonseg_ros.core.memory.outline import Window, outline
from reasonseg_ros.core.memory.referee import (
    AGREES,
    BEHIND,
    HIDDEN,
    NEARER,
    Comparison,
    Vantage,
    looks_right,
)
from reasonseg_ros.core.memory.segments import HEIGHT_OFF, HEIGHT_SHARE, Support
from reasonseg_ros.core.memory.surface import FEWEST, POINTS, covered
from reasonseg_ros.core.memory.thing import Sighting, ThingRecord

SEEN = 0.12         # share of the expected points that must agree for a thing to be visible
GONE = 0.6          # share of the decided points that must lie well in front of what is measured
WRONG = 0.35        # share of the decided points that may contradict the surface of a thing
COLOURS = 0.5       # share of the points that must have the remembered colour, without depth
LOOKS = 0.55        # similarity of colours from which what is in front may be a larger lookalike
INSIDE = 0.15       # share of the near side that must be in the image


def judge(thing: ThingRecord, told: Comparison, vantage: Vantage, support: Support | None,
          free: np.ndarray) -> Sighting:
    """Say whether a thing is where it was; LOST where it is not.

    free  bool [H, W], pixels that no other thing has
    """
    shape = vantage.frame.height, vantage.frame.width
    name = f'number {thing.id} ({thing.label})'
    near = len(told.verdict) - told.counts[HIDDEN]
    if told.expected < max(3, INSIDE * near):
        return unseen(thing, State.OCCLUDED, f'{name} is outside the image', shape, thing.flat)
    if thing.flat or vantage.depth is None:
        return _judge_by_colour(thing, told, vantage, free)
    decided = told.share(AGREES, BEHIND, NEARER)
    agreed = told.share(AGREES)
    if decided < SEEN:
        return unseen(thing, State.OCCLUDED, f'no depth was measured where {name} was', shape,
                      guess=True)
    behind, nearer = told.share(BEHIND), told.share(NEARER)
    if agreed >= SEEN and behind <= GONE * (agreed + behind):
        if not looks_right(thing, told, vantage):
            return unseen(thing, State.LOST,
                                f'something of another colour is where {name} was', shape)
        up = None if support is None else support.up
        mask, window = outline(thing, told, vantage, up, free)
        wrong = behind + told.share(NEARER) * covered(told, mask)
        if wrong > WRONG * (agreed + wrong):
            return unseen(thing, State.LOST,
                                f'something of another shape is where {name} was', shape)
        if mask[window].any() and not _too_high(thing, mask, window, vantage, support):
            return Sighting(thing.id, State.VISIBLE, mask, f'{name} is where it was',
                            vantage.frame.stamp, window)
        return unseen(thing, State.LOST,
                            f'something of another size is where {name} was', shape)
    if nearer >= behind:
        if _swollen(thing, told, vantage):
            return unseen(thing, State.LOST,
                                f'something of another size is where {name} was', shape)
        return unseen(thing, State.OCCLUDED, f'something is in front of {name}', shape)
    return unseen(thing, State.LOST, f'{name} is no longer where it was', shape)


def _judge_by_colour(thing: ThingRecord, told: Comparison, vantage: Vantage, free: np.ndarray
                     ) -> Sighting:
    """Judge from the image alone: what has another colour is hidden or gone, nobody knows."""
    name = f'number {thing.id} ({thing.label})'
    if told.share(AGREES) >= COLOURS:
        mask, window = outline(thing, told, vantage, None, free)
        return Sighting(thing.id, State.VISIBLE, mask,
                        f'{name} looks as it did, where it was; there is no depth to tell more',
                        vantage.frame.stamp, window, guess=True)
    return unseen(thing, State.OCCLUDED, f'something else is seen where {name} was; '
                        'without depth, hidden and gone look alike',
                        (vantage.frame.height, vantage.frame.width), guess=True)


def _swollen(thing: ThingRecord, told: Comparison, vantage: Vantage) -> bool:
    """Whether what is in front of a thing's surface stands where it stood, in its colours."""
    camera, depth = vantage.frame.camera, vantage.depth
    assert camera is not None and depth is not None
    front = told.verdict == NEARER
    rows, columns = told.rows[front], told.columns[front]
    points = transform(lift(rows, columns, depth[rows, columns], camera), vantage.pose)
    reach = np.linalg.norm(thing.points - thing.centre, axis=1).max()
    near = np.linalg.norm(points - thing.centre, axis=1) < 1.6 * reach
    return bool(near.mean() > GONE) and similarity(
        describe(vantage.colours(rows[near], columns[near])), thing.descriptor) > LOOKS


def _too_high(thing: ThingRecord, mask: np.ndarray, window: Window, vantage: Vantage,
              support: Support | None) -> bool:
    """Whether a mask reaches clearly higher than the thing did."""
    if support is None or not thing.height or thing.parent_id:
        return False
    camera, depth = vantage.frame.camera, vantage.depth
    assert camera is not None and depth is not None
    rows, columns = np.nonzero(mask[window] & np.isfinite(depth[window]))
    if len(rows) < FEWEST:
        return False
    rows, columns = rows + window[0].start, columns + window[1].start
    some = slice(None, None, max(1, len(rows) // POINTS))
    points = transform(lift(rows[some], columns[some], depth[rows[some], columns[some]],
                            camera), vantage.pose)
    height = float(np.percentile(points @ support.up, 97)) - thing.level
    return height > thing.height + HEIGHT_OFF + HEIGHT_SHARE * thing.height + vantage.slack


def unseen(thing: ThingRecord, state: State, reason: str, shape: tuple[int, int],
           guess: bool = False) -> Sighting:
    """Return the sighting of a thing that is not in view, in an image of `shape`."""
    return Sighting(thing.id, state, np.zeros(shape, bool), reason, thing.last_seen, guess=guess)
