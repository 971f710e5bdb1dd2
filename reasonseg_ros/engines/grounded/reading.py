# SPDX-License-Identifier: Apache-2.0
"""From a `Resolution` to the `Utterance` that the rules ground, by the grammar that is there.

A language model says phrases, ids and a relation; the phrases are read by `core.language`, and
which things they mean is decided by `core.scene` as for every other sentence. What an utterance
asks a segmenter for is said here, too. Asks nobody.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language import lexicon
from reasonseg_ros.core.language.clauses import clauses
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Clause,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Trait,
    Utterance,
)
from reasonseg_ros.core.language.words import tokens
from reasonseg_ros.engines.grounded.resolution import OTHER, NotAResolution, Op, Resolution

_ACTS = {Op.SHOW: SpeechAct.SHOW, Op.LIST: SpeechAct.LIST, Op.COUNT: SpeechAct.COUNT,
         Op.COLOUR: SpeechAct.COLOUR, Op.IDENTIFY: SpeechAct.IDENTIFY, Op.TALK: SpeechAct.TALK}
MEANT = 0.5     # weight from which a category is asked for where no noun was said
MOST_MEANT = 6  # such categories


def utterance_of(found: Resolution, dialogue: Dialogue) -> Utterance:
    """Return what a resolution says as an utterance; raises NotAResolution for a vain phrase."""
    act = _ACTS[found.op]
    if found.op in (Op.LIST, Op.TALK):
        return Utterance(found.say or found.op.value, act)
    phrases = _phrases(found.phrase, dialogue) if found.phrase else (_numbered(found.ref_ids),)
    excluded = tuple(p for text in found.negatives for p in _phrases(text, dialogue))
    made = tuple(_placed(phrase, found, excluded) for phrase in phrases)
    return Utterance(found.phrase or phrases[0].said, act, (Clause(made),))


def _phrases(text: str, dialogue: Dialogue) -> tuple[Phrase, ...]:
    names = frozenset(i.label for i in dialogue.instances)
    read = clauses(tokens(f'the {text}', names), names)
    phrases = tuple(p for c in read for p in c.phrases)
    if not phrases:
        raise NotAResolution(f'"{text}" is no noun phrase')
    return phrases


def _numbered(ids: Iterable[int]) -> Phrase:
    ids = tuple(ids)
    said = ' and '.join(f'number {i}' for i in ids)
    return Phrase(said, pointer=Anaphor.NUMBER, numbers=ids, plural=len(ids) > 1)


def _placed(phrase: Phrase, found: Resolution, excluded: tuple[Phrase, ...]) -> Phrase:
    """Give a phrase its number, owner, relation and exclusions."""
    if found.count == 0:
        phrase = replace(phrase, quantity=Quantity.ALL, plural=True)
    elif found.count > 1:
        phrase = replace(phrase, number=found.count, plural=True)
    if found.part_of:
        noun = phrase.noun or phrase.said.split()[-1]
        phrase = replace(phrase, noun=noun, part=True, owner=_numbered((found.part_of,)))
    if found.phrase and found.relation == OTHER:
        excluded = (*excluded, _numbered(found.ref_ids))
    elif found.phrase and found.relation:
        word = {'front': 'in front of', 'left': 'left of', 'right': 'right of'}.get(
            found.relation, found.relation)
        marks = tuple(_numbered((i,)) for i in found.ref_ids)
        phrase = replace(phrase, limits=(*phrase.limits,
                                         Relation((found.relation,), marks, word)))
    elif found.phrase and found.ref_ids and not found.part_of:
        # A phrase for what was shown before: the ids say which, as when somebody points.
        phrase = replace(_numbered(found.ref_ids), said=phrase.said)
    return replace(phrase, excluded=(*phrase.excluded, *excluded))


def every_phrase(utterance: Utterance) -> Iterator[Phrase]:
    """Yield the phrases of an utterance with all that they speak of: landmarks, owners, ..."""
    for clause in (*utterance.clauses, *utterance.forbidden):
        for phrase in (*clause.phrases, *clause.places):
            yield from _within(phrase)


def _within(phrase: Phrase) -> Iterator[Phrase]:
    yield phrase
    inner = [*phrase.excluded, *([phrase.owner] if phrase.owner else [])]
    for limit in phrase.limits:
        inner += limit.landmarks if isinstance(limit, Relation) else []
    for one in inner:
        yield from _within(one)


def nouns_of(utterance: Utterance) -> tuple[str, ...]:
    """Return what to ask a segmenter for: nouns as they were said, or categories that will do."""
    found: list[str] = []
    for phrase in every_phrase(utterance):
        if phrase.part and not phrase.meant:
            continue
        if phrase.noun:
            found.append(phrase.noun)
        elif phrase.meant:
            likely = sorted(phrase.meant, key=lambda c: -phrase.meant[c])[:MOST_MEANT]
            found += [c for c in likely if phrase.meant[c] >= MEANT]
        elif phrase.generic:
            found.append('object')
    return tuple(dict.fromkeys(found))


def parts_of(utterance: Utterance) -> tuple[str, ...]:
    """Return the nouns of parts that an utterance speaks of."""
    found = [p.noun for p in every_phrase(utterance) if p.part and p.noun]
    found += [v.value for p in every_phrase(utterance) for v in p.limits
              if isinstance(v, Trait) and v.kind == 'part']
    return tuple(dict.fromkeys(found))


def opened(utterance: Utterance) -> Utterance:
    """Return an utterance whose nouns mean themselves, for segmenters that know every word."""
    return replace(utterance, clauses=tuple(map(_opened_clause, utterance.clauses)),
                   forbidden=tuple(map(_opened_clause, utterance.forbidden)))


def _opened_clause(clause: Clause) -> Clause:
    return replace(clause, phrases=tuple(map(_opened_phrase, clause.phrases)),
                   places=tuple(map(_opened_phrase, clause.places)))


def _opened_phrase(phrase: Phrase) -> Phrase:
    itself = phrase.noun and not phrase.generic and not (phrase.part and not phrase.meant)
    limits = tuple(replace(v, landmarks=tuple(map(_opened_phrase, v.landmarks)))
                   if isinstance(v, Relation) else v for v in phrase.limits)
    return replace(
        phrase, limits=limits,
        meant={**phrase.meant, phrase.noun: 1.0} if itself else phrase.meant,
        # What a content's tin usually looks like is not told from a word that is searched itself.
        usual=(), owner=_opened_phrase(phrase.owner) if phrase.owner else None,
        excluded=tuple(map(_opened_phrase, phrase.excluded)))


def vocabulary() -> tuple[str, ...]:
    """Return the nouns that stand for "everything" where each word must be asked for."""
    return tuple(dict.fromkeys(max(meant, key=lambda c: meant[c])
                               for meant in lexicon.NOUNS.values()))
