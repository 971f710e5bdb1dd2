# SPDX-License-Identifier: Apache-2.0
"""pybullet draws the same scene: the same regions, nearly the same pixels, other colours."""

import numpy as np
import pytest

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.world.scene import sample_scene

pytest.importorskip('pybullet')


@pytest.fixture(scope='module')
def pairs():
    """Both renderings of some scenes."""
    from reasonseg_ros.sim.rendering.bullet import BulletRenderer
    from reasonseg_ros.sim.rendering.renderer import camera_renderer
    scenes = [sample_scene('test', seed) for seed in (2, 3)]
    try:
        with camera_renderer(192, 144) as usual, BulletRenderer(192, 144) as other:
            return [(usual.render(s), other.render(s)) for s in scenes]
    except (ImportError, ReasonSegError) as error:
        pytest.skip(f'the tabletop cannot be drawn here: {error}')


def test_the_regions_are_the_same_and_lie_where_they_lay(pairs):
    for usual, other in pairs:
        assert other.truth.regions == usual.truth.regions
        assert other.truth.objects == usual.truth.objects
        assert np.mean(other.truth.ids == usual.truth.ids) > 0.98
        for index in range(len(usual.truth.objects)):
            one, two = usual.truth.mask(index), other.truth.mask(index)
            assert (one & two).sum() > 0.93 * (one | two).sum()


def test_masks_lie_where_the_image_shows_the_object(pairs):
    for _, other in pairs:
        table = other.rgb[other.truth.ids == 0].astype(float)
        for index in range(len(other.truth.objects)):
            inside = other.rgb[other.truth.mask(index)].astype(float)
            assert np.abs(inside.mean(0) - np.median(table, 0)).max() > 15


def test_it_looks_otherwise(pairs):
    for usual, other in pairs:
        assert np.abs(usual.rgb.astype(float) - other.rgb).mean() > 5
        assert other.camera == usual.camera
