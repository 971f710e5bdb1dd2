# SPDX-License-Identifier: Apache-2.0
"""Publishes a bag on its topics at the pace of its times, with `/clock` beside it.

Messages go out as the bytes that the bag holds. The clock goes on after the last message, until
the player is closed, so that what waits for time is not stuck. Does not start nodes or ask them
anything.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rclpy.qos import DurabilityPolicy, QoSProfile
from rosgraph_msgs.msg import Clock

from reasonseg_ros.bags.reader import Bag, DamagedBag
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.ros.client.connection import Connection
from reasonseg_ros.ros.compat import optional
from reasonseg_ros.ros.output import convert

TICK = 0.01  # seconds of this machine between two times on /clock
# Reliable publishers match both kinds of subscriber.
STREAM = QoSProfile(depth=5)
LATCHED = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Player:
    """Plays topics of an open bag, which nobody else reads meanwhile; use it as a context manager.

    rate       seconds of the bag per second
    published  topic -> messages that went out
    left_out   topics whose message type is not installed
    latest     seconds that the latest message went out after its time
    trouble    why it ended before the bag; '' as long as it did not
    """

    def __init__(self, bag: Bag, topics: Sequence[str], rate: float = 1.0) -> None:
        self._bag = bag
        self._rate = rate
        self._topics = tuple(topics)
        self.published: Counter[str] = Counter()
        self.left_out: list[str] = []
        self.latest = 0.0
        self.trouble = ''
        self._now = bag.start
        self._moved = threading.Condition()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name='player', daemon=True)

    def __enter__(self) -> 'Player':
        self._connection = Connection('player')
        node = self._connection.node
        self._clock = node.create_publisher(Clock, '/clock', 10)
        self._publishers = {}
        for topic in self._topics:
            kind = _type(self._bag.topics[topic].kind)
            if kind is None:
                self.left_out.append(topic)
            else:
                qos = LATCHED if topic.endswith('tf_static') else STREAM
                self._publishers[topic] = node.create_publisher(kind, topic, qos)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._connection.close()

    def start(self, heard: Sequence[str], timeout: float) -> None:
        """Begin when somebody listens to each topic of `heard`. Raises DeadlineExceeded."""
        def all_heard() -> bool:
            return all(self._publishers[t].get_subscription_count() for t in heard)
        if not self._connection.wait(all_heard, timeout):
            silent = [t for t in heard if not self._publishers[t].get_subscription_count()]
            raise DeadlineExceeded(f'nobody listens to {", ".join(silent)} after {timeout:g} s; '
                                   'see that the node is active and its topics are remapped')
        self._thread.start()

    @property
    def now(self) -> int:
        """Time of the bag, nanoseconds."""
        return self._now

    def wait(self, when: int) -> None:
        """Return at the time `when` of the bag, nanoseconds. Raises what ended the playing."""
        with self._moved:
            self._moved.wait_for(lambda: self._now >= when or self._failure is not None)
        self._raise_failure()

    def wait_for_end(self) -> None:
        """Return when the last message is out. Raises what ended the playing."""
        self._ended.wait()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        """Play; whatever goes wrong is for those who wait, since nobody sees this thread."""
        try:
            self._play()
        except Exception as error:
            with self._moved:
                self._failure = error
                self._moved.notify_all()
        finally:
            self._ended.set()

    def _play(self) -> None:
        origin = time.monotonic()
        try:
            for topic, when, data in self._bag.messages(tuple(self._publishers)):
                due = origin + (when - self._bag.start) / NANOSECONDS / self._rate
                self._tick_until(due, origin)
                if self._stop.is_set():
                    return
                self._tell(when)
                self._publishers[topic].publish(bytes(data))
                self.published[topic] += 1
                self.latest = max(self.latest, time.monotonic() - due)
        except DamagedBag as error:
            self.trouble = str(error)
        self._ended.set()
        while not self._stop.is_set():
            self._tick_until(time.monotonic() + TICK, origin)

    def _tick_until(self, due: float, origin: float) -> None:
        """Keep the clock going until `due`, in seconds of this machine."""
        while not self._stop.is_set():
            left = due - time.monotonic()
            if left <= 0:
                return
            self._stop.wait(min(left, TICK))
            since = (time.monotonic() - origin) * self._rate
            self._tell(self._bag.start + round(since * NANOSECONDS))

    def _tell(self, now: int) -> None:
        if now <= self._now:
            return
        self._clock.publish(Clock(clock=convert.stamp_message(now)))
        with self._moved:
            self._now = now
            self._moved.notify_all()


def _type(kind: str) -> type | None:
    """Return the class of a message type like sensor_msgs/msg/Image, where it is installed."""
    package, _, name = kind.split('/')
    module = optional(f'{package}.msg')
    return getattr(module, name, None)
