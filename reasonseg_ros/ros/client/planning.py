# SPDX-License-Identifier: Apache-2.0
"""From instances to a planning scene: collision objects for MoveIt, the scene without a target.

For programs that talk to a segmenter; the node does not use it. Messages come in as they arrive,
and messages go out; moveit_msgs is imported when a collision object is made. Does not talk to
MoveIt.
"""

from array import array
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import cv2
import numpy as np
from geometry_msgs.msg import Point, Pose
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from reasonseg_ros.core.camera.messages import NANOSECONDS, decode_frame, nanoseconds
from reasonseg_ros.core.errors import BadImage, BadReference, BadRequest
from reasonseg_ros.core.geometry.boxes import convex_hull
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.msg import Instance
from reasonseg_ros.ros.output.convert import cloud_message, points_of

if TYPE_CHECKING:
    from moveit_msgs.msg import CollisionObject
    from shape_msgs.msg import Mesh

MARGIN = 6  # pixels around a target that leave the scene with it: depth is mixed at its edge


def object_name(instance: Instance) -> str:
    """Return the name that the instance has in the planning scene: <dialogue>/<id>."""
    return f'{instance.dialogue_id}/{instance.id}'


def collision_object(instances: Sequence[Instance], instance_id: int,
                     cloud: PointCloud2 | None = None) -> 'CollisionObject':
    """Build the message that adds an instance to MoveIt's planning scene.

    instances    of a response of `~/segment`, or of `~/instances`
    instance_id  the one that is meant; it must have a box in space
    cloud        from `~/object_cloud` of the same round: the object becomes the convex hull of its
                 points, which has only what the camera saw. None: it becomes its box, which for a
                 whole object reaches down to the table

    Raises BadReference or BadRequest. Without moveit_msgs, ImportError.
    """
    instance = _instance(instances, instance_id)
    if not instance.has_3d:
        raise BadRequest(f'instance {instance_id} ({instance.label}) has no box in space; it '
                         'needs a depth image, camera_info, and enough measured depth in its '
                         'mask')
    messages = import_module('moveit_msgs.msg')
    added = messages.CollisionObject(header=instance.header, id=object_name(instance),
                                     operation=messages.CollisionObject.ADD)
    if cloud is None:
        shapes = import_module('shape_msgs.msg')
        size = instance.size
        added.pose = instance.pose
        added.primitives = [shapes.SolidPrimitive(
            type=shapes.SolidPrimitive.BOX, dimensions=[size.x, size.y, size.z])]
        added.primitive_poses = [Pose()]  # the identity
    else:
        # The vertices are in the frame of the header already.
        added.pose = Pose()
        added.meshes = [_hull(_points(cloud, instance))]
        added.mesh_poses = [Pose()]
    return added


def scene_cloud(image: Image, depth_image: Image, camera_info: CameraInfo,
                instances: Sequence[Instance], instance_id: int,
                margin: int = MARGIN) -> PointCloud2:
    """Build the cloud of all that the camera sees, without one instance and its parts.

    It is what an octomap takes while the target is grasped. In the optical frame of the image.

    image, depth_image, camera_info  of one moment and one size
    instances                        of the same image
    margin                           pixels around the target that are left out as well

    Raises BadReference or BadImage.
    """
    frame = decode_frame(image, depth_image, camera_info)
    if frame.depth is None or frame.camera is None:
        raise BadImage('the scene needs a depth image and the intrinsics of a calibrated camera; '
                       'check camera_info')
    _instance(instances, instance_id)
    targets = [i for i in instances if instance_id in (i.id, i.parent_id)]
    left = np.isfinite(frame.depth) & ~_covered(targets, frame.depth.shape, margin)
    rows, columns = np.nonzero(left)
    points = lift(rows, columns, frame.depth[rows, columns], frame.camera)
    return cloud_message(points, frame.rgb[rows, columns], np.zeros(len(points), np.uint32),
                         image.header)


def _instance(instances: Sequence[Instance], instance_id: int) -> Instance:
    for instance in instances:
        if instance.id == instance_id:
            return instance
    known = ', '.join(f'{i.id} ({i.label})' for i in instances) or 'none'
    raise BadReference(f'there is no instance {instance_id} in this round; it has: {known}')


def _points(cloud: PointCloud2, instance: Instance) -> np.ndarray:
    """Return the points [N, 3] of an instance."""
    if cloud.header != instance.header:
        raise BadRequest(f'the cloud is of another image or in another frame than instance '
                         f'{instance.id}: {_told(cloud)}, not {_told(instance)}')
    rows = points_of(cloud)
    rows = rows[rows['instance_id'] == instance.id]
    return np.stack([rows['x'], rows['y'], rows['z']], axis=1)


def _hull(points: np.ndarray) -> 'Mesh':
    shapes = import_module('shape_msgs.msg')
    vertices, triangles = convex_hull(points)
    return shapes.Mesh(
        vertices=[Point(x=x, y=y, z=z) for x, y, z in vertices.astype(float).tolist()],
        triangles=[shapes.MeshTriangle(vertex_indices=array('I', corners))
                   for corners in triangles.tolist()])


def _covered(instances: Sequence[Instance], shape: tuple[int, int], margin: int) -> np.ndarray:
    """Return bool [H, W]: the masks of the instances, grown by `margin` pixels."""
    covered = np.zeros(shape, np.uint8)
    for instance in instances:
        roi = instance.roi
        mask = np.frombuffer(instance.mask.data, np.uint8).reshape(roi.height, roi.width)
        covered[roi.y_offset:roi.y_offset + roi.height,
                roi.x_offset:roi.x_offset + roi.width] |= mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
    return np.asarray(cv2.dilate(covered, kernel), bool)


def _told(message: Instance | PointCloud2) -> str:
    stamp = nanoseconds(message.header.stamp)
    return f'frame "{message.header.frame_id}" at {stamp / NANOSECONDS:.3f} s'
