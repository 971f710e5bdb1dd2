# SPDX-License-Identifier: Apache-2.0
"""The thread that speaks with the node for the page, against a node with the fake engine."""

import pytest

pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from support.harness import served, until

from reasonseg_ros.core.camera.messages import nanoseconds
from reasonseg_ros.core.errors import Status
from reasonseg_ros.web.robot import Robot


@pytest.fixture(scope='module')
def running(tmp_path_factory):
    """A node with its driver, and a robot that has found it."""
    with served(tmp_path_factory.mktemp('web')) as (process, driver, client):
        robot = Robot()
        changes = []
        robot.start(lambda: changes.append(robot.transcript))
        try:
            until(lambda: not robot.transcript.trouble, 'the node is found')

            def arrived() -> bool:
                driver.send()
                return client.segment('red', 'elsewhere', max_age=3600.0).status == Status.OK
            until(arrived, 'an image at the node')
            yield robot, driver, client, process
        finally:
            robot.stop()
            assert changes


def said(robot, sentence, references=()):
    """Say a sentence and wait until it is answered."""
    assert robot.ask(sentence, references) == ''
    until(lambda: robot.transcript.pending is None, f'an answer to "{sentence}"')
    return robot.transcript


def shown(robot, driver):
    """Send images until the robot has the newest; a single one may be lost on its way."""
    sent = set()

    def arrived() -> bool:
        sent.add(nanoseconds(driver.send().header.stamp))
        return bool(robot.images) and nanoseconds(robot.images[-1].header.stamp) in sent
    until(arrived, 'an image')


def test_the_camera_is_received_while_somebody_looks(running):
    robot, driver, _, _ = running
    driver.connected(1)
    assert robot.images == ()
    robot.look(True, False)
    until(lambda: driver.image.get_subscription_count() == 2, 'the stream')
    shown(robot, driver)


def test_a_sentence_becomes_a_round_whose_image_is_at_hand(running):
    robot, driver, _, _ = running
    shown(robot, driver)
    transcript = said(robot, 'red')
    assert [i.label for i in transcript.instances] == ['red']
    assert transcript.rounds[0].stamp in {nanoseconds(m.header.stamp) for m in robot.asked_images}


def test_a_refusal_is_a_note_and_no_round(running):
    robot, driver, _, _ = running
    driver.send()
    transcript = said(robot, 'the handle of instance 99')
    assert (transcript.notes[-1].status, len(transcript.rounds)) == ('BAD_REFERENCE', 1)
    assert 'instance 99' in transcript.notes[-1].answer


def test_one_sentence_runs_at_a_time_and_can_be_cancelled(running):
    robot, driver, _, process = running
    driver.send()
    assert robot.ask('slow red') == ''
    until(process.gate.with_suffix('.reached').exists, 'the gate')
    assert 'one sentence after the other' in robot.ask('green')
    robot.cancel()
    until(lambda: robot.transcript.pending is None, 'the end')
    assert robot.transcript.notes[-1].status == 'DEADLINE'


def test_what_others_say_and_undo_is_seen_too(running):
    robot, driver, client, _ = running
    driver.send()
    client.segment('green')
    until(lambda: len(robot.transcript.rounds) == 2, 'the round of another client')
    assert robot.undo() == ''
    until(lambda: len(robot.transcript.rounds) == 1, 'the undo')
    client.reset()
    until(lambda: not robot.transcript.rounds, 'the reset of another client')


def test_things_of_this_dialogue_are_followed_and_those_of_another_are_not_taken_for_them(running):
    robot, driver, client, _ = running
    shown(robot, driver)
    made = said(robot, 'red').rounds[-1].instances
    robot.look(True, True)

    def followed() -> bool:
        driver.send()
        return [i.id for i in robot.followed[1]] == [i.id for i in made]
    until(followed, 'what was shown')
    assert client.segment('red', 'elsewhere', max_age=3600.0).status == Status.OK

    def left() -> bool:
        driver.send()
        return robot.followed == (0, ())
    until(left, 'the other dialogue')
    robot.look(True, False)


def test_the_camera_is_left_when_nobody_looks(running):
    robot, driver, _, _ = running
    robot.look(False, False)
    until(lambda: driver.image.get_subscription_count() == 1, 'the end of the stream')
    assert robot.images == ()
