# SPDX-License-Identifier: Apache-2.0
"""The regression gate lets noise and small losses pass, names what dropped, and refuses others."""

from dataclasses import replace

import pytest
from support.runs import made_up

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.reports.tables import dropped, undecided

BASELINE = made_up()


def test_the_same_run_and_a_better_one_pass() -> None:
    assert dropped(BASELINE, BASELINE, 0.0) == []
    assert dropped(BASELINE, made_up(level=0.9), 0.0) == []


def test_another_draw_of_the_same_quality_passes() -> None:
    assert dropped(BASELINE, made_up(seed=1), 0.01) == []


def test_a_worse_run_is_told_in_one_line_for_each_figure() -> None:
    lines = dropped(BASELINE, made_up(level=0.6), 0.01)
    named = [line.split(' went from ')[0] for line in lines]
    assert {'gIoU per target', 'cIoU per target', 'boxes with IoU > 0.5'} <= set(named)
    assert len(named) == len(set(named)) and all('\n' not in line for line in lines)
    assert 'false refusals' not in named


def test_a_loss_within_the_tolerance_passes_although_it_is_significant() -> None:
    slightly = made_up(level=0.77)
    assert any('gIoU' in line for line in dropped(BASELINE, slightly, 0.0))
    assert dropped(BASELINE, slightly, 0.06) == []


def test_a_drop_over_three_dialogues_is_not_judged() -> None:
    few, worse = made_up(dialogues=3), made_up(dialogues=3, level=0.5)
    assert dropped(few, worse, 0.01) == []
    lines = undecided(few, worse, 0.01)
    assert any(line.startswith('gIoU per target went from') for line in lines)
    assert all(line.endswith('too few dialogues, at least 8 are needed') for line in lines)


@pytest.mark.parametrize(('run', 'why'), [
    (replace(BASELINE, benchmark='mmr'), 'benchmark "tabletop", this run "mmr"'),
    (replace(BASELINE, protocol=Protocol('truth')), 'protocol "predicted history'),
    (replace(BASELINE, rounds=BASELINE.rounds[5:]), '100 rounds, this run 95, and 95 of them')])
def test_a_baseline_of_another_kind_is_refused(run, why) -> None:
    with pytest.raises(BadInput, match=why):
        dropped(BASELINE, run, 0.01)
