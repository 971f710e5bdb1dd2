# SPDX-License-Identifier: Apache-2.0
"""Collision objects and the scene without its target, from messages as a client receives them."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rclpy')

from sensor_msgs.msg import PointCloud2
from support.spatial import BOX, CAMERA, FLOOR, HEIGHT, WIDTH, Somewhere, box_and_part, frame

from reasonseg_ros import planning
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadImage, BadReference, BadRequest
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.output.convert import cloud_message, points_of
from reasonseg_ros.ros.output.space import Space
from reasonseg_ros.ros.output.transforms import Placement


class Record(SimpleNamespace):
    """Stands in for a message of a package that is not installed."""

    ADD = b'\0'
    BOX = 1


@pytest.fixture(autouse=True)
def moveit(monkeypatch) -> None:
    """Put stand-ins where moveit_msgs and shape_msgs are missing."""
    for package, names in (('moveit_msgs', ('CollisionObject',)),
                           ('shape_msgs', ('Mesh', 'MeshTriangle', 'SolidPrimitive'))):
        try:
            __import__(f'{package}.msg')
        except ImportError:
            module = ModuleType(f'{package}.msg')
            vars(module).update(dict.fromkeys(names, Record))
            monkeypatch.setitem(sys.modules, package, ModuleType(package))
            monkeypatch.setitem(sys.modules, f'{package}.msg', module)


def arched() -> Frame:
    """Return the image with a box whose top is an arch, so that its points have a volume."""
    x0, y0, x1, y1 = BOX
    depth = frame().depth.copy()
    depth[y0:y1, x0:x1] += 0.0001 * (np.arange(x0, x1) - (x0 + x1) / 2) ** 2
    return frame(depth=depth)


def space(shown: Frame | None = None, placement: Placement | None = None) -> Space:
    """Return the box and its part in space."""
    return Space(box_and_part(), 'kitchen', shown or arched(), Somewhere(placement))


def cloud(shown: Space) -> PointCloud2:
    """Return what `~/object_cloud` carries."""
    return cloud_message(*shown.points(), shown.header)


def scene(margin: int, instance_id: int = 1) -> np.ndarray:
    """Return the points of the scene without an instance."""
    shown, header = frame(), convert.header_message(1, 'optical')
    return points_of(planning.scene_cloud(
        convert.image_message(shown.rgb, 'rgb8', header),
        convert.image_message(shown.depth, '32FC1', header),
        convert.camera_info(CAMERA, header), space().messages, instance_id, margin))


def test_an_instance_becomes_the_box_that_it_has_in_space():
    shown = space(placement=Placement('base'))
    added = planning.collision_object(shown.messages, 1)
    assert (added.id, added.header.frame_id) == ('kitchen/1', 'base')
    assert added.pose == convert.pose_message(shown.solids[1])
    primitive, = added.primitives
    assert primitive.type == type(primitive).BOX
    np.testing.assert_allclose(list(primitive.dimensions), shown.solids[1].size)
    assert added.primitive_poses[0].orientation.w == 1.0
    assert added.operation == type(added).ADD


def test_with_the_cloud_it_becomes_the_convex_hull_of_its_own_points():
    shown = space()
    added = planning.collision_object(shown.messages, 2, cloud(shown))
    mesh, = added.meshes
    vertices = np.array([(v.x, v.y, v.z) for v in mesh.vertices])
    points, _, ids = shown.points()
    own = {tuple(p) for p in points[ids == 2].astype(float)}
    assert own >= {tuple(v) for v in vertices}
    corners = np.array([list(t.vertex_indices) for t in mesh.triangles])
    assert corners.max() < len(vertices)
    a, b, c = vertices[corners.T]
    outwards = np.cross(b - a, c - a)
    middle = vertices.mean(axis=0)
    assert ((outwards * (a - middle)).sum(axis=1) > 0).all()
    assert added.mesh_poses[0].orientation.w == added.pose.orientation.w == 1.0


def test_a_cloud_of_another_frame_is_refused():
    other = space(placement=Placement('base'))
    with pytest.raises(BadRequest, match='frame "base" at 1.500 s, not frame "optical"'):
        planning.collision_object(space().messages, 1, cloud(other))


def test_an_instance_that_is_not_there_is_refused_by_name():
    with pytest.raises(BadReference, match=r'no instance 7 .* 1 \(box\), 2 \(lid\)'):
        planning.collision_object(space().messages, 7)


def test_an_instance_without_a_box_is_refused_with_what_it_needs():
    with pytest.raises(BadRequest, match='instance 1 .* has no box in space; it needs a depth'):
        planning.collision_object(space(frame(depth=None)).messages, 1)


def test_the_scene_without_the_target_has_every_other_point():
    x0, y0, x1, y1 = BOX
    left = scene(margin=0)
    assert len(left) == WIDTH * HEIGHT - (x1 - x0) * (y1 - y0)
    np.testing.assert_allclose(left['z'], FLOOR)
    assert set(left['instance_id']) == {0}
    assert len(scene(margin=3)) < len(left) - 3 * 2 * (x1 - x0)


def test_the_scene_without_a_part_keeps_the_rest_of_its_object():
    x0, y0, x1, y1 = BOX
    assert len(scene(margin=0, instance_id=2)) == WIDTH * HEIGHT - (x1 - x0) * (y1 - y0) // 2


def test_a_scene_needs_intrinsics():
    header = convert.header_message(1, 'optical')
    info = convert.camera_info(CAMERA, header)
    info.k[0] = 0.0
    with pytest.raises(BadImage, match='intrinsics of a calibrated camera'):
        planning.scene_cloud(convert.image_message(frame().rgb, 'rgb8', header),
                             convert.image_message(frame().depth, '32FC1', header), info,
                             space().messages, 1)
