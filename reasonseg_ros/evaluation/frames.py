# SPDX-License-Identifier: Apache-2.0
"""Labelled frames against an engine: their dialogues, and the things that it sees unasked.

Dialogues go through the `Session` that the node uses, all about the one image. What is there
without a word is measured with engines that keep an inventory. Does not read files of frames
(`benchmarks.labelled_frames`) or print.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from reasonseg_ros.benchmarks.labelled_frames import FrameFolder, LabelledThing, read_frame
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadInput, Status
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation import script
from reasonseg_ros.evaluation.figures import RIGHT_IOU
from reasonseg_ros.evaluation.interview import (
    Draw,
    Interview,
    ScriptedRound,
    SessionRespondent,
    private_book,
)
from reasonseg_ros.evaluation.metrics import Segmentation, segmentation
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.nn.perception.inputs import depth_channels

DEPTHS = ('given', 'none')   # whether engines get the depth that a frame has
LOWEST, HIGHEST = 0.07, 5.0  # decimetres above the table between which things stand on it


@runtime_checkable
class SeesThings(Protocol):
    """A context whose engine says what it sees before anything is asked."""

    inventory: Inventory


def shown(frame: Frame, depth: str) -> Frame:
    """Return a frame as an engine gets it; `depth` is one of DEPTHS."""
    return frame if depth == DEPTHS[0] else replace(frame, depth=None)


def read_rounds(folder: FrameFolder, size: tuple[int, int]
                ) -> dict[str, list[ScriptedRound]]:
    """Read the dialogues about a frame of `size` (width, height): id -> rounds; {} without any.

    Raises BadInput that names line and field.
    """
    if folder.dialogues is None:
        return {}
    return {talk.id: [script.scripted(said, number)
                      for number, said in enumerate(talk.rounds, start=1)]
            for talk in script.load(folder.dialogues, size, timed=False).talks}


def run_frame(engine: Engine, name: str, frame: Frame,
              dialogues: Mapping[str, Sequence[ScriptedRound]], draw: Draw | None = None,
              timed: Callable[[Mapping[str, float]], None] | None = None
              ) -> Iterator[RoundRecord]:
    """Say the dialogues about one frame; each is named NAME/ID in its records.

    timed  told the seconds of every answer
    """
    for number, (dialogue, rounds) in enumerate(dialogues.items()):
        session = Session(engine, private_book(len(rounds) + 1), contexts=1, rules=True)
        unique = f'{name}/{dialogue}'
        interview = Interview(unique, SessionRespondent(session, unique, frame))
        for asked in rounds:
            record, answer = interview.ask(asked)
            if timed is not None and answer.seconds and not (number and 'vision' in answer.seconds):
                timed(answer.seconds)  # the image is encoded again for each dialogue
            file = '' if draw is None else draw(unique, asked.number, frame.rgb, answer.instances,
                                                [t.mask for t in asked.targets or ()])
            yield replace(judged(record, asked, answer.instances), picture=file)
        session.close()


def judged(record: RoundRecord, asked: ScriptedRound, instances: Sequence[Instance]
           ) -> RoundRecord:
    """Say of a round whether it came out as it was meant, and how far off its masks are.

    As meant is: the status is the expected one, and every mask, unasked ones too, has an IoU of
    at least 0.5 where there is something to find.
    """
    if asked.targets is None or asked.expect is None:
        return record
    right = [t.mask for t in asked.targets]
    stray = min((max((i.mask.iou(m) for m in right), default=0.0) for i in instances),
                default=None)
    meant = record.status == record.expected and (
        asked.expect is Status.NOTHING_FOUND or all(t.iou >= RIGHT_IOU for t in record.targets))
    return replace(record, stray_iou=stray, meant=meant)


def segment_things(engine: Engine, frame: Frame, things: Sequence[LabelledThing], depth: str
                   ) -> Segmentation | None:
    """Score what an engine sees unasked; None when it keeps no inventory.

    Pixels of things that nobody labelled count where the depth says that they stand on the table;
    elsewhere, and without depth, they are left out: they may be chairs, walls or people.
    """
    context = engine.open(shown(frame, depth))
    if not isinstance(context, SeesThings):
        return None
    true = [thing.mask.decode() for thing in things]
    labelled = np.any(true, axis=0) if true else np.zeros(frame.rgb.shape[:2], bool)
    return segmentation([thing.mask.decode() for thing in context.inventory.things], true,
                        ~labelled & ~standing(frame))


def standing(frame: Frame) -> np.ndarray:
    """Pixels bool [H, W] that depth shows to lie on what stands on the table."""
    channels, plane = depth_channels(frame.depth, frame.camera, np.random.default_rng(0),
                                     (frame.height, frame.width))
    if plane is None:
        return np.zeros((frame.height, frame.width), bool)
    above: np.ndarray = (channels[0] > LOWEST) & (channels[0] < HIGHEST) & (channels[4] > 0)
    return above


def check(folders: Sequence[FrameFolder]) -> int:
    """Read everything once, so that a fault is said before anything is asked; count the rounds.

    Raises BadInput.
    """
    rounds = 0
    for folder in folders:
        frame = read_frame(folder)
        rounds += sum(map(len, read_rounds(folder, (frame.width, frame.height)).values()))
    if not rounds:
        raise BadInput('no frame has dialogues; write dialogues.json beside its image, or make '
                       'them with "reasonseg label"')
    return rounds
