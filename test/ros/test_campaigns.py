# SPDX-License-Identifier: Apache-2.0
"""Promises under kills, bursts and load: short forms. `make soak` runs the long ones.

REASONSEG_SOAK is how many minutes the soak takes, with the real model; the others grow with it.
"""

import os
import sys

import pytest

pytest.importorskip('rclpy')

from support import campaigns

MINUTES = float(os.environ.get('REASONSEG_SOAK', '0'))
LONG_FORM = MINUTES > 0
KILLS = 200 if LONG_FORM else 2
BURST, BURSTS = (50, 20) if LONG_FORM else (6, 1)
TURNS = 20.0 if LONG_FORM else 2.0  # seconds
SENTENCES = 'the mug', 'the red thing', 'the bottle', 'all the things'


def tell(name: str, figures: dict[str, float]) -> None:
    """Print the figures where `make soak` shows them."""
    text = ', '.join(f'{key} {value:.4g}' for key, value in figures.items())
    sys.stdout.write(f'\n{name}: {text}\n')


def test_a_killed_node_has_every_acknowledged_round_and_gives_no_id_twice(tmp_path):
    figures = campaigns.kills(tmp_path, KILLS)
    tell('kills', figures)
    assert figures['acknowledged'] > 0


def test_every_request_and_goal_of_a_burst_is_answered_and_clients_take_turns(tmp_path):
    figures = campaigns.bursts(tmp_path, BURST, BURSTS, TURNS)
    tell('bursts', figures)
    assert figures['least served'] > 0
    if LONG_FORM:
        assert figures['least served'] > 0.5 * figures['most served']


def test_dialogues_with_listeners_on_everything_leave_nothing_behind(tmp_path):
    if LONG_FORM:
        figures = campaigns.soak(
            tmp_path, MINUTES, program='reasonseg_ros.ros.main', sentences=SENTENCES,
            camera=('sim', '--split', 'test', '--rate', '30'))
    else:
        figures = campaigns.soak(tmp_path, 0, full=8)
    tell('soak', figures)
    assert figures['descriptors more'] <= 2
    if LONG_FORM:
        assert figures['late to early'] < 1.2
        assert figures['threads more'] <= 2
        assert figures['memory slope (MB/h)'] < 1.0
