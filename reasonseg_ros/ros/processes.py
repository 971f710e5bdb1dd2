# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive their parent's block, and a ROS domain of their own.

Knows nothing of what the children do.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType

from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.ros import dds

PATIENCE = 8.0  # seconds that a child has to end after SIGTERM
# Domains whose ports lie below those that Linux gives to outgoing connections.
DOMAINS = range(1, 102)
PARTICIPANTS = 32  # of a domain that ROS looks for on the same computer


class ChildFailed(ReasonSegError):
    """A child process ended although it was needed."""


class Child:
    """`python -m module arguments` with its output in a log; ended with the block.

    It has a session of its own, so that Ctrl-C reaches the parent alone, which then ends it.
    """

    def __init__(self, name: str, module: str, arguments: Sequence[str], log: Path,
                 environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        self._command = [sys.executable, '-m', module, *arguments]
        self._environment = dict(environment)

    def __enter__(self) -> 'Child':
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open('wb') as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=self._environment, start_new_session=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):  # too slow, or told twice
            self._signal(signal.SIGKILL)
            self._process.wait()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def check(self) -> None:
        """Raise ChildFailed when the process has ended."""
        code = self._process.poll()
        if code is not None:
            last = self.tail(1) or 'nothing in its log'
            raise ChildFailed(f'the {self.name} ended with exit code {code}: {last} (log: '
                              f'{self.log})')

    def tail(self, lines: int) -> str:
        """Return the last lines of the log."""
        text = self.log.read_text(encoding='utf-8', errors='replace')
        return '\n'.join(text.rstrip().splitlines()[-lines:])

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return  # it has ended, and everything that it had started


def free_domain(start: int) -> int:
    """Return a ROS domain id that no process of this machine uses, first tries from `start`.

    What processes that were killed have left of its ports is removed.
    """
    for offset in range(len(DOMAINS)):
        domain = DOMAINS[(start + offset) % len(DOMAINS)]
        if _unused(domain):
            dds.forget_ports(domain)
            return domain
    raise ReasonSegError(f'all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use on this '
                         'machine; end some ROS processes')


def _unused(domain: int) -> bool:
    """Return whether none of the first participants of a domain holds its port for discovery."""
    for participant in range(PARTICIPANTS):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(('', dds.PORT + dds.PORTS * domain + 10 + 2 * participant))
            except OSError:
                return False
    return True


def own_domain(logs: Path) -> dict[str, str]:
    """Put this process into a ROS domain of its own; return the environment for children.

    ROS writes its logs into the folder `logs`.
    """
    os.environ['ROS_DOMAIN_ID'] = str(free_domain(os.getpid()))
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ['ROS_LOG_DIR'] = str(logs.resolve())
    # Children must import the package that is running, wherever they are started.
    root = str(Path(__file__).resolve().parents[2])
    path = [root, *filter(None, os.environ.get('PYTHONPATH', '').split(os.pathsep))]
    return {**os.environ, 'PYTHONPATH': os.pathsep.join(path), 'PYTHONUNBUFFERED': '1'}


def interrupt_on_sigterm() -> None:
    """Let SIGTERM unwind the program as Ctrl-C does, so that children are ended."""
    def handler(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, handler)
