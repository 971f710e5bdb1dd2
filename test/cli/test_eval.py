# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval tabletop` measures the embedded model, holds it to its baseline, says why."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.results import gate
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.evaluation.records import load

# Made by the arguments of SLICE; after a new model: copy its results.json here.
BASELINE = Path(__file__).parents[1] / 'data' / 'tabletop_baseline.json'
SLICE = ['eval', 'tabletop', '--first-scene', '500', '--scenes', '8', '--rounds', '6', '--width',
         '320', '--height', '240', '--device', 'cpu']
TOLERANCE = '5'  # points of percent, for other builds of torch and other renderers


@pytest.fixture(scope='module')
def held(tmp_path_factory):
    """The slice held once, against the baseline: (exit code, folder)."""
    try:
        from reasonseg_ros.sim.renderer import camera_renderer
        camera_renderer(64, 48).close()
    except (ImportError, ReasonSegError) as error:
        pytest.skip(f'the tabletop cannot be drawn here: {error}')
    folder = tmp_path_factory.mktemp('eval')
    code = cli.main([*SLICE, '--out', str(folder), '--against', str(BASELINE), '--tolerance',
                     TOLERANCE])
    return code, folder


def test_the_embedded_model_is_no_worse_than_its_baseline(held) -> None:
    code, folder = held
    assert code == 0, f'figures dropped; compare: reasonseg report {BASELINE} results.json'
    assert {r.dialogue for r in load(folder / 'results.json').rounds} == {
        f'scene-{i:04d}' for i in range(8)}


def test_every_round_has_its_picture_and_the_report_holds_them(held) -> None:
    _, folder = held
    rounds = load(folder / 'results.json').rounds
    assert all((folder / r.picture).is_file() for r in rounds)
    assert (folder / 'report.html').read_text().count('class="shot"') == len(rounds)


def test_the_probe_of_the_memory_can_be_compared_as_two_runs(held) -> None:
    _, folder = held
    memory, blank = (load(folder / f'other-{name}.json') for name in ('memory', 'blank'))
    assert memory.rounds and len(memory.rounds) == len(blank.rounds)


def test_a_worse_model_ends_with_1_and_names_what_dropped(held, capsys) -> None:
    _, folder = held
    run = load(folder / 'results.json')
    blind = replace(run, rounds=tuple(
        replace(r, status='NOTHING_FOUND', union_intersection=0,
                targets=tuple(replace(t, intersection=0, box_iou=0.0) for t in r.targets))
        for r in run.rounds))
    assert gate(run, blind, 1.0) == 1
    said = capsys.readouterr().out
    assert 'dropped: object cIoU went from' in said and 'dropped: false refusals went' in said


def test_bad_input_is_refused_before_the_work(tmp_path, capsys) -> None:
    assert cli.main([*SLICE, '--against', str(tmp_path / 'none.json')]) == 2
    assert cli.main([*SLICE, '--against', str(BASELINE), '--tolerance', '-1']) == 2
    assert cli.main(['eval', 'tabletop', '--scenes', '0']) == 2
    first, second, third = capsys.readouterr().err.splitlines()
    assert '--scenes is 0; give 1 or more' in third
    assert 'none.json does not exist' in first
    assert '--tolerance is -1; give points of percent, 0 to 100' in second


def test_the_baseline_says_how_it_was_made() -> None:
    made = json.loads(BASELINE.read_text())
    assert made['options'] == {'split': 'test', 'scenes': 8, 'first_scene': 500, 'rounds': 6,
                               'seed': 0, 'size': '320x240'}
