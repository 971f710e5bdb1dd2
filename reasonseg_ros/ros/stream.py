# SPDX-License-Identifier: Apache-2.0
"""One input topic: keeps the newest few messages and counts what arrived.

The callback runs in the thread that spins and only stores, so that intake never waits for decoding
or for the model. All ages are by the clock of the node. Does not decode, match or choose.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node

from reasonseg_ros.core.camera.messages import NANOSECONDS, nanoseconds
from reasonseg_ros.core.camera.pairing import Arrival
from reasonseg_ros.ros.compat import QoSMessageLostInfo
from reasonseg_ros.ros.qos import INTAKE, Endpoints

BACK = 200_000_000  # nanoseconds; a stamp so much before the newest one says that time went back
TIMED = 30          # newest arrivals from which the rate is taken


@dataclass(frozen=True)
class StreamStatistics:
    """What has arrived on one topic since it was subscribed to.

    received  messages
    lost      messages that the middleware knows to have been sent, but did not deliver
    rate      messages per second, over the newest ones until now
    age       seconds since the stamp of the newest message; None before the first one
    """

    topic: str
    received: int
    lost: int
    rate: float
    age: float | None


class TopicStream:
    """The subscription to `topic`, from construction to `close`.

    `lock` guards the messages of all streams of one camera; `stored` is called under it with each
    new message.
    """

    def __init__(self, node: Node, endpoints: Endpoints, group: CallbackGroup, kind: type,
                 topic: str, keep: int, lock: threading.Lock,
                 stored: Callable[[Arrival], None]) -> None:
        self._node = node
        self._clock = node.get_clock()
        self._lock = lock
        self._stored = stored
        self._kept: deque[Arrival] = deque(maxlen=keep)
        self._arrivals: deque[int] = deque(maxlen=TIMED)
        self._received = 0
        self._lost = 0
        self._subscription = endpoints.subscription(
            kind, topic, self._store, INTAKE, group, self._lose)
        self.topic: str = self._subscription.topic_name

    @property
    def kept(self) -> deque[Arrival]:
        """The newest messages, oldest first; hold the lock."""
        return self._kept

    def publishers(self) -> int:
        """Return how many publish on the topic."""
        return int(self._node.count_publishers(self.topic))

    def statistics(self) -> StreamStatistics:
        """Return the counts and, by the clock of the node, rate and age."""
        now = self._clock.now().nanoseconds
        with self._lock:
            stamp = self._kept[-1].stamp if self._kept else None
            first = self._arrivals[0] if self._arrivals else now
            count = len(self._arrivals)
        span = (now - first) / NANOSECONDS
        return StreamStatistics(
            self.topic, self._received, self._lost, count / span if span > 0 else 0.0,
            None if stamp is None else (now - stamp) / NANOSECONDS)

    def forget(self) -> None:
        """Drop the messages; the counts go on."""
        with self._lock:
            self._kept.clear()
            self._arrivals.clear()

    def close(self) -> None:
        """End the subscription and drop the messages."""
        self._node.destroy_subscription(self._subscription)
        self.forget()

    def _store(self, message: Any) -> None:
        arrived = Arrival(message, nanoseconds(message.header.stamp),
                          self._clock.now().nanoseconds)
        with self._lock:
            if self._kept and arrived.stamp < self._kept[-1].stamp - BACK:
                self._kept.clear()  # a bag in a loop, or a driver that was started again
            self._kept.append(arrived)
            self._arrivals.append(arrived.arrival)
            self._stored(arrived)
            self._received += 1

    def _lose(self, event: QoSMessageLostInfo) -> None:
        self._lost = event.total_count
