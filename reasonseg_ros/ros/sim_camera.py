# SPDX-License-Identifier: Apache-2.0
"""A simulated scene as an RGB-D camera on ROS topics, with exact truth beside it.

Publishes `image` (rgb8), `depth_image` (32FC1, metres, aligned) and `camera_info` with one stamp,
and, latched, `~/truth` (std_msgs/String, JSON: world, split, seed, objects, regions) and
`~/truth_ids` (mono8: 0 or the number of a region from 1), the latter whenever the image changes.
The tabletop is drawn anew for every image, without noise; the household is photographed by a
simulated sensor, once from each of a few sides. With the parameter `move`, a sequence is drawn
first and played forth and back, and the optical frame is on /tf, below `world`, where tf2_msgs is
installed. Does not segment anything, or imitate a particular camera.
"""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from geometry_msgs.msg import Quaternion, Transform, TransformStamped, Vector3
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header, String

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import BadRequest, ReasonSegError
from reasonseg_ros.core.geometry.boxes import quaternion
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.compat import optional
from reasonseg_ros.ros.main import spin
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.param_table import Spec, declare
from reasonseg_ros.ros.param_table import values as declared
from reasonseg_ros.sim.dialogues.truth import SceneTruth
from reasonseg_ros.sim.household.scene import SEEDS
from reasonseg_ros.sim.household.sight import HouseholdSwing
from reasonseg_ros.sim.moving.sequences import WORLDS, draw
from reasonseg_ros.sim.moving.steps import EVENTS, STEP
from reasonseg_ros.sim.rendering.renderer import Renderer, camera_renderer
from reasonseg_ros.sim.world.catalogue import SPLITS
from reasonseg_ros.sim.world.scene import moved, sample_scene
from reasonseg_ros.sim.world.stage import Scene

FRAME_ID, WORLD_FRAME = 'sim_camera_optical_frame', 'world'
PERIOD = 12.0  # seconds of one swing of the camera to both sides
# Reliable publishers match both kinds of subscriber; best effort ones would starve the reliable.
STREAM = QoSProfile(depth=5)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

HOLD = 10           # moments that a sequence stands still at either end

TABLE = (
    Spec('world', WORLDS[0], 'Whose scenes; the household needs embreex and takes seconds to draw.',
         choices=WORLDS),
    Spec('split', 'test', 'Which scenes.', choices=SPLITS),
    Spec('seed', 1, 'Which scene of the split.', (0, 2**31 - 1)),
    Spec('rate', 10.0, 'Images per second.', (0.1, 120.0)),
    Spec('width', 640, 'Image width in pixels.', (16, 4096)),
    Spec('height', 480, 'Image height in pixels.', (16, 4096)),
    Spec('motion', 0.0, 'Degrees that the camera swings to each side. 0 = it stands still.',
         (0.0, 90.0)),
    Spec('azimuth', 0.0, 'Degrees that the camera stands round the table from its first place; may '
         'be changed while it runs. Not with move.', (-180.0, 180.0), read_only=False),
    Spec('move', '', 'What happens, over and over; drawn before the first image. "" = nothing.',
         choices=('', *EVENTS)),
)


class SimCamera(Node):
    """Renders one scene; use it with a single-threaded executor in the thread that made it."""

    def __init__(self) -> None:
        super().__init__('sim_camera')
        declare(self, TABLE)
        values = declared(self, TABLE)
        self._motion = values['motion']
        self._moving = bool(values['motion'] or values['move'])
        self._about = {name: values[name] for name in ('world', 'split', 'seed')}
        self.get_logger().info(f'drawing scene {values["seed"]} of the {values["world"]}')
        self._source: TabletopSwing | HouseholdSwing | SequenceLoop = _source(values)
        self._view: tuple[Frame, SceneTruth] | None = None
        self._azimuth = 0.0
        self._image = self.create_publisher(Image, 'image', STREAM)
        self._depth = self.create_publisher(Image, 'depth_image', STREAM)
        self._info = self.create_publisher(CameraInfo, 'camera_info', STREAM)
        self._truth = self.create_publisher(String, '~/truth', LATCHED)
        self._truth_ids = self.create_publisher(Image, '~/truth_ids', LATCHED)
        self._tf = optional('tf2_msgs.msg') if values['move'] else None
        if self._tf is not None:
            self._poses = self.create_publisher(self._tf.TFMessage, '/tf', QoSProfile(depth=100))
        elif values['move']:
            self.get_logger().warning('tf2_msgs cannot be imported, so that the camera is not on '
                                      '/tf; install it, or let its motion be estimated')
        self._start = self.get_clock().now().nanoseconds
        self._timer = self.create_timer(1.0 / values['rate'], self._publish)
        self.get_logger().info(
            f'publishing scene {values["seed"]} of split {values["split"]} of the '
            f'{values["world"]} on '
            f'{self._image.topic_name} at {values["rate"]:g} Hz')

    def close(self) -> None:
        """Free the OpenGL context."""
        self._source.close()

    def _publish(self) -> None:
        now = self.get_clock().now().nanoseconds
        header = convert.header_message(now, FRAME_ID)
        azimuth = self.get_parameter('azimuth').value
        if self._view is None or self._moving or azimuth != self._azimuth:
            self._azimuth = azimuth
            self._look((now - self._start) / NANOSECONDS, header)
        assert self._view is not None
        frame, _ = self._view
        if self._tf is not None and frame.camera_pose is not None:  # first, so that it is known
            self._poses.publish(self._tf.TFMessage(
                transforms=[_transform(frame.camera_pose, header)]))
        if frame.camera is not None:
            self._info.publish(convert.camera_info(frame.camera, header))
        if frame.depth is not None:
            self._depth.publish(convert.image_message(frame.depth, '32FC1', header))
        self._image.publish(convert.image_message(frame.rgb, 'rgb8', header))

    def _look(self, seconds: float, header: Header) -> None:
        """See the scene anew, and publish its truth where that is another."""
        first, before = self._view is None, self._view
        if isinstance(self._source, SequenceLoop):
            self._view = self._source.at(seconds)
        else:
            self._view = self._source.look(
                self._azimuth + self._motion * math.sin(2 * math.pi * seconds / PERIOD))
        frame, truth = self._view
        if before is None or before[0] is not frame:
            self._truth_ids.publish(convert.image_message(truth.ids, 'mono8', header))
        if first:
            self._truth.publish(String(data=json.dumps({
                **self._about, 'objects': [asdict(item) for item in truth.objects],
                'regions': truth.regions})))
            if truth.objects and not truth.ids.any():
                self.get_logger().warning(
                    f'none of the {len(truth.objects)} things of scene {self._about["seed"]} can '
                    'be seen: a wall or a piece of furniture stands before the camera; choose '
                    'another --seed')


class SequenceLoop:
    """A sequence that is played forth and back, so that nothing jumps."""

    def __init__(self, world: str, split: str, seed: int, event: str, width: int, height: int
                 ) -> None:
        moments = draw(world, split, seed, event, width, height).moments
        self._views = [(moment.frame, moment.truth) for moment in (
            *[moments[0]] * HOLD, *moments, *[moments[-1]] * HOLD, *moments[::-1])]

    def at(self, seconds: float) -> tuple[Frame, SceneTruth]:
        """Return what is seen so long after the start."""
        return self._views[int(seconds / STEP) % len(self._views)]

    def close(self) -> None:
        """Forget what was drawn."""
        self._views = []


class TabletopSwing:
    """A scene of the tabletop, drawn anew from every side; used in the thread that made it."""

    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._scene = scene
        self._renderer: Renderer = camera_renderer(width, height)

    def look(self, azimuth: float) -> tuple[Frame, SceneTruth]:
        """Return the scene with the camera swung by so many degrees."""
        scene = moved(self._scene, azimuth=azimuth) if azimuth else self._scene
        view = self._renderer.render(scene, depth=True)
        return Frame(view.rgb, view.depth, view.camera), view.truth

    def close(self) -> None:
        """Free the OpenGL context."""
        self._renderer.close()


def _transform(pose: np.ndarray, header: Header) -> TransformStamped:
    """Return where the optical frame is in the world, from its pose [4, 4] there."""
    x, y, z = pose[:3, 3].tolist()
    qx, qy, qz, qw = quaternion(pose[:3, :3])
    return TransformStamped(
        header=Header(stamp=header.stamp, frame_id=WORLD_FRAME), child_frame_id=FRAME_ID,
        transform=Transform(translation=Vector3(x=x, y=y, z=z),
                            rotation=Quaternion(x=qx, y=qy, z=qz, w=qw)))


def _source(values: Mapping[str, Any]) -> TabletopSwing | HouseholdSwing | SequenceLoop:
    """Return what the parameters say is looked at. Raises BadRequest."""
    split, seed, size = values['split'], values['seed'], (values['width'], values['height'])
    if values['move'] and values['motion']:
        raise BadRequest(f'motion is {values["motion"]:g} and move is "{values["move"]}", which '
                         'has a path of its own; give one of them')
    if values['azimuth'] and (values['move'] or values['motion'] and values['world'] != WORLDS[0]):
        raise BadRequest(f'azimuth is {values["azimuth"]:g}, and the camera has a path of its own; '
                         'give one of them')
    if values['move']:
        return SequenceLoop(values['world'], split, seed, values['move'], *size)
    if values['world'] == WORLDS[0]:
        return TabletopSwing(sample_scene(split, seed), *size)
    if seed >= len(SEEDS[split]):
        raise BadRequest(f'seed {seed} is not in split {split} of the household; choose one from 0 '
                         f'below {len(SEEDS[split])}')
    return HouseholdSwing(SEEDS[split][seed], *size, values['motion'])


def main(argv: Sequence[str] | None = None) -> int:
    """Publish until told to stop; `argv` are ROS arguments, e.g. --ros-args -p seed:=3."""
    try:
        dds.prepare()
        arguments = list(sys.argv[1:] if argv is None else argv)
        return spin(SimCamera, arguments, SingleThreadedExecutor)
    except ReasonSegError as error:
        sys.stderr.write(f'sim_camera: {error}\n')
        return 1


if __name__ == '__main__':
    sys.exit(main())
