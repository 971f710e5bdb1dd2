# SPDX-License-Identifier: Apache-2.0
"""The thread that waits for what cameras send, and for nothing else.

The executor of rclpy looks at every service, timer and event of a node between two messages, in
Python; of two streams of images and one of camera_info at 30 Hz that was a third of the cost of
intake, and requests waited for it. Here only the subscriptions of one group are waited for, and
images are taken beside the interpreter (`native_image`).

Does not know cameras.
"""

import threading
import time
import traceback
from contextlib import ExitStack
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.context import Context
from rclpy.exceptions import InvalidHandle
from rclpy.guard_condition import GuardCondition
from rclpy.impl.implementation_singleton import rclpy_implementation as rcl
from rclpy.logging import get_logger
from rclpy.subscription import Subscription
from sensor_msgs.msg import Image

from reasonseg_ros.ros import native_image

PATIENCE = 500_000_000  # nanoseconds after which it is seen that a subscription has gone
PAUSE = 0.1             # seconds after a wait that failed
END = 2.0               # seconds that the thread has to end


class Intake(ReentrantCallbackGroup):
    """A callback group whose subscriptions, and their events, have a thread of their own.

    Callbacks run one after the other, so they must be short. Events are waited for here as well:
    two threads that wait for one reader keep waking each other. `close` it before ROS ends.
    """

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._bell = GuardCondition(None, None, context)
        self._take_image = native_image.taker()
        self._told: set[tuple[str, type]] = set()
        self._over = False
        self._thread = threading.Thread(target=self._run, name='intake', daemon=True)
        self._thread.start()

    def add_entity(self, entity: Any) -> None:
        """Wait for an entity from now on, too."""
        super().add_entity(entity)
        self._bell.trigger()

    def can_execute(self, entity: Any) -> bool:
        """Keep everything from the executor."""
        return False

    def close(self) -> None:
        """Call nothing back any more."""
        self._over = True
        self._bell.trigger()
        self._thread.join(END)
        self._bell.destroy()

    def _run(self) -> None:
        while not self._over and self._context.ok():
            try:
                ready = self._ready()
            except InvalidHandle:  # something was destroyed before the wait began
                continue
            except Exception as error:  # ROS ends; whatever else it is, the next wait may go well
                if self._context.ok():
                    self._tell('the topics of cameras', error)
                    time.sleep(PAUSE)
                continue
            for entity in ready:
                try:
                    self._call(entity)
                except InvalidHandle:  # destroyed meanwhile
                    continue
                except Exception as error:  # it costs one message
                    self._tell(getattr(entity, 'topic_name', 'a topic'), error)

    def _ready(self) -> list[Any]:
        """Wait, and return the subscriptions to which something has come, and their events."""
        with ExitStack() as held:
            subscriptions: dict[int, Any] = {}
            events: list[Any] = []
            for weak in list(self.entities):
                entity: Any = weak()
                if entity is None:
                    self.entities.discard(weak)
                if not isinstance(entity, Subscription):
                    continue  # events join the group before they are finished
                try:
                    held.enter_context(entity.handle)
                    subscriptions[entity.handle.pointer] = entity
                    for event in entity.event_handlers:
                        held.enter_context(event)
                        events.append(event)
                except InvalidHandle:
                    continue
            held.enter_context(self._bell.handle)
            held.enter_context(self._context.handle)
            wait_set = rcl.WaitSet(len(subscriptions), 1, 0, 0, 0, len(events),
                                   self._context.handle)
            wait_set.clear_entities()
            for subscription in subscriptions.values():
                wait_set.add_subscription(subscription.handle)
            wait_set.add_guard_condition(self._bell.handle)
            for event in events:
                event.add_to_wait_set(wait_set)
            wait_set.wait(PATIENCE)
            return [*(event for event in events if event.is_ready(wait_set)),
                    *(subscriptions[pointer]
                      for pointer in wait_set.get_ready_entities('subscription'))]

    def _call(self, entity: Any) -> None:
        if not isinstance(entity, Subscription):
            message = entity.take_data()
        elif self._take_image is not None and entity.msg_type is Image:
            message = self._take_image(entity)
        else:
            with entity.handle:
                taken = entity.handle.take_message(entity.msg_type, entity.raw)
            message = None if taken is None else taken[0]
        if message is not None:
            entity.callback(message)

    def _tell(self, topic: str, error: Exception) -> None:
        """Log a fault, once of its kind: messages come from anybody."""
        if (topic, type(error)) not in self._told:
            self._told.add((topic, type(error)))
            get_logger('intake').error(
                f'what came on {topic} was dropped ({type(error).__name__}: {error}), and this is '
                f'said once:\n{"".join(traceback.format_exception(error))}')
