# SPDX-License-Identifier: Apache-2.0
"""What of the dialogue words point at: numbers, ordinals, pronouns, and where to look first."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.patterns import WHOLE
from reasonseg_ros.core.language.places import ADJECTIVES
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Colour,
    Order,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Utterance,
)
from reasonseg_ros.core.scene import matching
from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.core.scene.matching import Match
from reasonseg_ros.core.scene.setting import Candidate, Setting

# After it, "it" is what was taken, not what it was taken by.
_BY_A_PART = re.compile(r'\b(?:take|grab|hold|lift|pick|get|carry|grasp|grip)\b.+ (?:by|at) '
                        r'(?:its|the|their)\b')
# What is done with a whole, not with the cap or handle that was shown last.
_WITH_A_WHOLE = re.compile(r'\b(?:pour|empty|fill|refill|tip out|drink|drain|cook|shake'
                           rf'|{WHOLE})\b')
MEASURES = frozenset(('size', 'height', 'length', 'width'))


_ASKS_OF = re.compile(r'(?:(?:and|so|but) )*(?:where|what|which|is|are|how)\b')


def numbered(scene: Setting, number: int) -> Candidate:
    """The instance with this id; of a question, a number may count its candidates."""
    asked = scene.question
    ids = [i.instance.id for i in asked if i.instance is not None]
    if asked and number not in ids and 1 <= number <= len(asked):
        return asked[number - 1]
    return scene.of(scene.dialogue.instance(number))


def antecedents(scene: Setting, phrase: Phrase, words: str) -> list[Candidate]:
    """Earlier things that "it" or "them" stands for."""
    if phrase.pointer is Anaphor.IT and not scene.given and not scene.question:
        latest = scene.singled_out
        whole = [i for i in latest if i.part is None]
        items = (whole or list(latest))[:None if latest is scene.spoken_of else 1]
        if items and not whole and latest is scene.shown_last and (
                _WITH_A_WHOLE.search(words) or _BY_A_PART.search(
                    scene.dialogue.rounds[-1].instruction.casefold())):
            items = [scene.owner(i) for i in items]
    elif phrase.pointer is Anaphor.THEM and not scene.given:
        items = list(scene.latest)
        if words.endswith('of them so far') and not scene.spoken_of and scene.shown:
            items = list(scene.shown)
        elif len(items) == 1 and phrase.number == 2 and (pair := _pair(scene, items[0])):
            items = pair
        elif (phrase.number or 0) > len(items) and len(scene.shown) >= (phrase.number or 0):
            items = list(scene.shown[-(phrase.number or 0):])
        elif len(items) == 1 and phrase.plural and not (
                phrase.quantity is Quantity.THE
                and scene.name(items[0], matching.NAMED) in lexicon.PLURALE_TANTUM):
            everything = phrase.quantity is Quantity.ALL and phrase.number is None
            focus = list(scene.focus) or list(scene.shown[0 if everything else -2:])
            items = focus if len(focus) > 1 else items
    else:
        items = list(scene.latest)
    one = phrase.pointer is Anaphor.IT
    if not items and _ASKS_OF.match(words) and (len(scene.spared) == 1) == one:
        items = list(scene.spared)  # "don't touch the lamp" - "where is it"; not "take it"
    if not items:
        if len(scene.items) == 1:
            return [scene.items[0]]
        raise BadReference(f'Nothing has been shown yet, so "{words}" has '
                           'nothing to refer to; name the thing, e.g. "the red mug"')
    return items


def holder(scene: Setting, words: str) -> Phrase | None:
    """The landmark of the newest round that "it" is: "what is in the drawer" - "close it".

    That is where what was shown cannot be opened or closed, or nothing was found in it.
    """
    rounds = scene.dialogue.rounds
    asked = said_alone(rounds[-1]) if rounds and not (scene.given or scene.spoken_of) else None
    inside = [v.landmarks[0] for v in asked.limits if isinstance(v, Relation) and v.landmarks
              and v.kinds == ('in',)] if asked is not None else []
    if not inside or inside[0].pointer is not None:
        return None
    opens = _OPENS.search(words) and lexicon.OPENABLE.intersection(inside[0].meant)
    return inside[0] if opens and not any(
        scene.name(i) in lexicon.OPENABLE for i in scene.latest) else None


def _pair(scene: Setting, item: Candidate) -> list[Candidate]:
    """What "both" is beside one thing: its other part that was shown, or the one other like it."""
    if len(scene.focus) == 2:  # the two that were asked about
        return list(scene.focus)
    if scene.spoken_of and len(scene.shown_last) == 1 and item.part is None and (
            scene.shown_last[0].key != item.key):  # shown, and then "what colour is the other one"
        return [scene.shown_last[0], item]
    if item.part is not None:
        parts = {i.key: i for r in scene.answered for i in map(scene.of, r.instances)
                 if i.part is not None and i.thing == item.thing}
        return list(parts.values())[-2:] if len(parts) > 1 else []
    if len(scene.shown) > 1 or item.thing is None:
        return []
    alike = [i for i in scene.items if scene.name(i) == scene.name(item) != NAMELESS]
    return alike if len(alike) == 2 else []


def shown_as(scene: Setting, phrase: Phrase) -> list[Candidate]:
    """Things shown before that the noun of a phrase fits, oldest first."""
    named = replace(phrase, pointer=None, limits=())
    return [i for i in scene.shown
            if not (phrase.noun or phrase.meant) or matching.match(scene, i, named).sure]


def called(scene: Setting, item: Candidate) -> set[str]:
    """Nouns of the requests that a thing was shown for."""
    return {phrase.noun for record in scene.answered for instance in record.instances
            if scene.of(instance).key == item.key
            for clause in understood(record.instruction).clauses[instance.clause:][:1]
            for phrase in clause.phrases}


def fitting(scene: Setting, phrase: Phrase, pool: Sequence[Candidate]) -> list[Candidate]:
    """Things of the pool that the noun of a phrase fits."""
    named = replace(phrase, pointer=None, limits=())
    return [i for i in pool if matching.match(scene, i, named).sure]


def in_order(scene: Setting, phrase: Phrase) -> list[Candidate]:
    """What "the second one", "the last mug" counts: what was shown last, or else all shown."""
    pool = list(scene.group)
    if not pool and not phrase.noun and len(scene.shown_last) > 1:
        return list(scene.shown_last)  # parts
    if phrase.noun and pool:
        pool = fitting(scene, phrase, pool) or pool
    if len(pool) > 1:
        return pool
    shown = shown_as(scene, phrase)
    if any(n < 0 for n in phrase.numbers):
        return shown
    keys = [i.key for i in scene.first_shown]
    return sorted(shown, key=lambda item: keys.index(item.key))


def in_a_row(scene: Setting, phrase: Phrase) -> Phrase | None:
    """"The second block from the left" - "now the third": the row that is counted on, or None."""
    if phrase.noun or phrase.meant or phrase.limits or phrase.plural:
        return None
    rounds = list(scene.dialogue.rounds)
    while rounds and (asked := said_alone(rounds[-1])) and asked.pointer is Anaphor.ORDINAL:
        rounds.pop()
    if not rounds or any(record.instances for record in rounds[:-1]):
        return None     # "the third" is one of what was shown before
    asked = said_alone(rounds[-1])
    ranks = [v for v in asked.limits if isinstance(v, Order) and abs(v.rank) > 1
             and v.measure in ('left', 'right')] if asked is not None else []
    if asked is None or not ranks or not phrase.numbers or scene.spoken_of:
        return None
    return replace(asked, limits=tuple(
        replace(v, rank=phrase.numbers[-1]) if v in ranks else v for v in asked.limits))


def before_last(scene: Setting, phrase: Phrase) -> list[Candidate]:
    """Things shown before the last ones that the noun of a phrase fits, oldest first."""
    last = {scene.owner(i).key for i in scene.latest}
    return [i for i in shown_as(scene, phrase) if i.key not in last]


def counts_places(scene: Setting, phrase: Phrase) -> bool:
    """Whether "the second mug" counts from the left, since nothing was shown to count."""
    if not (phrase.noun or phrase.meant or phrase.generic):
        return False
    return not scene.focus and len(shown_as(scene, phrase)) < max(phrase.numbers)


# A question with a noun of its own is none of the answers to ours.
_OPENS = re.compile(r'\b(?:open|close|shut|lock|unlock|reopen)\b')
_ASKS = re.compile(r'(?:(?:and|so|but|ok|now|then|hey|wait|tell me) )*(?:which|what|is there|are'
                   r' there)\b')


def pools(scene: Setting, phrase: Phrase, rejecting: bool, words: str = ''
          ) -> list[Sequence[Candidate]]:
    """Sets of things that a phrase is sought in, one after the other.

    words  of the sentence
    """
    if phrase.said == 'things' and phrase.quantity is Quantity.ALL and any(
            fitting(scene, e, scene.focus) for e in phrase.excluded):
        return [scene.focus]  # "all except the teapot", of three things that were shown
    everything: Sequence[Candidate] = scene.items
    wordless = not phrase.noun and not phrase.generic and not phrase.meant
    held = any(isinstance(v, Relation) and v.kinds == ('held',) for v in phrase.limits)
    found: list[Sequence[Candidate]] = []
    wrong = rejected(scene, rejecting)
    if scene.given and not wordless and not phrase.limits and not phrase.other:
        found.append(tuple(scene.of(i) for i in scene.given))
    asks = bool(phrase.noun) and bool(_ASKS.match(words))
    partly = any(e.part for e in phrase.excluded) and any(i.part for i in scene.question)
    if (scene.question and not phrase.several and not held and phrase.quantity is Quantity.THE
            and not partly and not asks and not (phrase.generic and any(
                isinstance(v, Order) and v.word.endswith('est') for v in phrase.limits))):
        found.append(scene.question)
    elif wordless and not phrase.other and not held:
        if scene.given:
            found.append(tuple(scene.of(i) for i in scene.given))
        if scene.focus:
            found.append([i for i in scene.focus if i.key not in wrong])
        if scene.latest:
            part = scene.latest[0].part
            if part is not None and part.colours and any(
                    isinstance(v, Colour) for v in phrase.limits):  # "the white cap - the red one"
                found.append([i for i in scene.parts(part.name) if i.key not in wrong])
            like = scene.name(scene.owner(scene.latest[0]))
            alike = [i for i in everything if scene.name(i) == like and i.key not in wrong]
            # "the tallest one" is not sought among nothing but the spoon that was just shown
            others = {i.key for i in alike} - {i.key for i in scene.latest}
            said = said_alone(scene.dialogue.rounds[-1]) if scene.dialogue.rounds else None
            if said is not None and not (said.pointer or said.part):  # "one" is "red apple" again
                alike_too = [i for i in alike if matching.match(scene, i, said).sure]
                least = 0 if wrong else 1   # "not that one, the right one": of two blue bottles
                found += [alike_too] if least < len(alike_too) < len(alike) else []
            if like != NAMELESS and (others or not any(
                    isinstance(v, Order) and v.measure in MEASURES for v in phrase.limits)):
                found.append(alike)
    placed = any(isinstance(v, Order) and v.measure in ADJECTIVES.values() for v in phrase.limits)
    if phrase.that and scene.shown and not phrase.plural and (not placed or len(scene.shown) > 1):
        found.append(scene.shown[::-1])
    kept = [i for i in everything if i.key not in wrong]
    found += [kept] if kept else []
    if len(kept) != len(everything):
        found.append(everything)
    return [p for p in found if p]


def rejected(scene: Setting, rejecting: bool) -> set[object]:
    """Keys of what a correction says is wrong; `rejecting`: the sentence is a correction."""
    if not rejecting or scene.question:
        return set()
    return {i.key for i in scene.latest} if len(scene.latest) == 1 else set()


def strays(scene: Setting, phrase: Phrase, found: Sequence[Candidate]) -> bool:
    """Whether "just the white one", of several bowls shown, fits nothing but another kind of thing.

    Then it is asked back: the bowl that was meant may only look grey.
    """
    if (len(scene.focus) < 2 or scene.question or phrase.other or phrase.noun or phrase.generic
            or phrase.meant):
        return False
    kinds = {scene.name(scene.owner(i)) for i in scene.focus}
    return len(kinds) == 1 and NAMELESS not in kinds and bool(found) and not any(
        scene.name(scene.owner(i)) in kinds for i in found)


def unseen(scene: Setting, found: list[Match], phrase: Phrase) -> list[Match]:
    """What was not shown yet, where there is such and one other thing is meant."""
    if phrase.several or len(found) < 2:
        return found
    keys = {i.key for i in scene.shown}
    return [m for m in found if m.item.key not in keys] or found


def rest(scene: Setting, gone: Sequence[Candidate]) -> list[Candidate]:
    """What is left of what was shown at once: "not the phone", of a marker and a phone."""
    keys = {i.key for i in gone}
    kept = [i for i in scene.focus if i.key not in keys]
    return kept if len(kept) < len(scene.focus) else []


def said_alone(record: Round) -> Phrase | None:
    """The phrase of a round that asked for nothing else; None for any other round."""
    said = understood(record.instruction)
    phrases = [p for c in said.clauses for p in (*c.phrases, *c.places)]
    return phrases[0] if said.act is SpeechAct.SHOW and len(phrases) == 1 else None


def found_none(scene: Setting) -> bool:
    """Whether the newest round was to show what was not there: "it" may be that.

    "Is there a kettle" leaves the talk where it was, but not "is there anything in the mug".
    """
    rounds = scene.dialogue.rounds
    if scene.given or scene.spoken_of or not rounds or rounds[-1].status is not (
            Status.NOTHING_FOUND):
        return False
    named = said_alone(rounds[-1])
    return named is not None and not (named.pointer or named.owner or named.part) and (
        named.generic and bool(named.limits)
        or bool(named.noun) and named.quantity is Quantity.THE)


@lru_cache(maxsize=256)
def understood(instruction: str) -> Utterance:
    """What an earlier sentence said, as far as its own words go."""
    return understand(instruction, Dialogue(''))


def salient(scene: Setting, phrase: Phrase) -> Candidate | None:
    """The thing shown last that a landmark's words fit."""
    if phrase.several or not (phrase.noun or phrase.meant) or any(
            isinstance(v, Relation | Order) for v in phrase.limits):
        return None
    for item in reversed(scene.shown):
        if matching.match(scene, item, phrase).sure:
            return item
    return None


def is_unknown(scene: Setting, phrase: Phrase) -> bool:
    """Whether a noun is none that the engine or the dialogue has a use for."""
    if not phrase.noun or phrase.generic or phrase.noun in scene.named.values():
        return False
    known = set(scene.inventory.categories) | {
        n for t in scene.inventory.things for n in t.names}
    labels = {i.label for i in scene.dialogue.instances}
    return phrase.noun not in labels and not any(c in known for c in phrase.meant)
