# SPDX-License-Identifier: Apache-2.0
"""Clauses of a request: which phrases belong together, what is put where, what is one of two.

Words that no rule wants are skipped. Other speech acts are for `core.language.speech_acts`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.cursor import HELD, Draft
from reasonseg_ros.core.language.noun_phrases import Reader
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Limit,
    Order,
    Phrase,
    Quantity,
    Relation,
)

_HAND = r"(?:(?:the|your) )?(?:robot(?: 's)? )?(?:gripper|hand|fingers|claw|robot hand|robot)"
_HOLDS = re.compile(
    rf"(?:(?:that|which) (?:is|are) |being )?(?:up )?(?:(?:held|gripped|in|inside|between)"
    rf" )(?:by )?(?:in )?{_HAND}\b"
    rf"|(?:(?:that|which|what) )?(?<!would )(?<!could )(?<!will )(?<!can )(?:you|{_HAND}) (?:are"
    rf" |is )?(?:currently )?(?:holding|holds"
    r"|hold|have"
    rf" picked up|picked up|has picked up)(?: up)?(?: there)?(?: in (?:its|your) hand)?"
    rf'|(?<=thing )being held|up in the air')
# Requests around a noun phrase whose own words would be read as things or places.
_FRAME = re.compile(
    r'^(?:(?:what|how) about|focus on|concentrate on|(?:put|lay) (?:your|a|the) (?:hand|finger'
    r'|gripper)s? '
    r'on|keep an eye on|(?:that|it) (?:would|will|should|must|could) be|(?:the one|what'
    r'|all) i (?:mean|meant|want|need|'
    r'would) is|my choice is|i was thinking of|one more time|go over to|look over at'
    r'|let us go on with'
    r'|(?:move|go|drive|come|walk|get) (?:over )?to(?= the| a| it| that| its| all| every| both'
    r'| one| number| instance)'
    r'|(?:i would say|i guess|i think)(?: it is)?|all i (?:want|need) (?:is|are)'
    r'|my hands are full so) ')
_TAIL = re.compile(
    r' (?:(?:is|are) what (?:i|we) (?:want|need|mean|meant|am looking for)|would be (?:nice|great'
    r'|good|fine|perfect)'
    r'|show (?:it|me|them|it to me)|show me (?:it|that|them)|find (?:it|them)|mark (?:it|them)'
    r'|if you can(?: see it)?'
    r'|if (?:it is|there is one|possible)|do you see (?:it|them|that)|can you see (?:it|them)'
    r'|i mean|that is all)$')
_WRONG = re.compile(r'(?:\b(?:since|because|as) |^|(?<= ))((?:instance|number|the|that'
                    r'|this) (?:\w+ )??(?:\w+))'
                    r' (?:is|was) (?:wrong|not right|not it|not what i (?:want|mean|meant))\b'
                    r'|\b(?:instead of|rather than)(?= )')
_IN_WHICH = re.compile(r'(\w+) (in|on) which (.+?) (is|are|lies|stands)\b(?= |$)')
_WHEREON = re.compile(r'\b(on|in) (?:what|which)(?: thing| object)? (is|are|does|do) (.+?)'
                      r'(?: lie| lying| stand| standing| sit| sitting| placed| now)*$')
_PLACING = frozenset('put place set drop lay stack pour hang shift slide push scoot move throw '
                     'toss insert transfer relocate position park'.split())
_PUTTING = frozenset('put place set stack lay'.split())


@dataclass
class _Item:
    """A phrase of a sentence and what stands between it and the one before."""

    phrase: Phrase
    joiner: str = ''
    verbs: tuple[str, ...] = ()
    negated: bool = False
    fronted: bool = False


_JOINERS = {'and': 'and', 'or': 'or', 'then': 'then', 'plus': 'and', 'also': 'and', 'next': 'then',
            'afterwards': 'then', 'after': 'then', 'but': 'but', ',': ',', 'rather': 'or rather'}


def clauses(tokens: Sequence[str], names: frozenset[str] = frozenset()) -> tuple[Clause, ...]:
    """Read what a request asks for; () where it names nothing."""
    text = ' '.join(tokens)
    text = _FRAME.sub('', _TAIL.sub('', text)) or text
    text = ' '.join(_WRONG.sub(lambda m: f' not {m[1] or ""} ', text).split())
    text = _IN_WHICH.sub(r'\1 that \3 \4 \2', text)
    text = _WHEREON.sub(r'what \2 \3 lie \1', text)
    text = ' '.join(_HOLDS.sub(f' {HELD} ', text).split())
    if re.fullmatch(rf'(?:.* )?{HELD}(?: .*)?', text) and not re.search(
            r'\b(?:thing|object|what|one|something|anything)\b', text):
        text = re.sub(rf'^((?:\w+ )*?)({HELD})', r'\1thing \2', text) if not any(
            Reader((w,), names).known(w) for w in text.split()) else text
    reader = Reader(tuple(text.split()), names)
    items = _items(reader)
    if not items:
        items = _unknown(reader)
    return _assembled(items)


def _items(reader: Reader) -> list[_Item]:
    items: list[_Item] = []
    joiner, negated = '', False
    verbs: list[str] = []
    pending: list[Limit] = []
    while reader.word():
        w = reader.word()
        if w in _JOINERS and not (w == 'next' and reader.word(1) == 'to'):
            after = reader.word(1)
            if w in ('next', 'after') and not (after in ('that', ',') or w == 'next'):
                reader.i += 1
                continue
            joined = _JOINERS[w]
            joiner = joined if joined in ('then', 'or rather') or joiner in ('', ',') else joiner
            reader.i += 1
            if w == 'after':
                reader.take('that')
            continue
        if w in ('not', 'never') or w == 'no' and reader.word(1) not in (
                '', ',', 'the', 'i', 'not'):
            negated = True
            reader.i += 1
            continue
        ahead = reader.row(places.RELATIONS)
        if w in ('of', 'from', 'among', 'for', 'at') and not ahead and reader.word(1) in (
                'the', 'these', 'those', 'it', 'instance', 'them'):
            reader.i += 1
            start = reader.i
            phrase = reader.phrase()
            if phrase is not None and reader.word() not in ('', ','):
                items.append(_Item(phrase, joiner, tuple(verbs), negated, w != 'at'))
                joiner, verbs, negated = '', [], False
                continue
            reader.i = start
            if phrase is None:
                continue
        start = reader.i
        fronted = None if items and not verbs and joiner == '' else _fronted(reader, verbs)
        if fronted is not None:
            pending.append(fronted)
            continue
        phrase = reader.phrase()
        if phrase is None:
            reader.i = start + 1
            if w not in ('the', 'a', 'an', 'please'):
                verbs.append(w)
            continue
        if pending and phrase.part and phrase.owner is None and isinstance(pending[0], Relation) \
                and pending[0].kinds in (('on',), ('in',)):
            phrase = replace(phrase, owner=pending[0].landmarks[0])
            pending = []
        elif pending:
            phrase = replace(phrase, limits=(*phrase.limits, *pending))
            pending = []
        items.append(_Item(phrase, joiner, tuple(verbs), negated))
        joiner, verbs, negated = '', [], False
    if pending and not items:
        items.append(_Item(Phrase('thing', generic=True, limits=tuple(pending))))
    elif pending and verbs:
        items.append(_Item(Phrase('thing', generic=True, limits=tuple(pending)), joiner,
                           tuple(verbs)))
    elif pending:
        last = items[-1]
        last.phrase = replace(last.phrase, limits=(*last.phrase.limits, *pending))
    return items


def _fronted(reader: Reader, verbs: list[str]) -> Limit | None:
    """Read "left of the mug ..." before what is there; None for anything else."""
    start = reader.i
    found = reader.row(places.RELATIONS)
    if found is None or found[0][0] in ('with', 'carrying', 'holding', 'holds') and found[1] in (
            'near', 'carrier'):
        place = reader.row(places.PLACES)
        if place and reader.i == 0 and len(place[0]) > 1 or place and verbs and verbs[-1] in (
                'is', 'one', 'go', 'look') and len(place[0]) > 1:
            reader.i += len(place[0])
            return Order(place[1], True, ' '.join(place[0]))
        return None
    place = reader.row(places.PLACES)
    if verbs and verbs[-1] in (
            'turn', 'switch', 'put', 'place', 'set', 'hold', 'take', 'grab', 'pick', 'go', 'point',
                               'look') and found[0] in (('on',), ('by',), ('in',), ('over',)) and (
            verbs[-1] not in ('look',)):
        return None
    draft = Draft()
    if reader._place_or_relation(draft) and draft.limits:
        if reader.take('there', 'is') or reader.take('there', 'are') or reader.take('there'):
            pass
        return draft.limits[0]
    reader.i = start
    return None


def _unknown(reader: Reader) -> list[_Item]:
    """A sentence without any known noun: its unknown words are the noun."""
    words = [w for w in reader.t if reader.unknown(w) and w != HELD]
    if not words:
        return []
    noun, many = lexicon.singular(' '.join(words))
    return [_Item(Phrase(' '.join(words), noun, plural=many))]


def _assembled(items: list[_Item]) -> tuple[Clause, ...]:
    _lend(items)
    kept: list[_Item] = []
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
                kept[-1] = _Item(replace(phrase, limits=limits, owner=before.owner), last.joiner,
                                 last.verbs)
                continue
        elif meaning and phrase.part and before.part and not (last.negated or item.negated):
            kept[-1] = _Item(replace(phrase, owner=phrase.owner or before.owner), last.joiner,
                             last.verbs)
            continue
        elif meaning and not (last.negated or item.negated or phrase.part or phrase.pointer not in (
                None, Anaphor.ORDINAL, Anaphor.NUMBER)):
            if not (before.noun or before.generic or before.pointer or phrase.limits):
                phrase = replace(phrase, limits=before.limits)
            kept[-1] = _Item(phrase, last.joiner, last.verbs)
            continue
        elif (phrase.generic and not phrase.limits and not phrase.meant and not phrase.other
              and (before.meant or before.noun) and not phrase.several):
            continue  # "i have to cut paper so find the thing"
        if (item.joiner == ',' and not item.verbs and phrase.noun and phrase.noun == before.noun
                and phrase.quantity is before.quantity is Quantity.ANY and not phrase.limits
                and not (phrase.other or phrase.several)):
            continue  # "a ball, any ball"
        if phrase.other and before.pointer is Anaphor.NUMBER and not item.negated:
            kept[-1] = _Item(replace(phrase, excluded=(*phrase.excluded, before)), last.joiner,
                             item.verbs)
            continue
        if (before.generic and before.limits and not before.several and not item.joiner
                and phrase.noun and not phrase.limits and not phrase.part and not before.meant
                and any(isinstance(limit, Relation) for limit in before.limits)):
            kept[-1] = _Item(replace(phrase, limits=before.limits), last.joiner, last.verbs)
            continue
        if last.negated and not item.negated:
            if not (phrase.other and phrase.noun == before.noun and before.that):  # "not this mug"
                phrase = replace(phrase, excluded=(*phrase.excluded, before), other=False)
            kept[-1] = _Item(phrase, last.joiner, item.verbs)
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
                kept[-1] = _Item(phrase, last.joiner, last.verbs)
                continue
        elif phrase.part and phrase.owner is None and not before.part and (
                before.noun or before.pointer or before.generic) and (
                last.fronted or item.verbs or item.joiner == '' and not phrase.meant or (
                    item.joiner == ',' and item is items[-1] and not phrase.meant)) and (
                item.joiner != 'then'):
            kept[-1] = _Item(replace(phrase, owner=before), last.joiner, last.verbs)
            continue
        if (before.part and before.owner is not None and item.joiner == 'and' and not item.verbs
                and _elliptic(before.owner) and phrase.noun and phrase.limits and not phrase.part):
            # "the handles of the green and the blue mug"
            owner = replace(before.owner, noun=phrase.noun, meant=phrase.meant)
            kept[-1] = replace_item(last, replace(before, owner=owner))
            phrase = replace(before, owner=phrase)
        if phrase.pointer in (Anaphor.IT, Anaphor.THEM) and not phrase.part and not phrase.that:
            placing = _PLACING.intersection(item.verbs) and any(
                isinstance(limit, Relation) for limit in phrase.limits)
            if placing:
                kept.append(_Item(replace(before, limits=(*before.limits, phrase.limits[-1])),
                                  'put', item.verbs))
            elif phrase.limits:
                phrase = replace(before, limits=(*before.limits, *phrase.limits))
                kept[-1] = _Item(phrase, last.joiner, last.verbs)
            continue
        if phrase.part and not (phrase.owner or phrase.meant) and before.part and (
                item.joiner == 'or'):  # "the shade of the lamp or the base"
            phrase = replace(phrase, owner=before.owner)
        if phrase.owner is not None and phrase.owner.pointer is Anaphor.IT and before.part:
            phrase = replace(phrase, owner=before.owner)
        elif phrase.part and phrase.owner is not None and item.joiner and not item.verbs:
            _own(kept, phrase.owner)
        kept.append(_Item(phrase, item.joiner, item.verbs, item.negated))
    return _grouped(kept)


def _elliptic(phrase: Phrase) -> bool:
    """Whether a phrase says how a thing looks and leaves its noun to another: "the red"."""
    return bool(phrase.limits) and not (
        phrase.noun or phrase.meant or phrase.generic or phrase.pointer or phrase.owner
        or phrase.other) and phrase.said.split()[-1:] not in (['one'], ['ones'])


def _lend(items: list[_Item]) -> None:
    """Give "the red and the white mug" its noun twice."""
    for n in range(len(items) - 2, -1, -1):
        phrase, item = items[n].phrase, items[n + 1]
        lender = item.phrase
        if (_elliptic(phrase) and item.joiner in ('', 'and', 'or', ',') and not item.verbs
                and lender.noun and lender.limits and not lender.pointer and not lender.part
                and isinstance(lender.limits[0], type(phrase.limits[0])) and not item.negated):
            items[n] = replace_item(items[n], replace(
                phrase, said=f'{phrase.said} {lender.noun}', noun=lender.noun, meant=lender.meant,
                usual=lender.usual))
            if not item.joiner:
                item.joiner = 'and'


def _own(items: list[_Item], owner: Phrase) -> None:
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


def replace_item(item: _Item, phrase: Phrase) -> _Item:
    """Return the item with another phrase."""
    return _Item(phrase, item.joiner, item.verbs, item.negated, item.fronted)


def _shared_place(before: Sequence[_Item], item: _Item) -> tuple[Phrase, ...]:
    """What ends a list and says where all of it is put; () for another list."""
    listed = before and item.joiner == 'and' and not item.verbs and all(
        i.joiner in ('', 'and', ',') for i in before) and not any(i.verbs for i in before[1:])
    if not listed or not _PUTTING.intersection(before[0].verbs) or any(
            isinstance(v, Relation) for i in before for v in i.phrase.limits):
        return ()
    last = item.phrase.limits[-1] if item.phrase.limits else None
    return last.landmarks if isinstance(last, Relation) else ()


def _grouped(items: list[_Item]) -> tuple[Clause, ...]:
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
