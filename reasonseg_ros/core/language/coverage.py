# SPDX-License-Identifier: Apache-2.0
"""Which words of a request found no place in what was made of it.

A request is read by rules that skip what they do not want. Most skipped words say nothing ("would
you be so kind"); numbers, colours, nouns, places, negations and contrasts nearly always say
something. Where one of them is left over, an answer would be a guess.

Compares words only; knows neither the things in view nor the dialogue.
"""

import re
from collections.abc import Iterator, Sequence

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.cursor import VERBISH
from reasonseg_ros.core.language.normalise import ORDINALS, number
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Colour,
    Order,
    Phrase,
    Quantity,
    Relation,
    Trait,
)
from reasonseg_ros.core.language.vocabulary import is_word

_NEGATIONS = frozenset('not never without except excluding minus neither nor none besides apart '
                       'unlike'.split())
# What is said of a thing that is not wanted.
_REFUSALS = frozenset('hate hates dislike lose ditch skip avoid ignore omit spare leave leaving '
                      'dump unless than let stay stays remain remains forbidden prohibited '
                      'banned taboo quit cease desist refrain alone untouched keep keeps'.split())
_ASKING = frozenset('how why whose'.split())
_SIDES = frozenset('left right middle behind between beside underneath upper lower top bottom '
                   'leftmost rightmost nearest closest furthest farthest'.split())
# Places in what was shown before, for which other words are read.
_EARLIER = frozenset('earlier original penultimate former latter prior preceding initial'.split())
# What is "of" things and no piece of them.
_SETS = frozenset("""one part side end half edge corner kind sort type pair set couple lot bit piece
number colour color name rest most few majority group bunch row line pile stack instead front back
thing middle center centre direction vicinity neighbourhood place spot location position size shape
image picture mask outline view box bottle cup glass can mug jar exception benefit middle way out
option choice latter former pick best whole entirety all both contents inside outside top surface
case course because think help count purpose""".split())
_OTHERS = frozenset('other others another rest remaining'.split())
_VERBS = VERBISH | {'stands', 'rests'}
_ARTICLES = frozenset('the a an my your its this these those no any'.split())
_ASIDE = frozenset('great long high low like'.split())  # "great, now", "as long as"
# A slip that the speaker mends: what was said before it does not count.
_SLIP = re.compile(r'\b(?:nope|no(?! no\b)|sorry|wait|oops|rather|mean|meant|actually'
                   r'|correction)\b')
# Negations that exclude nothing.
_POLITE = re.compile(
    r"\b(?:can|could|do|would|will|is|are|does|why) not (?=(?:you|there|find|see|spot|mind|it|they"
    r"|we|remember|know|reach|tell|care)\b)|\bif not\b|\blet (?:me|us|go)\b"
    r"|\b(?:some|any)(?:body|one) leave\b|\bif there is none\b"
    r"|\bif (?:it is|that is|you do|you can|there is|you are) not\b|\bhow (?:about|are you)\b"
    r"|\bi (?:can|could) not\b|\bthat (?:is|was) the wrong \w+|\bbeside (?:you|me|us)\b"
    r"|\bbetween (?:the |your )?(?:fingers|claws|jaws)\b"
    r"|\bhow (?=(?:can|could|do|would) (?:i|you|we|people|one) .+ (?:with|in|on|from|off)$)"
    r"|\bapart (?!from\b)|\bnot (?:just|only|too|sure)\b|\bnot (?=(?:the|my|an?) .*\balso\b)"
    r"|\bwithout (?=\w+ing\b)"
    r"|\b(?:does|do) not (?=(?:matter|mind|care)\b)"
    r"|\b(?:is|are) not (?:it|there|they)\b|\bwhy not\b|\bnot the (?:others?|rest|other ones?)\b")


def unread(words: Sequence[str], clauses: Sequence[Clause], negated: bool = False
           ) -> tuple[str, ...]:
    """Words that matter and that no phrase of the clauses has, in their order.

    words    of the sentence, as `words.tokens` gives them
    negated  a negation was used otherwise, for example to reject what was shown before
    """
    outer = [p for c in clauses for p in (*c.phrases, *c.places)]
    phrases = [p for q in outer for p in _within(q)]
    has = {w for p in phrases for w in _words(p)}
    numbers = {n for p in phrases for n in _numbers(p)} | {len(outer)}
    placed = any(c.places for c in clauses) or bool(has & {'corner', 'edge'})
    negated = negated or any(p.excluded or p.other or any(
        getattr(v, 'negated', False) for v in p.limits) for p in phrases)
    other = any(p.other or p.excluded for p in phrases)
    having = {lexicon.singular(v.value)[0] for p in phrases for v in p.limits
              if isinstance(v, Trait) and v.kind == 'part'}
    pointed = any(p.pointer in (Anaphor.NUMBER, Anaphor.ORDINAL) for p in phrases)
    text = _POLITE.sub(lambda m: ' '.join('-' for _ in m[0].split()) + m[0][len(m[0].rstrip()):],
                       ' '.join(words))
    slips = [m.start() for m in _SLIP.finditer(text) if m.start() and not (
        m[0] == 'no' and _tells(next(iter(text[m.end():].split()), '')))]
    mended = len(text[:slips[-1]].split()) if slips else 0
    said = text.split()
    # "not the white one", of which nothing is left, is not asked for either.
    # "the one that is open"
    nameless = all(p.pointer is None and not (p.noun or p.limits) for p in outer)
    guessed = any(p.several or p.quantity is Quantity.ANY for p in outer)
    dropped = set() if any(p.several for p in outer) else {
        k for i, w in enumerate(said) if w in _NEGATIONS for k in range(i + 1, i + 4)
        if k < len(said) and _tells(said[k]) and said[k] not in has}
    wanted = {w for q in outer for p in _within(q, False) for w in _words(p)}
    owners = {p.owner.noun for p in phrases if p.owner is not None}
    unwanted = {w for p in phrases for e in p.excluded for q in _within(e) for w in _words(q)}
    unwanted |= {w for p in phrases for v in p.limits if isinstance(v, Colour) and v.negated
                 for w in v.word.split()}
    unwanted |= {w for p in phrases for v in p.limits if isinstance(v, Trait) and v.negated
                 for said in (v.value, v.colour.word if v.colour else '') for w in said.split()}
    found = [] if mended else list(_pieces(said, has))
    if "'s" in said and not any(p.part or p.owner for p in phrases):
        at = len(said) - 1 - said[::-1].index("'s")
        found += said[at - 1:at + 1] if ' '.join(said[at + 1:]) in ('', 'i mean') else []
    for i, word in enumerate(said):
        before, after = said[i - 1] if i else '', said[i + 1] if i + 1 < len(said) else ''
        one = lexicon.singular(word)[0]
        if i >= mended and not any(p.other for p in phrases) and (
                word in _NEGATIONS or word == 'no' and _tells(after)):
            ahead = [w for w in said[i + 1:i + 6] if _tells(w)]
            told = next((w for w in ahead[:1] if w in said[i + 1:i + 4]), '')
            names = {told, lexicon.singular(told)[0]}
            if owners & {lexicon.singular(w)[0] for w in ahead}:  # "the stem, not the whole apple"
                continue
            if told and names & wanted and not names & unwanted:
                found.append(word)
                continue
        if (word in has or one in has or word in _ASIDE or i < mended or i in dropped
                or word in (',', '-', "'s")):
            continue
        if after in ('it', 'them') and before in ('', ',', 'and', 'then', 'to', 'you'):
            continue  # "peel it"
        if word == 'clear' and after in ('the', 'my', 'this', 'up', 'off', 'away', 'all', 'table'):
            continue  # no colour
        if word in ('more', 'most', 'less', 'least', 'fewer', 'enough') and (
                after in lexicon.UNSEEN or before in ('has', 'have', 'holds', 'got') and after
                not in lexicon.COLOURS and after.isalpha() and not _tells(after)) or (
                word in lexicon.UNSEEN_DEGREES):
            found.append(word)  # "the more expensive one": it would choose by guessing
            continue
        if word in lexicon.UNSEEN and (guessed and before != 'is' or nameless and before in (
                'is', 'are', 'still', 'already')):
            found.append(word)
            continue
        if word == 'of' and after in ('the', 'my', 'that', 'this') and (
                whole := said[i + 2] if i + 2 < len(said) else '').isalpha() and not (
                is_word(whole) or {whole, lexicon.singular(whole)[0]} & has):
            found.append(whole)  # "the top block of the tower"
            continue
        ranks = said[i + 2:i + 3] if after in ('number', 'the') else [after]
        if word in _NEGATIONS and pointed and any(map(_ranks, ranks)):
            dropped = dropped | {i + 1, i + 2}
            continue  # "number 2, not 1"
        if word in _VERBS and before not in _ARTICLES and before not in lexicon.COLOURS:
            continue
        if word in _NEGATIONS or word in _REFUSALS and (i or word != 'keep'):
            missed = not negated and not dropped & {i + 1, i + 2, i + 3}
        elif word == 'both':
            missed = not (2 in numbers or any(p.several for p in phrases) or len(outer) > 1
                          or 'of' == after and pointed)
        elif word in _ASKING and not (
                word == 'whose' and lexicon.singular(after)[0] in having):
            missed = True
        elif number(word) is not None:
            missed = word != 'one' and number(word) not in numbers and before != 'the' and not (
                pointed and before in ('these', 'those') or 'or' in (before, after)
                or before in ('these', 'those', 'them') and said[i - 2:i - 1] == ['of']
                or after in ('me', 'us'))
        elif word in ORDINALS:
            rank = 1 + ORDINALS.index(word)
            missed = i > 0 and not numbers & {rank, -rank}
        elif word in _OTHERS:
            missed = not other
        elif word in _EARLIER:
            missed = before == 'the' and not any(
                p.pointer in (Anaphor.ORDINAL, Anaphor.BEFORE) for p in phrases)
        elif word in _SIDES:
            missed = not placed and not any(side in h for h in has for side in (
                'left', 'right') if side in word) and not (word == 'right' and i == len(said) - 1)
        else:
            counted = pointed and one in lexicon.NOUNS and one not in lexicon.PARTS
            missed = word in lexicon.ORDERS or _tells(word) and not (
                counted or word in ('label', 'mask', 'edge') or after in has & lexicon.PARTS.keys())
        if missed:
            found.append(word)
    return tuple(found)


def _pieces(said: Sequence[str], has: set[str]) -> Iterator[str]:
    """What is said to be of something, and is nothing that was understood: "the gizmo of the lamp".

    Else the lamp would be shown.
    """
    for i, word in enumerate(said[1:-1], 1):
        piece = said[i - 1]
        if word == 'of' and said[i + 1] in _ARTICLES | {'it', 'them'} and (
                _ARTICLES.intersection(said[max(0, i - 3):i - 1]) or not is_word(piece)
                ) and piece.isalpha() and not (
                {piece, lexicon.singular(piece)[0]} & (has | _SETS) or piece in lexicon.GENERIC
                or piece in _SIDES | _EARLIER or piece in ORDINALS or number(piece) is not None
                or piece.endswith('est') or piece in _VERBS or piece in _OTHERS
                or piece in lexicon.COLOURS or piece in lexicon.ORDERS):
            yield piece


def untold(words: Sequence[str], clauses: Sequence[Clause]) -> tuple[str, ...]:
    """What is said of things and cannot be told: "broken"; and words that nobody knows.

    Such words leave a thing that is named otherwise as it is, so that an answer can say so.
    """
    phrases = [p for c in clauses for q in (*c.phrases, *c.places) for p in _within(q)]
    nouns = {p.noun.split()[-1] for p in phrases if p.noun}
    named = next((i for i, w in enumerate(words) if w in nouns or lexicon.singular(w)[0] in nouns),
                 len(words))
    inside = {w for p in phrases for w in p.said.split()}
    found = []
    for i, word in enumerate(words):
        one = lexicon.singular(word)[0]
        ahead = next((w for w in words[i + 1:] if w not in lexicon.HARMLESS
                      and w not in lexicon.COLOURS and w not in ('and', ',')), '')
        quality = word in lexicon.UNSEEN and (
            ahead in nouns or lexicon.singular(ahead)[0] in nouns or ahead in ('one', 'ones')
            or words[i - 1] in ('is', 'are', 'looks') and 'that' in words[:i])
        strange = not is_word(word) and word.isalpha() and word not in nouns and (
            one not in nouns) and (i > named or word in inside)
        if quality or strange:
            found.append(word)
    return tuple(dict.fromkeys(found))


def _ranks(word: str) -> bool:
    return number(word) is not None or word in ORDINALS


def _tells(word: str) -> bool:
    """Whether a word is a colour, a thing or a part."""
    one = lexicon.singular(word)[0]
    return (word in lexicon.COLOURS or one in lexicon.NOUNS or one in lexicon.PARTS
            or word in lexicon.PARTS)


def _within(phrase: Phrase, excluded: bool = True) -> Iterator[Phrase]:
    """The phrase, and those that it holds, what it excludes among them or not."""
    yield phrase
    for inner in (phrase.owner, *(phrase.excluded if excluded else ())):
        if inner is not None:
            yield from _within(inner, excluded)
    for limit in phrase.limits:
        if isinstance(limit, Relation):
            for mark in limit.landmarks:
                yield from _within(mark, excluded)


def _words(phrase: Phrase) -> Iterator[str]:
    yield from re.split(r'[ -]', phrase.said)
    yield from phrase.noun.split()
    for limit in phrase.limits:
        if isinstance(limit, Trait):
            yield from limit.value.split()
            if limit.colour is not None:
                yield from limit.colour.word.split()
        else:
            yield from limit.word.split()


def _numbers(phrase: Phrase) -> Iterator[int]:
    yield from phrase.numbers
    yield len(phrase.numbers)
    if phrase.number is not None:
        yield phrase.number
    for limit in phrase.limits:
        if isinstance(limit, Order):
            yield limit.rank
