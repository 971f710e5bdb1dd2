# SPDX-License-Identifier: Apache-2.0
"""`reasonseg node`: the segmenter without launch files; the same as the executable `segmenter`."""

import argparse

from reasonseg_ros.cli.ros_arguments import add_ros_arguments, ros_arguments
from reasonseg_ros.engines.registry import DEFAULT


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg node` takes."""
    parser.add_argument('--engine', help=f'model that answers ({DEFAULT})')
    parser.add_argument('--checkpoint', metavar='FILE', help="weights (the package's own)")
    parser.add_argument('--device', help='auto, cpu, cuda, cuda:1, ...')
    parser.add_argument('--resolver', choices=('rules', 'server', 'local'),
                        help='who reads sentences for engine grounded (rules)')
    parser.add_argument('--resolver-url', metavar='URL',
                        help='its OpenAI-compatible server, e.g. http://localhost:8000/v1')
    add_ros_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Run the node until it is told to stop."""
    from reasonseg_ros.ros.main import main as run
    given = {'engine': args.engine, 'checkpoint': args.checkpoint, 'device': args.device,
             'resolver': args.resolver, 'resolver_url': args.resolver_url}
    return run(ros_arguments(given, args.ros_args))
