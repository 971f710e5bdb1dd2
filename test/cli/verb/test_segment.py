# SPDX-License-Identifier: Apache-2.0
"""`reasonseg segment`: rounds on an image file, what it writes, and bad input in one line."""

import json

import numpy as np
import pytest
from PIL import Image
from support.fakes import FakeEngine

from reasonseg_ros.cli import main as cli
from reasonseg_ros.cli.exit_status import exit_status
from reasonseg_ros.cli.verb.segment import read_image
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines import registry


@pytest.fixture
def engine(monkeypatch):
    """Stand in for the model: it finds colours."""
    fake = FakeEngine()
    monkeypatch.setattr(registry, 'load', lambda *args, **options: fake)
    return fake


@pytest.fixture
def photo(tmp_path):
    """A black image with a red and a blue rectangle."""
    rgb = np.zeros((60, 80, 3), np.uint8)
    rgb[10:30, 10:40] = (255, 0, 0)
    rgb[40:50, 50:70] = (0, 0, 255)
    path = tmp_path / 'photo.png'
    Image.fromarray(rgb).save(path)
    return path


def _run(photo, tmp_path, *arguments):
    return cli.main(['segment', str(photo), *arguments, '--out', str(tmp_path / 'out')])


def _error(capsys):
    text = capsys.readouterr().err
    assert text.count('\n') == 1
    assert text.startswith('reasonseg segment: ')
    return text


def test_every_round_leaves_an_image_and_its_masks(engine, photo, tmp_path, capsys):
    assert _run(photo, tmp_path, 'the red thing', 'the blue thing', 'the green thing') == 0
    out = tmp_path / 'out'
    assert sorted(p.name for p in out.iterdir()) == [
        'dialogue.json', 'round_01.png', 'round_02.png', 'round_03.png']
    record = json.loads((out / 'dialogue.json').read_text())
    assert [len(r['instances']) for r in record['rounds']] == [1, 1, 1]
    blue = record['rounds'][1]['instances'][0]
    assert blue['id'] == 2
    mask = Rle(*blue['mask']['size'], blue['mask']['counts'].encode()).decode()
    assert np.array_equal(mask, (read_image(photo) == (0, 0, 255)).all(axis=2))
    assert '2 blue' in capsys.readouterr().out


def test_the_image_is_encoded_once(engine, photo, tmp_path):
    _run(photo, tmp_path, 'the red one', 'the blue one')
    assert [call[0] for call in engine.log] == ['open', 'ask', 'ask']


def test_the_json_goes_where_it_is_asked_for(engine, photo, tmp_path):
    target = tmp_path / 'elsewhere' / 'masks.json'
    assert _run(photo, tmp_path, 'the red one', '--json', str(target)) == 0
    assert json.loads(target.read_text())['width'] == 80
    assert not (tmp_path / 'out' / 'dialogue.json').exists()


def test_a_refused_sentence_is_named_and_the_others_are_served(engine, photo, tmp_path, capsys):
    assert _run(photo, tmp_path, 'the red one', 'the handle of instance 9', 'the blue thing') == 2
    assert 'round 2 ("the handle of instance 9")' in _error(capsys)
    record = json.loads((tmp_path / 'out' / 'dialogue.json').read_text())
    assert [r['status'] for r in record['rounds']] == ['OK', 'BAD_REFERENCE', 'OK']
    assert [i['id'] for r in record['rounds'] for i in r['instances']] == [1, 2]


def test_the_json_on_standard_output_is_all_that_is_printed(engine, photo, tmp_path, capsys):
    assert _run(photo, tmp_path, 'the red one', '--json') == 0
    assert json.loads(capsys.readouterr().out)['rounds'][0]['status'] == 'OK'


def test_the_exit_status_is_that_of_the_worst_sentence(engine, photo, tmp_path):
    assert _run(photo, tmp_path, 'the red one', 'undo', 'undo') == exit_status(Status.BAD_REFERENCE)


def test_a_missing_file_is_one_line_and_writes_nothing(engine, tmp_path, capsys):
    assert _run(tmp_path / 'none.png', tmp_path, 'the red one') == 2
    assert 'none.png' in _error(capsys)
    assert not (tmp_path / 'out').exists()


def test_a_file_that_is_no_image_is_one_line(engine, tmp_path, capsys):
    path = tmp_path / 'notes.png'
    path.write_text('not an image')
    assert _run(path, tmp_path, 'the red one') == 2
    assert 'expected PNG, JPEG' in _error(capsys)


def test_a_truncated_image_is_one_line(engine, photo, tmp_path, capsys):
    rgb = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    Image.fromarray(rgb).save(photo)
    photo.write_bytes(photo.read_bytes()[:5000])
    assert _run(photo, tmp_path, 'the red one') == 2
    assert 'cannot be read (' in _error(capsys)


def test_an_empty_text_is_one_line_before_anything_is_loaded(engine, photo, tmp_path, capsys):
    assert _run(photo, tmp_path, 'the red one', '  ') == 2
    assert 'text 2 is empty' in _error(capsys)
    assert engine.log == []


@pytest.mark.parametrize('mode', ['L', 'RGBA', 'P', '1', 'CMYK'])
def test_every_image_mode_becomes_rgb(tmp_path, mode):
    path = tmp_path / 'image.tiff'
    Image.new(mode, (8, 6)).save(path)
    assert read_image(path).shape == (6, 8, 3)


def test_an_image_that_is_too_large_is_one_line_before_it_is_decoded(engine, tmp_path, capsys):
    path = tmp_path / 'large.png'
    Image.new('1', (8000, 8000)).save(path)
    assert _run(path, tmp_path, 'the mug') == 2
    assert 'is 8000x8000, more than the 16777216 pixels' in _error(capsys)
    assert engine.log == []


def test_a_bomb_of_an_image_is_one_line_too(engine, tmp_path, capsys):
    path = tmp_path / 'large.png'
    Image.new('1', (30000, 30000)).save(path)
    assert _run(path, tmp_path, 'the mug') == 2
    assert 'far more than the 16777216 pixels' in _error(capsys)


@pytest.mark.parametrize('size', [(5000, 1), (1, 5000)])
def test_an_image_that_is_a_line_is_one_line_to_every_engine(engine, tmp_path, capsys, size):
    path = tmp_path / 'thin.png'
    Image.new('RGB', size).save(path)
    assert _run(path, tmp_path, 'the mug') == 8
    assert f'is {size[0]}x{size[1]} pixels; expected' in _error(capsys)
    assert engine.log == []


def test_an_image_is_turned_as_its_exif_tag_says_and_that_is_said(tmp_path, capsys):
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was turned to the right
    path = tmp_path / 'phone.jpg'
    Image.new('RGB', (8, 6)).save(path, exif=exif)
    assert read_image(path).shape == (8, 6, 3)
    assert 'is turned upright' in capsys.readouterr().err
