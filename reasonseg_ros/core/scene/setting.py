# SPDX-License-Identifier: Apache-2.0
"""What words can mean in one scene: things in view, their parts, and what was shown before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from reasonseg_ros.core.dialogue.dialogue import WITHOUT, Dialogue, Instance, Round, State
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.scene.inventory import NAMELESS, Inventory, Part, Thing

SAME_THING = 0.5   # IoU from which an instance shown before and a thing in view are one
PART_OF = 0.7      # share of a part's pixels in the thing that it belongs to, at least


@dataclass(frozen=True, eq=False)
class Candidate:
    """One thing, part, or mask of the dialogue.

    thing     its index in the inventory; None for what is remembered and not in view
    part      the part of that thing that is meant
    instance  the instance of the dialogue that it was shown as, newest first choice
    """

    mask: Rle
    thing: int | None = None
    part: Part | None = None
    instance: Instance | None = None

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) pixels."""
        return self.mask.box

    @cached_property
    def area(self) -> int:
        """Pixels."""
        return self.mask.area

    @property
    def key(self) -> object:
        """Equal for items that are one thing or one part."""
        if self.thing is None:
            return ('instance', self.instance.id if self.instance else id(self))
        return (self.thing, self.part.name if self.part else '')


@dataclass(frozen=True, eq=False)
class Count:
    """What a question counted, as it was said ("forks"), and what of it is in view."""

    said: str
    items: tuple[Candidate, ...]


class Setting:
    """The things of an inventory and the instances of a dialogue, matched by their masks."""

    def __init__(self, inventory: Inventory, dialogue: Dialogue,
                 references: Sequence[int] = (), spoken_of: Sequence[Candidate] = (),
                 counted: Count | None = None, spared: Sequence[Candidate] = ()) -> None:
        self.spoken_of = tuple(spoken_of)  # things that the newest question in words was about
        self.counted = counted             # what it counted, where it did
        self.spared = tuple(spared)        # to be left alone, where nothing was shown yet
        self.inventory = inventory
        self.dialogue = dialogue
        self.items = tuple(Candidate(thing.mask, i) for i, thing in enumerate(inventory.things))
        self.given = tuple(dialogue.instance(i) for i in dict.fromkeys(references))
        self._matched: dict[int, Candidate] = {}

    def thing(self, item: Candidate) -> Thing | None:
        """The thing in view that an item is or belongs to."""
        return None if item.thing is None else self.inventory.things[item.thing]

    def colours(self, item: Candidate) -> Mapping[str, float]:
        """Shares of the colours of a part, or of its thing where they are not told apart."""
        if item.part is not None and item.part.colours:
            return item.part.colours
        thing = self.thing(item)
        return {} if thing is None else thing.colours

    def parts(self, name: str) -> list[Candidate]:
        """Every part of this name in view."""
        return [Candidate(part.mask, index, part)
                for index, thing in enumerate(self.inventory.things)
                for part in thing.parts if part.name == name]

    def of(self, instance: Instance) -> Candidate:
        """Return the item that an instance is; its own mask where nothing in view is like it."""
        found = self._matched.get(instance.id)
        if found is None:
            found = self._matched[instance.id] = self._match(instance)
        return found

    def owner(self, item: Candidate) -> Candidate:
        """Return the whole that a part belongs to; the item itself when it is no part."""
        if item.part is not None and item.thing is not None:
            return self.items[item.thing]
        if item.instance is not None and item.instance.parent_id:
            for instance in self.dialogue.instances:
                if instance.id == item.instance.parent_id:
                    return self.of(instance)
        return item

    def _match(self, instance: Instance) -> Candidate:
        if instance.state is not State.VISIBLE:   # its mask is of where it was
            return Candidate(instance.mask, None, None, instance)
        box = instance.mask.box
        best, overlap = None, 0.0
        for item in self.items:
            if _apart(box, item.box) or not item.mask.same_size(instance.mask):
                continue
            if (iou := item.mask.iou(instance.mask)) > overlap:
                best, overlap = item, iou
        if best is not None and overlap >= SAME_THING and not instance.parent_id:
            own = next((p for p in self.inventory.things[best.thing or 0].parts
                        if p.name == instance.label and p.mask.iou(instance.mask) > overlap), None)
            return Candidate(own.mask if own else best.mask, best.thing, own, instance)
        for item in self.items:
            if _apart(box, item.box) or not item.mask.same_size(instance.mask):
                continue
            thing = self.inventory.things[item.thing or 0]
            for part in thing.parts:
                if part.name == instance.label and part.mask.iou(instance.mask) >= SAME_THING:
                    return Candidate(part.mask, item.thing, part, instance)
            if instance.parent_id and instance.mask.covered_by(item.mask) >= PART_OF:
                part = Part(instance.label, instance.score, instance.mask)
                return Candidate(instance.mask, item.thing, part, instance)
        return Candidate(instance.mask, None, None, instance)

    # -- what the dialogue showed -----------------------------------------------------------

    @cached_property
    def answered(self) -> tuple[Round, ...]:
        """Rounds that showed something for certain, oldest first."""
        return tuple(r for r in self.dialogue.rounds
                     if r.instances and r.status is Status.OK)

    @cached_property
    def question(self) -> tuple[Candidate, ...]:
        """Candidates of the question that is open; () when none is."""
        rounds = self.dialogue.rounds
        if not rounds or rounds[-1].status is not Status.AMBIGUOUS:
            return ()
        return tuple(self.of(i) for i in rounds[-1].instances)

    @cached_property
    def latest(self) -> tuple[Candidate, ...]:
        """What is talked about: what the caller says, or was asked about, or was shown last."""
        if self.given:
            return tuple(self.of(i) for i in self.given)
        return self.spoken_of or self.shown_last

    @property
    def singled_out(self) -> tuple[Candidate, ...]:
        """What one thing is meant by: "it" and "the other one" are none of several counted ones."""
        several = len(self.spoken_of) > 1 and not self.given
        return self.shown_last or self.latest if several else self.latest

    @cached_property
    def shown_last(self) -> tuple[Candidate, ...]:
        """What the newest round with instances showed."""
        newest = next((r for r in reversed(self.dialogue.rounds) if r.instances), None)
        return () if newest is None else tuple(self.of(i) for i in newest.instances)

    @cached_property
    def shown(self) -> tuple[Candidate, ...]:
        """Whole things that were shown for certain, each once, the newest last."""
        found: dict[object, Candidate] = {}
        for record in self.answered:
            for instance in record.instances:
                item = self.of(instance)
                if WITHOUT in instance.label and item.thing is not None:
                    item = self.items[item.thing]  # its mask is not that of the whole
                item = self.owner(item) if item.part is not None else item
                if item.part is None:
                    known = found.pop(item.key, item)
                    found[item.key] = item if item.instance is not None else known
        return tuple(found.values())

    @cached_property
    def first_shown(self) -> tuple[Candidate, ...]:
        """What `shown` has, in the order in which it was shown first."""
        items = {item.key: item for item in self.shown}
        order = dict.fromkeys(self.owner(self.of(i)).key for r in self.answered
                              for i in r.instances)
        return tuple(items[key] for key in order if key in items)

    @cached_property
    def focus(self) -> tuple[Candidate, ...]:
        """The set that the talk is about: candidates of a question, also after its answer, or
        several things that were shown at once."""
        if len(self.spoken_of) > 1 and not self.given:
            return self.spoken_of
        if self.question:
            return self.question
        last = {item.key for item in (self.latest if self.given else self.shown_last)}
        newest = True
        for record in reversed(self.dialogue.rounds):
            items = tuple(self.of(i) for i in record.instances)
            keys = {item.key for item in items}
            if not items:
                if newest:
                    continue
                return ()
            if not last <= keys:
                return ()
            if len(keys) > 1 and all(item.part is None for item in items):
                return items
            newest = False
        return ()

    @cached_property
    def group(self) -> tuple[Candidate, ...]:
        """The focus; also after several of it were shown one by one: "the last", "the first"."""
        since: set[object] = set()
        for record in () if self.focus or self.given else reversed(self.answered):
            items = tuple(self.of(i) for i in record.instances)
            keys = {item.key for item in items}
            if len(keys) > 1:
                whole = since <= keys and all(item.part is None for item in items)
                return items if whole else ()
            since |= keys
        return self.focus

    @cached_property
    def named(self) -> dict[int, str]:
        """Thing -> name that the user gave it; such rounds have no question."""
        found = {}
        for record in self.dialogue.rounds:
            if record.question == '':
                for instance in record.instances:
                    item = self.of(instance)
                    if item.thing is not None:
                        found[item.thing] = instance.label
        return found

    def name(self, item: Candidate, sure: float = 0.0) -> str:
        """Likeliest name of a thing, NAMELESS where none is at least `sure`; a part's name."""
        if item.part is not None:
            return item.part.name
        thing = self.thing(item)
        if thing is None:
            return item.instance.label if item.instance else NAMELESS
        if item.thing in self.named:
            return self.named[item.thing]
        return thing.name if thing.names.get(thing.name, 0.0) >= sure else NAMELESS


def _apart(one: tuple[float, float, float, float], two: tuple[float, float, float, float]) -> bool:
    return one[0] >= two[2] or two[0] >= one[2] or one[1] >= two[3] or two[1] >= one[3]
