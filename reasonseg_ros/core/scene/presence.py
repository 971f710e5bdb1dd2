# SPDX-License-Identifier: Apache-2.0
"""Answers from the dialogue alone to "is it still there", "keep an eye on it", "forget number 3".

And which thing a sentence names in the words that showed it. States are those of the dialogue's
instances; who keeps them up to date is `engines.tracking`.
"""

from collections.abc import Collection, Iterable

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, State
from reasonseg_ros.core.errors import BadReference, Status
from reasonseg_ros.core.language.utterance import (
    Anaphor,
    Phrase,
    Quantity,
    Relation,
    SpeechAct,
    Trait,
    Utterance,
)
from reasonseg_ros.core.scene.decision import Decision

ACTS = frozenset((SpeechAct.PRESENT, SpeechAct.WATCH, SpeechAct.FORGET))


def answer_presence(utterance: Utterance, dialogue: Dialogue) -> Decision:
    """Answer an utterance of ACTS.

    Raises BadReference for numbers that the dialogue does not have.
    """
    phrases = [p for c in utterance.clauses for p in c.phrases]
    things = list({i.id: i for p in phrases for i in meant(p, dialogue)}.values())
    if not things:
        said = ' and '.join(p.said for p in phrases)
        return Decision(Status.TALK, f'I have shown you no {said} yet; name it, and I look for it.')
    ids = tuple(i.id for i in things)
    if utterance.act is SpeechAct.PRESENT:
        return Decision(Status.TALK, ' '.join(map(_whereabouts, things)), references=ids)
    names = ' and '.join(f'number {i.id} ({i.label})' for i in things)
    text = (f'All right, I keep an eye on {names}.' if utterance.act is SpeechAct.WATCH
            else f'All right, I no longer follow {names}.')
    return Decision(Status.TALK, text, references=ids)


def meant(phrase: Phrase, dialogue: Dialogue) -> tuple[Instance, ...]:
    """Return the things of the dialogue that a phrase stands for, as they are now."""
    if phrase.pointer is Anaphor.NUMBER:
        return tuple(map(dialogue.instance, phrase.numbers))
    if phrase.pointer in (Anaphor.IT, Anaphor.THEM):
        newest = next((r.instances for r in reversed(dialogue.rounds) if r.instances), ())
        if not newest:
            raise BadReference(f'Nothing has been shown yet, so "{phrase.said}" has nothing to '
                               'refer to; name the thing, e.g. "the red mug"')
        shown = newest if phrase.pointer is Anaphor.THEM else _whole(newest)[:1]
        return tuple(dialogue.instance(i.id) for i in shown)
    named = [i for i in dialogue.instances if i.label in (phrase.noun, phrase.said)]
    named = named or [i for i in dialogue.instances if i.label in phrase.meant]
    return tuple(named if phrase.several else named[-1:])


def shown_before(utterance: Utterance, dialogue: Dialogue, owners: Collection[int] = (),
                 exactly: bool = False) -> Instance | None:
    """Return the thing that was shown before in the words of a sentence, as it is now.

    owners   ids of the things that "its" and the like stand for
    exactly  whether it must have been shown alone in these very words: "the mug" is then not what
             "the red mug" has shown

    None where the words fit several things, say more than what showed one, or ask for something
    else than one thing.
    """
    if utterance.act is not SpeechAct.SHOW or utterance.rejected or utterance.unread or (
            utterance.forbidden or len(utterance.clauses) != 1):
        return None
    clause = utterance.clauses[0]
    if clause.negated or clause.places or len(clause.phrases) != 1:
        return None
    phrase = clause.phrases[0]
    if (phrase.several or phrase.quantity is not Quantity.THE or phrase.other or phrase.pointer
            or phrase.excluded or not phrase.noun):
        return None
    if any(isinstance(v, Relation) or not isinstance(v, Trait) and v.word not in phrase.said
           for v in phrase.limits):
        return None  # "the mug behind the lamp" is not known by its being a mug
    named = [i for i in dialogue.instances if i.label in (phrase.noun, phrase.said)
             or phrase.meant.get(i.label, 0.0) >= 1.0]
    if phrase.owner is not None:
        named = [i for i in named if i.parent_id in owners]
    if phrase.limits or exactly:
        named = [i for i in named if _alone(i, f' {phrase.said} ', dialogue, exactly)]
    return named[0] if len(named) == 1 else None


def _alone(thing: Instance, words: str, dialogue: Dialogue, exactly: bool) -> bool:
    """Whether a round was asked in these words, and showed this thing and no other.

    exactly  whether it was asked in no other words
    """
    articles = f' the{words}', words
    return any(r.status is Status.OK and {i.id for i in r.instances} == {thing.id} and (
        f' {r.question} ' in articles if exactly else words in f' {r.question} ')
        for r in dialogue.rounds)


def _whole(instances: Iterable[Instance]) -> tuple[Instance, ...]:
    instances = tuple(instances)
    return tuple(i for i in instances if not i.parent_id) or instances


def _whereabouts(thing: Instance) -> str:
    name = f'number {thing.id} ({thing.label})'
    if thing.state is State.VISIBLE:
        x0, _, x1, _ = thing.mask.box
        middle = (x0 + x1) / 2 / thing.mask.width
        place = ('on the left', 'in the middle', 'on the right')[min(2, int(3 * middle))]
        return f'Yes, I see {name} {place}.'
    return f'I do not see {name}.'
