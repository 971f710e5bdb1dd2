# SPDX-License-Identifier: Apache-2.0
"""A sentence as tokens: contractions spelt out, fillers gone, slips of ear and hand repaired.

A token is a word, a number, ',' (any pause) or "'s". Which words exist is for `vocabulary` to say.
"""

import re
from functools import lru_cache
from itertools import pairwise

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.normalise import NUMBER_WORDS, ORDINALS, fold
from reasonseg_ros.core.language.vocabulary import (
    FILLERS,
    OTHER_WORDS,
    STRANGERS,
    is_past,
    known,
    nouns,
)

_CONTRACTIONS = {
    "don't": 'do not', "doesn't": 'does not', "didn't": 'did not', "isn't": 'is not',
    "aren't": 'are not', "wasn't": 'was not', "can't": 'can not', "won't": 'will not',
    "shouldn't": 'should not', "mustn't": 'must not', "i'm": 'i am', "i'd": 'i would',
    "i'll": 'i will', "i've": 'i have', "let's": 'let us', "that's": 'that is',
    "what's": 'what is', "where's": 'where is', "there's": 'there is', "here's": 'here is',
    "you're": 'you are', "they're": 'they are', "who's": 'who is', "how's": 'how is',
    'dont': 'do not', 'doesnt': 'does not', 'isnt': 'is not', 'whats': 'what is',
    'wheres': 'where is', 'thats': 'that is', 'cannot': 'can not', 'gimme': 'give me',
    'lemme': 'let me', 'wanna': 'want to', 'gonna': 'going to', 'theres': 'there is',
    "which's": 'which is', "she's": 'she is', "he's": 'he is', "wouldn't": 'would not',
    "haven't": 'have not', "hasn't": 'has not', 'im': 'i am', 'arent': 'are not',
    "ain't": 'is not', 'aint': 'is not', 'hows': 'how is', 'whos': 'who is', 'youre': 'you are',
    'theyre': 'they are', 'ive': 'i have', 'cant': 'can not', 'didnt': 'did not', 'ur': 'your',
    'wasnt': 'was not', 'shouldnt': 'should not', 'havent': 'have not', 'couldnt': 'could not',
    "we'll": 'we will', "you'll": 'you will', "they'll": 'they will', "it'll": 'it will',
    "we're": 'we are', "we've": 'we have', "you've": 'you have', "you'd": 'you would',
    "we'd": 'we would', "they'd": 'they would', "couldn't": 'could not', "weren't": 'were not',
    "needn't": 'need not', "when's": 'when is', "why's": 'why is', "where'd": 'where did',
    'u': 'you', 'da': 'the', 'dat': 'that', 'dis': 'this', 'dem': 'them', 'dose': 'those',
    "d'you": 'do you', "what've": 'what have', "where've": 'where have', "who've": 'who have',
    "how've": 'how have', "there've": 'there have', 'gotta': 'have to', "what're": 'what are',
    "where're": 'where are', "there're": 'there are', "how're": 'how are', "who'd": 'who would',
    "what'd": 'what did', "that'll": 'that will', "who'll": 'who will', "hadn't": 'had not',
    "y'all": 'you', "should've": 'should have', "that'd": 'that would', "it'd": 'it would',
    'thingy': 'thing', 'thingie': 'thing', 'thingamajig': 'thing', 'thingummy': 'thing',
    "how'd": 'how did', '1st': 'first', '2nd': 'second', '3rd': 'third',
    **{f'{n}th': ORDINALS[n - 1] for n in range(4, 11)}}
# What numbers are heard as, behind "number".
_MISHEARD = {'wan': 'one', 'wun': 'one', 'won': 'one', 'to': 'two', 'too': 'two', 'tu': 'two',
             'tow': 'two', 'tree': 'three', 'free': 'three', 'for': 'four', 'fore': 'four',
             'fife': 'five', 'sicks': 'six', 'sex': 'six', 'ate': 'eight', 'nein': 'nine'}


@lru_cache(1)
def _long_names() -> dict[str, str]:
    """Names of two words whose first means something else alone, and one word that means as much.

    "power drill" is a drill, "number pad" a keypad.
    """
    found = {}
    for table in (lexicon.NOUNS, lexicon.PARTS):
        for name, meant in table.items():
            first, _, last = name.partition(' ')
            if not last or ' ' in last or first not in OTHER_WORDS or first in lexicon.ORDERS:
                continue
            likeliest = max(meant, key=meant.__getitem__)
            if last in table and table[last].get(likeliest, 0.0) >= 0.9:
                found[name] = last
            elif ' ' not in likeliest and sum(w >= 0.9 for w in meant.values()) == 1:
                found[name] = likeliest
    return found


def shortened(text: str) -> str:
    """Say names of two words in one where the first would be misread: "the power drill"."""
    def one(found: re.Match[str]) -> str:
        return _long_names()[found[1]]
    return re.sub(rf"\b({'|'.join(_long_names())})(?=s?\b)", one, text)


# How speech recognisers often write "its handle".
_PART = '|'.join(sorted((p for p in lexicon.PARTS if ' ' not in p), key=len, reverse=True))
_ITS_PART = re.compile(rf"\bit's(?= (?:(?!the |an? )\w+ )?(?:{_PART}|colou?rs?|number|name|parts?"
                       rf"|size"
                       rf'|shape)\b)|\bit is(?= (?:{_PART})\b)')


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1:] for i in range(len(word))}


@lru_cache(1)
def _by_deletion() -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    targets = {w for w in nouns() | OTHER_WORDS if len(w) >= 4 and w.isalpha()}
    for word in targets:
        for key in (word, *_deletions(word)):
            index.setdefault(key, set()).add(word)
    return index


@lru_cache(4096)
def _corrected(word: str) -> str | None:
    """The known word that a slip of one letter away; None without exactly one likely word."""
    index = _by_deletion()
    found = {w for key in (word, *_deletions(word)) for w in index.get(key, ())}
    near = [w for w in found if w[0] == word[0] and _one_slip(word, w)]
    names = [w for w in near if w in nouns()]
    best = names or near
    return min(best, key=lambda w: (abs(len(w) - len(word)), w)) if best else None


@lru_cache(1)
def _by_sound() -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    for word in nouns():
        if len(word) >= 4 and word.isalpha() and lexicon.is_noun(word):
            index.setdefault(_consonants(word), set()).add(word)
    return index


def _consonants(word: str) -> str:
    # "sh" is a sound of its own: "browse" is no "brush".
    rest = re.sub('[aeiouyhw]', '', word[1:].replace('sh', 'S'))
    return word[0] + re.sub(r'(.)\1', r'\1', rest)


@lru_cache(4096)
def _sounding(word: str) -> str | None:
    """The one noun with the same consonants: "remoat" is heard for "remote"."""
    if len(word) < 5 or not word.isalpha():
        return None
    found = [w for w in _by_sound().get(_consonants(word), ()) if abs(len(w) - len(word)) <= 1]
    return found[0] if len(found) == 1 and len(_consonants(word)) >= 3 else None


def _undoubled(word: str) -> str | None:
    """A noun with one letter doubled: "pann"."""
    found = re.sub(r'(.)\1', r'\1', word)
    return found if len(word) == 4 and len(found) == 3 and found in nouns() else None


@lru_cache(4096)
def _silent(word: str) -> str | None:
    """The one noun of four letters of which a silent one is another: "boal" is heard for "bowl"."""
    if len(word) != 4 or not word.isalpha():
        return None
    found = [w for w in _by_sound().get(_consonants(word), ()) if len(w) == 4 and any(
        a != b and {a, b} & set('wyh') for a, b in zip(word, w)) and _one_slip(word, w)]
    return found[0] if len(found) == 1 else None


def _one_slip(said: str, meant: str) -> bool:
    if abs(len(said) - len(meant)) == 1:
        longer, shorter = sorted((said, meant), key=len, reverse=True)
        return shorter in _deletions(longer)
    different = [i for i, pair in enumerate(zip(said, meant)) if pair[0] != pair[1]]
    if len(said) != len(meant):
        return False
    return len(different) == 1 or (len(different) == 2 and different[1] == different[0] + 1
                                   and said[different[0]] == meant[different[1]]
                                   and said[different[1]] == meant[different[0]])


@lru_cache(4096)
def _parted(word: str) -> tuple[str, ...] | None:
    """Words that were run together: "redmug", "thered"."""
    known = nouns() | {'the', 'a', 'my', 'its', 'left', 'right', 'one', 'other', 'please'}
    for cut in range(2, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if head in known and tail in known and (len(head) > 2 or head in ('my',)) and not (
                head in lexicon.PARTS and not lexicon.is_noun(head)):   # headphones, a corkscrew
            return (head, tail)
    if word.startswith('the') and word[3:] in known:
        return ('the', word[3:])
    for cut in range(3, len(word) - 4):
        if word[:cut] in known and (rest := _parted(word[cut:])):
            return (word[:cut], *rest)
    return None


def tokens(said: str, names: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Split a sentence. `names` are further words that exist in this dialogue."""
    return _tokens(said, names)


@lru_cache(256)
def _tokens(said: str, names: frozenset[str]) -> tuple[str, ...]:
    text = re.sub(r' [-\u2013\u2014]+ ', ' , ', fold(said)).replace('&', ' and ')
    text = re.sub(r"\b(?:[a-z]+|[0-9](?=[a-z]))'?[a-z]*\b",
                  lambda m: _CONTRACTIONS.get(m[0], m[0]), text)
    text = re.sub(r"(?<!\w)'em\b", 'them', text)
    text = re.sub(r'\byou are(?= (?:grippers?|hands?|arms?|fingers|claws?|camera|head)\b)', 'your',
                  text)
    text = re.sub(r'\b(i|we) would (?:really |also )?like (?=(?:it|that|this|them|these|those|both)'
                  r'\b)', r'\1 want ', text)
    text = re.sub(r"\b(one|thing|object|colou?r|name)'s(?= (?:the|a|an|on|in|at|this|that)\b)",
                  r'\1 is', text)
    text = re.sub(rf"\b(?:nr|num)\.?(?= (?:[0-9]|(?:{'|'.join(NUMBER_WORDS)})\b))", 'number', text)
    text = text.replace('do you like ', 'do you love ')  # where it is no filler
    text = re.sub(r"\bit'?s(?= \w+day\b| \w+ time\b)", 'it is', text)
    text = re.sub(r'\bits(?= (?:the|a|an|not)\b)', 'it is', text)
    text = _ITS_PART.sub('its', text)
    text = re.sub(r"\bit's\b", 'it is', text)
    text = re.sub(r"(?<=s)'(?= )", " 's", text)
    text = re.sub(r'[.;:!?]+(?= |$)', ' , ', text)
    text = text.replace(',', ' , ').replace("'s", " 's").replace('...', ' ').replace('/', ' ')
    found: list[str] = []
    for raw in text.split():
        if raw in (',', "'s"):
            found.append(raw)
            continue
        word = re.sub(r"[^\w'\-]", '', raw).strip("'-_")
        if not word or word in FILLERS:
            continue
        if word in names:
            found.append(word)
        elif '-' in word:
            found += _hyphenated(word)
        else:
            found += _repaired(word)
    return _listened(_squeezed(found))


def _hyphenated(word: str) -> list[str]:
    joined, pieces = word.replace('-', ''), word.split('-')
    if joined in known():
        return [joined]
    if word in lexicon.CONTENTS or not all(p in known() for p in pieces) or 'it' in pieces:
        return [word]
    return pieces


def _repaired(word: str) -> list[str]:
    if word in known() or word.isdigit():
        return [lexicon.HOMOPHONES.get(word, word) if word not in ('read', 'led', 'won', 'write')
                else word]
    if word in lexicon.HOMOPHONES:
        return [lexicon.HOMOPHONES[word]]
    if lexicon.singular(word)[0] in known() or {word, lexicon.singular(word)[0]} & STRANGERS:
        return [word]
    if len(word) >= 5:
        parted = _parted(word)
        if parted:
            return [w for w in parted if w not in FILLERS]
    if is_past(word):
        return [word]
    mixed = [c for c in lexicon.COLOURS if c[0] == word[0] and sorted(c) == sorted(word)]
    if mixed:  # "bleu", "rde"
        return mixed
    corrected = _corrected(word) if len(word) >= 4 else None
    if corrected and (len(word) >= 5 or len(corrected) > len(word)):
        return [corrected]
    return [_undoubled(word) or _sounding(word) or _silent(word) or word]


def _squeezed(found: list[str]) -> list[str]:
    """Without doubled words and pauses: "the the mug", half a word said before the whole."""
    kept: list[str] = []
    for word in found:
        if kept and word == kept[-1] and not word.isdigit():
            continue
        half = kept[-1] if kept else ''
        if half.isalpha() and lexicon.is_noun(lexicon.singular(half + word)[0]):
            kept[-1] = half + word  # "the screw driver"
            continue
        if (half and half not in known() and half.isalpha() and word.startswith(half)
                and word in known()):
            kept.pop()
        kept.append(word)
    while kept and kept[-1] == ',':
        kept.pop()
    while kept and kept[0] == ',':
        kept.pop(0)
    return kept


def _listened(found: list[str]) -> tuple[str, ...]:
    """Undo homophones that only their place gives away: "the read mug", "to mugs"."""
    heard = list(found)
    for i, (word, after) in enumerate(pairwise([*found, ''])):
        noun, many = lexicon.singular(after)
        thing = lexicon.is_noun(noun) or noun in ('one', 'thing', 'object')
        if word in _MISHEARD and i and found[i - 1] in ('number', 'instance') and (
                after in ('', ',') or word not in ('to', 'for')):
            heard[i] = _MISHEARD[word]
        elif word in ('read', 'led') and thing:
            heard[i] = 'red' if word == 'read' else word
        elif word in ('to', 'too') and many and thing and (not i or found[i - 1] != 'next'):
            heard[i] = 'two'
        elif word == 'led' and not thing:
            heard[i] = 'lid'
        elif word == 'there' and after in lexicon.PARTS:
            heard[i] = 'their'
        elif word == 'write' and (thing or after == 'of'):
            heard[i] = 'right'
        elif word == 'won' and after == '':
            heard[i] = 'one'
    return tuple(heard)
