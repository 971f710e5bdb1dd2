# SPDX-License-Identifier: Apache-2.0
"""From the phrases of a request, one after the other, to its clauses.

Which phrase says more of the one before, which excludes it, what is put where, what is one of two.
`core.language.clauses` reads the phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.language.utterance import Anaphor, Clause, Phrase, Quantity, Relation

_PLACING = frozenset('put place set drop lay stack pour hang shift slide push scoot move throw '
                     'toss insert transfer relocate position park'.split())
_PUTTING = frozenset('put place set stack lay'.split())


@dataclass
class Entry:
    """A phrase of a sentence and what stands between it and the one before."""

    phrase: Phrase
    joiner: str = ''
    verbs: tuple[str, ...] = ()
    negated: bool = False
    fronted: bool = False


def assembled(items: list[Entry]) -> tuple[Clause, ...]:
    """Make clauses of the phrases of a sentence, in their order."""
    _lend(items)
    kept: list[Entry] = []
    named = [i for i in items if i.phrase.noun or i.phrase.pointer or i.phrase.limits]
    if named and _idle(items[0].phrase):
        items = items[1:]
    for item in items:
        last = kept[-1] if kept else None
        phrase = item.phrase
        if last is None:
            kept.append(item)
            continue
        before = last.phrase
        meaning = any(v in ('mean', 'meant') for v in item.verbs) or item.joiner == 'or rather'
        if not (phrase.noun or phrase.generic or phrase.pointer or phrase.owner or phrase.meant):
            phrase = replace(phrase, noun=before.noun, meant=before.meant, usual=before.usual,
                             part=before.part, generic=before.generic and not before.noun)
            if before.noun:
                said = phrase.said.removesuffix('one').strip()
                phrase = replace(phrase, said=f'{said} {before.noun}'.strip())
            told = bool(before.noun and not before.limits and not before.several
                        and not before.part and not item.negated
                        and item.joiner in ('', ','))
            if meaning or last.fronted or told or (before.plural and not item.joiner):
                kinds = {type(v) for v in phrase.limits} if meaning else set()
                limits = phrase.limits if last.negated else (
                    *(v for v in before.limits if type(v) not in kinds), *phrase.limits)
                kept[-1] = Entry(replace(phrase, limits=limits, owner=before.owner), last.joiner,
                                 last.verbs)
                continue
        elif meaning and phrase.part and before.part and not (last.negated or item.negated):
            kept[-1] = Entry(replace(phrase, owner=phrase.owner or before.owner), last.joiner,
                             last.verbs)
            continue
        elif meaning and not (last.negated or item.negated or phrase.part or phrase.pointer not in (
                None, Anaphor.ORDINAL, Anaphor.NUMBER)):
            if not (before.noun or before.generic or before.pointer or phrase.limits):
                phrase = replace(phrase, limits=before.limits)
            kept[-1] = Entry(phrase, last.joiner, last.verbs)
            continue
        elif (phrase.generic and not phrase.limits and not phrase.meant and not phrase.other
              and (before.meant or before.noun) and not phrase.several):
            continue  # "i have to cut paper so find the thing"
        if (item.joiner == ',' and not item.verbs and phrase.noun and phrase.noun == before.noun
                and phrase.quantity is before.quantity is Quantity.ANY and not phrase.limits
                and not (phrase.other or phrase.several)):
            continue  # "a ball, any ball"
        if phrase.other and before.pointer is Anaphor.NUMBER and not item.negated:
            kept[-1] = Entry(replace(phrase, excluded=(*phrase.excluded, before)), last.joiner,
                             item.verbs)
            continue
        if (before.generic and before.limits and not before.several and not item.joiner
                and phrase.noun and not phrase.limits and not phrase.part and not before.meant
                and any(isinstance(limit, Relation) for limit in before.limits)):
            kept[-1] = Entry(replace(phrase, limits=before.limits), last.joiner, last.verbs)
            continue
        if last.negated and not item.negated:
            if not (phrase.other and phrase.noun == before.noun and before.that):  # "not this mug"
                phrase = replace(phrase, excluded=(*phrase.excluded, before), other=False)
            kept[-1] = Entry(phrase, last.joiner, item.verbs)
            continue
        if item.negated and before.part and not (before.meant or before.owner) and phrase.meant:
            kept[-1] = replace_item(last, replace(before, owner=phrase))
            continue
        if item.negated and not (phrase.part and phrase.owner is None and before.part):
            kept[-1] = replace_item(last, replace(before, excluded=(*before.excluded, phrase)))
            continue
        whole = not before.part or before.meant and before.owner is None  # a drawer is a thing
        if whole and phrase.part and phrase.owner is not None and phrase.owner.pointer in (
                Anaphor.IT, Anaphor.THEM):
            phrase = replace(phrase, owner=before)
            if item.joiner not in ('and', 'then') or item.verbs:
                kept[-1] = Entry(phrase, last.joiner, last.verbs)
                continue
        elif phrase.part and phrase.owner is None and not before.part and (
                before.noun or before.pointer or before.generic) and (
                last.fronted or item.verbs or item.joiner == '' and not phrase.meant or (
                    item.joiner == ',' and item is items[-1] and not phrase.meant)) and (
                item.joiner != 'then'):
            kept[-1] = Entry(replace(phrase, owner=before), last.joiner, last.verbs)
            continue
        if (before.part and before.owner is not None and item.joiner == 'and' and not item.verbs
                and _elliptic(before.owner) and phrase.noun and phrase.limits and not phrase.part):
            # "the handles of the green and the blue mug"
            owner = replace(before.owner, noun=phrase.noun, meant=phrase.meant)
            kept[-1] = replace_item(last, replace(before, owner=owner))
            phrase = replace(before, owner=phrase)
        if (before.part and before.plural and before.owner is not None and phrase.meant
                and not before.owner.several and not before.owner.pointer and not phrase.part
                and item.joiner == 'and' and not item.verbs):  # "the lids of the jar and the pot"
            phrase = replace(before, owner=phrase)
        if phrase.pointer in (Anaphor.IT, Anaphor.THEM) and not phrase.part and not phrase.that:
            placing = _PLACING.intersection(item.verbs) and any(
                isinstance(limit, Relation) for limit in phrase.limits)
            if placing:
                kept.append(Entry(replace(before, limits=(*before.limits, phrase.limits[-1])),
                                  'put', item.verbs))
            elif phrase.limits:
                phrase = replace(before, limits=(*before.limits, *phrase.limits))
                kept[-1] = Entry(phrase, last.joiner, last.verbs)
            continue
        if phrase.part and not (phrase.owner or phrase.meant) and before.part and (
                item.joiner == 'or'):  # "the shade of the lamp or the base"
            phrase = replace(phrase, owner=before.owner)
        if phrase.owner is not None and phrase.owner.pointer is Anaphor.IT and before.part:
            phrase = replace(phrase, owner=before.owner)
        elif phrase.part and phrase.owner is not None and item.joiner and not item.verbs:
            _own(kept, phrase.owner)
        kept.append(Entry(phrase, item.joiner, item.verbs, item.negated))
    return _grouped(kept)


def _elliptic(phrase: Phrase) -> bool:
    """Whether a phrase says how a thing looks and leaves its noun to another: "the red"."""
    return bool(phrase.limits) and not (
        phrase.noun or phrase.meant or phrase.generic or phrase.pointer or phrase.owner
        or phrase.other) and phrase.said.split()[-1:] not in (['one'], ['ones'])


def _lend(items: list[Entry]) -> None:
    """Give "the red and the white mug" its noun twice."""
    for n in range(len(items) - 2, -1, -1):
        phrase, item = items[n].phrase, items[n + 1]
        lender = item.phrase
        if (phrase.pointer is lender.pointer is Anaphor.ORDINAL and not phrase.noun and lender.noun
                and item.joiner == 'and' and not item.verbs):  # "the second and the third block"
            items[n] = replace_item(items[n], replace(
                phrase, noun=lender.noun, meant=lender.meant, usual=lender.usual))
        if (_elliptic(phrase) and item.joiner in ('', 'and', 'or', ',') and not item.verbs
                and lender.noun and lender.limits and not lender.pointer and not lender.part
                and isinstance(lender.limits[0], type(phrase.limits[0])) and not item.negated):
            items[n] = replace_item(items[n], replace(
                phrase, said=f'{phrase.said} {lender.noun}', noun=lender.noun, meant=lender.meant,
                usual=lender.usual))
            if not item.joiner:
                item.joiner = 'and'


def _own(items: list[Entry], owner: Phrase) -> None:
    """Give the parts listed last the owner named after them: "the handle and the lid of it"."""
    for n in range(len(items) - 1, -1, -1):
        phrase = items[n].phrase
        if not phrase.part or phrase.owner is not None or phrase.meant:
            return
        items[n] = replace_item(items[n], replace(phrase, owner=owner))


def _idle(phrase: Phrase) -> bool:
    """Whether a "what" or "thing" says nothing: "what about the mug"."""
    return phrase.generic and not (phrase.limits or phrase.meant or phrase.other or phrase.several
                                   or phrase.excluded or phrase.pointer)


def replace_item(item: Entry, phrase: Phrase) -> Entry:
    """Return the item with another phrase."""
    return Entry(phrase, item.joiner, item.verbs, item.negated, item.fronted)


def _shared_place(before: Sequence[Entry], item: Entry) -> tuple[Phrase, ...]:
    """What ends a list and says where all of it is put; () for another list."""
    listed = before and item.joiner == 'and' and not item.verbs and all(
        i.joiner in ('', 'and', ',') for i in before) and not any(i.verbs for i in before[1:])
    if not listed or not _PUTTING.intersection(before[0].verbs) or any(
            isinstance(v, Relation) for i in before for v in i.phrase.limits):
        return ()
    last = item.phrase.limits[-1] if item.phrase.limits else None
    return last.landmarks if isinstance(last, Relation) else ()


def _grouped(items: list[Entry]) -> tuple[Clause, ...]:
    found: list[Clause] = []
    for i, item in enumerate(items):
        phrase = item.phrase
        place: tuple[Phrase, ...] = ()
        if _PLACING.intersection(item.verbs) and phrase.limits and isinstance(
                phrase.limits[-1], Relation) and phrase.limits[-1].landmarks:
            place = phrase.limits[-1].landmarks
            phrase = replace(phrase, limits=phrase.limits[:-1])
        elif _PUTTING.intersection(item.verbs) and phrase.excluded and not phrase.limits and (
                but := phrase.excluded[-1]).limits and isinstance(
                where := but.limits[-1], Relation) and where.word in ('in', 'into', 'on', 'onto'):
            # "put everything except the pen in the box"
            place = where.landmarks
            phrase = replace(phrase, excluded=(*phrase.excluded[:-1], replace(
                but, limits=but.limits[:-1]), *place))
        if item.negated:
            if len(items) == 1 and not phrase.part:
                phrase = Phrase(f'other {phrase.noun or "one"}', phrase.noun, phrase.generic,
                                phrase.meant, plural=phrase.plural, quantity=Quantity.THE,
                                excluded=(phrase,))
                found.append(Clause((phrase,)))
            continue
        same = i and not place and found and not found[-1].places and (
            item.joiner in ('and', 'or', ',', 'but', '') and not (
                {v for v in item.verbs} - {'also', 'the', 'for', 'me', 'both'}))
        shared = () if place else _shared_place(items[:i], item)
        if shared and found:  # "put the apple and the remote on the drawer"
            place, phrase = shared, replace(phrase, limits=phrase.limits[:-1])
            last = found.pop()
            found.append(Clause((*last.phrases, phrase), last.either, place))
        elif item.joiner == 'put':
            found.append(Clause((phrase,), places=place))
        elif same:
            last = found[-1]
            found[-1] = Clause((*last.phrases, phrase), last.either or item.joiner == 'or')
        else:
            found.append(Clause((phrase,), places=place))
    return tuple(found)
