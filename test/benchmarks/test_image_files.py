# SPDX-License-Identifier: Apache-2.0
"""Image files of every depth, turned or too large, end in the right pixels or in a sentence."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from reasonseg_ros.benchmarks.image_files import (
    image_size,
    is_turned,
    read_rgb,
    read_values,
    stored_size,
)
from reasonseg_ros.core.errors import BadImage

RAMP = np.linspace(0, 65535, 64).astype(np.uint16).reshape(4, 16)


def bomb(path: Path, side: int = 30_000) -> Path:
    """A PNG of a few kB that is side x side pixels."""
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack('>I', len(content)) + kind + content + struct.pack(
            '>I', zlib.crc32(kind + content))
    header = struct.pack('>IIBBBBB', side, side, 1, 0, 0, 0, 0)
    path.write_bytes(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(
        b'IDAT', zlib.compress(b'\0' * 1000)) + chunk(b'IEND', b''))
    return path


@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_16_bits_are_scaled_by_their_range(tmp_path, suffix):
    path = tmp_path / f'a.{suffix}'
    Image.fromarray(RAMP).save(path)
    rgb = read_rgb(path)
    assert rgb.dtype == np.uint8 and rgb.shape == (4, 16, 3)
    assert (rgb[..., 0] == np.round(RAMP / 257)).all() and (rgb[..., 1] == rgb[..., 2]).all()


@pytest.mark.parametrize('kind', [np.int32, np.float32])
def test_values_without_a_range_are_refused(tmp_path, kind):
    Image.fromarray(RAMP.astype(kind)).save(tmp_path / 'a.tif')
    with pytest.raises(BadImage, match='32-bit .* range is not known; expected 8 or 16 bits'):
        read_rgb(tmp_path / 'a.tif')


def test_an_image_is_turned_as_its_tag_says_unless_the_annotations_count_stored_rows(tmp_path):
    path = tmp_path / 'a.jpg'
    exif = Image.Exif()
    exif[0x112] = 6
    Image.new('RGB', (16, 8)).save(path, exif=exif)
    assert is_turned(path) and image_size(path) == (16, 8) and stored_size(path) == (8, 16)
    assert read_rgb(path).shape == read_rgb(path, (16, 8)).shape == (16, 8, 3)
    assert read_rgb(path, (8, 16)).shape == (8, 16, 3)
    Image.new('RGB', (16, 8)).save(path)
    assert not is_turned(path) and image_size(path) == (8, 16)


@pytest.mark.filterwarnings('ignore:Image size')    # where pytest shows what the package hides
@pytest.mark.parametrize('read', [read_rgb, read_values, image_size, is_turned])
@pytest.mark.parametrize('side', [10_000, 30_000])
def test_a_decompression_bomb_ends_in_a_sentence(tmp_path, read, side):
    with pytest.raises(BadImage, match='more than the 50000000 pixels'):
        read(bomb(tmp_path / 'a.png', side))


@pytest.mark.parametrize('content, words', [
    (None, 'is missing'), (b'', 'cannot be read'), (b'\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'cannot'),
    (b'\xff\xd8\xff\xe0 no more', 'cannot be read')])
def test_what_is_no_image_is_one_line(tmp_path, content, words):
    if content is not None:
        (tmp_path / 'a.jpg').write_bytes(content)
    with pytest.raises(BadImage, match=words):
        read_rgb(tmp_path / 'a.jpg')


def test_a_folder_and_a_colour_image_are_no_labels(tmp_path):
    with pytest.raises(BadImage, match='cannot be read'):
        read_values(tmp_path)
    Image.new('RGB', (4, 4)).save(tmp_path / 'a.png')
    with pytest.raises(BadImage, match='3 channels; expected one value'):
        read_values(tmp_path / 'a.png')
