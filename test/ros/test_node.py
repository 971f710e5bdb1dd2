# SPDX-License-Identifier: Apache-2.0
"""One node process with the fake engine, spoken to over DDS: answers, topics, bad input.

The tests share the process, and each has a dialogue of its own.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')

from builtin_interfaces.msg import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile
from rclpy.task import Future
from reasonseg_ros.msg import InstanceArray
from reasonseg_ros.srv import Segment
from sensor_msgs.msg import Image
from std_msgs.msg import String
from support import spatial
from support.harness import LONG, Driver, Process, camera_image, served, until

from reasonseg_ros.core.camera.messages import NANOSECONDS, nanoseconds
from reasonseg_ros.core.camera.raw import decode_colour
from reasonseg_ros.core.errors import Status
from reasonseg_ros.engines.reply import Reply
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.output import convert
from reasonseg_ros.ros.qos import REQUESTS

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
names = itertools.count(1)


class Talk:
    """A driver, a client and the topics of one node."""

    def __init__(self, process: Process, driver: Driver, client: Client) -> None:
        self.process = process
        self.driver = driver
        self.client = client
        self.dialogue = ''
        self.heard: dict[str, list] = {}
        for topic, kind, qos in (('answer', String, 5), ('instances', InstanceArray, LATCHED),
                                 ('mask', Image, 5), ('label_image', Image, 5),
                                 ('part_label_image', Image, 5), ('overlay', Image, 5)):
            kept = self.heard[topic] = []
            driver.node.create_subscription(kind, f'segmenter/{topic}', kept.append, qos)
        self.instruction = driver.node.create_publisher(String, 'segmenter/instruction', 5)
        until(lambda: self.instruction.get_subscription_count() == 1, 'the topic instruction')

    def arrived(self, stamp: int) -> None:
        """Return when the node can find the image with this stamp; records no round."""
        def found() -> bool:
            answer = self.client.segment('exhausted', policy='stamp', stamp=stamp)
            return answer.status == Status.OUT_OF_MEMORY
        until(found, 'the image at the node')

    def show(self, message: Image | None = None) -> int:
        """Publish an image, wait until the node has it, and return its stamp."""
        stamp = nanoseconds(self.driver.send(message).header.stamp)
        self.arrived(stamp)
        return stamp

    def ask(self, instruction: str, **options) -> Reply:
        """Say a sentence in this test's dialogue, by default about an image of any age."""
        return self.client.segment(instruction, self.dialogue, **{'max_age': 3600.0, **options})

    def sent(self, **fields) -> Reply:
        """Ask about a sent image whose message has these fields."""
        message = camera_image(0)
        for name, value in fields.items():
            setattr(message, name, value)
        request = Segment.Request(instruction='red', dialogue_id=self.dialogue,
                                  frame_policy=Segment.Request.SENT, image=message)
        return self.client.call(Segment, 'segment', request, LONG)


@pytest.fixture(scope='module')
def shared(tmp_path_factory) -> Iterator[Talk]:
    """Yield the shared node with an image at its intake."""
    with served(tmp_path_factory.mktemp('node')) as (process, driver, client):
        driver.connected()
        talk = Talk(process, driver, client)

        def discovered() -> bool:
            before = client.segment('red')
            assert before.status == Status.NO_IMAGE, 'nothing was sent yet'
            return 'no image has arrived on /image, which has 1 publishers' in before.message
        until(discovered, 'the publisher at the node')
        talk.show()
        yield talk


@pytest.fixture
def talk(shared) -> Talk:
    """Give the shared node with a new dialogue and empty ears."""
    shared.dialogue = f'd{next(names)}'
    for kept in shared.heard.values():
        kept.clear()
    return shared


def refused(answer: Reply, status: Status, *words: str) -> None:
    """Check the status of a refusal and that its one sentence holds `words`."""
    assert Status(answer.status) == status, answer.message
    assert all(word in answer.message for word in words), answer.message
    assert '\n' not in answer.message
    assert not answer.instances
    assert answer.round == 0


def test_an_answer_carries_masks_ids_stamp_and_timings(talk):
    stamp = talk.show()
    answer = talk.ask('the red and the green one')
    assert answer.status == Status.OK
    assert (answer.dialogue_id, answer.round) == (talk.dialogue, 1)
    assert (answer.frame_stamp, answer.frame_id) == (stamp, 'optical')
    assert [(i.id, i.label, i.mask.box) for i in answer.instances] == [
        (1, 'red', (2, 4, 10, 12)), (2, 'green', (16, 6, 26, 14))]
    assert answer.instances[0].at(32, 24).mask.area == 64
    assert answer.seconds['total'] > 0


def test_a_later_round_may_name_an_earlier_instance(talk):
    talk.ask('the red one')
    assert talk.ask('the green one beside instance 1').instances[0].id == 2
    _, rounds = talk.client.rounds(talk.dialogue)
    assert [r.references for r in rounds] == [(), (1,)]


def test_the_topics_carry_the_newest_round_with_the_stamp_of_its_image(talk):
    stamp = talk.show()
    answer = talk.ask('the red and the green one')

    def shown() -> bool:
        newest = {topic: kept[-1] for topic, kept in talk.heard.items() if kept}
        return len(newest) == len(talk.heard) and all(
            nanoseconds(message.header.stamp) == stamp
            for topic, message in newest.items() if topic != 'answer')
    until(shown, 'all topics')
    latched, mask, labels = (talk.heard[t][-1] for t in ('instances', 'mask', 'label_image'))
    assert talk.heard['answer'][-1].data == answer.answer
    assert [i.id for i in latched.instances] == [1, 2]
    assert (latched.dialogue_id, latched.round) == (talk.dialogue, 1)
    red, green = (shown.at(32, 24).mask.decode() for shown in answer.instances)
    assert np.array_equal(np.frombuffer(mask.data, np.uint8).reshape(24, 32), 255 * (red | green))
    ids = np.frombuffer(labels.data, '<u2').reshape(24, 32)
    assert np.array_equal(ids, 1 * red + 2 * green)
    assert (mask.encoding, labels.encoding) == ('mono8', 'mono16')
    overlay = talk.heard['overlay'][-1]
    drawn = decode_colour(overlay.data, overlay.width, overlay.height, overlay.step,
                          overlay.encoding)
    assert not np.array_equal(drawn[red], np.full((64, 3), (255, 0, 0)))
    for message in (latched, mask, labels, overlay):
        assert nanoseconds(message.header.stamp) == stamp
        assert message.header.frame_id == 'optical'


def test_a_spoken_instruction_goes_to_the_default_dialogue(talk):
    talk.show()
    talk.instruction.publish(String(data='the green one'))
    listed = talk.heard['instances']
    until(lambda: listed and listed[-1].dialogue_id == 'default', 'an answer')
    assert listed[-1].instances[0].label == 'green'


def test_a_spoken_instruction_that_fails_is_answered_aloud(talk):
    talk.instruction.publish(String(data='the red one on instance 99'))
    until(lambda: any('there is no instance 99' in said.data for said in talk.heard['answer']),
          'the refusal')


def test_nothing_found_is_an_answer_and_not_a_failure(talk):
    answer = talk.ask('the banana')
    assert (answer.status, answer.round, answer.instances) == (Status.NOTHING_FOUND, 1, ())
    assert talk.client.dialogues()[talk.dialogue] == (1, 0)


def test_undo_and_reset_shorten_the_dialogue_and_the_topics_follow(talk):
    kept = {i.id for i in talk.ask('the red one').instances}
    undone = {i.id for i in talk.ask('the green one').instances} - kept
    outcome = talk.client.undo(talk.dialogue)
    assert (outcome.status, outcome.round) == (Status.OK, 1)
    later = {i.id for i in talk.ask('the green one').instances} - kept
    assert min(later) > max(undone), 'ids that were taken back are not given again'
    assert talk.client.reset(talk.dialogue).status == Status.OK
    assert talk.client.rounds(talk.dialogue)[1] == ()
    until(lambda: talk.heard['instances'] and talk.heard['instances'][-1].round == 0, 'emptiness')


def test_undo_by_words_needs_no_image(talk):
    talk.ask('the red one')
    answer = talk.ask('undo', policy='stamp', stamp=1)
    assert (answer.status, answer.round) == (Status.OK, 0)
    assert talk.client.rounds(talk.dialogue)[1] == ()


def test_pinned_keeps_the_image_of_the_round(talk):
    first = talk.show()
    talk.ask('the red one')
    assert talk.show() > first
    assert talk.ask('the green one', policy='pinned').frame_stamp == first
    assert talk.ask('the green one').frame_stamp > first


def test_a_sent_image_is_segmented(talk):
    rgb = np.zeros((10, 10, 3), np.uint8)
    rgb[2:4, 2:6] = (0, 0, 255)
    answer = talk.ask('the blue one', policy='sent', rgb=rgb, stamp=7)
    assert answer.instances[0].mask.box == (2, 2, 6, 4)
    assert answer.frame_stamp == 7


def test_a_sent_image_with_its_depth_has_results_in_space(talk):
    shown, header = spatial.frame(), convert.header_message(7, 'optical')
    sent = talk.client.call(Segment, 'segment', Segment.Request(
        dialogue_id=talk.dialogue, instruction='the red one', frame_policy=Segment.Request.SENT,
        image=convert.image_message(shown.rgb, 'rgb8', header),
        depth_image=convert.image_message(shown.depth, '32FC1', header),
        camera_info=convert.camera_info(shown.camera, header)), LONG)
    assert sent.status == Status.OK and sent.instances[0].has_3d and sent.instances[0].has_surface
    assert abs(sent.instances[0].surface_point.z - spatial.TOP) < 0.01
    alone = talk.ask('the red one', policy='sent', rgb=shown.rgb)
    assert alone.status is Status.OK and 'in space' not in alone.message


def test_the_label_image_shows_the_whole_dialogue_while_the_camera_stands(talk):
    def labels() -> list[set[int]]:
        return [set(np.frombuffer(m.data, '<u2').tolist()) - {0} for m in talk.heard['label_image']]
    talk.show()
    shown = [*talk.ask('the red thing').instances, *talk.ask('the green thing').instances]
    assert {i.label for i in shown} == {'red', 'green'}
    until(lambda: {i.id for i in shown} in labels(), 'both things in the label image')


@pytest.mark.parametrize(('fields', 'words'), [
    ({'encoding': 'yuv9'}, ('unknown encoding "yuv9"', 'publish one of rgb8')),
    ({'step': 8}, ('has step 8', 'takes 96 bytes')),
    ({'height': 30}, ('2304 bytes of data', 'take 2880')),
    ({'width': 0}, ('is empty: 0x24 pixels',)),
    ({'width': 8000, 'height': 8000, 'step': 24000}, ('is 8000x8000', 'publish it smaller')),
])
def test_an_image_that_cannot_be_decoded_is_a_bad_image(talk, fields, words):
    answer = talk.sent(**fields)
    refused(answer, Status.BAD_IMAGE, *words)
    assert talk.dialogue not in talk.client.dialogues()


def test_depth_of_another_size_is_left_out_and_the_log_says_so_once(talk):
    stamp = talk.driver.now()
    depth = convert.image_message(np.ones((12, 16), np.float32), '32FC1',
                                  convert.header_message(stamp, 'optical'))
    talk.driver.depth.publish(depth)
    talk.driver.send(camera_image(stamp))

    def left_out() -> bool:
        answer = talk.ask('red', policy='stamp', stamp=stamp)
        return answer.status == Status.OK and 'depth is left out' in talk.process.log
    until(left_out, 'depth at the node')
    assert left_out()
    assert talk.process.log.count(
        '/image: depth is left out: it is 16x12, the image 32x24; connect') == 1
    talk.show()
    assert talk.ask('red').status == Status.OK


def test_an_old_image_is_stale(talk):
    talk.show(camera_image(talk.driver.now() - 5 * NANOSECONDS))
    refused(talk.ask('red', max_age=2.0), Status.STALE_IMAGE, 's old, older than max_age 2 s')
    talk.show()
    assert talk.ask('red').status == Status.OK


def test_a_stamp_that_is_not_kept_is_no_image(talk):
    refused(talk.ask('red', policy='stamp', stamp=5), Status.NO_IMAGE, 'no image with stamp 0.000')


@pytest.mark.parametrize(('instruction', 'word'), [('', 'empty'), ('red ' * 2500, '10000')])
def test_an_empty_or_endless_instruction_is_a_bad_request(talk, instruction, word):
    reply = talk.ask(instruction)
    refused(reply, Status.BAD_REQUEST, word)
    assert reply.answer == reply.message
    assert talk.dialogue not in talk.client.dialogues()


@pytest.mark.parametrize('max_age', [-0.25, -2.0])
def test_a_negative_max_age_is_a_bad_request(talk, max_age):
    refused(talk.ask('red', max_age=max_age), Status.BAD_REQUEST, f'max_age is {max_age:g} s',
            'expected seconds above 0')


@pytest.mark.parametrize('reference', ['instance 9', 'round 9'])
def test_a_dangling_reference_names_what_exists_and_changes_nothing(talk, reference):
    talk.ask('the red one')
    refused(talk.ask(f'the green one beside {reference}'), Status.BAD_REFERENCE, reference)
    refused(talk.ask('the green one', references=(7,)), Status.BAD_REFERENCE,
            'there is no instance 7', '1 (red)')
    assert len(talk.client.rounds(talk.dialogue)[1]) == 1


def test_an_unknown_dialogue_is_named_by_every_service_that_needs_one(talk):
    for outcome in (talk.client.reset('nowhere'), talk.client.undo('nowhere'),
                    talk.client.rounds('nowhere')[0]):
        assert outcome.status == Status.UNKNOWN_DIALOGUE
        assert 'there is no dialogue "nowhere"' in outcome.message


def test_too_little_memory_has_a_status_of_its_own_and_changes_nothing(talk):
    talk.ask('the red one')
    refused(talk.ask('the exhausted one'), Status.OUT_OF_MEMORY, 'send a smaller image')
    assert talk.ask('the green one').round == 2


def test_a_fault_of_the_engine_is_internal_and_the_dialogue_stays(talk):
    talk.ask('the red one')
    refused(talk.ask('crash the red one'), Status.INTERNAL, 'told to crash', 'the log of the node')
    assert 'Traceback' in talk.process.log
    assert talk.ask('the green one').round == 2


def test_a_spoken_stop_cancels_what_runs_and_leaves_its_dialogue(talk):
    talk.show()
    talk.ask('the red one')
    reached = talk.process.gate.with_suffix('.reached')
    reached.unlink(missing_ok=True)
    client = talk.driver.node.create_client(Segment, 'segmenter/segment')
    assert client.wait_for_service(LONG)
    request = Segment.Request(instruction='slow red', dialogue_id=talk.dialogue,
                              max_age=Duration(sec=3600))
    running = client.call_async(request)
    until(reached.exists, 'the engine at work')

    def heard(words: str) -> bool:
        return String(data=words) in talk.heard['answer']
    talk.instruction.publish(String(data='Okay robot, stop!'))
    until(lambda: running.done() and heard('cancelled'), 'the end of the request')
    assert running.result().status == Status.DEADLINE
    assert talk.ask('the green one').round == 2
    talk.instruction.publish(String(data='stop'))
    until(lambda: heard('nothing is running'), 'an answer')


def test_of_many_requests_at_once_each_is_answered(talk):
    talk.show()
    client = talk.driver.node.create_client(Segment, 'segmenter/segment', qos_profile=REQUESTS)
    assert client.wait_for_service(LONG)
    sent = [client.call_async(Segment.Request(instruction='red', dialogue_id=f'burst {n}',
                                              max_age=Duration(sec=3600))) for n in range(50)]
    until(lambda: all(each.done() for each in sent), 'every answer')
    assert {each.result().status for each in sent} <= {Status.OK, Status.BUSY}


def test_one_runs_one_waits_the_third_is_busy_and_queries_are_answered(talk):
    talk.show()
    reached = talk.process.gate.with_suffix('.reached')
    reached.unlink(missing_ok=True)
    client = talk.driver.node.create_client(Segment, 'segmenter/segment')
    assert client.wait_for_service(LONG)

    def ask(words: str) -> Future:
        return client.call_async(Segment.Request(
            instruction=words, dialogue_id=talk.dialogue, max_age=Duration(sec=3600)))
    try:
        running = ask('slow red')
        until(reached.exists, 'the engine at work')
        others = [ask('slow green'), ask('slow green')]
        until(lambda: any(other.done() for other in others), 'a refusal')
        assert not running.done()
        assert talk.client.rounds()[0].status == Status.OK
        assert talk.client.dialogues()
        assert not all(other.done() for other in others)
    finally:
        talk.process.gate.touch()
    until(lambda: running.done() and all(other.done() for other in others), 'all answers')
    talk.process.gate.unlink()
    busy, served = sorted((o.result() for o in others), key=lambda r: -r.status)
    refused(busy, Status.BUSY, 'one request is running and another is waiting')
    assert (running.result().round, served.round) == (1, 2)
    assert (running.result().status, served.status) == (Status.OK, Status.OK)
