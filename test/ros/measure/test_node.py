# SPDX-License-Identifier: Apache-2.0
"""Which rounds count when the cost of a node is measured, and what its messages are made of."""

from types import SimpleNamespace

from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros.measure import node


def test_rounds_that_were_not_answered_are_counted_and_left_out():
    statuses = [Status.OK, Status.BUSY, Status.NOTHING_FOUND, Status.AMBIGUOUS]
    client = SimpleNamespace(segment=lambda sentence, dialogue: SimpleNamespace(
        status=statuses[int(sentence)], seconds={'text': 0.25, 'total': 9.0}, frame_stamp=0))
    trips, refused = node.converse(client, ('0', '1', '2', '3'), 2)
    assert [t.round for t in trips] == [1, 3, 4] * 2
    assert {t.engine for t in trips} == {0.25}
    assert refused == {'BUSY': 2}


def test_the_instances_of_a_measured_message_are_the_same_each_time():
    made = node.instances()
    assert made == node.instances()
    assert [i.id for i in made] == list(range(1, node.COUNT + 1))
    assert {(i.mask.height, i.mask.width) for i in made} == {node.SIZE}
    assert all(i.mask.area for i in made)
