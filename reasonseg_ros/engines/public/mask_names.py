# SPDX-License-Identifier: Apache-2.0
"""What the masks of an answer are called: "the mug's handle is [SEG]" is a handle, of a mug.

The public models write sentences; nothing but the words around it says what a [SEG] is. Rules on
English words only: no model, no dialogue, no masks.
"""

import re
from dataclasses import dataclass

SEG = '[SEG]'
UNNAMED = 'object'
LONGEST = 3     # words of a label; the last ones say what it is

_WORD = re.compile(r"'s\b|[^\W_]+(?:-[^\W_]+)*")
_CLAUSE = re.compile(r'.*[.,;:!?](?=\s)', re.DOTALL)    # all but the last clause
_DETERMINERS = frozenset('the a an this that these those its their his her my your our any every '
                         'each all both some another'.split())
_COPULAS = frozenset('is are was were be'.split())
# Words that end a noun or are none.
_OTHER = _COPULAS | _DETERMINERS | frozenset(
    "'s of and or but not with without on in at by to for from into onto over under above below "
    'behind beside between near next as than like about around through out off up down which who '
    'whom whose what where when why how if because so since while then there here it they them he '
    'she i you we me us can could would will shall should may might must do does did has have had '
    'been being used using use uses shown seen located segmented sure yes no ok okay please '
    'segment show find mark point give take pick grab get bring look see tell identify locate '
    'highlight output let want need respectively separately also only'.split())
_ADJECTIVES = frozenset(
    'red green blue yellow orange purple pink brown black white grey gray silver golden small big '
    'large little tall short long left right upper lower top bottom middle front back rear near '
    'far first second third last other same new old hot cold empty full open closed '
    'biggest largest smallest leftmost rightmost nearest closest whole entire'.split())
_GENERIC = frozenset('segmentation result results mask masks answer image picture photo scene '
                     'one ones thing things object objects something anything item part parts'
                     .split())
_ASKS = re.compile(r'(?:what|which|where|who|whose|how|why|when)\b(?! (?:is|are) )')
_LIST = re.compile(r',| and | or ')


@dataclass(frozen=True)
class Name:
    """A label, and the label of what it is a part of ('' for an object)."""

    label: str
    owner: str = ''


@dataclass(frozen=True)
class _Phrase:
    """A noun in a list of words: where it ends, and the determiner before it."""

    name: Name
    determiner: str
    end: int


def names(transcript: str) -> list[Name | None]:
    """Return a name for each [SEG] of an answer; None where the words give none.

    The name of a [SEG] depends only on what is before it, so an answer may be read as it grows.
    """
    found: list[Name | None] = []
    waiting: list[Name | None] = []     # the rest of "A, B and C are [SEG], [SEG] and [SEG]"
    for chunk in transcript.split(SEG)[:-1]:
        words = _words(chunk)
        if found and set(words) <= {'and', 'or'}:
            found.append(waiting.pop(0) if waiting else found[-1])
            continue
        if words[-1:] == ['are']:
            waiting = [_subject(_words(part)) for part in _LIST.split(_sentence(chunk)[:-3])
                       if _words(part)] or [None]
        else:
            waiting = [_subject(_words(_CLAUSE.sub('', chunk.lower().strip())))]
        whole = next((n for n in reversed(found) if n and not n.owner), None)
        waiting = [_owned(n, whole) for n in waiting]
        found.append(waiting.pop(0))
    return found


def target(question: str) -> Name | None:
    """Return what a request asks for ("the red mug's handle"); None for "what could hold tea"."""
    if _ASKS.match(question.lower()):
        return None
    phrases = [p for p in _phrases(_words(question)) if p.name.label]
    led = [p for p in phrases if p.determiner]
    return (led or phrases)[0].name if phrases else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace('’', "'"))


def _sentence(text: str) -> str:
    """Return the last sentence, commas kept, in lower case."""
    return re.split(r'[.;:!?]\s', text.lower().strip())[-1]


def _subject(words: list[str]) -> Name | None:
    """Return what the words before a [SEG] name.

    "the blade [SEG]" is what stands before it, "the blade that cuts is [SEG]" the subject.
    """
    told = bool(words) and words[-1] in _COPULAS
    while words and words[-1] in _COPULAS:
        words = words[:-1]
    phrases = [p for p in _phrases(words) if p.name.label]
    if not phrases:
        return None
    last = phrases[-1]
    led = [p for p in phrases if p.determiner]
    if not told and last.end == len(words) and last.determiner:
        chosen = last
    else:
        chosen = (led or phrases)[0]
    return Name(chosen.name.label, '<its>') if chosen.determiner in ('its', 'their') \
        else chosen.name


def _owned(name: Name | None, whole: Name | None) -> Name | None:
    """Return the name with "its" replaced by the object named before."""
    if name is None or name.owner != '<its>':
        return name
    return Name(name.label, whole.label if whole else '')


def _phrases(words: list[str]) -> list[_Phrase]:
    """Return the nouns in order: "the mug", "the mug's handle", "the handle of the mug"."""
    found: list[_Phrase] = []
    place = 0
    while place < len(words):
        end, label = _noun(words, place)
        if end == place:
            place += 1
            continue
        determiner = words[place - 1] if place and words[place - 1] in _DETERMINERS else ''
        name = Name(label)
        joint = words[end:end + 1]
        if joint in (["'s"], ['of']):
            start = end + 1 + (words[end + 1:end + 2] != [] and words[end + 1] in _DETERMINERS)
            other_end, other = _noun(words, start)
            if other_end > start:
                end = other_end
                name = Name(other, label) if joint == ["'s"] else \
                    Name(label, other) if label else Name(other)
        found.append(_Phrase(name, determiner, end))
        place = end
    return found


def _noun(words: list[str], start: int) -> tuple[int, str]:
    """Return where the noun that begins at `start` ends, and its label ('' says nothing)."""
    end = start
    while end < len(words) and words[end] not in _OTHER:
        end += 1
    kept = [w for w in words[start:end] if w not in _ADJECTIVES]
    if all(w in _GENERIC for w in kept):
        return end, ''
    return end, ' '.join(kept[-LONGEST:])
