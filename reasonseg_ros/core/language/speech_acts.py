# SPDX-License-Identifier: Apache-2.0
"""What is done by saying a sentence: asking for masks, asking in words, naming, forbidding, talk.

`understand` is the one way in. It sees words and the dialogue's names and statuses, no scene.
"""

import re
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.core.language import lexicon, patterns, places, references
from reasonseg_ros.core.language.clauses import clauses
from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.core.language.noun_phrases import Reader, stems
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Colour,
    Limit,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Utterance,
)
from reasonseg_ros.core.language.words import tokens


def understand(said: str, dialogue: Dialogue) -> Utterance:
    """Understand a sentence in a dialogue, as far as words go.

    Raises BadRequest for a sentence that is too long, BadReference for rounds that do not exist.
    """
    if len(said) > references.MAX_CHARACTERS:
        raise BadRequest(f'the instruction has {len(said)} characters, at most '
                         f'{references.MAX_CHARACTERS}; say it in one short sentence')
    names = frozenset(i.label for i in dialogue.instances if not _in_lexicon(i.label))
    text = ' '.join(tokens(said, names))
    for wording, instead in patterns.PARAPHRASES:
        text = wording.sub(instead, text)
    words = tuple(text.split())
    plain = normalise(said)
    rest = references.without_rejection(said) if plain else ''
    if plain and (found := references.match(rest or plain, dialogue)):
        return Utterance(plain, SpeechAct.COMMAND, command=found[0], keep=found[1])
    return _act(words, names, dialogue)


def _in_lexicon(label: str) -> bool:
    return lexicon.is_noun(label) or label in lexicon.PARTS or label in lexicon.GENERIC


def _act(words: tuple[str, ...], names: frozenset[str], dialogue: Dialogue) -> Utterance:
    asked = bool(dialogue.rounds) and dialogue.rounds[-1].status is Status.AMBIGUOUS
    text = ' '.join(words)
    flat = ' '.join(w for w in words if w != ',')
    flat = re.sub(r'^(?:(?:ok|okay|hey|hi|hello|so|well|now|and|robot|right|alright'
                  r'|oh) )+(?=\w+ \w+)', '', flat) \
        if not _talk(flat) else flat
    if not flat:
        return Utterance(text, SpeechAct.TALK, topic='unclear')
    if asked and patterns.YES.fullmatch(flat):
        return Utterance(text, SpeechAct.YES)
    if patterns.NO.fullmatch(flat) or (asked and flat in ('neither', 'none', 'nothing')):
        return Utterance(text, SpeechAct.NO)
    if (topic := _talk(flat)) and not (
            asked and (topic == 'motion' or flat in places.ADJECTIVES)):
        return Utterance(text, SpeechAct.TALK, topic=topic)
    if not asked and patterns.YES.fullmatch(flat) and 'one' not in flat:
        return Utterance(text, SpeechAct.TALK, topic='chat')
    if patterns.LIST.fullmatch(flat):
        return Utterance(text, SpeechAct.LIST)
    for act, rule in ((SpeechAct.COUNT, patterns.COUNT), (SpeechAct.COLOUR, patterns.COLOUR)):
        if found := rule.fullmatch(flat):
            what = next(v for v in found.groupdict().values() if v)
            asked_of = clauses(what.removesuffix(" 's").split(), names)
            return Utterance(text, act, asked_of or _it(what))
    if patterns.HOLDING.fullmatch(flat):
        return Utterance(text, SpeechAct.HOLDING, clauses(words, names))
    if (naming := _naming(flat, names, asked)) is not None:
        return Utterance(text, SpeechAct.NAME, naming[0], name=naming[1])
    if (identified := _identified(flat, names)) is not None:
        return Utterance(text, SpeechAct.IDENTIFY, identified)
    if (found := patterns.CONFIRM.fullmatch(flat)) and (
            asked_about := _confirmed(found['what'], names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    if (found := patterns.STATED.fullmatch(flat)) and found['how'] in lexicon.COLOURS and (
            asked_about := _confirmed(f"{found['what']} {found['how']}", names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    return _request(text, words, names)


def _it(what: str) -> tuple[Clause, ...]:
    if what.split()[0] in ('it', 'its', 'that', 'this', 'they', 'them'):
        return (Clause((Phrase('it', pointer=Anaphor.IT),)),)
    return ()


def _talk(flat: str) -> str:
    return next((topic for topic, rule in patterns.TALK_RULES if rule.fullmatch(flat)), '')


def _request(text: str, words: tuple[str, ...], names: frozenset[str]) -> Utterance:
    """A request, or what is forbidden and what is wanted instead."""
    rejection = patterns.REJECTION.match(text + ' ')
    rejected = rejection is not None and bool(text[rejection.end():].strip(' ,'))
    body = text[rejection.end():] if rejection and rejected else text
    corrected = rejected and rejection is not None and (
        not re.fullmatch(r'(?:(?:i mean|i meant|sorry|wait|oops)(?: ?,)* )+.*', rejection[0])
        or 'i meant' in rejection[0])
    body = body.strip(' ,')
    forbidden, wanted = _forbidden(body)
    if forbidden and not wanted:
        found = clauses(tuple(forbidden.split()), names)
        named = [p for c in found for p in c.phrases]
        if not all(p.part and not p.owner and not p.meant for p in named):
            return Utterance(text, SpeechAct.FORBID, found)
    if forbidden and wanted:
        unwanted = clauses(tuple(forbidden.split()), names)
        found = clauses(tuple(wanted.split()), names)
        without = tuple(p for c in unwanted for p in c.phrases)
        found = tuple(Clause(tuple(_without(p, without) for p in c.phrases), c.either, c.place)
                      for c in found)
        if found:
            return Utterance(text, SpeechAct.SHOW, found)
    used = _used(body, names)
    found = used or clauses(tuple(body.split()), names)
    if not found:
        return Utterance(text, SpeechAct.TALK, topic='unclear')
    if _scenery(found):
        return Utterance(text, SpeechAct.TALK, topic='scenery', clauses=found)
    corrected = corrected or bool(patterns.CHANGE.search(body))
    return Utterance(text, SpeechAct.SHOW, found, rejected=corrected)


def _without(phrase: Phrase, unwanted: tuple[Phrase, ...]) -> Phrase:
    noun = {} if phrase.noun or phrase.generic or not unwanted[:1] or phrase.pointer else {
        'noun': unwanted[0].noun, 'meant': unwanted[0].meant}
    return replace(phrase, excluded=(*phrase.excluded, *unwanted), **noun)  # type: ignore[arg-type]


def _forbidden(body: str) -> tuple[str, str]:
    """Split "do not take the red mug, take the blue one" into (red mug, the rest)."""
    pieces = re.split(r' , | but (?!the\b|not\b|its\b)| instead ', f'{body} ')
    forbidden, wanted = [], []
    for piece in filter(None, pieces):
        found = patterns.FORBID.fullmatch(piece.strip(' ,'))
        if found and (found['verb'] is None or found['verb'] in patterns.FORBIDDEN_VERBS):
            what = next((v for k, v in found.groupdict().items() if k != 'verb' and v), '')
            parts = re.split(r' (?:and|but|just|,) (?=(?:take|show|give|grab|pick|bring|find|get'
                             r'|the)\b)'
                             if found['verb'] else r'$^', what, maxsplit=1)
            if len(parts) > 1 and re.match(r'the\b', parts[1]) and ' but ' not in what:
                parts = [what]
            forbidden.append(parts[0])
            wanted += parts[1:]
        else:
            wanted.append(piece)
    return ' and '.join(forbidden), ' '.join(wanted).strip(' ,')


def _scenery(found: tuple[Clause, ...]) -> bool:
    """Whether nothing is asked for but the table, the robot or the room."""
    phrases = [p for c in found for p in c.phrases]
    return all(p.noun.split()[-1:] and p.noun.split()[-1] in lexicon.SCENERY and not p.meant
               and not p.owner and not p.part for p in phrases)


def _used(body: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """A request by purpose alone: "what can i cut paper with"."""
    for found in patterns.USE.finditer(body):
        use = next((v for v in found.groupdict().values() if v), '')
        use = re.split(r' , | so (?:find|show|give|what)\b| what helps|\bthen\b', use)[0]
        words = use.split()
        if re.search(r"\b(?:the|its|this|that|my) (?!tv\b|room\b|channel\b|dark\b|web\b"
                     r"|stove\b|light\b|television\b|wall\b|kitchen\b|table\b|internet\b)", use) \
                or 'you' in words[:1]:
            continue
        meant = lexicon.purpose(stems(words))
        if meant:
            before = body[:found.start('use')] if found['use'] else ''
            reader = Reader(tuple(before.split()), names)
            limits: tuple[Limit, ...] = ()
            head: Phrase | None = None
            while reader.word():
                head = head or reader.phrase()
                reader.i += 1
            if head is not None:
                limits = head.limits
                if head.meant and head.noun not in lexicon.KINDS:
                    continue
            return (Clause((Phrase(f'something to {use}', meant=meant, quantity=Quantity.ANY,
                                   limits=tuple(limits)),)),)
    return ()


def _naming(flat: str, names: frozenset[str], asked: bool) -> tuple[tuple[Clause, ...], str] | None:
    found = patterns.CALL.fullmatch(flat)
    if found:
        what, name = found['what'] or found['rwhat'], found['name'] or found['rname']
        if found['name'] and not found['det'] and what in ('the', 'a', 'me'):
            return None
    else:
        found = patterns.THIS_IS.fullmatch(flat)
        if found is None or asked and found['what'] == 'it':
            return None
        what, name = found['what'], found['name']
        said = name.split()
        if said[-1] in ('one', 'ones', 'thing', 'object', 'wrong', 'right', 'same', 'other',
                        'first', 'second', 'third', 'left') or said[0] in (
                'wrong', 'right', 'one', 'left', 'middle', 'other', 'only', 'last', 'good', 'nice',
                'bit', 'lot', 'little', 'problem', 'mistake', 'joke') or any(
                w in lexicon.COLOURS or w in lexicon.ORDERS for w in said[:1]):
            return None
    target = clauses(tuple(what.split()), names)
    if not target or name in ('one', 'that', 'it', 'thing', 'for me'):
        return None
    return target, lexicon.singular(name)[0]


def _identified(flat: str, names: frozenset[str]) -> tuple[Clause, ...] | None:
    """What "what is ..." points at; None where it asks for something to be shown."""
    found = patterns.IDENTIFY.fullmatch(flat)
    if found is None:
        return None
    what = found['what'] or found['b'] or found['c']
    if what.split()[-1] in ('on', 'in', 'under', 'inside', 'of', 'with') or _used(what, names):
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


def _confirmed(what: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """(what, the same with the quality asked for) of "is the mug red"; () for another question."""
    *said, last = what.split()
    bare = clauses(said, names)
    if len(bare) != 1 or len(bare[0].phrases) != 1:
        return ()
    phrase = bare[0].phrases[0]
    if last in lexicon.COLOURS:  # "orange" is a fruit, too
        colour = Colour(last, lexicon.COLOURS[last])
        return (bare[0], Clause((replace(phrase, limits=(*phrase.limits, colour)),)))
    reader = Reader(tuple(what.split()), names)
    whole = reader.phrase()
    if whole is None or reader.word() or not whole.limits or not (
            last in lexicon.ORDERS or last in lexicon.SHAPES):
        return ()
    return (bare[0], Clause((whole,)))
