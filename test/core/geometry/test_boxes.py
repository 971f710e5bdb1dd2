# SPDX-License-Identifier: Apache-2.0
"""Boxes, planes and hulls of synthetic depth are where the geometry is, also when it is dirty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.geometry.boxes import convex_hull, points, quaternion, solid, table_up
from reasonseg_ros.core.geometry.points import noise
from reasonseg_ros.core.masks import Rle

CAMERA = CameraModel(320, 240, 300.0, 300.0, 159.5, 119.5)
UP = np.array([0.0, -np.sin(np.radians(55)), -np.cos(np.radians(55))])
SIZE = np.array([0.16, 0.09, 0.07])


def view(yaw: float = 25.0, sigma: float = 0.0) -> tuple[np.ndarray, Rle, np.ndarray]:
    """Return (depth, mask, true centre) of a box on a table that the camera looks down at.

    Rays are cut with the six planes of the box and with the table 0.9 m ahead.
    """
    right = np.array([1.0, 0.0, 0.0])
    turn = np.radians(yaw)
    long = np.cos(turn) * right + np.sin(turn) * np.cross(UP, right)
    axes = np.stack([long, np.cross(UP, long), UP], axis=1)
    foot = np.array([0.0, 0.0, 0.9])
    centre = foot + UP * SIZE[2] / 2
    v, u = np.mgrid[:CAMERA.height, :CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)],
                    axis=-1)
    table = (foot @ UP) / (rays @ UP)
    faces = np.stack([(centre @ axes - s * SIZE / 2) / (rays @ axes) for s in (-1, 1)])
    near, far = faces.min(axis=0).max(axis=-1), faces.max(axis=0).min(axis=-1)
    hit = near < far
    depth = np.where(hit, near, table).astype(np.float32)
    dirt = np.random.default_rng(0).normal(0.0, sigma, depth.shape)
    return (depth + dirt).astype(np.float32), Rle.encode(hit), centre


def test_a_box_on_the_table_is_found_in_size_place_and_turn():
    depth, mask, centre = view(sigma=0.002)
    found = solid(mask, depth, CAMERA, UP)
    np.testing.assert_allclose(found.centre, centre, atol=0.003)
    np.testing.assert_allclose(found.size, SIZE, atol=0.006)
    np.testing.assert_allclose(found.axes[:, 2], UP, atol=1e-6)
    assert abs(found.axes[0, 0] - np.cos(np.radians(25))) < 0.03
    assert found.depth_valid_ratio == 1.0


@pytest.mark.parametrize('up', [None, UP])
def test_axes_are_a_rotation_and_point_to_the_right(up):
    depth, mask, _ = view(yaw=-30.0)
    found = solid(mask, depth, CAMERA, up)
    np.testing.assert_allclose(found.axes.T @ found.axes, np.eye(3), atol=1e-6)
    assert np.linalg.det(found.axes) > 0.99 and found.axes[0, 0] > 0
    assert found.axes[:, 2] @ found.centre < 0, 'the third axis looks away from the camera'
    assert found.size[0] > found.size[1]
    assert found.centre.dtype == found.axes.dtype == found.size.dtype == np.float64


def test_the_box_reaches_down_to_the_table_where_only_its_top_is_masked():
    depth, mask, centre = view()
    v, u = np.mgrid[:CAMERA.height, :CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)],
                    axis=-1)
    heights = (rays * depth[..., None]) @ UP - np.array([0.0, 0.0, 0.9]) @ UP
    top = Rle.encode(mask.decode() & (heights > SIZE[2] - 0.001))
    found = solid(top, depth, CAMERA, UP)
    np.testing.assert_allclose(found.size, SIZE, atol=0.005)
    np.testing.assert_allclose(found.centre, centre, atol=0.004)
    assert solid(top, depth, CAMERA).size[2] < 0.003, 'without up, only the top is boxed'


def test_flying_pixels_at_the_edge_of_the_mask_are_left_out():
    depth, mask, centre = view(sigma=0.001)
    inside = mask.decode()
    deeper = np.pad(inside, 1)[:-2, 1:-1] & np.pad(inside, 1)[2:, 1:-1]
    deeper &= np.pad(inside, 1)[1:-1, :-2] & np.pad(inside, 1)[1:-1, 2:]
    rim = inside & ~deeper
    depth[rim] += np.random.default_rng(1).uniform(0.05, 0.25, rim.sum())
    cloud, pixels = points(mask, depth, CAMERA)
    assert rim[tuple(pixels.T)].mean() < 0.01
    assert len(cloud) > 0.9 * (inside & ~rim).sum()
    np.testing.assert_allclose(solid(mask, depth, CAMERA, UP).centre, centre, atol=0.005)


def test_a_wall_seen_through_a_gap_is_left_out():
    depth, mask, _ = view()
    rows, columns = np.nonzero(mask.decode())
    row, column = int(np.median(rows)), int(np.median(columns))
    depth[row - 4:row + 4, column - 4:column + 4] = 3.0
    cloud, _ = points(mask, depth, CAMERA)
    assert cloud[:, 2].max() < 1.1


def test_specks_far_away_do_not_move_the_box():
    depth, mask, centre = view(sigma=0.001)
    specked = mask.decode()
    for row, column in ((5, 5), (230, 12), (20, 300), (200, 280)):
        specked[row:row + 4, column:column + 4] = True
    for up in (UP, None):
        clean, found = (solid(m, depth, CAMERA, up) for m in (mask, Rle.encode(specked)))
        np.testing.assert_allclose(found.centre, clean.centre, atol=0.003)
        np.testing.assert_allclose(found.size, clean.size, atol=0.008)
    cloud, _ = points(Rle.encode(specked), depth, CAMERA)
    assert np.abs(cloud - centre).max() < 0.2


def test_a_rim_of_table_around_the_mask_does_not_move_the_box():
    depth, mask, centre = view(sigma=0.001)
    wide = np.zeros_like(mask.decode())
    for rows, columns in np.ndindex(9, 9):
        wide |= np.roll(mask.decode(), (rows - 4, columns - 4), axis=(0, 1))
    found = solid(Rle.encode(wide), depth, CAMERA, UP)
    np.testing.assert_allclose(found.centre, centre, atol=0.005)
    np.testing.assert_allclose(found.size, SIZE, atol=0.012)


def test_a_thing_at_the_edge_of_the_table_does_not_reach_down_to_the_floor():
    depth, mask, centre = view()
    floor = ~mask.decode()
    depth[floor] *= 1.9
    found = solid(mask, depth, CAMERA, UP)
    assert found.size[2] < 1.2 * SIZE[2]


def test_missing_depth_is_counted_and_does_not_move_the_box():
    depth, mask, centre = view(sigma=0.001)
    depth[np.random.default_rng(2).random(depth.shape) < 0.4] = np.nan
    found = solid(mask, depth, CAMERA, UP)
    assert found.depth_valid_ratio == pytest.approx(0.6, abs=0.02)
    np.testing.assert_allclose(found.centre, centre, atol=0.005)


@pytest.mark.parametrize('inside', [(0, 0), (2, 2)])
def test_too_few_points_give_no_box(inside):
    depth, _, _ = view()
    mask = np.zeros(depth.shape, bool)
    mask[:inside[0], :inside[1]] = True
    assert solid(Rle.encode(mask), depth, CAMERA) is None
    assert solid(Rle.encode(mask), depth, CAMERA, UP) is None


def test_a_mask_without_any_depth_gives_no_box_and_no_points():
    depth, mask, _ = view()
    depth[:] = np.nan
    assert solid(mask, depth, CAMERA, UP) is None
    cloud, pixels = points(mask, depth, CAMERA)
    assert cloud.shape == (0, 3) and pixels.shape == (0, 2)
    assert table_up(depth, CAMERA, [mask]) is None


def test_points_project_onto_their_pixels():
    depth, mask, _ = view()
    cloud, pixels = points(mask, depth, CAMERA)
    assert cloud.dtype == np.float32 and np.issubdtype(pixels.dtype, np.integer)
    np.testing.assert_allclose(cloud[:, 0] / cloud[:, 2] * CAMERA.fx + CAMERA.cx, pixels[:, 1],
                               atol=1e-3)
    np.testing.assert_allclose(cloud[:, 2], depth[tuple(pixels.T)])


@pytest.mark.parametrize('masked', [False, True])
def test_the_normal_of_the_table_points_to_the_camera(masked):
    depth, mask, _ = view(sigma=0.002)
    up = table_up(depth, CAMERA, [mask] if masked else [])
    assert up @ UP > np.cos(np.radians(0.5))
    np.testing.assert_array_equal(up, table_up(depth, CAMERA, [mask] if masked else []))


def test_a_point_that_is_drawn_twice_is_no_table():
    depth = np.linspace(0.9, 1.1, 48, dtype=np.float32)[:, None].repeat(48, axis=1)
    depth[:, 40:] = np.random.default_rng(1).uniform(2, 5, (48, 8))
    up = table_up(depth, CAMERA, [])   # of 36 points, some triple of hundreds has one twice
    assert np.linalg.norm(up) == pytest.approx(1.0)
    there, _ = points(Rle.encode(np.pad(np.ones((48, 40), bool), ((0, 0), (0, 8)))), depth, CAMERA)
    assert np.ptp(there @ up) < 0.02


def test_depth_without_a_plane_has_no_table():
    scattered = np.random.default_rng(3).uniform(0.3, 5.0, (240, 320)).astype(np.float32)
    assert table_up(scattered, CAMERA, []) is None


@pytest.mark.parametrize('sigma', [0.001, 0.004])
def test_the_noise_of_a_slope_with_an_edge_is_measured(sigma):
    z = np.tile(np.linspace(0.5, 0.8, 60, dtype=np.float32), (60, 1))
    z[:, 30:] += 1.0
    z += np.random.default_rng(4).normal(0, sigma, z.shape).astype(np.float32)
    assert noise(z) == pytest.approx(sigma, rel=0.15)


def test_the_hull_of_a_filled_box_is_the_box():
    corners = np.array(np.meshgrid([0, 1.0], [0, 2.0], [0, 3.0])).reshape(3, 8).T
    inner = np.random.default_rng(5).uniform(0.1, 0.9, (200, 3)) * (1, 2, 3)
    vertices, triangles = convex_hull(np.concatenate([inner, corners]))
    assert {tuple(v) for v in vertices} == {tuple(c) for c in corners}
    assert volume(vertices, triangles) == pytest.approx(6.0)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(5, 120))
def test_a_hull_is_closed_and_holds_the_points_that_span_it(seed, count):
    cloud = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
    vertices, triangles = convex_hull(cloud)
    edges = {(int(t[i - 1]), int(t[i])) for t in triangles for i in range(3)}
    assert len(edges) == 3 * len(triangles) and all((b, a) in edges for a, b in edges)
    assert len(vertices) - len(edges) // 2 + len(triangles) == 2
    a, b, c = vertices[triangles.T]
    normals = np.cross(b - a, c - a)
    assert ((vertices @ normals.T - (a * normals).sum(axis=1)) < 1e-6).all()


def test_the_hull_of_a_ball_has_its_volume_within_four_per_cent():
    ball = np.random.default_rng(6).normal(size=(4000, 3))
    ball *= 0.05 / np.linalg.norm(ball, axis=1, keepdims=True)
    vertices, triangles = convex_hull(ball)
    assert volume(vertices, triangles) == pytest.approx(4 / 3 * np.pi * 0.05 ** 3, rel=0.04)


@pytest.mark.parametrize('cloud', [
    np.zeros((0, 3)), np.ones((5, 3)), np.outer(np.arange(4.0), (1, 2, 3)),
    np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1.0]])])
def test_points_without_a_body_have_no_hull(cloud):
    with pytest.raises(BadRequest, match='points lie in a plane and have no hull'):
        convex_hull(cloud)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(
    lambda q: np.linalg.norm(q) > 0.1))
def test_a_quaternion_turns_like_its_axes(raw):
    x, y, z, w = np.array(raw) / np.linalg.norm(raw)
    axes = np.array([[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                     [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                     [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)]])
    found = quaternion(axes)
    assert found[3] >= 0 and np.linalg.norm(found) == pytest.approx(1.0)
    assert abs(np.dot(found, (x, y, z, w))) == pytest.approx(1.0, abs=1e-9)


def volume(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """Return the volume inside a closed mesh whose triangles turn outwards."""
    a, b, c = vertices[triangles.T]
    return float((a * np.cross(b, c)).sum() / 6)
