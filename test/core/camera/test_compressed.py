# SPDX-License-Identifier: Apache-2.0
"""Compressed messages become RGB and metres whatever their format string, or are refused."""

import array
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.rvl_writer import encode as rvl_body

from reasonseg_ros.core.camera import compressed
from reasonseg_ros.core.camera.compressed import decode_compressed_colour, decode_compressed_depth
from reasonseg_ros.core.errors import BadImage

Y, X = np.mgrid[:24, :32]
BLOCK_Y, BLOCK_X = Y // 8, X // 8  # JPEG keeps what is flat within its 8x8 blocks
RGB = np.stack([20 + 70 * BLOCK_X, 230 - 80 * BLOCK_Y, 40 + 33 * BLOCK_X + 52 * BLOCK_Y],
               2).astype(np.uint8)
BGR = np.ascontiguousarray(RGB[..., ::-1])
GREY = np.ascontiguousarray(RGB[..., 0])
MILLIMETRES = (np.arange(24 * 32).reshape(24, 32) * 85).astype(np.uint16)
METRES = np.where(MILLIMETRES, MILLIMETRES / 1000, np.nan)


def file(pixels: np.ndarray, extension: str) -> bytes:
    """Write an image in OpenCV's channel order; JPEG at the best quality, colour unthinned."""
    best = [cv2.IMWRITE_JPEG_QUALITY, 100,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    written, data = cv2.imencode(extension, pixels, best if extension == '.jpg' else [])
    assert written
    return data.tobytes()


@pytest.mark.parametrize('scans, pixels, good', [(10, 16_000_000, True), (40, 300_000, True),
                                                 (40, 16_000_000, False), (500, 300_000, False)])
def test_a_file_of_many_scans_over_many_pixels_is_refused(scans, pixels, good):
    data = b'\xff\xd8\xff' + b'\xff\xda' * scans
    if good:
        compressed.check_scans('colour', data, pixels, 1)
    else:
        with pytest.raises(BadImage, match=f'JPEG file of {scans} scans'):
            compressed.check_scans('colour', data, pixels, 1)


def depth_message(body: bytes, a: float = 0.0, b: float = 0.0) -> bytes:
    """Put the 12 bytes of configuration in front."""
    return struct.pack('<iff', 1, a, b) + body


def rvl(pixels: np.ndarray) -> bytes:
    height, width = pixels.shape
    return struct.pack('<II', width, height) + rvl_body(pixels.ravel())


def png(pixels: np.ndarray) -> bytes:
    return file(pixels, '.png')


JPEG, PNG, TIFF = file(BGR, '.jpg'), png(BGR), file(BGR, '.tiff')
BGR16 = BGR.astype(np.uint16) * 257
ALPHA = np.full((24, 32, 1), 9, np.uint8)
GREY3 = np.repeat(GREY[..., None], 3, 2)


@pytest.mark.parametrize(('format', 'data', 'expected', 'levels'), [
    ('png', PNG, RGB, 0),
    ('', PNG, RGB, 0),
    ('bgr8; png compressed bgr8', PNG, RGB, 0),
    ('rgb8; png compressed bgr8', PNG, RGB, 0),
    ('rgb8; png compressed rgb8', png(RGB), RGB, 0),
    ('bgr8; png compressed rgb8', png(RGB), RGB, 0),
    ('rgba8; png compressed rgba8', png(np.dstack([RGB, ALPHA])), RGB, 0),
    ('bgra8; png compressed ', png(np.dstack([BGR, ALPHA])), RGB, 0),
    ('rgb16; png compressed bgr16', png(BGR16), RGB, 0),
    ('rgb16; png compressed rgb16', png(BGR16[..., ::-1]), RGB, 0),
    ('8UC3; png compressed ', PNG, RGB, 0),
    ('mono8; png compressed ', png(GREY), GREY3, 0),
    ('mono16; png compressed ', png(GREY.astype(np.uint16) * 257), GREY3, 0),
    ('rgb8; tiff compressed bgr8', TIFF, RGB, 0),
    ('jpeg', JPEG, RGB, 1),
    ('', JPEG, RGB, 1),
    ('rgb8; jpeg compressed bgr8', JPEG, RGB, 1),
    ('rgb8; jpeg compressed rgb8', file(RGB, '.jpg'), RGB, 1),
    ('yuv422_yuy2; jpeg compressed bgr8', JPEG, RGB, 1),
    ('something else; of a driver', JPEG, RGB, 1),
    ('mono8; jpeg compressed mono8', file(GREY, '.jpg'), GREY3, 1),
    ('bayer_rggb8; jpeg compressed mono8', file(GREY, '.jpg'), GREY3, 1),
])
def test_compressed_colour_becomes_the_known_rgb(format, data, expected, levels):
    image = decode_compressed_colour(data, format)
    assert image.shape == RGB.shape and image.dtype == np.uint8 and image.flags.c_contiguous
    assert np.abs(image.astype(int) - expected).max() <= levels


@pytest.mark.parametrize(('scale', 'bits'), [(1, 8), (257, 16)])
def test_a_mosaic_in_a_png_is_interpolated(scale, bits):
    flat = np.where(Y % 2, np.where(X % 2, 30, 120), np.where(X % 2, 120, 200))  # RGGB
    data = png((flat * scale).astype(f'u{bits // 8}'))
    image = decode_compressed_colour(data, f'bayer_rggb{bits}; png compressed ')
    assert (image == [200, 120, 30]).all()


@pytest.mark.parametrize('holder', [
    lambda data: array.array('B', data),
    bytearray,
    memoryview,
    lambda data: np.frombuffer(data, np.uint8),
])
def test_any_holder_of_bytes_is_taken(holder):
    np.testing.assert_array_equal(decode_compressed_colour(holder(PNG), 'png'), RGB)
    data = depth_message(png(MILLIMETRES))
    metres = decode_compressed_depth(holder(data), '16UC1; compressedDepth png')
    np.testing.assert_allclose(metres, METRES, rtol=1e-6)


@pytest.mark.parametrize(('format', 'data'), [
    ('16UC1; compressedDepth png', depth_message(png(MILLIMETRES))),
    ('16UC1; compressedDepth', depth_message(png(MILLIMETRES))),
    ('16UC1', depth_message(png(MILLIMETRES))),
    ('16UC1; compressedDepth rvl', depth_message(rvl(MILLIMETRES))),
    ('mono16; compressedDepth png', depth_message(png(MILLIMETRES))),
    ('mono16; compressedDepth rvl', depth_message(rvl(MILLIMETRES))),
    ('16UC1; png compressed ', png(MILLIMETRES)),
])
def test_compressed_millimetres_become_metres_exactly(format, data):
    metres = decode_compressed_depth(data, format)
    np.testing.assert_allclose(metres, METRES, rtol=1e-6)
    assert metres.dtype == np.float32 and metres.flags.c_contiguous


@pytest.mark.parametrize(('codec', 'write'), [('png', png), ('rvl', rvl)])
def test_compressed_metres_follow_the_quantisation_of_the_message(codec, write):
    a, b = 100.0 * 101.0, 1.0 - 100.0 * 101.0 / 10.0  # what the transport sets for 10 m
    true = np.linspace(0.3, 9.9, 24 * 32).reshape(24, 32)
    true[3, 5] = np.nan
    steps = np.nan_to_num(a / true + b).astype(np.uint16)
    data = depth_message(write(steps), a, b)
    metres = decode_compressed_depth(data, f'32FC1; compressedDepth {codec}')
    step = true ** 2 / a  # metres between neighbouring steps; the transport rounds down
    known = ~np.isnan(true)
    assert (np.abs(metres - true)[known] < 1.1 * step[known]).all()
    np.testing.assert_array_equal(np.isnan(metres), ~known)
    assert metres.dtype == np.float32


def test_a_step_that_has_no_depth_is_unknown():
    steps = np.array([[0, 1, 5, 6, 9]], np.uint16)  # b = 5: 1 lies behind, 5 at infinity
    data = depth_message(png(steps), 8.0, 5.0)
    metres = decode_compressed_depth(data, '32FC1; compressedDepth png')
    np.testing.assert_array_equal(metres, [[np.nan, np.nan, np.nan, 8.0, 2.0]])


def resized_png(width: int, height: int) -> bytes:
    return PNG[:16] + struct.pack('>II', width, height) + PNG[24:]


def resized_jpeg(width: int, height: int) -> bytes:
    at = JPEG.index(b'\xff\xc0') + 5
    return JPEG[:at] + struct.pack('>HH', height, width) + JPEG[at + 4:]


@pytest.mark.parametrize(('data', 'format', 'words'), [
    (b'', 'jpeg', ['jpeg', 'JPEG, PNG or TIFF']),
    (b'\x00\x00\x00\x01\x67', 'h264', ['h264', '00 00 00 01 67']),
    (PNG[:20], 'png', ['png file of 20 bytes', 'damaged header']),
    (PNG[:-40], 'png', ['cut short']),
    (PNG.replace(b'IDAT', b'IDAU'), 'png', ['damaged png']),
    (JPEG[:len(JPEG) // 2], 'jpeg', ['damaged jpeg']),
    (JPEG[:4], 'jpeg', ['jpeg file of 4 bytes', 'damaged header']),
    (resized_png(8000, 8000), 'png', ['8000x8000', '16777216']),
    (resized_jpeg(60000, 60000), 'jpeg', ['60000x60000', '16777216']),
    (resized_png(0, 8), 'png', ['0x8']),
    (file(GREY.astype(np.float32), '.tiff'), 'tiff', ['float32', '8 or 16 bits']),
    (PNG, '16UC1; png compressed ', ['16UC1', 'depth encoding', 'topic']),
    (PNG, '16UC1; compressedDepth png', ['compressedDepth', 'topic']),
    (png(GREY), 'bayer_rggb16; png compressed ', ['bayer_rggb16', 'uint8', 'uint16']),
])
def test_bad_compressed_colour_is_refused_in_one_line(data, format, words):
    with pytest.raises(BadImage) as refused:
        decode_compressed_colour(data, format)
    text = str(refused.value)
    assert '\n' not in text and all(word in text for word in words), text


@pytest.mark.parametrize(('data', 'format', 'words'), [
    (file(GREY, '.jpg'), '16UC1; jpeg compressed mono8', ['JPEG', '8 bits', 'compressedDepth']),
    (file(GREY, '.jpg'), '16UC1; compressedDepth png', ['JPEG', '8 bits']),
    (depth_message(file(GREY, '.jpg')), '16UC1; compressedDepth', ['JPEG', '8 bits']),
    (depth_message(png(MILLIMETRES)), 'png', ['"png"', 'unit', '16UC1; compressedDepth png']),
    (depth_message(png(MILLIMETRES)), 'rgb8; compressedDepth png', ['rgb8', 'unit']),
    (depth_message(png(GREY)), '16UC1; compressedDepth png', ['uint8', 'uint16']),
    (depth_message(PNG), '16UC1; compressedDepth png', ['3 channels', 'one channel']),
    (depth_message(png(MILLIMETRES)), '32FC1; compressedDepth png', ['a=0.0', 'a > 0']),
    (depth_message(png(MILLIMETRES), float('nan')), '32FC1; compressedDepth', ['a=nan']),
    (png(MILLIMETRES), '32FC1; png compressed ', ['32FC1', '12 bytes']),
    (b'', '16UC1; compressedDepth png', ['0 bytes', '12 bytes']),
    (bytes(12), '16UC1; compressedDepth rvl', ['12 bytes']),
    (bytes(16), '16UC1; compressedDepth rvl', ['4 bytes', '8']),
    (bytes(40), '16UC1; compressedDepth rvl', ['0x0']),
    (bytes(40), '16UC1; compressedDepth zstd', ['zstd', 'PNG']),
    (depth_message(struct.pack('<II', 2 ** 32 - 1, 2 ** 32 - 1)), '16UC1; compressedDepth rvl',
     ['4294967295x4294967295', '16777216']),
    (depth_message(resized_png(9000, 9000)), '16UC1; compressedDepth png', ['9000x9000']),
    (depth_message(rvl(MILLIMETRES))[:-8], '16UC1; compressedDepth rvl', ['does not fit', '768']),
])
def test_bad_compressed_depth_is_refused_in_one_line(data, format, words):
    with pytest.raises(BadImage) as refused:
        decode_compressed_depth(data, format)
    text = str(refused.value)
    assert '\n' not in text and all(word in text for word in words), text


@pytest.mark.parametrize(('data', 'expected'), [
    (PNG, (compressed.PNG, (32, 24))),
    (JPEG, (compressed.JPEG, (32, 24))),
    (JPEG[:2] + b'\xff\xff\x01' + JPEG[2:], (compressed.JPEG, (32, 24))),  # fill, then no length
    (TIFF, (compressed.TIFF, (32, 24))),
    (b'MM\x00*\x00\x00\x00\x08\x00\x02' + struct.pack('>HHIHHHHIHH', 256, 3, 1, 70, 0, 257, 3, 1,
                                                      50, 0), (compressed.TIFF, (70, 50))),
    (b'GIF89a', (None, None)),
])
def test_codec_and_size_are_read_from_the_first_bytes(data, expected):
    assert (compressed.codec_of(data), compressed.size_of(data)) == expected


FORMATS = ['jpeg', '', 'rgb8; jpeg compressed bgr8', 'bayer_rggb8; png compressed ',
           '16UC1; compressedDepth png', '16UC1; compressedDepth rvl',
           '32FC1; compressedDepth rvl', '32FC1; compressedDepth png', 'x;y']
WHOLE = [JPEG, PNG, TIFF, png(MILLIMETRES), depth_message(rvl(MILLIMETRES), 8.0, 5.0),
         depth_message(png(MILLIMETRES), 8.0, 5.0)]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(WHOLE), st.integers(0, 200), st.binary(max_size=60), st.booleans(),
       st.sampled_from(FORMATS))
def test_damaged_messages_are_decoded_or_refused_never_anything_else(
        whole, at, damage, cut, format):
    data = whole[:at] + damage + (b'' if cut else whole[at + len(damage):])
    for decode in (decode_compressed_colour, decode_compressed_depth):
        try:
            decode(data, format)
        except BadImage as error:
            assert '\n' not in str(error)


def test_a_png_chunk_that_announces_more_than_the_file_holds_costs_no_memory():
    at = PNG.index(b'IDAT') - 4
    data = PNG[:at] + struct.pack('>I', 2 ** 32 - 1) + PNG[at + 4:]
    assert compressed.size_of(data) is None
    with pytest.raises(BadImage, match='cut short'):
        decode_compressed_colour(data, 'png')
