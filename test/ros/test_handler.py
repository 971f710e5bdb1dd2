# SPDX-License-Identifier: Apache-2.0
"""Requests and their dialogue: whatever fails after the engine, both tell the same."""

from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from reasonseg_ros.srv import ResetDialogue, Segment
from support.fake_segmenter import unspun
from support.harness import camera_image

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue import book, store
from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros import frames, handler
from reasonseg_ros.ros.node import Segmenter
from reasonseg_ros.ros.output import convert, outputs, space, transforms

# Everything between the engine's answer and the end of the request, and what recording needs.
STAGES = (
    (frames.Frames, 'keep'), (frames.Frames, 'of'), (frames.Frames, 'same_view'),
    (handler, 'newest_rounds'), (frames.Frames, 'in_view'), (handler, 'Space'),
    (handler, 'ServedRequest'), (space, 'boxes_of'), (space, 'table_up'), (space, 'handlings_of'),
    (space, 'measured'), (transforms.Transforms, 'place'), (convert, 'instance_message'),
    (convert, 'header_message'), (convert, 'timing_messages'), (book.DialogueBook, 'append'),
    (book.DialogueBook, 'rewind'), (store.Store, 'append'), (store, 'to_json'),
    (outputs.NodeOutputs, 'publish'), (outputs, 'spoken_answer'))
FAULTS = (RuntimeError, np.linalg.LinAlgError, OverflowError)


@pytest.fixture(scope='module')
def node(tmp_path_factory) -> Iterator[Segmenter]:
    """An active node that nobody spins; its handler is called directly."""
    store_path = tmp_path_factory.mktemp('store') / 'dialogues.sqlite3'
    with unspun(store_path) as node:
        yield node


def request(said: str, **depth: object) -> Segment.Request:
    """A sentence about an image with a flat depth image, or with other fields of these."""
    image = camera_image(1)
    metres = np.full((image.height, image.width), 0.8, np.float32)
    metres[4:14, 2:26] -= np.linspace(0.1, 0.2, 24, dtype=np.float32)
    camera = CameraModel(image.width, image.height, 30.0, 30.0, 15.5, 11.5)
    given = {'depth_image': convert.image_message(metres, '32FC1', image.header),
             'camera_info': convert.camera_info(camera, image.header), **depth}
    return Segment.Request(dialogue_id='d', instruction=said, image=image,
                           frame_policy=Segment.Request.SENT, **given)


def ask(node: Segmenter, asked: Segment.Request) -> Segment.Response:
    """Serve a request as the service does."""
    return node._handler.answering(node._handler.segment)(asked, Segment.Response())


def state(node: Segmenter) -> tuple:
    """What the dialogue is, and what a restarted node would read."""
    dialogue = node._handler.loaded.book.open('d')
    kept = node._handler.loaded.book.store
    rows = {name: [r.instruction for r in d.rounds] for d in kept._read(kept._connection)
            for name in (d.id,)}
    return (dialogue.rounds, dialogue.next_id, rows.get('d', []))


@pytest.mark.parametrize(('place', 'name'), STAGES, ids=[name for _, name in STAGES])
def test_a_request_and_its_dialogue_agree_whatever_fails(node, monkeypatch, place, name):
    for fault in FAULTS:
        node._handler.answering(node._handler.reset_dialogue)(
            ResetDialogue.Request(dialogue_id='d'), ResetDialogue.Response())
        assert ask(node, request('the red thing')).status == Status.OK
        for said in ('the green thing', 'undo'):
            before, asked = state(node), request(said)
            with monkeypatch.context() as patched:
                def fail(*given: object, **more: object) -> None:
                    raise fault('injected')  # noqa: B023
                patched.setattr(place, name, fail)
                response = ask(node, asked)
            rounds, next_id, rows = state(node)
            assert [r.instruction for r in rounds] == rows
            if response.status == Status.OK:
                assert len(rounds) == len(before[0]) + (-1 if said == 'undo' else 1)
                assert response.round == (0 if said == 'undo' else len(rounds))
            else:
                assert (response.status, response.round) == (Status.INTERNAL, 0)
                assert 'injected' in response.message and not response.instances
                assert (rounds, next_id, rows) == before


@pytest.mark.parametrize('name', ['boxes_of', 'table_up', 'handlings_of', 'measured'])
def test_a_fault_in_space_costs_the_boxes_and_not_the_answer(node, monkeypatch, name):
    monkeypatch.setattr(space, name, lambda *_, **__: 1 / 0)
    asked = request('the red thing')
    if name == 'measured':  # of instances without a box
        metres = np.ones((asked.image.height, asked.image.width), np.float32)
        metres[:14] = 0
        asked.depth_image.data = convert._sequence(metres.reshape(-1).view(np.uint8))
    response = ask(node, asked)
    assert response.status == Status.OK
    assert 'there are no results in space: internal fault (ZeroDivisionError' in response.message
    assert not any(i.has_3d for i in response.instances)


@pytest.mark.parametrize('value', [np.nan, np.inf, 1e300, -300.0, 1e-9])
def test_intrinsics_that_are_none_cost_the_boxes_and_not_the_answer(node, value):
    asked = request('the green thing')
    asked.camera_info.k[0] = asked.camera_info.p[0] = value
    response = ask(node, asked)
    assert response.status == Status.OK and response.round
    assert not any(i.has_3d for i in response.instances), response.message


@pytest.mark.parametrize('value', [3e38, np.inf])
def test_depth_that_no_camera_sees_is_unknown(node, value):
    asked = request('the green thing')
    metres = np.frombuffer(asked.depth_image.data, np.float32).copy()
    metres[::2] = value
    asked.depth_image.data = convert._sequence(metres.view(np.uint8))
    response = ask(node, asked)
    assert response.status == Status.OK and response.round
    for instance in response.instances:
        assert abs(instance.pose.position.z) < 2.0


def test_a_round_that_is_not_on_disk_says_so(node, monkeypatch):
    kept = node._handler.loaded.book.store
    kept._fail(OSError('disk full'))
    monkeypatch.setattr(store.Store, 'due', property(lambda _: False))
    response = ask(node, request('the red thing'))
    assert response.status == Status.OK and 'cannot be written (disk full)' in response.message
    assert not response.persistent
    monkeypatch.undo()
    kept._next = 0.0
    response = ask(node, request('the red thing'))
    assert response.persistent and 'cannot' not in response.message
    assert not ask(node, request('')).persistent
    rounds, _, rows = state(node)
    assert [r.instruction for r in rounds] == rows
