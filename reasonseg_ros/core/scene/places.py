# SPDX-License-Identifier: Apache-2.0
"""Where things are, as people say it: relations to landmarks and orders of things.

Measured in metres on the table where depth is known of both things, in the image otherwise; there,
what stands lower is nearer to the viewer. Left and right are those of the viewer.
"""

from collections.abc import Sequence

import numpy as np

from reasonseg_ros.core.scene.inventory import Thing
from reasonseg_ros.core.scene.setting import Candidate, Setting

FORESHORTENED = 1.6   # a way away from the viewer looks shorter in the image by about this factor
DIAGONAL = 8.0        # "behind and left of": each of the two may be slight
ASKEW = 3.0           # the way across may be so many times the way along: "left of" is loose
INSIDE = 0.5          # share of a load's width over its carrier, at least
ALIKE = 0.4    # share of the surfaces that two things of one colour have in common, at least
SUNK = 0.08           # of the carrier's height: how far a load's foot lies in its image, at least
LIFTED = 0.008        # metres above its carrier's foot that a load is, at least

OPPOSITE = {'left': 'right', 'right': 'left', 'front': 'back', 'back': 'front'}

Box = tuple[float, float, float, float]


def _foot(box: Box) -> tuple[float, float]:
    """(x, y) of the middle of where a thing stands: half a foreshortened width above its end."""
    x0, y0, x1, y1 = box
    return (x0 + x1) / 2, max(y1 - 0.3 * (x1 - x0), (y0 + y1) / 2)


def _step(scene: Setting, item: Candidate, mark: Candidate) -> tuple[float, float]:
    """(right, near) from a landmark to an item, in metres or in pixels of its image."""
    one, two = scene.thing(item), scene.thing(mark)
    if (one is not None and two is not None and one.position is not None
            and two.position is not None):
        return one.position[0] - two.position[0], one.position[2] - two.position[2]
    (x, y), (u, v) = _foot(item.box), _foot(mark.box)
    return x - u, FORESHORTENED * (y - v)


def cost(scene: Setting, kind: str, item: Candidate, marks: Sequence[Candidate],
         askew: float = ASKEW) -> float | None:
    """How far an item is from the best place that a relation names; None where it does not hold."""
    if kind == 'between':
        return _between(scene, item, marks)
    costs = [c for mark in marks if item.key != mark.key
             and (c := _cost(scene, kind, item, mark, askew)) is not None]
    return min(costs, default=None)


def distance(scene: Setting, one: Candidate, two: Candidate) -> float:
    """How far apart two items are, in metres or in pixels."""
    return float(np.hypot(*_step(scene, one, two)))


def _cost(scene: Setting, kind: str, item: Candidate, mark: Candidate, askew: float
          ) -> float | None:
    if kind in ('left', 'right', 'front', 'behind'):
        right, near = _step(scene, item, mark)
        along = {'left': -right, 'right': right, 'front': near, 'behind': -near}[kind]
        across = abs(near) if kind in ('left', 'right') else abs(right)
        if along <= 0 or across > askew * along:
            return None
        return float(np.hypot(along, across)) * (1 + (across / along) ** 2)
    if kind == 'near':
        return _gap(scene, item, mark)
    if kind == 'far':
        return 1.0 / (1.0 + _gap(scene, item, mark))
    if kind == 'hue':
        ours, theirs = scene.colours(item), scene.colours(mark)
        shared = sum(min(ours[c], theirs.get(c, 0.0)) for c in ours)
        return 1.0 - shared if shared >= ALIKE else None
    if kind in ('on', 'in'):
        return 0.0 if _carries(scene, mark, item) else None
    if kind in ('carrier', 'under'):
        return 0.0 if _carries(scene, item, mark) else None
    measure, sign = kind[:-1], kind[-1]
    more = size(scene, item, measure) - size(scene, mark, measure)
    return 0.0 if (more > 0) == (sign == '+') and more else None


def reach(scene: Setting, item: Candidate) -> float:
    """How far "near" goes from an item, as the gaps of 'near' are measured: its longer side."""
    thing = scene.thing(item)
    if thing is not None and thing.position is not None and thing.extent:
        return thing.extent[0]
    x0, y0, x1, y1 = item.box
    return max(x1 - x0, y1 - y0)


def _gap(scene: Setting, item: Candidate, mark: Candidate) -> float:
    one, two = scene.thing(item), scene.thing(mark)
    if (one is not None and two is not None and one.position is not None
            and two.position is not None and one.extent and two.extent):
        right, near = _step(scene, item, mark)
        return max(0.0, float(np.hypot(right, near))
                   - (one.extent[0] + one.extent[1] + two.extent[0] + two.extent[1]) / 8)
    a, b = item.box, mark.box
    dx = max(a[0] - b[2], b[0] - a[2], 0.0)
    (_, y), (_, v) = _foot(a), _foot(b)
    reach = 0.25 * (a[2] - a[0] + b[2] - b[0])
    dy = max(FORESHORTENED * abs(y - v) - reach, 0.0)
    return float(np.hypot(dx, dy)) + 1e-3 * float(np.hypot(a[0] - b[0], a[1] - b[1]))


def _carries(scene: Setting, carrier: Candidate, load: Candidate) -> bool:
    """Whether the load lies on or in the carrier."""
    a, b = load.box, carrier.box
    shared = min(a[2], b[2]) - max(a[0], b[0])
    if shared < INSIDE * (a[2] - a[0]) or b[2] - b[0] < 0.6 * (a[2] - a[0]):
        return False
    foot = a[3]
    if not b[1] + SUNK * (b[3] - b[1]) <= foot <= b[3] + 2:
        return False
    one, two = scene.thing(load), scene.thing(carrier)
    if one is not None and two is not None and one.position is not None and (
            two.position is not None and one.extent and two.extent):
        bottom = one.position[1] - one.extent[2] / 2
        right, near = _step(scene, load, carrier)
        reach = 0.5 * (two.extent[0] + two.extent[1]) / 2 + 0.02
        return float(np.hypot(right, near)) < reach and bottom > -1 and (
            one.position[1] > LIFTED) and one.extent[0] <= 2 * two.extent[0]
    return foot < b[3] - 0.02 * (b[3] - b[1])


def _between(scene: Setting, item: Candidate, marks: Sequence[Candidate]) -> float | None:
    if len(marks) < 2 or any(item.key == mark.key for mark in marks):
        return None
    here = np.array(_step(scene, item, marks[0]))
    there = np.array(_step(scene, marks[1], marks[0]))
    length = float(there @ there)
    along = float(here @ there) / length if length else -1.0
    if not 0.1 < along < 0.9:
        return None
    return float(np.linalg.norm(here - along * there)) + abs(along - 0.5) * float(np.sqrt(length))


def size(scene: Setting, item: Candidate, measure: str) -> float:
    """A measure of an item: 'size' in pixels of the image, the others in metres or pixels."""
    thing = scene.thing(item) if item.part is None else None
    x0, y0, x1, y1 = item.box
    if measure == 'size':
        return float(item.area)
    extent = thing.extent if thing is not None else None
    if measure == 'height':
        return extent[2] if extent else y1 - y0
    if measure == 'length':
        return extent[0] if extent else max(x1 - x0, y1 - y0)
    return extent[1] if extent else min(x1 - x0, y1 - y0)


def rank(scene: Setting, items: Sequence[Candidate], measure: str, most: bool) -> list[Candidate]:
    """Items in an order, the one that the words mean first."""
    def key(item: Candidate) -> float:
        x, y = (item.box[0] + item.box[2]) / 2, item.box[3]
        thing = scene.thing(item)
        at = thing.position if thing is not None else None
        if measure in ('left', 'right'):
            right = at[0] if everywhere and at else x
            return right if measure == 'left' else -right
        if measure in ('front', 'back'):
            near = at[2] if everywhere and at else y
            return -near if measure == 'front' else near
        if measure == 'middle':
            return float(np.hypot(x - middle[0], FORESHORTENED * (_foot(item.box)[1] - middle[1])))
        if measure == 'corner':
            return -float(np.hypot(x - width / 2, y - height / 2))
        if measure == 'edge':
            return min(item.box[0], item.box[1], width - item.box[2], height - item.box[3])
        return -size(scene, item, measure) if most else size(scene, item, measure)

    height, width = scene.inventory.height, scene.inventory.width
    everywhere = all((thing := scene.thing(i)) is not None and thing.position is not None
                     for i in items)
    boxes = [item.box for item in items]
    xs = sorted((b[0] + b[2]) / 2 for b in boxes)
    ys = sorted(_foot(b)[1] for b in boxes)
    middle = ((xs[(len(xs) - 1) // 2] + xs[len(xs) // 2]) / 2 if xs else 0.0,
              (ys[(len(ys) - 1) // 2] + ys[len(ys) // 2]) / 2 if ys else 0.0)
    if len(items) < 3:
        middle = (width / 2, height / 2)
    if measure == 'middle' and len(items) == 3 and xs[-1] - xs[0] > ys[-1] - ys[0]:
        return sorted(items, key=lambda item: abs((item.box[0] + item.box[2]) / 2 - middle[0]))
    return sorted(items, key=key)


def shape(thing: Thing | None, item: Candidate) -> dict[str, float]:
    """How well shape words fit, each in [0, 1], from the extent or the box."""
    x0, y0, x1, y1 = item.box
    wide, high = x1 - x0, y1 - y0
    if thing is not None and thing.extent:
        long, short, tall = (max(v, 1e-4) for v in thing.extent)
    else:
        long, short, tall = max(wide, high), min(wide, high), high
    filled = item.area / max(1.0, wide * high)
    even = short / max(long, 1e-6)
    curved = np.clip((0.95 - filled) / 0.1, 0.2, 1)
    return {'round': float(np.clip((even - 0.5) / 0.35, 0, 1) * curved),
            'flat': float(np.clip((0.5 - tall / long) / 0.3, 0, 1)),
            'square': float(np.clip((filled - 0.6) / 0.25, 0, 1)),
            'long': float(np.clip((long / max(short, 1e-6) - 1.3) / 1.0, 0, 1)),
            'tall': float(np.clip((tall / max(short, 1e-6) - 0.9) / 0.6, 0, 1))}


def upright(scene: Setting, item: Candidate) -> float:
    """How surely a thing stands rather than lies, in [0, 1]: its height against its length."""
    thing = scene.thing(item)
    x0, y0, x1, y1 = item.box
    ratio = (y1 - y0) / max(1.0, x1 - x0)
    if thing is not None and thing.extent:
        ratio = thing.extent[2] / max(thing.extent[0], 1e-4)
    return float(ratio / (1 + ratio))
