# SPDX-License-Identifier: Apache-2.0
"""From the phrases of a request, one after the other, to its clauses.

Which phrase says more of the one before, which excludes it, what is put where, what is one of two.
`core.language.clauses` reads the phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.utterance import Anaphor, Clause, Phrase, Quantity, Relation

_PLACING = frozenset('put place set drop lay stack pour hang shift slide push scoot move throw '
                     'toss insert transfer relocate position park tip empty tuck'.split())
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
    named = any(i.phrase.noun or i.phrase.pointer or i.phrase.limits for i in items)
    # but "anything sharp on the table" asks for more than the table
    told = len(items) > 1 and not lexicon.UNSEEN.isdisjoint(items[1].verbs)
    if named and _idle(items[0].phrase) and not told:
        items = items[1:]
    kept = items[:1]
    for place, item in enumerate(items[1:], 2):
        for rule in _RULES:
            joined = rule(kept[-1], item, place == len(items))
            if isinstance(joined, list):
                kept[-1:] = joined
                break
            item = joined
        else:
            phrase = item.phrase
            if phrase.part and phrase.owner is not None and item.joiner and not item.verbs:
                _own(kept, phrase.owner)
            kept.append(Entry(phrase, item.joiner, item.verbs, item.negated))
    return _grouped(kept)


# Each rule gets the entry before, an entry, and whether that is the last one of the sentence. It
# returns what stands in the place of the entry before, where it says what the two are together;
# otherwise the entry, with what the rule could add to it, for the next rule.

def _more(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """More of the thing before, or what was meant by it: "the mug, the red one", "i mean ..."."""
    before, phrase = last.phrase, item.phrase
    meaning = any(v in ('mean', 'meant') for v in item.verbs) or item.joiner == 'or rather'
    if not (phrase.noun or phrase.generic or phrase.pointer or phrase.owner or phrase.meant):
        phrase = replace(phrase, noun=before.noun, meant=before.meant, usual=before.usual,
                         part=before.part, generic=before.generic and not before.noun)
        if before.noun:
            said = phrase.said.removesuffix('one').strip()
            phrase = replace(phrase, said=f'{said} {before.noun}'.strip())
        told = bool(before.noun and not before.limits and not before.several
                    and not before.part and not item.negated and item.joiner in ('', ','))
        if meaning or last.fronted or told or (before.plural and not item.joiner):
            kinds = {type(v) for v in phrase.limits} if meaning else set()
            limits = phrase.limits if last.negated else (
                *(v for v in before.limits if type(v) not in kinds), *phrase.limits)
            return [_instead(last, replace(phrase, limits=limits, owner=before.owner))]
        return replace_item(item, phrase)
    if meaning and not (last.negated or item.negated):
        if phrase.part and before.part:
            return [_instead(last, replace(phrase, owner=phrase.owner or before.owner))]
        if (not phrase.part or phrase.meant) and phrase.pointer in (
                None, Anaphor.ORDINAL, Anaphor.NUMBER):
            if not (before.noun or before.generic or before.pointer or phrase.limits):
                phrase = replace(phrase, limits=before.limits)
            return [_instead(last, phrase)]
    if (phrase.generic and not phrase.limits and not phrase.meant and not phrase.other
            and (before.meant or before.noun) and not phrase.several):
        return [last]  # "i have to cut paper so find the thing"
    return item


def _whom_for(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """Whom or what a thing is for, which says nothing of it: "the lemon for my tea"."""
    before, phrase = last.phrase, item.phrase
    if (item.verbs == ('for',) and not item.joiner and before.part and before.owner is None
            and phrase.meant and not (phrase.part or before.meant)):
        return [replace_item(last, replace(before, owner=phrase))]  # "the lid for the jar"
    whole = (before.noun or before.pointer or before.other or before.limits) and not before.part
    return [last] if item.verbs == ('for',) and item.joiner in ('', ',') and whole and not (
        phrase.part or phrase.pointer or item.negated) else item


def _narrower(last: Entry, item: Entry, ends: bool) -> Entry | list[Entry]:
    """Any of some, and then which: "one of those cups, the right one", "a red one, the smaller"."""
    before, phrase = last.phrase, item.phrase
    kinds = {type(v) for v in before.limits}
    told = (before.quantity is Quantity.ANY and not before.several and item.joiner == ','
            and not (item.verbs or item.negated or before.part or phrase.part or phrase.several)
            and phrase.quantity is Quantity.THE and phrase.limits and not phrase.pointer
            and not phrase.excluded and not phrase.other and not phrase.generic
            and phrase.noun in ('', before.noun) and not kinds & {type(v) for v in phrase.limits})
    if (before.quantity in (Quantity.ANY, Quantity.SOME) and item.joiner == ',' and ends
            and before.noun in lexicon.KINDS
            and phrase.generic and phrase.quantity is Quantity.ANY and not (
                item.verbs or item.negated or before.part or phrase.part or phrase.pointer)
            and (phrase.limits or phrase.excluded)):  # "some fruit, something yellow"
        return [_instead(last, replace(before, quantity=Quantity.ANY, plural=False,
                                       limits=(*before.limits, *phrase.limits),
                                       excluded=(*before.excluded, *phrase.excluded)))]
    return [_instead(last, replace(before, quantity=Quantity.THE, plural=False,
                                   limits=(*before.limits, *phrase.limits)))] if told else item


def _again(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """The same once more: "a ball, any ball"."""
    before, phrase = last.phrase, item.phrase
    same = (item.joiner == ',' and not item.verbs and phrase.noun and phrase.noun == before.noun
            and phrase.quantity is before.quantity is Quantity.ANY and not phrase.limits
            and not (phrase.other or phrase.several))
    return [last] if same else item


def _place_first(last: Entry, item: Entry, ends: bool) -> Entry | list[Entry]:
    """A place and then what is there: "the thing on the box, the red mug"; "the thing, the mug"."""
    before, phrase = last.phrase, item.phrase
    if (ends and before.generic and before.quantity is Quantity.THE and not (
            before.several or before.meant or before.other or before.pointer)
            and item.joiner == ',' and not item.verbs and not item.negated and phrase.noun
            and phrase.quantity is Quantity.THE and not (phrase.several or phrase.part)):
        return [_instead(last, replace(phrase, limits=(*before.limits, *phrase.limits)))]
    if (before.generic and before.limits and not before.several and not item.joiner
            and phrase.noun and not phrase.limits and not phrase.part and not before.meant
            and any(isinstance(limit, Relation) for limit in before.limits)):
        return [_instead(last, replace(phrase, limits=before.limits))]
    return item


def _excluding(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """One but not the other: "not the mug, the bowl", "the mugs but not the red one"."""
    before, phrase = last.phrase, item.phrase
    if phrase.other and before.pointer is Anaphor.NUMBER and not item.negated:
        return [Entry(replace(phrase, excluded=(*phrase.excluded, before)), last.joiner,
                      item.verbs)]
    if before.excluded and before.several and not (item.verbs or item.negated or phrase.limits and (
            phrase.noun and phrase.noun != before.noun)) and item.joiner in ('and', ',') and (
            before.generic and phrase.noun or phrase.noun == before.noun) and (
            phrase.quantity is Quantity.THE and not phrase.pointer):
        return [replace_item(last, replace(before, excluded=(*before.excluded, phrase)))]
    if last.negated and not item.negated:
        if not (phrase.other and phrase.noun == before.noun and before.that):  # "not this mug"
            phrase = replace(phrase, excluded=(*phrase.excluded, before), other=False)
        return [Entry(phrase, last.joiner, item.verbs)]
    if item.negated and before.part and not (before.meant or before.owner) and phrase.meant:
        return [replace_item(last, replace(before, owner=phrase))]
    if item.negated and not (phrase.part and phrase.owner is None and before.part):
        return [replace_item(last, replace(before, excluded=(*before.excluded, phrase)))]
    return item


def _part_of(last: Entry, item: Entry, ends: bool) -> Entry | list[Entry]:
    """A thing and then its part: "the mug and its handle", "the mug, the handle"."""
    before, phrase = last.phrase, item.phrase
    whole = not before.part or before.meant and before.owner is None  # a drawer is a thing
    if whole and phrase.part and phrase.owner is not None and phrase.owner.pointer in (
            Anaphor.IT, Anaphor.THEM):
        phrase = replace(phrase, owner=before)
        listed = item.joiner in ('and', 'then') and not item.verbs
        return replace_item(item, phrase) if listed else [_instead(last, phrase)]
    if phrase.part and phrase.owner is None and not before.part and item.joiner != 'then' and (
            before.noun or before.pointer or before.generic) and (
            last.fronted or item.verbs or not phrase.meant and (
                item.joiner == '' or item.joiner == ',' and ends)):
        return [_instead(last, replace(phrase, owner=before))]
    return item


def _parts_of_both(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """The same part of another thing: "the handles of the green and the blue mug"."""
    before, phrase = last.phrase, item.phrase
    if (not before.part or before.owner is None or phrase.part or item.joiner != 'and'
            or item.verbs):
        return item
    if _elliptic(before.owner) and phrase.noun and phrase.limits:
        owner = replace(before.owner, noun=phrase.noun, meant=phrase.meant)
        return [replace_item(last, replace(before, owner=owner)),
                Entry(replace(before, owner=phrase), item.joiner, item.verbs, item.negated)]
    if before.plural and phrase.meant and not before.owner.several and not before.owner.pointer:
        # "the lids of the jar and the pot"
        return replace_item(item, replace(before, owner=phrase))
    return item


def _pronoun(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """What is said of the thing before: "take the mug and put it on the box"."""
    before, phrase = last.phrase, item.phrase
    if phrase.pointer not in (Anaphor.IT, Anaphor.THEM) or phrase.part or phrase.that:
        return item
    if _PLACING.intersection(item.verbs) and any(
            isinstance(limit, Relation) for limit in phrase.limits):
        return [last, Entry(replace(before, limits=(*before.limits, phrase.limits[-1])),
                            'put', item.verbs)]
    return [_instead(last, replace(before, limits=(*before.limits, *phrase.limits)))
            if phrase.limits else last]


def _same_owner(last: Entry, item: Entry, _: bool) -> Entry | list[Entry]:
    """Another part of the same thing: "the shade of the lamp or the base", "and its switch"."""
    before, phrase = last.phrase, item.phrase
    bare = phrase.part and not (phrase.owner or phrase.meant) and item.joiner == 'or'
    its = phrase.owner is not None and phrase.owner.pointer is Anaphor.IT
    if before.part and (bare or its):
        return replace_item(item, replace(phrase, owner=before.owner))
    return item


_RULES = (_whom_for, _narrower, _more, _again, _place_first, _excluding, _part_of, _parts_of_both,
          _pronoun, _same_owner)


def _instead(last: Entry, phrase: Phrase) -> Entry:
    """Return an entry for a phrase in the place of the one before."""
    return Entry(phrase, last.joiner, last.verbs)


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
