# SPDX-License-Identifier: Apache-2.0
"""`reasonseg sim`: the simulated RGB-D camera on ROS 2 topics."""

import argparse

from reasonseg_ros.cli.ros_arguments import add_ros_arguments, ros_arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg sim` takes; the names are those of the camera's parameters."""
    parser.add_argument('--world', help='whose scenes: tabletop, or household, which is drawn by '
                                        'rays (extra "household") (tabletop)')
    parser.add_argument('--split', help='scenes of which split: train, val, test (test)')
    parser.add_argument('--seed', type=int, help='which scene')
    parser.add_argument('--rate', type=float, metavar='HZ', help='images per second (10)')
    parser.add_argument('--width', type=int, metavar='PIXELS', help='width of the images (640)')
    parser.add_argument('--height', type=int, metavar='PIXELS', help='height of the images (480)')
    parser.add_argument('--motion', type=float, metavar='DEGREES',
                        help='swing of the camera to each side; 0 = it stands still (0); of the '
                             'household it steps between 5 views, drawn before the first image')
    parser.add_argument('--move', metavar='EVENT',
                        help='what happens, over and over, drawn before the first image, with the '
                             'camera on /tf: arc, hand, jump, push, remove, hand-over, lookalike, '
                             'lights; see docs/evaluation.md')
    add_ros_arguments(parser)


def main(args: argparse.Namespace) -> int:
    """Publish images until told to stop."""
    from reasonseg_ros.ros import dds
    dds.require_ros()  # before the next import, which would fail without a word of help
    from reasonseg_ros.ros.sim_camera import main as run
    names = ('world', 'split', 'seed', 'rate', 'width', 'height', 'motion', 'move')
    return run(ros_arguments({name: getattr(args, name) for name in names}, args.ros_args))
