# SPDX-License-Identifier: Apache-2.0
"""`reasonseg bench`: which figures count, how they are ranked, and what it refuses to measure."""

import json

import pytest

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.verb.bench import percentile
from reasonseg_ros.ros.measure import node as bench_node
from reasonseg_ros.ros.measure.node import NodeCost, Trip


@pytest.mark.parametrize('values, percent, expected', [
    (range(1, 101), 95, 95), (range(1, 101), 50, 50), (range(1, 21), 99, 20), ([3, 1, 2], 50, 2),
    ([4, 1, 3, 2], 50, 2), ([7], 1, 7)])
def test_a_percentile_is_the_nearest_rank(values, percent, expected):
    assert percentile(values, percent) == expected


@pytest.mark.parametrize('arguments, text', [
    (['engine', '--rounds', '0'], '--rounds is 0; "bench engine" needs at least 1'),
    (['node', '--rounds', '1'], '--rounds is 1; "bench node" needs at least 2'),
    (['engine', '--repeats', '0'], '--repeats is 0; at least 1 dialogue is needed')])
def test_an_impossible_amount_is_refused_in_one_line(arguments, text, capsys):
    assert cli.main(['bench', *arguments]) == 2
    assert capsys.readouterr().err == f'reasonseg bench: {text}\n'


def test_the_report_of_a_node_says_what_was_left_out(monkeypatch, tmp_path, capsys):
    trips = [Trip(1, 9.0, 1.0, 0.01), Trip(2, 0.03, 0.01, 0.02), Trip(3, 0.05, 0.01, 0.03)]
    monkeypatch.setattr(bench_node, 'measure',
                        lambda *args: NodeCost(trips, {'BUSY': 3}, 1.5, 0.125))
    path = tmp_path / 'bench.json'
    assert cli.main(['bench', 'node', '--json', str(path)]) == 0
    said = capsys.readouterr().out
    assert '3 BUSY' in said and 'active: 1.5 s; intake alone: 12 %' in said
    record = json.loads(path.read_text())
    assert len(record['trips']) == 3 and record['refused'] == {'BUSY': 3}


def test_the_report_of_live_things_says_what_they_and_requests_cost(monkeypatch, capsys):
    from reasonseg_ros.ros.measure import live
    phase = live.Phase([0.1, 0.2], [0.03], {'BUSY': 1}, 0.5, 2.0)
    monkeypatch.setattr(live, 'measure', lambda *args: live.LiveCost(
        10, phase, phase, 0.1, 0.25, 9.5, 8.0, [0.04]))
    assert cli.main(['bench', 'live']) == 0
    said = capsys.readouterr().out
    assert 'beside 10 things' in said and '9.5 a second, 8.0 among requests' in said
    assert '200 ms alone, 125 ms beside' in said
    assert '1 BUSY' in said and 'named, beside' in said
    assert cli.main(['bench', 'live', '--rounds', '100']) == 2
    assert '"bench live" asks 4 to 80 requests' in capsys.readouterr().err


def test_a_node_that_answers_nothing_is_not_measured(monkeypatch, capsys):
    monkeypatch.setattr(bench_node, 'measure',
                        lambda *args: NodeCost([], {'STALE_IMAGE': 16}, 1.5, 0.1))
    assert cli.main(['bench', 'node']) == 1
    assert '16 STALE_IMAGE' in capsys.readouterr().err
