# SPDX-License-Identifier: Apache-2.0
"""What is done by saying a sentence: asking for masks, asking in words, naming, forbidding, talk.

`understand` is the one way in. It sees words and the dialogue's names and statuses, no scene.
"""

import re
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Role
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.language import (
    asked_back,
    chatter,
    coverage,
    edits,
    framing,
    lexicon,
    patterns,
    places,
    prohibitions,
    questions,
    references,
    repairs,
    small_talk,
    talk_detection,
)
from reasonseg_ros.core.language.asides import ASIDES
from reasonseg_ros.core.language.clauses import clauses
from reasonseg_ros.core.language.normalise import normalise
from reasonseg_ros.core.language.noun_phrases import Reader
from reasonseg_ros.core.language.paraphrases import PARAPHRASES
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Utterance,
)
from reasonseg_ros.core.language.vocabulary import is_word
from reasonseg_ros.core.language.words import shortened, tokens

_ARTICLES = frozenset('the a an my your this that its our his her any some no'.split())



def understand(said: str, dialogue: Dialogue) -> Utterance:
    """Understand a sentence in a dialogue, as far as words go.

    Raises BadRequest for a sentence that is too long, BadReference for rounds that do not exist.
    """
    if len(said) > references.MAX_CHARACTERS:
        raise BadRequest(f'the instruction has {len(said)} characters, at most '
                         f'{references.MAX_CHARACTERS}; say it in one short sentence')
    said = repairs.mended(said)
    names = frozenset(i.label for i in dialogue.instances if not _in_lexicon(i.label))
    text = bare = framing.unframed(shortened(' '.join(tokens(said, names))), names)
    text = edits.swapped(text, dialogue)
    for wording, instead in ASIDES:
        text = wording.sub(instead, text)
    text = prohibitions.MANNER.sub(r'\1', text)
    heard = tuple(text.split())
    text = edits.edited(text, dialogue)
    for wording, instead in prohibitions.REWORDED:
        text = wording.sub(instead, text)
    text = patterns.RANGE.sub(_counted_out, text)
    if not patterns.WISH.search(said.casefold()):
        text = questions.asked_alike(text, dialogue.spoken_of) or text
    if (edits.showed_several(dialogue) or _counted(dialogue)) and patterns.GROUP.fullmatch(
            text.replace(' ,', '')):
        text = 'all of them'
    if _placed(dialogue) and (elsewhere := patterns.ELSEWHERE.fullmatch(text)):
        text = f"put it {elsewhere['where']}"
    if edits.last_part(dialogue) and patterns.WHOLLY.fullmatch(text.replace(' ,', '')):
        return Utterance(patterns.WHOLE, SpeechAct.SHOW, _it('it'))
    for wording, instead in PARAPHRASES:
        text = wording.sub(instead, text)
    words = tuple(text.split())
    if (asked_first := patterns.ASKED_FIRST.match(said)) and (
            wanted := understand(said[asked_first.end():], dialogue)).act is SpeechAct.SHOW:
        named = all(not p.pointer and not (p.owner and p.owner.pointer)
                    for c in wanted.clauses for p in c.phrases)
        return wanted if named else _request(text, words, names, False)
    plain = normalise(said)
    rest = references.without_rejection(said) if plain else ''
    if plain and (found := references.match(patterns.EXCLAIMED.sub('', rest or plain), dialogue)
                  or references.match(normalise(patterns.NEVER_MIND.sub('', bare)), dialogue)):
        return Utterance(plain, SpeechAct.COMMAND, command=found[0], keep=found[1])
    utterance = _act(words, names, dialogue)
    topic = talk_detection.topic_of_talk(said, words, utterance, names, dialogue)
    if topic:
        return Utterance(utterance.words, SpeechAct.TALK, topic=topic)
    if utterance.act is SpeechAct.COUNT:
        counted = {p.noun for c in utterance.clauses for p in c.phrases}
        return replace(utterance, untold=tuple(
            word for before, word, after in zip(('', *heard), heard, (*heard[1:], ''))
            if word in lexicon.UNSEEN and word not in names and (
                before in ('is', 'are') or lexicon.singular(after)[0] in counted)))
    if utterance.act is not SpeechAct.SHOW:
        return utterance
    if not (prohibitions.LASTING.search(' '.join(heard)) or text.startswith('do not move ')):
        utterance = replace(utterance, forbidden=())
    missed = coverage.unread(heard, utterance.clauses, utterance.rejected)
    placed = any(isinstance(v, Relation) for c in utterance.clauses for p in c.phrases
                 for v in p.limits)
    if not missed and (purpose := patterns.PURPOSE.search(text)) and all(
            talk_detection.is_vague(p) for c in utterance.clauses for p in c.phrases):
        missed = tuple(purpose[0].split())  # a use that is not known: any thing would be a guess
    if not missed and (use := patterns.USE_OF.search(text)) and not any(
            p.meant and not p.noun for c in utterance.clauses for p in c.phrases):
        missed = tuple(use[0].split())  # "something to hold the book down" is not the book
    if not missed and (told := patterns.OF_ALL.search(text)) and any(
            p.generic and p.quantity is Quantity.ALL and talk_detection.is_vague(p)
            for c in utterance.clauses for p in c.phrases):
        missed = tuple(told[0].split())  # all things are not those that open
    if not missed and (condition := patterns.CONDITION.search(' '.join(heard))):
        missed = (condition[1],)
    if not missed and (alike := patterns.ALIKE.search(text)):
        missed = tuple(alike[0].split()[1:])
    untold = tuple(w for w in coverage.untold(heard, utterance.clauses) if w not in names)
    return replace(utterance, untold=untold, unread=missed or (
        heard if patterns.OF_OTHERS.match(text) or patterns.QUESTION.match(text) and not placed
        else ()))


def asks_to_follow(said: str, dialogue: Dialogue) -> bool:
    """Whether a sentence wants things of the dialogue followed: "keep an eye on it"."""
    return understand(said, dialogue).act is SpeechAct.WATCH


def _counted_out(found: re.Match[str]) -> str:
    first, last = references.value(found[1]), references.value(found[2])
    if not first < last <= first + 20:
        return found[0]
    return f"number {' and '.join(str(n) for n in range(first, last + 1))}"


def _in_lexicon(label: str) -> bool:
    return lexicon.is_noun(label) or label in lexicon.PARTS or label in lexicon.GENERIC


def _act(words: tuple[str, ...], names: frozenset[str], dialogue: Dialogue) -> Utterance:
    asked = talk_detection.asked(dialogue)
    text = ' '.join(words)
    flat = ' '.join(w for w in words if w != ',')
    flat = re.sub(r'^(?:(?:ok|okay|oops|whoops|argh|hey|hi|hello|so|well|now|and|robot|right'
                  r'|alright|oh) )+(?=\w+ \w+)', '', flat) \
        if not small_talk.topic(flat) else flat
    if not flat:
        return Utterance(text, SpeechAct.TALK, topic='unclear')
    if chatter.TOLD.fullmatch(text):
        return Utterance(text, SpeechAct.TALK, topic='chat')
    if asked and patterns.ANY.fullmatch(flat):
        return Utterance(text, SpeechAct.SHOW, clauses(('either', 'one'), names))
    if asked and flat in lexicon.COLOURS and all(
            i.label != flat for i in dialogue.rounds[-1].instances):  # no "orange" to choose from
        text = f'the {flat} one'
        return _request(text, tuple(text.split()), names, asked)
    if (part := edits.last_part(dialogue)) and not dialogue.spoken_of and (
            found := patterns.OF_TOO.fullmatch(flat)):
        owner = found['owner'] or found['whose']
        alike = clauses(tuple(owner.split()), names)
        several = any(p.several for c in alike for p in c.phrases)
        text = f'the {lexicon.plural(part) if several else part} of {owner}'
        return _request(text, tuple(text.split()), names, asked)
    if not asked and dialogue.instances and patterns.AGAIN.fullmatch(flat):
        return Utterance(text, SpeechAct.SHOW, (Clause((Phrase('that', pointer=Anaphor.THEM),)),))
    if asked and patterns.YES.fullmatch(flat):
        return Utterance(text, SpeechAct.YES)
    if patterns.NO.fullmatch(flat) or (asked and flat in ('neither', 'none', 'nothing')):
        return Utterance(text, SpeechAct.NO)
    if patterns.HOLDING.fullmatch(flat):
        return Utterance(text, SpeechAct.HOLDING, clauses(words, names))
    if dialogue.instances and (about := patterns.presence(flat)) is not None:
        act, what = about
        if asked_of := _it(what) or clauses(tuple(what.split()), names):
            return Utterance(text, act, asked_of)
    if (topic := small_talk.topic(flat)) and not (
            asked and (topic == 'motion' and not (small_talk.is_motion(flat) and ' ' in flat)
                       or flat.removesuffix(' one') in places.ADJECTIVES)):
        if topic == 'chat' and asked_back.is_beyond(flat):
            return Utterance(text, SpeechAct.TALK, _one_thing(flat, names), 'beyond')
        return Utterance(text, SpeechAct.TALK, topic=topic)
    if not asked and patterns.YES.fullmatch(flat) and not (
            flat.endswith(' one') or ' one ' in flat and 'the one' not in flat):
        return Utterance(text, SpeechAct.TALK, topic='chat')
    if patterns.LIST.fullmatch(flat):
        return Utterance(text, SpeechAct.LIST)
    if (found := patterns.LIST_BUT.fullmatch(flat)) and (
            patterns.LIST.fullmatch(found['list'].removesuffix(' else'))
            or found['list'] == 'anything else'):
        return Utterance(text, SpeechAct.LIST, clauses(
            ('everything', 'except', *found['but'].split()), names))
    if (hued := questions.coloured(flat, names)):
        return Utterance(text, SpeechAct.COLOUR, hued)
    if among := questions.counted_among(flat, names):
        return Utterance(text, SpeechAct.COUNT, among)
    for act, rule in ((SpeechAct.COUNT, patterns.COUNT), (SpeechAct.COLOUR, patterns.COLOUR)):
        if found := rule.fullmatch(flat):
            what = next(v for v in found.groupdict().values() if v)
            asked_of = clauses(what.removesuffix(" 's").split(), names)
            return Utterance(text, act, asked_of or _it(what))
    if asked_back.is_beyond(flat):
        return Utterance(text, SpeechAct.TALK, _one_thing(flat, names), 'beyond')
    if dialogue.instances and (found := patterns.WHAT_NUMBER.fullmatch(flat)) and (
            re.search(r'\b(?:what|who|which (?!one)|identify|explain|describe|name)\b', flat)):
        number = found['n']
        target = clauses((*number.split(),), names) if number else _it('it')
        return Utterance(text, SpeechAct.IDENTIFY, target)
    if (naming := _naming(flat, names, asked)) is not None:
        return Utterance(text, SpeechAct.NAME, naming[0], name=naming[1])
    if (identified := questions.identified(flat, names)) is not None:
        return Utterance(text, SpeechAct.IDENTIFY, identified)
    if dialogue.instances and (found := patterns.IS_A.fullmatch(flat)) and (
            asked_about := questions.likened(found['what'], found['how'], names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    if asked_about := (questions.alternatives(flat, names) or questions.nearer(flat, names)
                       or questions.in_view(flat, names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    if (found := patterns.CONFIRM.fullmatch(flat)) and (
            asked_about := questions.confirmed(found['what'], names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    if (found := patterns.STATED.fullmatch(flat)) and found['how'] in lexicon.COLOURS and (
            asked_about := questions.confirmed(f"{found['what']} {found['how']}", names)):
        return Utterance(text, SpeechAct.CONFIRM, asked_about)
    return _request(text, words, names, asked)


def _counted(dialogue: Dialogue) -> bool:
    said = dialogue.spoken_of[-1].casefold() if dialogue.spoken_of else ''
    return bool(patterns.COUNT.search(said))


def _placed(dialogue: Dialogue) -> bool:
    """Whether the newest round put something somewhere."""
    shown = dialogue.rounds[-1].instances if dialogue.rounds else ()
    return any(i.role is Role.PLACE for i in shown) and len(shown) > 1


def _one_thing(flat: str, names: frozenset[str]) -> tuple[Clause, ...]:
    """The one thing that a sentence names: "is the pan hot"; () where it names none or more."""
    found = clauses(tuple(re.sub(r'\bhow \w+ ', '', flat).split()), names)     # "how big is it"
    named = [p for c in found for p in c.phrases]
    return found if len(named) == 1 and named[0].meant and not named[0].several else ()


def _it(what: str) -> tuple[Clause, ...]:
    if what.split()[0] in ('it', 'its', 'that', 'this', 'they', 'them'):
        return (Clause((Phrase('it', pointer=Anaphor.IT),)),)
    return ()


def _request(text: str, words: tuple[str, ...], names: frozenset[str], asked: bool) -> Utterance:
    """A request, or what is forbidden and what is wanted instead."""
    if found := _none_of(words, names):
        return Utterance(text, SpeechAct.FORBID, found)
    flat = ' '.join(w for w in words if w != ',')
    if (permitted := prohibitions.PERMIT.fullmatch(flat)) and (
            found := clauses((permitted['a'] or permitted['b']).split(), names)):
        return Utterance(text, SpeechAct.PERMIT, found)
    rejection = patterns.REJECTION.match(text + ' ')
    rejected = rejection is not None and bool(text[rejection.end():].strip(' ,'))
    body = text[rejection.end():] if rejection and rejected else text
    corrected = rejected and rejection is not None and (
        not re.fullmatch(r'(?:(?:i mean|i meant|sorry|wait|oops)(?: ?,)* )+.*', rejection[0])
        or 'i meant' in rejection[0])
    body = body.strip(' ,')
    forbidden, wanted = prohibitions.divided(body)
    if forbidden and not wanted:
        found = clauses(tuple(forbidden.split()), names)
        named = [p for c in found for p in c.phrases]
        if not all(p.part and not p.owner and not p.meant for p in named):
            return Utterance(text, SpeechAct.FORBID, found)
    if forbidden and wanted:
        unwanted = clauses(tuple(forbidden.split()), names)
        found = clauses(tuple(wanted.split()), names)
        without = tuple(p for c in unwanted for p in c.phrases)
        found = tuple(Clause(tuple(_without(p, without) for p in c.phrases), c.either, c.places)
                      for c in found)
        if found:
            return Utterance(text, SpeechAct.SHOW, found, forbidden=unwanted)
    used = questions.used(body, names)
    flat = ' '.join(w for w in (body.split() if rejected else words) if w != ',')
    if not used and small_talk.is_idle(flat) and not chatter.handles(flat) and not (
            talk_detection.names_something(tuple(body.split()) if rejected else words, names)):
        return Utterance(text, SpeechAct.TALK, topic='chat')
    if small_talk.is_motion(flat) and not (asked and ' ' not in flat) and not (
            rejected or talk_detection.points(words, names)):
        return Utterance(text, SpeechAct.TALK, topic='motion')
    found = used or clauses(tuple(body.split()), names)
    if not found:
        topic = 'unclear' if talk_detection.is_lacking(flat) else 'chat'
        return Utterance(text, SpeechAct.TALK, topic=topic)
    if prohibitions.DENIES.match(body) and (alone := _only_excluded(found)):
        return Utterance(text, SpeechAct.FORBID, alone)
    if _scenery(found):
        return Utterance(text, SpeechAct.TALK, topic='scenery', clauses=found)
    corrected = corrected or bool(patterns.CHANGE.search(body))
    return Utterance(text, SpeechAct.SHOW, found, rejected=corrected)


def _none_of(words: tuple[str, ...], names: frozenset[str]) -> tuple[Clause, ...]:
    """What "no mugs", "no red mugs" is about: none is wanted; () for anything else."""
    if words[0] != 'no' or not 1 < len(words) < 4:
        return ()
    *hues, noun = words[1:]
    wanted = Reader((noun,), names).known(noun) and lexicon.singular(noun)[1] and all(
        hue in lexicon.COLOURS for hue in hues)
    return clauses(words[1:], names) if wanted else ()


def _only_excluded(found: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """What clauses leave out, where they ask for nothing but what is other than that."""
    phrases = [p for c in found for p in c.phrases]
    alone = all(p.said.startswith('other ') and p.excluded and not p.limits for p in phrases)
    return tuple(Clause(p.excluded) for p in phrases) if alone else ()


def _without(phrase: Phrase, unwanted: tuple[Phrase, ...]) -> Phrase:
    noun = {} if phrase.noun or phrase.generic or not unwanted[:1] or phrase.pointer else {
        'noun': unwanted[0].noun, 'meant': unwanted[0].meant}
    return replace(phrase, excluded=(*phrase.excluded, *unwanted), **noun)  # type: ignore[arg-type]


def _scenery(found: tuple[Clause, ...]) -> bool:
    """Whether nothing is asked for but the table, the robot or the room."""
    phrases = [p for c in found for p in c.phrases]
    return all(p.noun.split()[-1:] and p.noun.split()[-1] in lexicon.SCENERY and not p.meant
               and not p.owner and not p.part for p in phrases)


def _naming(flat: str, names: frozenset[str], asked: bool) -> tuple[tuple[Clause, ...], str] | None:
    found = patterns.CALL.fullmatch(flat)
    if found:
        what, name = found['what'] or found['rwhat'], found['name'] or found['rname']
        first, _, last = name.partition(' ')
        if found['name'] and not found['det'] and last and (
                what in _ARTICLES or Reader((first,), names).known(first)
                or lexicon.singular(first)[0] in lexicon.GENERIC):
            what, name = f'{what} {first}', last  # "call the red mug bob"
        if found['name'] and not found['det'] and what in ('the', 'a', 'me'):
            return None
    else:
        short = patterns.THIS_ONE.fullmatch(flat)
        if short and not is_word(short['name']) and not asked:
            return clauses(tuple(short['what'].split()), names), short['name']
        found = patterns.THIS_IS.fullmatch(flat)
        if found is None or asked and found['what'] == 'it':
            return None
        what, name = found['what'], found['name']
        said = name.split()
        if said[-1] in ('one', 'ones', 'thing', 'object', 'wrong', 'right', 'same', 'other',
                        'first', 'second', 'third', 'left') or said[0] in (
                'wrong', 'right', 'one', 'left', 'middle', 'other', 'only', 'last', 'good', 'nice',
                'bit', 'lot', 'little', 'problem', 'mistake', 'joke', 'shame', 'pity', 'mess',
                'disaster', 'relief', 'secret', 'surprise', 'test', 'question', 'lie', 'wonder',
                'great', 'bad', 'nightmare', 'start', 'waste', 'wife', 'husband', 'friend',
                'big', 'huge', 'real') or any(
                w in lexicon.COLOURS or w in lexicon.ORDERS for w in said[:1]):
            return None
    target = clauses(tuple(what.split()), names)
    if not target or name in ('one', 'that', 'it', 'thing', 'for me') or name in chatter.ABSTRACT:
        return None
    return target, lexicon.singular(name)[0]
