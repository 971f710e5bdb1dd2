# SPDX-License-Identifier: Apache-2.0
"""Lossless depth compression RVL (Wilson, ISS 2017), the reading side.

An image is a list of runs: how many zeros, how many non-zeros, then the zigzag-coded differences
of the non-zeros. Every number is a chain of nibbles, three bits each, low bits first; the top bit
says that more follow. Nibbles fill 32-bit little-endian words from the top.

All numbers are read at once with numpy; only the runs are followed one by one, because where a run
begins depends on the run before. Does not know the header around the body
(`core.camera.compressed`).
"""

import numpy as np

from reasonseg_ros.core.errors import BadImage

_LONGEST = 10  # nibbles: 30 bits, more than any count or difference needs


def decode(body: np.ndarray, count: int) -> np.ndarray:
    """Return uint16 [count], 0 = unknown.

    body   uint8, the nibble words; what lies behind the last pixel is ignored
    count  pixels of the image
    """
    numbers = _numbers(body[:(3 * count + 16) // 4 * 4])  # a pixel takes 3 bytes at most
    starts, end = _runs(numbers, count)
    lengths = np.stack([numbers[starts], numbers[starts + 1]], 1).ravel()
    known = np.repeat(np.arange(lengths.size) % 2 == 1, lengths)

    coded = np.ones(end, bool)
    coded[starts] = False
    coded[starts + 1] = False
    zigzag = numbers[:end][coded]
    differences = ((zigzag >> 1) ^ -(zigzag & 1)).astype(np.uint16)
    pixels = np.zeros(count, np.uint16)
    pixels[known] = np.cumsum(differences, dtype=np.uint16)  # wraps around like the writer's sum
    return pixels


def _numbers(body: np.ndarray) -> np.ndarray:
    """Return int32 [N], every number of the stream."""
    words = body[:body.size // 4 * 4].reshape(-1, 4)[:, ::-1]
    nibbles = np.stack([words >> 4, words & 15], 2).ravel()
    ends = np.flatnonzero(nibbles < 8)
    if ends.size == 0:
        raise BadImage(f'RVL depth ends after {body.size} bytes without a number; '
                       'check the transport')
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts + 1
    longest = int(lengths.max())
    if longest > _LONGEST:
        raise BadImage(f'RVL depth holds a number of {longest} nibbles, but none needs more than '
                       f'{_LONGEST}; check the transport')
    numbers: np.ndarray = (nibbles[starts] & 7).astype(np.int32)
    for place in range(1, longest):
        long = np.flatnonzero(lengths > place)
        digit = (nibbles[starts[long] + place] & 7).astype(np.int32)
        numbers[long] |= digit << (3 * place)
    return numbers


def _runs(numbers: np.ndarray, count: int) -> tuple[np.ndarray, int]:
    """Return where each run begins in `numbers` and where the last one ends."""
    view = numbers.data  # its items are Python integers, faster one by one than numpy's
    starts = []
    at = 0
    left = count
    while left > 0:
        if at + 1 >= numbers.size:
            raise BadImage(f'RVL depth ends {left} pixels before the {count} that its header '
                           'announces; check the transport')
        starts.append(at)
        nonzeros = view[at + 1]
        left -= view[at] + nonzeros
        at += 2 + nonzeros
    if left < 0 or at > numbers.size:
        raise BadImage(f'RVL depth does not fit the {count} pixels that its header announces; '
                       'check the transport')
    return np.array(starts, np.intp), at
