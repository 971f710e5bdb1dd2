# SPDX-License-Identifier: Apache-2.0
"""A round in the words of vision_msgs: detections in the image and in space, and label names.

The class id of a detection, as text, is the number of the instance in the label images and in
LabelInfo, which names it. Ids above HIGHEST_LABEL fit into neither, and stand in detections alone.
The id of a detection is "dialogue/round/instance", of the round that made the instance: the same
object has the same id in all messages, and objects of two dialogues never share one.

Needs vision_msgs 4; only `ros.output.outputs` imports this file, and only where that is installed.
Does not publish.
"""

from collections.abc import Sequence

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

from reasonseg_ros.core.dialogue.dialogue import HIGHEST_LABEL, Instance
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.space import Space


def detection_id(dialogue_id: str, instance: Instance) -> str:
    """Return "dialogue/round/instance"; the dialogue may hold slashes, so read it from the end."""
    return f'{dialogue_id}/{instance.round}/{instance.id}'


def detections_2d(space: Space) -> Detection2DArray:
    """Build one detection per instance: the tight box of its mask.

    Pixel centres are whole numbers in masks, and pixel k covers k to k + 1 here: the centre of a
    box over columns 10 to 19 is 15.0, and its size 10.
    """
    return Detection2DArray(header=space.image_header,
                            detections=[_in_image(i, space) for i in space.instances])


def detections_3d(space: Space) -> Detection3DArray:
    """Build one detection per instance whose box in space is known."""
    return Detection3DArray(header=space.header, detections=[
        _in_space(i, space.solids[i.id], space) for i in space.instances if i.id in space.solids])


def label_info(space: Space, in_view: Sequence[Instance], threshold: float) -> LabelInfo:
    """Say what the numbers in `~/label_image` and `~/part_label_image` are called.

    in_view    instances of earlier rounds that are in these images
    threshold  lowest score that is published
    """
    names = [VisionClass(class_id=i.id, class_name=i.label)
             for i in (*in_view, *space.instances) if i.id <= HIGHEST_LABEL]
    return LabelInfo(header=space.image_header, class_map=names, threshold=threshold)


def _in_image(instance: Instance, space: Space) -> Detection2D:
    x0, y0, x1, y1 = instance.mask.box
    box = BoundingBox2D(size_x=x1 - x0, size_y=y1 - y0)
    box.center.position.x, box.center.position.y = (x0 + x1) / 2, (y0 + y1) / 2
    return Detection2D(header=space.image_header, id=detection_id(space.dialogue_id, instance),
                       bbox=box, results=[_hypothesis(instance)])


def _in_space(instance: Instance, solid: OrientedBox, space: Space) -> Detection3D:
    result = _hypothesis(instance)
    result.pose.pose = convert.pose_message(solid)
    box = BoundingBox3D(center=result.pose.pose, size=convert.vector_message(solid.size))
    return Detection3D(header=space.header, id=detection_id(space.dialogue_id, instance), bbox=box,
                       results=[result])


def _hypothesis(instance: Instance) -> ObjectHypothesisWithPose:
    result = ObjectHypothesisWithPose()
    result.hypothesis.class_id = str(instance.id)
    result.hypothesis.score = float(instance.score)
    return result
