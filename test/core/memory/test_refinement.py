# SPDX-License-Identifier: Apache-2.0
"""A motion from rough features is made exact by surfaces, or left alone where they tell nothing."""

from dataclasses import replace

import numpy as np
from support.solid_views import BALL, BOX, HAND, MUG, frame, pose

from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.memory.motion import inverse, transform, turned
from reasonseg_ros.core.memory.refinement import refined

SOLIDS = (MUG, BOX, BALL)


def features(view, count, spread, seed=0):
    """Places of features of a frame, and how wrong they are."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(20, 170, count), rng.integers(20, 230, count)
    places = lift(rows, columns, view.depth[rows, columns], view.camera)
    good = np.isfinite(places[:, 2])
    return places[good], rng.normal(0, spread, (int(good.sum()), 3))


def case(after_solids=SOLIDS):
    one, _ = frame(SOLIDS, pose(), noise=0.001)
    two, masks = frame(after_solids, pose(12, 0.7), noise=0.001)
    truth = inverse(pose()) @ pose(12, 0.7)
    rough = truth @ turned(np.array([0.6, 0.64, 0.48]), 0.6, np.zeros(3))
    rough[:3, 3] += (0.004, -0.003, 0.005)
    second, off = features(two, 60, 0.003)
    first = transform(second, truth) + off
    rows, columns = np.nonzero(masks[0])
    things = lift(rows, columns, two.depth[rows, columns], two.camera)
    things = things[np.isfinite(things[:, 2])]

    def error(motion):
        away = transform(things, motion) - transform(things, truth)
        return float(np.linalg.norm(away, axis=1).max())
    return one, two, rough, first.astype(np.float32), second, error


def test_a_rough_motion_becomes_exact():
    one, two, rough, first, second, error = case()
    found = refined(one, two, rough, first, second)
    assert found is not None and error(rough) > 0.006
    assert error(found[0]) < 0.0015 and error(found[0]) < found[1] < 0.005


def test_what_moved_meanwhile_does_not_move_the_camera():
    one, two, rough, first, second, error = case((MUG.at(0.05, -0.05), BOX, BALL))
    found = refined(one, two, rough, first, second)
    assert found is not None and error(found[0]) < 0.002


def test_where_surfaces_tell_nothing_there_is_no_better_motion():
    one, two, rough, first, second, _ = case()
    assert refined(one, replace(two, depth=None), rough, first, second) is None
    assert refined(one, replace(two, depth=np.full_like(two.depth, np.nan)), rough, first,
                   second) is None
    far = rough.copy()
    far[:3, 3] += 1.0
    assert refined(one, two, far, first, second) is None
    hidden, _ = frame((*SOLIDS, HAND, HAND.at(0.1, -0.2), HAND.at(-0.12, -0.2)), pose(12, 0.7))
    found = refined(one, hidden, rough, first, second)
    assert found is None or found[1] < 0.005
