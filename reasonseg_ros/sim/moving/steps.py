# SPDX-License-Identifier: Apache-2.0
"""What happens in a sequence, moment by moment: camera, things, a limb before it, the light.

The same for every world; values and numpy only. Does not draw (`sim.moving.worlds`) and judges
nothing (`evaluation.moving`).

    arc        the camera goes round the table
    hand       the same way, held by hand
    jump       the same way, seen from its ends alone
    push       a thing is pushed and turned
    remove     a thing is taken away, and brought back to another place
    hand-over  a hand comes before a thing, stays, and leaves
    lookalike  a thing is taken away, and one that looks like it is put there
    lights     other lamps

In all but the first three the camera is held by hand about where it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

PATHS = ('arc', 'hand', 'jump')     # sequences in which nothing but the camera moves
EVENTS = (*PATHS, 'push', 'remove', 'hand-over', 'lookalike', 'lights')
STEP = 0.2          # seconds from one moment to the next
FAR_DEGREES, FAR_METRES = 30.0, 0.5     # what the camera moves, at least, in PATHS
LIMB_AT = 0.4       # of the way from the camera to a thing, where a limb is

# Event -> number of moments.
COUNTS = {'arc': 9, 'hand': 9, 'jump': 3, 'push': 10, 'remove': 12, 'hand-over': 11,
          'lookalike': 8, 'lights': 6}
AT_REST = 4         # moment from which a pushed thing stays where it is
GONE_FROM, BACK_FROM = 2, 8     # moments between which a thing is away
SWAPPED_FROM = 2    # moment from which a lookalike is there
_LIMB = {2: 1.6, 3: 0.0, 4: 0.1, 5: -0.1, 6: 0.1, 7: 0.0, 8: 1.6}  # moment -> radii aside
LIT_FROM = 2        # moment from which other lamps shine

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Viewpoint:
    """Where the camera has gone, relative to where it was first.

    azimuth  degrees about the vertical through its target, added
    pitch    degrees, added; the sum is kept between 15 and 85
    zoom     factor on the distance from its target
    eye, aim  metres that camera and target are off that, as hands shake
    """

    azimuth: float = 0.0
    pitch: float = 0.0
    zoom: float = 1.0
    eye: Vector = (0.0, 0.0, 0.0)
    aim: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Shift:
    """How far a thing is from its first place: metres, and degrees about its own vertical."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True)
class SequenceStep:
    """One moment.

    shifts  thing -> how far it is from its first place, None = it is not there; others stand still
    limb    radii of the subject that a limb is aside of the line from the camera to the subject;
            None = no limb
    lamps   0 = those of the scene, 1 = others
    """

    view: Viewpoint
    shifts: Mapping[int, Shift | None] = field(default_factory=dict)
    limb: float | None = None
    lamps: int = 0


@dataclass(frozen=True)
class Plan:
    """A sequence before it is drawn.

    subject    the thing that something happens to; -1 = none
    lookalike  the thing that takes its place; -1 = none
    """

    event: str
    steps: tuple[SequenceStep, ...]
    subject: int = -1
    lookalike: int = -1


def orbit(eye: np.ndarray, target: np.ndarray, view: Viewpoint) -> tuple[np.ndarray, np.ndarray]:
    """Return where a camera at `eye` [3] that looks at `target` [3] has gone, and its target."""
    offset = eye - target
    distance = float(np.linalg.norm(offset)) * view.zoom
    around = np.arctan2(offset[1], offset[0]) + np.radians(view.azimuth)
    above = np.degrees(np.arctan2(offset[2], np.hypot(offset[0], offset[1])))
    if view.pitch:
        above = np.clip(above + view.pitch, 15.0, 85.0)
    above = np.radians(above)
    gone = target + distance * np.array([np.cos(above) * np.cos(around),
                                         np.cos(above) * np.sin(around), np.sin(above)])
    return gone + view.eye, target + view.aim


def far_end(eye: np.ndarray, target: np.ndarray, side: int) -> Viewpoint:
    """Return the end of a path that is FAR_DEGREES and FAR_METRES away, by a few percent more.

    side  1 or -1, which way round. Where the camera is so near that the way round is short, it
    also goes back.
    """
    least = FAR_DEGREES + 4
    best = min(((azimuth - least) / 40 + (zoom - 1) / 0.5, azimuth, zoom)
               for azimuth in np.arange(least, 60.0, 3.0).tolist()
               for zoom in np.arange(1.0, 3.01, 0.05).tolist()
               if zoom > 2.99 or _away(eye, target, Viewpoint(azimuth, 0.0, zoom))
               > 1.06 * FAR_METRES)
    return Viewpoint(side * best[1], 0.0, best[2])


def _away(eye: np.ndarray, target: np.ndarray, view: Viewpoint) -> float:
    return float(np.linalg.norm(orbit(eye, target, view)[0] - eye))


def camera_path(event: str, end: Viewpoint, rng: np.random.Generator) -> list[Viewpoint]:
    """Return where the camera is at each moment of an event; the first one is where it was."""
    count = COUNTS[event]
    if event not in PATHS:
        sway = rng.uniform(3.0, 7.0) * rng.choice([-1, 1])
        return [Viewpoint(), *(_shaken(Viewpoint(float(sway * np.sin(0.45 * k))), 0.004, rng)
                               for k in range(1, count))]
    if event == 'jump':
        return [Viewpoint(), *(_shaken(end, 0.003, rng) for _ in range(1, count))]
    lift = rng.uniform(-5.0, 5.0)
    shares = np.clip(np.arange(count) / (count - 3), 0, 1)   # the last three are at the end
    shares = shares * shares * (3 - 2 * shares)
    path = [Viewpoint(end.azimuth * s, lift * s, 1 + (end.zoom - 1) * s) for s in shares.tolist()]
    if event == 'arc':
        return path
    return [path[0], *(_shaken(view, 0.008, rng) for view in path[1:])]


def _shaken(view: Viewpoint, metres: float, rng: np.random.Generator) -> Viewpoint:
    eye, aim = rng.normal(0.0, metres, (2, 3)).tolist()
    return Viewpoint(view.azimuth, view.pitch, view.zoom, tuple(eye), tuple(aim))


def free_place(discs: np.ndarray, subject: int, reach: tuple[float, float],
               fits: Callable[[Shift], bool], rng: np.random.Generator) -> Shift | None:
    """Return a place for a thing apart from all others; None when none was found.

    discs  float [N, 3], (x, y, radius) metres of the things seen from above
    reach  metres that it goes, from and to
    fits   whether a place is allowed for other reasons
    """
    x, y, radius = discs[subject]
    others = np.delete(discs, subject, 0)
    for _ in range(200):
        angle, way = rng.uniform(0, 2 * np.pi), rng.uniform(*reach)
        turn = float(rng.uniform(20.0, 100.0) * rng.choice([-1, 1]))
        shift = Shift(float(way * np.cos(angle)), float(way * np.sin(angle)), turn)
        apart = np.hypot(*(others[:, :2] - (x + shift.x, y + shift.y)).T)
        if (apart > others[:, 2] + radius + 0.005).all() and fits(shift):
            return shift
    return None


def plan(event: str, path: Sequence[Viewpoint], subject: int = -1, place: Shift | None = None,
         lookalike: int = -1) -> Plan:
    """Return what happens in a sequence.

    path   of the camera, as many viewpoints as the event has moments
    place  where the subject is pushed to or brought back to; for events that need one
    """
    def step(k: int, view: Viewpoint) -> SequenceStep:
        shifts: dict[int, Shift | None] = {}
        if lookalike >= 0:
            shifts[lookalike] = None
        if event == 'push' and place is not None and k > 1:
            share = min(1.0, (k - 1) / (AT_REST - 1))
            shifts[subject] = Shift(place.x * share, place.y * share, place.yaw * share)
        elif event == 'remove' and k >= GONE_FROM:
            shifts[subject] = None if k < BACK_FROM else place
        elif event == 'lookalike' and k >= SWAPPED_FROM:
            shifts = {subject: None}
        return SequenceStep(view, shifts, _LIMB.get(k) if event == 'hand-over' else None,
                    int(event == 'lights' and k >= LIT_FROM))
    return Plan(event, tuple(step(k, view) for k, view in enumerate(path)), subject, lookalike)


def limb(eye: np.ndarray, centre: np.ndarray, radius: float, aside: float
         ) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Return hand and forearm before a camera, as rods (start [3], end [3], radius).

    They hide a ball of `radius` about `centre` when they are 0 `aside`, in radii of the hand, and
    come in from the right, near the camera.
    """
    ray = centre - eye
    distance = float(np.linalg.norm(ray))
    ray = ray / distance
    right = np.cross(ray, (0.0, 0.0, 1.0))
    right /= max(float(np.linalg.norm(right)), 1e-6)
    down = np.cross(ray, right)
    width = 1.35 * LIMB_AT * radius
    palm = eye + LIMB_AT * distance * ray + 2 * aside * width * right
    wrist = palm + 1.2 * width * right
    elbow = wrist + distance * (1.2 * right + 0.5 * down)
    return [(palm - 0.5 * width * right, wrist, width), (wrist, elbow, 0.75 * width)]
