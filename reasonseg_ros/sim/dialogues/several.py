# SPDX-License-Identifier: Apache-2.0
"""Questions with several right answers: all of a category, lists, an object without a part.

"All" is answered left to right, a list in the order of its words, and what is left of an object
part by part, in the order of the catalogue.
"""

from reasonseg_ros.sim.dialogues.questions import describe
from reasonseg_ros.sim.dialogues.talk import DialogueState
from reasonseg_ros.sim.dialogues.talk import Sentence
from reasonseg_ros.sim.dialogues.truth import Kind
from reasonseg_ros.sim.dialogues.truth import Turn
from reasonseg_ros.sim.language.templates import JOINERS
from reasonseg_ros.sim.language.vocabulary import COUNT_WORDS
from reasonseg_ros.sim.language.vocabulary import part_noun
from reasonseg_ros.sim.language.vocabulary import pick
from reasonseg_ros.sim.language.vocabulary import plural
from reasonseg_ros.sim.language.vocabulary import singular
from reasonseg_ros.sim.world.catalogue import BY_NAME

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
