# SPDX-License-Identifier: Apache-2.0
"""Paths of the camera, and what happens in a sequence, as values."""

import numpy as np
import pytest

from reasonseg_ros.sim.moving.steps import (
    BACK_FROM,
    COUNTS,
    EVENTS,
    FAR_METRES,
    GONE_FROM,
    PATHS,
    SWAPPED_FROM,
    Shift,
    Viewpoint,
    camera_path,
    far_end,
    free_place,
    limb,
    orbit,
    plan,
)

TARGET = np.array([0.1, -0.05, 0.04])


@pytest.mark.parametrize('distance', [0.35, 0.8, 1.9])
@pytest.mark.parametrize('degrees', [20.0, 50.0, 80.0])
def test_the_far_end_is_30_degrees_and_half_a_metre_away(distance, degrees):
    steep = np.radians(degrees)
    eye = TARGET + distance * np.array([np.cos(steep), 0.0, np.sin(steep)])
    for side in (1, -1):
        end = far_end(eye, TARGET, side)
        gone, target = orbit(eye, TARGET, end)
        assert np.linalg.norm(gone - eye) > FAR_METRES
        assert side * end.azimuth >= 30.0 and (target == TARGET).all()


def test_a_camera_that_has_not_moved_is_where_it_was():
    eye = np.array([0.5, 0.3, 0.7])
    assert orbit(eye, TARGET, Viewpoint())[0] == pytest.approx(eye)
    nadir = TARGET + (0.0, 0.0, 0.6)
    assert orbit(nadir, TARGET, Viewpoint())[0] == pytest.approx(nadir)


@pytest.mark.parametrize('event', EVENTS)
def test_every_path_begins_where_the_camera_was(event):
    end = Viewpoint(36.0, 0.0, 1.1)
    path = camera_path(event, end, np.random.default_rng(0))
    assert len(path) == COUNTS[event] and path[0] == Viewpoint()
    if event in PATHS:
        assert [view.azimuth for view in path[-2:]] == [36.0, 36.0]
    else:
        assert max(abs(view.azimuth) for view in path) < 10.0
    assert path == camera_path(event, end, np.random.default_rng(0))


def test_a_thing_is_taken_away_brought_back_and_replaced():
    path = [Viewpoint()] * COUNTS['remove']
    place = Shift(0.1, 0.0, 40.0)
    removed = plan('remove', path, 2, place)
    shifts = [step.shifts.get(2, Shift(0, 0, 0)) for step in removed.steps]
    assert shifts[:GONE_FROM] == [Shift(0, 0, 0)] * GONE_FROM
    assert shifts[GONE_FROM:BACK_FROM] == [None] * (BACK_FROM - GONE_FROM)
    assert set(shifts[BACK_FROM:]) == {place}
    swapped = plan('lookalike', [Viewpoint()] * COUNTS['lookalike'], 2, lookalike=5)
    assert all(step.shifts == ({5: None} if k < SWAPPED_FROM else {2: None})
               for k, step in enumerate(swapped.steps))


def test_a_free_place_is_apart_from_all_others():
    discs = np.array([(0.0, 0.0, 0.04), (0.12, 0.0, 0.05), (-0.1, 0.1, 0.06)])
    found = free_place(discs, 0, (0.09, 0.22), lambda s: s.y < 0, np.random.default_rng(1))
    assert found is not None and found.y < 0
    assert all(np.hypot(found.x - x, found.y - y) > radius + 0.04 for x, y, radius in discs[1:])
    assert free_place(discs, 0, (0.09, 0.22), lambda s: False, np.random.default_rng(1)) is None


def test_a_limb_is_between_the_camera_and_the_thing_and_goes_aside():
    eye, centre = np.array([0.0, -0.8, 0.6]), np.array([0.0, 0.0, 0.03])
    (start, end, radius), _ = limb(eye, centre, 0.06, 0.0)
    ray = (centre - eye) / np.linalg.norm(centre - eye)
    middle = (start + end) / 2 - eye
    assert 0.3 < middle @ ray / np.linalg.norm(centre - eye) < 0.5
    assert np.linalg.norm(start - eye - (start - eye) @ ray * ray) < radius
    (aside, _, _), _ = limb(eye, centre, 0.06, 1.6)
    assert np.linalg.norm(aside - eye - (aside - eye) @ ray * ray) > 1.5 * radius
