# SPDX-License-Identifier: Apache-2.0
"""The verdict on a demo dialogue, and that its report holds every round."""

import json

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth

try:
    from reasonseg_ros.evaluation.demo_script import DemoScript, Step
    from reasonseg_ros.reports import demo as demo_report
    from reasonseg_ros.sim.rendering.renderer import Rendering
except (ImportError, ReasonSegError) as error:  # no MuJoCo, or no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)

SHAPE = (48, 64)


@pytest.fixture
def script():
    """A mug with a handle and a pan, and three rounds about them."""
    ids = np.zeros(SHAPE, np.uint8)
    ids[10:30, 10:30] = 1
    ids[15:25, 30:34] = 2
    ids[10:30, 44:60] = 3
    truth = SceneTruth((ObjectTruth('mug', 'red', 'small'), ObjectTruth('pan', 'blue', 'large')),
                       ((0, 'body'), (0, 'handle'), (1, 'bowl')), ids)
    view = Rendering(np.full((*SHAPE, 3), 90, np.uint8), None, truth,
                     CameraModel(64, 48, 50.0, 50.0, 31.5, 23.5))
    return DemoScript(3, view, (
        Step('an object', 'the mug', Status.OK, ((0, None),)),
        Step('its part', 'its <handle>', Status.OK, ((0, 'handle'),)),
        Step('not there', 'the lamp', Status.NOTHING_FOUND)))


def _answers(script, status=None, shift=0, extra=False):
    rounds = []
    for step in script.steps:
        masks = [np.roll(mask, shift, axis=1) for mask in script.masks(step)]
        masks += [np.eye(*SHAPE, dtype=bool)] if extra and masks else []
        found = tuple(Instance(len(rounds) + n, 0, len(rounds) + 1, 'thing', 0.9, Rle.encode(mask))
                      for n, mask in enumerate(masks, start=1))
        rounds.append(demo_report.DemoRound(
            step, step.sentence, step.status if status is None else status, 'so be it', found, (),
            demo_report.truth_instances(script, step), 'fake@0123', 0.05, {'text': 0.01}))
    return rounds


def test_the_right_answers_pass(script):
    verdict = demo_report.judge(script, _answers(script))
    assert verdict.passed
    assert verdict.mean_iou == 1.0


def test_a_wrong_status_is_remarked_and_too_many_are_a_fault(script):
    verdict = demo_report.judge(script, _answers(script, status=Status.OK))
    assert verdict.remarks == (
        'round 3 ("the lamp") ended with OK, expected NOTHING_FOUND',)
    assert verdict.faults == ('2 of 3 rounds ended as expected, at least 3 were stated',)


def test_a_round_that_ends_with_an_error_was_not_answered(script):
    verdict = demo_report.judge(script, _answers(script, status=Status.BAD_REFERENCE))
    assert verdict.faults == ('3 of 3 rounds were not answered',)


def test_masks_in_the_wrong_place_are_a_fault(script):
    verdict = demo_report.judge(script, _answers(script, shift=20))
    assert not verdict.passed
    assert 'mean IoU is 0.' in verdict.faults[0]


def test_a_mask_that_nobody_asked_for_costs_half(script):
    first = _answers(script, extra=True)[0]
    assert first.iou == pytest.approx(0.5)


def test_rounds_without_targets_have_no_iou(script):
    assert _answers(script)[2].iou is None


def test_rounds_that_were_never_answered_are_a_fault(script):
    verdict = demo_report.judge(script, _answers(script)[:1])
    assert verdict.faults == ('2 of 3 rounds were not answered',)
    assert demo_report.judge(script, []).mean_iou == 0.0


def test_the_report_holds_every_round_and_nothing_from_outside(script):
    rounds = _answers(script)
    page = demo_report.document(script, rounds, demo_report.judge(script, rounds), 'the command')
    assert page.count('<img ') == 2 * len(script.steps) + 1
    assert 'http' not in page
    assert 'its &lt;handle&gt;' in page
    assert 'handle of the red mug' in page
    assert '>passed<' in page


def test_the_record_is_plain_and_its_masks_can_be_read_back(script):
    rounds = _answers(script)
    record = demo_report.record(script, rounds, demo_report.judge(script, rounds))
    mask = json.loads(json.dumps(record))['rounds'][0]['instances'][0]['mask']
    read = Rle(*mask['size'], mask['counts'].encode()).decode()
    assert np.array_equal(read, script.masks(script.steps[0])[0])
