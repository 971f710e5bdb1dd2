# SPDX-License-Identifier: Apache-2.0
"""What is followed between requests: when, of which dialogue, and what a node says of it.

The camera of the node process stands still, and its optical frame is the memory frame.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.qos import qos_profile_sensor_data
from reasonseg_ros.msg import Instance, InstanceArray
from reasonseg_ros.srv import Forget, ResetDialogue, Segment, Track
from sensor_msgs.msg import CameraInfo, Image
from support.fakes import COLOURS, FakeEngine, painted
from support.harness import LONG, served, until
from support.solid_views import BALL, BOX, CAMERA, HAND, MUG, frame, pose

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.errors import NoImage, Status
from reasonseg_ros.core.memory.world import WorldMemory
from reasonseg_ros.engines.session import Session
from reasonseg_ros.ros import params
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.watch import Watch
from reasonseg_ros.ros.worker import Worker

DEFAULTS = {spec.name: spec.default for spec in params.TABLE}
SCENES = {'shown': (MUG, BOX, BALL), 'covered': (MUG, BOX, BALL, HAND), 'gone': (BOX, BALL)}


class Outputs:
    """Outputs that keep what they are given."""

    def __init__(self) -> None:
        self.heard, self.published = True, []

    def publish(self, dialogue, frame, sightings, transforms) -> None:
        """Keep what is published."""
        self.published.append((dialogue.id, frame.stamp, [s.id for s in sightings]))


class Stage:
    """A watch with the real worker and session, a camera in words, and a node in name only."""

    def __init__(self, rate: float = 10.0, **given: Any) -> None:
        self.values = {**DEFAULTS, **given}
        self.node = SimpleNamespace(
            get_parameter=lambda name: SimpleNamespace(value=self.values[name]),
            context=SimpleNamespace(ok=lambda: True), create_timer=lambda *_, **__: None)
        self.newest = painted(1, red=(2, 2, 12, 12), green=(18, 4, 28, 14))
        book = DialogueBook(8, 100, 2**20, 3600.0, lambda: 0.0)
        session = Session(FakeEngine(), book, things=True)
        self.loaded = SimpleNamespace(book=book, session=lambda settings: session)
        self.faults: list[Exception] = []
        self.handler = SimpleNamespace(
            worker=Worker(), loaded=self.loaded, active=lambda: self.loaded,
            condition=SimpleNamespace(active=True), camera=lambda name: self,
            failure=self.faults.append)
        self.outputs = Outputs()
        transforms = SimpleNamespace(unplaced=lambda frame: '')
        self.watch = Watch(self.node, self.handler, {'': self.outputs}, transforms, rate)

    def latest(self, max_age: float):
        """Return the newest image, or raise what stands for it."""
        if isinstance(self.newest, Exception):
            raise self.newest
        return self.newest

    def ask(self, sentence: str, dialogue: str = '') -> None:
        """Ask about the newest image."""
        self.loaded.session(None).ask(dialogue, sentence, self.newest)

    def looked(self) -> list:
        """Look once, and return what that published."""
        del self.outputs.published[:]
        self.watch.look()
        return list(self.outputs.published)

    def choose(self, dialogue: str, always: bool = False) -> Track.Response:
        """Choose a dialogue."""
        response = Track.Response()
        self.watch.choose(Track.Request(dialogue_id=dialogue, always=always), response)
        return response


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Yield a stage where the red thing was shown."""
    stage = Stage()
    stage.ask('the red thing')
    yield stage
    assert stage.handler.worker.close(LONG)


def test_each_image_is_looked_at_once(stage):
    assert stage.looked() == [('default', 1, [1])]
    assert stage.looked() == []
    stage.newest = replace(stage.newest, stamp=2)
    assert stage.looked() == [('default', 2, [1])]
    assert stage.watch.statistics.done == 2
    assert stage.watch.statistics.states == {'visible': 1, 'occluded': 0, 'lost': 0}


def test_nothing_is_looked_at_for_nobody_unless_that_is_wanted(stage):
    stage.outputs.heard = False
    assert stage.looked() == [] and not stage.watch.wanted
    stage.values['track'] = 'always'
    assert len(stage.looked()) == 1
    stage.outputs.heard, stage.values['track'] = True, 'never'
    stage.newest = painted(2)
    assert stage.looked() == [] and not stage.watch.wanted


def test_requests_come_first(stage):
    entered, leave = threading.Event(), threading.Event()

    def request(cancelled) -> None:
        entered.set()
        leave.wait(LONG)
    running = stage.handler.worker.submit(request)
    assert entered.wait(LONG)
    assert stage.looked() == [] and stage.watch.statistics.skipped == 1
    leave.set()
    running.result(LONG)
    until(lambda: not stage.handler.worker.depth, 'the end of the request')
    until(stage.looked, 'a look after it')


def test_the_dialogue_that_was_used_last_is_followed_until_one_is_chosen(stage):
    stage.ask('the green thing', 'other')
    assert stage.looked() == [('other', 1, [1])]
    response = stage.choose('')
    assert response.status == Status.OK and 'while somebody listens' in response.message
    assert stage.looked() == [('default', 1, [1])]
    stage.ask('the red thing', 'other')
    stage.newest = painted(2, red=(2, 2, 12, 12))
    assert stage.looked() == [('default', 2, [1])]


def test_a_client_may_want_things_followed_while_nobody_listens(stage):
    stage.outputs.heard = False
    stage.choose('', always=True)
    assert stage.looked() == [('default', 1, [1])]
    stage.choose('', always=False)
    assert stage.looked() == []


def test_a_sentence_may_want_things_followed_while_nobody_listens(stage):
    stage.outputs.heard = False
    stage.watch.follow('default')
    assert stage.looked() == [('default', 1, [1])]


def test_what_is_never_followed_cannot_be_chosen():
    for stage in (Stage(track='never'), Stage(rate=0.0)):
        with pytest.raises(Exception, match='the parameter track is "never", or track_rate is 0'):
            stage.choose('')
        assert stage.handler.worker.close(LONG)


def test_a_thing_that_is_forgotten_is_followed_no_longer(stage):
    stage.ask('the green thing')
    response = Forget.Response()
    stage.watch.forget(Forget.Request(ids=[1]), response)
    assert (response.status, response.message) == (Status.OK, 'forgotten: 1')
    assert stage.looked() == [('default', 1, [2])]
    for ids, expected in (([], 'no ids are given'), ([2, 7], 'number 7 .* is not followed')):
        with pytest.raises(Exception, match=expected):
            stage.watch.forget(Forget.Request(ids=ids), response)
    assert len(stage.loaded.book.get('').rounds) == 2


def test_what_goes_wrong_costs_one_image_and_is_said(stage):
    stage.newest = NoImage('no image has arrived')
    assert stage.looked() == [] and stage.watch.statistics.trouble == 'no image has arrived'
    assert stage.faults == []
    stage.newest = ZeroDivisionError('a fault')
    for _ in range(2):
        assert stage.looked() == []
    assert 'ZeroDivisionError' in stage.watch.statistics.trouble and len(stage.faults) == 1
    stage.newest = painted(3, red=(2, 2, 12, 12))
    assert len(stage.looked()) == 1 and stage.watch.statistics.trouble == ''


def test_what_was_shown_in_a_view_that_stays_is_looked_for_once(stage, monkeypatch):
    calls, first = [], stage.newest
    localise = WorldMemory.localise
    monkeypatch.setattr(WorldMemory, 'localise',
                        lambda memory, frame: calls.append(frame) or localise(memory, frame))
    for stamp in (1, 2, 3):
        stage.newest = replace(stage.newest, stamp=stamp)
        assert stage.looked() == [('default', stamp, [1])]
    assert len(calls) == 1
    stage.newest = first
    stage.ask('the green thing')
    stage.newest = replace(stage.newest, stamp=4)
    assert stage.looked() == [('default', 4, [1, 2])]


class Scene:
    """A camera that publishes one of SCENES again and again until it is told to stop."""

    def __init__(self, driver) -> None:
        self.driver, self.now = driver, 'shown'
        self.info = driver.node.create_publisher(CameraInfo, 'camera_info',
                                                 qos_profile_sensor_data)
        self.views = {}
        for name, solids in SCENES.items():
            view, masks = frame(solids, pose(), stamp=1)
            rgb = view.rgb.copy()
            if name != 'gone':  # what the fake engine finds
                rgb[masks[0]] = COLOURS['red']
            self.views[name] = rgb, view.depth
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._publish, daemon=True)
        self.thread.start()

    def _publish(self) -> None:
        while not self.stop.wait(0.05):
            rgb, depth = self.views[self.now]
            header = convert.header_message(self.driver.now(), 'optical')
            self.info.publish(convert.camera_info(CAMERA, header))
            self.driver.depth.publish(
                convert.image_message(depth.astype(np.float32), '32FC1', header))
            self.driver.image.publish(convert.image_message(rgb, 'rgb8', header))


def test_a_node_says_what_is_hidden_what_is_gone_and_what_is_back(tmp_path):
    with served(tmp_path, 'memory_frame:=optical') as (process, driver, client):
        driver.connected()
        scene, tracked, labels = Scene(driver), [], []
        try:
            def red() -> bool:
                answer = client.call(Segment, 'segment', Segment.Request(
                    instruction='the red thing', dialogue_id='kitchen'), LONG)
                return bool(answer.instances) and answer.instances[0].has_3d
            until(red, 'an answer in space')
            driver.node.create_subscription(InstanceArray, 'segmenter/tracked', tracked.append,
                                            qos_profile_sensor_data)
            driver.node.create_subscription(Image, 'segmenter/tracked_label_image', labels.append,
                                            qos_profile_sensor_data)

            def newest(state: int) -> InstanceArray:
                until(lambda: tracked and [i.state for i in tracked[-1].instances] == [state],
                      f'one thing in state {state}')
                return tracked[-1]
            seen = newest(Instance.VISIBLE)
            thing = seen.instances[0]
            assert (seen.dialogue_id, thing.id, thing.first_round) == ('kitchen', 1, 1)
            assert thing.has_3d and thing.area > 0 and thing.last_seen == seen.header.stamp
            until(lambda: labels and 1 in set(labels[-1].data), 'the thing in the label image')

            def said(sentence: str) -> Segment.Response:
                return client.call(Segment, 'segment', Segment.Request(
                    instruction=sentence, dialogue_id='kitchen'), LONG)
            watched = said('keep an eye on it')
            assert (watched.status, watched.answer) == (
                Status.TALK, 'All right, I keep an eye on number 1 (red).')
            there = said('is it still there?')
            assert there.status == Status.TALK and there.answer.startswith('Yes, I see number 1')
            again = said('where is the red thing now')
            assert [(i.id, i.state) for i in again.instances] == [(1, Instance.VISIBLE)]
            scene.now = 'covered'
            hidden = newest(Instance.OCCLUDED)
            assert not hidden.instances[0].has_3d and 'in front of' in hidden.instances[0].reason
            scene.now = 'gone'
            lost = newest(Instance.LOST)
            assert 'no longer where it was' in lost.instances[0].reason
            gone = said('is it still there?')
            assert gone.status == Status.TALK and 'no longer where it was' in gone.answer
            assert lost.instances[0].last_seen.sec < lost.header.stamp.sec + 1
            scene.now = 'shown'
            assert newest(Instance.VISIBLE).instances[0].id == 1
            assert said('forget number 1').status == Status.TALK
            until(lambda: not tracked[-1].instances, 'nothing that is followed, as a sentence said')
            assert [i.id for i in said('the red thing').instances] == [1]
            newest(Instance.VISIBLE)
            answer = client.call(Forget, 'forget', Forget.Request(
                dialogue_id='kitchen', ids=[1]), LONG)
            assert answer.status == Status.OK
            until(lambda: not tracked[-1].instances, 'nothing that is followed')
            assert client.call(Track, 'track', Track.Request(dialogue_id='no'), LONG
                               ).status == Status.UNKNOWN_DIALOGUE
            assert client.call(ResetDialogue, 'reset_dialogue', ResetDialogue.Request(
                dialogue_id='kitchen'), LONG).status == Status.OK
        finally:
            scene.stop.set()
            scene.thread.join(LONG)
