# SPDX-License-Identifier: Apache-2.0
"""Household scenes of MR-Tabletop 3: numbered in their split, with or without depth, repeatable."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('embreex')

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.tabletop_runs import Cost, TabletopSetting, run_dialogues
from reasonseg_ros.evaluation.views import HouseholdViews

SIZE = (160, 120)
SETTING = TabletopSetting('val', 3, 2, 4, size=SIZE, version=3, eyes='truth', world='household',
                          depth='given')


@pytest.fixture(scope='module')
def views() -> HouseholdViews:
    return HouseholdViews('val', SIZE, 3)


def test_a_scene_is_drawn_once_and_a_dialogue_is_a_function_of_its_seeds(views):
    frame, truth = views.show(3)
    assert views.show(3)[1] is truth and frame.rgb.shape == (120, 160, 3)
    first = views.turns(3, 0, 5)
    assert first == views.turns(3, 0, 5) and len(first) == 5
    assert first != views.turns(3, 1, 5)


def test_depth_is_left_out_on_request_and_changes_nothing_else(views):
    frame, truth = views.show(3)
    flat, same = HouseholdViews('val', SIZE, 3, depth=False).show(3)
    assert frame.depth is not None and flat.depth is None and flat.camera == frame.camera
    assert (flat.rgb == frame.rgb).all() and (same.ids == truth.ids).all()


def test_splits_show_other_scenes(views):
    other = HouseholdViews('test', SIZE, 3).show(3)[1]
    assert not np.array_equal(other.ids, views.show(3)[1].ids)


def test_a_scene_beyond_the_split_is_refused(views):
    with pytest.raises(BadInput, match='scene 50000 is not in split val of the household'):
        views.show(50_000)


@pytest.fixture(scope='module')
def finished(tmp_path_factory) -> tuple[Path, Run]:
    """A run with perfect eyes and its folder."""
    folder = tmp_path_factory.mktemp('run')
    return folder, run_dialogues(None, SETTING, folder, False, Cost())


def test_perfect_eyes_do_what_is_meant_and_the_record_says_whose_scenes_they_are(finished):
    _, run = finished
    assert {r.dialogue for r in run.rounds} == {'scene-0003', 'scene-0004'}
    assert len(run.rounds) == 8 and sum(bool(r.meant) for r in run.rounds) >= 6
    assert {name: run.options[name] for name in ('world', 'depth', 'renderer', 'eyes')} == {
        'world': 'household', 'depth': 'given', 'renderer': 'embree', 'eyes': 'truth'}


def test_an_interrupted_run_goes_on_and_gives_the_same_rounds(finished):
    folder, run = finished
    file = folder / 'shard-1-of-1.jsonl'
    file.write_text(''.join(file.read_text().splitlines(keepends=True)[:2]))
    assert run_dialogues(None, SETTING, folder, False, Cost()) == run
