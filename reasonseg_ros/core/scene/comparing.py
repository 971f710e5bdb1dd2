# SPDX-License-Identifier: Apache-2.0
"""What is compared with what was shown: "the bigger one", "in between", "from the other side"."""

from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Anaphor, Order, Phrase, Relation
from reasonseg_ros.core.scene import matching, places
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.scene.memory import MEASURES, said_alone, understood
from reasonseg_ros.core.scene.setting import Candidate, Setting


def in_between(scene: Setting, phrase: Phrase, before: Sequence[Candidate]) -> Phrase:
    """The phrase, or "the one in the middle" for "in between" where no two ends were shown.

    before  what the sentence named so far
    """
    limits = [v for v in phrase.limits if isinstance(v, Relation) and v.kinds == ('between',)
              and v.landmarks[0].pointer is Anaphor.THEM]
    if not limits or len(before) == 2 or ends(scene):
        return phrase
    return replace(phrase, limits=tuple(
        Order('middle', True, v.word) if v in limits else v for v in phrase.limits))


def ends(scene: Setting) -> list[Candidate]:
    """The two things that "between them" is between: shown last, together or one by one; or []."""
    last = list({i.key: i for i in map(scene.owner, scene.latest)}.values())
    if len(last) == 1 and len(scene.shown) > 1 and not (scene.question or scene.given):
        last = list(scene.shown[-2:])
    return last if len(last) == 2 else []


def compares_nothing(scene: Setting, phrase: Phrase) -> bool:
    """Whether it is "the bigger one" before anything was shown that it could be bigger than."""
    return not (scene.shown or scene.question or scene.given or phrase.noun or phrase.generic
                or phrase.meant or phrase.number) and any(
        isinstance(v, Order) and v.strict and v.word.endswith('er') and v.word in lexicon.ORDERS
        for v in phrase.limits)


def compared(scene: Setting, phrase: Phrase) -> list[Candidate] | None:
    """What "the bigger one" is sought in after one thing: those of its kind that are bigger.

    None for any other phrase, and where no kind is known.
    """
    if (phrase.noun or phrase.generic or phrase.meant or phrase.other or phrase.number
            or scene.question or len(scene.latest) != 1):
        return None
    order = next((v for v in phrase.limits if isinstance(v, Order) and v.strict and (
        v.word.endswith('er')) and v.word in lexicon.ORDERS and v.measure in MEASURES), None)
    last = scene.owner(scene.latest[0])
    if order is None or last.thing is None or scene.name(last) == NAMELESS:
        return None
    ours = places.size(scene, last, order.measure)
    among = compared_before(scene) or (scene.focus if len(scene.focus) > 1 else [
        i for i in scene.items if scene.name(i) == scene.name(last)])
    sizes = [(i, places.size(scene, i, order.measure)) for i in among if i.key != last.key]
    return [i for i, size in sizes if (size > ours) == order.most and size != ours]


def compared_before(scene: Setting) -> Sequence[Candidate]:
    """The alternatives of the newest round: "which is taller, the lamp or the pan" - "shorter?"."""
    said = understood(scene.dialogue.rounds[-1].instruction) if scene.dialogue.rounds else None
    either = [c for c in said.clauses if c.either] if said else []
    return [i for i in scene.items for c in either[:1] for p in c.phrases
            if matching.match(scene, i, p).sure]


def of_anything(scene: Setting, phrase: Phrase) -> Phrase:
    """"The rightmost" after "the leftmost thing" is of all things, not of that thing's kind."""
    bare = Phrase(phrase.said, limits=phrase.limits)
    if phrase == bare and scene.dialogue.rounds and (again := _from_the_other_side(
            said_alone(scene.dialogue.rounds[-1]), phrase)):
        return again
    if phrase != bare or not scene.dialogue.rounds or not phrase.limits or not all(
            isinstance(v, Order) for v in phrase.limits):
        return phrase
    before = said_alone(scene.dialogue.rounds[-1])
    ordered = before is not None and before.generic and not before.several and any(
        isinstance(v, Order) for v in before.limits)
    return replace(phrase, generic=True) if ordered and not scene.question else phrase


def _from_the_other_side(before: Phrase | None, phrase: Phrase) -> Phrase | None:
    """"From the right" after "the second block from the left": the second from the right."""
    new = phrase.limits[0] if len(phrase.limits) == 1 else None
    old = before.limits[-1] if before is not None and before.limits else None
    if not (before and isinstance(new, Order) and isinstance(old, Order) and old.word.startswith(
            'from the ') and new.measure in places.OPPOSITE and new.rank == 1):
        return None
    turned = replace(old, measure=new.measure, word=f'from the {new.measure}')
    return replace(before, limits=(*before.limits[:-1], turned)) if (
        places.OPPOSITE.get(old.measure) == new.measure) else None
