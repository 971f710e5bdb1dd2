# SPDX-License-Identifier: Apache-2.0
"""Two cameras, one model: each has its topics, dialogues remember theirs, and they take turns."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.qos import DurabilityPolicy, QoSProfile
from reasonseg_ros.msg import InstanceArray
from support.harness import LONG, Driver, Process, camera_image, served, until

from reasonseg_ros.core.camera import messages
from reasonseg_ros.core.dialogue.dialogue import Dialogue, Round
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.ros.cameras import chosen
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.client.listeners import Monitor
from reasonseg_ros.ros.reports import Report

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
NAMES = ('left', 'right')


def dialogue_about(*sources: str) -> Dialogue:
    """Return a dialogue whose rounds are about these cameras."""
    return Dialogue('d', tuple(Round(n, '', '', (), Status.OK, '', (), source=source)
                               for n, source in enumerate(sources, start=1)))


@pytest.mark.parametrize(('wanted', 'rounds', 'expected'), [
    ('', (), 'left'), ('right', (), 'right'), ('', ('left', 'right'), 'right'),
    ('left', ('right',), 'left'), ('', ('gone',), 'left')])
def test_a_request_names_the_camera_or_the_dialogue_remembers_it(wanted, rounds, expected):
    assert chosen(NAMES, wanted, dialogue_about(*rounds)) == expected


@pytest.mark.parametrize(('names', 'words'), [
    (NAMES, 'expected one of "left", "right"'), ([''], 'leave the field camera empty')])
def test_an_unknown_camera_is_refused_with_those_that_exist(names, words):
    with pytest.raises(BadRequest, match=f'no camera "top"; .*{words}'):
        chosen(names, 'top', dialogue_about())


@dataclass
class Stage:
    """A node with two cameras, their drivers by name, and what was heard from each."""

    process: Process
    client: Client
    drivers: dict[str, Driver]
    heard: dict[str, list[InstanceArray]] = field(default_factory=dict)

    def ask(self, words: str, camera: str = '', dialogue: str = 'd', **more) -> Reply:
        """Ask about what `camera` sees now."""
        for driver in self.drivers.values():
            driver.send()
        return self.client.segment(words, dialogue, max_age=3600.0, camera=camera, **more)


@pytest.fixture(scope='module')
def shared(tmp_path_factory) -> Iterator[Stage]:
    """Yield the node that the tests share, with an image of each camera."""
    folder = tmp_path_factory.mktemp('node')
    with served(folder, 'cameras:=[left, right]') as (process, listener, client):
        drivers = {name: Driver(listener.node.context, f'/{name}') for name in NAMES}
        stage = Stage(process, client, drivers)
        for name, driver in drivers.items():
            stage.heard[name] = []
            listener.node.create_subscription(InstanceArray, f'/segmenter/{name}/instances',
                                              stage.heard[name].append, LATCHED)
            driver.connected()
            until(lambda name=name: stage.ask('red', name, 'first').status == Status.OK,
                  f'{name} images')
        yield stage


@pytest.fixture
def stage(shared) -> Stage:
    """Give the shared node with an empty dialogue and empty ears."""
    shared.client.reset('d')
    shared.process.gate.unlink(missing_ok=True)
    for heard in shared.heard.values():
        heard.clear()
    return shared


def test_answers_come_on_the_topics_of_their_camera_only(stage):
    assert stage.ask('the red one', 'right').source == 'right'
    until(lambda: stage.heard['right'], 'instances')
    assert [i.label for i in stage.heard['right'][-1].instances] == ['red']
    assert not [i for m in stage.heard['left'] for i in m.instances if i.dialogue_id == 'd']


def test_the_dialogue_remembers_its_camera(stage):
    assert stage.ask('the red one').source == 'left'
    assert stage.ask('the green one', 'right').source == 'right'
    assert stage.ask('the red one').source == 'right'
    _, rounds = stage.client.rounds('d')
    assert [r.source for r in rounds] == ['left', 'right', 'right']


def test_words_mean_what_the_same_camera_saw(stage):
    assert stage.ask('the red one', 'left').instances[0].id == 1
    answer = stage.ask('the green one beside instance 1', 'right')
    assert answer.status == Status.BAD_REFERENCE
    assert 'no instance 1; instances so far: none yet (seen by camera "right")' in answer.message
    assert stage.ask('the green one', 'right').instances[0].id == 2
    assert stage.ask('the green one beside instance 1', 'left').status == Status.OK
    _, rounds = stage.client.rounds('d')
    assert [(r.index, r.references) for r in rounds] == [(1, ()), (2, ()), (3, (1,))]


def test_each_camera_has_its_own_pinned_image(stage):
    first = stage.ask('the red one', 'left')
    stage.ask('the red one', 'right')
    again = stage.ask('the red one', 'left', policy='pinned')
    assert (again.status, again.source, again.frame_stamp) == (
        Status.OK, 'left', first.frame_stamp)


def test_a_sent_image_counts_for_the_camera_that_is_named(stage):
    answer = stage.ask('red', 'right', policy='sent', rgb=messages.rgb(camera_image(1)))
    assert (answer.status, answer.source) == (Status.OK, 'right')


def test_a_reset_empties_the_topics_of_every_camera_it_was_about(stage):
    stage.ask('the red one', 'left')
    stage.ask('the red one', 'right')
    until(lambda: all(stage.heard.values()), 'instances')
    for heard in stage.heard.values():
        heard.clear()
    stage.client.reset('d')
    until(lambda: all(stage.heard.values()), 'empty instances')
    assert all(not h[-1].instances and h[-1].round == 0 for h in stage.heard.values())


def test_undo_shows_the_round_before_on_the_camera_that_lost_one(stage):
    stage.ask('the red one', 'left')
    stage.ask('the red one', 'right')
    stage.ask('the green one', 'left')
    until(lambda: any(h.round == 3 for h in stage.heard['left']), 'the third round')
    stage.heard['left'].clear()
    assert stage.ask('undo').answer == 'took back round 3'
    until(lambda: stage.heard['left'], 'instances')
    shown = stage.heard['left'][-1]
    assert (shown.round, [i.label for i in shown.instances]) == (1, ['red'])


def test_a_waiting_request_is_about_the_camera_of_the_round_before_it(stage):
    answers = []

    def ask(words: str, camera: str = '') -> threading.Thread:
        def run() -> None:
            with Client('segmenter', patience=LONG) as client:
                answers.append(client.segment(words, 'd', max_age=3600.0, camera=camera))
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    reached = stage.process.gate.with_suffix('.reached')
    reached.unlink(missing_ok=True)
    threads = [ask('slow red', 'right')]
    until(reached.exists, 'the engine at work')
    threads.append(ask('the green one'))
    with Monitor('segmenter') as monitor:
        until(lambda: waiting(monitor.next(LONG)) == 1, 'one that waits')
    stage.process.gate.touch()
    for thread in threads:
        thread.join(LONG)
    assert [(a.status, a.source) for a in answers] == [(Status.OK, 'right')] * 2


def test_a_camera_that_is_asked_all_the_time_leaves_a_place_for_the_other(stage):
    answers: dict[str, Reply] = {}

    def ask(words: str, camera: str, dialogue: str) -> threading.Thread:
        def run() -> None:
            with Client('segmenter', patience=LONG) as client:
                answers[dialogue] = client.segment(words, dialogue, max_age=3600.0, camera=camera)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    reached = stage.process.gate.with_suffix('.reached')
    reached.unlink(missing_ok=True)
    threads = [ask('slow red', 'left', 'a')]
    until(reached.exists, 'the engine at work')
    threads += [ask('the red one', 'left', 'b'), ask('the red one', 'right', 'c')]
    with Monitor('segmenter') as monitor:
        until(lambda: waiting(monitor.next(LONG)) == 2, 'two that wait')
    for camera in NAMES:
        assert stage.ask('the red one', camera, 'late').status == Status.BUSY
    stage.process.gate.touch()
    for thread in threads:
        thread.join(LONG)
    assert {name: answer.status for name, answer in answers.items()} == dict.fromkeys(
        'abc', Status.OK)


def waiting(reports: tuple[Report, ...]) -> int:
    """Return how many requests wait by what diagnostics say."""
    return next(int(r.values['waiting']) for r in reports if r.component == 'requests')
