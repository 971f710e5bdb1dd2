# SPDX-License-Identifier: Apache-2.0
"""Receives what a segmenter says on `/diagnostics`, as reports. Judges and shows nothing."""

from types import TracebackType

from diagnostic_msgs.msg import DiagnosticArray

from reasonseg_ros.ros.connection import Connection
from reasonseg_ros.ros.diagnostics import TOPIC
from reasonseg_ros.ros.diagnostics import report_of
from reasonseg_ros.ros.reports import Report


class Monitor:
    """A listener on one node; use it as a context manager, in the thread that made it."""

    def __init__(self, node_name: str = 'segmenter') -> None:
        self._prefix = f'{node_name.strip("/")}: '
        self._newest: tuple[Report, ...] | None = None

    def __enter__(self) -> 'Monitor':
        self._connection = Connection('monitor')
        self._subscription = self._connection.node.create_subscription(
            DiagnosticArray, TOPIC, self._store, 10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._connection.close()

    def next(self, timeout: float) -> tuple[Report, ...] | None:
        """Wait for the node's next message and return its reports; None when none comes."""
        self._connection.wait(lambda: self._newest is not None, timeout)
        newest, self._newest = self._newest, None
        return newest

    def _store(self, message: DiagnosticArray) -> None:
        reports = tuple(report_of(status) for status in message.status
                        if status.name.startswith(self._prefix))
        self._newest = reports or self._newest  # other nodes speak on this topic, too
