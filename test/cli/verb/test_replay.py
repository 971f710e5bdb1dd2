# SPDX-License-Identifier: Apache-2.0
"""`reasonseg replay` and `record`: every bad input is one line and exit code 2."""

import pytest

pytest.importorskip('rosbags')

from support.bags_made import IMAGE, REAL, REAL_DIALOGUES, paint, write_script
from support.fakes import FakeEngine

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.engines import registry

MASK = {'rle': {'size': [6, 8], 'counts': '48'}}


def _refused(capsys, *arguments) -> str:
    """Return the one line that a refused command says."""
    assert cli.main([*map(str, arguments)]) == 2
    text = capsys.readouterr().err
    assert text.count('\n') == 1
    assert text.startswith(f'reasonseg {arguments[0]}: ')
    return text


@pytest.mark.parametrize(('rounds', 'options', 'words'), [
    ([{'say': 'it'}], ('--image', '/nowhere'), '--image /nowhere is not in'),
    ([{'say': 'it'}], ('--slop', '-1'), '--slop is -1.0; expected seconds from 0'),
    ([{'say': 'it'}], ('--live', '--rate', '0'), '--rate is 0.0; expected a number above 0'),
    ([{'say': 'it'}], ('--attach',), '--attach and --rate are for a running node; add --live'),
    ([{'say': 'it'}], ('--engine', 'oracle'), 'engine "oracle" is unknown; choose one of'),
    ([{'say': 'it'}], ('--device', 'abacus'), 'device "abacus" is unknown'),
    ([{'say': 'it', 'time': 0.01}], (),
     'line 1, field dialogues[0].rounds[0].time: 0.01 s is before the first image'),
    ([{'say': 'it', 'time': 100}], (), 'after the end of the camera'),
    ([{'say': 'it', 'frame': 4}], (), 'image 4 is not there'),
    ([{'say': 'it', 'frame': 2}, {'say': 'it', 'frame': 1}], (), 'before the one above it'),
    ([{'say': 'it', 'targets': [MASK]}], (), 'the mask is 8x6, the images of the bag 32x24'),
    ([{'sya': 'it'}], (), 'field dialogues[0].rounds[0].sya: this field is unknown; did you mean'),
])
def test_bad_input_is_one_line_and_nothing_is_written(tmp_path, capsys, rounds, options, words):
    bag = paint(tmp_path / 'bag')
    script = write_script(tmp_path / 'talk.json', *rounds)
    said = _refused(capsys, 'replay', bag, script, '--out', tmp_path / 'out', *options)
    assert words in said
    assert not (tmp_path / 'out').exists()


def test_two_cameras_and_no_camera_are_one_line(tmp_path, capsys):
    script = write_script(tmp_path / 'talk.json', {'say': 'it'})
    two = paint(tmp_path / 'two', images_on=(IMAGE, '/other/image'))
    assert 'choose one with --image' in _refused(capsys, 'replay', two, script)
    none = paint(tmp_path / 'none', images_on=())
    assert 'has no colour image' in _refused(capsys, 'replay', none, script)


def test_a_bag_of_ros_1_is_one_line(tmp_path, capsys):
    (tmp_path / 'old.bag').write_bytes(b'#ROSBAG V2.0\n')
    said = _refused(capsys, 'replay', tmp_path / 'old.bag', tmp_path / 'talk.json')
    assert 'is a bag of ROS 1; convert it' in said


def test_the_recorded_bag_is_replayed_with_the_model_twice_the_same(tmp_path, capsys):
    pytest.importorskip('torch')
    for name in ('one', 'two'):
        assert cli.main(['replay', str(REAL), str(REAL_DIALOGUES), '--device', 'cpu', '--out',
                         str(tmp_path / name)]) == 0
    one, two = ((tmp_path / name / 'results.json').read_bytes() for name in ('one', 'two'))
    assert one == two
    assert 'rounds ended as expected' in capsys.readouterr().out


@pytest.fixture
def recorded(tmp_path):
    """A small bag of the simulator."""
    try:
        import reasonseg_ros.sim.rendering.renderer  # noqa: F401
    except (ImportError, ReasonSegError) as error:
        pytest.skip(str(error))
    arguments = ['record', str(tmp_path / 'bag'), '--width', '64', '--height', '48', '--rate', '4',
                 '--seconds', '2', '--dialogues', '2', '--rounds', '2', '--motion', '10']
    assert cli.main(arguments) == 0
    return tmp_path / 'bag'


def test_what_was_recorded_can_be_replayed_and_is_the_same_again(recorded, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, 'load', lambda *args: FakeEngine())
    script = recorded.with_name('bag.dialogues.json')
    assert cli.main(['replay', str(recorded), str(script), '--out', str(tmp_path / 'out')]) == 0
    before = (recorded / 'bag.mcap').read_bytes(), script.read_text()
    test_arguments = ['record', str(recorded), '--width', '64', '--height', '48', '--rate', '4',
                      '--seconds', '2', '--dialogues', '2', '--rounds', '2', '--motion', '10']
    assert cli.main([*test_arguments, '--overwrite']) == 0
    assert ((recorded / 'bag.mcap').read_bytes(), script.read_text()) == before


@pytest.mark.parametrize(('options', 'words'), [
    (('--rate', '0'), '--rate is 0.0; expected 0.1 to 1000'),
    (('--rate', 'nan'), '--rate is nan; expected 0.1 to 1000'),
    (('--seconds', 'inf'), '--seconds is inf; expected 0.1 to 3600'),
    (('--width', '100000'), '--width is 100000; expected 16 to 4096'),
    (('--seconds', '1', '--rate', '1', '--dialogues', '10'),
     '1 s at 1 Hz are 1 images, too few for 10 dialogues of 6 rounds, which need one each; give '
     '--seconds 60 or more')])
def test_record_refuses_what_cannot_be(tmp_path, capsys, options, words):
    pytest.importorskip('mujoco')
    assert words in _refused(capsys, 'record', tmp_path / 'bag', *options)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize('name', ['.', '..', '/'])
def test_record_refuses_a_name_that_is_no_new_folder(name, capsys):
    assert 'names no new folder' in _refused(capsys, 'record', name)


def test_record_deletes_nothing_unless_it_is_told_to(tmp_path, capsys):
    pytest.importorskip('mujoco')
    script = tmp_path / 'bag.dialogues.json'
    script.write_text('mine')
    assert f'{script} exists; choose another name' in _refused(capsys, 'record', tmp_path / 'bag')
    script.unlink()
    paint(tmp_path / 'bag')
    assert 'or give --overwrite' in _refused(capsys, 'record', tmp_path / 'bag')
    (tmp_path / 'bag' / 'notes.txt').write_text('mine')
    said = _refused(capsys, 'record', tmp_path / 'bag', '--overwrite')
    assert 'holds more than a bag of this program' in said
    assert len([*(tmp_path / 'bag').iterdir()]) == 3
    assert not script.exists()


def test_bench_bag_says_how_much_faster_than_real_time(capsys):
    assert cli.main(['bench', 'bag', '--bag', str(REAL)]) == 0
    assert 'times real time), read and decoded in' in capsys.readouterr().out
    assert '--bag is missing' in _refused(capsys, 'bench', 'bag')
