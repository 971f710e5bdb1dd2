# SPDX-License-Identifier: Apache-2.0
"""`reasonseg top`: what the terminal shows for reports, and what it says without a node."""

import io

import pytest
from rich.console import Console

from reasonseg_ros.cli.main import main
from reasonseg_ros.cli.verb import top
from reasonseg_ros.ros.reports import Level, Report

MODEL = Report('model', Level.OK, 'requests are served', {'device': 'cpu', 'weights (MB)': '20.0'})
CAMERA = Report('camera', Level.WARN, 'no image has arrived on /image', {'image lost': '0'})
QOS = Report('qos', Level.OK, 'no endpoint of another node was refused')


def shown(*reports: Report, silence: float = 0.0, width: int = 100) -> str:
    """Return what a terminal of this width shows."""
    console = Console(file=io.StringIO(), width=width)
    console.print(top.view('segmenter', reports, silence))
    return console.file.getvalue()


def test_each_component_has_its_state_sentence_and_figures():
    lines = [line.split('  ') for line in shown(MODEL, CAMERA, QOS).splitlines()]
    words = [[word.strip() for word in line if word.strip()] for line in lines]
    assert words == [
        ['segmenter'],
        ['component', 'state', 'what it says'],
        ['model', 'OK', 'requests are served'],
        ['device cpu, weights (MB) 20.0'],
        ['camera', 'WARN', 'no image has arrived on /image'],
        ['image lost 0'],
        ['qos', 'OK', 'no endpoint of another node was refused'],
    ]


def test_a_silent_node_is_said():
    assert shown(MODEL, silence=3.0).startswith('segmenter: nothing heard for 3 s')


def test_a_narrow_terminal_loses_no_words():
    told = shown(CAMERA, width=40)
    assert max(map(len, told.splitlines())) <= 40
    assert all(word in told for word in CAMERA.message.split())


def test_every_level_has_a_style():
    assert set(top.STYLES) == {level.name for level in Level}


def test_without_a_node_it_fails_with_the_next_step(monkeypatch, capsys):
    pytest.importorskip('rclpy')
    monkeypatch.setattr(top, 'PATIENCE', 0.1)
    assert main(['top', '--node', 'nobody']) == 1
    told = capsys.readouterr().err
    assert 'no node "nobody" has said anything on /diagnostics' in told
    assert 'reasonseg node' in told
