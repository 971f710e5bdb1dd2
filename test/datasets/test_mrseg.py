# SPDX-License-Identifier: Apache-2.0
"""MRSeg from made-up annotations: read back, resumed, sharded, and what is said of bad ones."""

import json
from collections import Counter
from pathlib import Path

import pytest

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.conversation import Conversation
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.cli.main import main
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets import parts
from reasonseg_ros.datasets.made_up import RectangleMasks, write_sources
from reasonseg_ros.datasets.mrseg import SOURCES, Builder, BuildOptions, files_of
from reasonseg_ros.datasets.parts import Figures, Share
from reasonseg_ros.datasets.sources import read_sources

SIZE = (48, 64)
COUNT = 6
BENCHMARKS = ('mr-refcoco', 'mr-refcoco-hard', 'mr-vg', 'mr-paco', 'mr-lvis', 'mr-pascal',
              'mrseg-ade20k', 'mrseg-cocostuff', 'mrseg-reasonseg')
THERE = tuple(name for name in SOURCES if name not in ('refcoco+', 'refcocog', 'attributes'))


@pytest.fixture(scope='module')
def sources(tmp_path_factory) -> Path:
    return write_sources(tmp_path_factory.mktemp('sources'), COUNT, SIZE)


@pytest.fixture(scope='module')
def built(sources, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp('mrseg')
    build(sources, out)
    return out


def build(file: Path, out: Path, options: BuildOptions = BuildOptions(), names=THERE
          ) -> tuple[dict[str, Figures], list[str]]:
    found = read_sources(file)
    builder = Builder(out, options)
    builder.prepare(found, lambda text: None)
    files = [one for split in ('train', 'val') for name in names
             for one in files_of(found, name, split, RectangleMasks(SIZE))]
    for one in files:
        builder.build(one, lambda count: None)
    return builder.join(files)


def read(out: Path, name: str, split: str) -> list[Conversation]:
    dataset = open_benchmark(read_places(out / 'datasets.yaml'), name, split)
    return [dataset.read(place) for place in range(len(dataset.ids))]


def written(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes()
            for p in sorted((folder / 'conversations_folder').rglob('*.json'))}


@pytest.mark.parametrize('split', ['train', 'val'])
@pytest.mark.parametrize('name', BENCHMARKS)
def test_the_readers_read_what_is_built(built, name, split):
    conversations = read(built, name, split)
    assert conversations
    for conversation in conversations:
        assert conversation.rounds and conversation.size == SIZE
        for asked in conversation.rounds:
            assert [t.mask.area > 0 for t in asked.targets] == [True]
            assert asked.instruction[0].isupper() and asked.instruction[-1] in '.?'
            assert '[' not in asked.instruction and '{' not in asked.instruction


def test_a_later_round_refers_to_what_was_shown_and_numbers_name_it(built):
    numbers = 0
    for name in ('mr-refcoco', 'mr-paco', 'mr-vg', 'mr-lvis', 'mr-pascal'):
        for conversation in read(built, name, 'train'):
            shown: list[str] = []
            for asked in conversation.rounds:
                assert {r.key for r in asked.references} <= set(shown)
                numbers += len(asked.numbers)
                for n, key in asked.numbers:
                    assert shown[n - 1] == key and key == asked.references[0].key
                shown.append(asked.targets[0].key)
    assert numbers > 10


def test_a_hard_pair_gives_two_conversations_that_swap_what_is_given(built):
    first, second = read(built, 'mr-refcoco-hard', 'train')[:2]
    [one], [other] = first.rounds, second.rounds
    assert one.references[0].key == other.targets[0].key != one.targets[0].key
    assert 'the other mug' in one.instruction


def test_parts_belong_to_the_instance_that_was_asked_before(built):
    for conversation in read(built, 'mr-paco', 'train'):
        objects = [r.targets[0] for r in conversation.rounds if r.targets[0].sort == 'object']
        parts_of = Counter(r.references[0].key for r in conversation.rounds if r.references)
        assert 1 <= len(objects) <= 4 and set(parts_of) == {t.key for t in objects}
        assert all(1 <= count <= 4 for count in parts_of.values())


def test_two_shards_and_an_interrupted_build_give_the_same_bytes(sources, built, tmp_path,
                                                                 monkeypatch):
    monkeypatch.setattr(parts, 'CHUNK', 2)
    half, waiting = build(sources, tmp_path, BuildOptions(share=Share(1, 2)))
    assert not half or set(half) & set(waiting) == set()
    assert 'mr_paco_train' in waiting
    whole, waiting = build(sources, tmp_path, BuildOptions(share=Share(2, 2)))
    assert waiting == [] and written(tmp_path) == written(built)
    lost = tmp_path / 'parts/mr_paco_train/000001.jsonl'
    before = lost.read_bytes()
    lost.unlink()
    build(sources, tmp_path)
    assert lost.read_bytes() == before and written(tmp_path) == written(built)


def test_another_seed_gives_another_set_and_is_refused_in_the_same_folder(sources, built, tmp_path):
    build(sources, tmp_path, BuildOptions(seed=1), names=('lvis',))
    name = 'conversations_folder/all_data_mix_train/mr_lvis_train.json'
    assert (tmp_path / name).read_bytes() != (built / name).read_bytes()
    with pytest.raises(BadInput, match='was begun with .*"seed": 1.* choose another folder'):
        build(sources, tmp_path, names=('lvis',))


def test_a_limit_takes_the_first_images_only(sources, tmp_path):
    figures, _ = build(sources, tmp_path, BuildOptions(limit=2), names=('paco_lvis', 'cocostuff'))
    assert {name: one.images for name, one in figures.items()} == {
        'mr_paco_train': 2, 'cocostuff_train': 2, 'mr_paco_val': 2, 'cocostuff_val': 2}


def test_the_command_names_what_is_missing_builds_the_rest_and_shows_sizes(sources, capsys,
                                                                           tmp_path):
    assert main(['data', 'mrseg', '--sources', str(sources), '--out', str(tmp_path),
                 '--splits', 'val']) == 0
    said = capsys.readouterr()
    left_out = [line for line in said.err.splitlines() if line.startswith('left out')]
    assert [line.split(':')[1] for line in left_out] == [
        ' refcoco+ val', ' refcocog val', ' visual_genome val', ' attributes val']
    assert 'obtain it from https://web.archive.org' in left_out[0] and '--sam' in left_out[2]
    assert 'mr_paco_val' in said.out and 'PACO-LVIS: 2178 / 2178 / 16' in said.out


def test_bad_annotations_and_missing_images_cost_only_themselves(capsys, tmp_path):
    file = write_sources(tmp_path / 'sources', 4, SIZE)
    path = tmp_path / 'sources/lvis_train.json'
    held = json.loads(path.read_text())
    held['annotations'][0]['segmentation'] = []
    held['annotations'][1]['category_id'] = 999
    held['annotations'][2].pop('bbox')
    path.write_text(json.dumps(held))
    (tmp_path / 'sources/images/coco/train2017/000000000002.jpg').unlink()
    (tmp_path / 'sources/paco_train.json').write_text('{"images": [')
    assert main(['data', 'mrseg', '--sources', str(file), '--out', str(tmp_path / 'out'), '--only',
                 'lvis', 'paco_lvis', '--splits', 'train']) == 0
    said = capsys.readouterr().err
    assert 'mr_lvis_train: left out: ' in said and '1 images missing' in said
    assert '1 empty masks' in said and '1 unknown category' in said and 'without a box' in said
    assert 'left out: mr_paco_train: "' in said and 'is not JSON' in said


def test_a_full_disk_is_one_line_and_the_finished_chunks_stay(sources, capsys, tmp_path,
                                                              monkeypatch):
    monkeypatch.setattr(parts, 'CHUNK', 2)
    write, calls = parts._write_chunk, []

    def full(*arguments):
        calls.append(0)
        if len(calls) == 2:
            raise OSError(28, 'No space left on device', 'chunk')
        write(*arguments)
    monkeypatch.setattr(parts, '_write_chunk', full)
    assert main(['data', 'mrseg', '--sources', str(sources), '--out', str(tmp_path), '--only',
                 'lvis', '--splits', 'train']) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(
        'reasonseg data: "chunk" cannot be read or written: No space left on device')
    assert sorted(p.name for p in (tmp_path / 'parts/mr_lvis_train').iterdir()) == [
        '000000.jsonl', 'plan.json']


def test_the_speed_is_measured_for_annotation_files_and_label_images(capsys):
    assert main(['data', 'speed', '--images', '3']) == 0
    said = capsys.readouterr().out
    rows = {line.split('  ')[0]: line.split()[-1] for line in said.splitlines()}
    assert {'mr_vg_train', 'mr_pascal_train', 'all annotation files', 'all label images'} <= set(
        rows)
    assert float(rows['all annotation files']) > 0 and 'MB of memory at most' in said
