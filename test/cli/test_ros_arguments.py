# SPDX-License-Identifier: Apache-2.0
"""Options become ROS parameters; ROS arguments pass through."""

import argparse

from reasonseg_ros.cli.ros_arguments import ros_arguments
from reasonseg_ros.cli.verb import sim


def test_options_that_were_not_given_leave_the_defaults_alone():
    assert ros_arguments({'seed': None, 'rate': None}, []) == []


def test_text_is_quoted_so_that_ros_does_not_guess_its_type():
    assert ros_arguments({'checkpoint': '12', 'seed': 3}, []) == [
        '--ros-args', '-p', 'checkpoint:="12"', '-p', 'seed:=3']


def test_ros_arguments_come_last_so_that_they_win():
    parser = argparse.ArgumentParser()
    sim.add_arguments(parser)
    args = parser.parse_args(['--seed', '3', '--ros-args', '-p', 'seed:=4', '-r', 'image:=/a'])
    assert ros_arguments({'seed': args.seed}, args.ros_args) == [
        '--ros-args', '-p', 'seed:=3', '-p', 'seed:=4', '-r', 'image:=/a']
