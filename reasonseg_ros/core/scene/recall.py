# SPDX-License-Identifier: Apache-2.0
"""What the dialogue alone answers, without a look at the image: talk, prohibitions, "number 2".

For engines that decode every sentence into masks: they would outline something for "thanks", too,
or outline anew what was shown before. Answers by the rules of `core.scene.grounding`; records
nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import Anaphor, Phrase, SpeechAct, Utterance
from reasonseg_ros.core.scene.decision import Decision
from reasonseg_ros.core.scene.grounding import ground
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.core.scene.presence import ACTS, answer_presence

_TOLD = frozenset((SpeechAct.LIST, SpeechAct.COUNT, SpeechAct.COLOUR, SpeechAct.CONFIRM))
_SAID = frozenset((SpeechAct.TALK, SpeechAct.FORBID, SpeechAct.PERMIT, SpeechAct.HOLDING,
                   SpeechAct.NO, SpeechAct.YES))


def recall(utterance: Utterance, dialogue: Dialogue, height: int, width: int, next_id: int,
           references: Sequence[int] = ()) -> Decision | None:
    """Answer what needs no eyes; None for everything else.

    height, width  of the image, pixels
    next_id        id of the next new instance
    references     ids that are known to be meant
    Raises BadReference for numbers that the dialogue does not have, BadRequest as `ground` does.
    """
    if utterance.act in ACTS:
        return answer_presence(utterance, dialogue)
    if utterance.act in _TOLD:
        return Decision(Status.TALK, 'I outline what you name and cannot tell that; say for '
                                     'example "all the mugs".')
    named = {i.label: i.id for r in dialogue.rounds if not r.question for i in r.instances}
    utterance = replace(utterance, clauses=tuple(
        replace(c, phrases=tuple(_numbered(p, named) for p in c.phrases))
        for c in utterance.clauses))
    shows = utterance.act in (SpeechAct.SHOW, SpeechAct.NAME, SpeechAct.IDENTIFY)
    if shows and not (dialogue.instances and utterance.clauses and not utterance.rejected and all(
            _bare(p) for c in utterance.clauses if not c.negated and not c.places
            for p in c.phrases)) or any(c.negated or c.places for c in utterance.clauses if shows):
        return None
    if not shows and (utterance.act not in _SAID or utterance.topic == 'unclear'):
        return None
    seen = Inventory(height, width, (), ())
    found = ground(utterance, seen, dialogue, references=references, next_id=next_id)
    return found if found.status is Status.TALK or shows and found.status is Status.OK else None


def prohibited(utterance: Utterance, dialogue: Dialogue, height: int, width: int
               ) -> tuple[int, ...]:
    """Ids of the earlier instances that a sentence points at as to be left alone."""
    said = Utterance(utterance.words, SpeechAct.FORBID, utterance.prohibits)
    return ground(said, Inventory(height, width, (), ()), dialogue).references


def _numbered(phrase: Phrase, named: dict[str, int]) -> Phrase:
    """The phrase, or for nothing but a name that the user gave: the number of the thing."""
    if phrase.noun not in named or phrase.pointer or phrase.several or not _plain(phrase):
        return phrase
    return Phrase(phrase.said, pointer=Anaphor.NUMBER, numbers=(named[phrase.noun],))


def _bare(phrase: Phrase) -> bool:
    """Whether a phrase only points: "number 2", "it", "both of them", "the first mug"."""
    counted = phrase.pointer is Anaphor.ORDINAL
    return phrase.pointer in (Anaphor.NUMBER, Anaphor.IT, Anaphor.THEM, Anaphor.ORDINAL) and (
        counted or not (phrase.noun or phrase.meant or phrase.generic)) and _plain(phrase)


def _plain(phrase: Phrase) -> bool:
    return not (phrase.limits or phrase.other or phrase.part or phrase.owner or phrase.excluded)
