# SPDX-License-Identifier: Apache-2.0
"""Dialogues about a bag, run with an engine through the `Session` that the node uses.

Deterministic: nothing depends on how long anything takes, and a dialogue that was interrupted is
run again from its first round, so that the records are the same bytes as without an interruption.
Does not play the bag in time (`ros.client.live_replay`) and does not print.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter, thread_time

from reasonseg_ros.bags.recording import MAX_AGE, Moment, Recording
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.interview import (
    Interview,
    RoundAnswer,
    SessionRespondent,
    private_book,
)
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.evaluation.script import BagRound, Script, scripted


@dataclass(frozen=True, eq=False)
class PlannedRound:
    """One round with the moment of the bag that it is about."""

    said: BagRound
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
                moment = (recording.image(said.frame) if said.frame is not None
                          else recording.at(said.time or 0.0))
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


def replay(engine: Engine, recording: Recording, dialogue: str, rounds: list[PlannedRound],
           image_files: list[str]) -> Iterator[ReplayedRound]:
    """Run one dialogue; `image_files` are `RoundRecord.picture` of its rounds."""
    session = Session(engine, private_book(len(rounds) + 1), contexts=1, rules=True)
    respondent = _ReplayRespondent(session, dialogue)
    interview = Interview(dialogue, respondent)
    for number, (due, image_file) in enumerate(zip(rounds, image_files, strict=True), start=1):
        start, cpu = perf_counter(), thread_time()
        frame, notes, respondent.trouble = look(recording, due.moment)
        respondent.frame, respondent.cpu = frame, 0.0
        respondent.seconds = {'frame': perf_counter() - start}
        record, answer = interview.ask(scripted(due.said, number), image_file)
        meant = answer.references or ()
        earlier = tuple(i for i in respondent.dialogue.instances if i.id in meant)
        yield ReplayedRound(record, due.moment.time, frame, notes, answer.instances, earlier, {
            **respondent.seconds, 'round': perf_counter() - start,
            'outside cpu': thread_time() - cpu - respondent.cpu})
    session.close()


class _ReplayRespondent(SessionRespondent):
    """Answers about one frame of the bag after the other, and takes the time.

    trouble  why the image of now cannot be decoded
    seconds  stage -> seconds of the round
    cpu      processor time of the request
    """

    trouble: BadImage | None = None
    seconds: dict[str, float]
    cpu = 0.0

    def ask(self, said: str, references: tuple[int, ...] = (), answer: str = '') -> RoundAnswer:
        """Answer as the node does: a damaged image ends one request."""
        begun, before = perf_counter(), thread_time()
        try:
            if self.trouble is not None:
                raise self.trouble
            heard = super().ask(said, references, answer)
            self.seconds.update(heard.seconds)
            return heard
        finally:
            self.seconds['total'] = perf_counter() - begun
            self.cpu = thread_time() - before


def look(recording: Recording, moment: Moment
         ) -> tuple[Frame | None, tuple[str, ...], BadImage | None]:
    """Decode a moment; a damaged image is returned, since it ends one request, as at the node."""
    try:
        return *recording.frame(moment), None
    except BadImage as error:
        return None, (), error


def _behind(said: BagRound, recording: Recording) -> bool:
    """Whether a round lies after what can be read."""
    if said.frame is not None:
        return said.frame >= recording.images
    return (said.time or 0.0) > recording.duration + MAX_AGE
