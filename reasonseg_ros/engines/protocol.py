# SPDX-License-Identifier: Apache-2.0
"""What answers an instruction. The rest of the package knows engines only through these types.

An engine encodes a frame once (`open`), then answers questions in that context (`ask`), feeding
only new tokens. A context can be rebuilt from a dialogue at any time (`remember` for each round)
and then answers as before. Engines know neither ROS nor the store.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, Role, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import Utterance
from reasonseg_ros.core.masks import Rle

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class EngineFacts:
    """What diagnostics and every round's provenance say about the loaded model."""

    name: str
    weights: str        # first 12 hex digits of the SHA-256 of the weights file
    licence: str
    device: str
    dtype: str
    parameters: int
    nbytes: int         # memory of the weights
    synonyms: Mapping[str, str] = field(default_factory=dict)  # other noun -> label it answers
    takes_answers: bool = False  # whether it serves a question that brings its answer
    reads_dialogue: bool = False  # whether it reads `Question.utterance` in the dialogue
    predicts_boxes: bool = False  # whether its masks come with a box, `AnswerMask.box`

    @property
    def provenance(self) -> str:
        """One word for a round's record, e.g. 'tabletop@1f2e3d4c5b6a'."""
        return f'{self.name}@{self.weights}'


@dataclass(frozen=True)
class Question:
    """One instruction as the engine reads it.

    text        lower case words, corrections and fillers taken out by the reference grammar
    references  earlier instances that the text refers to, resolved; may be empty
    next_id     id of the first new instance
    score_threshold   masks below this score are left out
    ambiguity_margin  ask back when the lead of "found" over "which one?" is below this probability
    answer            the right words, [SEG] where a mask belongs: the engine chooses no word and
                      no status, and gives exactly one mask, good or bad, for each [SEG]. For
                      measuring masks alone, with engines that say `takes_answers`; '' = answer
                      freely
    verbatim          the text is the whole message as a benchmark words it, with capitals and
                      punctuation: an engine adds and changes nothing
    utterance  what the sentence says, and ...
    dialogue   ... the dialogue that it continues, for engines that say `reads_dialogue`; their
               `references` are only those that the caller gave
    said       the sentence as it was said, in whatever language; '' = nobody knows
    """

    text: str
    references: tuple[Instance, ...] = ()
    next_id: int = 1
    score_threshold: float = 0.0
    ambiguity_margin: float = 0.0
    answer: str = ''
    verbatim: bool = False
    utterance: Utterance | None = None
    dialogue: Dialogue | None = None
    said: str = ''

    def accepts(self, mask: 'AnswerMask') -> bool:
        """Whether a mask belongs to the answer; a given answer takes all of them."""
        return bool(self.answer) or (mask.score >= self.score_threshold and mask.mask.area > 0)


@dataclass(frozen=True)
class AnswerMask:
    """One mask of an answer, at the resolution of the frame; becomes an `Instance`.

    box  (x0, y0, x1, y1) in pixels of the frame, as the engine predicted it beside the mask and not
         as the mask's extent is; may reach beyond the frame. For measuring; None = it predicts none
    instance  id of the earlier instance whose mask this is, unchanged; 0 = a mask of now
    """

    label: str
    score: float
    mask: Rle
    parent_id: int = 0
    clause: int = 0
    role: Role = Role.TARGET
    box: Box | None = None
    instance: int = 0


@dataclass(frozen=True)
class Answer:
    """What the engine says. `found` gets the ids next_id, next_id + 1, ... in order.

    status      OK, NOTHING_FOUND (found is empty), AMBIGUOUS (found holds the candidates) or TALK
                (found is empty, and the round is not kept)
    references  ids of earlier instances that the words mean, of engines that `reads_dialogue`
    notes       what the words were taken to mean, likewise
    named       the user gave names: `found` holds earlier instances under their new ones
    """

    status: Status
    text: str
    found: tuple[AnswerMask, ...]
    transcript: str
    seconds: dict[str, float] = field(default_factory=dict)
    references: tuple[int, ...] = ()
    notes: str = ''
    named: bool = False


@dataclass(frozen=True)
class Progress:
    """How far an answer has come.

    stage  what runs now: 'text', 'mask' or 'memory', or a further stage of the engine
    text   words decoded so far
    found  masks that the answer has for certain; they get their ids like those of an `Answer`
    """

    stage: str
    text: str = ''
    found: tuple[AnswerMask, ...] = ()


def unheard(progress: object) -> None:
    """Take progress that nobody wants to hear of."""


class Context(Protocol):
    """One dialogue's cache on one frame. Used by one thread at a time."""

    frame: Frame

    @property
    def rounds(self) -> int:
        """How many rounds the cache holds."""

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer and keep the new round in the cache.

        `cancelled` is polled between decoding steps; when it returns True the cache is rewound
        and DeadlineExceeded is raised. Any other error leaves the cache as it was, too.
        `progress` is called before each stage and as soon as a mask is decoded; it is quick.
        """

    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Feed a recorded round (its question, transcript and masks) without decoding.

        `references` are the instances that `record.references` names. A round without a question
        (question == '') introduces its instances as shown by the user. `verbatim` is that of the
        question.
        """

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""


class Engine(Protocol):
    """A loaded model. Thread-compatible: the caller serialises calls."""

    facts: EngineFacts

    @classmethod
    def load(cls, path: Path, device: str, dtype: str, options: str) -> 'Engine':
        """Load a checkpoint; the other arguments and the errors are those of `registry.load`."""

    def open(self, frame: Frame, memory: bool = True) -> Context:
        """Encode the frame's image once and return an empty context on it.

        With `memory` False the context sees no earlier mask or box: for measuring their worth.
        """

    def same_view(self, context: Any, frame: Frame) -> bool:
        """Whether `frame` shows what `context.frame` shows, so that the context still holds.

        `context` is one of this engine's own, of which it knows more than `Context` promises.
        """
