# SPDX-License-Identifier: Apache-2.0
"""Questions about what is on, in or held by something, and those that nothing answers.

Only what the truth says and the image clearly shows is asked for; a carrier is denied a load
only where nothing else stands before it. Scenes come from `sim.world.placement`.
"""

from collections.abc import Iterator

from reasonseg_ros.sim.dialogues.questions import describe
from reasonseg_ros.sim.dialogues.talk import DialogueState, Sentence
from reasonseg_ros.sim.dialogues.truth import Kind, Turn
from reasonseg_ros.sim.language.templates import GENERIC_NOUNS, PLACE_WORDS
from reasonseg_ros.sim.language.vocabulary import is_plural, pick
from reasonseg_ros.sim.world.placement import CARRIERS

HELD, CARRIER = 'held', 'carrier'
NAMED_SHARE = 0.5   # of loads and held things that are asked for by their noun
DENIED_SHARE = 0.5  # of the denials that name what is not there

# What carries, its name in a sentence, and the ids of the instances that this refers to.
Owner = tuple[int, str, tuple[int, ...]]


def interact(talk: DialogueState) -> Turn | None:
    """What a thing carries, what carries it, or what is held; each thing once in a dialogue."""
    asked = {(t.detail, t.targets[0].object) for t in talk.turns if t.kind is Kind.INTERACT}
    for build in talk.shuffled((_load, _load, _carrier, _held)):
        turn = build(talk)
        if turn is not None and (turn.detail, turn.targets[0].object) not in asked:
            return turn
    return None


def not_there(talk: DialogueState) -> Turn | None:
    """Something on, in or held by what carries nothing."""
    for build in talk.shuffled((_nothing_carried, _nothing_carried, _nothing_held)):
        turn = build(talk)
        if turn is not None:
            return turn
    return None


def _load(talk: DialogueState) -> Turn | None:
    view = talk.view
    for index, text, references in _owners(talk):
        load = view.loads.get(index)
        if load not in view.askable:
            continue
        relation = view.objects[load].relation
        named = len(view.group(load)) > 1 or talk.chance(NAMED_SHARE)
        said = _say_load(talk, relation, text, view.category(load) if named else '')
        return talk.found(Kind.INTERACT, said, [(load, None)], references, relation)
    return None


def _carrier(talk: DialogueState) -> Turn | None:
    view = talk.view
    for mention in talk.mentions():
        item = view.objects[mention.object]
        if item.carrier not in view.askable:
            continue
        noun = pick(talk.rng, (*GENERIC_NOUNS, talk.noun(view.category(item.carrier))))
        several = mention.how == 'label' and is_plural(mention.text.removeprefix('the '))
        said = talk.say(f'carrier_{item.relation}', object=noun, anchor=mention.text,
                        be='are' if several else 'is', does='do' if several else 'does',
                        lies='lie' if several else 'lies')
        return talk.found(Kind.INTERACT, said, [(item.carrier, None)], (mention.id,), CARRIER)
    return None


def _held(talk: DialogueState) -> Turn | None:
    view = talk.view
    held = [i for i in view.askable if view.objects[i].relation == HELD]
    if not held:
        return None
    named = len(view.group(held[0])) > 1 or talk.chance(NAMED_SHARE)
    said = _say_held(talk, view.category(held[0]) if named else '')
    return talk.found(Kind.INTERACT, said, [(held[0], None)], (), HELD)


def _nothing_carried(talk: DialogueState) -> Turn | None:
    view = talk.view
    for index, text, references in _owners(talk):
        relation, _ = CARRIERS.get(view.category(index), ('', ()))
        load = view.loads.get(index)
        if not relation or view.covered(index, load):
            continue
        others = [c for c in view.groups if load is None or c != view.category(load)]
        others = [c for c in others if c != view.category(index)]
        named = others and (load is not None or talk.chance(DENIED_SHARE))
        if load is not None and not named:
            continue
        category = pick(talk.rng, others) if named else ''
        said = _say_load(talk, relation, text, category)
        what = f'no {category}' if named else 'nothing'
        return talk.refused(said, f'there is {what} {relation} it', 'relation', references)
    return None


def _nothing_held(talk: DialogueState) -> Turn | None:
    view = talk.view
    held = [item.category for item in view.objects if item.relation == HELD]
    others = [c for c in view.groups if c not in held]
    if held and not others:
        return None
    category = pick(talk.rng, others) if others and (held or talk.chance(DENIED_SHARE)) else ''
    what = f'no {category}' if category else 'nothing'
    return talk.refused(_say_held(talk, category), f'i see {what} held', 'relation')


def _owners(talk: DialogueState) -> Iterator[Owner]:
    """Draw ways to name what may carry, as the sentence describes it or as it was shown."""
    mentions = [(m.object, m.text, (m.id,)) for m in talk.mentions()[:4]]
    described = [(i, None, ()) for i in talk.shuffled(talk.view.clean)]
    for index, text, references in ([*mentions, *described] if talk.chance(0.6)
                                    else [*described, *mentions]):
        if talk.view.category(index) not in CARRIERS:
            continue
        text = text or describe(talk, index)
        if text is not None:
            yield index, text, references


def _say_load(talk: DialogueState, relation: str, owner: str, category: str) -> Sentence:
    """Draw a sentence about what is on or in an owner; '' leaves open what that is."""
    place = pick(talk.words, PLACE_WORDS[relation][talk.wording])
    if not category:
        return talk.say('load_what', place=place, owner=owner)
    noun = talk.noun(category)
    return talk.say('load', is_plural(noun), object=noun, place=place, owner=owner)


def _say_held(talk: DialogueState, category: str) -> Sentence:
    if not category:
        return talk.say('held_what')
    noun = talk.noun(category)
    return talk.say('held', is_plural(noun), object=noun)
