# SPDX-License-Identifier: Apache-2.0
"""Curves of a run: a resumed one writes them on, and TensorBoard shows what the files hold."""

import sys

import pytest

from reasonseg_ros.cli.main import main
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.training.journal import EVENTS, LOG, LOSSES, Journal, rows


def write(journal: Journal, steps: range, evaluated: int) -> None:
    for step in steps:
        journal.losses(step, {'ce': 1 / step})
        if step == evaluated:
            journal.evaluation(step, {'cpu_seconds': 3, 'ce': 0.5, 'giou': 10.0 * step})
    journal.close()


def killed_and_resumed(folder, tensorboard: tuple[bool, bool]) -> None:
    """Eight steps, of which those after the fourth were lost; one row was written by half."""
    journal = Journal(folder, 0, tensorboard[0])
    journal.evaluation(0, {'cpu_seconds': 0, 'giou': 1.0})
    write(journal, range(1, 7), 6)
    with (folder / LOSSES).open('a') as file:
        file.write('{"step": 7, "ce"')
    write(Journal(folder, 4, tensorboard[1]), range(5, 9), 8)


def test_what_a_killed_run_wrote_after_its_last_save_is_forgotten(tmp_path) -> None:
    killed_and_resumed(tmp_path, (False, False))
    assert [*rows(tmp_path / LOSSES)] == [{'step': n, 'ce': 1 / n} for n in range(1, 9)]
    assert [(row['step'], row['giou']) for row in rows(tmp_path / LOG)] == [(0, 1.0), (8, 80.0)]
    assert not (tmp_path / EVENTS).exists()


def test_damaged_rows_are_said_in_one_line(tmp_path) -> None:
    (tmp_path / LOSSES).write_text('{"step": 1}\nx\n')
    with pytest.raises(BadRequest, match='losses.jsonl" is damaged'):
        Journal(tmp_path, 1)


@pytest.mark.parametrize('tensorboard', [(True, True), (False, True)])
def test_events_are_one_curve_whenever_they_were_asked_for(tmp_path, tensorboard) -> None:
    pytest.importorskip('tensorboard')
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    killed_and_resumed(tmp_path, tensorboard)
    shown = EventAccumulator(str(tmp_path / EVENTS)).Reload()
    assert set(shown.Tags()['scalars']) == {'loss/ce', 'val/giou'}
    curves = {tag: [(e.step, e.value) for e in shown.Scalars(tag)]
              for tag in ('loss/ce', 'val/giou')}
    assert curves['loss/ce'] == [(n, pytest.approx(1 / n)) for n in range(1, 9)]
    assert curves['val/giou'] == [(0, 1.0), (8, 80.0)]


def test_a_missing_package_is_said_before_anything_is_made(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, 'tensorboard', None)
    assert main(['train', 'lisa', '--preset', 'tiny', '--data', 'simulator', '--out',
                 str(tmp_path / 'out'), '--tensorboard']) == 1
    assert capsys.readouterr().err == (
        'reasonseg train: the Python module "tensorboard" is missing; pip install '
        '"reasonseg_ros[tensorboard]"\n')
    assert not (tmp_path / 'out').exists()
