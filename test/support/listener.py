# SPDX-License-Identifier: Apache-2.0
"""A process that listens to every result of `/segmenter`, as viewers and planners together do.

It throws away what it hears, and says how much that was when it is ended.
"""

import signal
import sys
from collections import Counter
from importlib import import_module

import rclpy
from rclpy.executors import SingleThreadedExecutor
from reasonseg_ros.msg import InstanceArray
from sensor_msgs.msg import Image, PointCloud2

from reasonseg_ros.ros import dds
from reasonseg_ros.ros.compat import optional

TOPICS = {'instances': InstanceArray, 'mask': Image, 'label_image': Image,
          'part_label_image': Image, 'overlay': Image, 'object_cloud': PointCloud2}
OPTIONAL = {'answer': 'std_msgs/String', 'target_pose': 'geometry_msgs/PoseStamped',
            'markers': 'visualization_msgs/MarkerArray',
            'detections': 'vision_msgs/Detection2DArray',
            'detections_3d': 'vision_msgs/Detection3DArray', 'label_info': 'vision_msgs/LabelInfo'}


def main() -> None:
    """Listen until SIGTERM."""
    dds.prepare()
    rclpy.init()
    node = rclpy.create_node('listener')
    kinds = dict(TOPICS)
    for topic, name in OPTIONAL.items():
        package, kind = name.split('/')
        if optional(f'{package}.msg') is not None:
            kinds[topic] = getattr(import_module(f'{package}.msg'), kind)
    heard: Counter[str] = Counter()
    for topic, kind in kinds.items():
        node.create_subscription(
            kind, f'segmenter/{topic}', lambda _, topic=topic: heard.update((topic,)), 5)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    sys.stdout.write('listening\n')
    sys.stdout.flush()
    while not ended:
        executor.spin_once(0.2)
    sys.stdout.write(f'heard {dict(heard)}\n')
    node.destroy_node()
    rclpy.try_shutdown()


if __name__ == '__main__':
    main()
