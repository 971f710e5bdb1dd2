# SPDX-License-Identifier: Apache-2.0
"""What is asked when requests beside things that are followed are measured."""

from types import SimpleNamespace

import pytest

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros.measure.live import introduce, mixed


def client(*shown):
    answers = iter(shown)
    return SimpleNamespace(segment=lambda sentence, dialogue: SimpleNamespace(
        instances=[SimpleNamespace(id=i) for i in next(answers)]))


def test_things_are_named_until_there_are_enough():
    assert introduce(client([1], [], [1, 2], [3]), ('a', 'b', 'c', 'd'), 2) == [1, 2]
    with pytest.raises(ReasonSegError, match='showed 1 things; 2 are to be followed'):
        introduce(client([1], [1]), ('a', 'b'), 2)


def test_requests_go_to_the_engine_and_to_the_memory_in_turn():
    assert mixed(('the mug', 'its handle', 'the lamp'), [4, 7]) == [
        'the mug', 'number 4', 'its handle', 'number 7', 'the lamp', 'number 4']
