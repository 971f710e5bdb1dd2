# SPDX-License-Identifier: Apache-2.0
"""Serves the web application until Ctrl-C or SIGTERM, with one line that says where.

Writes nothing to disk and logs no requests. Does not know what is served.
"""

import errno
import socket
from collections.abc import Callable

import uvicorn

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.ros.processes import interrupt_on_sigterm
from reasonseg_ros.web.access import new_token
from reasonseg_ros.web.app import application
from reasonseg_ros.web.robot import Robot

GRACE = 2             # seconds that open pages have at the end
MOST_MESSAGE = 16384  # bytes of one message of a browser


def serve(robot: Robot, host: str, port: int, rate: float, tell: Callable[[str], None]) -> None:
    """Serve until told to stop; `tell` gets the address. Raises BadInput.

    port  0 = any that is free
    rate  live images per second, at most
    """
    bound = _bind(host, port)
    token = new_token(host)
    tell(f'open {url(host, bound.getsockname()[1], token)}  (Ctrl-C ends)')
    if token:
        tell('whoever has this address can see the camera and talk to the robot; nothing is '
             'encrypted')
    interrupt_on_sigterm()
    server = uvicorn.Server(uvicorn.Config(
        application(robot, rate, token), log_level='warning', access_log=False, lifespan='on',
        ws='websockets-sansio', ws_max_size=MOST_MESSAGE, timeout_graceful_shutdown=GRACE,
        server_header=False))
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:  # uvicorn raises the signal again when it has ended in order
        pass
    finally:
        bound.close()


def url(host: str, port: int, token: str) -> str:
    """Return the address to open."""
    name = _own_address() if host in ('0.0.0.0', '::') else host
    name = f'[{name}]' if ':' in name else name
    return f'http://{name}:{port}/' + (f'?token={token}' if token else '')


def _bind(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address. Raises BadInput."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind((host, port))
        except OSError:
            bound.close()
            raise
    except OverflowError as error:
        raise BadInput(f'--port is {port}; give 0 to 65535') from error
    except OSError as error:
        hint = ('give another --port' if error.errno == errno.EADDRINUSE
                else 'give an address of this computer, e.g. --host 127.0.0.1')
        raise BadInput(f'cannot serve on {host} port {port}: {error.strerror or error}; {hint}'
                       ) from error
    return bound


def _own_address() -> str:
    """Return the address under which others in the network see this computer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(('10.255.255.255', 1))  # chooses a way; nothing is sent
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
