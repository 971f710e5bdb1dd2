# SPDX-License-Identifier: Apache-2.0
"""Quality of service: defaults, overrides by parameters, and one warning for what cannot match."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.ros import qos
from reasonseg_ros.ros.qos import INTAKE, LATCHED, RELIABLE, Endpoints, Mismatch, ReplySchedule

LONG = 20.0
BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


def test_the_first_reply_goes_at_once_and_others_further_apart_the_more_clients(monkeypatch):
    monkeypatch.setattr(qos, 'time', SimpleNamespace(monotonic=lambda: 100.0))
    schedule = ReplySchedule()
    assert [schedule.turn(clients) for clients in (1, 1, 50, 50)] == pytest.approx(
        [0.0, 0.02, 0.04, 0.19])


class Rig:
    """A node with overrides, and another one that it talks to."""

    def __init__(self, context: rclpy.Context, **overrides: str | int) -> None:
        self.node = self._node('endpoints', context, overrides)
        self.other = self._node('other', context, {})
        self.endpoints = Endpoints(self.node)
        self.heard: list[String] = []
        self._executor = SingleThreadedExecutor(context=context)
        self._executor.add_node(self.node)
        self._executor.add_node(self.other)

    def subscribe(self, profile: QoSProfile = INTAKE):
        return self.endpoints.subscription(String, 'topic', self.heard.append, profile,
                                           self.node.default_callback_group)

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + LONG
        while not condition():
            assert time.monotonic() < end, 'it did not happen'
            self._executor.spin_once(timeout_sec=0.1)

    @staticmethod
    def _node(name: str, context: rclpy.Context, overrides: dict) -> Node:
        given = [Parameter(f'qos_overrides./rig/{key.replace("__", ".")}', value=value)
                 for key, value in overrides.items()]
        return Node(name, context=context, namespace='rig', parameter_overrides=given,
                    enable_rosout=False, start_parameter_services=False)


@pytest.fixture
def make(request) -> Iterator[Callable[..., Rig]]:
    """Yield the maker of a rig; keywords are overrides such as topic__publisher__depth=3."""
    context = rclpy.Context()
    rclpy.init(context=context)
    yield lambda **overrides: Rig(context, **overrides)
    context.try_shutdown()


def test_intake_is_best_effort_and_results_are_reliable_by_default(make):
    rig = make()
    assert rig.subscribe().qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
    assert rig.subscribe().qos_profile.durability == DurabilityPolicy.VOLATILE
    result = rig.endpoints.publisher(String, 'result', RELIABLE).qos_profile
    assert result.reliability == ReliabilityPolicy.RELIABLE
    last = rig.endpoints.publisher(String, 'last', LATCHED).qos_profile
    assert (last.depth, last.durability) == (1, DurabilityPolicy.TRANSIENT_LOCAL)


def test_every_policy_of_the_table_can_be_overridden_and_the_defaults_stay(make):
    rig = make(topic__subscription__reliability='reliable', topic__subscription__depth=2,
               topic__subscription__durability='transient_local')
    qos = rig.subscribe().qos_profile
    assert (qos.depth, qos.reliability, qos.durability) == (
        2, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL)
    assert (INTAKE.depth, INTAKE.reliability) == (5, ReliabilityPolicy.BEST_EFFORT)


def test_an_endpoint_can_be_made_again_with_the_same_overrides(make):
    rig = make(topic__subscription__depth=2)
    rig.node.destroy_subscription(rig.subscribe())
    assert rig.subscribe().qos_profile.depth == 2


@pytest.mark.parametrize(('policy', 'value', 'words'), [
    ('reliability', 'sometimes', 'sometimes'),
    ('depth', 'three', 'three'),
    ('depth', 0, 'depth is 0'),
])
def test_a_wrong_override_is_refused_in_one_line(make, policy, value, words):
    rig = make(**{f'topic__subscription__{policy}': value})
    with pytest.raises(BadRequest, match='qos_overrides./rig/topic.subscription') as caught:
        rig.subscribe()
    assert words in str(caught.value)
    assert 'expected history keep_last' in str(caught.value)
    assert '\n' not in str(caught.value)


def test_publishers_that_do_not_match_are_one_warning_and_are_counted(make, capfd):
    rig = make(topic__subscription__reliability='reliable')
    rig.subscribe()
    for _ in range(2):
        rig.other.create_publisher(String, 'topic', BEST_EFFORT)
    rig.until(lambda: [m.count for m in rig.endpoints.mismatches] == [2])
    assert rig.endpoints.mismatches == (
        Mismatch('/rig/topic', 'subscription', 'reliability', 2),)
    log = ''.join(capfd.readouterr())
    assert log.count('nothing arrives from a publisher of /rig/topic: its reliability is less '
                     'than the reliable that this node asks for') == 1
    assert 'qos_overrides./rig/topic.subscription.reliability' in log


def test_a_subscriber_that_asks_for_too_much_is_one_warning(make, capfd):
    rig = make()
    rig.endpoints.publisher(String, 'topic', RELIABLE)
    rig.other.create_subscription(String, 'topic', rig.heard.append, LATCHED)
    rig.until(lambda: rig.endpoints.mismatches)
    assert str(rig.endpoints.mismatches[0]) == (
        '/rig/topic: durability of 1 subscriber(s) does not match')
    log = ''.join(capfd.readouterr())
    assert 'it asks for more durability than the volatile that this node offers' in log


def test_what_matches_is_no_mismatch(make):
    rig = make()
    rig.subscribe()
    publisher = rig.other.create_publisher(String, 'topic', BEST_EFFORT)
    rig.until(lambda: publisher.get_subscription_count())
    publisher.publish(String(data='hello'))
    rig.until(lambda: rig.heard)
    assert rig.endpoints.mismatches == ()
