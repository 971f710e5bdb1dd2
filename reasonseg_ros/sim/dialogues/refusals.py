# SPDX-License-Identifier: Apache-2.0
"""Questions without an answer, questions that need asking back, and the replies to that.

They use the same wordings as answerable questions, so that only the image decides. Nothing is
denied that is merely hidden or too small to ask for.
"""

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.interactions import not_there
from reasonseg_ros.sim.dialogues.questions import (
    describe,
    say_all,
    say_object,
    say_other,
    say_part,
    say_position,
)
from reasonseg_ros.sim.dialogues.relations import DIRECTIONS, MARGIN
from reasonseg_ros.sim.dialogues.talk import DialogueState, Mention, Sentence
from reasonseg_ros.sim.dialogues.truth import Kind, Turn
from reasonseg_ros.sim.language.phrases import ANSWER_POSITIONS
from reasonseg_ros.sim.language.templates import GENERIC_NOUNS, NUMBER_NOUNS
from reasonseg_ros.sim.language.vocabulary import (
    COLOUR_WORDS,
    DENIED_PARTS,
    ORDINALS,
    USE_RIVALS,
    is_plural,
    part_noun,
    pick,
    size_word,
    use_phrase,
)
from reasonseg_ros.sim.world.catalogue import BY_NAME, CATEGORIES, colours_of

CATEGORY_SHARE = 0.5  # of refusals; the others are compositional
CARRIED_SHARE = 0.45  # of absent relations that ask what is on, in or held by something


def absent(talk: DialogueState) -> Turn | None:
    """Something that is not there: a category, a colour of it, a part, or a relation."""
    if talk.chance(CATEGORY_SHARE) or not talk.view.visible:
        return _no_category(talk)
    # A relation is named twice: it needs an earlier instance, so it is often impossible.
    for build in talk.shuffled((_no_colour, _no_part, _no_relation, _no_relation)):
        turn = build(talk)
        if turn is not None:
            return turn
    return None


def ambiguous(talk: DialogueState) -> Turn | None:
    """A bare noun that fits two or three objects, of which nothing has been shown."""
    known = {t.object for t in talk.shown}
    groups = [g for g in talk.view.groups.values()
              if len(g) in (2, 3) and known.isdisjoint(g)]
    if not groups:
        return None
    group = pick(talk.rng, groups)
    return talk.asked_back(say_object(talk, 'direct', talk.view.category(group[0])), group)


def resolve(talk: DialogueState) -> Turn | None:
    """The reply to a question: one of the candidates becomes a new instance."""
    if not talk.turns or talk.turns[-1].status is not Status.AMBIGUOUS:
        return None
    targets = talk.turns[-1].targets
    objects = tuple(t.object for t in targets)
    family, index = pick(talk.rng, _replies(talk, objects))
    item, number = talk.view.objects[index], targets[objects.index(index)].id
    said = say_object(talk, family, item.category, colour=item.colour,
                      size=size_word(item.size, len(objects), talk.rng), number=str(number),
                      anchor=f'{pick(talk.rng, NUMBER_NOUNS)} {number}',
                      ordinal=ORDINALS[objects.index(index)])
    return talk.found(Kind.RESOLVE, said, [(index, None)], tuple(t.id for t in targets), family)


def _replies(talk: DialogueState, objects: tuple[int, ...]) -> list[tuple[str, int]]:
    view, found = talk.view, []
    gap = MARGIN * view.unit
    for axis, low, high in ((0, 'left', 'right'), (1, 'back', 'front')):
        places = sorted((view.order(i)[axis], i) for i in objects)
        if axis and any(view.raised(i) for i in objects):
            continue  # what is off the table looks further back than it is
        steps = [b[0] - a[0] >= gap for a, b in zip(places, places[1:], strict=False)]
        found += [(low, places[0][1])] * 2 if steps[0] else []
        found += [(high, places[-1][1])] * 2 if steps[-1] else []
        found += [('middle', places[1][1])] if axis == 0 and steps == [True, True] else []
    for i in objects:
        found += [('reply_colour', i)] * 2 if view.unique_colour(i) else []
        found += [('reply_size', i)] if view.unique_size(i) else []
    chosen = pick(talk.rng, objects)
    return [*found, ('reply_number', chosen), ('reply_order', chosen)]


def _no_category(talk: DialogueState) -> Turn | None:
    view = talk.view
    missing = [c.name for c in CATEGORIES if not view.shows((c.name,))]
    if not missing:
        return None
    category = pick(talk.rng, missing)
    return talk.refused(_say_missing(talk, category), f'i see no {category}', 'category')


def _say_missing(talk: DialogueState, category: str) -> Sentence:
    shape = pick(talk.rng, ('direct',) * 5 + ('use', 'use', 'all', 'part', 'colour'))
    if shape == 'use':
        uses = [u for u in BY_NAME[category].uses
                if not talk.view.shows(USE_RIVALS.get(u, ()))]
        if uses:
            return talk.say('use', use=use_phrase(pick(talk.rng, uses)))
    if shape == 'all':
        return say_all(talk, category, 0, denied=True)
    if shape == 'part':
        noun = part_noun(category, pick(talk.rng, BY_NAME[category].parts), talk.rng, True)
        return talk.say('part_of', is_plural(noun), part=noun,
                        owner=f'the {talk.noun(category, denied=True)}')
    if shape == 'colour':
        return say_object(talk, 'colour', category, True,
                          colour=pick(talk.rng, colours_of(category, talk.split)))
    return say_object(talk, 'direct', category, denied=True)


def _no_colour(talk: DialogueState) -> Turn | None:
    view = talk.view
    if talk.chance(0.15):
        colours = [c for c in COLOUR_WORDS if view.things_of_colour(c) == ()]
        if colours:
            colour = pick(talk.rng, colours)
            return talk.refused(talk.say('thing', colour=colour), f'i see nothing {colour}',
                                'colour')
    if not view.groups:
        return None
    category = pick(talk.rng, tuple(view.groups))
    present = {view.objects[i].colour for i in view.groups[category]}
    # A colour that the split holds out would be denied always: the words alone would tell.
    colour = pick(talk.rng, [c for c in colours_of(category, talk.split) if c not in present])
    if talk.chance(0.25):
        part = part_noun(category, pick(talk.rng, BY_NAME[category].parts), talk.rng, True)
        said = talk.say('part_of', is_plural(part), part=part,
                        owner=f'the {colour} {talk.noun(category)}')
    else:
        said = say_object(talk, 'colour', category, colour=colour)
    return talk.refused(said, f'i see no {colour} {category}', 'colour')


def _no_part(talk: DialogueState) -> Turn | None:
    mentions = talk.mentions()
    if mentions and talk.chance(0.75):
        mention = mentions[0]
        part = _missing_part(talk, mention.object)
        return talk.refused(say_part(talk, mention, part), f'it has no {part}', 'part',
                            (mention.id,))
    for index in talk.shuffled(talk.view.clean):
        owner = describe(talk, index)
        if owner is not None:
            part = _missing_part(talk, index)
            said = talk.say('part_of', is_plural(part), part=part, owner=owner)
            return talk.refused(said, f'it has no {part}', 'part')
    return None


def _missing_part(talk: DialogueState, index: int) -> str:
    category = talk.view.category(index)
    return pick(talk.rng, [p for p, owners in DENIED_PARTS.items() if category not in owners])


def _no_relation(talk: DialogueState) -> Turn | None:
    turn = not_there(talk) if talk.chance(CARRIED_SHARE) else None
    if turn is not None:
        return turn
    for mention in talk.mentions()[:4]:
        turn = _no_other(talk, mention) if talk.chance(0.4) else None
        turn = turn or _nothing_there(talk, mention)
        if turn is not None:
            return turn
    return None


def _no_other(talk: DialogueState, mention: Mention) -> Turn | None:
    if talk.view.group(mention.object) != (mention.object,):
        return None
    answer = f'there is no other {talk.view.category(mention.object)}'
    return talk.refused(say_other(talk, mention), answer, 'relation', (mention.id,))


def _nothing_there(talk: DialogueState, mention: Mention) -> Turn | None:
    view = talk.view
    for name in talk.shuffled(tuple(DIRECTIONS)):
        where = f'{ANSWER_POSITIONS[name]} it'
        if talk.chance(0.3) and view.empty(name, mention.object, view.visible):
            said = say_position(talk, pick(talk.rng, GENERIC_NOUNS), name, mention)
            return talk.refused(said, f'there is nothing {where}', 'relation', (mention.id,))
        groups = [g for g in view.groups.values() if g != (mention.object,)
                  and view.empty(name, mention.object, g)]
        if groups:
            category = view.category(pick(talk.rng, groups)[0])
            said = say_position(talk, talk.noun(category), name, mention)
            return talk.refused(said, f'there is no {category} {where}', 'relation',
                                (mention.id,))
    return None
