# SPDX-License-Identifier: Apache-2.0
"""What is followed, as messages: masks and states of now, label image, frames of TF."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rclpy')

from support.spatial import HEIGHT, STAMP, WIDTH, Somewhere, box_and_part, frame

from reasonseg_ros.core.dialogue.dialogue import Dialogue, Instance, State
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.core.memory.thing import Sighting
from reasonseg_ros.ros.output import space as space_module
from reasonseg_ros.ros.output.live import (
    LiveOutputs,
    frame_names,
    live_outputs,
    present_round,
    thing_frames,
)

NOTHING = np.zeros((HEIGHT, WIDTH), bool)
DIALOGUE = Dialogue('kitchen', (box_and_part(),))


def sightings(state: State = State.VISIBLE) -> tuple[Sighting, ...]:
    """Return that the box is in view and its part in this state; 9 is not of the dialogue."""
    box, part = (i.mask.decode() for i in DIALOGUE.instances)
    return (Sighting(1, State.VISIBLE, box, 'seen where it was', 7),
            Sighting(2, state, part if state is State.VISIBLE else NOTHING, 'it is hidden', 7),
            Sighting(9, State.VISIBLE, box, '', 7))


class Ear:
    """A publisher that keeps what it publishes."""

    def __init__(self, listeners: int) -> None:
        self.listeners, self.published = listeners, []

    def get_subscription_count(self) -> int:
        return self.listeners

    def publish(self, message) -> None:
        self.published.append(message)


def ears(listeners: int = 1, tf: Ear | None = None) -> tuple[dict[str, Ear], LiveOutputs]:
    """Return what is published by topic, and the outputs."""
    heard: dict[str, Ear] = {}
    return heard, LiveOutputs(lambda kind, topic, qos: heard.setdefault(topic, Ear(listeners)),
                              tf=tf)


def test_what_is_hidden_has_its_state_its_reason_and_no_mask():
    record = present_round(DIALOGUE, frame(stamp=STAMP + 5), sightings(State.OCCLUDED))
    box, part = record.instances
    assert (record.index, record.stamp) == (1, STAMP + 5)
    assert (box.state, box.last_seen, box.reason) == (State.VISIBLE, STAMP + 5, '')
    assert (part.state, part.last_seen, part.reason) == (State.OCCLUDED, 7, 'it is hidden')
    assert box.mask.area > 0 == part.mask.area


def test_the_message_is_of_the_image_and_places_what_is_visible():
    heard, outputs = ears()
    outputs.publish(DIALOGUE, frame(), sightings(State.LOST), Somewhere())
    message, = heard['~/tracked'].published
    assert (message.dialogue_id, message.round) == ('kitchen', 1)
    assert message.header.frame_id == 'optical'
    box, part = message.instances
    assert (box.has_3d, part.has_3d, box.has_grasp) == (True, False, False)
    assert (part.state, part.area, part.last_seen.nanosec) == (2, 0, 7)
    labels, = heard['~/tracked_label_image'].published
    assert labels.encoding == 'mono16' and set(labels.data) == {0, 1}
    assert outputs.heard


def test_boxes_are_fitted_anew_only_where_something_has_changed(monkeypatch):
    fitted = []
    fit = space_module.boxes_of
    monkeypatch.setattr(space_module, 'boxes_of', lambda *given: fitted.append(1) or fit(*given))
    heard, outputs = ears()
    seen = sightings()
    for shown, found in ((frame(), seen), (frame(stamp=STAMP + 1), seen), (frame(), sightings())):
        outputs.publish(DIALOGUE, shown, found, Somewhere())
    one, two, three = heard['~/tracked'].published
    assert len(fitted) == 2
    assert one.instances[0].pose == two.instances[0].pose == three.instances[0].pose
    assert two.header.stamp.nanosec == one.header.stamp.nanosec + 1
    outputs.publish(DIALOGUE, frame(depth=None), seen, Somewhere())
    assert not heard['~/tracked'].published[-1].instances[0].has_3d


def test_no_label_image_is_made_for_nobody():
    heard, outputs = ears(listeners=0)
    outputs.publish(DIALOGUE, frame(), (), Somewhere())
    assert heard['~/tracked'].published[0].instances == []
    assert heard['~/tracked_label_image'].published == [] and not outputs.heard


def test_frames_of_things_have_legal_names_of_their_own():
    mask = Rle.encode(NOTHING)

    def instance(number: int, parent: int, label: str) -> Instance:
        return Instance(number, parent, 1, label, 1.0, mask)
    assert frame_names([
        instance(5, 2, 'button'), instance(2, 0, 'coffee mug'), instance(3, 2, 'button'),
        instance(4, 0, 'tasse à thé'), instance(7, 6, 'lid')]) == {
            2: 'coffee_mug_2', 4: 'tasse___th__4', 3: 'coffee_mug_2/button',
            5: 'coffee_mug_2/button_5', 7: 'lid_7'}


def test_a_frame_lies_in_the_middle_of_its_thing():
    box = OrientedBox(np.array([0.1, 0.2, 0.9]), np.eye(3), np.ones(3), 1.0)
    placed, = thing_frames(DIALOGUE.instances, {2: box}, 'map', STAMP)
    assert (placed.header.frame_id, placed.child_frame_id) == ('map', 'box_1/lid')
    assert placed.header.stamp.sec * 10**9 + placed.header.stamp.nanosec == STAMP
    move, turn = placed.transform.translation, placed.transform.rotation
    assert (move.x, move.y, move.z, turn.w) == (0.1, 0.2, 0.9, 1.0)


def test_things_are_frames_of_the_memory_frame_where_the_camera_is_known_there(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_msgs', SimpleNamespace())
    monkeypatch.setitem(sys.modules, 'tf2_msgs.msg', SimpleNamespace(TFMessage=SimpleNamespace))
    tf, pose = Ear(1), np.eye(4)
    pose[0, 3] = 2.0
    somewhere = Somewhere()
    somewhere.memory_frame = 'map'
    _, outputs = ears(tf=tf)
    for shown in (frame(), frame(camera_pose=pose)):
        outputs.publish(DIALOGUE, shown, sightings(State.OCCLUDED), somewhere)
    (here,), (there,) = (message.transforms for message in tf.published)
    assert (here.header.frame_id, there.header.frame_id) == ('optical', 'map')
    assert here.child_frame_id == there.child_frame_id == 'box_1'
    moved = there.transform.translation.x - here.transform.translation.x
    assert moved == pytest.approx(2.0)


def test_without_tf2_msgs_things_are_no_frames(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tf2_msgs.msg', None)
    topics: list[str] = []
    outputs = live_outputs(lambda kind, topic, qos: topics.append(topic), ['', 'left'], True)
    assert list(outputs) == ['', 'left']
    assert topics == ['~/tracked', '~/tracked_label_image', '~/left/tracked',
                      '~/left/tracked_label_image']
