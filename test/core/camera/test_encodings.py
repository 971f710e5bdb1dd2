# SPDX-License-Identifier: Apache-2.0
"""Every encoding of the table becomes the known RGB or metres, within one level."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasonseg_ros.core.camera.encodings import ENCODINGS, converter
from reasonseg_ros.core.camera.raw import decode_colour, decode_depth
from reasonseg_ros.core.errors import BadImage

HEIGHT, WIDTH = 6, 8
Y, X = np.mgrid[:HEIGHT, :WIDTH]
RGB = np.stack([20 + 20 * X, 230 - 25 * Y, 40 + 9 * X + 13 * Y], 2).astype(np.uint8)
RGB16 = RGB.astype(np.uint16) * 257 + (100 * ((X + Y) % 3 - 1))[..., None].astype(np.uint16)
GREY = np.repeat(RGB[..., :1], 3, 2)
LUMA = (16 + 26 * X + 3 * Y).astype(np.uint8)
U = (40 + 20 * (X // 2) + 17 * (Y // 2)).astype(np.uint8)  # one value for each 2x2 block
V = (220 - 30 * (X // 2) + 11 * (Y // 2)).astype(np.uint8)
ALPHA = np.full((HEIGHT, WIDTH, 1), 77)
MILLIMETRES = (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH) * 1390).astype(np.uint16)


def bt601(luma: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The definition of BT.601 with limited range, in floating point."""
    y, pb, pr = (luma - 16.0) / 219, (u - 128.0) / 224, (v - 128.0) / 224
    red = y + 1.402 * pr
    blue = y + 1.772 * pb
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.clip(np.rint(255 * np.stack([red, green, blue], 2)), 0, 255)


def packed(first: str) -> np.ndarray:
    """[H, W, 2] of luma and chroma taking turns."""
    chroma = np.where(X % 2 == 0, U, V)
    return np.stack([chroma, LUMA] if first == 'u' else [LUMA, chroma], 2)


def planar(even: np.ndarray, odd: np.ndarray) -> np.ndarray:
    """[H * 3 / 2, W]: luma, then `even` and `odd` taking turns at half the resolution."""
    chroma = np.where(X % 2 == 0, even, odd)[::2]
    return np.vstack([LUMA, chroma])


def mosaic(rgb: np.ndarray, pattern: str) -> np.ndarray:
    """[H, W] of what a sensor sees whose first 2x2 pixels have the colours of `pattern`."""
    channel = np.array(['rgb'.index(colour) for colour in pattern]).reshape(2, 2)
    return np.take_along_axis(rgb, channel[Y % 2, X % 2][..., None], 2)


YUV = bt601(LUMA.astype(float), U.astype(float), V.astype(float))
BGR, BGR16 = RGB[..., ::-1], RGB16[..., ::-1]
COLOUR = {  # encoding -> pixels of the buffer, RGB that is expected
    'rgb8': (RGB, RGB),
    'bgr8': (BGR, RGB),
    'rgba8': (np.dstack([RGB, ALPHA]), RGB),
    'bgra8': (np.dstack([BGR, ALPHA]), RGB),
    'mono8': (RGB[..., 0], GREY),
    '8UC1': (RGB[..., 0], GREY),
    '8UC3': (BGR, RGB),
    '8UC4': (np.dstack([BGR, ALPHA]), RGB),
    'rgb16': (RGB16, RGB),
    'bgr16': (BGR16, RGB),
    'rgba16': (np.dstack([RGB16, ALPHA]), RGB),
    'bgra16': (np.dstack([BGR16, ALPHA]), RGB),
    'mono16': (RGB16[..., 0], GREY),
    'yuv422': (packed('u'), YUV),
    'uyvy': (packed('u'), YUV),
    'yuv422_yuy2': (packed('y'), YUV),
    'yuyv': (packed('y'), YUV),
    'nv12': (planar(U, V), YUV),
    'nv21': (planar(V, U), YUV),
    **{f'bayer_{pattern}8': (mosaic(RGB, pattern), RGB)
       for pattern in ('rggb', 'bggr', 'gbrg', 'grbg')},
    **{f'bayer_{pattern}16': (mosaic(RGB16, pattern), RGB)
       for pattern in ('rggb', 'bggr', 'gbrg', 'grbg')},
}
DEPTH = {  # encoding -> pixels of the buffer, metres that are expected
    '16UC1': (MILLIMETRES, np.where(MILLIMETRES, MILLIMETRES / 1000, np.nan)),
    'mono16': (MILLIMETRES, np.where(MILLIMETRES, MILLIMETRES / 1000, np.nan)),
    '32FC1': (MILLIMETRES / 7000, np.where(MILLIMETRES, MILLIMETRES / 7000, np.nan)),
}


def rows(pixels: np.ndarray, encoding: str, padding: int, big_endian: bool) -> tuple[bytes, int]:
    """Return data and step of `pixels` with `padding` bytes of 0xAA behind each row."""
    dtype = np.dtype(('>' if big_endian else '<') + ENCODINGS[encoding].dtype)
    lines = np.ascontiguousarray(pixels, dtype).view(np.uint8).reshape(len(pixels), -1)
    lines = np.hstack([lines, np.full((len(lines), padding), 0xaa, np.uint8)])
    return lines.tobytes(), lines.shape[1]


@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('padding', [0, 5, 8])
@pytest.mark.parametrize('encoding', COLOUR)
def test_every_colour_encoding_becomes_the_known_rgb_within_one_level(
        encoding, padding, big_endian):
    pixels, expected = COLOUR[encoding]
    data, step = rows(pixels, encoding, padding, big_endian)
    image = decode_colour(data, WIDTH, HEIGHT, step, encoding, big_endian)
    assert image.shape == RGB.shape and image.dtype == np.uint8 and image.flags.c_contiguous
    difference = np.abs(image.astype(int) - expected)
    if encoding.startswith('bayer'):  # the border has no neighbours to interpolate between
        difference = difference[1:-1, 1:-1]
    assert difference.max() <= 1


@pytest.mark.parametrize('big_endian', [False, True])
@pytest.mark.parametrize('padding', [0, 3, 4])
@pytest.mark.parametrize('encoding', DEPTH)
def test_every_depth_encoding_becomes_the_known_metres(encoding, padding, big_endian):
    pixels, expected = DEPTH[encoding]
    data, step = rows(pixels, encoding, padding, big_endian)
    metres = decode_depth(data, WIDTH, HEIGHT, step, encoding, big_endian)
    np.testing.assert_allclose(metres, expected, rtol=1e-6)
    assert metres.dtype == np.float32 and metres.dtype.isnative and metres.flags.c_contiguous


def test_the_tables_of_this_test_cover_every_encoding():
    assert set(COLOUR) == {name for name in ENCODINGS if converter(name, 'colour')}
    assert set(DEPTH) == {name for name in ENCODINGS if converter(name, 'depth')}


def test_16_bit_colour_is_divided_by_257_and_rounded_for_every_value():
    values = np.arange(65536, dtype='<u2').reshape(256, 256)
    image = decode_colour(values.tobytes(), 256, 256, 512, 'mono16')
    np.testing.assert_array_equal(image[..., 0], np.rint(values / 257))


@pytest.mark.parametrize('encoding', [name for name in COLOUR if name.startswith('bayer')])
def test_a_flat_mosaic_is_exact_up_to_the_border(encoding):
    flat = np.broadcast_to(RGB[3, 3].astype(int), RGB.shape)
    scale = 257 if encoding.endswith('16') else 1
    data, step = rows(mosaic(flat, encoding[6:10]) * scale, encoding, 0, False)
    np.testing.assert_array_equal(decode_colour(data, WIDTH, HEIGHT, step, encoding), flat)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_a_decoded_image_owns_its_memory(encoding):
    kind, table = ('colour', COLOUR) if encoding in COLOUR else ('depth', DEPTH)
    decode = decode_colour if kind == 'colour' else decode_depth
    data, step = rows(table[encoding][0], encoding, 0, False)
    buffer = bytearray(data)
    image = decode(buffer, WIDTH, HEIGHT, step, encoding)
    before = image.copy()
    buffer[:] = bytes(len(buffer))
    np.testing.assert_array_equal(image, before)
    assert image.flags.writeable


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(list(ENCODINGS)), st.binary(max_size=300), st.integers(-1, 9),
       st.integers(-1, 9), st.integers(-1, 40), st.booleans(), st.booleans())
def test_random_buffers_are_decoded_or_refused_never_anything_else(
        encoding, data, width, height, step, big_endian, colour):
    decode = decode_colour if colour else decode_depth
    try:
        image = decode(data, width, height, step, encoding, big_endian)
    except BadImage as error:
        assert '\n' not in str(error)
        return
    assert image.shape[:2] == (height, width)
