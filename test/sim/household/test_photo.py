# SPDX-License-Identifier: Apache-2.0
"""Sensors of the household: images of light, measured depth, and words for colours."""

import numpy as np
import pytest

from reasonseg_ros.core.scene.inventory import COLOURS
from reasonseg_ros.sim.household.colours import PAINTS, named, shade
from reasonseg_ros.sim.household.photo import measured, photograph, rephotograph

SHAPE = (48, 64)


def test_light_becomes_an_image_whose_bright_side_stays_the_bright_one():
    light = np.full((*SHAPE, 3), 0.1)
    light[:, 32:] = 0.5
    for seed in range(5):
        image = photograph(light, np.random.default_rng(seed))
        assert image.dtype == np.uint8 and image.shape == light.shape
        assert image[:, 36:].mean() > image[:, :28].mean() + 20


def test_an_image_that_was_one_before_changes_little():
    image = np.linspace(0, 1, SHAPE[0] * SHAPE[1] * 3).reshape(*SHAPE, 3)
    again = rephotograph(image, np.random.default_rng(1))
    assert again.dtype == np.uint8 and np.abs(again / 255.0 - image).max() < 0.25


def test_a_depth_sensor_errs_by_millimetres_and_knows_nothing_of_what_is_not_there():
    depth = np.full(SHAPE, 0.8, np.float32)
    depth[:, :8] = np.inf
    none, full = np.zeros(SHAPE), np.ones(SHAPE)
    image = np.full((*SHAPE, 3), 128, np.uint8)
    for seed in range(8):
        found = measured(depth, none, full, image, 280.0, np.random.default_rng(seed))
        assert found.dtype == np.float32 and np.isnan(found[:, :3]).all()
        inside = found[:, 20:]
        assert np.isfinite(inside).mean() > 0.8
        assert np.nanmedian(inside) == pytest.approx(0.8, abs=0.01)


def test_what_mirrors_is_often_not_measured():
    depth, image = np.full(SHAPE, 0.8, np.float32), np.full((*SHAPE, 3), 128, np.uint8)
    lost = [np.isnan(measured(depth, np.full(SHAPE, shiny), np.ones(SHAPE), image, 280.0,
                              np.random.default_rng(seed))).mean()
            for shiny in (0.0, 0.9) for seed in range(8)]
    assert np.mean(lost[8:]) > np.mean(lost[:8]) + 0.2


@pytest.mark.parametrize('name', PAINTS)
def test_a_paint_is_mostly_called_by_its_name(name):
    rng = np.random.default_rng(0)
    shades = np.array([[shade(rng, name) for _ in range(60)]])
    words = [COLOURS[k] for k in named(shades)[0]]
    assert np.mean([word == name for word in words]) > 0.5
