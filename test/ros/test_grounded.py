# SPDX-License-Identifier: Apache-2.0
"""A real node with the engine `grounded` holds a dialogue over DDS.

Who cuts is the package's own network, and the scene one of the simulated household.
"""

import json
from collections.abc import Iterator

import numpy as np
import pytest

pytest.importorskip('rclpy')
pytest.importorskip('embreex')

from support.harness import segmenter, served
from support.recorded_resolver import answering, resolution, serving

from reasonseg_ros.core.errors import Status
from reasonseg_ros.evaluation.views import HouseholdViews
from reasonseg_ros.ros.client.client import Client

NODE = ('engine:=grounded', 'device:=cpu')


@pytest.fixture(scope='module')
def table() -> np.ndarray:
    """Return an image of an apple, two hammers, a pan and more, uint8 [240, 320, 3]."""
    with HouseholdViews('val', (320, 240), 0) as views:
        return views.show(0)[0].rgb


@pytest.fixture(params=['embedded=whole', 'embedded=phrases'])
def client(tmp_path, request) -> Iterator[Client]:
    """Yield a client of a node whose sentences our grammar reads; no other node runs meanwhile."""
    with served(tmp_path, *NODE, 'resolver:=rules', f'engine_options:={request.param}',
                program='reasonseg_ros.ros.main') as parts:
        yield parts[2]


def test_the_grammar_and_our_own_masks_hold_a_dialogue(client, table):
    def say(words: str):
        return client.segment(words, 'd', policy='sent', rgb=table)
    apple = say('the apple')
    assert (apple.status, [i.label for i in apple.instances]) == (Status.OK, ['apple'])
    asked = say('the hammer')
    assert (asked.status, len(asked.instances)) == (Status.AMBIGUOUS, 2)
    left = say('the left one')
    assert left.status is Status.OK
    middles = [(i.mask.box[0] + i.mask.box[2]) / 2 for i in asked.instances]
    assert left.instances[0].id == asked.instances[int(np.argmin(middles))].id
    other = say('the other one')
    assert other.instances[0].id == asked.instances[int(np.argmax(middles))].id
    assert say('the banana').status is Status.NOTHING_FOUND
    assert say('how many hammers do you see').answer == 'I see two hammers.'
    again = say('number 1')
    assert (again.instances[0].id, again.instances[0].mask) == (1, apple.instances[0].mask)
    _, rounds = client.rounds('d')
    assert {r.engine.split('@')[0] for r in rounds} == {'grounded'}
    assert all(r.engine.endswith('+rules') for r in rounds)
    # Undo and ids need nothing from the resolver.
    client.undo('d')
    repeated = say('number 1')
    assert (repeated.status, repeated.instances[0].mask) == (Status.OK, apple.instances[0].mask)


SCRIPT = {
    'quelque chose de rouge a manger': resolution(phrase='apple'),
    'die Haemmer': resolution(phrase='hammer', count=0),
    'die andere': '```json\n' + json.dumps(resolution(phrase='hammer', ref_ids=(2,),
                                                      relation='other')) + '\n```',
    'the banana': 'The banana is not on the table.',
    'something I did not show': 'No JSON from me.',
}


def test_a_recorded_model_holds_a_dialogue_in_other_languages(tmp_path, table):
    with serving(answering(SCRIPT)) as server, served(
            tmp_path, *NODE, 'resolver:=server', f'resolver_url:={server.url}',
            program='reasonseg_ros.ros.main') as (process, _, client):
        def say(words: str):
            before = len(server.requests)
            reply = client.segment(words, 'd', policy='sent', rgb=table)
            return reply, len(server.requests) - before
        apple, calls = say('quelque chose de rouge a manger')
        assert (apple.status, [i.label for i in apple.instances], calls) == (
            Status.OK, ['apple'], 1)
        hammers, _ = say('die Haemmer')
        assert [i.id for i in hammers.instances] == [2, 3]
        other, calls = say('die andere')
        assert ([i.id for i in other.instances], calls) == ([3], 1), other.message
        # Neither answer fits: the grammar reads it, after two calls.
        banana, calls = say('the banana')
        assert (banana.status, calls) == (Status.NOTHING_FOUND, 2)
        undone, calls = say('undo')
        assert (undone.status, calls) == (Status.OK, 0)
        server.script = lambda body: (429, {'Retry-After': '3'}, b'{"error": "too many"}')
        busy, calls = say('the apple')
        assert (busy.status, calls) == (Status.BUSY, 1)
        assert 'ask again in 3 s' in busy.message and '\n' not in busy.message
        server.stop()
        down, _ = say('the apple')
        assert down.status is Status.INTERNAL and 'cannot be reached' in down.message
        _, rounds = client.rounds('d')
        assert [r.index for r in rounds] == [1, 2, 3]
        assert rounds[0].engine.endswith('+recorded-vl-4b')
        assert 'Traceback' not in process.log


def test_a_model_that_does_not_see_stops_the_node_with_one_line(tmp_path):
    with serving(lambda body: 'I am a language model.') as server:
        process = segmenter(tmp_path, *NODE, f'resolver_url:={server.url}',
                            program='reasonseg_ros.ros.main')
        assert process.wait() != 0
    line, = [said for said in process.log.splitlines() if 'not configured' in said]
    assert 'does not tell red, green, blue' in line and 'resolver_image=off' in line
