# SPDX-License-Identifier: Apache-2.0
"""Rows of camera buffers are unpacked whatever their step, or refused with one line."""

import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.camera.raw import decode_colour, decode_depth
from reasonseg_ros.core.errors import BadImage

RGB = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)  # 3 wide, 2 high


def padded(pixels: np.ndarray, padding: int) -> tuple[bytes, int]:
    """Rows of `pixels` with `padding` bytes of 0xAA after each; returns data and step."""
    rows = np.ascontiguousarray(pixels).view(np.uint8).reshape(pixels.shape[0], -1)
    rows = np.hstack([rows, np.full((len(rows), padding), 0xAA, np.uint8)])
    return rows.tobytes(), rows.shape[1]


@pytest.mark.parametrize('padding', [0, 5])
@pytest.mark.parametrize(('encoding', 'pixels'), [
    ('rgb8', RGB),
    ('bgr8', RGB[..., ::-1]),
    ('rgba8', np.dstack([RGB, np.full((2, 3), 9, np.uint8)])),
    ('bgra8', np.dstack([RGB[..., ::-1], np.full((2, 3), 9, np.uint8)])),
])
def test_colour_encodings_become_rgb_whatever_the_padding(encoding, pixels, padding):
    data, step = padded(pixels, padding)
    image = decode_colour(data, 3, 2, step, encoding)
    np.testing.assert_array_equal(image, RGB)
    assert image.dtype == np.uint8 and image.flags.c_contiguous


def test_mono_is_repeated_in_three_channels():
    image = decode_colour(bytes([7, 8]), 2, 1, 2, 'mono8')
    assert image.tolist() == [[[7, 7, 7], [8, 8, 8]]]


def test_a_decoded_image_does_not_change_when_the_buffer_is_filled_again():
    buffer = array.array('B', RGB.tobytes())
    image = decode_colour(buffer, 3, 2, 9, 'rgb8')
    buffer[0] = 200
    assert image[0, 0, 0] == RGB[0, 0, 0]


@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('padding', [0, 2, 3])
def test_millimetres_become_metres_and_zero_and_the_largest_become_unknown(big_endian, padding):
    depth = np.array([[0, 1500], [300, 65535], [65534, 0]], '>u2' if big_endian else '<u2')
    data, step = padded(depth, padding)
    metres = decode_depth(data, 2, 3, step, '16UC1', big_endian)
    np.testing.assert_allclose(metres, [[np.nan, 1.5], [0.3, np.nan], [65.534, np.nan]],
                               rtol=1e-6)
    assert metres.dtype == np.float32


@pytest.mark.parametrize('big_endian', [False, True])
def test_depth_in_metres_keeps_only_finite_positive_values(big_endian):
    depth = np.array([[1.25, 0, -2, np.nan, np.inf, 3e38]], '>f4' if big_endian else '<f4')
    metres = decode_depth(depth.tobytes(), 6, 1, 24, '32FC1', big_endian)
    np.testing.assert_array_equal(metres, [[1.25] + [np.nan] * 5])
    assert metres.dtype == np.float32 and metres.dtype.isnative


@pytest.mark.parametrize(('decode', 'args', 'words'), [
    (decode_colour, (bytes(18), 3, 2, 9, 'nv24'), ['nv24', 'rgb8, bgr8']),
    (decode_colour, (bytes(12), 3, 2, 6, 'uyvy'), ['3x2', 'even width;']),
    (decode_colour, (bytes(18), 4, 3, 4, 'nv12'), ['4x3', 'even width and height']),
    (decode_colour, (bytes(8), 4, 2, 4, 'nv12'), ['8 bytes', '3 rows of step 4 take 12']),
    (decode_colour, (bytes(8), 4, 2, 4, 'bayer_rggb8'), ['4x2', '3x3']),
    (decode_colour, (bytes(12), 3, 2, 6, '16UC1'), ['16UC1', 'depth encoding', 'topic']),
    (decode_depth, (bytes(18), 3, 2, 9, 'rgb8'), ['rgb8', 'colour encoding', '32FC1']),
    (decode_colour, (bytes(18), 3, 2, 8, 'rgb8'), ['step 8', '9 bytes']),
    (decode_colour, (bytes(17), 3, 2, 9, 'rgb8'), ['17 bytes', '18']),
    (decode_colour, (b'', 0, 2, 9, 'rgb8'), ['0x2']),
    (decode_colour, (b'', 2, 0, 9, 'rgb8'), ['2x0']),
    (decode_colour, (b'', 8000, 8000, 24000, 'rgb8'), ['8000x8000', '16777216']),
    (decode_depth, (bytes(8), 3, 1, 6, '32FC1'), ['step 6', '12 bytes']),
])
def test_a_bad_image_is_refused_in_one_line_that_names_found_and_expected(decode, args, words):
    with pytest.raises(BadImage) as refused:
        decode(*args)
    text = str(refused.value)
    assert '\n' not in text and all(word in text for word in words), text


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 4), st.randoms(use_true_random=False))
def test_every_pixel_survives_any_size_and_padding(width, height, padding, random):
    pixels = np.frombuffer(random.randbytes(width * height * 3), np.uint8)
    pixels = pixels.reshape(height, width, 3)
    data, step = padded(pixels, padding)
    np.testing.assert_array_equal(decode_colour(data, width, height, step, 'rgb8'), pixels)
    np.testing.assert_array_equal(
        decode_colour(data, width, height, step, 'bgr8'), pixels[..., ::-1])
