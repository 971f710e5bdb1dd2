# SPDX-License-Identifier: Apache-2.0
"""`reasonseg web`: a page in the browser to talk to a running node and see what it sees."""

import argparse

from reasonseg_ros.cli.text import say
from reasonseg_ros.cli.verb.ask import add_node_names
from reasonseg_ros.core.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg web` takes."""
    parser.add_argument('--host', default='127.0.0.1', metavar='ADDRESS',
                        help='address to serve on; any other than the loopback one, e.g. 0.0.0.0, '
                             'asks for the token that is printed with it (127.0.0.1)')
    parser.add_argument('--port', type=int, default=8080, help='0 = any that is free (8080)')
    add_node_names(parser)
    parser.add_argument('--rate', type=float, default=10.0, metavar='HZ',
                        help='live images per second, at most (10)')


def main(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    if not 0.1 <= args.rate <= 60:
        raise BadInput(f'--rate is {args.rate:g}; give 0.1 to 60 images per second')
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.web.robot import Robot
    from reasonseg_ros.web.server import serve
    serve(Robot(args.node, args.dialogue, args.camera), args.host, args.port, args.rate, say)
    return 0
