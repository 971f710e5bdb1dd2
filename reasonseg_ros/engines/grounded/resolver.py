# SPDX-License-Identifier: Apache-2.0
"""Who resolves a sentence into phrases, references and relations: our grammar, or a model.

A model (`ChatResolver`) is asked at most twice a round: to resolve, and then either to mend what
was no answer or, where that is wanted, to verify what was found. What is still no answer after one
mending goes to the grammar, which reads every sentence first anyway: talk, commands, prohibitions,
names and "is it still there" never need a model. The model sees our record, not its own words, so
that undo, forgetting and a restart need nothing from it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.language.utterance import SpeechAct, Utterance
from reasonseg_ros.engines.grounded.reading import utterance_of
from reasonseg_ros.engines.grounded.resolution import (
    RELATIONS,
    SCHEMA,
    NotAResolution,
    Op,
    Resolution,
    only_object,
    parse,
)
from reasonseg_ros.engines.protocol import Question

CALLS = 2           # of the model in one round, at most
RECORDED = 40       # newest instances that the model is told of
ROUNDS = 4          # newest rounds whose words it is told
# Acts that the grammar reads for certain, and what the session records by it.
_BY_RULES = frozenset((SpeechAct.COMMAND, SpeechAct.PRESENT, SpeechAct.WATCH, SpeechAct.FORGET,
                       SpeechAct.YES, SpeechAct.NO, SpeechAct.NAME, SpeechAct.HOLDING,
                       SpeechAct.FORBID, SpeechAct.PERMIT))
# Topics of talk that the grammar gives to what it does not know.
_OPEN_TOPICS = frozenset(('unclear', 'chat', 'motion', 'beyond', 'scenery'))

SYSTEM = f"""You resolve one sentence that a person says to a robot about the camera image into one
JSON object and say nothing else. You never outline anything and never give coordinates.
Keys, all required:
op: show (outline things), list (everything in view), count, colour, identify (what is it), talk.
phrase: English noun phrase of what is meant, singular, with its colours and sizes, no places that
  are said relative to earlier things: "red mug". "" where ref_ids alone say what is meant.
count: how many are meant; 0 for all of them.
ref_ids: ids from the record that the words mean ("it", "the second one"), or that relation is to.
relation: of what is meant to ref_ids; one of {', '.join(RELATIONS)}; "" for none. other: "the other
  mug", not that of ref_ids.
part_of: id from the record of the thing that phrase is a part of; 0 for none.
negatives: noun phrases of what is expressly not meant.
say: with talk the sentence to speak, else "".
Do not guess whether the thing is there: say what is asked for. The image only helps to find the
word for what is described ("something to open the tin with" -> "can opener").
Example: record [{{"id": 1, "label": "mug"}}], sentence "now its handle" ->
{{"op": "show", "phrase": "handle", "count": 1, "ref_ids": [], "relation": "", "part_of": 1,
"negatives": [], "say": ""}}"""

Messages = list[dict[str, Any]]


class ChatModel(Protocol):
    """A language model, maybe with eyes, that answers messages as OpenAI writes them."""

    @property
    def name(self) -> str:
        """The model's name as one word."""

    def complete(self, messages: Messages, schema: dict[str, Any],
                 cancelled: Callable[[], bool]) -> str:
        """Return the text of the answer, which follows the schema where the model can be held to.

        Raises ReasonSegError; DeadlineExceeded where `cancelled` became True, too.
        """


@dataclass(frozen=True, eq=False)
class Reading:
    """What a sentence asks for.

    say    of talk, where the resolver has words of its own; '' = the rules say it
    notes  who read it, where that was not as usual
    calls  of a model that were made
    """

    utterance: Utterance
    say: str = ''
    notes: str = ''
    calls: int = 0


class Resolver(Protocol):
    """Who reads sentences."""

    name: str

    def resolve(self, question: Question, dialogue: Dialogue, frame: Frame,
                cancelled: Callable[[], bool]) -> Reading:
        """Read a sentence in a dialogue. Raises ReasonSegError."""

    def verify(self, phrase: str, marked: Callable[[], np.ndarray], number: int, calls: int,
               cancelled: Callable[[], bool]) -> frozenset[int] | None:
        """Return which of the candidates 1 to `number` fit a phrase; None = nobody was asked.

        marked  makes the image with the candidates, uint8 [H, W, 3]
        calls   of a model that the round has made
        """


class RulesResolver:
    """Our grammar alone."""

    name = 'rules'

    def resolve(self, question: Question, dialogue: Dialogue, frame: Frame,
                cancelled: Callable[[], bool]) -> Reading:
        """Read as engine `household` does."""
        return Reading(question.utterance or understand(question.text, dialogue))

    def verify(self, phrase: str, marked: Callable[[], np.ndarray], number: int, calls: int,
               cancelled: Callable[[], bool]) -> frozenset[int] | None:
        """Ask nobody."""
        return None


class ChatResolver:
    """A language model behind the grammar.

    sees      whether it is shown the image
    verifies  whether it is asked about what was found
    encode    from uint8 [H, W, 3] to the address of an image in a message
    """

    def __init__(self, model: ChatModel, encode: Callable[[np.ndarray], str], sees: bool = True,
                 verifies: bool = False) -> None:
        self._model, self._encode, self._sees, self._verifies = model, encode, sees, verifies
        self.name = model.name

    def resolve(self, question: Question, dialogue: Dialogue, frame: Frame,
                cancelled: Callable[[], bool]) -> Reading:
        """Ask the model, once more where it gave no answer, and else go by the grammar."""
        read = question.utterance or understand(question.text, dialogue)
        if read.act in _BY_RULES or read.forbidden or (
                read.act is SpeechAct.TALK and read.topic not in _OPEN_TOPICS):
            return Reading(read)
        messages = self._asked(question, dialogue, frame)
        ids = {i.id for i in dialogue.instances}
        for calls in range(1, CALLS + 1):
            said = self._model.complete(messages, SCHEMA, cancelled)
            try:
                found = parse(said, ids)
                return self._reading(found, dialogue, calls)
            except NotAResolution as error:
                messages = [*messages, {'role': 'assistant', 'content': said[:2000]},
                            {'role': 'user', 'content': f'That is not the JSON object: {error}. '
                                                        'Say the corrected object alone.'}]
        return Reading(read, notes=f'resolver "{self.name}" gave no answer that fits; read by the '
                                   'grammar', calls=CALLS)

    def _reading(self, found: Resolution, dialogue: Dialogue, calls: int) -> Reading:
        return Reading(utterance_of(found, dialogue), found.say if found.op is Op.TALK else '',
                       '' if calls == 1 else f'resolver "{self.name}" was asked twice', calls)

    def _asked(self, question: Question, dialogue: Dialogue, frame: Frame) -> Messages:
        said = [r.instruction for r in dialogue.rounds if r.instruction][-ROUNDS:]
        text = (f'Record: {json.dumps(record(dialogue))}\nSaid before: {json.dumps(said)}\n'
                f'Ids that the person points at: {[i.id for i in question.references]}\n'
                f'Sentence: {json.dumps(question.said or question.text)}')
        return [{'role': 'system', 'content': SYSTEM},
                {'role': 'user', 'content': self._content(text, frame.rgb)}]

    def _content(self, text: str, rgb: np.ndarray) -> str | list[dict[str, Any]]:
        if not self._sees:
            return text
        return [{'type': 'image_url', 'image_url': {'url': self._encode(rgb)}},
                {'type': 'text', 'text': text}]

    def verify(self, phrase: str, marked: Callable[[], np.ndarray], number: int, calls: int,
               cancelled: Callable[[], bool]) -> frozenset[int] | None:
        """Ask which candidates fit; None where that is not wanted, or no call is left."""
        if not (self._verifies and self._sees and calls < CALLS):
            return None
        text = (f'Which of the outlined and numbered things is "{phrase}"? The numbers are 1 to '
                f'{number}. Say one JSON object {{"fits": [numbers]}} and nothing else.')
        asked: Messages = [{'role': 'user', 'content': self._content(text, marked())}]
        try:
            fits = only_object(self._model.complete(asked, FITS, cancelled)).get('fits')
        except NotAResolution:
            return None
        if not isinstance(fits, list) or not all(
                type(n) is int and 1 <= n <= number for n in fits):
            return None
        return frozenset(fits)


FITS: dict[str, Any] = {
    'type': 'object', 'additionalProperties': False, 'required': ['fits'],
    'properties': {'fits': {'type': 'array', 'items': {'type': 'integer'}}}}


def record(dialogue: Dialogue) -> list[dict[str, Any]]:
    """Return what was shown before, as a model is told it: the newest things, oldest first."""
    return [_entry(i) for i in dialogue.instances[-RECORDED:]]


def _entry(instance: Instance) -> dict[str, Any]:
    x0, y0, x1, y1 = instance.mask.box
    across = (x0 + x1) / 2 / instance.mask.width
    entry: dict[str, Any] = {
        'id': instance.id, 'label': instance.label, 'round': instance.round,
        'state': instance.state.name.lower(),
        'place': ('left', 'middle', 'right')[min(2, int(3 * across))]}
    return entry | ({'part_of': instance.parent_id} if instance.parent_id else {})
