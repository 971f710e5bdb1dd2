# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes arrive, decoders give an array or one line: images, depth, masks, stored rounds.

REASONSEG_FUZZ=N tries 20 N mutated messages of each kind instead of a few; `make fuzz` does.
"""

import json
import os
import random
import struct
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from support.fakes import made_round, rectangle
from support.rvl_writer import encode as rvl

from reasonseg_ros.core.camera import calibration
from reasonseg_ros.core.camera.compressed import decode_compressed_colour, decode_compressed_depth
from reasonseg_ros.core.camera.encodings import ENCODINGS
from reasonseg_ros.core.camera.raw import decode_colour, decode_depth
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.dialogue.record_text import round_of, to_json
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.mask_input import from_counts, from_polygons
from reasonseg_ros.core.masks import Rle, crop

TRIES = 20 * int(os.environ.get('REASONSEG_FUZZ', '15'))
PART = 2000     # of the tries, so that none takes longer than a test may
NUMBERS = (0, 1, -1, 7, 255, 65535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 63, -2 ** 63, 10 ** 30,
           0.5, -0.0, 1e300, 3e38, float('nan'), float('inf'), float('-inf'))
RGB = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
DEPTH = np.random.default_rng(1).integers(0, 4000, (24, 32)).astype(np.uint16)
MASK = rectangle(2, 2, 10, 10)
FORMATS = ('jpeg', 'png', 'rgb8; jpeg compressed bgr8', 'bayer_rggb8; png compressed', 'mono16',
           '16UC1; compressedDepth png', '16UC1; compressedDepth rvl', '32FC1; compressedDepth',
           '32FC1; compressedDepth rvl', '', ';;;', 'rgb8; compressedDepth')


def mutated(content: bytes, chance: random.Random) -> bytes:
    """A copy with one or several bytes changed, missing, doubled or made huge."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, size = chance.randrange(len(data) + 1), chance.choice((1, 2, 4, 16))
        kind = chance.randrange(5)
        if kind == 0:
            data[at:at + size] = chance.randbytes(size)
        elif kind == 1:
            data[at:at + 4] = struct.pack('>I', chance.choice((0, 1, 2 ** 31, 2 ** 32 - 1, 65536)))
        elif kind == 2:
            del data[at:at + size]
        elif kind == 3:
            data[at:at] = data[:size]
        else:
            del data[at:]
    return bytes(data)


def number(value: float, chance: random.Random) -> Any:
    """That number, or another one."""
    return chance.choice(NUMBERS) if chance.random() < 0.2 else value


def whole(value: int, chance: random.Random) -> int:
    """That number or another one, as the unsigned 32 bits of a message hold it."""
    return int(chance.choice(NUMBERS[:10])) % 2 ** 32 if chance.random() < 0.2 else value


def raw_image(chance: random.Random) -> object:
    """Decode a raw image whose fields need not fit each other."""
    encoding = chance.choice((*ENCODINGS, 'unknown', ''))
    entry = ENCODINGS.get(encoding, ENCODINGS['rgb8'])
    step = 32 * entry.channels * np.dtype(entry.dtype).itemsize
    data = chance.randbytes(int(24 * entry.rows) * step)
    decode = decode_depth if entry.depth and chance.random() < 0.5 else decode_colour
    return decode(mutated(data, chance) if chance.random() < 0.3 else data, whole(32, chance),
                  whole(24, chance), whole(step, chance), encoding, chance.random() < 0.3)


def _files() -> list[bytes]:
    """Colour and depth as image files."""
    return [cv2.imencode(suffix, image)[1].tobytes() for suffix in ('.png', '.jpg', '.tif')
            for image in (RGB, RGB[..., 0], DEPTH)[:2 if suffix == '.jpg' else 3]]


FILES = _files()


def colour_file(chance: random.Random) -> object:
    """Decode a compressed colour image."""
    return decode_compressed_colour(mutated(chance.choice(FILES), chance), chance.choice(FORMATS))


def depth_file(chance: random.Random) -> object:
    """Decode a compressed depth image: PNG or RVL behind a quantisation, or a bare PNG."""
    config = struct.pack('<iff', 0, chance.choice((100.0, 0.0, 1e38, float('nan'))), 1.0)
    body = chance.choice((FILES[2], struct.pack('<II', 32, 24) + rvl(DEPTH.ravel())))
    data = body if chance.random() < 0.1 else config + body
    return decode_compressed_depth(mutated(data, chance), chance.choice(FORMATS))


def frame_messages(chance: random.Random) -> object:
    """Put a frame together from colour, depth and intrinsics as they arrive."""
    def image(pixels: np.ndarray, encoding: str) -> SimpleNamespace:
        height, width = pixels.shape[:2]
        return SimpleNamespace(
            header=header, width=width, height=height, step=pixels.strides[0], is_bigendian=0,
            encoding=encoding, data=pixels.tobytes())
    header = SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='camera')
    k = [30.0, 0.0, 16.0, 0.0, 30.0, 12.0, 0.0, 0.0, 1.0]
    p = [*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0]
    roi = SimpleNamespace(width=whole(0, chance), height=whole(0, chance),
                          x_offset=whole(0, chance), y_offset=whole(0, chance))
    info = SimpleNamespace(
        header=header, width=whole(32, chance), height=whole(24, chance), roi=roi,
        distortion_model=chance.choice(('plumb_bob', '', 'equidistant', '\0')),
        d=[float(number(0.0, chance)) for _ in range(chance.choice((0, 5, 12)))],
        k=[float(number(v, chance)) for v in k], p=[float(number(v, chance)) for v in p],
        binning_x=whole(0, chance), binning_y=whole(0, chance))
    metres = (DEPTH / 1000).astype(np.float32)
    metres[chance.randrange(24)] = chance.choice((1.0, 3e38, -1.0, float('nan'), float('inf')))
    frame, *_ = calibration.frame_of(image(RGB, 'rgb8'), image(metres, '32FC1'), '',
                                     {'camera': info}, chance.random() < 0.5)
    return frame


def run_lengths(chance: random.Random) -> object:
    """Read a mask of run lengths, packed or not, and use it."""
    counts: object = mutated(MASK.counts, chance)
    if chance.random() < 0.5:
        counts = [number(v, chance) for v in (50, 8, 16, 8, 600, 86)]
    height, width = (number(v, chance) if chance.random() < 0.2 else v for v in (24, 32))
    return _used(from_counts(counts, height, width))


def polygons(chance: random.Random) -> object:
    """Read a mask of polygons and use it."""
    rings = [[number(chance.uniform(-5, 40), chance) for _ in range(chance.choice((6, 8, 5, 30)))]
             for _ in range(chance.choice((0, 1, 3)))]
    return _used(from_polygons(rings, 24, 32))


def _used(mask: Rle) -> object:
    return mask.decode(), mask.area, mask.box, mask.iou(mask), crop(mask)


def stored_round(chance: random.Random) -> object:
    """Read a round of the store, its text and its masks."""
    record = made_round(1, 1, ('mug',))
    text, counts = to_json(record), record.instances[0].mask.counts
    if chance.random() < 0.5:
        fields = json.loads(text)
        place = chance.choice((fields, *fields['instances']))
        place[chance.choice(list(place))] = chance.choice((None, [], {}, 'x', 1e400, -1, [[1]]))
        text = json.dumps(fields)
    else:
        text = mutated(text.encode(), chance).decode('utf-8', 'replace')
        text = chance.choice(('', '[' * 30_000)) + text if chance.random() < 0.02 else text
    if chance.random() < 0.5:
        counts = mutated(counts, chance)
    height, width = (number(v, chance) for v in (24, 32))
    dialogue = Dialogue('a')
    dialogue.append(round_of(text, {1: (height, width, counts)}))
    return dialogue.instances, to_json(dialogue.rounds[0])


# Kind -> what decodes one message, and what it may raise.
KINDS: dict[str, tuple[Callable[[random.Random], object], tuple[type[Exception], ...]]] = {
    'raw': (raw_image, (BadImage,)), 'colour': (colour_file, (BadImage,)),
    'depth': (depth_file, (BadImage,)), 'frame': (frame_messages, (BadImage,)),
    'run lengths': (run_lengths, (ValueError,)), 'polygons': (polygons, (ValueError,)),
    'store': (stored_round, (ValueError,))}


@pytest.mark.filterwarnings('error', 'ignore::DeprecationWarning')
@pytest.mark.parametrize('first', range(0, TRIES, PART))
@pytest.mark.parametrize('kind', KINDS)
def test_a_mutated_message_is_decoded_or_refused_in_one_line(kind, first):
    decode, refusals = KINDS[kind]
    for seed in range(first, min(first + PART, TRIES)):
        try:
            decode(random.Random(f'{kind} {seed}'))
        except refusals as error:
            assert kind == 'store' or '\n' not in str(error), f'seed {seed}: {error}'
        except Exception as error:
            raise AssertionError(f'seed {seed}: {type(error).__name__}: {error}') from error
