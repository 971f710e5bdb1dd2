# SPDX-License-Identifier: Apache-2.0
"""Poses are averaged over time, and a move is followed at once."""

import numpy as np
import pytest

from reasonseg_ros.core.geometry.boxes import OrientedBox
from reasonseg_ros.core.memory.smoothing import TAU, BoxFilter, rotation, rotation_vector

SECOND = 10 ** 9


def box(x=0.0, turn=(0.0, 0.0, 0.0), size=0.1) -> OrientedBox:
    return OrientedBox(np.array([x, 0.0, 1.0]), rotation(np.array(turn)), np.full(3, size), 1.0)


@pytest.mark.parametrize('vector', [(0, 0, 0), (1e-7, 0, 0), (0.3, -0.2, 0.9), (0, 3.1, 0),
                                    (1.8, 1.8, -1.8), (np.pi, 0, 0), (0, -np.pi / 2, 0)])
def test_a_rotation_is_told_by_its_vector(vector):
    turn = rotation(np.array(vector, float))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(rotation(rotation_vector(turn)), turn, atol=1e-7)


def test_a_step_is_followed_by_the_share_that_its_time_makes():
    held = BoxFilter()
    held.update({1: box()}, 0)
    found = held.update({1: box(0.01, (0, 0, 0.1), 0.12)}, int(TAU * SECOND))[1]
    share = 1 - np.exp(-1)
    assert found.centre[0] == pytest.approx(0.01 * share)
    assert rotation_vector(found.axes)[2] == pytest.approx(0.1 * share)
    assert found.size[0] == pytest.approx(0.1 + 0.02 * share)


def test_noise_is_averaged_away():
    rng, held = np.random.default_rng(0), BoxFilter()
    given, found = [], []
    for k in range(200):
        noisy = box(rng.normal(0, 0.003), rng.normal(0, 0.03, 3))
        given.append(noisy)
        found.append(held.update({1: noisy}, k * SECOND // 10)[1])
    for of in (lambda b: b.centre[0], lambda b: rotation_vector(b.axes)[0]):
        assert np.std([of(b) for b in found[20:]]) < 0.6 * np.std([of(b) for b in given[20:]])


def test_a_box_whose_axes_point_the_other_way_is_the_same_box():
    held = BoxFilter()
    held.update({1: box()}, 0)
    flipped = box(0.0, (0, 0, np.pi))
    np.testing.assert_allclose(held.update({1: flipped}, SECOND // 10)[1].axes, np.eye(3),
                               atol=1e-9)


@pytest.mark.parametrize(('later', 'stamp'), [
    (box(0.05), SECOND // 10), (box(0.0, (0, 0, 0.5)), SECOND // 10), (box(0.01), 9 * SECOND),
    (box(0.01), -SECOND)])
def test_a_move_a_pause_and_time_that_goes_back_begin_anew(later, stamp):
    held = BoxFilter()
    held.update({1: box()}, 0)
    assert held.update({1: later}, stamp)[1] is later


def test_what_was_not_seen_in_between_begins_anew():
    held = BoxFilter()
    held.update({1: box()}, 0)
    held.update({}, SECOND // 10)
    later = box(0.01)
    assert held.update({1: later}, SECOND // 5)[1] is later
