# SPDX-License-Identifier: Apache-2.0
"""Boxes, labels and grasps for RViz and Foxglove. Pure functions.

Needs visualization_msgs; only `ros.output.outputs` imports this file, and only where that is
installed. Does not publish.
"""

import numpy as np
from geometry_msgs.msg import Vector3
from std_msgs.msg import ColorRGBA
from visualization_msgs.msg import Marker, MarkerArray

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.geometry.grasps import Grasp
from reasonseg_ros.drawing.overlay import colour_of
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.space import Space

GLASS = 0.4       # opacity of a box
LETTERS = 0.025   # metres, height of a capital letter
GAP = 0.02        # metres from the top of a box to the middle of its label
FINGER = 0.03     # metres, length of the arrow of a finger


def marker_array(space: Space | None) -> MarkerArray:
    """Build the markers of a round, which replace all earlier ones; None takes all away.

    Box and label of an instance have its id, in the namespaces <dialogue>/boxes and
    <dialogue>/labels; the two arrows of its grasp, which show how the fingers close, have twice
    that and one less, in <dialogue>/grasps.
    """
    markers = [Marker(action=Marker.DELETEALL)]
    if space is None:
        return MarkerArray(markers=markers)
    markers[0].header = space.header
    for instance in space.instances:
        solid = space.solids.get(instance.id)
        if solid is not None:
            markers += [_box(instance, solid, space), _label(instance, solid, space)]
        handling = space.handlings.get(instance.id)
        if handling is not None and handling.grasp is not None:
            markers += _fingers(instance, handling.grasp, space)
    return MarkerArray(markers=markers)


def _box(instance: Instance, solid: OrientedBox, space: Space) -> Marker:
    red, green, blue = (channel / 255 for channel in colour_of(instance.id))
    return Marker(
        header=space.header, ns=f'{space.dialogue_id}/boxes', id=instance.id, type=Marker.CUBE,
        action=Marker.ADD, pose=convert.pose_message(solid),
        scale=convert.vector_message(solid.size), color=ColorRGBA(r=red, g=green, b=blue, a=GLASS))


def _fingers(instance: Instance, grasp: Grasp, space: Space) -> list[Marker]:
    """Build an arrow for each finger, from outside to where it touches."""
    arrows = []
    for number, side in ((2 * instance.id - 1, -1), (2 * instance.id, 1)):
        touching = grasp.centre + side * grasp.width / 2 * grasp.axes[:, 1]
        outside = touching + side * FINGER * grasp.axes[:, 1]
        arrows.append(Marker(
            header=space.header, ns=f'{space.dialogue_id}/grasps', id=number, type=Marker.ARROW,
            action=Marker.ADD, scale=Vector3(x=0.004, y=0.008, z=0.01),
            color=ColorRGBA(r=0.1, g=0.9, b=0.2, a=0.9),
            points=[convert.point_message(outside), convert.point_message(touching)]))
    return arrows


def _label(instance: Instance, solid: OrientedBox, space: Space) -> Marker:
    half = np.abs(solid.axes.T @ space.up) @ solid.size / 2
    marker = Marker(
        header=space.header, ns=f'{space.dialogue_id}/labels', id=instance.id,
        type=Marker.TEXT_VIEW_FACING, action=Marker.ADD, text=f'{instance.id} {instance.label}',
        scale=Vector3(z=LETTERS), color=ColorRGBA(r=1.0, g=1.0, b=1.0, a=1.0))
    marker.pose.position = convert.point_message(solid.centre + space.up * (half + GAP))
    return marker
