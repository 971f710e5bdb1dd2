# SPDX-License-Identifier: Apache-2.0
"""Quality of service: defaults for every kind of topic, their overrides, and what did not match.

Each endpoint can be changed by parameters that rclpy declares for it, named
`qos_overrides.<topic after remapping>.<subscription|publisher>.<policy>`. Does not choose topics,
and does not copy the quality of one endpoint to another. `ReplySchedule` is for what no quality of
the server's side can mend: short queues of clients.
"""

import copy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import (
    DurabilityPolicy,
    InvalidQoSProfileException,
    QoSPolicyKind,
    QoSProfile,
    ReliabilityPolicy,
    qos_policy_name_from_kind,
)
from rclpy.qos_overriding_options import (
    InvalidQosOverridesError,
    QosCallbackResult,
    QoSOverridingOptions,
)
from rclpy.subscription import Subscription

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.ros.compat import (
    PublisherEventCallbacks,
    QoSMessageLostInfo,
    QoSRequestedIncompatibleQoSInfo,
    SubscriptionEventCallbacks,
)

# Best effort matches both kinds of publisher. Five messages are a sixth of a second at 30 Hz, for
# when the model keeps the interpreter busy; only the newest few are kept anyway.
INTAKE = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=5)  # results; a reliable publisher satisfies every subscriber
# What is true of one image only, for those who keep up: a late one is of no use.
LIVE = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
# With the ten of the default profile, of 50 requests at once 33 were never answered: what does not
# fit into the queue of the server, or into that of its replies, is dropped without a word.
REQUESTS = QoSProfile(depth=500)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)  # the last one stays

# Durability too: a camera_info that was published once, latched, reaches only a subscription with
# transient_local.
OVERRIDABLE = (QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY,
               QoSPolicyKind.DURABILITY)
_EXPECTED = ('history keep_last or keep_all, depth 1 or more, reliability reliable or '
             'best_effort, durability volatile or transient_local')


# Seconds between two replies that cost nothing. Each passes through the queues of all clients,
# which hold ten by default: those that come faster than a client takes them are lost. A program
# with 50 clients in one Python executor takes 50 times as long for each.
APART = 0.02
APART_PER_CLIENT = 0.003


class ReplySchedule:
    """Keeps replies apart that could all go out at once; the first one goes at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0  # seconds of the monotonic clock

    def turn(self, clients: int) -> float:
        """Take a turn, and return the seconds until it comes."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + max(APART, APART_PER_CLIENT * clients)
        return turn - now

    def wait(self, clients: int) -> None:
        """Return when it is the turn of a reply that `clients` receive."""
        time.sleep(self.turn(clients))


@dataclass(frozen=True)
class Mismatch:
    """Endpoints of others that this node cannot talk to because of one policy.

    role    what this node has on the topic: 'subscription' or 'publisher'
    policy  'reliability', 'durability', ...
    count   how many were discovered since the node started; they may be gone
    """

    topic: str
    role: str
    policy: str
    count: int

    def __str__(self) -> str:
        other = 'publisher' if self.role == 'subscription' else 'subscriber'
        return f'{self.topic}: {self.policy} of {self.count} {other}(s) does not match'


class Endpoints:
    """Makes the publishers and subscriptions of one node, and keeps what did not match."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._counts: dict[tuple[str, str, str], int] = {}

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """What could not be connected since the node started."""
        return tuple(Mismatch(*key, count) for key, count in list(self._counts.items()))

    def subscription(self, kind: type, topic: str, callback: Callable[[Any], None],
                     profile: QoSProfile, group: CallbackGroup,
                     lost: Callable[[QoSMessageLostInfo], None] | None = None) -> Subscription:
        """Subscribe to `topic` with `profile` as the default. Raises BadRequest."""
        return self._make('subscription', topic, profile, lambda qos, options, incompatible: (
            self._node.create_subscription(
                kind, topic, callback, qos, callback_group=group, qos_overriding_options=options,
                event_callbacks=SubscriptionEventCallbacks(
                    incompatible_qos=incompatible, message_lost=lost))))

    def publisher(self, kind: type, topic: str, profile: QoSProfile) -> Publisher:
        """Make a publisher with `profile` as the default. Raises BadRequest."""
        return self._publisher(self._node.create_publisher, kind, topic, profile)

    def lifecycle_publisher(self, kind: type, topic: str, profile: QoSProfile) -> Publisher:
        """Make a publisher that is silent unless the node is active. Raises BadRequest."""
        return self._publisher(self._node.create_lifecycle_publisher, kind, topic, profile)

    def _publisher(self, create: Callable[..., Publisher], kind: type, topic: str,
                   profile: QoSProfile) -> Publisher:
        return self._make('publisher', topic, profile, lambda qos, options, incompatible: create(
            kind, topic, qos, qos_overriding_options=options,
            # The executor looks at every event between two images; those by default (another
            # type on the topic) are the listener's to tell.
            event_callbacks=PublisherEventCallbacks(
                incompatible_qos=incompatible, use_default_callbacks=False)))

    def _make(self, role: str, topic: str, profile: QoSProfile, create: Callable[..., Any]) -> Any:
        name = self._node.resolve_topic_name(topic)
        qos = copy.copy(profile)  # rclpy writes the overrides into it

        def incompatible(event: QoSRequestedIncompatibleQoSInfo) -> None:
            self._note(name, role, event, qos)

        try:
            return create(qos, QoSOverridingOptions(OVERRIDABLE, callback=_check), incompatible)
        except (ParameterException, InvalidQosOverridesError, InvalidQoSProfileException,
                RuntimeError) as error:  # the last for a policy that has no such value
            reason = ' '.join(str(error).split())
            raise BadRequest(f'a parameter qos_overrides.{name}.{role} is wrong: {reason}; '
                             f'expected {_EXPECTED}') from error

    def _note(self, topic: str, role: str, event: QoSRequestedIncompatibleQoSInfo,
              qos: QoSProfile) -> None:
        policy = qos_policy_name_from_kind(event.last_policy_kind).lower()
        key = topic, role, policy
        first = key not in self._counts
        self._counts[key] = self._counts.get(key, 0) + event.total_count_change
        if first:
            self._node.get_logger().warning(_sentence(topic, role, policy, qos))


def _sentence(topic: str, role: str, policy: str, qos: QoSProfile) -> str:
    value = getattr(qos, policy, None)
    ours = getattr(value, 'name', str(value)).lower()
    if role == 'subscription':
        other = 'publisher'
        text = (f'nothing arrives from a publisher of {topic}: its {policy} is less than the '
                f'{ours} that this node asks for')
    else:
        other = 'subscriber'
        text = (f'nothing reaches a subscriber of {topic}: it asks for more {policy} than the '
                f'{ours} that this node offers')
    text += f'; change the {other} ("ros2 topic info -v {topic}" names it)'
    if policy.upper() in (kind.name for kind in OVERRIDABLE):
        text += f', or set the parameter qos_overrides.{topic}.{role}.{policy}'
    return text


def _check(qos: QoSProfile) -> QosCallbackResult:
    if qos.depth < 1:
        return QosCallbackResult(successful=False, reason=f'depth is {qos.depth}')
    return QosCallbackResult(successful=True)
