# SPDX-License-Identifier: Apache-2.0
"""Images, truth, depth and camera model of a rendering agree with each other."""

from dataclasses import replace

import numpy as np
import pytest

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.rendering import gl
from reasonseg_ros.sim.rendering import renderer as renderer_module
from reasonseg_ros.sim.rendering.renderer import FLOOR_Z, Renderer
from reasonseg_ros.sim.world.catalogue import CATEGORIES
from reasonseg_ros.sim.world.primitives import Shape
from reasonseg_ros.sim.world.scene import moved, sample_scene
from reasonseg_ros.sim.world.stage import CameraPose, Item, Scene, Surface

PURPLE = Surface('plain', (0.3, 0.0, 0.3))


@pytest.fixture(scope='module')
def renderer():
    with Renderer(192, 144) as made:
        yield made


def flat(*items) -> Scene:
    """Return a scene without shading, so that a solid has the same colour on every pixel."""
    return replace(sample_scene('train', 0), items=items, ambient=1.0, fill=0.0, lights=(),
                   table=PURPLE, floor=PURPLE,
                   camera=CameraPose((0.0, -0.45, 0.45), (0.0, 0.0, 0.04), 34.0))


def item(category, yaw=-20.0, rgb=(0.15, 0.55, 0.20)) -> Item:
    return Item(category, 'green', 'large', rgb, 1.2, 0.0, 0.0, yaw, 3)


def world(view, pose) -> np.ndarray:
    """Return the world position [H, W, 3] of every pixel, by the camera model."""
    v, u = np.mgrid[:view.camera.height, :view.camera.width]
    rays = np.stack([(u - view.camera.cx) / view.camera.fx, (v - view.camera.cy) / view.camera.fy,
                     np.ones(u.shape)], axis=-1)
    points = rays * view.depth[..., None]
    return points @ pose.axes.T + pose.eye


def test_the_same_seed_gives_the_same_pixels(renderer):
    first = renderer.render(sample_scene('val', 4))
    renderer.render(sample_scene('val', 5))
    again = renderer.render(sample_scene('val', 4))
    assert (first.rgb == again.rgb).all() and (first.truth.ids == again.truth.ids).all()
    assert first.rgb.shape == (144, 192, 3) and first.rgb.std() > 10


@pytest.mark.parametrize('category', CATEGORIES, ids=lambda c: c.name)
def test_every_part_of_a_category_can_be_seen(renderer, category):
    views = [renderer.render(flat(item(category.name, yaw))).truth for yaw in (-25, 25)]
    for part in category.parts:
        assert max(view.mask(0, part).sum() for view in views) >= 40, part


@pytest.mark.parametrize('category', ['mug', 'scissors', 'lamp', 'banana'])
def test_a_mask_is_exactly_where_the_object_changed_the_image(renderer, category):
    empty = renderer.render(flat())
    full = renderer.render(flat(item(category)))
    assert ((empty.rgb != full.rgb).any(axis=2) == full.truth.mask(0)).all()


@pytest.mark.parametrize('category, part', [('lamp', 'switch'), ('remote', 'red button'),
                                            ('bottle', 'cap'), ('camera', 'shutter')])
def test_a_part_owns_exactly_the_pixels_of_its_colour(renderer, category, part):
    view = renderer.render(flat(item(category)))
    mask = view.truth.mask(0, part)
    own = np.median(view.rgb[mask], axis=0)
    assert ((np.abs(view.rgb - own) <= 1).all(axis=2) == mask).all()


def test_an_object_hides_the_one_behind_it_in_image_and_truth(renderer):
    near, far = replace(item('drawer'), y=-0.06), replace(item('apple'), y=0.07)
    both = renderer.render(flat(near, far)).truth
    alone = renderer.render(flat(far)).truth
    assert 0 < both.mask(1).sum() < alone.mask(0).sum()
    assert not (both.mask(0) & both.mask(1)).any()


def test_regions_name_the_parts_of_the_objects_in_the_order_of_the_scene(renderer):
    scene = sample_scene('test', 1)
    truth = renderer.render(scene).truth
    assert [(o.category, o.colour, o.size) for o in truth.objects] == [
        (i.category, i.colour, i.size) for i in scene.items]
    parts = {c.name: set(c.parts) for c in CATEGORIES}
    for index, each in enumerate(scene.items):
        assert {p for obj, p in truth.regions if obj == index} == parts[each.category]
    assert truth.ids.max() <= len(truth.regions)


def test_unprojected_table_pixels_lie_on_the_table(renderer):
    scene = sample_scene('train', 2)
    view = renderer.render(scene, depth=True)
    points = world(view, scene.camera)
    on_table = (view.truth.ids == 0) & (points[..., 2] > FLOOR_Z / 2) & (
        np.abs(points[..., :2]) < np.array(scene.table_half) - 0.02).all(axis=2)
    assert on_table.sum() > 2000
    assert np.abs(points[on_table][:, 2]).max() < 0.002


def test_the_camera_model_finds_an_object_where_its_mask_is(renderer):
    ball = replace(item('apple'), x=0.06, y=0.05)
    scene = flat(ball)
    view = renderer.render(scene, depth=True)
    points = world(view, scene.camera)[view.truth.mask(0, 'body')]
    middle = points.mean(axis=0)
    assert abs(middle[0] - 0.06) < 0.02 and abs(middle[1] - 0.05) < 0.04
    assert points[:, 2].min() > -0.002 and points[:, 2].max() < 0.12


def test_depth_is_metres_and_only_on_request(renderer):
    scene = sample_scene('train', 2)
    assert renderer.render(scene).depth is None
    depth = renderer.render(scene, depth=True).depth
    assert depth.dtype == np.float32 and 0.3 < np.nanmin(depth) < np.nanmax(depth) < 40


def test_a_pixel_without_a_surface_has_no_depth(renderer):
    up = replace(flat(), camera=CameraPose((0.0, -0.5, 0.5), (0.0, 0.5, 1.5), 40.0))
    assert np.isnan(renderer.render(up, depth=True).depth).all()


def test_a_moved_camera_shows_the_same_objects_elsewhere(renderer):
    scene = sample_scene('train', 6)
    here, there = (renderer.render(s).truth for s in (scene, moved(scene, azimuth=15.0)))
    assert here.objects == there.objects and here.regions == there.regions
    assert (here.ids != there.ids).mean() > 0.02


def test_supersampling_changes_edges_but_not_the_truth(renderer):
    scene = sample_scene('train', 8)
    with Renderer(192, 144, supersample=2) as fine:
        smooth = fine.render(scene)
    sharp = renderer.render(scene)
    assert (smooth.truth.ids == sharp.truth.ids).all() and smooth.rgb.shape == sharp.rgb.shape
    change = np.abs(smooth.rgb.astype(int) - sharp.rgb).mean()
    assert 0.1 < change < 6


def test_shadows_darken_the_image_but_not_the_truth(renderer):
    scene = next(s for s in (sample_scene('train', n) for n in range(20)) if s.lights[0].shadow)
    with Renderer(192, 144, shadows=True) as shadowed:
        dark = shadowed.render(scene)
    light = renderer.render(scene)
    assert (dark.truth.ids == light.truth.ids).all()
    assert dark.rgb.mean() < light.rgb.mean() - 0.3


def test_shadows_do_not_depend_on_what_was_in_memory():
    scene = next(s for s in (sample_scene('train', n) for n in range(20)) if s.lights[0].shadow)
    with Renderer(192, 144, shadows=True) as shadowed:
        before = shadowed.render(scene).rgb
        for geom in shadowed._scene.geoms:
            geom.category = gl.mujoco.mjtCatBit.mjCAT_DECOR
        assert (shadowed.render(scene).rgb == before).all()


def test_objects_fill_the_image_well(renderer):
    pixels = [renderer.render(sample_scene('test', seed)).truth.stats for seed in range(12)]
    objects = [stats[key][0] for stats in pixels for key in stats if key[1] is None]
    assert np.median(objects) >= 700


def test_shapes_have_the_numbers_of_mujoco():
    for shape in Shape:
        assert int(shape) == int(getattr(gl.mujoco.mjtGeom, f'mjGEOM_{shape.name}'))


def test_a_machine_without_opengl_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(gl.opengl, 'backend', lambda: '')
    with pytest.raises(ReasonSegError, match='install the Debian packages libegl1'):
        gl.choose_backend()


def test_a_context_that_fails_is_one_clear_line(monkeypatch):
    def fail(width, height):
        raise ImportError('no display')
    monkeypatch.setattr(renderer_module.mujoco, 'GLContext', fail)
    with pytest.raises(ReasonSegError, match=r'no display\); expected EGL or OSMesa'):
        Renderer(32, 24)
