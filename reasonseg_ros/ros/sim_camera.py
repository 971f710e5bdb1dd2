# SPDX-License-Identifier: Apache-2.0
"""The simulated tabletop as an RGB-D camera on ROS topics, with exact truth beside it.

Publishes `image` (rgb8), `depth_image` (32FC1, metres, aligned) and `camera_info` with one stamp,
and, latched, `~/truth` (std_msgs/String, JSON: split, seed, objects, regions) and `~/truth_ids`
(mono8: 0 or the number of a region from 1), the latter whenever the image changes. Does not
segment anything, add noise, or imitate a particular camera.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String

from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.main import spin
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.param_table import Spec, declare
from reasonseg_ros.ros.param_table import values as declared
from reasonseg_ros.sim.rendering.renderer import Rendering, camera_renderer
from reasonseg_ros.sim.world.catalogue import SPLITS
from reasonseg_ros.sim.world.scene import moved, sample_scene

FRAME_ID = 'sim_camera_optical_frame'
PERIOD = 12.0  # seconds of one swing of the camera to both sides
# Reliable publishers match both kinds of subscriber; best effort ones would starve the reliable.
STREAM = QoSProfile(depth=5)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)

TABLE = (
    Spec('split', 'test', 'Which scenes.', choices=SPLITS),
    Spec('seed', 1, 'Which scene of the split.', (0, 2**31 - 1)),
    Spec('rate', 10.0, 'Images per second.', (0.1, 120.0)),
    Spec('width', 640, 'Image width in pixels.', (16, 4096)),
    Spec('height', 480, 'Image height in pixels.', (16, 4096)),
    Spec('motion', 0.0, 'Degrees that the camera swings to each side. 0 = it stands still.',
         (0.0, 90.0)),
)


class SimCamera(Node):
    """Renders one scene; use it with a single-threaded executor in the thread that made it."""

    def __init__(self) -> None:
        super().__init__('sim_camera')
        declare(self, TABLE)
        values = declared(self, TABLE)
        self._motion = values['motion']
        self._scene = sample_scene(values['split'], values['seed'])
        self._renderer = camera_renderer(values['width'], values['height'])
        self._view: Rendering | None = None
        self._image = self.create_publisher(Image, 'image', STREAM)
        self._depth = self.create_publisher(Image, 'depth_image', STREAM)
        self._info = self.create_publisher(CameraInfo, 'camera_info', STREAM)
        self._truth = self.create_publisher(String, '~/truth', LATCHED)
        self._truth_ids = self.create_publisher(Image, '~/truth_ids', LATCHED)
        self._start = self.get_clock().now().nanoseconds
        self._timer = self.create_timer(1.0 / values['rate'], self._publish)
        self.get_logger().info(
            f'publishing scene {values["seed"]} of split {values["split"]} on '
            f'{self._image.topic_name} at {values["rate"]:g} Hz')

    def close(self) -> None:
        """Free the OpenGL context."""
        self._renderer.close()

    def _publish(self) -> None:
        now = self.get_clock().now().nanoseconds
        header = convert.header_message(now, FRAME_ID)
        view = self._view
        if view is None or self._motion:
            view = self._render((now - self._start) / NANOSECONDS)
            self._truth_ids.publish(convert.image_message(view.truth.ids, 'mono8', header))
        self._info.publish(convert.camera_info(view.camera, header))
        if view.depth is not None:
            self._depth.publish(convert.image_message(view.depth, '32FC1', header))
        self._image.publish(convert.image_message(view.rgb, 'rgb8', header))

    def _render(self, seconds: float) -> Rendering:
        first = self._view is None
        azimuth = self._motion * math.sin(2 * math.pi * seconds / PERIOD)
        scene = moved(self._scene, azimuth=azimuth) if self._motion else self._scene
        self._view = view = self._renderer.render(scene, depth=True)
        if first:
            truth = view.truth
            self._truth.publish(String(data=json.dumps({
                'split': self._scene.split, 'seed': self._scene.seed,
                'objects': [asdict(item) for item in truth.objects],
                'regions': truth.regions})))
        return view


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
