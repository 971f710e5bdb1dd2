# SPDX-License-Identifier: Apache-2.0
"""Which depth image belongs to which colour image, and which pair a request gets. Pure functions.

All times are nanoseconds. Does not wait for an image, and does not look into one
(`core.camera.calibration`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

KEPT = 8  # newest messages of each image stream that a request chooses from
LAG = 200_000_000  # nanoseconds that an image with depth may ever be behind the newest one


@dataclass(eq=False)
class Arrival:
    """A message of a stream.

    stamp    nanoseconds, of its header
    arrival  nanoseconds of the clock of who receives it
    paired   whether an image of the other kind has been found for it
    delay    nanoseconds that it arrived after its partner; 0 when it was first or has none
    """

    message: Any
    stamp: int
    arrival: int
    paired: bool = False
    delay: int = 0


def companion(stamp: int, others: Iterable[Arrival], slop: int) -> Arrival | None:
    """Return the message nearest to `stamp`, at most `slop` away."""
    nearest = min(others, key=lambda other: abs(other.stamp - stamp), default=None)
    if nearest is None or abs(nearest.stamp - stamp) > slop:
        return None
    return nearest


def choose(colours: Sequence[Arrival], depths: Sequence[Arrival], slop: int,
           now: int) -> tuple[Arrival, Arrival | None]:
    """Return the newest colour image with its depth image, or the newest one alone.

    An older image is preferred for its depth while it is at most one and a half periods behind
    what the camera sees now. Where depth arrives later than that by itself, as with cameras that
    compute it slowly, its usual delay and one period are allowed, up to LAG.

    colours  one or more, oldest first
    now      time of the clock that arrivals are told by
    """
    newest = colours[-1]
    since = max(0, now - newest.arrival)
    allowed = _allowed(colours, depths)
    for colour in reversed(colours):
        if colour is not newest and since + newest.stamp - colour.stamp > allowed:
            break
        depth = companion(colour.stamp, depths, slop)
        if depth is not None:
            return colour, depth
    return newest, None


def period(colours: Sequence[Arrival]) -> float | None:
    """Return the usual time between two images; None when there are fewer."""
    gaps = [later.stamp - earlier.stamp for earlier, later in pairwise(colours)]
    return median(gaps) if gaps else None


def _allowed(colours: Sequence[Arrival], depths: Sequence[Arrival]) -> float:
    usual = period(colours)
    if usual is None:
        return LAG
    delay = max((depth.delay for depth in depths), default=0)
    return min(LAG, max(1.5 * usual, usual + delay))
