# SPDX-License-Identifier: Apache-2.0
"""RVL bodies become the depth that was written, or are refused with one line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rvl_writer import encode

from reasonseg_ros.core.camera import rvl
from reasonseg_ros.core.errors import BadImage


def decode(body: bytes, count: int) -> np.ndarray:
    return rvl.decode(np.frombuffer(body, np.uint8), count)


def test_a_body_written_by_hand_is_read():
    # Two zeros, one non-zero, difference 5: 2, 1, then 10 = 0b001_010 in two nibbles: a, 1.
    body = bytes.fromhex('0000a121')  # the word 21a10000, low byte first
    assert decode(body, 3).tolist() == [0, 0, 5]


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 300), st.sampled_from([0.0, 0.05, 0.5, 0.95]), st.integers(1, 65535),
       st.integers(0, 2 ** 32 - 1))
def test_every_image_survives(count, holes, spread, seed):
    random = np.random.default_rng(seed)
    pixels = random.integers(65536 - spread, 65536, count).astype(np.uint16)
    pixels[random.random(count) < holes] = 0
    np.testing.assert_array_equal(decode(encode(pixels), count), pixels)


def test_an_image_of_zeros_alone_takes_one_word_and_survives():
    body = encode(np.zeros(4096, np.uint16))
    assert len(body) == 4 and not decode(body, 4096).any()


def test_what_lies_behind_the_last_pixel_is_ignored():
    pixels = np.array([7, 0, 9], np.uint16)
    assert decode(encode(pixels) + bytes(range(99)), 3).tolist() == [7, 0, 9]


@pytest.mark.parametrize(('body', 'count', 'words'), [
    (b'', 4, ['0 bytes', 'without a number']),
    (b'\xff' * 8, 4, ['8 bytes', 'without a number']),
    (b'\xff' * 8 + bytes(4), 4, ['17 nibbles', '10']),
    (bytes(8), 4, ['4 pixels before the 4']),
    (encode(np.arange(1, 33)), 40, ['8 pixels before the 40']),
    (encode(np.arange(1, 33)), 31, ['does not fit', '31']),
    (encode(np.arange(1, 33))[:8], 32, ['does not fit', '32']),
])
def test_a_body_that_does_not_fit_is_refused_in_one_line(body, count, words):
    with pytest.raises(BadImage) as refused:
        decode(body, count)
    text = str(refused.value)
    assert '\n' not in text and all(word in text for word in words), text


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200), st.integers(1, 400))
def test_random_bodies_are_read_or_refused_never_anything_else(body, count):
    try:
        assert decode(body, count).shape == (count,)
    except BadImage:
        pass
