# SPDX-License-Identifier: Apache-2.0
"""A sentence as tokens: contractions spelt out, fillers gone, slips of ear and hand repaired.

A token is a word, a number, ',' (any pause) or "'s". Knows which words exist, not what they do.
"""

import re
from functools import lru_cache
from itertools import pairwise

from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.normalise import NUMBER_WORDS, ORDINALS, fold

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
    "haven't": 'have not', "hasn't": 'has not', 'im': 'i am', 'arent': 'are not'}
FILLERS = frozenset('uh uhm um umm er erm hm hmm mm ah eh please kindly pls plz like basically '
                    'actually maybe perhaps just simply quickly carefully gently kinda ehm well '
                    'oh er ähm huh right_now gosh ooh'.split())
# Words of requests and talk, beside those of the lexicon and the grammar: they are not slips.
OTHER_WORDS = frozenset("""
a about above after again ago all alone along alongside also always am among an and another any
anybody anything anyone apart are around as ask asked at atop away back be because been before
begin behind being belongs belonging below beneath beside besides between beyond both bottom bring
brings but by bye call called came can carried carries carry carrying catch central centre center
change check choose circle clicked close closer closest come contains containing corner could
couple course did different dirt do does done down drop each edge either else end ever every except
excluding exactly far farther farthest fetch few find first focus follow for forget found four from
front furthest further gave get gets give given go going good got grab grabbed grasp great had
hand hands has have having he hear hello help her here hey hi highlight him his hold holding holds
home how i identify if in include including inside instance instead into is it its keep know last
lay lays leave left leftmost let lets lie lies lift list lists lists locate look looking lots love
lying made make many mark may me mean means meant middle mine minus more most move much must my
name named near nearer nearest need needs neither never next no nobody none nor not nothing now
number numbers object of off ok okay on only onto open opposite or other others ought our out
outline outside over own pair part parts pass pick picked picks picking place placed placing plan
point pointed pointing possible present pull push put puts quite rather reach ready really remaining
remember rest return right rightmost robot round said same saw say says search second see seen
segment select selected set shall she should show showed showing shown side since single sit sits
sitting so some somebody someone somewhere sorry stand standing stands start stay still stop sure
take taken taking talk tell than thank thanks that the their them then there these they think
thinking third this those three through time to today together tomorrow too took top touch
touching toward towards try trying turn two under underneath until up upon upright upside us use
used using usually very wait want wanted wants was watch way we were what whatever when where
whether which while who whole whose why will wish with within without wrong yeah yes yep yesterday
yet you your yours zero leftover rightward leftward horizontally vertically flatly leaning hanging
attached resting located situated positioned lid-less visible view room everything something bored
weather joke hola bonjour hallo ciao morning evening afternoon night fine name joke sing dance
finished nice cheers awesome perfect excellent brilliant job done work yourself myself grip release
gripped grips squeeze pour pouring fill empty wash clean wipe push slide rotate turn lower raise
lift throw toss stack unstack bring fetch deliver hurry faster slower speed shut closed sleep wake
would could should might shall will cause able access act action add again against ago agree ahead
allow almost alright although amount anyway anywhere appear appears area arm ask assume attach aware
bad barely base basically became become beg belong belongs best better bet bigger bite both bother bought boy
break breakfast brew brings broke brother build bump business busy buy call calm cannot care careful case
cat certainly chance cheap child children clear clearly close cook cool correct correctly count couple course cover
crash crazy cross cry cut dad damage dance danger dangerous daughter dear decide deep definitely deliver depends desire
difference difficult dinner direction directly discard distance dog doing double doubt dream drive drove due during early
easily easy eat eaten either email enough entirely especially etc evening eventually everyone everywhere exact example except
excited exist expect explain extra eye eyes fact fair fairly fall falls family fast father feel feels feet few fill
finally fit fits fix flip floating fly focus folks foot force forgot form forward free friend friends front fun funny
further future game gave gently girl glad goes gone good gotten guess guy guys half happen happened happy hardly hate
having hear heard held helped helpful helps herself highlighted himself hit hope hopefully hoping hot hour hours house human
hungry hurry hurt idea identical image imagine immediately important indeed inform inspect interested interesting invisible
issue itself job jump keeps kick kid kids kill kindly kitchen knew known lady lately later latter laugh lay learn least
leaves led less level lets life lifted likely line listen live living local long longer lost lot loud lovely lower lunch
mad main mainly maker manage manner matter maybe meal meanwhile meet mention mess mid mind minute miss missed missing mistake
moment month mostly mother mouth moved moving multiple names nearby nearly neat necessary need needed nobody noise none nor
normally notice noticed obviously occur odd office often once onto opened opinion option options orders ourselves outer
outlined overall owner paid pair particular particularly party past pay peel people perfect person phase pieces pizza plan
play played please plus points position possibly prefer preferably present pretty prevent previous previously probably problem
proceed process proper properly provide pure purpose puts putting quick quiet quietly quite ran random rather reached reaching
ready real realize reason recent recently recognize recognise regular related relative relax release reliable remain remains
remembered remind remove removed request require resolve respond rid risk roughly run running runs safe safely sat save saves
scan screw search searching seem seems self send sense sent separate separately series serious seriously serve service seven
shake shape share sharp shift shot shoulder shout shut sick sides sight sign silly similar simply sister sleep slow slowly
smart smell smile smooth somehow sometimes somewhat son soon sooner sort sound sounds space speak speaking specific specify
spot stable start started step steps stick sticks stop store straight strange street strong stuck stuff style such suddenly
sugar suggest suit supposed surely surround surrounding sweet swap switch system tag takes talking target task taste teach team
terms terrible test thank themselves thereof thick thinks thirsty thought thousand threw throughout ticket tight till tip tired
together tomorrow tonight top total totally toward track train travel treat tried trouble trust truth tying type unable unless
unlike until usually utterly via visit voice wake walk wall wanna wants warm warning wash waste watched watching wear week weird
weight whatsoever wherever whichever whoever widely wife win wished woman women wonder wonderful wondering wont word words worked
working works world worry worse worst worth woman wrap write writing written yard year years young yourselves
leaving question answer repeat meaning understand heard colour colors color colours painted coloured colored kind sort type types
""".split()) | frozenset(NUMBER_WORDS) | frozenset(ORDINALS)


@lru_cache(1)
def _vocabulary() -> frozenset[str]:
    phrases = (*lexicon.NOUNS, *lexicon.KINDS, *lexicon.CONTENTS, *lexicon.PARTS)
    nouns = {word for phrase in phrases for word in phrase.split()}
    nouns |= {word for noun in phrases for word in lexicon.plural(noun).split()}
    return frozenset(nouns | set(lexicon.COLOURS) | set(lexicon.ORDERS) | set(lexicon.SHAPES)
                     | set(lexicon.MATERIALS) | lexicon.GENERIC | lexicon.SCENERY
                     | lexicon.SHADES | {g + 's' for g in lexicon.GENERIC})


@lru_cache(1)
def _known() -> frozenset[str]:
    uses = {word for words, _ in lexicon._PURPOSES for word in words}
    return (_vocabulary() | OTHER_WORDS | lexicon.HARMLESS | FILLERS | uses
            | {s + 's' for s in lexicon.SCENERY})


# How speech recognisers often write "its handle".
_ITS_PART = re.compile(r"\bit(?:'s| is)(?= (?:%s)\b)"
                       % '|'.join(sorted((p for p in lexicon.PARTS if ' ' not in p), key=len,
                                         reverse=True)))


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1:] for i in range(len(word))}


@lru_cache(1)
def _by_deletion() -> dict[str, set[str]]:
    index: dict[str, set[str]] = {}
    targets = {w for w in _vocabulary() | OTHER_WORDS if len(w) >= 4 and w.isalpha()}
    for word in targets:
        for key in (word, *_deletions(word)):
            index.setdefault(key, set()).add(word)
    return index


@lru_cache(4096)
def _corrected(word: str) -> str | None:
    """The known word that a slip of one letter away; None without exactly one likely word."""
    index = _by_deletion()
    found = set(index.get(word, ()))
    for key in _deletions(word):
        found |= index.get(key, set())
    near = [w for w in found if w[0] == word[0] and _one_slip(word, w)]
    names = [w for w in near if w in _vocabulary()]
    best = names or near
    return min(best, key=lambda w: (abs(len(w) - len(word)), w)) if best else None


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
    known = _vocabulary() | {'the', 'a', 'my', 'its', 'left', 'right', 'one', 'other'}
    for cut in range(2, len(word) - 1):
        head, tail = word[:cut], word[cut:]
        if head in known and tail in known and (len(head) > 2 or head in ('my',)):
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
    text = re.sub(r' [-\u2013\u2014]+ ', ' , ', fold(said))
    text = re.sub(r"\b[a-z]+'?[a-z]*\b", lambda m: _CONTRACTIONS.get(m[0], m[0]), text)
    text = re.sub(r"\bit's(?= (?:the|a|an|not|on|in|at|this|that|number|too|very)\b)", 'it is',
                  text)
    text = re.sub(r'\bits(?= (?:the|a|an|not)\b)', 'it is', text)
    text = _ITS_PART.sub('its', text)
    text = re.sub(r"\bit's\b", 'its', text)
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
    if joined in _known():
        return [joined]
    if word in lexicon.CONTENTS or not all(p in _known() for p in pieces) or 'it' in pieces:
        return [word]
    return pieces


def _repaired(word: str) -> list[str]:
    if word in _known() or word.isdigit():
        return [lexicon.HOMOPHONES.get(word, word) if word not in ('read', 'led', 'won', 'write')
                else word]
    if word in lexicon.HOMOPHONES:
        return [lexicon.HOMOPHONES[word]]
    if lexicon.singular(word)[0] in _known():
        return [word]
    if len(word) >= 5:
        parted = _parted(word)
        if parted:
            return list(parted)
    corrected = _corrected(word) if len(word) >= 4 else None
    if corrected and (len(word) >= 5 or len(corrected) > len(word)):
        return [corrected]
    return [word]


def _squeezed(found: list[str]) -> list[str]:
    """Without doubled words and pauses: "the the mug", half a word said before the whole."""
    kept: list[str] = []
    for word in found:
        if kept and word == kept[-1] and not word.isdigit():
            continue
        half = kept[-1] if kept else ''
        if (half and half not in _known() and half.isalpha() and word.startswith(half)
                and word in _known()):
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
        if word in ('read', 'led') and thing:
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
