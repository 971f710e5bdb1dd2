# SPDX-License-Identifier: Apache-2.0
"""What can be said about a view without doubt: who is askable, unique, left of whom.

Works on visible boxes in the image only. Every test has a grey zone: what is neither clearly so
nor clearly not so is never asked about. Does not build sentences.
"""

from collections import defaultdict
from collections.abc import Iterable
from math import hypot
from typing import NamedTuple

from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth

REFERENCE_PIXELS = 192 * 144
OBJECT_PIXELS = 120  # of a 192x144 map; smaller objects are too small to be asked for
PART_PIXELS = 14
MARGIN = 8.0         # pixels of a 192x144 map between clearly different places
NEAR = 60.0          # farthest "next to", centre to centre
NEAR_LEAD = 0.7      # the nearest is at most this much of the distance to the next

DIRECTIONS: dict[str, tuple[int, int]] = {
    'left of': (-1, 0), 'right of': (1, 0), 'above': (0, -1), 'below': (0, 1),
    'top left': (-1, -1), 'top right': (1, -1), 'bottom left': (-1, 1), 'bottom right': (1, 1)}
NEXT_TO = 'next to'
POSITIONS = (*DIRECTIONS, NEXT_TO)

# Colour -> categories with a part that may have it, whatever the object's own colour is. Black
# and white parts are everywhere, so "the white thing" is never said.
_ACCENTED = ('mug', 'bottle', 'lamp', 'drawer', 'teapot', 'camera')
_PART_COLOURS: dict[str, tuple[str, ...]] = {
    'red': ('remote',), 'orange': (), 'yellow': (*_ACCENTED, 'brush'),
    'green': ('apple', 'banana'), 'blue': (*_ACCENTED, 'laptop'), 'purple': ()}


class Box(NamedTuple):
    """Visible extent in pixels: number of visible pixels, centre, width, height."""

    pixels: float
    x: float
    y: float
    width: float
    height: float

    @property
    def diagonal(self) -> float:
        """Length of the diagonal in pixels."""
        return hypot(self.width, self.height)


class SceneView:
    """A scene as it looks; objects are named by their index in the truth.

    visible   objects with at least one visible pixel, left to right, ties top to bottom
    askable   those that are large enough and not cut by more than one image border
    groups    category -> its objects, for categories whose visible objects are all askable
    hidden    categories with a visible object that is not askable; never spoken of
    unspoken  categories whose nouns say nothing here; never spoken of either
    certain   askable objects of categories that are not hidden
    clean     those of them that may be spoken of by noun
    regions   (object, part) of the truth
    parts     object -> askable parts
    loads     carrier -> what is on or in it, visible or not
    """

    def __init__(self, truth: SceneTruth, unspoken: frozenset[str] = frozenset(),
                 least: float = OBJECT_PIXELS) -> None:
        height, width = truth.ids.shape
        area = height * width / REFERENCE_PIXELS
        self.objects: tuple[ObjectTruth, ...] = truth.objects
        self.regions, self.unspoken = truth.regions, unspoken
        self.unit = area ** 0.5
        self.loads = {o.carrier: i for i, o in enumerate(truth.objects) if o.carrier >= 0}
        self.boxes: dict[int, Box] = {}
        self.parts: dict[int, tuple[str, ...]] = defaultdict(tuple)
        askable = set()
        for (index, part), measured in truth.stats.items():
            pixels, x0, y0, x1, y1 = (float(v) for v in measured)
            if part is not None:
                if pixels >= PART_PIXELS * area:
                    self.parts[index] += (part,)
                continue
            self.boxes[index] = Box(pixels, (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0)
            borders = sum((x0 <= 0, y0 <= 0, x1 >= width, y1 >= height))
            if pixels >= least * area and borders <= 1:
                askable.add(index)
        self.visible = tuple(sorted(self.boxes, key=self.order))
        self.askable = tuple(i for i in self.visible if i in askable)
        self.hidden = {self.objects[i].category for i in self.visible if i not in askable}
        groups: dict[str, list[int]] = defaultdict(list)
        for i in self.askable:
            groups[self.objects[i].category].append(i)
        self.groups = {c: tuple(g) for c, g in groups.items()
                       if c not in self.hidden and c not in unspoken}
        self.certain = tuple(i for i in self.askable if self.objects[i].category not in self.hidden)
        self.clean = tuple(i for i in self.askable if self.objects[i].category in self.groups)

    def order(self, index: int) -> tuple[float, float]:
        """Sort key: left to right by visible centre, ties top to bottom."""
        return (self.boxes[index].x, self.boxes[index].y)

    def category(self, index: int) -> str:
        """Category of an object."""
        return self.objects[index].category

    def group(self, index: int) -> tuple[int, ...]:
        """All objects of this object's category, or () when the category is not spoken of."""
        return self.groups.get(self.objects[index].category, ())

    def shows(self, categories: Iterable[str]) -> bool:
        """Whether any object of these categories is visible."""
        return any(self.objects[i].category in categories for i in self.visible)

    def unique_colour(self, index: int) -> bool:
        """Whether colour and category together name this object."""
        here = self.objects[index].colour
        return bool(here) and sum(self.tinged(i, here) for i in self.group(index)) == 1

    def tinged(self, index: int, colour: str) -> bool:
        """Whether an object has a colour, be it in part; of the tabletop, its own colour alone."""
        item = self.objects[index]
        return colour == item.colour or colour in (item.tints or ())

    def unique_size(self, index: int) -> bool:
        """Whether this object alone is the small or large one, in the image as in the world."""
        others = [i for i in self.group(index) if i != index]
        size = self.objects[index].size
        if not size or not others or any(self.objects[i].size == size for i in others):
            return False
        mine = self.boxes[index].diagonal
        if size == 'large':
            return all(mine >= 1.1 * self.boxes[i].diagonal for i in others)
        return all(1.1 * mine <= self.boxes[i].diagonal for i in others)

    def things_of_colour(self, colour: str) -> tuple[int, ...] | None:
        """Visible objects of a colour; None where a mere part of another may have it."""
        if any(self.objects[i].tints is not None for i in self.visible):
            found = tuple(i for i in self.visible if self.tinged(i, colour))
            return found if all(self.objects[i].colour == colour for i in found) else None
        bearers = _PART_COLOURS.get(colour)
        if bearers is None:
            return None
        if any(item.colour != colour and item.category in bearers
               for item in (self.objects[i] for i in self.visible)):
            return None
        return tuple(i for i in self.visible if self.objects[i].colour == colour)

    def towards(self, name: str, anchor: int, index: int) -> bool | None:
        """Whether an object lies in a direction from the anchor; None = not clear.

        A carrier and its load are never apart, and what is raised appears further back than it is.
        """
        step = DIRECTIONS[name]
        if self.touching(anchor, index) or (step[1] and (self.raised(anchor)
                                                         or self.raised(index))):
            return None
        here, there = self.boxes[anchor], self.boxes[index]
        dx, dy = there.x - here.x, there.y - here.y
        margin = MARGIN * self.unit
        if 0 in step:
            along = dx * step[0] + dy * step[1]
            across = abs(dx * step[1]) + abs(dy * step[0])
            extent = here.width + there.width if step[0] else here.height + there.height
            if along >= margin + 0.1 * extent and across <= along:
                return True
            return False if along <= 0 or across >= 2.5 * along else None
        ahead = (dx * step[0], dy * step[1])
        if min(ahead) >= margin and max(ahead) <= 2.5 * min(ahead):
            return True
        return False if min(ahead) <= 0 or max(ahead) >= 5.0 * min(ahead) else None

    def raised(self, index: int) -> bool:
        """Whether something lies on or in another thing, or is held, so off the table."""
        return bool(self.objects[index].relation)

    def touching(self, one: int, two: int) -> bool:
        """Whether one of two carries the other."""
        return self.objects[two].carrier == one or self.objects[one].carrier == two

    def covered(self, carrier: int, load: int | None) -> bool:
        """Whether something else than its load seems to be on or in a carrier."""
        here = self.boxes[carrier]
        return any(abs(self.boxes[i].x - here.x) < 0.5 * here.width
                   and abs(self.boxes[i].y - here.y) < 0.6 * here.height
                   for i in self.visible if i not in (carrier, load))

    def placed(self, name: str, anchor: int, candidates: Iterable[int]) -> int | None:
        """Return the one candidate that clearly has the position while all others clearly not."""
        rest = [i for i in candidates if i != anchor]
        if name == NEXT_TO:
            return self._nearest(anchor, rest)
        found = None
        for i in rest:
            so = self.towards(name, anchor, i)
            if so is None or (so and found is not None):
                return None
            found = i if so else found
        return found

    def empty(self, name: str, anchor: int, candidates: Iterable[int]) -> bool:
        """Whether clearly no candidate lies in a direction from the anchor."""
        return all(self.towards(name, anchor, i) is False for i in candidates if i != anchor)

    def _nearest(self, anchor: int, rest: list[int]) -> int | None:
        if any(self.touching(anchor, i) or self.raised(i) for i in rest) or self.raised(anchor):
            return None
        here = self.boxes[anchor]
        far = sorted((hypot(self.boxes[i].x - here.x, self.boxes[i].y - here.y), i) for i in rest)
        if not far or far[0][0] > NEAR * self.unit:
            return None
        if len(far) > 1 and far[0][0] > NEAR_LEAD * far[1][0]:
            return None
        return far[0][1]
