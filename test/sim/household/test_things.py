# SPDX-License-Identifier: Apache-2.0
"""Things of the household: every category is a solid body with the parts that it is known by."""

import numpy as np
import pytest

from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.sim.household.meshes import join
from reasonseg_ros.sim.household.objects import painted
from reasonseg_ros.sim.household.things import BUILDERS, PARTS, PARTS_OF, build

SEEDS = 12      # that show every part of every category at least once
INSIDE = 0.03   # largest share of rays that meet a surface from behind: the gable of a carton


@pytest.mark.parametrize('category', BUILDERS)
def test_a_category_has_the_parts_that_the_table_says(category):
    things = [build(category, np.random.default_rng(seed)) for seed in range(SEEDS)]
    assert {piece.part for pieces in things for piece in pieces} == set(PARTS_OF[category])
    assert set(PARTS_OF[category]) <= set(PARTS)


@pytest.mark.parametrize('category', [*BUILDERS, NAMELESS])
def test_a_thing_stands_on_the_table_and_has_the_size_of_a_thing(category):
    pieces = build(category, np.random.default_rng(3))
    assert all(len(piece.mesh.faces) and np.isfinite(piece.mesh.vertices).all()
               for piece in pieces)
    assert all(piece.mesh.faces.max() < len(piece.mesh.vertices) for piece in pieces)
    points = np.concatenate([piece.mesh.vertices for piece in pieces])
    assert points[:, 2].min() == pytest.approx(0, abs=1e-9)
    assert points[:, :2].min(0) == pytest.approx(-points[:, :2].max(0))
    assert 0.02 < np.ptp(points, 0).max() < 0.5


@pytest.mark.parametrize('category', BUILDERS)
def test_seen_from_above_no_thing_has_a_hole(category):
    """Rays from a dozen directions first meet the outside of a surface."""
    pytest.importorskip('embreex')
    from reasonseg_ros.sim.household.solids import RayStage, Solid
    thing = painted(np.random.default_rng(5), category)
    mesh = join([mesh for _, mesh, _ in thing.pieces])
    stage = RayStage([Solid(mesh, thing.pieces[0][2])], [], np.ones(3), 0.5)
    corners = mesh.vertices[mesh.faces]
    outward = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle, size = corners.mean((0, 1)), np.ptp(corners.reshape(-1, 3), 0).max()
    rng, behind = np.random.default_rng(0), []
    for _ in range(12):
        down, around = np.radians(rng.uniform(10, 85)), rng.uniform(0, 2 * np.pi)
        towards = -np.array([np.cos(down) * np.cos(around), np.cos(down) * np.sin(around),
                             np.sin(down)])
        origin = middle - 2 * towards + rng.uniform(-size, size, (1000, 3))
        triangle = stage.hit(origin, np.broadcast_to(towards, origin.shape))[0]
        behind.append(outward[triangle[triangle >= 0]] @ towards > 0)
    assert np.concatenate(behind).size > 100
    assert np.concatenate(behind).mean() <= INSIDE


def test_a_thing_without_a_name_is_no_category():
    assert NAMELESS not in BUILDERS
    assert {piece.part for piece in build(NAMELESS, np.random.default_rng(0))} == {'body'}


def test_the_same_seed_builds_the_same_thing():
    one, two = (build('drill', np.random.default_rng(4)) for _ in range(2))
    assert all((a.mesh.vertices == b.mesh.vertices).all() and a.paint == b.paint
               for a, b in zip(one, two, strict=True))
