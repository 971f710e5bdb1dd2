# SPDX-License-Identifier: Apache-2.0
"""Grasps of shapes on a table: two sides, rims, what is in the way, and what lowers trust.

The world is metres with z up; the camera looks down at the table at 45 degrees from 0.8 m. Depth
is sphere-traced.
"""

from collections.abc import Callable

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.grasps import GOOD, GraspKind, handling
from reasonseg_ros.core.masks import Rle

CAMERA = CameraModel(208, 160, 300.0, 300.0, 103.5, 79.5)
LOOK = np.array([0.0, 1.0, -1.0]) / 2 ** 0.5
AXES = np.stack([[1.0, 0.0, 0.0], np.cross(LOOK, [1.0, 0.0, 0.0]), LOOK], axis=1)  # to the world
EYE = np.array([0.0, 0.0, 0.03]) - 0.8 * LOOK
UP = AXES.T @ [0.0, 0.0, 1.0]
Shape = Callable[[np.ndarray], np.ndarray]  # distance from points [..., 3]


def box(half: tuple[float, float, float], yaw: float = 0.0, x: float = 0.0, y: float = 0.0
        ) -> Shape:
    """Return a box that stands on the table."""
    c, s = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turned = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])

    def distance(points: np.ndarray) -> np.ndarray:
        away = np.abs((points - (x, y, half[2])) @ turned) - half
        return np.linalg.norm(np.maximum(away, 0), axis=-1) + np.minimum(away.max(axis=-1), 0)
    return distance


def cup(radius: float, height: float, wall: float) -> Shape:
    """Return a cylinder that is open at its top."""
    def distance(points: np.ndarray) -> np.ndarray:
        ring = np.abs(np.hypot(points[..., 0], points[..., 1]) - (radius - wall / 2)) - wall / 2
        side = np.maximum(ring, np.abs(points[..., 2] - height / 2) - height / 2)
        return np.minimum(side, np.maximum(np.hypot(points[..., 0], points[..., 1]) - radius,
                                           np.abs(points[..., 2] - 0.003) - 0.003))
    return distance


def ball(radius: float) -> Shape:
    """Return a ball on the table."""
    return lambda points: np.linalg.norm(points - (0, 0, radius), axis=-1) - radius


def seen(thing: Shape, *others: Shape, sigma: float = 0.001) -> tuple[np.ndarray, Rle]:
    """Return (depth, mask of the thing)."""
    v, u = np.mgrid[:CAMERA.height, :CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)],
                    axis=-1)
    ways = rays @ AXES.T
    z = np.full(u.shape, 0.45)
    for _ in range(40):
        points = EYE + z[..., None] * ways
        nearest = np.min([points[..., 2], thing(points), *(o(points) for o in others)], axis=0)
        z += nearest / np.linalg.norm(ways, axis=-1)
    points = EYE + z[..., None] * ways
    mask = thing(points) < 0.0005
    for other in (lambda p: p[..., 2], *others):
        mask &= thing(points) <= other(points)
    dirt = np.random.default_rng(0).normal(0.0, sigma, z.shape)
    return (z + dirt).astype(np.float32), Rle.encode(mask)


def world(vector: np.ndarray) -> np.ndarray:
    """Turn a direction of the camera's frame into the world."""
    return AXES @ vector


@pytest.mark.parametrize('yaw', [0.0, 20.0, 40.0])
def test_a_long_box_is_held_across_its_narrow_side_from_above(yaw):
    depth, mask = seen(box((0.09, 0.025, 0.03), yaw))
    found = handling(mask, depth, CAMERA, UP)
    assert found.grasp.kind is GraspKind.ANTIPODAL
    narrow = (-np.sin(np.radians(yaw)), np.cos(np.radians(yaw)), 0)
    assert abs(world(found.grasp.axes[:, 1]) @ narrow) > 0.93
    assert found.grasp.width == pytest.approx(0.05, abs=0.008)
    assert world(found.grasp.axes[:, 2])[2] < -0.9, 'the hand comes down'
    np.testing.assert_allclose(found.grasp.axes.T @ found.grasp.axes, np.eye(3), atol=1e-6)
    assert np.linalg.det(found.grasp.axes) > 0.99
    assert found.quality > GOOD and found.reason == ''


def test_a_ball_is_held_by_its_two_sides():
    depth, mask = seen(ball(0.035))
    grasp = handling(mask, depth, CAMERA, UP).grasp
    assert abs(world(grasp.axes[:, 1])[0]) > 0.9
    assert grasp.width == pytest.approx(0.07, abs=0.006)
    np.testing.assert_allclose(world(grasp.centre) + EYE, (0, 0, 0.035), atol=0.02)


def test_a_point_of_the_surface_is_measured_also_where_depth_has_holes():
    depth, mask = seen(box((0.08, 0.03, 0.04)))
    depth[np.random.default_rng(1).random(depth.shape) < 0.05] = np.nan
    whole, holed = handling(mask, seen(box((0.08, 0.03, 0.04)))[0], CAMERA, UP), handling(
        mask, depth, CAMERA, UP)
    np.testing.assert_allclose(holed.point, whole.point, atol=0.01)
    assert np.isfinite(holed.normal).all() and holed.grasp is not None


def test_a_bowl_that_is_too_wide_is_held_by_its_rim_and_its_point_is_not_in_the_air():
    depth, mask = seen(cup(0.08, 0.06, 0.008))
    found = handling(mask, depth, CAMERA, UP)
    assert found.grasp.kind is GraspKind.RIM
    assert found.grasp.width < 0.02
    middle = world(found.grasp.centre) + EYE
    assert np.hypot(*middle[:2]) == pytest.approx(0.076, abs=0.006)
    point = world(found.point) + EYE
    assert abs(cup(0.08, 0.06, 0.008)(point)) < 0.004
    assert world(found.normal) @ -LOOK > 0.1 and np.linalg.norm(found.normal) == pytest.approx(1)


def test_the_opening_of_the_gripper_decides():
    depth, mask = seen(box((0.06, 0.03, 0.03)))
    assert handling(mask, depth, CAMERA, UP, opening=0.08).grasp is not None
    assert handling(mask, depth, CAMERA, UP, opening=0.05).grasp is None


def test_where_neighbours_leave_no_room_for_the_fingers_there_is_no_such_grasp():
    thing = box((0.09, 0.025, 0.03))
    walls = box((0.12, 0.02, 0.05), y=0.05), box((0.12, 0.02, 0.03), y=-0.05)
    depth, mask = seen(thing, *walls)
    grasp = handling(mask, depth, CAMERA, UP).grasp
    assert grasp is None or abs(world(grasp.axes[:, 1])[1]) < 0.9


def test_a_wall_has_no_grasp():
    depth, _ = seen(box((0.05, 0.05, 0.05)))
    whole = np.zeros(depth.shape, bool)
    whole[5:30, 20:190] = True
    found = handling(Rle.encode(whole), depth, CAMERA, UP)
    assert found.grasp is None
    assert abs(world(found.normal)[2]) > 0.95, 'it is the table'


@pytest.mark.parametrize(('damaged', 'reason'), [
    ('few', 'of its points are measured'), ('pieces', 'separate pieces'),
    ('border', 'the border of the image cuts it off'), ('hidden', 'something nearer hides'),
    ('far', 'm away')])
def test_quality_is_low_with_its_reason(damaged, reason):
    near = (box((0.1, 0.02, 0.05), y=-0.12),) if damaged == 'hidden' else ()
    depth, mask = seen(box((0.05, 0.05, 0.05)), *near)
    inside = mask.decode()
    if damaged == 'few':
        rows, columns = np.nonzero(inside)
        depth[rows[::2], columns[::2]] = np.nan
        depth[rows[:-300], columns[:-300]] = np.nan
    elif damaged == 'pieces':
        middle = int(np.nonzero(inside)[1].mean())
        inside[:, middle - 4:middle + 4] = False
    elif damaged == 'border':
        depth, inside = depth[72:], inside[72:]
    elif damaged == 'far':
        depth = depth * 8
    found = handling(Rle.encode(inside), depth, CAMERA, UP)
    assert found.quality < GOOD and reason in found.reason


def test_nothing_measured_has_no_surface_and_no_grasp():
    depth, mask = seen(ball(0.03))
    depth[:] = np.nan
    found = handling(mask, depth, CAMERA, UP)
    assert (found.point, found.normal, found.grasp, found.quality) == (None, None, None, 0.0)
    empty = handling(Rle.encode(np.zeros(depth.shape, bool)), depth, CAMERA, UP)
    assert empty.reason == 'its mask is empty'


def test_without_a_table_the_hand_comes_along_the_line_of_sight():
    depth, mask = seen(ball(0.035))
    grasp = handling(mask, depth, CAMERA).grasp
    assert grasp.axes[:, 2] @ (grasp.centre / np.linalg.norm(grasp.centre)) > 0.9
