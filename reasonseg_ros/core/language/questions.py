# SPDX-License-Identifier: Apache-2.0
"""What questions are about: "what is number 2", "is the mug red", "what can I cut paper with".

Reads phrases out of questions; which sentence is a question is decided in
`core.language.speech_acts`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from reasonseg_ros.core.language import lexicon, patterns, places
from reasonseg_ros.core.language.clauses import clauses
from reasonseg_ros.core.language.noun_phrases import Reader, stems
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Colour,
    Limit,
    Order,
    Phrase,
    Quantity,
    Relation,
)
from reasonseg_ros.core.language.words import tokens

_EXCEPT = (r'(?:(?:but|and) )?(?:besides|apart from|other than|aside from|except(?: for)?|excluding'
           r'|minus|without|not|but(?: not)?(?= (?:an?|the|my|number|it|that|this)\b))'
           r' (?!to\b|only\b|just\b)')
_BUT = re.compile(rf'(?: ,)? {_EXCEPT}')
# A thing that is wanted by name.
_WANTED = re.compile(r'\b(?:show|take|bring|get|find|grab|pick|fetch|hand|pass|give|throw|use'
r'|where)\b'
                     r'.*\b(?:the|my|that|all|both|an?)\b')
_FURTHER = re.compile(r' (?:and|,) (?:also )?(?=(?:the |some |a )?(?:stuff|thing|things'
                      r'|something|one|tool'
                      r') (?:for|to) )')
_TOLD_APART = frozenset('left right front behind on in between'.split())


def identified(flat: str, names: frozenset[str]) -> tuple[Clause, ...] | None:
    """What "what is ..." points at; None where it asks for something to be shown."""
    found = patterns.IDENTIFY.fullmatch(flat)
    if found is None:
        return None
    what = found['what'] or found['b'] or found['c']
    if what.split()[-1] in ('on', 'in', 'under', 'inside', 'of', 'with') or used(what, names):
        return None
    target = clauses(tuple(what.split()), names)
    if len(target) != 1 or len(target[0].phrases) != 1:
        return None
    phrase = target[0].phrases[0]
    placed = any(isinstance(limit, Relation) for limit in phrase.limits)
    if phrase.pointer in (Anaphor.NUMBER, Anaphor.IT, Anaphor.THEM) and not phrase.limits:
        return target if not phrase.part else None
    first = what.split()[0]
    if first in ('the', 'that', 'this') and (phrase.generic or not phrase.noun) and not phrase.part:
        return target if not placed and not phrase.meant or phrase.that else None
    return None


def likened(what: str, how: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, what it is asked to be) of "is that the red mug"; () for another question."""
    one, two = clauses(tuple(what.split()), names), clauses(tuple(how.split()), names)
    if len(one) != 1 or len(two) != 1 or len(two[0].phrases) != 1:
        return ()
    asked = two[0].phrases[0]
    if not (asked.noun or asked.limits) or asked.pointer or asked.part or asked.other:
        return ()
    return (one[0], two[0])


def _compared(what: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, where or how it is asked to be) of "is the lamp bigger than the mug"."""
    reader = Reader(tuple(what.split()), names)
    whole = reader.phrase()
    if whole is None or reader.word() or not whole.limits or not isinstance(
            relation := whole.limits[-1], Relation) or not relation.landmarks:
        return ()
    if not all(kind in _TOLD_APART or kind[-1] in '+-' for kind in relation.kinds) or (
            lexicon.SCENERY & {p.noun for p in relation.landmarks}):
        return ()
    asked = Phrase(relation.word, generic=True, plural=True, quantity=Quantity.ALL,
                   limits=(relation,))
    return (Clause((replace(whole, limits=whole.limits[:-1]),)), Clause((asked,)))


def confirmed(what: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, the same with the quality asked for) of "is the mug red"; () for another question."""
    if compared := _compared(what, names):
        return compared
    *said, last = what.split()
    bare = clauses(said, names)
    if len(bare) != 1 or len(bare[0].phrases) != 1:
        return ()
    phrase = bare[0].phrases[0]
    if last in lexicon.COLOURS:  # "orange" is a fruit, too
        colour = Colour(last, lexicon.COLOURS[last])
        asked = replace(phrase, noun='', meant={}, limits=(*phrase.limits, colour))
        return (bare[0], Clause((asked,)))
    reader = Reader(tuple(what.split()), names)
    whole = reader.phrase()
    if whole is None or reader.word() or not whole.limits or not (
            last in lexicon.ORDERS or last in lexicon.SHAPES):
        return ()
    return (bare[0], Clause((replace(whole, noun='', meant={}),)))


def alternatives(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, one place, the other) of "is the lamp left or right of the mug"; () otherwise."""
    found = patterns.EITHER_PLACE.fullmatch(flat)
    reader = Reader(('thing', *found['other'].split()) if found else (), names)
    second = reader.phrase()
    two = second.limits[0] if second is not None and len(second.limits) == 1 else None
    if found is None or reader.word() or not isinstance(two, Relation) or not two.landmarks:
        return ()
    first = clauses(tuple(found['what'].split()), names)
    own = first[0].phrases[0] if len(first) == 1 and len(first[0].phrases) == 1 else None
    if own is not None and own.limits and two.landmarks[0].pointer is Anaphor.IT and isinstance(
            one := own.limits[-1], Relation) and one.landmarks:
        # "in front of the drill or behind it"
        two = replace(two, landmarks=one.landmarks)
        mark = f'the {one.landmarks[0].said}'
        return (Clause((replace(own, limits=own.limits[:-1]),)), *(Clause((Phrase(
            f'{place.word} {mark}', generic=True, plural=True, quantity=Quantity.ALL,
            limits=(place,)),)) for place in (one, two)))
    mark = ' and '.join(m.said if m.pointer else f'the {m.said}' for m in two.landmarks)
    said = found['what'].split()
    for start in range(max(1, len(said) - 5), len(said)):
        for link in ((), ('of',), ('than',), ('to',), ('from',)):
            kinds = dict(places.RELATIONS.get(said[start], ())).get((*said[start:], *link))
            what = clauses(said[:start], names) if kinds else ()
            if kinds and len(what) == 1 and len(what[0].phrases) == 1:
                word = ' '.join((*said[start:], *link))
                one = Relation(tuple(kinds.split()), two.landmarks, word)
                return (what[0], *(Clause((Phrase(
                    f'{place.word} {mark}', generic=True, plural=True, quantity=Quantity.ALL,
                    limits=(place,)),)) for place in (one, two)))
    return ()


def in_view(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, one place in view, another) of "is the lamp on the left or on the right".

    One place is enough: "is the lamp on the left"; () for any other question.
    """
    found = patterns.PLACED.fullmatch(flat)
    if found is None:
        return ()
    what = _it(found['what']) or clauses(found['what'].split(), names)
    if len(what) != 1 or len(what[0].phrases) != 1 or what[0].phrases[0].limits and not (
            what[0].phrases[0].noun):
        return ()
    asked = []
    for where in (found['one'], found['other']):
        if where is None:
            continue
        said = re.sub(r'^(?:(?:to|on|at|in) )?(?:the |my |your )?', '', where)
        side = places.SIDES.get(said.split()[0]) or 'middle'
        asked.append(Clause((Phrase(f'on the {side}' if side in ('left', 'right') else
                                    f'in the {side}' if side == 'middle' else f'at the {side}',
                                    generic=True, plural=True, quantity=Quantity.ALL,
                                    limits=(Order(side, True, where),)),)))
    return (what[0], *asked)


def nearer(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, near one thing, near the other) of "is the pen closer to the mug or to the lamp".

    Of "closer to the mug than to the lamp" both are of one clause; () for any other question.
    """
    found = patterns.NEARER.fullmatch(flat)
    if found is None:
        return ()
    what = _it(found['what']) or clauses(found['what'].split(), names)
    marks = [Reader(tuple(found[key].split()), names).phrase(True) for key in ('one', 'other')]
    if len(what) != 1 or len(what[0].phrases) != 1:
        return ()
    far = found['how'][0] == 'f'
    word = 'further from' if far else 'closer to'
    asked = []
    for mark in marks:
        if mark is None or not (mark.noun or mark.pointer or mark.limits):
            return ()
        asked.append(Phrase(f'{word} {mark.said if mark.pointer else "the " + mark.said}',
                            generic=True, limits=(Relation(('far' if far else 'near',), (mark,),
                                                           word),)))
    if found['link'] == 'than':
        return (what[0], Clause(tuple(asked)))
    return (what[0], *(Clause((one,)) for one in asked))


def counted_among(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """What "how many of them are tools" counts; () for any other question."""
    found = patterns.COUNT_AMONG.fullmatch(flat)
    phrase = Reader((found['how'],), names).phrase(True) if found else None
    if found is None or phrase is None or not (phrase.noun and phrase.meant) or phrase.part:
        return ()
    return (Clause((replace(phrase, said='of them', pointer=Anaphor.THEM, plural=True),)),)


def _it(what: str) -> tuple[Clause, ...]:
    return (Clause((Phrase('it', pointer=Anaphor.IT),)),) if what in ('it', 'that', 'this') else ()


def coloured(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """What a question about a colour is about, however it is worded; () for anything else."""
    if not patterns.ASKS_COLOUR.search(flat) or patterns.DIRECTIVE.search(flat):
        return ()
    rest = ' '.join(patterns.AROUND_COLOUR.sub(' ', flat).split()).removeprefix('on ')
    found = clauses(rest.removesuffix(" 's").split(), names) if rest else ()
    one = len(found) == 1 and len(found[0].phrases) == 1
    return found if one and not found[0].phrases[0].generic else ()


def used(body: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """A request by purpose alone: "what can i cut paper with"; also by two of them."""
    each = [_used(piece, names) for piece in _FURTHER.split(body)]
    return (Clause(tuple(p for found in each for c in found for p in c.phrases)),) if all(
        each) else _used(body, names)


def _used(body: str, names: frozenset[str]) -> tuple[Clause, ...]:
    for found in patterns.USE.finditer(body):
        use = next((v for v in found.groupdict().values() if v), '')
        use = re.split(rf' , (?!{_EXCEPT})| so (?:find|show|give|what)\b| what helps|\bthen\b',
                       use)[0]
        use, own = _told(use, names)
        use, *but = _BUT.split(use, maxsplit=1)
        words = use.split()
        halves = [half for half in re.split(r' and (?:to |then )?', use) if half]
        if len(halves) > 1 and not but and all(lexicon.purpose(stems(h.split())) for h in halves):
            each = [lexicon.purpose(stems(h.split())) for h in halves]
            if all(not set(one) & set(two) for one, two in pairwise(each)):  # a nut, and a nail
                return (Clause(tuple(Phrase(f'something to {h}', meant=meant, quantity=Quantity.ANY)
                                     for h, meant in zip(halves, each))),)
        if re.search(r"\b(?:the|its|this|that|my) (?!tv\b|room\b|channel\b|dark\b|web\b"
                     r"|stove\b|light\b|television\b|wall\b|kitchen\b|table\b|internet\b)", use) \
                or 'you' in words[:1] or "'s" in words \
                or re.search(r'\b(?:want|wants|like|love|need) to see (?!in\b)', found[0]):
            continue
        meant = lexicon.purpose(stems(words))
        if meant and _WANTED.search(body[found.start() + len(found[0].split(' , ')[0]):]):
            continue  # "i want to play, find me the balls"
        if meant:
            before = body[:found.start('use' if found['use'] else 'f')] if (
                found['use'] or found['f']) else ''
            reader = Reader(tuple(before.split()), names)
            limits: tuple[Limit, ...] = ()
            excluded = tuple(p for what in but for c in clauses(what.split(), names)
                             for p in c.phrases)
            head: Phrase | None = None
            while reader.word():
                head = head or reader.phrase()
                reader.i += 1
            if head is not None:
                limits, excluded = head.limits, (*head.excluded, *excluded)
                if head.meant and head.noun not in lexicon.KINDS:
                    continue
            if own is not None:
                limits, excluded = (*limits, *own.limits), (*excluded, *own.excluded)
            link = 'for' if words[0].endswith('ing') else 'to'
            many = bool(re.match(r'(?:things|objects|items|tools|ones)\b', found[0])) and bool(
                re.search(r'\b(?:the|all|all the|both) (?:\w+ )?$', body[:found.start()]))
            said = f'{head.said if limits and head else "something"} {link} {use}'
            return (Clause((Phrase(said, meant=meant, plural=many, limits=tuple(limits),
                                   quantity=Quantity.ALL if many else Quantity.ANY,
                                   excluded=excluded),)),)
    return ()


def asked_alike(text: str, earlier: Sequence[str]) -> str:
    """The question before it asked of another thing, for "and the bottle?"; '' for all else.

    earlier  questions that were answered in words, oldest first
    """
    found = patterns.AND_THE.fullmatch(text.replace(' ,', ''))
    if found is None:
        return ''
    asked = None
    for said in earlier:
        flat = ' '.join(w for w in tokens(said, frozenset()) if w != ',')
        if not patterns.AND_THE.fullmatch(flat):    # such a one asks what was asked before it
            rules = (patterns.COUNT, patterns.COLOUR, patterns.IS_SO)
            asked = next(filter(None, (rule.fullmatch(flat) for rule in rules)), None)
    what = found['what']
    if asked is None:
        return ''
    if asked.re is patterns.COUNT:
        counted = what.removeprefix('the ')
        many = lexicon.singular(counted.split()[-1])[1]
        return f'how many {counted} are there' if many and not counted.endswith('one') else ''
    if asked.re is patterns.IS_SO:
        return f"{asked['is']} {what} {asked['how']}"
    return f'what colour is {what}'


def _told(use: str, names: frozenset[str]) -> tuple[str, Phrase | None]:
    """(use, what else is said): "to write with that is not black"; None where nothing is."""
    found = re.fullmatch(r'(?P<use>.+?) (?:that|which) (?:is|are) (?P<how>.+)', use)
    said = clauses(('thing', 'that', 'is', *found['how'].split()), names) if found else ()
    phrase = said[0].phrases[0] if len(said) == 1 and len(said[0].phrases) == 1 else None
    if found is None or phrase is None or not phrase.generic or not (
            phrase.limits or phrase.excluded):
        return use, None
    return found['use'], phrase
