# SPDX-License-Identifier: Apache-2.0
"""Samples for the perception network: numbered, mixed of two worlds, with truth at half size."""

from dataclasses import fields

import numpy as np
import torch
from support.household_scenes import small_config, whole_scene, write_scenes

from reasonseg_ros.nn.perception.network import REACH
from reasonseg_ros.training.household.samples import (
    NONE,
    TRAINED,
    PerceptionBatches,
    camera_of,
    cropped,
    join,
    photo,
    sheet,
    truth,
)

CONFIG = small_config()


def test_a_batch_is_a_function_of_its_number(tmp_path):
    batches = PerceptionBatches(write_scenes(tmp_path, 0, 1, 2), CONFIG, 2, seed=1)
    one, same, next_one = batches[5], batches[5], batches[6]
    for f in fields(one):
        a, b = getattr(one, f.name), getattr(same, f.name)
        assert all(map(torch.equal, a, b)) if isinstance(a, list) else torch.equal(a, b)
    assert one.image.shape == (2, 8, TRAINED[1], TRAINED[0])
    assert not torch.equal(one.image, next_one.image)


def test_truth_is_the_scene_at_half_size(tmp_path):
    one = whole_scene(tmp_path)
    assert one.image.shape == (1, 8, 240, 320) and one.ids.shape == (1, 120, 160)
    assert one.ids[0, 50, 30] == one.ids[0, 50, 55] == 1 and one.ids[0, 0, 0] == 0
    categories = [CONFIG.categories.index(name) for name in ('mug', 'can', 'mug')]
    assert one.names[0].tolist() == categories
    assert one.parts[0, 50, 30] == CONFIG.parts.index('body')
    assert one.parts[0, 50, 55] == CONFIG.parts.index('handle')
    assert one.parts[0, 0, 0] == NONE and one.colours[0, 0, 0] == NONE
    assert CONFIG.colours[one.colours[0, 50, 30]] == 'red'


def test_the_offsets_of_a_thing_meet_at_its_middle(tmp_path):
    one = whole_scene(tmp_path)
    y, x = np.mgrid[:120, :160]
    mask = one.ids[0].numpy() == 2
    meet_x = x[mask] + REACH * one.offset[0, 0].numpy()[mask]
    meet_y = y[mask] + REACH * one.offset[0, 1].numpy()[mask]
    assert np.ptp(meet_x) < 1e-3 and np.ptp(meet_y) < 1e-3
    assert one.middle[0, round(meet_y[0]), round(meet_x[0])] > 0.9


def test_a_border_runs_around_every_thing(tmp_path):
    one = whole_scene(tmp_path)
    assert one.border[0, 50, 20] == 1 and one.border[0, 50, 30] == 0
    assert one.border[0, 50, 50] == 0   # between two parts of one thing


def test_without_depth_its_channels_are_empty(tmp_path):
    view = write_scenes(tmp_path, 0).view(0)
    rng = np.random.default_rng(0)
    one = truth(view, photo(view, camera_of(view), rng, False), CONFIG, rng)
    assert not one.image[0, 3:].any() and one.image[0, :3].any()


def test_scenes_of_the_tabletop_are_images_already(tmp_path):
    """Their colours change a little; those of light are exposed, and differ at every draw."""
    scenes = write_scenes(tmp_path, 0, tabletop=(0,))
    off = []
    for view in map(scenes.view, range(2)):
        draws = [photo(view, camera_of(view), np.random.default_rng(k), False).rgb / 255
                 for k in range(6)]
        off.append(max(np.abs(rgb - view.light).max() for rgb in draws))
    assert off[1] < 0.2 < off[0]


def test_a_crop_moves_all_maps_and_the_camera_alike(tmp_path):
    view = write_scenes(tmp_path, 0).view(0)
    for seed in range(6):
        seen, camera = cropped(view, np.random.default_rng(seed))
        handle = seen.ids == 2
        if handle.sum() > 50:
            assert np.median(seen.depth[handle]) == np.float32(view.depth[100, 110])
            assert np.median(seen.light[handle], 0)[0] > 0.4
        assert camera.fx == seen.focal


def test_both_worlds_are_mixed_by_their_weights(tmp_path):
    scenes = write_scenes(tmp_path, 0, 1, 2, tabletop=(0,))

    def share(weight: float) -> float:
        batches = PerceptionBatches(scenes, CONFIG, 1, 1, weight)
        drawn = [batches.scene(np.random.default_rng(k)) for k in range(400)]
        assert set(drawn) <= {0, 1, 2, 3}
        return float(np.mean([k == 3 for k in drawn]))

    assert abs(share(1.0) - 0.5) < 0.08 and abs(share(3.0) - 0.75) < 0.08 and share(0.0) == 0


def test_a_folder_of_one_world_needs_no_weight(tmp_path):
    for scenes, count in ((write_scenes(tmp_path / 'a', 0, 1), 2),
                          (write_scenes(tmp_path / 'b', tabletop=(0, 1)), 2)):
        batches = PerceptionBatches(scenes, CONFIG, 1, 1)
        assert {batches.scene(np.random.default_rng(k)) for k in range(40)} == set(range(count))


def test_joined_samples_keep_their_order(tmp_path):
    one = whole_scene(tmp_path)
    two = join([one, one])
    assert two.image.shape[0] == 2 and len(two.names) == len(two.geometry) == 2
    assert torch.equal(two.ids[0], two.ids[1])


def test_a_sheet_shows_every_scene_three_times(tmp_path):
    scenes = write_scenes(tmp_path, 0, 1, tabletop=(2,))
    image = sheet(scenes, 12, columns=2)
    assert image.dtype == np.uint8 and image.shape == (2 * 3 * 248 + 8, 2 * 328 + 8, 3)
