# SPDX-License-Identifier: Apache-2.0
"""What is said to a robot without asking for a mask, and what it may hear wrongly.

Builders as in `sim.dialogues.everyday_rounds`.
"""

from collections.abc import Sequence

from reasonseg_ros.core.errors import Status
from reasonseg_ros.sim.dialogues.everyday import (
    MANY,
    EarlierAnswer,
    EverydayTalk,
    EverydayTurn,
    Pick,
    number_words,
)
from reasonseg_ros.sim.dialogues.everyday_rounds import (
    NOT_THERE,
    OK,
    Turns,
    first,
    named,
    plurals,
    subsets_of,
    wholes,
)

TALK = Status.TALK
NO = ('no', 'not', "isn't", 'nope')
YES = ('yes', 'yeah', 'it is', 'right', 'correct', 'indeed')
NOTHING = ('nothing', 'not', 'no', 'empty', "don't", "didn't", 'none')


def questions(talk: EverydayTalk) -> Turns:
    """Questions that words answer; each kind once in a dialogue."""
    asked = {turn.form.partition('/')[0] for turn in talk.turns}
    for build in talk.shuffled((_how_many, _how_many, _how_many_things, _which_colour, _is_colour,
                                _number, _number, _it, _what_did_i_say, _hold, _sure)):
        turns = build(talk)
        if turns and turns[-1].form.partition('/')[0] not in asked:
            return turns
    return []


def _how_many(talk: EverydayTalk) -> Turns:
    absent = talk.words.missing(talk.view)
    if absent and talk.chance(0.2):
        said = talk.say('how_many', x=talk.noun_of(talk.pick(absent)))
        return [talk.turn('questions', said, TALK, words=(number_words(0),), detail='how many')]
    for group in talk.several(1 if talk.chance(0.3) else 2):
        said = talk.say('how_many', x=talk.noun(group[0]))
        return [talk.turn('questions', said, TALK, words=(number_words(len(group)),),
                          detail='how many')]
    return []


def _how_many_things(talk: EverydayTalk) -> Turns:
    if len(talk.view.visible) != len(talk.view.askable):
        return []
    return [talk.turn('questions', talk.say('how_many_things'), TALK,
                      words=(number_words(len(talk.view.visible)),), detail='how many')]


def _which_colour(talk: EverydayTalk) -> Turns:
    for index in (i for i in talk.singles() if talk.view.objects[i].colour):
        noun = talk.noun(index)
        return [talk.turn('questions', talk.say('which_colour', x=noun), TALK, topic=noun,
                          words=((talk.view.objects[index].colour,),), detail='colour')]
    return []


def _is_colour(talk: EverydayTalk) -> Turns:
    for index in (i for i in talk.singles() if talk.view.objects[i].colour):
        right = talk.view.objects[index].colour
        colour = right if talk.chance(0.5) else talk.pick(
            [c for c in talk.words.colours if talk.words.deniable(talk.view, index, c)])
        noun = talk.noun(index)
        return [talk.turn('questions', talk.say('is_colour', x=noun, c=colour), TALK, topic=noun,
                          words=((*YES, right) if colour == right else (*NO, right),),
                          detail='colour')]
    return []


def _number(talk: EverydayTalk) -> Turns:
    """What the number of something shown stands for, or which colour it has."""
    shown = [(n, place, chosen) for n, turn in enumerate(talk.turns, start=1)
             for place, chosen in enumerate(turn.shows) if not turn.identical]
    if not shown:
        return []
    number, place, (index, part) = talk.pick(shown)
    if part is not None and part.startswith('-'):
        return []
    colour = talk.view.objects[index].colour
    family = ('colour_number' if part is None and talk.chance(0.3) and colour
              else 'what_is_number')
    words = (colour,) if family == 'colour_number' else _names(talk, (index, part))
    if not words:
        return []
    return [talk.turn('questions', talk.say(family), TALK, words=(words,), detail='number',
                      earlier=EarlierAnswer(number, (place,), right=True))]


def _it(talk: EverydayTalk) -> Turns:
    number = talk.last_shown()
    if number is None or len(talk.turns[number - 1].shows) != 1:
        return []
    words = _names(talk, talk.turns[number - 1].shows[0])
    if not words:
        return []
    return [talk.turn('questions', talk.say('what_is_it'), TALK, words=(words,),
                      detail='it', earlier=EarlierAnswer(number, (0,), 1, 1, True))]


def _what_did_i_say(talk: EverydayTalk) -> Turns:
    topic = talk.turns[-1].topic if talk.turns else ''
    if not topic:
        return []
    return [talk.turn('questions', talk.say('what_did_i_say'), TALK, words=((topic,),),
                      detail='said')]


def _hold(talk: EverydayTalk) -> Turns:
    held = [i for i in talk.view.visible if talk.view.objects[i].relation == 'held']
    said = talk.say('what_do_you_hold')
    if not held:
        return [talk.turn('questions', said, TALK, words=(NOTHING,), detail='held')]
    if held[0] not in talk.view.clean:
        return []
    # To show what is held is an answer as well, and the only one of version 2.
    return [EverydayTurn('questions', said[1], said[0], (TALK, OK), (wholes(held),),
                         words=(talk.words.names[talk.view.category(held[0])],), detail='held')]


def _sure(talk: EverydayTalk) -> Turns:
    if not talk.turns or OK not in talk.turns[-1].statuses:
        return []
    return [talk.turn('questions', talk.say('sure'), TALK, detail='sure')]


def _names(talk: EverydayTalk, chosen: Pick) -> tuple[str, ...]:
    """Return what it may be called, () for a thing without a name."""
    index, part = chosen
    return (part,) if part else talk.words.names.get(talk.view.category(index), ())


def inventory(talk: EverydayTalk) -> Turns:
    """All that is there."""
    view = talk.view
    if not view.askable or any(t.subset == 'inventory' for t in talk.turns):
        return []
    unsure = [i for i in view.visible if i not in view.askable]
    return [talk.turn('inventory', talk.say('inventory'), OK, wholes(view.askable),
                      optional=wholes(unsure))]


def existence(talk: EverydayTalk) -> Turns:
    """Whether there is such a thing: it is shown, or there is none."""
    view, absent = talk.view, talk.words.missing(talk.view)
    if talk.chance(0.3):
        for group in talk.several(1):
            there = talk.chance(0.5)
            colours = (_clear_colours(talk, group) if there else
                       [c for c in talk.words.colours
                        if all(talk.words.deniable(view, i, c) for i in group)])
            if not colours:
                continue
            colour = talk.pick(colours)
            said = talk.say('is_there_colour', x=talk.noun(group[0]), c=colour)
            found = [i for i in group if view.objects[i].colour == colour]
            return [talk.turn('existence', said, OK if there else NOT_THERE, *subsets_of(found),
                              detail='colour')]
    if absent and talk.chance(0.45):
        said = talk.say('is_there', x=talk.noun_of(talk.pick(absent)))
        return [talk.turn('existence', said, NOT_THERE, detail='absent')]
    for group in talk.several(1):
        noun = talk.noun(group[0])
        return [talk.turn('existence', talk.say('is_there', x=noun), OK, *subsets_of(group),
                          topic=noun, detail='there')]
    return []


def _clear_colours(talk: EverydayTalk, group: Sequence[int]) -> list[str]:
    """Colours that some of a group have, and the others not even in part."""
    view = talk.view
    return [c for c in sorted({view.objects[i].colour for i in group} - {''})
            if all(view.objects[i].colour == c or not view.tinged(i, c) for i in group)]


def talk_and_motion(talk: EverydayTalk) -> Turns:
    """Greetings, thanks, small talk, commands to move, things that are no things."""
    family = talk.pick(('greeting', 'thanks', 'small_talk', 'motion', 'motion', 'robot_things'))
    if family == 'thanks' and not talk.turns:
        family = 'greeting'
    return [talk.turn('talk', talk.say(family), TALK, detail=family)]


def prohibitions(talk: EverydayTalk) -> Turns:
    """Something that must be left alone."""
    for index, noun in talk.described():
        return [talk.turn('prohibitions', talk.say('hands_off', x=noun), TALK,
                          forbidden=wholes((index,)), topic=noun.split()[-1])]
    return []


def naming(talk: EverydayTalk) -> Turns:
    """A name for something shown, and the request for it under that name."""
    if any(t.subset == 'naming' for t in talk.turns):
        return []
    number, before = talk.last_shown(), []
    if number is None:
        before = first(talk, (plurals, _plain_again))
        number = len(talk.turns) + 1
    standing = [*talk.turns, *before]
    shown = standing[number - 1].shows if number <= len(standing) else ()
    if not shown or any(part for _, part in shown):
        return []
    place, name = int(talk.rng.integers(len(shown))), talk.pick(talk.words.made_up[talk.split])
    family = 'call_it' if len(shown) == 1 and talk.chance(0.5) else 'call_number'
    said = talk.say(family, w=name)
    about = EarlierAnswer(number, (place,), place + 1, 1 if family == 'call_it' else MANY)
    answer = ((shown[place],),)
    # To show once more what is called so is no fault.
    named_now = EverydayTurn('naming', said[1], said[0], (TALK, OK), answer, earlier=about,
                             identical=True, detail='naming')
    called = talk.turn('naming', talk.say('by_name', w=name), OK, *answer, earlier=about,
                       identical=True, detail='by name')
    return [*before, named_now, called]


def _plain_again(talk: EverydayTalk) -> Turns:
    singles = talk.singles()
    return [named(talk, singles[0], 'plain')] if singles and not talk.turns else []


def unknown(talk: EverydayTalk) -> Turns:
    """A noun that nothing here has, known or not."""
    absent = talk.words.missing(talk.view)
    known = bool(absent) and talk.chance(0.4)
    noun = (talk.noun_of(talk.pick(absent)) if known else talk.pick(talk.words.unknown[talk.split]))
    taken = {t.instruction for t in talk.turns}
    said = talk.say('unknown', u=noun)
    if said[0] in taken:
        return []
    return [talk.turn('unknown', said, NOT_THERE, detail='absent' if known else 'unknown',
                      topic=noun)]


def noise(talk: EverydayTalk) -> Turns:
    """The only thing of its kind, in a sentence that came through badly."""
    for index in talk.singles():
        if index in talk.known:
            continue
        category, noun = talk.view.category(index), talk.noun(index)
        family = talk.pick(('fillers', 'half_words', 'dropped', 'run_together', 'misheard',
                            'misheard_noun', 'misheard_noun'))
        wrong = talk.words.misheard[talk.split].get(category)
        if family == 'misheard_noun' and not wrong:
            family = 'misheard'
        said = talk.say(family, x=noun, h=noun[:max(2, len(noun) // 2)],
                        e=talk.pick(wrong) if wrong else '')
        return [talk.turn('noise', said, OK, wholes((index,)), topic=noun, detail=family)]
    return []
