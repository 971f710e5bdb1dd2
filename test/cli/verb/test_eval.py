# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval DATASET` from the file of folders to results.json, and what it says."""

import json
import sys
from pathlib import Path

import pytest
from support import benchmark_files as files
from support.fakes import FakeEngine

from reasonseg_ros.cli import main as cli
from reasonseg_ros.evaluation import jobs
from reasonseg_ros.evaluation.records import load


@pytest.fixture
def data(tmp_path: Path, monkeypatch) -> Path:
    """The file of folders, with the fake engine in place of every other."""
    monkeypatch.setattr(jobs, 'load', lambda *_: FakeEngine())
    return files.write_all(tmp_path / 'data')


def evaluate(data: Path, out: Path, name: str = 'mr-refcoco', *options: str) -> int:
    return cli.main(['eval', name, '--data', str(data), '--out', str(out), *options])


def said(capsys) -> str:
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_protocol_is_said_first_and_stands_in_the_results(data, tmp_path, capsys):
    assert evaluate(data, tmp_path / 'out', 'mr-refcoco', '--history', 'truth', '--frame',
                    'padded-1024', '--order', '3') == 0
    first = said(capsys).splitlines()[0]
    assert 'truth history, free answers, padded-1024 frame, order permuted (seed 3)' in first
    run = load(tmp_path / 'out/results.json')
    assert str(run.protocol) in first and run.benchmark == 'mr-refcoco'
    assert run.options['conversations'] == 2 and run.options['split'] == 'val'
    assert all(0.7 < r.targets[0].iou < 1 for r in run.rounds)  # scaled edges are no plain colour


@pytest.mark.parametrize('frame', ['native', 'padded-1024'])
def test_nciou_is_measured_on_images_of_their_own_shape(data, tmp_path, frame):
    assert evaluate(data, tmp_path, 'reasonseg', '--frame', frame) == 0
    assert ('ncIoU' in (tmp_path / 'report.md').read_text()) is (frame == 'native')


def test_a_switch_goes_over_the_preset(data, tmp_path):
    assert evaluate(data, tmp_path, 'mmr', '--preset', 'paper', '--answers', 'free') == 0
    run = load(tmp_path / 'results.json')
    assert (run.protocol.answers, run.protocol.frame) == ('free', 'native')
    assert run.options['wording'] == 'lisa' and run.options['preset'] == 'paper'


def test_the_counting_of_the_paper_is_said_and_kept(data, tmp_path, capsys):
    assert evaluate(data, tmp_path / 'a', 'reasonseg') == 0
    assert 'counting' not in load(tmp_path / 'a/results.json').options
    assert evaluate(data, tmp_path / 'b', 'reasonseg', '--counting', 'segllm') == 0
    assert load(tmp_path / 'b/results.json').options['counting'] == 'segllm'
    assert 'counting segllm' in (tmp_path / 'b/report.md').read_text()


def test_the_first_conversations_are_enough_for_a_quick_look(data, tmp_path):
    assert evaluate(data, tmp_path, 'refcoco', '--limit', '2') == 0
    assert [r.dialogue for r in load(tmp_path / 'results.json').rounds] == ['10', '11']


def test_the_report_lies_beside_the_results(data, tmp_path, capsys):
    assert evaluate(data, tmp_path, 'mmr') == 0
    assert {p.name for p in tmp_path.glob('*.*')} >= {
        'report.html', 'report.md', 'figures.csv', 'rounds.csv', 'results.json'}
    assert 'free answers' in (tmp_path / 'report.md').read_text()


def test_a_drop_over_few_conversations_is_told_and_not_judged(data, tmp_path, monkeypatch, capsys):
    class Blind(FakeEngine):
        def open(self, frame, memory=True):
            return super().open(type(frame)(0 * frame.rgb), memory)
    assert evaluate(data, tmp_path / 'good', 'refcoco') == 0
    monkeypatch.setattr(jobs, 'load', lambda *_: Blind())
    assert evaluate(data, tmp_path / 'bad', 'refcoco', '--against',
                    str(tmp_path / 'good/results.json')) == 0
    assert 'not judged: ' in said(capsys)


def test_shards_in_one_folder_are_joined_by_the_last(data, tmp_path, capsys):
    assert evaluate(data, tmp_path / 'whole', 'refcoco') == 0
    assert evaluate(data, tmp_path / 'parts', 'refcoco', '--shard', '2/2') == 0
    assert 'when the others are' in said(capsys)
    assert not (tmp_path / 'parts/results.json').exists()
    assert evaluate(data, tmp_path / 'parts', 'refcoco', '--shard', '1/2') == 0
    whole, parts = ((tmp_path / n / 'results.json').read_bytes() for n in ('whole', 'parts'))
    assert whole == parts


def test_shards_of_several_machines_are_joined_with_their_images(data, tmp_path, capsys):
    for number in ('1', '2'):
        evaluate(data, tmp_path / number, 'refcoco', '--shard', f'{number}/2')
    first = str(tmp_path / '1')
    assert evaluate(data, tmp_path / 'all', 'refcoco', '--join', first) == 2
    assert 'not complete; finish the others' in said(capsys)
    assert evaluate(data, tmp_path / 'all', 'refcoco', '--join', first, str(tmp_path / '2')) == 0
    run = load(tmp_path / 'all/results.json')
    assert all((tmp_path / 'all' / r.picture).is_file() for r in run.rounds)


def test_images_are_drawn_for_as_many_conversations_as_wanted(data, tmp_path):
    assert evaluate(data, tmp_path, 'refcoco', '--pictures', '1') == 0
    run = load(tmp_path / 'results.json')
    assert [r.picture for r in run.rounds[:2]] == ['pictures/10-01.jpg', '']
    with files.Image.open(tmp_path / run.rounds[0].picture) as image:
        assert image.size == (files.WIDTH, files.HEIGHT)


def test_a_bad_image_is_reported_and_counted(data, tmp_path, capsys):
    (data.parent / 'ReasonSeg/val/1.jpg').write_bytes(b'nothing')
    assert evaluate(data, tmp_path, 'reasonseg') == 0
    assert 'left out: 1 of 2 conversations: image' in said(capsys)
    assert 'left out: 1 of 2' in (tmp_path / 'report.md').read_text()


def test_a_run_in_which_no_image_can_be_used_is_an_error(data, tmp_path, capsys):
    (data.parent / 'train2014/COCO_train2014_000000000001.jpg').unlink()
    assert evaluate(data, tmp_path, 'refcoco') == 2
    assert 'no image could be used' in said(capsys) and not (tmp_path / 'results.json').exists()


@pytest.mark.parametrize('options, named', [
    (('--answers', 'forced'), 'cannot be given the right ones'),
    (('--split', 'train'), 'conversations_folder of SegLLM')])
def test_what_cannot_be_done_is_one_line_and_exit_code_2(data, tmp_path, capsys, options, named):
    assert evaluate(data, tmp_path, 'mr-refcoco', *options) == 2
    captured = capsys.readouterr()
    assert named in captured.err and captured.err.count('\n') == 1


@pytest.mark.parametrize('options', [
    ('--shard', '3/2'), ('--shard', 'x'), ('--limit', '0'), ('--pictures', '-1'),
    ('--history', 'none'), ('--split', 'dev'), ('--shard', '1/2', '--ray', 'local')])
def test_a_bad_option_is_one_line_and_exit_code_2(data, tmp_path, capsys, options):
    with pytest.raises(SystemExit) as ended:
        evaluate(data, tmp_path, 'refcoco', *options)
    assert ended.value.code == 2 and capsys.readouterr().err.count('\n') == 1


def test_without_ray_the_line_says_what_to_install(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    assert evaluate(data, tmp_path, 'refcoco', '--ray', 'local') == 2
    assert 'pip install "reasonseg_ros[ray]", or use --shard' in said(capsys)


def test_a_run_over_ray_gives_the_bytes_of_one_process(data, tmp_path, monkeypatch):
    pytest.importorskip('ray', reason='Ray is an optional extra')
    monkeypatch.undo()  # workers are processes of their own: they load the embedded model
    monkeypatch.setenv('RAY_USAGE_STATS_ENABLED', '0')
    for name, options in (('one', ()), ('ray', ('--ray', 'local'))):
        assert evaluate(data, tmp_path / name, 'refcoco', '--preset', 'paper', *options) == 0
    one, ray = ((tmp_path / name / 'results.json').read_bytes() for name in ('one', 'ray'))
    assert one == ray and json.loads(one)['rounds']
