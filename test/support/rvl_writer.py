# SPDX-License-Identifier: Apache-2.0
"""The writing side of RVL, for tests. Shares nothing with the reader it is held against."""

import numpy as np


def encode(pixels: np.ndarray) -> bytes:
    """Write [N] uint16 as RVL, number by number as the paper describes it."""
    nibbles: list[int] = []

    def put(number: int) -> None:
        while number > 7:
            nibbles.append(8 | number & 7)
            number >>= 3
        nibbles.append(number)

    values = [int(value) for value in pixels]
    at, previous = 0, 0
    while at < len(values):
        first = at
        while at < len(values) and values[at] == 0:
            at += 1
        put(at - first)
        first = at
        while at < len(values) and values[at] != 0:
            at += 1
        put(at - first)
        for value in values[first:at]:
            difference, previous = value - previous, value
            put(2 * difference if difference >= 0 else -2 * difference - 1)
    nibbles += [0] * (-len(nibbles) % 8)
    words = np.array(nibbles, np.uint32).reshape(-1, 8) << np.arange(28, -1, -4, dtype=np.uint32)
    return words.sum(1).astype('<u4').tobytes()
