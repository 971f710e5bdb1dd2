# SPDX-License-Identifier: Apache-2.0
"""Folders of household scenes: what is read is what was rendered; what does not fit is refused."""

import numpy as np
import pytest
from support.household_scenes import TABLE, TOP, edited, maps, write_scenes

from reasonseg_ros.core.errors import BadInput, BadRequest, ReasonSegError
from reasonseg_ros.sim.household.things import BUILDERS
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.training.household import scenes as module
from reasonseg_ros.training.household.rendering import household_maps
from reasonseg_ros.training.household.scenes import SEEDS, build, draw, open_scenes, scene_file


@pytest.fixture
def boxes(monkeypatch):
    """Render boxes, and note what was rendered."""
    drawn: list[tuple[str, int]] = []

    def note(world: str, seed: int) -> dict[str, np.ndarray]:
        drawn.append((world, seed))
        return maps(seed, world == 'household')

    monkeypatch.setattr(module, 'draw', note)
    return drawn


def test_no_seed_belongs_to_two_splits():
    seeds = [seed for split in ('train', 'val', 'test') for seed in SEEDS[split]]
    assert len(set(seeds)) == len(seeds)
    assert all(len(SEEDS[split]) >= 50_000 for split in SEEDS)


def test_a_view_holds_what_its_file_says(tmp_path):
    scenes = write_scenes(tmp_path, 0, 3)
    view = scenes.view(0)
    assert scenes.split == 'train' and scenes.seeds == (0, 3) and len(scenes) == 2
    assert view.things == ('mug', 'can', 'mug') and view.regions[1] == (0, 'handle')
    assert view.owners[100, 60] == view.owners[100, 110] == 1 and view.owners[0, 0] == 0
    assert view.light[100, 60] == pytest.approx([0.6, 0.05, 0.05], abs=0.01)
    assert view.depth[100, 60] == pytest.approx(TOP, abs=1e-4)
    assert view.depth[0, 0] == pytest.approx(TABLE, abs=1e-4)
    assert not view.photograph


def test_a_folder_counts_household_scenes_before_those_of_the_tabletop(tmp_path):
    scenes = write_scenes(tmp_path, 4, 2, tabletop=(7,))
    assert scenes.seeds == (2, 4, 7) and scenes.view(2).photograph
    assert scenes.about()['household'] == {
        'version': 1, 'count': 2, 'first_seed': 2, 'last_seed': 4}
    assert scenes.about()['tabletop']['count'] == 1


def test_a_stopped_build_continues_with_what_is_missing(tmp_path, boxes):
    write_scenes(tmp_path, 6)
    assert build('train', 5, 3, tmp_path, 1).seeds == (5, 6, 7)
    assert boxes == [('household', 5), ('household', 7)]
    assert sorted(p.suffix for p in tmp_path.iterdir()) == ['.npz'] * 3


def test_seeds_are_counted_within_the_split_in_both_worlds(tmp_path, boxes):
    assert build('val', 2, 1, tmp_path, 1).household == (900_002,)
    scenes = build('val', 2, 1, tmp_path, 1, 'tabletop')
    assert scenes.tabletop == (900_002,) and scenes.split == 'val'


@pytest.mark.parametrize('first, count', [(-1, 2), (0, 0), (899_999, 2)])
def test_an_impossible_range_is_refused(tmp_path, first, count):
    with pytest.raises(BadRequest, match='at least 1 scene, and seeds from 0 below 900000'):
        build('train', first, count, tmp_path / 'new', 1)
    assert not (tmp_path / 'new').exists()


def test_a_folder_of_another_split_is_refused(tmp_path):
    write_scenes(tmp_path, 900_001)
    with pytest.raises(BadRequest, match='holds val scenes; expected train scenes'):
        build('train', 0, 1, tmp_path, 1)


@pytest.mark.parametrize('seeds, text', [((), 'holds no scenes'), ((1, 900_001), 'train and val'),
                                         ((1_000_000,), 'holds no scenes')])
def test_a_folder_without_scenes_of_one_split_is_refused(tmp_path, seeds, text):
    with pytest.raises(BadInput, match=text):
        write_scenes(tmp_path, *seeds)
        open_scenes(tmp_path)


def test_a_scene_of_another_version_is_refused(tmp_path):
    scenes = write_scenes(tmp_path, 1, tabletop=(1,))
    edited(scene_file(tmp_path, 'household', 1), version=99)
    edited(scene_file(tmp_path, 'tabletop', 1), version=2)
    with pytest.raises(BadInput, match='is of version 99; expected 1: render'):
        scenes.view(0)
    with pytest.raises(BadInput, match='is of version 2; expected 3: render'):
        scenes.view(1)


def test_a_damaged_scene_is_named(tmp_path):
    scenes = write_scenes(tmp_path, 1)
    scene_file(tmp_path, 'household', 1).write_bytes(b'PK no zip')
    with pytest.raises(BadInput, match=r'000001\.npz is no scene of the household'):
        scenes.view(0)


def test_a_household_scene_is_rendered_alike_every_time(tmp_path):
    pytest.importorskip('embreex')
    one, two = household_maps(17), household_maps(17)
    assert all((one[name] == two[name]).all() for name in one)
    np.savez(scene_file(tmp_path, 'household', 17), **one)
    view = open_scenes(tmp_path).view(0)
    assert set(view.things) - {'thing'} <= set(BUILDERS)
    assert np.isfinite(view.depth[view.owners > 0]).all()
    assert {int(k) for k in np.unique(view.ids)} <= set(range(len(view.regions) + 1))


def test_a_tabletop_scene_is_that_of_the_simulator(tmp_path):
    try:
        from reasonseg_ros.sim.rendering.renderer import camera_renderer
    except ReasonSegError as error:  # no off-screen OpenGL
        pytest.skip(str(error))
    np.savez(scene_file(tmp_path, 'tabletop', 900_004), **draw('tabletop', 900_004))
    view = open_scenes(tmp_path).view(0)
    scene = sample_scene('val', 4)
    with camera_renderer(320, 240) as drawing:
        expected = drawing.render(scene, depth=True)
    assert view.photograph and view.things == tuple(item.category for item in scene.items)
    assert (view.ids == expected.truth.ids).all() and view.regions == expected.truth.regions
    assert np.abs(255 * view.light - expected.rgb).max() <= 1.5
    seen = expected.depth < 6
    assert view.depth[seen] == pytest.approx(expected.depth[seen], abs=2e-4)
