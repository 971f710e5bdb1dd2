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
PAUSED = 2_000_000_000  # nanoseconds; in a longer gap nothing was sent
REGULAR = 5         # gaps that tell a period
TOLERANCE = 0.2     # of the period, that gaps may differ from its multiples
TIMED = 30          # newest arrivals from which the rate is taken


@dataclass(frozen=True)
class StreamStatistics:
    """What has arrived on one topic since it was subscribed to.

    received  messages
    lost      messages that were not delivered: as the middleware tells it, or as gaps between
              stamps do where that is more, since not every middleware tells
    rate      messages per second, over the newest ones until now
    age       seconds since the stamp of the newest message; None before the first one
    stamp     that stamp, nanoseconds; None before the first one
    """

    topic: str
    received: int
    lost: int
    rate: float
    age: float | None
    stamp: int | None = None


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
        self._lost = 0     # as the middleware tells it
        self._missing = 0  # as stamps do
        self._gaps: deque[int] = deque(maxlen=TIMED)  # nanoseconds between stamps
        self._regular = False
        self._subscription = endpoints.subscription(
            kind, topic, self._store, INTAKE, group, self._lose)
        self.topic: str = self._subscription.topic_name
        package, folder, *_ = kind.__module__.split('.')
        self.type = f'{package}/{folder}/{kind.__name__}'

    @property
    def kept(self) -> deque[Arrival]:
        """The newest messages, oldest first; hold the lock."""
        return self._kept

    def mistyped(self) -> str:
        """Return another type that is published on the topic; '' when there is none."""
        return next((info.topic_type for info in self._node.get_publishers_info_by_topic(self.topic)
                     if info.topic_type != self.type), '')

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
            self.topic, self._received, max(self._lost, self._missing),
            count / span if span > 0 else 0.0,
            None if stamp is None else (now - stamp) / NANOSECONDS, stamp)

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
            if self._kept:
                self._follow(arrived.stamp - self._kept[-1].stamp)
            if self._kept and arrived.stamp < self._kept[-1].stamp - BACK:
                self._kept.clear()  # a bag in a loop, or a driver that was started again
            self._kept.append(arrived)
            self._arrivals.append(arrived.arrival)
            self._stored(arrived)
            self._received += 1

    def _follow(self, gap: int) -> None:
        """Count what is missing in a gap between two stamps.

        Gaps of a camera are multiples of its period, of which the smallest is taken, so that it is
        found even where most are lost; images that come as they like are not missed.
        """
        if not 0 < gap < PAUSED:
            return
        gaps = self._gaps
        gaps.append(gap)
        period = min(gaps)
        regular = len(gaps) >= REGULAR and all(
            abs(gap / period - round(gap / period)) < TOLERANCE for gap in gaps)
        if regular:
            self._missing += sum(round(gap / period) - 1
                                 for gap in ((gap,) if self._regular else gaps))
        self._regular = regular

    def _lose(self, event: QoSMessageLostInfo) -> None:
        self._lost = event.total_count
