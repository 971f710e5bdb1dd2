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


def test_connected_pixels_have_one_number_however_they_are_strewn():
    dice = np.random.default_rng(3)
    for share in (0.2, 0.4, 0.6, 0.9):
        depth = np.where(dice.random((23, 31)) < 0.1, 1.3, 1.0)  # few, which do not count as noise
        z = np.where(dice.random((23, 31)) < share, depth, np.nan).astype(np.float32)
        numbers = surface_numbers(z, CAMERA)
        np.testing.assert_array_equal(numbers >= 0, np.isfinite(z))
        assert sorted(map(frozenset, flooded(z)), key=sorted) == sorted(
            (frozenset(np.flatnonzero(numbers == n)) for n in range(numbers.max() + 1)),
            key=sorted)
        count = np.bincount(numbers[numbers >= 0])
        assert (np.diff(count) <= 0).all()


def flooded(z: np.ndarray) -> list[set[int]]:
    """Fill one surface after the other: steps of 0.1 m at most, over one unknown pixel, too."""
    (height, width), left, found = z.shape, set(np.flatnonzero(np.isfinite(z))), []
    while left:
        edge, filled = [min(left)], {min(left)}
        while edge:
            row, column = divmod(edge.pop(), width)
            for down, right in ((0, 1), (1, 0), (1, 1), (1, -1), (0, 2), (2, 0)):
                for sign in (-1, 1):
                    r, c = row + sign * down, column + sign * right
                    if not (0 <= r < height and 0 <= c < width):
                        continue
                    if 2 in (down, right) and np.isfinite(z[(row + r) // 2, (column + c) // 2]):
                        continue
                    if abs(z[r, c] - z[row, column]) < 0.1 and r * width + c not in filled:
                        filled.add(r * width + c)
                        edge.append(r * width + c)
        left -= filled
        found.append(filled)
    return found


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
