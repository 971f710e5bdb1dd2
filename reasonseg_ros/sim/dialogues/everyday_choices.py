# SPDX-License-Identifier: Apache-2.0
"""Requests in everyday words that choose among things: by size, by place, in several clauses.

Builders as in `sim.dialogues.everyday_rounds`.
"""

from collections.abc import Sequence

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.everyday import EverydayTalk
from reasonseg_ros.sim.dialogues.everyday_rounds import (
    Turns,
    first,
    several_clauses,
    two_colours_of,
    two_things,
    wholes,
)
from reasonseg_ros.sim.dialogues.relations import MARGIN
from reasonseg_ros.sim.language.vocabulary import ORDINALS

OK = Status.OK


def superlatives(talk: EverydayTalk) -> Turns:
    """The biggest, smallest, tallest, nearest or farthest."""
    return first(talk, (_sized, _sized, _biggest_thing, _tallest_thing, _nearest_thing))


def _sized(talk: EverydayTalk) -> Turns:
    for group in talk.several():
        for index in talk.shuffled(group):
            if talk.view.unique_size(index):
                large = talk.view.objects[index].size == 'large'
                said = talk.say('biggest' if large else 'smallest', x=talk.noun(index))
                return [talk.turn('superlatives', said, OK, wholes((index,)), detail='size')]
    return []


def _biggest_thing(talk: EverydayTalk) -> Turns:
    if talk.extents is None:
        return []
    boxes, volumes = talk.view.boxes, [x * y * z for x, y, z in talk.extents]
    return _most(talk, 'biggest_thing', [
        {i: boxes[i].pixels for i in talk.view.visible},
        {i: boxes[i].diagonal ** 2 for i in talk.view.visible},
        {i: volumes[i] for i in talk.view.visible}], 1.3)


def _tallest_thing(talk: EverydayTalk) -> Turns:
    if talk.extents is None or any(map(talk.view.raised, talk.view.visible)):
        return []
    return _most(talk, 'tallest_thing', [{i: talk.extents[i][2] for i in talk.view.visible}], 1.25)


def _most(talk: EverydayTalk, family: str, measures: Sequence[dict[int, float]], lead: float
          ) -> Turns:
    """The thing that leads every other by a factor, in all measures."""
    leaders = {max(m, key=m.__getitem__) for m in measures if m}
    if len(leaders) != 1 or len(measures[0]) < 2:
        return []
    index, = leaders
    if index not in talk.view.certain or any(
            m[index] < lead * max(v for i, v in m.items() if i != index) for m in measures):
        return []
    return [talk.turn('superlatives', talk.say(family), OK, wholes((index,)), detail=family)]


def _nearest_thing(talk: EverydayTalk) -> Turns:
    view = talk.view
    if any(map(view.raised, view.visible)) or len(view.visible) < 2:
        return []
    family, sign = talk.pick((('nearest_thing', 1), ('farthest_thing', -1)))
    found = set()
    for edge in (0.5, 0.0, -0.5):
        places = sorted(((sign * (view.boxes[i].y + edge * view.boxes[i].height), i)
                         for i in view.visible), reverse=True)
        if places[0][0] - places[1][0] < (2 if edge == 0 else 0.5) * MARGIN * view.unit:
            return []
        found.add(places[0][1])
    if len(found) != 1 or not found <= set(view.certain):
        return []
    return [talk.turn('superlatives', talk.say(family), OK, wholes(tuple(found)),
                      detail=family)]


def places(talk: EverydayTalk) -> Turns:
    """A thing by its side, by counting from a side, or beside another."""
    return first(talk, (_of_two, _of_kind, _middle, _from_side, _of_all, _beside))


def _in_order(talk: EverydayTalk, objects: Sequence[int], side: str, margin: float = 1.0
              ) -> list[int]:
    """Objects from a side on; [] where two of them are nearly one above the other."""
    sign = 1 if side == 'left' else -1
    found = sorted(objects, key=lambda i: sign * talk.view.boxes[i].x)
    steps = (abs(talk.view.boxes[b].x - talk.view.boxes[a].x) for a, b in zip(found, found[1:]))
    clear = all(step >= margin * MARGIN * talk.view.unit for step in steps)
    return found if clear else []


def _of_two(talk: EverydayTalk) -> Turns:
    for group in talk.several(2, 2):
        side = talk.pick(('left', 'right'))
        if ordered := _in_order(talk, group, side, 2.0):
            said = talk.say('side', x=talk.noun(ordered[0]), s=side)
            return [talk.turn('places', said, OK, wholes(ordered[:1]), detail='side')]
    return []


def _of_kind(talk: EverydayTalk) -> Turns:
    for group in talk.several(2, 5):
        side = talk.pick(('left', 'right'))
        ordered = _in_order(talk, group, side, 1.5)
        if not ordered:
            continue
        noun = talk.noun(ordered[0])
        place = int(talk.rng.integers(min(len(ordered), 3)))
        if len(ordered) < 3 or place == 0:
            said = talk.say('leftmost', x=noun, s=side)
            return [talk.turn('places', said, OK, wholes(ordered[:1]), detail='most')]
        said = talk.say('noun_from_side', x=noun, s=side, o=ORDINALS[place])
        return [talk.turn('places', said, OK, wholes((ordered[place],)), detail='counted')]
    return []


def _middle(talk: EverydayTalk) -> Turns:
    for group in talk.several(3, 3):
        if ordered := _in_order(talk, group, 'left', 1.5):
            said = talk.say('middle', x=talk.noun(ordered[1]))
            return [talk.turn('places', said, OK, wholes((ordered[1],)), detail='middle')]
    return []


def _from_side(talk: EverydayTalk) -> Turns:
    """Counted among all things, where nothing was shown that the count could be about."""
    view = talk.view
    if len(view.visible) != len(view.certain) or any(len(t.shows) > 1 for t in talk.turns):
        return []
    side = talk.pick(('left', 'right'))
    ordered = _in_order(talk, view.visible, side)
    if len(ordered) < 3:
        return []
    place = int(talk.rng.integers(3))
    said = talk.say('from_side', s=side, o=ORDINALS[place])
    return [talk.turn('places', said, OK, wholes((ordered[place],)), detail='counted')]


def _of_all(talk: EverydayTalk) -> Turns:
    view, side = talk.view, talk.pick(('left', 'right'))
    sign = 1 if side == 'left' else -1
    found = set()
    for edge in (0.5, 0.0, -0.5):
        at = sorted((sign * (view.boxes[i].x + edge * view.boxes[i].width), i)
                    for i in view.visible)
        if len(at) < 2 or at[1][0] - at[0][0] < (2 if edge == 0 else 0.5) * MARGIN * view.unit:
            return []
        found.add(at[0][1])
    if len(found) != 1 or not found <= set(view.certain):
        return []
    return [talk.turn('places', talk.say('leftmost_thing', s=side), OK, wholes(tuple(found)),
                      detail='most')]


def _beside(talk: EverydayTalk) -> Turns:
    for anchor, owner in talk.described():
        side = talk.pick(('left', 'right'))
        for group in talk.several(1):
            index = talk.view.placed(f'{side} of', anchor, group)
            if anchor not in group and index is not None:
                said = talk.say('beside', x=talk.noun(index), y=owner, s=side)
                return [talk.turn('places', said, OK, wholes((index,)), detail='beside')]
    return []


def clauses(talk: EverydayTalk) -> Turns:
    """Several things, each in a clause of its own, with the role that it has."""
    return first(talk, (two_things, _two_colours, _three_things, _moved, _moved, _put))


def _two_colours(talk: EverydayTalk) -> Turns:
    if pair := two_colours_of(talk):
        said = talk.say('two_colours', x=talk.noun(pair[0]), c=talk.view.objects[pair[0]].colour,
                        d=talk.view.objects[pair[1]].colour)
        return [several_clauses(talk, said, pair, ('object', 'object'))]
    return []


def _three_things(talk: EverydayTalk) -> Turns:
    chosen = talk.described()[:3]
    if len(chosen) < 3:
        return []
    said = talk.say('three_things', x=chosen[0][1], y=chosen[1][1], z=chosen[2][1])
    return [several_clauses(talk, said, [i for i, _ in chosen], ('object',) * 3)]


def _moved(talk: EverydayTalk) -> Turns:
    chosen = talk.described()[:2]
    if len(chosen) < 2:
        return []
    said = talk.say('move_next_to', x=chosen[0][1], y=chosen[1][1])
    return [several_clauses(talk, said, [i for i, _ in chosen], ('object', 'place'))]


def _put(talk: EverydayTalk) -> Turns:
    every = talk.described()
    for place, owner in every:
        relation, kinds = talk.words.carriers.get(talk.view.category(place), ('', ()))
        for index, noun in every:
            if index != place and talk.view.category(index) in kinds and (
                    not talk.view.touching(place, index)):
                said = talk.say(f'put_{relation}', x=noun, y=owner)
                return [several_clauses(talk, said, (index, place), ('object', 'place'))]
    return []
