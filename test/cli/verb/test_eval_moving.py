# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval moving` from its options to its table."""

import json

import pytest

pytest.importorskip('reasonseg_ros.sim.rendering.gl')  # it chooses how MuJoCo draws

from reasonseg_ros.cli import main as cli


def test_a_sequence_is_drawn_judged_and_read_again(tmp_path, capsys):
    asked = ['eval', 'moving', '--scenes', '1', '--first-scene', '5', '--events', 'jump',
             '--no-dialogues', '--frames', str(tmp_path / 'frames'), '--out']
    assert cli.main([*asked, str(tmp_path / 'on')]) == 0
    said = capsys.readouterr().out
    assert 'masks after the motion, median IoU' in said and 'id switches' in said
    kept, = (tmp_path / 'frames').iterdir()
    assert kept.name == 'tabletop-test-0005-jump-320x240-v1.npz'
    plain = json.loads((tmp_path / 'on' / 'results.json').read_text())
    assert plain['options']['tf'] == 'on' and plain['engine'] == 'truth'
    assert plain['rounds'][0]['counts']['id_switches'][1] > 0
    assert (tmp_path / 'on' / plain['rounds'][0]['picture']).exists()
    written = kept.stat().st_mtime_ns
    assert cli.main([*asked, str(tmp_path / 'off'), '--depth', 'off', '--no-tf', '--against',
                     str(tmp_path / 'on' / 'results.json')]) == 0
    assert 'depth off' in capsys.readouterr().out
    assert kept.stat().st_mtime_ns == written


def test_an_event_that_does_not_exist_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(['eval', 'moving', '--events', 'arc,dance'])
    assert ended.value.code == 2
    assert '"dance" is no event; choose from arc, hand, jump' in capsys.readouterr().err
