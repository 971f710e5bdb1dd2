# SPDX-License-Identifier: Apache-2.0
"""A context keeps whole rounds only, and the time that opening it took is told once."""

from collections.abc import Callable

import pytest
from support.fakes import painted

from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.engines.context import CachedContext, stop_if


class Tokens(CachedContext[int]):
    """A cache of words, of which each is a round's answer in seconds of its own."""

    def __init__(self) -> None:
        super().__init__(painted())
        self.words: list[str] = []
        self._opening = {'vision': 2.0}

    def feed(self, text: str, cancelled: Callable[[], bool] = lambda: False) -> dict[str, float]:
        with self._answered_round():
            for word in text.split():
                with self._measured(word):
                    self.words.append(word)
                stop_if(cancelled)
        return self._seconds

    def _mark(self) -> int:
        return len(self.words)

    def _crop(self, mark: int) -> None:
        del self.words[mark:]


def test_a_round_that_fails_leaves_nothing_behind() -> None:
    context = Tokens()
    context.feed('the mug')
    with pytest.raises(DeadlineExceeded, match='before the answer was complete'):
        context.feed('its handle', lambda: True)
    assert (context.words, context.rounds) == (['the', 'mug'], 1)


def test_rewinding_crops_to_where_a_round_began() -> None:
    context = Tokens()
    for text in ('the mug', 'its handle', 'the lid'):
        context.feed(text)
    context.rewind(1)
    assert (context.words, context.rounds) == (['the', 'mug'], 1)
    with pytest.raises(ValueError, match='cannot rewind 1 rounds to 2'):
        context.rewind(2)


def test_the_first_answer_tells_what_opening_took_and_no_other_does() -> None:
    context = Tokens()
    with pytest.raises(DeadlineExceeded):
        context.feed('the mug', lambda: True)
    assert context.feed('the mug').keys() == {'vision', 'the', 'mug'}
    assert context.feed('its its').keys() == {'its'}
