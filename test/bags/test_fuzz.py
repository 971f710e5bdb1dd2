# SPDX-License-Identifier: Apache-2.0
"""Damaged bags end in what can be read or in one sentence, soon, whatever was damaged.

REASONSEG_FUZZ=N tries N damaged variants of each storage instead of a few; `make fuzz` does.
"""

import os
import random
import struct
from pathlib import Path
from time import process_time

import pytest
from mcap.opcode import Opcode
from support.bags_made import copy, paint

from reasonseg_ros.bags.recording import open_recording
from reasonseg_ros.bags.salvage import MCAP_MAGIC, McapRescue
from reasonseg_ros.core.errors import ReasonSegError

TRIES = int(os.environ.get('REASONSEG_FUZZ', '12'))
PARTS = range(0, TRIES, 50)     # of the tries, so that none takes longer than a test may
SLOW = 5.0      # seconds of computing more than three times a clean reading


def damaged(content: bytes, chance: random.Random) -> bytes:
    """A copy with one or several things wrong with it."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, size = chance.randrange(len(data)), chance.choice((1, 2, 8, 64, 4096))
        kind = chance.randrange(7)
        if kind == 0:
            data[at:at + size] = chance.randbytes(size)
        elif kind == 1:
            data[at:at + size] = bytes(size)
        elif kind == 2:
            huge = chance.choice((2 ** 64 - 1, 2 ** 63, 2 ** 40, 0))
            data[at:at + 8] = huge.to_bytes(8, 'little')
        elif kind == 3:
            del data[at:]
            data += bytes(chance.choice((0, 100, 4096, 1 << 20)))
        elif kind == 4:
            del data[at:at + size]
        elif kind == 5:
            data[at:at] = data[:size]
        else:
            data[at] ^= 1 << chance.randrange(8)
        if len(data) < 16:
            break
    return bytes(data)


def read(path: Path) -> None:
    """Go through the bag as a replay does."""
    with open_recording(path) as (_, recording):
        for index in {0, recording.images // 2, recording.images - 1}:
            recording.frame(recording.image(index))


@pytest.mark.parametrize('first', PARTS)
@pytest.mark.parametrize('storage, packed', [('mcap', 'NONE'), ('mcap', 'STORAGE'),
                                             ('sqlite3', 'NONE'), ('sqlite3', 'MESSAGE')])
def test_a_damaged_bag_is_read_as_far_as_it_goes_or_refused_in_one_line(tmp_path, storage, packed,
                                                                        first):
    path = copy(paint(tmp_path / 'made', 40), tmp_path / 'bag', storage, packed)
    file = next(f for f in path.iterdir() if f.suffix in ('.mcap', '.db3'))
    whole, metadata = file.read_bytes(), (path / 'metadata.yaml').read_bytes()
    begin = process_time()
    read(path)
    limit = 3 * (process_time() - begin) + SLOW
    for seed in range(first, min(first + 50, TRIES)):
        chance = random.Random(f'{storage} {packed} {seed}')
        file.write_bytes(damaged(whole, chance))
        told = path / 'metadata.yaml'
        told.unlink(missing_ok=True)
        if chance.random() < 0.7:
            told.write_bytes(damaged(metadata, chance) if chance.random() < 0.2 else metadata)
        begin = process_time()
        try:
            read(path)
        except ReasonSegError as error:
            assert '\n' not in str(error), f'seed {seed}'
        except Exception as error:
            raise AssertionError(f'seed {seed}: {type(error).__name__}: {error}') from error
        assert process_time() - begin < limit, f'seed {seed}'


def test_a_footer_behind_zeros_does_not_send_the_reader_back(tmp_path):
    path = tmp_path / 'bag.mcap'
    footer = struct.pack('<BQ', Opcode.FOOTER, 20) + bytes(20)
    path.write_bytes(MCAP_MAGIC + bytes(100) + footer + b'\1' * 20)
    assert not McapRescue(path).whole


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_zeros_after_a_cut_cost_no_time(tmp_path, storage):
    path = paint(tmp_path / 'bag', 40, storage=storage)
    file = next(f for f in path.iterdir() if f.suffix in ('.mcap', '.db3'))
    content = file.read_bytes()
    with file.open('wb') as cut:
        cut.write(content[:len(content) * 7 // 10])
        cut.truncate(64 << 20)      # a hole: zeros that take no room
    (path / 'metadata.yaml').unlink()
    begin = process_time()
    with open_recording(path) as (_, recording):
        assert 0 < recording.images < 40 and recording.trouble
    assert process_time() - begin < SLOW
