# SPDX-License-Identifier: Apache-2.0
"""True boxes hold the solids exactly, and the measured ones come close to them in a real scene."""

import json
from itertools import product

import numpy as np
import pytest

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import ReasonSegError

try:
    from reasonseg_ros.measure import boxes as solids
except ReasonSegError as error:
    pytest.skip(str(error), allow_module_level=True)

from reasonseg_ros.measure.boxes import BoxError, errors, support, true_box
from reasonseg_ros.sim.rendering.renderer import Renderer
from reasonseg_ros.sim.world.primitives import ball, box, disc, ellipsoid, rod, turn
from reasonseg_ros.sim.world.scene import sample_scene

GREY = (0.5, 0.5, 0.5)


@pytest.mark.parametrize('solid, direction, reach', [
    (box('a', GREY, (1, 0, 0), (1, 2, 3)), (0, 1, 0), 2),
    (ball('a', GREY, (1, 0, 0), 2), (1, 0, 0), 3),
    (ellipsoid('a', GREY, (0, 0, 0), (1, 2, 3)), (0, 0, -1), 3),
    (disc('a', GREY, (0, 0, 5), 1, 2), (0, 0, 1), 7),
    (disc('a', GREY, (0, 0, 0), 1, 2), (0.6, 0, 0.8), 2.2),
    (rod('a', GREY, (0, 0, 0), (4, 0, 0), 1), (1, 0, 0), 5)])
def test_how_far_a_solid_reaches(solid, direction, reach):
    assert support([solid], np.array([direction], float)) == pytest.approx([reach])


def test_a_true_box_is_the_box_that_was_turned():
    centre, size = true_box([box('a', GREY, (1, 2, 3), (0.1, 0.3, 0.2), turn('z', 30))], 30)
    np.testing.assert_allclose(centre, (1, 2, 3), atol=1e-12)
    np.testing.assert_allclose(size, (0.6, 0.2, 0.4), atol=1e-12)


def test_a_scene_is_measured_object_by_object_and_part_by_part():
    scene = sample_scene('test', 3)
    with Renderer(640, 480) as renderer:
        found = list(errors(scene, renderer.render(scene, depth=True)))
    whole = [e for e in found if e.part is None]
    parts = [e for e in found if e.part]
    assert {e.category for e in whole} <= {i.category for i in scene.items}
    assert len(parts) > len(whole) > 1
    assert np.median([e.centre for e in whole]) < 0.005
    assert np.median([e.size for e in whole]) < 0.10
    assert np.median([e.seen for e in parts]) < 0.005
    assert all(e.seen is None for e in whole)


def test_the_report_gives_objects_and_parts_in_millimetres(monkeypatch, tmp_path, capsys):
    made = [BoxError('mug', part, 1.0, 0.004, 0.001 if part else None, 0.05, 0.002)
            for part, _ in product((None, 'handle'), range(3))]
    monkeypatch.setattr(solids, 'measure', lambda scenes: made)
    path = tmp_path / 'solids.json'
    assert cli.main(['bench', 'solids', '--scenes', '2', '--json', str(path)]) == 0
    shown = capsys.readouterr().out
    assert '3 objects and 3 parts in 2 test scenes' in shown
    assert 'object centre, mm' in shown and '4.00' in shown and '5.00' in shown
    assert len(json.loads(path.read_text())['solids']) == 6


def test_no_scenes_are_refused_in_one_line(capsys):
    assert cli.main(['bench', 'solids', '--scenes', '0']) == 2
    assert capsys.readouterr().err == (
        'reasonseg bench: --scenes is 0; at least 1 scene is needed\n')
