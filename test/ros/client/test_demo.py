# SPDX-License-Identifier: Apache-2.0
"""How the demo runs its dialogue, with a client that answers from the truth."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from reasonseg_ros.cli.verb import demo as verb
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import DeadlineExceeded, ReasonSegError, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.ros.client import demo, ready
from reasonseg_ros.ros.processes import ChildFailed
from reasonseg_ros.ros.reports import NodeState
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth

try:
    from reasonseg_ros.evaluation.demo_script import DemoScript, Step
    from reasonseg_ros.reports.demo import judge
    from reasonseg_ros.sim.rendering.renderer import Rendering
except (ImportError, ReasonSegError) as error:  # no MuJoCo, or no off-screen OpenGL
    pytest.skip(str(error), allow_module_level=True)

STEPS = (
    Step('an object', 'the mug', Status.OK, ((0, None),)),
    Step('a position', 'the pan right of {anchor}', Status.OK, ((1, None),), anchor=1),
    Step('not there', 'the lamp', Status.NOTHING_FOUND))


class Client:
    """Answers the steps of a script rightly, with instance numbers from 41; `late` calls say that
    there is no image yet.
    """

    def __init__(self, script, late=0):
        self.script, self.late = script, late
        self.heard, self.recorded = [], []

    def state(self):
        return NodeState.ACTIVE

    def segment(self, sentence, timeout):
        if self.late:
            self.late -= 1
            return SimpleNamespace(status=Status.NO_IMAGE, message='no image has arrived')
        self.heard.append(sentence)
        step = self.script.steps[len(self.recorded)]
        index = len(self.recorded) + 1
        shown = tuple(Instance(40 + index, 0, index, 'thing', 0.9, Rle.encode(m))
                      for m in self.script.masks(step))
        reply = SimpleNamespace(
            status=step.status, round=index, dialogue_id='default', answer='so be it', message='',
            instances=shown, seconds={'total': 0.125})
        self.recorded.append(SimpleNamespace(
            index=index, references=(41,) if step.anchor else (), instances=shown,
            engine='fake@0'))
        return reply

    def rounds(self, dialogue_id):
        return None, tuple(self.recorded)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(ready, 'PAUSE', 0.0)


@pytest.fixture
def script():
    ids = np.zeros((demo.HEIGHT, demo.WIDTH), np.uint8)
    ids[100:200, 100:200] = 1
    ids[100:200, 300:400] = 2
    truth = SceneTruth((ObjectTruth('mug', 'red', 'small'), ObjectTruth('pan', 'blue', 'large')),
                       ((0, 'body'), (1, 'bowl')), ids)
    camera = CameraModel(demo.WIDTH, demo.HEIGHT, 500.0, 500.0, 319.5, 239.5)
    grey = np.full((*ids.shape, 3), 90, np.uint8)
    return DemoScript(3, Rendering(grey, None, truth, camera), STEPS)


class Alive:
    def check(self):
        """A child that runs."""


class Dead:
    def check(self):
        """A child that ended."""
        raise ChildFailed('the node ended')


def test_a_number_is_said_as_the_node_gave_it(script):
    client = Client(script)
    rounds = demo.say_script(client, script, (Alive(),), print)
    assert client.heard == ['the mug', 'the pan right of instance 41', 'the lamp']
    assert [i.id for i in rounds[1].earlier] == [41]
    assert judge(script, rounds).passed


def test_waiting_for_the_first_image_does_not_count_as_answering(script):
    client = Client(script, late=3)
    rounds = demo.say_script(client, script, (Alive(),), print)
    assert rounds[0].latency == 0.125
    assert client.heard[0] == 'the mug'


def test_a_node_that_says_it_is_broken_ends_the_wait():
    client_module = pytest.importorskip('reasonseg_ros.ros.client.client')
    said = []

    def dialogues():
        said.append('/segmenter is not active: it could not be configured: no such checkpoint')
        raise client_module.NodeMissing(said[-1])

    broken = SimpleNamespace(dialogues=dialogues, state=lambda: NodeState.BROKEN)
    with pytest.raises(DeadlineExceeded, match='configured: no such checkpoint'):
        ready.wait_for_node(broken, (Alive(),), 60.0)
    assert len(said) == 2  # it is told that the node is broken after the first refusal


def test_a_process_that_ended_ends_the_dialogue(script):
    with pytest.raises(ChildFailed):
        demo.say_script(Client(script), script, (Alive(), Dead()), print)


def test_the_folder_holds_a_report_an_image_of_every_round_and_the_record(script, tmp_path):
    (tmp_path / 'round_99.png').touch()
    rounds = demo.say_script(Client(script), script, (Alive(),), print)
    verb._write(tmp_path, 'reasonseg demo --seed 0', script, rounds, judge(script, rounds))
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        'dialogue.json', 'dialogue.png', 'report.html', 'round_01.png', 'round_02.png',
        'round_03.png']
    record = json.loads((tmp_path / 'dialogue.json').read_text())
    assert record['passed']
    assert [r['iou'] for r in record['rounds']] == [1.0, 1.0, None]
