# SPDX-License-Identifier: Apache-2.0
"""Dialogues about a bag, held with an engine through the `Session` that the node uses.

Deterministic: nothing depends on how long anything takes, and a dialogue that was interrupted is
held again from its first round, so that the records are the same bytes as without an interruption.
Does not play the bag in time (`ros.client.live_replay`) and does not print.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from time import thread_time

from reasonseg_ros.bags.recording import MAX_AGE
from reasonseg_ros.bags.recording import Moment
from reasonseg_ros.bags.recording import Recording
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.conversation import Conversation
from reasonseg_ros.evaluation.conversation import Heard
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.script import Said
from reasonseg_ros.evaluation.script import Script


@dataclass(frozen=True, eq=False)
class PlannedRound:
    """One round with the moment of the bag that it is about."""

    said: Said
    moment: Moment


@dataclass(frozen=True, eq=False)
class ReplayedRound:
    """One round as it went.

    frame    None when the image could not be decoded
    notes    what the frame lacks in space
    shown    new instances; empty when there are none
    earlier  instances that the words were taken to mean
    seconds  stage -> seconds: those of the engine, 'frame' (reading and decoding), 'total' (the
             request), 'round' (everything but drawing and writing) and 'outside cpu', which is the
             processor time of 'round' without 'total', whatever else the machine does
    """

    record: RoundRecord
    time: int
    frame: Frame | None
    notes: tuple[str, ...]
    shown: tuple[Instance, ...]
    earlier: tuple[Instance, ...]
    seconds: dict[str, float]


def plan(script: Script, recording: Recording) -> tuple[dict[str, list[PlannedRound]], list[str]]:
    """Find the moment of every round, before anything is asked.

    Returns the rounds by dialogue, and a warning per dialogue that a damaged bag cuts short.
    Raises BadInput that names line and field for a round outside the bag or back in time.
    """
    planned: dict[str, list[PlannedRound]] = {}
    warnings = []
    for talk in script.talks:
        rounds: list[PlannedRound] = []
        for said in talk.rounds:
            try:
                moment = (recording.image(said.frame) if said.time is None
                          else recording.at(said.time))
            except BadInput as error:
                if recording.trouble and _behind(said, recording):
                    warnings.append(f'dialogue "{talk.id}" ends after {len(rounds)} of '
                                    f'{len(talk.rounds)} rounds, where the damaged bag does')
                    break
                raise BadInput(f'{said.where}: {error}') from error
            if rounds and moment.time < rounds[-1].moment.time:
                raise BadInput(f'{said.where}: this round is before the one above it; put the '
                               'rounds of a dialogue in the order of their times')
            rounds.append(PlannedRound(said, moment))
        planned[talk.id] = rounds
    return planned, warnings


def hold(engine: Engine, recording: Recording, dialogue: str, rounds: list[PlannedRound],
         pictures: list[str]) -> Iterator[ReplayedRound]:
    """Hold one dialogue; `pictures` are the names for the records."""
    book = DialogueBook(max_dialogues=1, max_rounds=len(rounds) + 1, max_bytes=1 << 30,
                        ttl=float('inf'), clock=lambda: 0.0)
    session = Session(engine, book, contexts=1)
    conversation = Conversation(dialogue)
    for due, picture in zip(rounds, pictures, strict=True):
        yield _round(session, recording, dialogue, conversation, due, picture)
    session.close()


def _round(session: Session, recording: Recording, dialogue: str, conversation: Conversation,
           due: PlannedRound, picture: str) -> ReplayedRound:
    start, cpu = perf_counter(), thread_time()
    seconds: dict[str, float] = {}
    frame, notes, trouble = look(recording, due.moment)
    seconds['frame'] = perf_counter() - start

    def ask(sentence: str) -> Heard:
        nonlocal cpu
        begun, before = perf_counter(), thread_time()
        try:
            if trouble is not None:
                raise trouble
            reply = session.ask(dialogue, sentence, frame)
            seconds.update(reply.seconds)
            status, answer = reply.status, reply.answer
            instances, references = reply.instances, reply.references
        except ReasonSegError as error:
            status, answer, instances, references = error.status, str(error), (), ()
        seconds['total'] = perf_counter() - begun
        cpu += thread_time() - before
        return Heard(status, answer, instances, references, _alive(session, dialogue))

    record, heard = conversation.say(due.said, ask, picture)
    instances = session.book.open(dialogue).instances
    earlier = tuple(i for i in instances if heard is not None and i.id in heard.references)
    seconds['round'] = perf_counter() - start
    seconds['outside cpu'] = thread_time() - cpu
    return ReplayedRound(record, due.moment.time, frame, notes, () if heard is None else heard.instances,
                         earlier, seconds)


def look(recording: Recording, moment: Moment
         ) -> tuple[Frame | None, tuple[str, ...], BadImage | None]:
    """Decode a moment; a damaged image is returned, since it ends one request, as at the node."""
    try:
        return *recording.frame(moment), None
    except BadImage as error:
        return None, (), error


def _alive(session: Session, dialogue: str) -> frozenset[int]:
    return frozenset(i.id for i in session.book.open(dialogue).instances)


def _behind(said: Said, recording: Recording) -> bool:
    """Whether a round lies after what can be read."""
    if said.time is None:
        return said.frame >= recording.images
    return said.time > recording.duration + MAX_AGE
