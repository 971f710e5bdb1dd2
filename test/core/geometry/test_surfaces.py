# SPDX-License-Identifier: Apache-2.0
"""Surfaces are numbered by their area, and a thing that is cut in two keeps both halves."""

import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.geometry.surfaces import surface_numbers, where_most_is, without_specks

CAMERA = CameraModel(320, 240, 300.0, 300.0, 159.5, 119.5)


def patch(*rectangles: tuple[int, int, int, int, float]) -> np.ndarray:
    """Return float32 [40, 60]: rectangles (row, column, height, width, depth), NaN elsewhere."""
    z = np.full((40, 60), np.nan, np.float32)
    for row, column, height, width, depth in rectangles:
        z[row:row + height, column:column + width] = depth
    return z


def test_surfaces_are_numbered_by_area_and_unknown_pixels_have_none():
    numbers = surface_numbers(patch((0, 0, 5, 5, 1.0), (10, 10, 20, 20, 1.0)), CAMERA)
    assert (numbers[2, 2], numbers[15, 15], numbers[8, 8]) == (1, 0, -1)


def test_a_step_in_depth_parts_two_surfaces_and_a_slope_does_not():
    stepped = patch((0, 0, 20, 20, 1.0), (0, 20, 20, 10, 1.2))
    assert surface_numbers(stepped, CAMERA).max() == 1
    slope = np.tile(np.linspace(0.8, 1.2, 60, dtype=np.float32), (40, 1))
    assert surface_numbers(slope, CAMERA).max() == 0


def test_a_winding_surface_is_one():
    z = np.full((40, 60), np.nan, np.float32)
    for k in range(0, 40, 2):
        z[k] = 1.0
        z[min(k + 1, 39), 59 if k % 4 else 0] = 1.0
    assert surface_numbers(z, CAMERA).max() == 0


def test_specks_go_and_both_halves_of_a_thing_stay():
    halves = patch((0, 0, 20, 20, 1.0), (0, 30, 20, 12, 1.0), (35, 50, 3, 3, 1.0))
    kept = np.isfinite(without_specks(halves, CAMERA))
    assert kept[5, 5] and kept[5, 35] and not kept[36, 51]


def test_nothing_known_has_no_surface():
    assert surface_numbers(patch(), CAMERA).max() == -1
    assert np.isnan(without_specks(patch(), CAMERA)).all()


def test_the_part_of_a_mask_that_matters_leaves_out_far_specks():
    inside = np.zeros((480, 640), bool)
    inside[100:140, 200:260] = True
    inside[470:474, 10:14] = True
    rows, columns = where_most_is(inside)
    assert 88 < rows.start <= 100 and 140 <= rows.stop < 152
    assert 188 < columns.start <= 200 and 260 <= columns.stop < 272
    full = np.ones((30, 40), bool)
    assert where_most_is(full) == (slice(0, 30), slice(0, 40))
