# SPDX-License-Identifier: Apache-2.0
"""Options of a verb as ROS parameters. Does not import ROS.

A verb offers its most used parameters as options; everything else goes through `--ros-args`, as
for any ROS executable.
"""

import argparse
import json
from collections.abc import Mapping


def add_ros_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--ros-args`, which takes the rest of the line."""
    parser.add_argument('--ros-args', nargs=argparse.REMAINDER, default=[], metavar='...',
                        help='ROS arguments up to the end, e.g. -r image:=/camera/image_raw')


def ros_arguments(parameters: Mapping[str, str | int | float | None],
                  rest: list[str]) -> list[str]:
    """Return ROS arguments that set parameters; those that are None keep their defaults.

    `rest` comes last, so that it wins.
    """
    given = [text for name, value in parameters.items() if value is not None
             for text in ('-p', f'{name}:={json.dumps(value)}')]
    return ['--ros-args', *given, *rest] if given or rest else []
