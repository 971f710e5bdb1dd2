# SPDX-License-Identifier: Apache-2.0
"""Clauses of a request: its phrases with what stands between them.

Words that no rule wants are skipped: requests are worded in too many ways to list them. Speech acts
other than requests are told apart before, in `core.language.speech_acts`; which phrases belong
together is for `core.language.assembly` to say.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.assembly import Entry, assembled
from reasonseg_ros.core.language.cursor import HELD, Draft
from reasonseg_ros.core.language.noun_phrases import Reader
from reasonseg_ros.core.language.place_phrases import in_view
from reasonseg_ros.core.language.utterance import Clause, Limit, Phrase, Relation

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
    return assembled(items)


def _items(reader: Reader) -> list[Entry]:
    items: list[Entry] = []
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
                items.append(Entry(phrase, joiner, tuple(verbs), negated, w != 'at'))
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
        items.append(Entry(phrase, joiner, tuple(verbs), negated))
        joiner, verbs, negated = '', [], False
    if pending and not items and (held := _held_by(pending[0])):  # "by the handle"
        items.append(Entry(held, joiner, tuple(verbs), negated))
    elif pending and not items:
        items.append(Entry(Phrase('thing', generic=True, limits=tuple(pending))))
    elif pending and verbs:
        items.append(Entry(Phrase('thing', generic=True, limits=tuple(pending)), joiner,
                           tuple(verbs)))
    elif pending and not items[-1].phrase.part and (held := _held_by(pending[0])):
        last = items[-1]
        last.phrase = replace(held, owner=last.phrase)  # "the pan, by the handle"
    elif pending:
        last = items[-1]
        last.phrase = replace(last.phrase, limits=(*last.phrase.limits, *pending))
    return items


def _held_by(limit: Limit) -> Phrase | None:
    """The part that a place names, where it says by what a thing is held."""
    if not isinstance(limit, Relation) or limit.word not in ('by', 'at', 'with', 'on') or not (
            limit.landmarks):
        return None
    part = limit.landmarks[0]
    return part if part.part and not part.meant and part.owner is None else None


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
            return in_view(place[1], place[0])
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


def _unknown(reader: Reader) -> list[Entry]:
    """A sentence without any known noun: its unknown words are the noun."""
    words = [w for w in reader.t if reader.unknown(w) and w != HELD]
    if not words:
        return []
    noun, many = lexicon.singular(' '.join(words))
    return [Entry(Phrase(' '.join(words), noun, plural=many))]
