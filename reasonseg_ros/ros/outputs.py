# SPDX-License-Identifier: Apache-2.0
"""The topics that the segmenter publishes. Pictures are made only while somebody listens.

Every output carries the stamp and the frame of its source image. Does not decide what is
published when, and does not answer services.
"""

from collections.abc import Sequence

import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image
from std_msgs.msg import String

from reasonseg_ros.core import masks
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.evaluation.pictures import overlay
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.ros import convert

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
RELIABLE = QoSProfile(depth=5)


class Outputs:
    """Lifecycle publishers under the private name of `node`; silent unless it is active.

    ~/instances         the newest round; latched
    ~/answer            the sentence to speak back
    ~/mask              mono8, 255 inside any instance of the round
    ~/label_image       mono16, 0 or the number of the whole object at the pixel
    ~/part_label_image  mono16, 0 or the number of the part (handle, lid) at the pixel; one image
                        cannot hold both, since a part overlaps its object
    ~/overlay           rgb8, the picture for people
    """

    def __init__(self, node: LifecycleNode) -> None:
        create = node.create_lifecycle_publisher
        self._instances = create(InstanceArray, '~/instances', LATCHED)
        self._answer = create(String, '~/answer', RELIABLE)
        self._mask = create(Image, '~/mask', RELIABLE)
        self._label_image = create(Image, '~/label_image', RELIABLE)
        self._part_label_image = create(Image, '~/part_label_image', RELIABLE)
        self._overlay = create(Image, '~/overlay', RELIABLE)

    def say(self, answer: str) -> None:
        """Publish a sentence to speak back."""
        self._answer.publish(String(data=answer))

    def list(self, instances: Sequence[Instance], dialogue_id: str, index: int, stamp: int,
             frame_id: str) -> None:
        """Publish the instances of round `index`; index 0 says that there is no round."""
        header = convert.header_message(stamp, frame_id)
        self._instances.publish(convert.instance_array(instances, dialogue_id, index, header))

    def draw(self, instances: Sequence[Instance], earlier: Sequence[Instance],
             frame: Frame) -> None:
        """Publish the pictures of a round on its frame.

        `earlier` are instances of the same dialogue; those of another resolution are left out.
        """
        header = convert.header_message(frame.stamp, frame.frame_id)
        height, width = frame.rgb.shape[:2]
        if self._mask.get_subscription_count():
            inside = masks.union((i.mask for i in instances), height, width)
            self._mask.publish(convert.image_message(inside * np.uint8(255), 'mono8', header))
        for publisher, parts in ((self._label_image, False), (self._part_label_image, True)):
            if publisher.get_subscription_count():
                labels = masks.label_image(instances, height, width, parts=parts)
                publisher.publish(convert.image_message(labels, 'mono16', header))
        if self._overlay.get_subscription_count():
            fitting = [i for i in earlier if (i.mask.height, i.mask.width) == (height, width)]
            picture = overlay(frame.rgb, instances, fitting)
            self._overlay.publish(convert.image_message(picture, 'rgb8', header))
