# SPDX-License-Identifier: Apache-2.0
"""Labelled frames: how they are read, asked about and scored, and what is said of faulty ones."""

import json

import numpy as np
import pytest
from PIL import Image

from reasonseg_ros.benchmarks.labelled_frames import frame_folders, read_frame, read_truth
from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.metrics import segmentation
from reasonseg_ros.sim.rendering.renderer import camera_renderer
from reasonseg_ros.sim.world.scene import sample_scene

SHAPE = 120, 160


def box(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    mask = np.zeros(SHAPE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


NOWHERE = np.zeros(SHAPE, bool)


def test_what_is_seen_as_it_is_scores_one():
    masks = [box(10, 10, 40, 40), box(60, 20, 90, 70)]
    scored = segmentation(masks[::-1], masks, NOWHERE)
    assert (scored.overlap, scored.boundary) == (1.0, 1.0)
    assert (scored.found, scored.true, scored.predicted) == (2, 2, 2)


def test_overlap_is_the_f_of_pixels_of_the_best_pairs():
    true = [box(0, 0, 20, 10), box(40, 0, 60, 10)]           # 200 pixels each
    seen = [box(0, 0, 10, 10), box(40, 0, 60, 20)]           # 100 and 400; 100 and 200 shared
    scored = segmentation(seen, true, NOWHERE)
    assert scored.overlap == pytest.approx(2 * 300 / (500 + 400))
    assert scored.found == 2                                  # IoU 0.5 each
    merged = segmentation([box(0, 0, 60, 10)], true, NOWHERE)  # one mask over both counts once
    assert merged.overlap == pytest.approx(2 * 200 / (600 + 400)) and merged.found == 0


def test_pairs_are_chosen_together_not_one_by_one():
    true = [box(0, 0, 10, 10), box(10, 0, 20, 10)]
    seen = [box(0, 0, 16, 10), box(0, 10, 10, 12) | box(2, 0, 10, 10)]
    # Best first would pair the second with the first truth and leave the second truth to 60 pixels
    scored = segmentation(seen, true, NOWHERE)
    assert scored.overlap == pytest.approx(2 * (80 + 60) / (160 + 100 + 200))


def test_masks_where_nothing_is_labelled_do_not_count():
    true = [box(0, 0, 20, 10)]
    seen = [box(0, 0, 20, 10), box(80, 80, 120, 110)]
    assert segmentation(seen, true, ~true[0]).overlap == 1.0
    assert segmentation(seen, true, NOWHERE).overlap < 0.5
    assert segmentation([], [], NOWHERE).overlap == 1.0


@pytest.fixture(scope='module')
def labelled(tmp_path_factory):
    """A folder with one labelled frame of the simulator, and one without dialogues."""
    root = tmp_path_factory.mktemp('frames')
    renderer = camera_renderer(320, 240)
    for name, seed in (('first', 3), ('second', 4)):
        view = renderer.render(sample_scene('val', seed), depth=True)
        folder = root / 'room' / name
        folder.mkdir(parents=True)
        Image.fromarray(view.rgb).save(folder / 'color.png')
        depth = np.nan_to_num(1000 * view.depth).round().astype(np.uint16)
        Image.fromarray(depth).save(folder / 'depth.png')
        camera = {k: getattr(view.camera, k) for k in ('width', 'height', 'fx', 'fy', 'cx', 'cy')}
        (folder / 'camera.json').write_text(json.dumps(camera))
        objects = [plain(o.category, view.truth.mask(k, None))
                   for k, o in enumerate(view.truth.objects) if view.truth.mask(k, None).any()]
        (folder / 'truth.json').write_text(json.dumps({'source': 'made', 'objects': objects}))
        if name == 'first':
            (folder / 'dialogues.json').write_text(json.dumps({'version': 1, 'dialogues': [
                {'id': 'a', 'rounds': [
                    {'say': f'the {objects[0]["name"]}', 'expect': 'ok', 'tags': ['kind:known'],
                     'targets': [{'rle': objects[0]['rle']}]},
                    {'say': 'the elephant', 'expect': 'nothing_found', 'targets': []}]}]}))
    renderer.close()
    return root


def plain(name: str, mask: np.ndarray) -> dict:
    rle = Rle.encode(mask)
    return {'name': name, 'rle': {'size': list(mask.shape), 'counts': rle.counts.decode()}}


def test_frames_are_found_at_any_depth_and_read(labelled):
    first, second = frame_folders(labelled)
    assert (first.name, second.name) == ('room/first', 'room/second')
    frame = read_frame(first)
    assert (frame.width, frame.height) == (320, 240) and frame.camera is not None
    assert frame.depth is not None and 0.2 < np.nanmedian(frame.depth) < 4
    things = read_truth(first, (320, 240))
    assert things and all(t.mask.area for t in things)
    assert second.dialogues is None


def test_the_verb_writes_rounds_and_what_is_seen_unasked(labelled, tmp_path, capsys):
    assert cli.main(['eval', 'frames', str(labelled), '--out', str(tmp_path), '--no-pictures']) == 0
    said = capsys.readouterr().out
    assert '2 frames, 2 rounds' in said and 'overlap F' in said and 'depth none' in said
    rounds = json.loads((tmp_path / 'results.json').read_text())['rounds']
    assert [r['dialogue'] for r in rounds] == ['room/first/a'] * 2
    assert all(isinstance(r['meant'], bool) for r in rounds)
    instances = json.loads((tmp_path / 'instances.json').read_text())
    assert set(instances) == {'given', 'none'} and instances['given']['room/first']['true'] > 0
    again = ['eval', 'frames', str(labelled), '--out', str(tmp_path), '--no-pictures', '--against',
             str(tmp_path / 'results.json')]
    assert cli.main(again) == 0


def broken(folder, name: str, content: str):
    (folder / 'frame').mkdir()
    Image.fromarray(np.zeros((*SHAPE, 3), np.uint8)).save(folder / 'frame' / 'color.png')
    (folder / 'frame' / name).write_text(content)
    return frame_folders(folder)[0]


@pytest.mark.parametrize('name, content, says', [
    ('camera.json', '{"width": 640, "height": 480, "fx": 1, "fy": 1, "cx": 0, "cy": 0}',
     'the camera is 640x480, the image 160x120'),
    ('camera.json', '{"width": 160, "height": 120, "fx": -1, "fy": 1, "cx": 0, "cy": 0}',
     'field fx: found -1, expected a focal length'),
    ('camera.json', '{"width": 160, "height": 120, "fx": 1}', 'the field fy is missing'),
    ('depth.png', 'no picture', 'depth.png" cannot be read as an image')])
def test_one_line_says_what_is_wrong_with_a_frame(tmp_path, name, content, says):
    with pytest.raises(BadInput, match='frame') as error:
        read_frame(broken(tmp_path, name, content))
    assert says in str(error.value) and '\n' not in str(error.value)


@pytest.mark.parametrize('content, says', [
    ('{}', 'the field objects is missing'),
    ('{"objects": [{"rle": {"size": [120, 160], "counts": [19200]}}]}', 'the field name'),
    ('{"objects": [{"name": "a", "rle": {"size": [12, 16], "counts": [192]}}]}', 'is 16x12'),
    ('{"objects": [{"name": "a", "rle": {"size": [120, 160], "counts": [7]}}]}', 'add up to 7')])
def test_one_line_says_what_is_wrong_with_the_truth(tmp_path, content, says):
    folder = broken(tmp_path, 'truth.json', content)
    with pytest.raises(BadInput, match='line 1') as error:
        read_truth(folder, SHAPE[::-1])
    assert says in str(error.value)


def test_an_empty_folder_and_one_without_dialogues_say_what_to_do(tmp_path, capsys):
    assert cli.main(['eval', 'frames', str(tmp_path)]) == 2
    assert 'holds no frame' in capsys.readouterr().err
    broken(tmp_path, 'notes.txt', 'nothing')
    assert cli.main(['eval', 'frames', str(tmp_path)]) == 2
    assert 'no frame has dialogues' in capsys.readouterr().err


def talk(monkeypatch, *lines: str):
    """Type lines; the input ends after the last one."""
    left = iter(lines)

    def typed(prompt: str = '') -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None
    monkeypatch.setattr('builtins.input', typed)


def label(labelled, out) -> int:
    return cli.main(['label', str(labelled / 'room' / 'first' / 'color.png'), '--out', str(out),
                     '--show', 'never'])


def test_what_is_said_at_the_prompt_is_what_eval_frames_reads(labelled, tmp_path, monkeypatch,
                                                              capsys):
    things = read_truth(frame_folders(labelled)[0], (320, 240))
    drawn = tmp_path / 'drawn.png'
    Image.fromarray(255 * things[0].mask.decode().astype(np.uint8)).save(drawn)
    talk(monkeypatch, 'what do you see', f'/mask {drawn}', f'the {things[0].name}', '/right 999',
         '/thing 1 cup', 'the elephant', '/ok', 'the giraffe', '/drop', '/things', '/new',
         'the zebra', '/none', '/quit')
    assert label(labelled, tmp_path / 'frames') == 0
    said = capsys.readouterr().out
    assert 'there is no instance 999' in said and 'taken back: the giraffe' in said
    folder = frame_folders(tmp_path / 'frames')[0]
    assert folder.name == 'color' and (folder.path / 'truth.jpg').exists()
    made = json.loads((folder.path / 'dialogues.json').read_text())['dialogues']
    assert [[r['say'] for r in d['rounds']] for d in made] == [
        ['what do you see', f'the {things[0].name}', 'the elephant'], ['the zebra']]
    assert 'expect' not in made[0]['rounds'][0]  # nobody judged it
    assert made[0]['rounds'][2]['expect'] == made[1]['rounds'][0]['expect'] == 'nothing_found'
    assert read_truth(folder, (320, 240))[0].name == 'cup'
    assert cli.main(['eval', 'frames', str(tmp_path / 'frames'), '--out', str(tmp_path / 'out'),
                     '--no-pictures']) == 0


def test_a_mask_of_ones_own_can_be_the_right_one(labelled, tmp_path, monkeypatch):
    mask = np.zeros((240, 320), np.uint8)
    mask[10:20, 10:30] = 255
    Image.fromarray(mask).save(tmp_path / 'mine.png')
    talk(monkeypatch, f'/mask {tmp_path / "mine.png"}', 'the elephant', '/right 1',
         '/thing 1 corner')
    assert label(labelled, tmp_path / 'frames') == 0
    folder = frame_folders(tmp_path / 'frames')[0]
    made = json.loads((folder.path / 'dialogues.json').read_text())['dialogues'][0]['rounds'][0]
    assert made['expect'] == 'ok' and len(made['targets']) == 1
    thing, = read_truth(folder, (320, 240))
    assert thing.name == 'corner' and thing.mask.area == 200


@pytest.mark.parametrize('line, says', [
    ('/ok', 'nothing was said'), ('/what', 'there is no command /what'),
    ('/thing mug', 'give a number and a name'), ('/right mug', 'expected numbers'),
    ('/mask', 'give the file'), ('/mask none.png', 'no image file')])
def test_what_is_wrong_at_the_prompt_is_one_line(labelled, tmp_path, monkeypatch, capsys, line,
                                                 says):
    talk(monkeypatch, line)
    assert label(labelled, tmp_path / 'frames') == 0
    assert says in capsys.readouterr().out


def test_labelling_goes_on_with_what_is_not_labelled_yet(labelled, tmp_path, monkeypatch, capsys):
    talk(monkeypatch, 'the elephant')
    assert label(labelled, tmp_path) == 0
    before = (tmp_path / 'color' / 'dialogues.json').read_bytes()
    talk(monkeypatch, 'the giraffe')
    assert label(labelled, tmp_path) == 0
    assert 'color is labelled already and left as it is' in capsys.readouterr().out
    assert (tmp_path / 'color' / 'dialogues.json').read_bytes() == before
