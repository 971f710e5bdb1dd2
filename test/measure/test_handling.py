# SPDX-License-Identifier: Apache-2.0
"""Damaged masks have boxes close to those of the true ones; grasps close on the solids."""

import json

import numpy as np
import pytest

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import ReasonSegError

try:
    from reasonseg_ros.measure import handling
except ReasonSegError as error:
    pytest.skip(str(error), allow_module_level=True)

from reasonseg_ros.core.masks import Rle
from reasonseg_ros.measure.handling import HandlingError, damaged, errors, holds
from reasonseg_ros.sim.rendering.renderer import Renderer
from reasonseg_ros.sim.world.primitives import ball, box, disc, ellipsoid, rod
from reasonseg_ros.sim.world.scene import sample_scene

GREY = (0.5, 0.5, 0.5)


@pytest.mark.parametrize('solid, inside, outside', [
    (box('a', GREY, (1, 0, 0), (1, 2, 3)), (1.9, 1.9, 2.9), (2.1, 0, 0)),
    (ball('a', GREY, (1, 0, 0), 2), (2, 1, 1), (2.5, 1.5, 0)),
    (ellipsoid('a', GREY, (0, 0, 0), (1, 2, 3)), (0, 0, 2.9), (0, 1.5, 2.5)),
    (disc('a', GREY, (0, 0, 5), 1, 2), (0.7, 0.7, 6.9), (0.8, 0.8, 5)),
    (rod('a', GREY, (0, 0, 0), (4, 0, 0), 1), (4.9, 0, 0), (4.9, 0.5, 0))])
def test_what_a_solid_holds(solid, inside, outside):
    assert holds(solid, np.array([inside, outside], float)).tolist() == [True, False]


def test_damage_is_a_pixel_or_two_and_specks():
    whole = np.zeros((480, 640), bool)
    whole[100:200, 100:200] = True
    for seed in range(8):
        mask = damaged(Rle.encode(whole), np.random.default_rng(seed))
        assert 0.85 < mask.iou(Rle.encode(whole)) < 1.0


def test_damage_hardly_moves_boxes_and_grasps_close_on_the_things():
    scene = sample_scene('test', 3)
    with Renderer(640, 480) as renderer:
        found = list(errors(scene, renderer.render(scene, depth=True), None))
    assert len(found) > 10 and all(e.centre is not None for e in found)
    assert np.median([e.centre for e in found]) < 0.005
    held = [e.grasp for e in found if e.grasp is not None]
    assert len(held) > 5 and np.mean(held) > 0.6


def test_the_report_gives_percentiles_and_counts_grasps(monkeypatch, tmp_path, capsys):
    made = [HandlingError('mug', part, 0.9, 0.004, 1.1, True, 0.002, 0.9, 0.003)
            for part in (None, 'handle')]
    monkeypatch.setattr(handling, 'measure', lambda scenes, engine: made)
    path = tmp_path / 'handling.json'
    assert cli.main(['bench', 'solids', '--masks', 'damaged', '--json', str(path)]) == 0
    shown = capsys.readouterr().out
    assert '2 damaged masks' in shown and 'box centre, mm' in shown and '4.00' in shown
    assert 'objects: a grasp is seen of 1 of 1; 1 of these close' in shown
    assert len(json.loads(path.read_text())['handling']) == 2
