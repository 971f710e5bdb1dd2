# SPDX-License-Identifier: Apache-2.0
"""What the contexts of all engines do alike: count rounds, take back what failed, keep the time.

A cache only ever grows at its end, so where a round began is all that it takes to return there.
Knows no tokens and no masks.
"""

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.engines.protocol import Context

MarkT = TypeVar('MarkT')


class CachedContext(Context, Generic[MarkT]):
    """A context whose cache can be cropped to a place in it, a `MarkT`."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._marks: list[MarkT] = []            # before each round
        self._seconds: dict[str, float] = {}     # by stage: of the answer, at first of the opening
        self._opening: dict[str, float] = {}     # seconds that no answer has told yet

    @property
    def rounds(self) -> int:
        """How many rounds the cache holds."""
        return len(self._marks)

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""
        if not 0 <= rounds <= self.rounds:
            raise ValueError(f'cannot rewind {self.rounds} rounds to {rounds}')
        if rounds < self.rounds:
            self._crop(self._marks[rounds])
            del self._marks[rounds:]

    @abstractmethod
    def _mark(self) -> MarkT:
        """Return the end of the cache."""

    @abstractmethod
    def _crop(self, mark: MarkT) -> None:
        """Forget what was fed after `mark`."""

    @contextmanager
    def _round(self) -> Iterator[None]:
        """Keep the new round if the block succeeds; crop it away if anything fails."""
        mark = self._mark()
        try:
            with memory_errors(f'in round {self.rounds + 1}'):
                yield
        except BaseException:
            self._crop(mark)
            raise
        self._marks.append(mark)

    @contextmanager
    def _answered_round(self) -> Iterator[None]:
        """Time a round; the first one that succeeds tells what opening the context took, too."""
        self._seconds = dict(self._opening)
        with self._round():
            yield
        self._opening = {}

    @contextmanager
    def _measured(self, stage: str) -> Iterator[None]:
        """Add the seconds of the block to a stage."""
        start = time.perf_counter()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - start


class RecordContext(CachedContext[None]):
    """A context that caches nothing of a round: its memory is the dialogue itself."""

    def remember(self, record: Round, references: tuple[Instance, ...] = (),
                 verbatim: bool = False) -> None:
        """Count the round."""
        with self._round():
            pass

    def _mark(self) -> None:
        return None

    def _crop(self, mark: None) -> None:
        pass


def stop_if(cancelled: Callable[[], bool], before: str = 'the answer was complete') -> None:
    """Raise DeadlineExceeded when the caller wants no answer any more."""
    if cancelled():
        raise DeadlineExceeded(f'the request was cancelled or its deadline passed before {before}')
