# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval tabletop` measures the embedded model, holds it to its baseline, says why."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.results import gate
from reasonseg_ros.cli.verb import eval_tabletop
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.evaluation.figures import right
from reasonseg_ros.evaluation.records import load
from reasonseg_ros.evaluation.tabletop_runs import Cost
from reasonseg_ros.reports.protocols import settings
from reasonseg_ros.sim.dialogues.mr_tabletop import SUBSETS, VERSION

# Made by the arguments of SLICE; after a new model: copy its results.json here.
BASELINE = Path(__file__).parents[2] / 'data' / 'tabletop_baseline.json'
SLICE = ['eval', 'tabletop', '--first-scene', '500', '--scenes', '8', '--rounds', '6', '--size',
         '320x240', '--device', 'cpu']
TOLERANCE = '5'  # percentage points, for other builds of torch and other renderers


@pytest.fixture(scope='module')
def measured(tmp_path_factory):
    """The slice, run once against the baseline: (exit code, folder)."""
    try:
        from reasonseg_ros.sim.rendering.renderer import camera_renderer
        camera_renderer(64, 48).close()
    except (ImportError, ReasonSegError) as error:
        pytest.skip(f'the tabletop cannot be drawn here: {error}')
    folder = tmp_path_factory.mktemp('eval')
    code = cli.main([*SLICE, '--out', str(folder), '--against', str(BASELINE), '--tolerance',
                     TOLERANCE])
    return code, folder


def test_the_embedded_model_is_no_worse_than_its_baseline(measured) -> None:
    code, folder = measured
    assert code == 0, f'figures dropped; compare: reasonseg report {BASELINE} results.json'
    assert {r.dialogue for r in load(folder / 'results.json').rounds} == {
        f'scene-{i:04d}' for i in range(500, 508)}


def test_every_round_has_its_image_and_the_report_holds_them(measured) -> None:
    _, folder = measured
    rounds = load(folder / 'results.json').rounds
    assert all((folder / r.picture).is_file() for r in rounds)
    assert (folder / 'report.html').read_text().count('class="shot"') == len(rounds)


def test_the_probe_of_the_memory_can_be_compared_as_two_runs(measured) -> None:
    _, folder = measured
    memory, blank = (load(folder / f'other-{name}' / 'results.json')
                     for name in ('on', 'blank'))
    assert memory.rounds and len(memory.rounds) == len(blank.rounds)


def test_a_worse_model_ends_with_1_and_names_what_dropped(measured, capsys) -> None:
    _, folder = measured
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
    assert '--tolerance is -1; give percentage points, 0 to 100' in second


def test_the_baseline_says_how_it_was_made() -> None:
    made = json.loads(BASELINE.read_text())
    assert made['data'].startswith(f'mr-tabletop-{VERSION}/')
    assert made['options'] == {
        'split': 'test', 'scenes': 8, 'first_scene': 500, 'rounds': 6, 'seed': 0,
        'templates': 'unseen', 'speech': 'plain', 'memory': 'on', 'size': '320x240',
        'look': 'usual', 'renderer': 'mujoco'}


def test_every_round_of_the_benchmark_is_in_exactly_one_subset(measured) -> None:
    for record in load(measured[1] / 'results.json').rounds:
        named = [tag.removeprefix('subset:') for tag in record.tags if tag.startswith('subset:')]
        assert len(named) == 1 and named[0] in SUBSETS


def test_what_it_cost_is_said_and_not_recorded(measured, capsys) -> None:
    _, folder = measured
    assert 'seconds' not in (folder / 'results.json').read_text()
    cost = Cost()
    cost.hear({'vision': 0.03, 'total': 0.09})
    cost.hear({'total': 0.04})
    assert 'first round p50 90 ms (1), later round p50 40 ms (1)' in str(cost)


def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(measured, tmp_path) -> None:
    _, folder = measured
    whole = (folder / 'shard-1-of-1.jsonl').read_text().splitlines(keepends=True)
    (tmp_path / 'shard-1-of-1.jsonl').write_text(''.join(whole[:7]) + whole[7][:40])
    for probe in ('other-on', 'other-blank'):
        shutil.copytree(folder / probe, tmp_path / probe)
    assert cli.main([*SLICE, '--out', str(tmp_path), '--no-pictures']) == 0
    found = load(tmp_path / 'results.json').rounds
    assert [replace(r, picture='') for r in load(folder / 'results.json').rounds] == [
        replace(r, picture='') for r in found]


def test_a_folder_with_another_run_is_refused(measured, capsys) -> None:
    _, folder = measured
    assert cli.main([*SLICE, '--out', str(folder), '--history', 'truth']) == 2
    assert 'choose another folder with --out' in capsys.readouterr().err


@pytest.mark.parametrize(('options', 'why'), [
    (['--size', '64x48'], '"64x48" is no size from 320x240 to 1920x1080'),
    (['--size', 'large'], '"large" is no size'),
    (['--look', 'foggy'], "invalid choice: 'foggy'"),
    (['--scenes', '0'], '--scenes is 0; give 1 or more'),
    (['--permute', '-2'], '--permute is -2; give 0 or more'),
    (['--first-scene', '-1'], '--first-scene is -1; give 0 or more'),
    (['--all-protocols', '--check'], 'give --against and --check with a single run')])
def test_options_that_make_no_sense_are_refused_in_one_line(options, why, capsys) -> None:
    try:
        code = cli.main(['eval', 'tabletop', *options])
    except SystemExit as error:
        code = error.code
    said = capsys.readouterr().err
    assert code == 2 and why in said and said.count('\n') == 1


def test_all_protocols_stand_side_by_side(measured, tmp_path, capsys, monkeypatch) -> None:
    chosen = ('as on a robot', 'true history', 'order permuted', 'renderer: pybullet')
    monkeypatch.setattr(eval_tabletop, 'settings', lambda base: {
        name: setting for name, setting in settings(base).items() if name in chosen})
    monkeypatch.setitem(sys.modules, 'pybullet', None)
    monkeypatch.delitem(sys.modules, 'reasonseg_ros.sim.rendering.bullet', raising=False)
    assert cli.main(['eval', 'tabletop', '--scenes', '2', '--rounds', '3', '--size', '320x240',
                     '--device', 'cpu', '--all-protocols', '--out', str(tmp_path)]) == 0
    said, page = capsys.readouterr().out, (tmp_path / 'protocols.html').read_text()
    for name in chosen[:3]:
        assert f'{name}  ' in said and f'<td>{name}</td>' in page
    assert 'left out: renderer: pybullet: pybullet is missing' in said
    truth = load(tmp_path / 'true-history' / 'results.json')
    assert truth.protocol.history == 'truth'
    assert load(tmp_path / 'order-permuted' / 'results.json').protocol.order == 1


@pytest.mark.parametrize('options, said', [
    (['--eyes', 'truth'], '--version 3'), (['--version', '3', '--history', 'truth'], '--history'),
    (['--version', '3', '--speech', 'typos'], '--speech'), (['--version', '3', '--check'], '2')])
def test_what_a_version_does_not_have_is_refused_in_one_line(options, said, capsys) -> None:
    assert cli.main(['eval', 'tabletop', *options]) == 2
    line, = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.parametrize('options, said', [
    (['--world', 'household'], '--world household is for version 3'),
    (['--version', '3', '--look', 'dark'], '--look and --renderer are for the simulated tabletop'),
    (['--depth', 'given', '--renderer', 'pybullet'], '--depth given is for --renderer mujoco')])
def test_options_of_another_world_are_refused(options, said, capsys) -> None:
    assert cli.main(['eval', 'tabletop', *options]) == 2
    assert said in capsys.readouterr().err


def test_the_logic_of_grounded_is_measured_with_the_truth_for_eyes(tmp_path, capsys) -> None:
    asked = ['eval', 'tabletop', '--engine', 'grounded', '--eyes', 'truth', '--split', 'val',
             '--scenes', '2', '--rounds', '4', '--size', '320x240', '--no-pictures', '--out',
             str(tmp_path)]
    assert cli.main(asked) == 0
    said = capsys.readouterr().out
    assert 'grounded@perfect-eyes+rules' in said and 'eyes truth' in said
    assert 'processor time of a later round p50' in said
    run = load(tmp_path / 'results.json')
    assert sum(map(right, run.rounds)) >= 7
    assert cli.main([*asked, '--checkpoint', 'some.safetensors']) == 2
    assert '--checkpoint is for eyes that look' in capsys.readouterr().err
