# SPDX-License-Identifier: Apache-2.0
"""No file that a user can hand in gives a traceback: every kind, damaged in its bytes and values.

REASONSEG_FUZZ=N tries N damaged variants of each kind instead of a few; `make fuzz` does.
"""

import json
import math
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from support import benchmark_files
from support.fakes import made_round, rectangle

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.image_files import read_rgb, read_values
from reasonseg_ros.benchmarks.labelled_frames import FrameFolder, read_frame, read_truth
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.engines.weights import embedded, folder
from reasonseg_ros.engines.weights.published import engine_of, read_file, read_folder
from reasonseg_ros.evaluation import records, script
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, TargetScore
from reasonseg_ros.evaluation.shards import RunPlan, Shard, begin, joined, write
from reasonseg_ros.nn.llama_tokenizer import read_added
from reasonseg_ros.training.scene_dataset import open_scenes

TRIES = int(os.environ.get('REASONSEG_FUZZ', '25'))
PARTS = range(0, TRIES, 100)    # of the tries, so that none takes longer than a test may
HOSTILE = (None, True, -1, 0, 7.0, 999, 10 ** 30, math.nan, math.inf, '', 'BANANA', '\0', '../../x',
           '/etc/passwd', [], {}, [[]], [None], {'a': 1}, 'x' * 5000)
ROUND = RoundRecord('a', 1, 'the mug', 'here', 'OK', 'OK', ('kind:direct',),
                    (TargetScore('object', 3, 4, 0.5, 0.25),), 3, 4)
Reader = Callable[[Path], object]


def _benchmark(name: str) -> Reader:
    """Read every conversation; one that is bad costs itself."""
    def read(root: Path) -> None:
        dataset = open_benchmark(read_places(root / 'datasets.yaml'), name)
        refused = None
        for place in range(len(dataset.ids)):
            try:
                dataset.read(place)
            except ReasonSegError as error:
                refused = error
        if refused is not None:
            raise refused
    return read


def _made(root: Path) -> dict[str, tuple[Path, Reader]]:
    """Kind -> its file and what reads it from the root."""
    benchmark_files.write_all(root)
    records.save(Run('bag', 'abc', 'x@1', Protocol(), (ROUND,), {'seed': 1}), root / 'results.json')
    shards = root / 'shards'
    begin(RunPlan('b', 'd', 'e', Protocol(), 2), shards, Shard())
    list(write(shards, Shard(), [{'at': n, 'rounds': [records.plain_of(ROUND)]} for n in (0, 1)]))
    mask = {'size': [24, 32], 'counts': rectangle(2, 2, 10, 10).counts.decode()}
    target = {'name': 'mug', 'rle': mask}
    talk = {'version': 1, 'dialogues': [{'id': 'a', 'rounds': [
        {'frame': 0, 'say': 'the mug', 'expect': 'ok', 'targets': [target]},
        {'time': 1.5, 'say': 'it', 'references': ['mug'], 'tags': ['a:b'],
         'targets': [{'polygon': [1, 1, 9, 1, 9, 9]}, {'box': [1, 1, 5, 5]}]}]}]}
    frame = root / 'frame'
    frame.mkdir()
    Image.fromarray(np.zeros((24, 32, 3), np.uint8)).save(frame / 'color.png')
    Image.fromarray(np.ones((24, 32), np.uint16)).save(frame / 'depth.png')
    for path, value in ((root / 'talk.json', talk), (frame / 'truth.json', {
            'objects': [{**target, 'parts': [target]}]}), (frame / 'camera.json', {
            'width': 32, 'height': 24, 'fx': 30, 'fy': 30, 'cx': 16, 'cy': 12})):
        path.write_text(json.dumps(value))
    held = FrameFolder('frame', frame)
    rgb = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    for name in ('a.png', 'a.jpg', 'a.webp', 'a.gif', 'a.bmp', 'a.tif'):
        Image.fromarray(rgb).save(root / name)
    tensors = {'a': torch.zeros(4, 4), 'b': torch.ones(3)}
    embedded.write(root / 'a.safetensors', 'tabletop', {'width': 4}, {'seed': 1}, tensors)
    torch.save(tensors, root / 'a.pt')
    torch.save(tensors, root / 'old.pt', _use_new_zipfile_serialization=False)
    (root / 'added_tokens.json').write_text(json.dumps({'[SEG]': 32003, '<im_end>': 32002}))
    folder.write(root / 'converted', 'lisa', {'llama': {}}, tensors, {}, {'licence': 'x'})
    sharded = root / 'sharded'
    folder.write(sharded, 'lisa', {}, tensors, {}, {})
    weights = next(sharded.glob('weights-*')).name
    (sharded / 'model.safetensors.index.json').write_text(json.dumps({'weight_map': {
        'a': weights, 'b': weights}}))
    scenes = root / 'scenes'
    scenes.mkdir()
    (scenes / 'scenes.json').write_text(json.dumps({'plan': {
        'version': 1, 'split': 'train', 'first_seed': 0, 'count': 0}, 'scenes': []}))
    store = Store(root / 'store.db')
    store.append('a', made_round(1, 1, ('mug',)))
    store.close()
    data = {'reasonseg': 'ReasonSeg/val/1.json', 'mmr': 'MMR/MMR_val.json',
            'refcoco': 'refer/refcoco/instances.json', 'multi-refcoco': 'refer/refcoco/refs(unc).p',
            'mr-refcoco': 'segllm/conversations_folder/all_data_mix_val/mr_refcoco_val.json',
            'llmseg40k': 'LLMSeg40K/validation.json'}
    return {
        **{name: (root / file, _benchmark(name)) for name, file in data.items()},
        'places': (root / 'datasets.yaml', _benchmark('mmr')),
        'results': (root / 'results.json', lambda r: records.load(r / 'results.json')),
        'shard': (shards / Shard().file_name, lambda r: joined([r / 'shards'])),
        'script': (root / 'talk.json', lambda r: script.load(r / 'talk.json', (32, 24), False)),
        'truth': (frame / 'truth.json', lambda r: read_truth(held, (32, 24))),
        'camera': (frame / 'camera.json', lambda r: read_frame(held)),
        'depth': (frame / 'depth.png', lambda r: read_frame(held)),
        'labels': (root / 'a.gif', lambda r: read_values(r / 'a.gif')),
        **{name: (root / name, lambda r, n=name: read_rgb(r / n))
           for name in ('a.png', 'a.jpg', 'a.webp', 'a.bmp', 'a.tif')},
        'safetensors': (root / 'a.safetensors',
                        lambda r: embedded.read(r / 'a.safetensors', 'tabletop')),
        'recognition': (root / 'a.safetensors', lambda r: engine_of(r / 'a.safetensors')),
        'archive': (root / 'a.pt', lambda r: read_file(r / 'a.pt')),
        'pickle': (root / 'old.pt', lambda r: read_file(r / 'old.pt')),
        'tokens': (root / 'added_tokens.json', lambda r: read_added(r / 'added_tokens.json')),
        'manifest': (root / 'converted/manifest.json', lambda r: folder.read(r / 'converted',
                                                                             'lisa')),
        'index': (sharded / 'model.safetensors.index.json', lambda r: read_folder(r / 'sharded')),
        'scenes': (scenes / 'scenes.json', lambda r: open_scenes(r / 'scenes')),
        'store': (root / 'store.db', lambda r: Store(r / 'store.db').close())}


KINDS = ('reasonseg', 'mmr', 'refcoco', 'multi-refcoco', 'mr-refcoco', 'llmseg40k', 'places',
         'results', 'shard', 'script', 'truth', 'camera', 'depth', 'labels', 'a.png', 'a.jpg',
         'a.webp', 'a.bmp', 'a.tif', 'safetensors', 'recognition', 'archive', 'pickle', 'tokens',
         'manifest', 'index', 'scenes', 'store')


def other_values(plain: object, chance: random.Random) -> object:
    """A copy of a JSON value with something else somewhere in it."""
    if isinstance(plain, dict) and plain and chance.random() < 0.85:
        key = chance.choice(list(plain))
        if chance.random() < 0.1:
            return {name: value for name, value in plain.items() if name != key}
        return {**plain, key: other_values(plain[key], chance),
                **({'unknown': 1} if chance.random() < 0.05 else {})}
    if isinstance(plain, list) and plain and chance.random() < 0.85:
        place = chance.randrange(len(plain))
        return [*plain[:place], other_values(plain[place], chance), *plain[place + 1:]]
    return chance.choice(HOSTILE)


def other_bytes(content: bytes, chance: random.Random) -> bytes:
    """A copy with damaged, missing or strange bytes."""
    data = bytearray(content)
    at, size = chance.randrange(len(data)), chance.choice((1, 3, 16, 200))
    kind = chance.randrange(6)
    if kind == 0:
        data[at:at + size] = chance.randbytes(size)
    elif kind == 1:
        del data[at:]
    elif kind == 2:
        del data[at:at + size]
    elif kind == 3:
        data[at:at] = chance.choice((b'[' * 30000, b'{' * 30000, b'\xff\xfe', b'\xef\xbb\xbf',
                                     b'*a &a !!python/object:os.system', b'9' * 5000, b'\0' * 99))
    elif kind == 4:
        data[at] ^= 1 << chance.randrange(8)
    else:
        return chance.choice((b'', b'\n', b'null', b'[]', b'{}', b'\x80', b'\xef\xbb\xbf{}',
                              content.decode('latin-1').encode('utf-16')))
    return bytes(data)


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('first', PARTS)
@pytest.mark.parametrize('kind', KINDS)
def test_a_damaged_file_is_read_or_refused_in_one_line(tmp_path, kind, first):
    made = _made(tmp_path)
    assert set(made) == set(KINDS)
    path, read = made[kind]
    whole = path.read_bytes()
    try:
        plain = json.loads(whole)
    except ValueError:
        plain = None
    for seed in range(first, min(first + 100, TRIES)):
        chance = random.Random(f'{kind} {seed}')
        if plain is not None and chance.random() < 0.7:
            path.write_bytes(json.dumps(other_values(plain, chance)).encode())
        else:
            path.write_bytes(other_bytes(whole, chance))
        try:
            read(tmp_path)
        except ReasonSegError as error:
            assert '\n' not in str(error), f'seed {seed}: {error}'
        except Exception as error:
            raise AssertionError(f'seed {seed}: {type(error).__name__}: {error}') from error
