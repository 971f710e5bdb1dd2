# SPDX-License-Identifier: Apache-2.0
"""Labelled frames become conversations that the readers of MRSeg read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.labelled_frames import frame_folders, read_truth
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.cli.main import main
from reasonseg_ros.datasets import frames as module
from reasonseg_ros.datasets.drafts import record
from reasonseg_ros.datasets.made_up import rectangle
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth

SIZE = (48, 64)


def thing(name: str, box, **parts) -> dict:
    made = {'name': name, 'rle': record(rectangle(box, SIZE))}
    return made | {'parts': [thing(part, place) for part, place in parts.items()]}


def write_frame(folder: Path, things: list[dict]) -> None:
    folder.mkdir(parents=True)
    Image.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(folder / 'color.png')
    (folder / 'truth.json').write_text(json.dumps({'objects': things}))


def write_kitchen(folder: Path, count: int = 4) -> Path:
    for number in range(count):
        write_frame(folder / f'new_{number}', [
            thing('mug: red', (2, 2, 12, 14), handle=(2, 4, 5, 10)),
            thing('plate', (16, 2, 28, 10)), thing('plate', (32, 20, 44, 40)),
            thing('knife', (50, 4, 54, 40), blade=(50, 4, 54, 20), handle=(50, 22, 54, 40))])
    return folder


def read(out: Path, name: str, split: str):
    dataset = open_benchmark(read_places(out / 'datasets.yaml'), name, split)
    return [dataset.read(place) for place in range(len(dataset.ids))]


def test_frames_give_parts_places_and_pairs(tmp_path, capsys):
    folder, out = write_kitchen(tmp_path / 'kitchen'), tmp_path / 'out'
    (folder / 'bare').mkdir()
    Image.fromarray(np.zeros((*SIZE, 3), np.uint8)).save(folder / 'bare/color.png')
    assert main(['data', 'from-frames', str(folder), '--out', str(out), '--val', '0.4']) == 0
    said = capsys.readouterr()
    assert 'left out: bare: it has no truth.json' in said.err
    assert '3 train, 2 val frames' in said.out
    labels = {t.label for split in ('train', 'val') for c in read(out, 'mr-paco', split)
              for r in c.rounds for t in r.targets}
    assert labels >= {'mug red', 'knife'} and labels & {'mug red:handle', 'knife:blade'}
    assert all(1 < len(c.rounds) <= 4 for c in read(out, 'mr-lvis', 'train'))
    for conversation in read(out, 'mr-refcoco-hard', 'train'):
        assert 'the other plate' in conversation.rounds[0].instruction


def test_an_image_that_is_turned_by_its_tag_is_stored_upright(tmp_path):
    folder, out = write_kitchen(tmp_path / 'kitchen', 1), tmp_path / 'out'
    image = Image.fromarray(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    tags = image.getexif()
    tags[0x112] = 6
    image.save(folder / 'new_0/color.png', exif=tags)
    assert main(['data', 'from-frames', str(folder), '--out', str(out), '--val', '0']) == 0
    assert read(out, 'mr-paco', 'train')[0].size == SIZE


def test_frames_of_a_simulator_are_written_once_and_read_back(tmp_path, monkeypatch):
    ids = np.zeros((144, 192), np.uint8)
    ids[20:80, 20:60], ids[20:40, 60:80], ids[90:140, 100:170] = 1, 2, 3
    truth = SceneTruth((ObjectTruth('mug', 'red', ''), ObjectTruth('box', '', '')),
                       ((0, 'body'), (0, 'handle'), (1, 'body')), ids)
    frame = module.Frame(np.zeros((144, 192, 3), np.uint8), np.full((144, 192), 0.5, np.float32),
                         None)
    calls = []
    monkeypatch.setattr(module, '_seen', lambda *given: calls.append(given) or (frame, truth))
    for _ in range(2):
        assert len([*module.simulate(tmp_path, 'tabletop', 2, 5)]) == 2
    assert calls == [('tabletop', 5), ('tabletop', 6)]
    first = frame_folders(tmp_path)[0]
    assert first.name == 'tabletop-000005'
    found = read_truth(first, (192, 144))
    assert [t.name for t in found] == ['mug', 'box']
    assert 'handle' in [part.name for part in found[0].parts]
    assert found[0].mask.area == 60 * 40 + 20 * 20


@pytest.mark.parametrize(('options', 'message'), [
    (['--val', '1'], '--val is 1'), ([], 'holds no frame')])
def test_what_cannot_be_built_is_one_line(tmp_path, capsys, options, message):
    folder = tmp_path / 'none'
    folder.mkdir()
    assert main(['data', 'from-frames', str(folder), '--out', str(tmp_path / 'o'), *options]) != 0
    assert message in capsys.readouterr().err
