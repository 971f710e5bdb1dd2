# SPDX-License-Identifier: Apache-2.0
"""A round in the words of vision_msgs: detections in the image and in space, and label names.

Needs vision_msgs 4; only `ros.output.outputs` imports this file, and only where that is installed.
Does not publish.
"""

from collections.abc import Sequence

from std_msgs.msg import Header
from vision_msgs.msg import (
    BoundingBox2D,
    BoundingBox3D,
    Detection2D,
    Detection2DArray,
    Detection3D,
    Detection3DArray,
    LabelInfo,
    ObjectHypothesisWithPose,
    VisionClass,
)

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.space import Space


def detections_2d(space: Space) -> Detection2DArray:
    """Build one detection per instance: the tight box of its mask, and its id."""
    header = space.image_header
    return Detection2DArray(header=header,
                            detections=[_in_image(i, header) for i in space.instances])


def detections_3d(space: Space) -> Detection3DArray:
    """Build one detection per instance whose box in space is known."""
    detections = [_in_space(i, space.solids[i.id], space.header)
                  for i in space.instances if i.id in space.solids]
    return Detection3DArray(header=space.header, detections=detections)


def label_info(space: Space, in_view: Sequence[Instance], threshold: float) -> LabelInfo:
    """Say what the numbers in `~/label_image` and `~/part_label_image` are called.

    in_view    instances of earlier rounds that are in these images
    threshold  lowest score that is published
    """
    names = [VisionClass(class_id=i.id, class_name=i.label) for i in (*in_view, *space.instances)]
    return LabelInfo(header=space.image_header, class_map=names, threshold=threshold)


def _in_image(instance: Instance, header: Header) -> Detection2D:
    x0, y0, x1, y1 = instance.mask.box
    box = BoundingBox2D(size_x=x1 - x0, size_y=y1 - y0)
    box.center.position.x, box.center.position.y = (x0 + x1) / 2, (y0 + y1) / 2
    return Detection2D(header=header, id=str(instance.id), bbox=box,
                       results=[_hypothesis(instance)])


def _in_space(instance: Instance, solid: OrientedBox, header: Header) -> Detection3D:
    result = _hypothesis(instance)
    result.pose.pose = convert.pose_message(solid)
    box = BoundingBox3D(center=result.pose.pose, size=convert.vector_message(solid.size))
    return Detection3D(header=header, id=str(instance.id), bbox=box, results=[result])


def _hypothesis(instance: Instance) -> ObjectHypothesisWithPose:
    result = ObjectHypothesisWithPose()
    result.hypothesis.class_id = instance.label
    result.hypothesis.score = float(instance.score)
    return result
