# SPDX-License-Identifier: Apache-2.0
"""Questions with one or several right answers, one builder per relation kind.

A builder draws a question that the view answers without doubt, or returns None when the view and
the dialogue so far allow none. Refusals are in `sim.dialogues.refusals`.

Of several right answers, "all" is answered left to right, a list in the order of
its words, and what is left of an object part by part, in the order of the catalogue.
"""

from reasonseg_ros.sim.dialogues.relations import POSITIONS
from reasonseg_ros.sim.dialogues.talk import DialogueState, Mention, Sentence
from reasonseg_ros.sim.dialogues.truth import Kind, Turn
from reasonseg_ros.sim.language.phrases import position_words
from reasonseg_ros.sim.language.templates import GENERIC_NOUNS, JOINERS
from reasonseg_ros.sim.language.vocabulary import (
    COUNT_WORDS,
    USE_RIVALS,
    is_plural,
    part_noun,
    pick,
    plural,
    singular,
    size_word,
    use_phrase,
)
from reasonseg_ros.sim.world.catalogue import BY_NAME

CHOICE_SHARE = 0.7   # of attributes and positions that decide between several of a category
GENERIC_SHARE = 0.2  # of positions that say "the object" instead of a category
THING_SHARE = 0.12   # of attributes that say "the red thing"


def given(talk: DialogueState) -> Turn | None:
    """The user shows an object; mostly one that has a twin, so that "the other" can follow."""
    paired = [i for i in talk.view.clean if len(talk.view.group(i)) == 2]
    objects = paired if paired and talk.chance(0.6) else talk.view.askable
    index = talk.fresh(objects)
    if index is None:
        return None
    return talk.found(Kind.GIVEN, Sentence('', 'given/0'), [(index, None)])


def direct(talk: DialogueState) -> Turn | None:
    """The only object of its category, by name."""
    index = talk.fresh([i for i in talk.view.clean if len(talk.view.group(i)) == 1])
    if index is None:
        return None
    return talk.found(Kind.DIRECT, say_object(talk, 'direct', talk.view.category(index)),
                      [(index, None)])


def attribute(talk: DialogueState) -> Turn | None:
    """The one with this colour or size."""
    view = talk.view
    if talk.chance(THING_SHARE):
        things = [i for i in view.askable
                  if view.things_of_colour(view.objects[i].colour) == (i,)]
        index = talk.fresh(things)
        if index is not None:
            said = talk.say('thing', colour=view.objects[index].colour)
            return talk.found(Kind.ATTRIBUTE, said, [(index, None)], detail='thing')
    options = [(i, 'size') for i in view.clean if view.unique_size(i)]
    options += [(i, 'colour') for i in view.clean if view.unique_colour(i)]
    choices = [(i, how) for i, how in options if len(view.group(i)) > 1]
    options = choices if choices and talk.chance(CHOICE_SHARE) else options
    index = talk.fresh(sorted({i for i, _ in options}))
    if index is None:
        return None
    how = pick(talk.rng, [h for i, h in options if i == index])
    item = view.objects[index]
    value = item.colour
    if how == 'size':
        value = size_word(item.size, len(view.group(index)), talk.rng)
    said = say_object(talk, how, item.category, False, **{how: value})
    return talk.found(Kind.ATTRIBUTE, said, [(index, None)], detail=how)


def use(talk: DialogueState) -> Turn | None:
    """The only object that serves a purpose."""
    single = [i for i in talk.view.clean if len(talk.view.group(i)) == 1]
    for index in talk.shuffled(single):
        uses = [u for u in BY_NAME[talk.view.category(index)].uses
                if not talk.view.shows(USE_RIVALS.get(u, ()))]
        if uses:
            said = talk.say('use', use=use_phrase(pick(talk.rng, uses)))
            return talk.found(Kind.USE, said, [(index, None)])
    return None


def part(talk: DialogueState) -> Turn | None:
    """A part of an earlier instance."""
    for mention in talk.mentions():
        name = _part_of(talk, mention.object)
        if name is not None:
            said = say_part(talk, mention, name)
            return talk.found(Kind.PART, said, [(mention.object, name)], (mention.id,),
                              mention.how)
    return None


def part_direct(talk: DialogueState) -> Turn | None:
    """A part of an object that the sentence itself describes."""
    for index in talk.shuffled(talk.view.clean):
        name = _part_of(talk, index)
        owner = describe(talk, index)
        if name is None or owner is None:
            continue
        noun = part_noun(talk.view.category(index), name, talk.rng, owner_named=True)
        said = talk.say('part_of', is_plural(noun), part=noun, owner=owner)
        return talk.found(Kind.PART_DIRECT, said, [(index, name)])
    return None


def position(talk: DialogueState) -> Turn | None:
    """An object by where it lies from an earlier instance."""
    view = talk.view
    for mention in talk.mentions()[:4]:
        for name in talk.shuffled(POSITIONS):
            found = _placed(talk, name, mention.object)
            if found is None:
                continue
            index, generic = found
            noun = (pick(talk.rng, GENERIC_NOUNS) if generic
                    else talk.noun(view.category(index)))
            said = say_position(talk, noun, name, mention)
            return talk.found(Kind.POSITION, said, [(index, None)], (mention.id,), name)
    return None


def other(talk: DialogueState) -> Turn | None:
    """The second of a pair, of which the first is referred to.

    Not twice in a row, and not after a question, to which it would be the reply.
    """
    if talk.turns and talk.turns[-1].kind in (Kind.OTHER, Kind.AMBIGUOUS):
        return None
    for mention in talk.mentions():
        group = talk.view.group(mention.object)
        rest = [i for i in group if i != mention.object]
        if len(rest) != 1 or (mention.how == 'label' and rest[0] in talk.latest):
            continue
        said = say_other(talk, mention)
        return talk.found(Kind.OTHER, said, [(rest[0], None)], (mention.id,), mention.how)
    return None


def describe(talk: DialogueState, index: int) -> str | None:
    """Describe an object without an earlier instance: "the mug", "the red mug"; None if unclear.

    A bare noun is not used when an instance of the category exists: that refers to the instance.
    """
    view, item = talk.view, talk.view.objects[index]
    noun = talk.noun(item.category)
    ways = []
    if view.group(index) == (index,) and not any(
            view.category(i) == item.category for i in talk.latest):
        ways += [f'the {noun}'] * 2
    if view.unique_colour(index):
        ways.append(f'the {item.colour} {noun}')
    if view.unique_size(index):
        size = size_word(item.size, len(view.group(index)), talk.rng)
        ways.append(f'the {size} {noun}')
    return pick(talk.rng, ways) if ways else None


def say_object(talk: DialogueState, family: str, category: str, denied: bool = False,
               **slots: str) -> Sentence:
    """Draw a sentence of a family that names a category."""
    noun = talk.noun(category, denied)
    return talk.say(family, is_plural(noun), object=noun, objects=plural(noun), **slots)


def say_part(talk: DialogueState, mention: Mention, name: str) -> Sentence:
    """Draw a sentence that asks for a part of an earlier instance."""
    category = talk.view.category(mention.object)
    noun = part_noun(category, name, talk.rng, owner_named=mention.how == 'label')
    if mention.how == 'pronoun':
        its = 'their' if is_plural(category) and talk.chance(0.5) else 'its'
        return talk.say('part_pronoun', is_plural(noun), part=noun, its=its)
    return talk.say('part_of', is_plural(noun), part=noun, owner=mention.text)


def say_position(talk: DialogueState, noun: str, name: str, mention: Mention) -> Sentence:
    """Draw a sentence that asks for an object by its place from an earlier instance."""
    words = position_words(name, talk.wording, talk.words)
    return talk.say('position', is_plural(noun), object=noun, position=words,
                    anchor=mention.text)


def say_other(talk: DialogueState, mention: Mention) -> Sentence:
    """Draw a sentence that asks for the other one of a pair."""
    family = 'other' if mention.how == 'label' else 'other_number'
    if mention.how == 'pronoun':
        family = pick(talk.rng, ('other', 'other_one', 'other_one', 'other_no'))
    return say_object(talk, family, talk.view.category(mention.object), anchor=mention.text)


def _part_of(talk: DialogueState, index: int) -> str | None:
    parts = talk.view.parts[index]
    done = {t.part for t in talk.shown if t.object == index}
    for wanted in ([p for p in parts if p not in done and p != 'body'], parts):
        if wanted and talk.chance(0.75):
            return pick(talk.rng, wanted)
    return pick(talk.rng, parts) if parts else None


def _placed(talk: DialogueState, name: str, anchor: int) -> tuple[int, bool] | None:
    """Return (object, whether "the object" names it), usually told apart from another."""
    view = talk.view
    if talk.chance(GENERIC_SHARE):
        index = view.placed(name, anchor, view.visible)
        if index is not None and index in view.askable:
            return index, True
    groups = [g for g in view.groups.values() if g != (anchor,)]
    choices = [g for g in groups if len([i for i in g if i != anchor]) > 1]
    for wanted in (choices, groups):
        if wanted is groups and choices and talk.chance(CHOICE_SHARE):
            return None
        hits = [i for i in (view.placed(name, anchor, g) for g in wanted) if i is not None]
        index = talk.fresh(hits)
        if index is not None:
            return index, False
    return None


MOST = 6             # targets of one round
WITHOUT_SHARE = 0.12  # of these questions that leave a part of an object out
ALL_SHARE = 0.45     # of these questions that ask for all of a category
SINGLE_SHARE = 0.08  # of those that ask for "all" where there is only one

Item = tuple[str, list[tuple[int, str | None]]]


def several(talk: DialogueState) -> Turn | None:
    """Several objects or parts at once."""
    turn = _without(talk) if talk.chance(WITHOUT_SHARE) else None
    if turn is not None:
        return turn
    groups = [g for g in talk.view.groups.values() if 2 <= len(g) <= MOST]
    if groups and talk.chance(ALL_SHARE):
        return _all(talk, pick(talk.rng, groups))
    singles = [g for g in talk.view.groups.values() if len(g) == 1]
    if singles and talk.chance(SINGLE_SHARE):
        return _all(talk, pick(talk.rng, singles))
    return _list(talk, groups)


def say_all(talk: DialogueState, category: str, count: int, denied: bool = False) -> Sentence:
    """Draw a sentence that asks for all of a category, of which there are `count`."""
    families = ['all', 'all', 'each']
    families += ['count'] if count in COUNT_WORDS else []
    families += ['both', 'both'] if count == 2 else []
    noun = talk.noun(category, denied)
    family = pick(talk.rng, families)
    return talk.say(family, family != 'each', objects=plural(noun), single=singular(noun),
                    count=COUNT_WORDS.get(count, ''))


def _all(talk: DialogueState, group: tuple[int, ...]) -> Turn | None:
    said = say_all(talk, talk.view.category(group[0]), len(group))
    return talk.found(Kind.SEVERAL, said, [(i, None) for i in group], detail='all')


def _without(talk: DialogueState) -> Turn | None:
    """An object of which every part shows, without one of them."""
    shown = [(m.object, m.text, (m.id,)) for m in talk.mentions()[:4]]
    described = [(i, describe(talk, i), ()) for i in talk.shuffled(talk.view.clean)]
    for index, owner, references in talk.shuffled([*shown[:2], *described[:2]]):
        category = talk.view.category(index)
        parts = BY_NAME[category].parts
        if owner is None or set(talk.view.parts[index]) != set(parts):
            continue
        left_out = pick(talk.rng, parts[1:])  # nobody leaves the body out
        noun = part_noun(category, left_out, talk.rng, owner_named=True)
        said = talk.say('without', owner=owner, part=noun)
        rest = [(index, part) for part in parts if part != left_out]
        return talk.found(Kind.SEVERAL, said, rest, references, 'without')
    return None


def _list(talk: DialogueState, groups: list[tuple[int, ...]]) -> Turn | None:
    objects = talk.shuffled(talk.view.clean)
    items: list[Item] = []
    grouped = bool(groups) and talk.chance(0.15)
    if grouped:
        group = pick(talk.rng, groups)
        noun = plural(talk.noun(talk.view.category(group[0])))
        items.append((f'all the {noun}', [(i, None) for i in group]))
        objects = [i for i in objects if i not in group]
    length = 3 if talk.chance(0.25) else 2
    for index in objects:
        if sum(len(picks) for _, picks in items) >= length:
            break
        item = _item(talk, index)
        if item is not None:
            items.append(item)
    picks = [p for _, chosen in items for p in chosen]
    if not 2 <= len(picks) <= MOST or (grouped and len(items) == 1):
        return None
    said = talk.say('list', True, items=_joined(talk, [text for text, _ in items]))
    return talk.found(Kind.SEVERAL, said, picks, detail='list')


def _item(talk: DialogueState, index: int) -> Item | None:
    """Return an object, its part, an object and its part, or two parts, in words."""
    owner = describe(talk, index)
    if owner is None:
        return None
    category = talk.view.category(index)
    parts = talk.shuffled(talk.view.parts[index])
    shape = pick(talk.rng, ('object', 'object', 'part', 'both', 'parts'))
    if shape == 'object' or not parts or (shape == 'parts' and len(parts) < 2):
        return owner, [(index, None)]
    if shape == 'both':
        noun = part_noun(category, parts[0], talk.rng, owner_named=True)
        return f'{owner} and its {noun}', [(index, None), (index, parts[0])]
    chosen = parts[:2] if shape == 'parts' else parts[:1]
    nouns = [f'the {part_noun(category, p, talk.rng, owner_named=True)}' for p in chosen]
    return f'{" and ".join(nouns)} of {owner}', [(index, p) for p in chosen]


def _joined(talk: DialogueState, texts: list[str]) -> str:
    joiner = pick(talk.words, JOINERS[talk.wording])
    return f' {joiner} '.join(filter(None, (' '.join(texts[:-1]), texts[-1])))
