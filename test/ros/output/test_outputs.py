# SPDX-License-Identifier: Apache-2.0
"""The messages of a round in space, and that none is built for a topic without a listener."""

import importlib.util
import sys
from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('rclpy')

from reasonseg_ros.msg import InstanceArray
from sensor_msgs.msg import PointField
from support import fakes
from support.spatial import BOX, HEIGHT, WIDTH, Somewhere, box_and_part, frame, rectangle

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance, Round, label_image
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output import outputs as outputs_module
from reasonseg_ros.ros.output.convert import cloud_message, points_of
from reasonseg_ros.ros.output.outputs import CameraOutputs, spoken_answer
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Placement

HEADER = convert.header_message(1_500_000_000, 'optical')
MARKERS = importlib.util.find_spec('visualization_msgs') is not None
VISION = importlib.util.find_spec('vision_msgs') is not None
needs_markers = pytest.mark.skipif(not MARKERS, reason='visualization_msgs is not installed')
needs_vision = pytest.mark.skipif(not VISION, reason='vision_msgs is not installed')


class Ear:
    """A publisher that keeps what it publishes; `listeners` are pretended."""

    def __init__(self) -> None:
        self.listeners = 0
        self.published = []

    def get_subscription_count(self) -> int:
        """Return how many listen."""
        return self.listeners

    def publish(self, message) -> None:
        """Keep a message."""
        self.published.append(message)


class Ears:
    """The outputs with an ear in the place of every publisher."""

    def __init__(self) -> None:
        self.by_topic: dict[str, Ear] = {}
        self.outputs = CameraOutputs(self._create)

    def _create(self, kind, topic, profile) -> Ear:
        return self.by_topic.setdefault(topic.removeprefix('~/'), Ear())

    def listen(self, *topics: str) -> None:
        """Pretend listeners."""
        for topic in topics:
            self.by_topic[topic].listeners = 1

    @property
    def heard(self) -> dict[str, list]:
        """What was published, by topic."""
        return {topic: ear.published for topic, ear in self.by_topic.items() if ear.published}


def space(status: Status = Status.OK, placement: Placement | None = None) -> Space:
    """Return the box and its part in space."""
    return Space(box_and_part(status), 'kitchen', frame(), Somewhere(placement))


@pytest.fixture
def ears() -> Ears:
    """Give outputs that nobody listens to yet."""
    return Ears()


def test_nothing_is_computed_for_a_topic_that_nobody_subscribes_to(ears, monkeypatch):
    def never(*given):
        raise AssertionError('computed for nobody')
    for name in ('overlay', 'cloud_message'):
        monkeypatch.setattr(outputs_module, name, never)
    monkeypatch.setattr(outputs_module, 'masks', None)
    if MARKERS:
        monkeypatch.setattr(sys.modules['reasonseg_ros.ros.output.markers'], 'marker_array', never)
    if VISION:
        for name in ('detections_2d', 'detections_3d'):
            monkeypatch.setattr(sys.modules['reasonseg_ros.ros.output.detections'], name, never)
    monkeypatch.setattr(Space, 'points', never)
    shown = space()
    ears.outputs.publish_instances(shown, 0.25)
    ears.outputs.draw(shown, (), 'filled')
    ears.outputs.clear('kitchen')
    assert set(ears.heard) <= {'instances', 'label_info'}, 'only what is latched'


def test_one_listener_costs_only_its_own_topic(ears, monkeypatch):
    monkeypatch.setattr(outputs_module, 'masks', None)
    ears.listen('object_cloud')
    ears.outputs.draw(space(), (), 'filled')
    assert set(ears.heard) == {'object_cloud'}


def test_the_target_pose_is_that_of_the_first_instance_with_the_stamp_of_the_image(ears):
    ears.listen('target_pose')
    shown = space()
    ears.outputs.draw(shown, (), 'filled')
    pose, = ears.heard['target_pose']
    assert pose.header == HEADER
    assert pose.pose == convert.pose_message(shown.solids[1])


def test_while_the_round_is_a_question_there_is_no_target(ears):
    ears.listen('target_pose')
    ears.outputs.draw(space(Status.AMBIGUOUS), (), 'filled')
    assert ears.heard == {}


def test_without_depth_there_is_no_target_and_the_cloud_is_empty(ears):
    ears.listen('target_pose', 'object_cloud')
    ears.outputs.draw(Space(box_and_part(), '', frame(depth=None), Somewhere()), (), 'filled')
    cloud, = ears.heard['object_cloud']
    assert (cloud.width, len(cloud.data)) == (0, 0)
    assert 'target_pose' not in ears.heard


def test_the_topic_instances_shares_the_messages_of_the_response(ears):
    shown = space()
    ears.outputs.publish_instances(shown, 0.25)
    message, = ears.heard['instances']
    assert (message.header, message.dialogue_id, message.round) == (HEADER, 'kitchen', 1)
    assert all(a is b for a, b in zip(message.instances, shown.messages, strict=True))
    assert [m.has_3d for m in message.instances] == [True, True]


def test_after_a_reset_the_topics_say_that_there_is_no_round(ears):
    if MARKERS:
        ears.listen('markers')
    ears.outputs.clear('kitchen')
    assert ears.heard['instances'] == [InstanceArray(dialogue_id='kitchen')]
    if MARKERS:
        marker, = ears.heard['markers'][0].markers
        assert marker.action == marker.DELETEALL


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.integers(0, 2**32 - 1))
def test_a_cloud_survives(count, seed):
    random = np.random.default_rng(seed)
    points = random.normal(size=(count, 3)).astype(np.float32)
    colours = random.integers(0, 256, (count, 3), np.uint8)
    ids = random.integers(0, 2**32, count, np.uint32)
    message = cloud_message(points, colours, ids, HEADER)
    rows = points_of(message)
    assert np.array_equal(np.stack([rows['x'], rows['y'], rows['z']], axis=1), points)
    assert np.array_equal(rows['instance_id'], ids)
    assert np.array_equal(rows['rgb'], colours.astype(np.uint32) @ (1 << 16, 1 << 8, 1))
    assert (message.header, message.height, message.width) == (HEADER, 1, count)
    assert message.row_step == len(message.data) == count * message.point_step
    assert isinstance(message.data, array)


def test_a_cloud_names_its_fields_as_viewers_know_them():
    message = cloud_message(np.ones((1, 3), np.float32), np.zeros((1, 3), np.uint8),
                            np.ones(1, np.uint32), HEADER)
    real, whole = PointField.FLOAT32, PointField.UINT32
    assert [(f.name, f.offset, f.datatype, f.count) for f in message.fields] == [
        ('x', 0, real, 1), ('y', 4, real, 1), ('z', 8, real, 1), ('rgb', 12, real, 1),
        ('instance_id', 16, whole, 1)]


@needs_markers
def test_markers_take_the_old_ones_away_and_show_box_and_label_of_each_instance(ears):
    ears.listen('markers')
    shown = space(placement=Placement('base', np.eye(3), np.array([0.0, 0.0, 5.0])))
    ears.outputs.publish_instances(shown, 0.25)
    message, = ears.heard['markers']
    wipe, *markers = message.markers
    assert wipe.action == wipe.DELETEALL
    assert [(m.ns, m.id, m.type) for m in markers] == [
        ('kitchen/boxes', 1, wipe.CUBE), ('kitchen/labels', 1, wipe.TEXT_VIEW_FACING),
        ('kitchen/boxes', 2, wipe.CUBE), ('kitchen/labels', 2, wipe.TEXT_VIEW_FACING)]
    box, label = markers[:2]
    assert box.pose == convert.pose_message(shown.solids[1])
    assert box.scale == convert.vector_message(shown.solids[1].size)
    assert label.text == '1 box'
    assert label.pose.position.z < box.pose.position.z - 0.05, 'the camera looks down'
    for marker in markers:
        assert (marker.header.stamp, marker.header.frame_id) == (HEADER.stamp, 'base')
        assert 0 < marker.color.a <= 1


@needs_markers
def test_markers_show_a_grasp_as_two_arrows_that_close(ears):
    ears.listen('markers')
    shown = Space(box_and_part(), 'kitchen', frame(), Somewhere(), 0.3)
    ears.outputs.publish_instances(shown, 0.25)
    arrows = [m for m in ears.heard['markers'][0].markers if m.ns == 'kitchen/grasps' and m.id < 3]
    assert [(m.id, m.type) for m in arrows] == [(1, arrows[0].ARROW), (2, arrows[0].ARROW)]
    (out, touch), (far, other) = ([np.array((p.x, p.y, p.z)) for p in m.points] for m in arrows)
    assert np.linalg.norm(touch - other) == pytest.approx(shown.handlings[1].grasp.width)
    assert np.linalg.norm(out - far) > np.linalg.norm(touch - other)


def test_label_images_also_show_earlier_instances_that_are_in_view(ears):
    ears.listen('label_image')
    earlier = Instance(7, 0, 1, 'mug', 0.9, rectangle(0, 0, 10, 10))
    small = Instance(8, 0, 1, 'mug', 0.9, Rle.encode(np.ones((8, 8), bool)))
    ears.outputs.draw(space(), (), 'filled', (earlier, small))
    labels = np.frombuffer(ears.heard['label_image'][0].data, '<u2')
    assert set(np.unique(labels)) == {0, 1, 7}


@needs_vision
def test_detections_carry_ids_labels_scores_and_boxes(ears):
    ears.listen('detections', 'detections_3d')
    shown = space(placement=Placement('base', np.eye(3), np.array([0.0, 0.0, 5.0])))
    ears.outputs.draw(shown, (), 'filled')
    flat, = ears.heard['detections']
    deep, = ears.heard['detections_3d']
    assert (flat.header.frame_id, deep.header.frame_id) == ('optical', 'base')
    for message in (flat, deep):
        assert message.header.stamp == HEADER.stamp
        assert [d.id for d in message.detections] == [f'{shown.dialogue_id}/1/{k}' for k in (1, 2)]
        result = message.detections[0].results[0].hypothesis
        assert (result.class_id, result.score) == ('1', pytest.approx(0.9))
    x0, y0, x1, y1 = BOX
    box = flat.detections[0].bbox
    assert (box.center.position.x, box.center.position.y) == ((x0 + x1) / 2, (y0 + y1) / 2)
    assert (box.size_x, box.size_y) == (x1 - x0, y1 - y0)
    pose = convert.pose_message(shown.solids[1])
    assert deep.detections[0].bbox.center == deep.detections[0].results[0].pose.pose == pose
    assert deep.detections[0].bbox.size == convert.vector_message(shown.solids[1].size)


@needs_vision
def test_label_names_are_latched_with_every_round(ears):
    ears.outputs.publish_instances(space(), 0.25)
    info, = ears.heard['label_info']
    assert [(c.class_id, c.class_name) for c in info.class_map] == [(1, 'box'), (2, 'lid')]
    assert info.threshold == 0.25


@needs_vision
@pytest.mark.parametrize(('number', 'fits'), [(65534, True), (65535, False), (70000, False)])
def test_one_number_joins_detections_labels_and_their_names_as_far_as_it_fits(ears, number, fits):
    ears.listen('detections', 'label_image')
    red = Instance(number, 0, 3, 'mug', 0.9, rectangle(*BOX))
    shown = Space(Round(3, '', '', (), Status.OK, '', (red,)), 'a/b', frame(), Somewhere())
    ears.outputs.publish_instances(shown, 0.25)
    ears.outputs.draw(shown, (), 'filled')
    info, detections = ears.heard['label_info'][0], ears.heard['detections'][0].detections
    labels = np.frombuffer(ears.heard['label_image'][0].data, '<u2')
    named = {str(c.class_id): c.class_name for c in info.class_map}
    assert named == ({str(number): 'mug'} if fits else {})
    assert set(np.unique(labels)) - {0} == ({number} if fits else set())
    assert [d.results[0].hypothesis.class_id for d in detections] == [str(number)]
    assert detections[0].id.rsplit('/', 2) == ['a/b', '3', str(number)]


def twenty(width: int, height: int) -> Space:
    """Return a round of 20 discs."""
    rows, columns = np.ogrid[:height, :width]
    discs = []
    for k in range(20):
        x, y = width * (0.15 + 0.035 * k), height * (0.3 + 0.02 * k)
        disc = (columns - x) ** 2 + (rows - y) ** 2 < (height / 9) ** 2
        discs.append(Instance(k + 1, 0, 1, 'disc', 0.9, Rle.encode(disc)))
    shown = Frame(np.zeros((height, width, 3), np.uint8), stamp=1, frame_id='optical')
    return Space(Round(1, '', '', (), Status.OK, '', tuple(discs)), '', shown, Somewhere())


def calls(work) -> int:
    """Count the calls, of Python and of C functions, that `work` makes."""
    count = 0

    def note(frame, event, argument) -> None:
        nonlocal count
        count += event in ('call', 'c_call')
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_no_message_is_filled_element_by_element(ears):
    ears.listen('mask', 'label_image', 'object_cloud')

    def built(width: int, height: int) -> int:
        shown = twenty(width, height)
        return calls(lambda: (ears.outputs.publish_instances(shown, 0.25),
                              ears.outputs.draw(shown, (), 'filled')))
    built(64, 48)  # what is made once in a process
    assert built(640, 480) <= 1.1 * built(160, 120), 'sixteen times the pixels'
    for messages in ears.heard.values():
        for message in messages:
            data = getattr(message, 'data', None)
            masks = [i.mask.data for i in getattr(message, 'instances', ())]
            assert all(isinstance(d, array) for d in masks + [data] if d is not None)


def test_the_cloud_is_filled_at_once():
    def built(count: int) -> int:
        points = np.zeros((count, 3), np.float32)
        return calls(lambda: cloud_message(points, np.zeros((count, 3), np.uint8),
                                           np.zeros(count, np.uint32), HEADER))
    built(1)
    assert built(50_000) == built(10)


def test_an_image_listener_still_gets_mask_and_labels(ears):
    ears.listen('mask', 'label_image', 'part_label_image')
    ears.outputs.draw(space(), (), 'filled')
    mask = np.frombuffer(ears.heard['mask'][0].data, np.uint8).reshape(HEIGHT, WIDTH)
    assert np.array_equal(mask > 0, rectangle(*BOX).decode())
    parts = np.frombuffer(ears.heard['part_label_image'][0].data, '<u2')
    assert set(np.unique(parts)) == {0, 2}


def test_what_is_said_is_the_answer_else_what_was_found_else_the_message():
    shown = tuple(Instance(i, 0, 1, label, 0.9, rectangle(0, 0, 2, 2))
                  for i, label in enumerate(('mug', 'lid'), start=1))
    assert spoken_answer(Reply(Status.OK, 'm', 'd', answer='here you are', instances=shown)) == (
        'here you are')
    assert spoken_answer(Reply(Status.OK, 'm', 'd', instances=shown)) == 'the mug and the lid'
    assert spoken_answer(Reply(Status.NOTHING_FOUND, 'nothing fits', 'd')) == 'nothing fits'


def test_a_label_image_that_grows_is_the_one_painted_at_once():
    ears = Ears()
    shown = tuple(Instance(k, k % 3 == 0, 1, 'mug', 0.9, fakes.rectangle(k, 0, k + 4, 9))
                  for k in range(1, 9))
    for count in (3, 5, 8, 8, 2, 6):
        for parts in (False, True):
            painted = ears.outputs._labels(shown[:count], 24, 32, parts)
            np.testing.assert_array_equal(
                painted, label_image(shown[:count], 24, 32, parts=parts))


def test_what_was_taken_back_is_cleared_on_every_topic_with_stamp_and_frame():
    ears = Ears()
    shown = space()
    ears.listen(*ears.by_topic)
    ears.outputs.publish_instances(shown, 0.0)
    ears.outputs.draw(shown, (), 'filled')
    before = {topic: len(sent) for topic, sent in ears.heard.items()}
    ears.outputs.clear('kitchen', shown.record)
    cleared = {topic for topic, sent in ears.heard.items() if len(sent) > before[topic]}
    assert cleared == set(before) - {'target_pose'}, 'a pose cannot say that there is none'
    for topic in cleared - {'markers'}:
        message = ears.heard[topic][-1]
        assert message.header == shown.image_header, topic
        assert not any(getattr(message, 'data', ())) and not getattr(message, 'instances', ())
