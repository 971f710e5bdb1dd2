# SPDX-License-Identifier: Apache-2.0
"""A memory that knows no motion: it says of everything that it is where it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, State


@dataclass(frozen=True, eq=False)
class StillFinding:
    """What such a memory says of one thing."""

    id: int
    state: State
    mask: np.ndarray
    reason: str = 'nothing ever moves'


class StillMemory:
    """Keeps the first masks; `frames` are those that it was shown later."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self._kept: dict[int, Instance] = {}

    def observe(self, frame: Frame, instances: Sequence[Instance]) -> None:
        """Keep masks."""
        self._kept.update((i.id, i) for i in instances)

    def localise(self, frame: Frame) -> Iterable[StillFinding]:
        """Say that everything is where it was."""
        self.frames.append(frame)
        return [StillFinding(i.id, State.VISIBLE, i.mask.decode()) for i in self._kept.values()]
