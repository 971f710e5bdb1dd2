# SPDX-License-Identifier: Apache-2.0
"""What contexts of engines with a language model have in common: rounds in a stream, and times.

A round is kept when it succeeds, and cropped away when anything fails. No words, no masks.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from reasonseg_ros.engines.devices import memory_errors
from reasonseg_ros.nn.llama import Stream


class Rounds:
    """Positions of rounds in a stream; see `protocol.Context` for the promises."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._marks: list[int] = []     # positions before each round
        self._seconds: dict[str, float] = {}

    @property
    def rounds(self) -> int:
        """How many rounds the cache holds."""
        return len(self._marks)

    @property
    def spoken_rounds(self) -> int:
        """How many of them have words; a mask that the user showed has none."""
        return sum(end > begin for begin, end in pairwise([*self._marks, self.stream.length]))

    def rewind(self, rounds: int) -> None:
        """Crop the cache so that the first `rounds` rounds remain."""
        if not 0 <= rounds <= self.rounds:
            raise ValueError(f'cannot rewind {self.rounds} rounds to {rounds}')
        if rounds < self.rounds:
            self.stream.crop(self._marks[rounds])
            del self._marks[rounds:]

    @contextmanager
    def _round(self) -> Iterator[None]:
        """Keep the new round if the block succeeds; crop it away if anything fails."""
        mark = self.stream.length
        try:
            with memory_errors(f'in round {self.rounds + 1}'):
                yield
        except BaseException:
            self.stream.crop(mark)
            raise
        self._marks.append(mark)

    @contextmanager
    def _measured(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._seconds[stage] = self._seconds.get(stage, 0.0) + time.perf_counter() - start
