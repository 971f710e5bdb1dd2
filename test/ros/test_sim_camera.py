# SPDX-License-Identifier: Apache-2.0
"""The simulated camera as a process: topics that agree with each other and with the truth."""

import json
import signal
from types import SimpleNamespace

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')
pytest.importorskip('reasonseg_ros.sim.rendering.gl')  # it chooses how MuJoCo draws

from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header, String
from support.harness import Process, until

from reasonseg_ros.core.camera.messages import decode_frame, nanoseconds
from reasonseg_ros.ros import dds, sim_camera

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
STREAMS = {'image': Image, 'depth_image': Image, 'camera_info': CameraInfo}
KINDS = {'best effort': qos_profile_sensor_data, 'reliable': QoSProfile(depth=5)}


@pytest.mark.parametrize('world', ['tabletop', 'household'])
def test_streams_share_a_stamp_and_fit_the_truth_for_both_kinds_of_subscriber(world, tmp_path):
    if world == 'household':
        pytest.importorskip('embreex')
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node('listener', context=context)
    heard = {(name, kind): {} for name in STREAMS for kind in KINDS}
    ids_heard: list[Image] = []
    told: list[String] = []
    for name, kind in heard:
        def store(message, kept=heard[name, kind]):
            kept[nanoseconds(message.header.stamp)] = message
        node.create_subscription(STREAMS[name], name, store, KINDS[kind])
    node.create_subscription(Image, 'sim_camera/truth_ids', ids_heard.append, LATCHED)
    node.create_subscription(String, 'sim_camera/truth', told.append, LATCHED)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)
    camera = Process('reasonseg_ros.ros.sim_camera', tmp_path, '--ros-args', '-p', 'width:=64',
                     '-p', 'height:=48', '-p', 'seed:=3', '-p', 'rate:=20.0',
                     '-p', f'world:={world}')
    try:
        def complete() -> bool:
            executor.spin_once(timeout_sec=0.1)
            together = set.intersection(*map(set, heard.values()))
            return bool(told and ids_heard and len(together) > 1)
        until(complete, 'two complete sets')
        assert camera.stop(signal.SIGINT) == 0
    finally:
        camera.end()
        executor.shutdown()
        context.try_shutdown()
    stamp = max(set.intersection(*map(set, heard.values())))
    frame = decode_frame(*(heard[name, 'reliable'][stamp] for name in STREAMS))
    assert (frame.width, frame.height) == (64, 48)
    assert (frame.camera.width, frame.camera.height) == (64, 48)
    assert 0.2 < np.nanmedian(frame.depth) < 3.0
    truth = json.loads(told[0].data)
    assert (truth['world'], truth['split'], truth['seed']) == (world, 'test', 3)
    assert 0 < np.frombuffer(ids_heard[0].data, np.uint8).max() <= len(truth['regions'])
    assert all(index < len(truth['objects']) for index, _ in truth['regions'])


def test_a_wrong_parameter_is_one_line_and_exit_code_1(capsys):
    assert sim_camera.main(['--ros-args', '-p', 'split:=holiday']) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "sim_camera: split is 'holiday'; expected one of 'train', 'val', 'test'")


def test_a_sequence_is_played_forth_and_back_without_a_jump(monkeypatch):
    class Made:
        moments = tuple(SimpleNamespace(frame=k, truth=-k) for k in range(4))
    monkeypatch.setattr(sim_camera, 'draw', lambda *asked: Made)
    loop = sim_camera.SequenceLoop('tabletop', 'test', 1, 'push', 64, 48)
    length = 2 * sim_camera.HOLD + 8
    seen = [loop.at((k + 0.5) * sim_camera.STEP)[0] for k in range(2 * length)]
    assert seen[:length] == seen[length:] and set(seen) == {0, 1, 2, 3}
    assert max(abs(a - b) for a, b in zip(seen, seen[1:])) == 1


def test_the_transform_takes_the_optical_frame_to_the_world():
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]], (0.5, -0.25, 0.75)
    sent = sim_camera._transform(pose, Header(frame_id=sim_camera.FRAME_ID))
    assert (sent.header.frame_id, sent.child_frame_id) == ('world', sim_camera.FRAME_ID)
    moved, turned = sent.transform.translation, sent.transform.rotation
    assert (moved.x, moved.y, moved.z) == (0.5, -0.25, 0.75)
    assert (turned.z, turned.w) == (pytest.approx(0.5 ** 0.5), pytest.approx(0.5 ** 0.5))


def test_two_ways_to_move_are_refused(capsys):
    assert sim_camera.main(['--ros-args', '-p', 'move:=push', '-p', 'motion:=20.0']) == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        'sim_camera: motion is 20 and move is "push", which has a path of its own; give one of '
        'them')
