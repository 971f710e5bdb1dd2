# SPDX-License-Identifier: Apache-2.0
"""Words that a speaker takes back in the same breath: "the yellow, uh, the blue screwdriver".

A repair has three pieces (Levelt 1983): what is taken back, words of editing ("uh", "no, wait",
"how do you say"), and what is said instead. What is said instead is of the same kind as what it
replaces, and that is how it is found here: a place for a place, a thing for a thing that was not
named to its end, a colour for a colour. All else is left as it was said. Words only.
"""

import re
from collections.abc import Collection

from reasonseg_ros.core.language import lexicon, places
from reasonseg_ros.core.language.normalise import ORDINALS, fold, number

_PAUSE = r'(?: ?(?:,|\.\.\.|…|;|-+|\u2013|\u2014)+ ?| )'
_HESITATION = (r"(?:uh+m?|u+mm*|er+m?|e+h+m?|h+mm*|ahh*|m+h*m+|you know|whatsit|whatchamacallit"
               r"|(?:how|what) (?:do )?(?:you|i|we) (?:say|call)(?: (?:it|that|this|them|one))?"
               r"|what(?: is| was|'s) (?:the|that) (?:word|name|thing)(?: again)?"
               r"|what(?: is|'s) (?:(?:it|that|he) called|its name|his name)(?: again)?)")
_TAKEN_BACK = (r'(?:no+|nope|nah|sorry|wait|oops|whoops|i mean|i meant|rather|or rather|make that'
               r'|scratch that|hold on|hang on|my mistake|correction|actually|excuse me|argh|damn'
               r'|ach|ah|oh)')
_EDITING = re.compile(
    rf'{_PAUSE}(?:(?:{_HESITATION}|{_TAKEN_BACK})\b{_PAUSE}?)+(?=\w)')
_FIRM = re.compile(rf'\b{_TAKEN_BACK}\b')
_ARTICLES = frozenset('the a an my your that this his her our these those'.split())
_ARTICLE = rf"(?:{'|'.join(sorted(_ARTICLES))})"
_PREPOSITION = (r'\b(?:in front of|on top of|next to|to the (?:left|right) of|(?:left|right) of'
                r'|close to|in|into|on|onto|under|behind|beside|above|below|near|inside|by|at)')
_PLACE = re.compile(rf'{_PREPOSITION} (?={_ARTICLE}\b)')
_PREPOSED = re.compile(rf'{_PREPOSITION}$')
_KINDS: tuple[Collection[str], ...] = (lexicon.COLOURS, lexicon.ORDERS, places.ADJECTIVES, ORDINALS)


def mended(said: str) -> str:
    """The sentence without what was taken back; as it was where nothing is plainly replaced."""
    text = fold(said)
    begin = 0
    while found := _EDITING.search(text, begin):
        before, after = text[:found.start()], text[found.end():]
        kept = _kept(before, after, bool(_FIRM.search(found[0])))
        if kept is None:
            begin = found.end()
            continue
        said = text = f'{kept} {after}'.strip()
        begin = len(kept)
    return said


def _kept(before: str, after: str, firm: bool) -> str | None:
    """What counts of the words before the editing; None where they all do.

    firm  the editing takes something back; else the speaker only looked for a word
    """
    if firm and _PLACE.match(after):
        *_, last = (None, *_PLACE.finditer(before))
        head = before[:last.start()].rstrip(' ,') if last else ''
        return head or None
    said = before.split()
    at = next((i for i in range(len(said) - 1, -1, -1) if said[i] in _ARTICLES), None)
    if at is None or any(word.endswith(',') for word in said[at:]):
        return None
    head, rest = ' '.join(said[:at]), said[at + 1:]
    first = after.split()[0]
    if re.match(rf'(?:{_ARTICLE}|its) \w+ (?:of|on|from) it\b', after):
        return None     # "the drawer, no, the knob on it"
    unfinished = all(map(_describes, rest))
    if first not in _ARTICLES:
        alike = unfinished and rest and any(first in k and rest[-1] in k for k in _KINDS)
        return ' '.join(said[:-1]) if alike and _names(after) else None
    if unfinished:
        return head if _names(after) else None
    # "the jar, sorry, the lid of the jar"; "on the white plate, no, the blue plate"
    whole = firm and _noun(rest[-1])
    again = whole and re.match(
        rf'{_ARTICLE} (?:\w+ )+?(?:of|on|from) {_ARTICLE} (?:\w+ )*?{re.escape(rest[-1])}\b', after)
    placed = whole and _PREPOSED.search(head) and any(map(_noun, said[:at]))
    return head if again or placed else None


def _describes(word: str) -> bool:
    return (word in lexicon.COLOURS or word in lexicon.ORDERS or word in places.ADJECTIVES
            or word in ORDINALS or word in lexicon.SHADES
            or number(word) is not None and word != 'one')


def _noun(word: str) -> bool:
    one = lexicon.singular(word)[0]
    return (lexicon.is_noun(one) or one in lexicon.PARTS or one in lexicon.GENERIC) and not (
        word in lexicon.COLOURS or word in _ARTICLES)


def _names(after: str) -> bool:
    """Whether what is said instead has a name in it before anything else ends it."""
    words = re.split(r'[ ,.;]+', after)[:6]
    return any(_noun(w) or w in ('one', 'ones', 'other') for w in words)
