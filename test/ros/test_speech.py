# SPDX-License-Identifier: Apache-2.0
"""What a recogniser writes becomes sentences once each; a node says what it did with them."""

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings, strategies

rclpy = pytest.importorskip('rclpy')

from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
from std_msgs.msg import String
from support.harness import LONG, Driver, Process, served, until

from reasonseg_ros.core.errors import Status
from reasonseg_ros.ros.client.client import Client
from reasonseg_ros.ros.speech import Transcripts, awake

WINDOW = 0.5


def heard_as(*heard: tuple[float, str], window: float = WINDOW) -> list[str]:
    """Return what is served of transcripts that come at these seconds."""
    transcripts, sentences, at = Transcripts(), [], dict(heard)
    for now in (step / 10 for step in range(round(10 * (max(at) + 2 * WINDOW)))):
        sentences += transcripts.due(now)
        if now in at:
            sentences += transcripts.hear(at[now], now, window)
    return sentences


@pytest.mark.parametrize('text', ['', '   ', 'uh', 'Um, please.', 'okay robot', '...', 'hm, er'])
def test_silence_and_fillers_are_no_sentences(text):
    assert heard_as((0.0, text)) == heard_as((0.0, text), window=0.0) == []


def test_a_growing_transcript_counts_once_as_its_longest_form():
    assert heard_as((0.0, 'the'), (0.2, 'the red'), (0.4, 'the red m'), (0.6, 'the red mug'),
                    (0.7, 'The red mug.'), (1.0, 'the red mug')) == ['the red mug']


def test_a_final_transcript_after_the_sentence_was_served_is_dropped():
    assert heard_as((0.0, 'the red mug'), (0.9, 'Please, the red mug!')) == ['the red mug']


def test_a_late_shorter_transcript_is_dropped():
    assert heard_as((0.0, 'the red mug'), (0.1, 'the red')) == ['the red mug']


def test_the_same_sentence_said_again_later_is_served_again():
    assert heard_as((0.0, 'the red mug'), (2.0, 'the red mug')) == ['the red mug'] * 2


def test_a_transcript_that_is_repeated_all_the_time_is_served_once_and_in_time():
    transcripts = Transcripts()
    sentences = []
    for step in range(40):
        now = 0.1 * step
        sentences += [(now, s) for s in transcripts.due(now)]
        assert transcripts.hear('the mug', now, WINDOW) == []
    assert sentences == [(WINDOW, 'the mug')]


def test_another_sentence_ends_the_wait_of_the_one_before():
    assert heard_as((0.0, 'the red mug'), (0.1, 'its handle')) == ['the red mug', 'its handle']


def test_a_window_of_zero_serves_every_transcript_at_once():
    transcripts = Transcripts()
    for text in ('the', 'the red', 'the red'):
        assert transcripts.hear(text, 0.0, 0.0) == [text]


def test_an_endless_transcript_is_left_to_the_grammar_in_its_order():
    endless = 'red ' * 200
    assert heard_as((0.0, 'the mug'), (0.1, endless)) == ['the mug', endless]


@given(strategies.lists(strategies.tuples(
    strategies.integers(0, 9), strategies.sampled_from(['', 'the', 'the mug', 'its lid', 'uh'])),
    max_size=12))
@settings(deadline=None, max_examples=50)
def test_only_words_that_were_said_are_served_and_never_twice_within_the_window(heard):
    times = itertools.accumulate(0.1 * gap for gap, _ in heard)
    transcripts, taken = Transcripts(), []
    for now, (_, text) in zip(times, heard):
        for sentence in (*transcripts.due(now), *transcripts.hear(text, now, WINDOW)):
            taken.append((now, sentence))
    assert {s for _, s in taken} <= {text for _, text in heard} - {'', 'uh'}
    assert all(b[0] - a[0] >= WINDOW or a[1] != b[1] for a, b in itertools.pairwise(taken))


@pytest.mark.parametrize(('sentence', 'rest'), [
    ('Hey Robot, the red mug.', 'the red mug.'),
    ('hey robot the red mug', 'the red mug'),
    ('uh, so, HEY, robot: its handle', 'its handle'),
    ('hey robot', ''),
    ('the red mug', ''),
    ('robot, the red mug', ''),
    ('say hey robot', ''),
    ('hey robotics', ''),
    ('', ''),
])
def test_with_a_wake_phrase_only_what_follows_it_is_heard(sentence, rest):
    assert awake(sentence, 'Hey, robot') == rest


@pytest.mark.parametrize('phrase', ['', ' ', '...'])
def test_without_a_wake_phrase_every_sentence_is_heard_as_it_is(phrase):
    assert awake('Hey robot, the mug', phrase) == 'Hey robot, the mug'


class Talk:
    """A node, a mouth and an ear."""

    def __init__(self, process: Process, driver: Driver, client: Client) -> None:
        self.process, self.driver, self.client = process, driver, client
        self.heard: list[str] = []
        driver.node.create_subscription(
            String, 'segmenter/answer', lambda m: self.heard.append(m.data), 10)
        self._mouth = driver.node.create_publisher(String, 'segmenter/instruction', 10)
        until(self._mouth.get_subscription_count, 'the topic instruction')

    def say(self, *sentences: str) -> None:
        """Say sentences on the topic."""
        for sentence in sentences:
            self._mouth.publish(String(data=sentence))

    def answered(self, *words: str) -> None:
        """Return when these words were heard in this order, and nothing else."""
        until(lambda: len(self.heard) >= len(words), f'{words} after {self.heard}')
        assert all(w in h for w, h in zip(words, self.heard, strict=True)), self.heard
        self.heard.clear()

    def set(self, **values) -> None:
        """Set parameters of the node."""
        request = SetParameters.Request(parameters=[
            Parameter(name, value=value).to_parameter_msg() for name, value in values.items()])
        reply = self.client.call(SetParameters, 'set_parameters', request, LONG)
        assert all(r.successful for r in reply.results), reply.results

    def rounds(self) -> list[str]:
        """Return the sentences that the default dialogue holds."""
        return [r.instruction for r in self.client.rounds()[1]]


@pytest.fixture(scope='module')
def shared(tmp_path_factory) -> Iterator[Talk]:
    """Yield the node that the tests share, with an image at its intake."""
    with served(tmp_path_factory.mktemp('node'), 'max_age:=0.0') as (process, driver, client):
        driver.connected()

        def arrived() -> bool:
            driver.send()
            return client.segment('red', 'other').status != Status.NO_IMAGE
        until(arrived, 'an image at the node')
        talk = Talk(process, driver, client)

        def audible() -> list[str]:
            client.segment('red', 'other')
            return talk.heard
        until(audible, 'an answer: the first ones are lost while the ear is not connected')
        yield talk


@pytest.fixture
def talk(shared) -> Talk:
    """Give the shared node with an empty dialogue and defaults."""
    shared.set(speech_window=0.2, wake_phrase='', deadline=0.0)
    shared.client.segment('red')
    shared.client.reset()
    until(lambda: 'starting over' in shared.heard, 'the reset')
    shared.process.gate.unlink(missing_ok=True)
    shared.heard.clear()
    return shared


def at_the_gate(process: Process) -> Callable[[], bool]:
    reached = process.gate.with_suffix('.reached')
    reached.unlink(missing_ok=True)
    return reached.exists


def test_partial_transcripts_make_one_round_and_one_answer(talk):
    talk.say('', 'uh', 'the', 'the red', 'the red one', 'The red one.')
    talk.answered('the red after ()')
    talk.say('the green one')
    talk.answered('the green')
    assert [s.lower().strip('.') for s in talk.rounds()] == ['the red one', 'the green one']


def test_a_transcript_that_is_sent_all_the_time_is_answered_once(talk):
    talk.set(speech_window=1.0)
    until(lambda: talk.say('the red one') or threading.Event().wait(0.05) or talk.heard,
          'an answer')
    talk.answered('the red')


def test_what_was_not_found_and_a_question_are_said_aloud(talk):
    talk.say('the banana')
    talk.answered('i see no such thing')
    talk.say('which red one')
    talk.answered('the red')
    talk.say('undo')
    talk.answered('took back round 2')


def test_a_wake_phrase_is_asked_for_and_taken_off(talk):
    talk.set(wake_phrase='hey robot')
    talk.say('the green one', 'Hey robot, the red one')
    talk.answered('the red')
    assert talk.rounds() == ['the red one']


def test_a_repeated_cancel_ends_the_request_and_takes_nothing_back(talk):
    talk.set(speech_window=1.0)
    talk.client.segment('the red one')
    until(lambda: talk.heard, 'an answer')
    talk.heard.clear()
    reached = at_the_gate(talk.process)
    talk.say('slow green', 'the end of it')
    until(reached, 'the engine at work')
    talk.say('cancel', 'Cancel.')
    talk.answered('cancelled')
    assert talk.rounds() == ['the red one']


def test_stop_drops_a_sentence_that_is_not_complete(talk):
    talk.set(speech_window=5.0)
    talk.say('the red one', 'stop')
    talk.answered('cancelled')
    talk.say('stop')
    talk.answered('nothing is running')
    assert talk.rounds() == []


def test_a_deadline_is_said_aloud(talk):
    talk.set(deadline=0.1)
    talk.say('slow red')
    talk.answered('the deadline of 0.1 s passed')


def test_a_busy_node_says_so(talk):
    talk.set(speech_window=0.0)
    reached = at_the_gate(talk.process)
    talk.say('slow red')
    until(reached, 'the engine at work')
    talk.say('the green one', 'the blue one')
    talk.answered('one request is running and another is waiting')
    talk.process.gate.touch()
    talk.answered('the red', 'the green')
