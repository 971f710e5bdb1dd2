# SPDX-License-Identifier: Apache-2.0
"""Requests for masks in everyday words: one builder for each subset of MR-Tabletop 3.

A builder returns one turn, or a few that belong together, that the view answers without doubt;
[] where the view and the dialogue so far allow none.
"""

from collections.abc import Callable, Sequence
from itertools import combinations

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.everyday import (
    MANY,
    NUMBER_NAMES,
    EarlierAnswer,
    EverydayTalk,
    EverydayTurn,
    Pick,
    number_words,
)
from reasonseg_ros.sim.dialogues.words import plural
from reasonseg_ros.sim.language.vocabulary import ORDINALS, is_plural

Turns = list[EverydayTurn]
Builder = Callable[[EverydayTalk], Turns]

OK, NOT_THERE, AMBIGUOUS = Status.OK, Status.NOTHING_FOUND, Status.AMBIGUOUS
INDEFINITE = r'{a}|one {x}|^{x}|\b(any|got|which|{xs})\b'  # forms that fit any one of several


def wholes(objects: Sequence[int]) -> tuple[Pick, ...]:
    """Return whole objects as picks."""
    return tuple((i, None) for i in objects)


def subsets_of(objects: Sequence[int]) -> list[tuple[Pick, ...]]:
    """Return every choice of at least one."""
    return [wholes(c) for k in range(1, len(objects) + 1) for c in combinations(objects, k)]


def first(talk: EverydayTalk, builders: Sequence[Builder]) -> Turns:
    """Return what the first builder makes that can make something, in random order."""
    for build in talk.shuffled(builders):
        if turns := build(talk):
            return turns
    return []


def plain(talk: EverydayTalk) -> Turns:
    """The only thing of its kind, by name, in a fresh dialogue."""
    for index in [] if talk.turns else talk.singles():
        return [named(talk, index, 'plain')]
    return []


def unclear(talk: EverydayTalk) -> Turns:
    """A plain noun that fits two or three, of which none was shown."""
    for group in talk.several(2, 3):
        if talk.known.isdisjoint(group):
            noun = talk.noun(group[0])
            said = talk.say('plain', INDEFINITE, x=noun)
            return [talk.turn('unclear', said, AMBIGUOUS, wholes(group), topic=noun)]
    return []


def described(talk: EverydayTalk) -> Turns:
    """A thing by its colour and noun."""
    for index in talk.shuffled(talk.view.clean):
        if talk.view.unique_colour(index) and index not in talk.known:
            noun = talk.noun(index)
            said = talk.say('colour', x=noun, c=talk.view.objects[index].colour)
            return [talk.turn('described', said, OK, wholes((index,)), topic=noun)]
    return []


def parts(talk: EverydayTalk) -> Turns:
    """A part of something described, or of the one thing just shown."""
    number = talk.last_shown()
    if number is not None and talk.chance(0.4):
        shown = talk.turns[number - 1].shows
        index, part = shown[0]
        name = _part(talk, index)
        if len(shown) == 1 and part is None and name:
            said = talk.say('part_pronoun', p=name[1])
            return [talk.turn('parts', said, OK, ((index, name[0]),), detail='pronoun',
                              earlier=EarlierAnswer(number, (0,), 1, 1, True),
                              topic=name[1])]
    for index, owner in talk.described():
        if name := _part(talk, index):
            said = talk.say('part', x=owner, p=name[1])
            return [talk.turn('parts', said, OK, ((index, name[0]),), topic=name[1])]
    return []


def bare(talk: EverydayTalk) -> Turns:
    """What was shown, by number, place in the answer, pronoun or noun; or by its id alone."""
    return first(talk, (_number, _number, _ordinal, _pronoun, _pronoun, _both_or_all, _label,
                        _given, _numbers))


def _number(talk: EverydayTalk) -> Turns:
    return _about_several(talk, lambda number, shown, place: talk.turn(
        'bare', talk.say('number'), OK, (shown[place],), detail='number', identical=True,
        earlier=EarlierAnswer(number, (place,), place + 1)))


def _ordinal(talk: EverydayTalk) -> Turns:
    return _about_several(talk, lambda number, shown, place: talk.turn(
        'bare', talk.say('ordinal', o=ORDINALS[place]), OK, (shown[place],), detail='ordinal',
        identical=True, earlier=EarlierAnswer(number, (place,), max(place + 1, 2))), newest=True)


def _both_or_all(talk: EverydayTalk) -> Turns:
    def build(number: int, shown: Sequence[Pick], place: int) -> EverydayTurn:
        how = 'both' if len(shown) == 2 else 'all'
        return talk.turn('bare', talk.say(how), OK, shown, detail=how, identical=True,
                         earlier=EarlierAnswer(number, (), 2, 2 if how == 'both' else MANY))
    return _about_several(talk, build, newest=True)


def _numbers(talk: EverydayTalk) -> Turns:
    def build(number: int, shown: Sequence[Pick], place: int) -> EverydayTurn:
        places = tuple(sorted(int(p) for p in talk.rng.permutation(len(shown))[:2]))
        return talk.turn('bare', talk.say('numbers'), OK, [shown[p] for p in places],
                         detail='numbers', identical=True,
                         earlier=EarlierAnswer(number, places, places[-1] + 1))
    return _about_several(talk, build)


def _about_several(talk: EverydayTalk, build: Callable[[int, Sequence[Pick], int], EverydayTurn],
                   newest: bool = False) -> Turns:
    """A turn about an answer of several masks, after a request for them where there was none."""
    numbers = [n for n, turn in enumerate(talk.turns, start=1)
               if 2 <= len(turn.shows) <= len(ORDINALS) and not turn.identical
               and (not newest or n == talk.last_shown())]
    before: Turns = []
    if not numbers:
        before = first(talk, (_all_of_one, two_things))
        if not before:
            return []
        numbers = [len(talk.turns) + 1]
    number = talk.pick(numbers)
    shown = [*talk.turns, *before][number - 1].shows
    if not 2 <= len(shown) <= len(ORDINALS):
        return []
    return [*before, build(number, shown, int(talk.rng.integers(len(shown))))]


def _pronoun(talk: EverydayTalk) -> Turns:
    return _about_one(talk, 'pronoun', lambda index: talk.say('pronoun'), False)


def _given(talk: EverydayTalk) -> Turns:
    def say(index: int) -> tuple[str, str]:
        if talk.chance(0.6) or not talk.speakable(index):
            return talk.say('given')
        return talk.say('given_noun', x=talk.view.category(index))
    return _about_one(talk, 'given', say, False)


def _label(talk: EverydayTalk) -> Turns:
    return _about_one(talk, 'label', lambda index: talk.say('label', x=talk.view.category(index)),
                      True)


def _about_one(talk: EverydayTalk, how: str, say: Callable[[int], tuple[str, str]], right: bool
               ) -> Turns:
    number, before = talk.last_shown(), []
    if number is None or len(talk.turns[number - 1].shows) != 1:
        singles = talk.singles()
        if not singles or talk.turns:
            return []
        before, number = [named(talk, singles[0], 'plain')], 1
    index, part = [*talk.turns, *before][number - 1].shows[0]
    if how != 'pronoun' and (part is not None or (right and not talk.speakable(index))):
        return []
    said = say(index)
    right = right or said[1].startswith('given_noun')
    return [*before, talk.turn(
        'bare', said, OK, ((index, part),), detail=how, identical=True, given=how == 'given',
        earlier=EarlierAnswer(number, (0,), 1, 1, right))]


def negation(talk: EverydayTalk) -> Turns:
    """One thing and not another."""
    return first(talk, (_not_that_colour, _not_that_thing))


def _not_that_colour(talk: EverydayTalk) -> Turns:
    for group in talk.several(2, 2):
        left_out = talk.pick(group)
        if talk.view.unique_colour(left_out):
            rest = [i for i in group if i != left_out]
            said = talk.say('negated_colour', x=talk.noun(group[0]),
                            c=talk.view.objects[left_out].colour)
            return [talk.turn('negation', said, OK, wholes(rest), forbidden=wholes((left_out,)))]
    return []


def _not_that_thing(talk: EverydayTalk) -> Turns:
    if len(singles := talk.singles()) < 2:
        return []
    one, other = singles[:2]
    said = talk.say('negated_noun', x=talk.noun(one), y=talk.noun(other))
    return [talk.turn('negation', said, OK, wholes((one,)), forbidden=wholes((other,)))]


def exclusion(talk: EverydayTalk) -> Turns:
    """All but some, or a thing without one of its parts."""
    return first(talk, (_all_but, _all_but_colour, _without_part))


def _all_but(talk: EverydayTalk) -> Turns:
    view = talk.view
    for group in talk.several(1):
        rest = [i for i in view.askable if i not in group]
        if rest:
            said = talk.say('except_one' if len(group) == 1 else 'except_many',
                            x=talk.noun(group[0]))
            return [talk.turn('exclusion', said, OK, wholes(rest), forbidden=wholes(group),
                              optional=wholes(_unsure(talk)), detail='things')]
    return []


def _all_but_colour(talk: EverydayTalk) -> Turns:
    for group in talk.several(3):
        for left_out in talk.shuffled(group):
            if talk.view.unique_colour(left_out):
                said = talk.say('except_colour', x=talk.noun(left_out),
                                c=talk.view.objects[left_out].colour)
                return [talk.turn('exclusion', said, OK,
                                  wholes([i for i in group if i != left_out]),
                                  forbidden=wholes((left_out,)), detail='colour')]
    return []


def _without_part(talk: EverydayTalk) -> Turns:
    for index, owner in talk.described():
        every = [p for p in talk.words.parts[talk.view.category(index)]
                 if (index, p) in talk.view.regions]
        if set(talk.view.parts[index]) != set(every) or len(every) < 2:
            continue
        part = talk.pick(every[1:])
        said = talk.say('without_part', x=owner, p=part)
        apart = [(index, p) for p in every if p != part]
        return [talk.turn('exclusion', said, OK, ((index, f'-{part}'),), apart,
                          forbidden=((index, part),), detail='part')]
    return []


def alternatives(talk: EverydayTalk) -> Turns:
    """One thing or another."""
    return first(talk, (_or_things, _or_colours, _or_parts, _or_any))


def _or_things(talk: EverydayTalk) -> Turns:
    singles, absent = talk.singles(), talk.words.missing(talk.view)
    if singles and absent and talk.chance(0.3):
        said = talk.say('or_things', x=talk.noun_of(talk.pick(absent)), y=talk.noun(singles[0]))
        return [talk.turn('alternatives', said, OK, wholes(singles[:1]), detail='one there')]
    if len(singles) < 2:
        return []
    said = talk.say('or_things', x=talk.noun(singles[0]), y=talk.noun(singles[1]))
    return [talk.turn('alternatives', said, OK, *subsets_of(singles[:2]), detail='things')]


def _or_colours(talk: EverydayTalk) -> Turns:
    if pair := two_colours_of(talk):
        objects = talk.view.objects
        said = talk.say('or_colours', x=talk.noun(pair[0]), c=objects[pair[0]].colour,
                        d=objects[pair[1]].colour)
        return [talk.turn('alternatives', said, OK, *subsets_of(pair), detail='colours')]
    return []


def _or_parts(talk: EverydayTalk) -> Turns:
    for index, owner in talk.described():
        named = [p for p in talk.view.parts[index] if p not in talk.words.unasked]
        if len(named) > 1:
            p, q = talk.shuffled(named)[:2]
            said = talk.say('or_parts', x=owner, p=p, q=q)
            return [talk.turn('alternatives', said, OK, ((index, p),), ((index, q),),
                              ((index, p), (index, q)), detail='parts')]
    return []


def _or_any(talk: EverydayTalk) -> Turns:
    for group in talk.several():
        said = talk.say('or_any', x=talk.noun(group[0]))
        return [talk.turn('alternatives', said, OK, *(wholes((i,)) for i in group), detail='any')]
    return []


def counts(talk: EverydayTalk) -> Turns:
    """So many of a kind: as many as there are, fewer, or more than there are."""
    for group in talk.several(1 if talk.chance(0.3) else 2, 5):
        there, noun = len(group), talk.noun(group[0])
        wanted = talk.pick((there, there, there - 1, there + 1, there + 2))
        if wanted < 2:
            wanted = there + 2
        exact = r'the {k}|should be|these {xs}' if wanted < there else ''
        said = talk.say('count', exact, x=noun, k=NUMBER_NAMES[wanted])
        if wanted > there:
            words = number_words(there) + (('only', 'just', 'single') if there == 1 else ())
            return [talk.turn('counts', said, OK, wholes(group), words=(words,),
                              detail='impossible')]
        return [talk.turn('counts', said, OK, *(wholes(c) for c in combinations(group, wanted)),
                          detail='exact' if wanted == there else 'some')]
    return []


def plurals(talk: EverydayTalk) -> Turns:
    """All of a kind or of a colour."""
    return first(talk, (_all_of_one, _all_of_one, _all_of_colour))


def _all_of_one(talk: EverydayTalk) -> Turns:
    for group in talk.several():
        family = 'plural_two' if len(group) == 2 and talk.chance(0.4) else 'plural'
        noun = talk.noun(group[0])
        # "the scissors" may be one pair.
        noun = f'pair of {noun}' if is_plural(noun) else noun
        return [talk.turn('plurals', talk.say(family, x=noun), OK, wholes(group),
                          topic=plural(noun))]
    return []


def _all_of_colour(talk: EverydayTalk) -> Turns:
    found = {talk.view.objects[i].colour for i in talk.view.askable} - {''}
    for colour in talk.shuffled(sorted(found)):
        things = talk.view.things_of_colour(colour)
        if things and len(things) > 1 and set(things) <= set(talk.view.askable):
            two = len(things) == 2 and talk.chance(0.5)
            said = talk.say('plural_two_colour' if two else 'plural_colour', c=colour)
            return [talk.turn('plurals', said, OK, wholes(things), detail='colour')]
    return []


def named(talk: EverydayTalk, index: int, subset: str) -> EverydayTurn:
    noun = talk.noun(index)
    return talk.turn(subset, talk.say('plain', x=noun), OK, wholes((index,)), topic=noun)


def _unsure(talk: EverydayTalk) -> list[int]:
    return [i for i in talk.view.visible if i not in talk.view.askable]


def _part(talk: EverydayTalk, index: int) -> tuple[str, str] | None:
    """Return (part, its noun) of a visible part, by name."""
    named = [p for p in talk.view.parts[index] if p not in talk.words.unasked]
    if not named:
        return None
    part = talk.pick(named)
    others = talk.words.part_nouns.get((talk.view.category(index), part), ())
    return part, part if talk.chance(0.5) or not others else talk.pick(others)


def two_colours_of(talk: EverydayTalk) -> tuple[int, ...]:
    for group in talk.several():
        unique = [i for i in talk.shuffled(group) if talk.view.unique_colour(i)]
        if len(unique) > 1:
            return tuple(unique[:2])
    return ()


def two_things(talk: EverydayTalk) -> Turns:
    chosen = talk.described()[:2]
    if len(chosen) < 2:
        return []
    said = talk.say('two_things', x=chosen[0][1], y=chosen[1][1])
    return [several_clauses(talk, said, [i for i, _ in chosen], ('object', 'object'))]


def several_clauses(talk: EverydayTalk, said: tuple[str, str], objects: Sequence[int],
                    roles: tuple[str, ...]) -> EverydayTurn:
    return talk.turn('clauses', said, OK, wholes(objects), roles=roles, detail='-'.join(roles))
