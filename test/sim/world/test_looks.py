# SPDX-License-Identifier: Apache-2.0
"""Looks change the scene, always in the same way, and leave the objects as they are."""

import pytest

from reasonseg_ros.sim.world.looks import LOOKS, USUAL, looked
from reasonseg_ros.sim.world.scene import sample_scene

SCENE = sample_scene('test', 3)


def test_the_usual_look_is_the_scene():
    assert looked(SCENE, USUAL) == SCENE


@pytest.mark.parametrize('name', [name for name in LOOKS if name != USUAL])
def test_a_look_changes_light_table_or_camera_only(name):
    changed = looked(SCENE, name)
    assert changed != SCENE and changed == looked(SCENE, name)
    assert changed.items == SCENE.items
    assert all(0 <= v <= 1 for light in changed.lights for v in light.diffuse)


@pytest.mark.parametrize('name', ['low', 'steep', 'far'])
def test_looks_of_the_camera_leave_the_light_as_it_was(name):
    changed = looked(SCENE, name)
    assert changed.lights == SCENE.lights and changed.camera != SCENE.camera
    assert changed.camera.target == SCENE.camera.target
