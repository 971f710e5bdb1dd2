# SPDX-License-Identifier: Apache-2.0
"""Whether a sentence asks for nothing in view, though its words could be read as a request.

The words are those of `chatter` and `small_talk`; here it is decided what they are worth beside
what
else the sentence names. Sees no scene; which other act a sentence is, is for `speech_acts` to say.
"""

import re

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language import chatter, lexicon, patterns, places, small_talk
from reasonseg_ros.core.language.cursor import VERBISH
from reasonseg_ros.core.language.normalise import ORDINALS
from reasonseg_ros.core.language.noun_phrases import Reader
from reasonseg_ros.core.language.utterance import Order, Phrase, SpeechAct, Utterance

_ARTICLES = frozenset('the a an my your this that its our his her any some no'.split())
# What stands for a thing, singular.
_STANDING_FOR = frozenset('one thing object item number instance other it them these those '
                          'that this both everything'.split())

# A request that lacks what it asks for: "show me", "i want the".
_LACKING = re.compile(
    r'(?:(?:and|so|ok|please|now|then|no|yes|robot|hey|well|i (?:want|need|would like'
    r'|wish)(?: you)? to'
    r'|(?:can|could|would|will) (?:you|i)|let us|let me|you) )*(?:(?:show|give|bring|hand|pass'
    r'|get|fetch'
    r'|take|grab|pick|point|mark|segment|highlight|locate|find|detect|where|which|put|place|choose'
    r'|select)\b.*|(?:i (?:want|need|would like)|(?:the|an?|my|of|on|in|with|by|under|behind|near'
    r'|number|instance)|.* (?:the|an?|my|of))$)')
# "wait, i meant the first": no order to wait.
_MEANT = re.compile(r'\bi (?:mean|meant|said|wanted|want)\b')
# Directions, and what stands between them.
_STEERS = re.compile(r'(?:(?:left|right|up|down|forwards?|backwards?|back|straight|again|more'
                     r'|further'
                     r'|slower|faster|stop|now|and|then|on|a|bit|little|no|yes|go) ?){3,}')


def asked(dialogue: Dialogue) -> bool:
    """Whether the newest answer of a dialogue is a question."""
    return bool(dialogue.rounds) and dialogue.rounds[-1].status is Status.AMBIGUOUS


def topic_of_talk(said: str, words: tuple[str, ...], heard: Utterance, names: frozenset[str],
                  dialogue: Dialogue) -> str:
    """Topic of talk whose words were read as a request; '' for requests and everything else."""
    phrases = [p for c in heard.clauses for p in (*c.phrases, *c.places)]
    unclear = heard.act is SpeechAct.TALK and heard.topic in ('unclear', 'chat')
    if heard.act is not SpeechAct.SHOW and not unclear or any(
            p.meant and not p.noun for p in phrases) or not words or (
            asked(dialogue) and (patterns.ANY.fullmatch(' '.join(words)) or len(words) < 3 and any(
                w in places.ADJECTIVES or w in lexicon.ORDERS or w in ORDINALS for w in words))):
        return ''
    if heard.rejected and all(p.limits and not p.noun and not p.generic for p in phrases):
        return ''  # "no that is wrong, left please"
    if chatter.is_exclaimed(' '.join(words)):
        return 'chat'
    light = chatter.without_light_verbs(' '.join(words))
    reader = Reader(words, names)

    def unknown(word: str) -> bool:
        return reader.unknown(word) and not reader.known(word)
    segments = chatter.addressed(' '.join(chatter.stripped(light.split())).split(' , '), unknown)
    light = ' '.join(' '.join(segments).replace(',', ' ').split())
    left = tuple(light.split())
    flat = ' '.join(w for w in words if w != ',')
    if small_talk.is_motion(light) and not points(small_talk.moved(light), names) and not (
            _MEANT.search(flat)) or (
            not asked(dialogue) and _is_steering(light)):
        return 'motion'
    if names_something(left, names) or chatter.handles(flat):
        return ''
    if chatter.is_foreign(said):
        return 'foreign'
    if not light.strip(' -'):
        return 'chat'
    if chatter.is_of_itself(flat):
        return 'motion'
    if chatter.is_event(words) and not chatter.wants(light):
        return 'chat'
    if topic := small_talk.topic(light) or small_talk.topic(light.partition(' ')[2] if left[0] in (
            'no', 'yes', 'yeah', 'nope', 'well') else ''):
        return topic
    if chatter.is_service(flat):
        return 'service'
    if small_talk.is_idle(light) or chatter.is_about_nothing(flat) or chatter.is_of_people(light):
        return 'chat'
    if ('-' in left and (unclear and not is_lacking(light) or left[0] == '-')
            or chatter.is_abstract(left, unknown)) and not chatter.wants(light):
        return 'chat'
    if phrases and all(p.noun and not (p.meant or p.part or p.pointer or p.generic)
                       for p in phrases):
        greeted = any(small_talk.topic(' '.join(left[:k])) in ('hello', 'thanks', 'bye', 'praise')
                      for k in range(1, len(left)))
        if greeted and all(
                unknown(w) or w in chatter.PEOPLE or w in lexicon.HARMLESS or w in lexicon.ORDERS
                for w in left[1:]):
            return 'hello'
        return '' if chatter.asks_for_unknown(left, unknown) else 'chat'
    said_of = {w for p in phrases for w in (*p.said.split(), *(v.word for v in p.limits
                                                              if isinstance(v, Order)))}
    if phrases and all(is_vague(p) for p in phrases) and not patterns.USE.search(flat) and (
            not chatter.wants(light) or chatter.is_abstract(left, unknown)) and (
            chatter.says_more(w for w in left if w not in said_of)):
        return 'chat'
    return ''


def is_vague(phrase: Phrase) -> bool:
    """Whether nothing tells which thing a phrase means, and nothing points at one."""
    return not (phrase.meant or phrase.part or phrase.pointer or phrase.other or phrase.number
                or phrase.excluded) and (
        phrase.generic or not phrase.noun) and all(
        isinstance(v, Order) and not v.strict for v in phrase.limits)


def names_something(words: tuple[str, ...], names: frozenset[str]) -> bool:
    """Whether any word is a thing, a part, or says which thing."""
    reader = Reader(words, names)
    short = len(words) < 3
    for i, word in enumerate(words):
        reader.i = i
        one = lexicon.singular(word)[0]
        before, after = reader.word(-1), reader.word(1)
        if word in VERBISH and before not in lexicon.COLOURS and (
                before not in _ARTICLES or word == 'bit' or word in chatter.ABSTRACT):
            continue
        if word == 'great' and not reader.known(after) or word in chatter.LIMBS and before in (
                'my', 'your', 'his', 'her', 'our'):
            continue
        if word in lexicon.ORDERS or word in places.ADJECTIVES or word in ORDINALS or (
                word in ('last', 'previous')):
            # "a great help" and "right there" say nothing of a thing, "the big", "the left" do.
            if short or after in ('one', 'ones', 'two', 'three') or before in _ARTICLES - {
                    'a', 'an', 'no'} and after in ('', ',', 'of', 'from', 'and') or (
                    reader.nominal(after) and after not in VERBISH
                    and after not in chatter.ABSTRACT) or after in lexicon.COLOURS or (
                    lexicon.singular(after)[0] in lexicon.GENERIC) or (
                    after in lexicon.ORDERS or after in places.ADJECTIVES):
                return True
            continue
        if word.isdigit():
            if len(words) < 4 or before in ('number', 'instance', 'numbers', 'instances', 'object',
                                            'objects', 'thing', 'things', 'and', 'or'):
                return True
            continue
        if word == 'things' and i and not _is_modifier(before, reader) or (
                word in ('things', 'stuff') and before == 'great'):
            continue  # "speed things up"
        if (reader.known(word) and one not in lexicon.SCENERY or word in lexicon.COLOURS
                or one in ('one', 'thing', 'object', 'item', 'number', 'instance', 'other')
                or word in ('them', 'these', 'those', 'both', 'another')):
            return True
    return False


def _is_modifier(word: str, reader: Reader) -> bool:
    """Whether a word can stand before a noun that it makes definite."""
    return (word in _ARTICLES or word in ('all', 'both', 'other', 'many', 'which', 'what', 'two')
            or word in lexicon.COLOURS or word in lexicon.ORDERS or word in lexicon.HARMLESS
            or reader.nominal(word))


def points(words: tuple[str, ...], names: frozenset[str]) -> bool:
    """Whether any word is a thing, known or not, or stands for one; of places none is."""
    reader = Reader(words, names)
    said = [w for before, w, after in zip(('', *words), words, (*words[1:], ''))
            if before != 'your' and not (w in ('side', 'end', 'way') or w in ('other', 'bit') and (
                after in ('side', 'end', 'way', 'to', '')))]
    return any(reader.known(w) and lexicon.singular(w)[0] not in lexicon.SCENERY
               and w not in VERBISH or w in lexicon.COLOURS or reader.unknown(w) and not w.isdigit()
               or lexicon.singular(w)[0] in _STANDING_FOR for w in said)


def is_lacking(flat: str) -> bool:
    """Whether a sentence that names nothing is the beginning of a request all the same."""
    return bool(_LACKING.match(flat))


def _is_steering(flat: str) -> bool:
    """Whether a sentence has three directions and more: "right, left, left again"."""
    return bool(_STEERS.fullmatch(flat))
