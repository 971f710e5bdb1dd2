# SPDX-License-Identifier: Apache-2.0
"""What cuts the masks of engine `grounded`, and the two segmenters that need no prompt.

A segmenter looks at a frame once; what it then sees of an utterance is an `Inventory`, which the
rules read. `PerceptionSegmenter` is the package's own network, the eyes of engine `household`: it
needs no other weights, and knows 53 kinds of things and no word beside them. `TruthSegmenter` is
told what is there, to measure language and memory alone. Segmenters that are asked for phrases are
in `engines.grounded.prompted`. Reads no sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.language.utterance import Utterance
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.household.engine import Household
from reasonseg_ros.engines.household.look import look
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.rules import Calibration


class SegmenterView(Protocol):
    """What a segmenter makes of one frame."""

    def inventory(self, utterance: Utterance, dialogue: Dialogue,
                  cancelled: Callable[[], bool]) -> Inventory:
        """Return what is seen of all that an utterance speaks of, and of what was shown before.

        The same utterance in the same dialogue gives the same inventory, whatever was asked
        meanwhile. Raises DeadlineExceeded.
        """


class SceneSegmenter(Protocol):
    """A loaded segmenter.

    facts        of its weights; `name` is its own
    calibration  from its scores to chances
    open_words   whether it can be asked for any noun
    """

    facts: EngineFacts
    calibration: Calibration
    open_words: bool

    def open(self, frame: Frame) -> SegmenterView:
        """Encode a frame once."""


@dataclass(frozen=True, eq=False)
class FixedView:
    """One inventory for every utterance."""

    seen: Inventory

    def inventory(self, utterance: Utterance, dialogue: Dialogue,
                  cancelled: Callable[[], bool]) -> Inventory:
        """Return what was seen at first."""
        return self.seen


class PerceptionSegmenter:
    """The instances, names and parts of the package's own network."""

    open_words = False

    def __init__(self, household: Household) -> None:
        self._model = household.model
        self.calibration, self.facts = household.calibration, household.facts

    def open(self, frame: Frame) -> FixedView:
        """Look at a frame."""
        return FixedView(look(self._model, frame))


class TruthSegmenter:
    """Eyes that are told what is there. Frames are not looked at."""

    open_words = False
    calibration = Calibration()
    facts = EngineFacts('truth', 'perfect-eyes', '', 'cpu', 'float32', 0, 0)

    def __init__(self, seen: Inventory) -> None:
        self._seen = seen

    def open(self, frame: Frame) -> FixedView:
        """Return what was told."""
        return FixedView(self._seen)
