# SPDX-License-Identifier: Apache-2.0
"""Poses of things followed over time: noise is averaged away, and a real move is no noise.

An exponential filter in space and rotation: each new pose takes the old one along by the share
1 - exp(-dt / TAU), in a straight line and about one axis (the geodesic of SO(3)). What is farther
away than noise is, or comes after a pause or from the past, begins anew. Numpy only; knows no
messages.
"""

from dataclasses import dataclass, replace

import numpy as np

from reasonseg_ros.core.geometry.boxes import OrientedBox

TAU = 0.3            # seconds
FAR = 0.02           # metres from which a thing has moved
TURNED = 0.26        # radians from which it has turned: 15 degrees
PAUSE = 2.0          # seconds after which the old pose is of no use
# The rotations that take a box to itself.
_SAME = tuple(np.diag(signs).astype(float) for signs in (
    (1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)))


@dataclass(frozen=True, eq=False)
class _Held:
    """A filtered box and the time of it, in nanoseconds."""

    box: OrientedBox
    stamp: int


class BoxFilter:
    """The filtered boxes of things, by id, in a frame that does not move."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}

    def clear(self) -> None:
        """Forget every pose."""
        self._held.clear()

    def update(self, boxes: dict[int, OrientedBox], stamp: int) -> dict[int, OrientedBox]:
        """Return the boxes measured at a time, in nanoseconds, filtered; others are forgotten."""
        self._held = {number: _Held(self._filtered(number, box, stamp), stamp)
                      for number, box in boxes.items()}
        return {number: held.box for number, held in self._held.items()}

    def _filtered(self, number: int, box: OrientedBox, stamp: int) -> OrientedBox:
        held = self._held.get(number)
        if held is None:
            return box
        seconds = (stamp - held.stamp) / 1e9
        if not 0 <= seconds <= PAUSE:
            return box
        old = held.box
        turns = [rotation_vector(old.axes.T @ box.axes @ same) for same in _SAME]
        turn = min(turns, key=lambda t: float(t @ t))
        step = box.centre - old.centre
        if np.linalg.norm(step) > FAR or np.linalg.norm(turn) > TURNED:
            return box
        share = 1 - float(np.exp(-seconds / TAU))
        return replace(box, centre=old.centre + share * step,
                       axes=old.axes @ rotation(share * turn),
                       size=old.size + share * (box.size - old.size))


def rotation(vector: np.ndarray) -> np.ndarray:
    """Return the rotation [3, 3] about a vector [3] by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn: np.ndarray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return turn


def rotation_vector(turn: np.ndarray) -> np.ndarray:
    """Return the vector [3] that `rotation` makes a rotation [3, 3] of: the logarithm in SO(3).

    At half a turn, its direction is one of the two that are right.
    """
    twice = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    angle = float(np.arctan2(np.linalg.norm(twice), np.trace(turn) - 1))
    if angle < 1e-9:
        return np.zeros(3)
    if np.pi - angle < 1e-6:   # the sine is 0: the axis is the eigenvector of 1
        axis: np.ndarray = np.linalg.eigh((turn + turn.T) / 2)[1][:, -1]
        return angle * axis
    vector: np.ndarray = twice / np.linalg.norm(twice) * angle
    return vector
