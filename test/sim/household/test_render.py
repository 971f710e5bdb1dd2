# SPDX-License-Identifier: Apache-2.0
"""The household drawn by rays: depth, masks and parts are exact, and a seed is a scene."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('embreex')

from reasonseg_ros.sim.household.meshes import slab
from reasonseg_ros.sim.household.render import Shot, render
from reasonseg_ros.sim.household.scene import HouseholdScene, sample, stage_of
from reasonseg_ros.sim.household.solids import Area, Material, RayStage, Solid, View

DOWN = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
LAMP = Area(np.array([0.3, 0, 2.0]), np.array([0.2, 0, 0]), np.array([0, 0.2, 0]), np.full(3, 20.0))
WIDTH, HEIGHT = 64, 48


def scene_of(seed: int) -> HouseholdScene:
    return sample(np.random.default_rng(seed), WIDTH, HEIGHT)


def drawn(scene: HouseholdScene) -> Shot:
    return render(stage_of(scene)[0], scene.view, np.random.default_rng(0))


def test_depth_and_mask_of_a_block_under_the_camera_are_those_of_geometry():
    """One metre above a table, a block 0.1 m high and 0.2 m wide: 0.9 m, 160 * 0.2 / 0.9 pixels."""
    red = Material(np.array([0.6, 0.04, 0.04]))
    stage = RayStage([Solid(slab(2, 2, 0.02).moved(0, 0, -0.02), Material(np.full(3, 0.5))),
                      Solid(slab(0.2, 0.2, 0.1, 0.001), red, id=7)], [LAMP], np.ones(3), 0.5)
    shot = render(stage, View(np.array([0.0, 0, 1]), DOWN, 160.0, 161, 121),
                  np.random.default_rng(0))
    block = shot.ids == 7
    assert set(np.unique(shot.ids)) == {0, 7}
    assert np.isfinite(shot.depth).all()
    assert shot.depth[block] == pytest.approx(0.9, abs=2e-3)
    assert shot.depth[~block] == pytest.approx(1.0, abs=2e-3)
    assert abs(block.any(0).sum() - 160 * 0.2 / 0.9) <= 1
    assert abs(block.any(1).sum() - 160 * 0.2 / 0.9) <= 1
    assert block[60, 80] and (shot.albedo[60, 80] == np.float32(red.colour)).all()
    assert (shot.colour[..., 0] > 3 * shot.colour[..., 1])[block].all()


def test_nothing_in_view_is_an_error():
    stage = RayStage([Solid(slab(0.1, 0.1, 0.1), Material(np.full(3, 0.5)))], [], np.ones(3), 0.5)
    with pytest.raises(ValueError, match='nothing in view'):
        render(stage, View(np.array([0, 0, 1.0]), -DOWN, 40.0, 8, 6), np.random.default_rng(0))


def test_a_thing_is_hidden_exactly_where_something_nearer_is():
    scene = scene_of(3)
    whole, (_, regions) = drawn(scene), stage_of(scene)
    owners = np.array([-1, *(thing for thing, _ in regions)])[whole.ids]
    assert len(np.unique(owners)) > 2
    for index, thing in enumerate(scene.things):
        solids = [Solid(mesh, material, thing.place) for _, mesh, material in thing.pieces]
        stage = RayStage([*scene.around, *solids], scene.areas, scene.sky, scene.ambient)
        alone = stage.owner >= len(scene.around)
        seen = _first(stage, scene.view)
        own = np.where(seen[0] >= 0, alone[seen[0]], False).reshape(HEIGHT, WIDTH)
        assert not ((owners == index) & ~own).any()
        covered = own & (owners != index)
        assert (whole.depth[covered] <= seen[1].reshape(HEIGHT, WIDTH)[covered] + 1e-4).all()


def _first(stage: RayStage, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Triangle and depth of every pixel."""
    y, x = np.mgrid[:view.height, :view.width].astype(np.float32)
    ray = np.stack([(x - (view.width - 1) / 2) / view.focal,
                    (y - (view.height - 1) / 2) / view.focal, np.ones_like(x)], -1).reshape(-1, 3)
    triangle, depth, _, _ = stage.hit(np.broadcast_to(view.eye, ray.shape), ray @ view.axes)
    return triangle, depth


def test_a_part_lies_inside_its_thing_and_every_id_has_a_part():
    scene = scene_of(5)
    _, regions = stage_of(scene)
    ids = drawn(scene).ids
    assert len(set(regions)) == len(regions) and ids.max() <= len(regions)
    names = [{part for part, _, _ in thing.pieces} for thing in scene.things]
    assert all(part in names[thing] for thing, part in regions)
    assert [len([1 for thing, _ in regions if thing == k]) for k in range(len(names))] == [
        len(parts) for parts in names]


def test_a_scene_is_a_function_of_its_seed():
    one, two, other = drawn(scene_of(8)), drawn(scene_of(8)), drawn(scene_of(9))
    for layer in ('colour', 'depth', 'ids', 'shiny', 'facing', 'albedo', 'clear'):
        assert (getattr(one, layer) == getattr(two, layer)).all()
    assert (one.ids != other.ids).any()


def test_the_same_scene_from_elsewhere_has_the_same_things():
    scene = scene_of(5)
    higher = replace(scene.view, eye=scene.view.eye - 0.2 * scene.view.axes[2])
    near, far = drawn(scene), drawn(replace(scene, view=higher))
    assert far.depth[far.ids > 0].mean() > near.depth[near.ids > 0].mean()
    assert 0 < np.count_nonzero(far.ids) < np.count_nonzero(near.ids)
