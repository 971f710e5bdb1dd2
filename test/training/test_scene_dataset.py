# SPDX-License-Identifier: Apache-2.0
"""Folders of rendered scenes: what is read is what was rendered, and a stopped build continues."""

import json

import numpy as np
import pytest

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.rendering.renderer import Renderer
from reasonseg_ros.sim.world.scene import sample_scene
from reasonseg_ros.training import scene_dataset

COUNT = 5


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('scenes')
    scene_dataset.build('val', 30, COUNT, path, processes=1)
    return path


def test_a_folder_holds_the_scenes_of_its_seeds(folder):
    held = scene_dataset.open_scenes(folder)
    assert len(held) == COUNT and held.seed(2) == 32 and held.plan.split == 'val'
    with Renderer(192, 144, shadows=True, supersample=2) as renderer:
        view = renderer.render(sample_scene('val', held.seed(2)))
    assert (held.rgb(2) == view.rgb).all()
    truth = held.truth(2)
    assert (truth.ids == view.truth.ids).all()
    assert truth.objects == view.truth.objects and truth.regions == view.truth.regions


def test_images_are_small_and_read_without_pickles(folder):
    rgb = np.load(folder / 'rgb.npy', mmap_mode='r', allow_pickle=False)
    ids = np.load(folder / 'ids.npy', mmap_mode='r', allow_pickle=False)
    assert rgb.shape == (COUNT, 144, 192, 3) and ids.shape == (COUNT, 144, 192)
    assert rgb.dtype == ids.dtype == np.uint8


def test_only_the_three_files_remain(folder):
    assert sorted(p.name for p in folder.iterdir()) == ['ids.npy', 'rgb.npy', 'scenes.json']


def test_an_image_may_be_changed_by_its_reader(folder):
    held = scene_dataset.open_scenes(folder)
    held.rgb(0)[:] = 0
    assert held.rgb(0).any()


def test_a_finished_folder_is_not_rendered_again(folder, monkeypatch):
    monkeypatch.delattr(scene_dataset, '_render_chunk')
    assert len(scene_dataset.build('val', 30, COUNT, folder, processes=1)) == COUNT


def test_a_stopped_build_continues_with_the_missing_chunks(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(scene_dataset, 'CHUNK', 2)
    real, done = scene_dataset._render_chunk, []

    def stop_at_second(path, plan, start):
        if start == 2:
            raise KeyboardInterrupt
        done.append(start)
        return real(path, plan, start)

    monkeypatch.setattr(scene_dataset, '_render_chunk', stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        scene_dataset.build('val', 30, COUNT, tmp_path, processes=1)
    with pytest.raises(ReasonSegError, match='has no scenes.json'):
        scene_dataset.open_scenes(tmp_path)
    monkeypatch.setattr(scene_dataset, '_render_chunk', lambda *a: done.append(a[2]) or real(*a))
    held = scene_dataset.build('val', 30, COUNT, tmp_path, processes=1)
    assert done == [0, 2, 4]
    whole = scene_dataset.open_scenes(folder)
    assert all((held.rgb(i) == whole.rgb(i)).all() for i in range(COUNT))
    assert (tmp_path / 'scenes.json').read_text() == (folder / 'scenes.json').read_text()


def test_a_half_written_chunk_is_rendered_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scene_dataset, 'CHUNK', 1)
    plan = scene_dataset.DatasetPlan(scene_dataset.VERSION, 'train', 0, 1)
    scene_dataset._prepare(tmp_path, plan)
    (tmp_path / 'chunks' / '00000000.partial').write_text('[{"obj')
    assert scene_dataset.build('train', 0, 1, tmp_path, processes=1).rgb(0).any()


def test_two_processes_render_what_one_renders(folder, tmp_path):
    held = scene_dataset.build('val', 30, COUNT, tmp_path, processes=2)
    whole = scene_dataset.open_scenes(folder)
    assert all((held.rgb(i) == whole.rgb(i)).all() for i in range(COUNT))


def test_a_folder_with_other_scenes_is_refused_and_kept(folder):
    before = json.loads((folder / 'scenes.json').read_text())
    with pytest.raises(ReasonSegError, match='choose another folder'):
        scene_dataset.build('val', 31, COUNT, folder, processes=1)
    assert json.loads((folder / 'scenes.json').read_text()) == before


def test_a_folder_of_another_version_is_refused(folder, tmp_path):
    table = json.loads((folder / 'scenes.json').read_text())
    table['plan']['version'] = scene_dataset.VERSION - 1
    (tmp_path / 'scenes.json').write_text(json.dumps(table))
    with pytest.raises(ReasonSegError, match=f'version {scene_dataset.VERSION - 1}; expected '
                                             f'{scene_dataset.VERSION}: render them again'):
        scene_dataset.open_scenes(tmp_path)


@pytest.mark.parametrize('first_seed, count', [(0, 0), (-1, 3)])
def test_an_impossible_range_is_refused(tmp_path, first_seed, count):
    with pytest.raises(ReasonSegError, match='at least 1 scene'):
        scene_dataset.build('train', first_seed, count, tmp_path)
