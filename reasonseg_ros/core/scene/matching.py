# SPDX-License-Identifier: Apache-2.0
"""How well a thing fits words: evidence in [0, 1] from names, colours, parts and shapes.

Every piece of evidence is read like a chance. A thing's match is the product of all pieces; whether
it may be shown goes by the weakest piece, so that many good reasons never add up to a bad one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Colour, Order, Phrase, Quantity, Trait
from reasonseg_ros.core.scene.inventory import Part
from reasonseg_ros.core.scene.places import shape, upright
from reasonseg_ros.core.scene.setting import Candidate, Setting

SURE = 0.35      # weakest evidence with which a thing is shown
LIKELY = 0.2     # weakest evidence with which it is asked back: "do you mean the green thing?"
RIVAL = 0.65     # a match so many times the best one is as good: the two make a question
ENOUGH = 0.4     # share of the surface from which a thing has a colour for certain
MOSTLY = 0.65    # share from which no other thing has the colour more
SOME = 0.1       # share of a colour that is more than a speck
NEIGHBOUR = 1.25  # a colour word that fits a colour with weight w is no better than this times w w
OFTEN = 0.5      # a thing so surely named otherwise is no unwilling name for something else
UNUSUAL = 0.5    # factor where a content's usual colour is missing: soup comes in red cans
NAMED = 0.5      # probability from which an answer calls a thing by its name


@dataclass(frozen=True, eq=False)
class Match:
    """An item, how well it fits in [0, 1], and its weakest evidence."""

    item: Candidate
    score: float
    weakest: float
    cost: float = 0.0

    def also(self, evidence: float, cost: float = 0.0, amount: float = 1.0) -> 'Match':
        """Return the match with one more piece of evidence, which orders things by `amount`."""
        return Match(self.item, self.score * min(evidence, amount), min(self.weakest, evidence),
                     self.cost + cost)

    @property
    def sure(self) -> bool:
        """Whether it may be shown."""
        return self.weakest >= SURE


def match(scene: Setting, item: Candidate, phrase: Phrase) -> Match:
    """How well an item fits a phrase, its relations, orders and exclusions left aside."""
    found = Match(item, 1.0, 1.0)
    evidence = name(scene, item, phrase)
    if evidence is not None:
        found = found.also(evidence)
    for limit in phrase.limits:
        if isinstance(limit, Colour):
            found = found.also(colour(scene, item, limit), amount=amount(scene, item, limit))
        elif isinstance(limit, Trait):
            fits = trait(scene, item, limit)
            if limit.kind == 'shape' and phrase.generic and phrase.several:
                fits = 2 * fits - 1     # it orders single things; of all, those that have it
            found = found.also(fits)
        elif isinstance(limit, Order) and limit.measure == 'height' and not limit.strict:
            pass
    return found


def name(scene: Setting, item: Candidate, phrase: Phrase) -> float | None:
    """Chance that a thing is called so; None for words that fit anything."""
    if not phrase.noun and not phrase.meant:
        return None
    thing = scene.thing(item)
    given = scene.named.get(item.thing) if item.thing is not None else None
    if given is not None and given == phrase.noun:
        return 1.0
    if phrase.noun in lexicon.KINDS and phrase.noun in scene.named.values():
        return 0.0  # "the gadget" is the thing that was given this name, not one of its kind
    if thing is None:
        label = item.instance.label if item.instance else ''
        return 1.0 if label == phrase.noun or phrase.meant.get(label, 0) >= SURE else 0.0
    loose = phrase.noun in lexicon.KINDS or phrase.noun in lexicon.CONTENTS or not phrase.noun
    certain = max(thing.names.values(), default=0.0) >= OFTEN
    chance = 0.0
    for category, probability in thing.names.items():
        weight = phrase.meant.get(category, 0.0)
        if weight < 0.5 and certain and not loose:
            weight *= 0.4
        chance += weight * probability
    if given is not None:
        chance = max(chance, phrase.meant.get(given, 0.0))
    if phrase.usual and chance:
        share = sum(thing.colours.get(c, 0.0) for c in phrase.usual)
        chance *= 1.0 if share >= 0.2 else UNUSUAL + (1 - UNUSUAL) * share / 0.2
    return min(1.0, chance)


def colour(scene: Setting, item: Candidate, limit: Colour) -> float:
    """Chance that a thing has the colour, or that it does not."""
    if scene.thing(item) is None:
        return SURE
    colours = scene.colours(item)
    share = sum(colours.get(c, 0.0) * w for c, w in limit.weights.items())
    closest = max((w for c, w in limit.weights.items() if colours.get(c, 0.0) >= SOME),
                  default=0.0)
    has = min(1.0, share / ENOUGH, NEIGHBOUR * closest * closest)
    if limit.negated and limit.word.startswith('any '):
        return 1.0 - min(1.0, share / SOME)
    if limit.negated:
        main = max(colours, key=colours.__getitem__, default='')
        return 0.0 if limit.weights.get(main, 0.0) >= 1.0 else 1.0 - min(1.0, share)
    return has


def amount(scene: Setting, item: Candidate, limit: Colour) -> float:
    """How much of a thing has the colour, 1 from MOSTLY: "the yellow one" is the yellower one."""
    if scene.thing(item) is None or limit.negated:
        return 1.0
    shares = scene.colours(item)
    share = sum(shares.get(c, 0.0) * w for c, w in limit.weights.items())
    return min(1.0, share / MOSTLY)


def trait(scene: Setting, item: Candidate, limit: Trait) -> float:
    """Chance of a shape, material, posture or part."""
    thing = scene.thing(item)
    if limit.kind == 'part':
        has = max((p.score * w * _hued(scene, item, p, limit)
                   for p, w in parts(scene, item, limit.value)), default=0.0)
        has = 1.0 if has >= NAMED else has
        return 1.0 - has if limit.negated else has
    if limit.kind == 'posture':
        chance = upright(scene, item)
        chance = chance if limit.value == 'upright' else 1.0 - chance
        return 1.0 - chance if limit.negated else chance
    if limit.kind == 'material':
        made = lexicon.MATERIALS.get(limit.value, ())
        chance = sum(thing.names.get(c, 0.0) for c in made) if thing is not None else 0.5
        return 0.5 + 0.5 * min(1.0, chance)  # hard to see: it orders, it never rules out
    return 0.5 + 0.5 * shape(thing, item).get(limit.value, 0.5)


def _hued(scene: Setting, item: Candidate, part: Part, limit: Trait) -> float:
    """Chance that a part has the colour said; of "a red part" that any part of the thing has."""
    if limit.colour is None:
        return 1.0
    if part.colours:
        return colour(scene, Candidate(part.mask, item.thing, part), limit.colour)
    thing = scene.thing(item)
    hues = thing.colours if thing is not None else {}
    share = sum(hues.get(c, 0.0) for c, w in limit.colour.weights.items() if w >= 0.8)
    return 1.0 if share >= SOME else 0.0


def parts(scene: Setting, item: Candidate, noun: str) -> list[tuple[Part, float]]:
    """Parts of a thing that a noun may mean, each with the noun's weight, best first."""
    thing = scene.thing(item)
    if thing is None:
        return []
    if noun in ('part', ''):
        return [(part, 1.0) for part in thing.parts]
    meant = lexicon.PARTS.get(noun, {})
    found = []
    for part in thing.parts:
        weight = 1.0 if part.name == noun else meant.get(part.name, 0.0)
        if weight:
            found.append((part, weight))
    return sorted(found, key=lambda entry: -entry[1] * entry[0].score)


def parts_of(scene: Setting, owner: Candidate, phrase: Phrase) -> list[Match]:
    """Parts of a thing that a phrase may mean, best first."""
    found = []
    for part, weight in parts(scene, owner, phrase.noun):
        item = Candidate(part.mask, owner.thing, part)
        score = part.score * weight
        hues = [v for v in phrase.limits if isinstance(v, Colour)]
        if hues and part.colours:
            score *= min(colour(scene, item, hue) for hue in hues)
        if score >= LIKELY:
            found.append(Match(item, score, score))
    if any(isinstance(v, Colour) for v in phrase.limits) and phrase.noun == 'part':
        found = _by_share(scene, owner, found, phrase)
    return sorted(found, key=lambda m: -m.score)


def _by_share(scene: Setting, owner: Candidate, found: list[Match], phrase: Phrase
              ) -> list[Match]:
    """Without colours of parts: the main colour is that of the largest part, and so on."""
    thing = scene.thing(owner)
    hue = next(v for v in phrase.limits if isinstance(v, Colour))
    if thing is None or not found or any(m.item.part and m.item.part.colours for m in found):
        return found
    order = sorted(thing.colours, key=lambda c: -thing.colours[c])
    at = next((i for i, c in enumerate(order) if hue.weights.get(c, 0.0) >= 0.8), None)
    by_area = sorted(found, key=lambda m: -m.item.area)
    return by_area[at:at + 1] if at is not None else []


def taken_off(phrase: Phrase, lacking: Sequence[Trait]) -> Phrase:
    """The phrase with "no lid" read as "but not the lid"."""
    limits = tuple(v for v in phrase.limits if v not in lacking)
    parts = tuple(Phrase(v.value, v.value, part=True) for v in lacking)
    return replace(phrase, limits=limits, excluded=(*phrase.excluded, *parts))


def other_than(scene: Setting, found: Sequence[Match], excluded: Phrase) -> list[Match]:
    """Of pens only, "but not the marker": those that are called a marker less than the most."""
    chances = [name(scene, m.item, excluded) or 0.0 for m in found]
    return [m for m, chance in zip(found, chances) if chance < 0.9 * max(chances)]


def is_part(excluded: Phrase, phrase: Phrase) -> bool:
    """Whether what is excluded is a part: "the laptop but the keyboard", where keyboards exist."""
    one = bool(phrase.noun) and phrase.quantity is Quantity.THE and not phrase.plural
    one = one and excluded.noun != phrase.noun  # "the drawer, not the black drawer"
    return excluded.part and (not excluded.meant or excluded.owner is not None or one)
