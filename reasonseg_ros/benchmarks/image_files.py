# SPDX-License-Identifier: Apache-2.0
"""Image files to arrays: the one way in for every verb and reader.

Sizes are checked before memory is spent, so that a decompression bomb ends in a sentence. Values of
16 bits are scaled by their range, as mono16 of a camera is; 32 bits and floating numbers have no
range that a file states, and are refused. The EXIF tag that turns an image is honoured. Does not
decode what cameras send (`core.camera.compressed`) and does not write.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from reasonseg_ros.core.camera.compressed import check_scans
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.mask_input import MOST_PIXELS

# The limit here is lower, and what it refuses is said in a sentence.
warnings.filterwarnings('ignore', category=Image.DecompressionBombWarning)
_TURNED = range(5, 9)     # values of the EXIF tag that change rows for columns
_ORIENTATION = 0x112
_BITS_16 = ('I;16', 'I;16L', 'I;16B', 'I;16N')
_DEEP = {'I': '32-bit whole numbers', 'F': '32-bit floating numbers'}
# Pillow raises any of them on bad data; SyntaxError, for one, on a broken PNG.
_FAULTS = (ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError,
           OverflowError, MemoryError, Image.DecompressionBombError)


def image_size(path: Path) -> tuple[int, int]:
    """(height, width) of an upright image, from its header. Raises BadImage."""
    with _opened(path) as image:
        if _orientation(image) in _TURNED:
            return image.width, image.height
        return image.height, image.width


def stored_size(path: Path) -> tuple[int, int]:
    """(height, width) of the rows as the file holds them. Raises BadImage."""
    with _opened(path) as image:
        return image.height, image.width


def is_turned(path: Path) -> bool:
    """Whether an EXIF tag says that the stored rows are not those of the upright image."""
    with _opened(path) as image:
        return _orientation(image) in range(2, 9)


def read_rgb(path: Path, size: tuple[int, int] | None = None, most: int = MOST_PIXELS
             ) -> np.ndarray:
    """Return uint8 [H, W, 3], upright as the EXIF tag of the camera says.

    size  (height, width) that annotations count in: an image that has it only as it is stored is
          not turned
    most  pixels that are read

    Raises BadImage.
    """
    with _opened(path, most) as image:
        check_scans(f'"{path}"', path.read_bytes(), image.width, image.height)
        upright = _orientation(image) in range(2, 9)
        if upright and size is not None:
            stored = image.height, image.width
            turned = stored[::-1] if _orientation(image) in _TURNED else stored
            upright = turned == size or stored != size
        return _rgb(ImageOps.exif_transpose(image) if upright else image, path)


def read_values(path: Path) -> np.ndarray:
    """Return the values [H, W] of a label or depth image (PNG), as stored. Raises BadImage."""
    with _opened(path) as image:
        values = np.array(image)
    if values.ndim != 2:
        raise BadImage(f'image "{path}" has {values.shape[2]} channels; expected one value per '
                       'pixel')
    return values


@contextmanager
def _opened(path: Path, most: int = MOST_PIXELS) -> Iterator[Image.Image]:
    """Open an image of a size that can be held; what Pillow finds wrong becomes BadImage."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > most:
                raise BadImage(f'image "{path}" is {image.width}x{image.height}, more than the '
                               f'{most} pixels that are read; make it smaller')
            yield image
    except FileNotFoundError as error:
        raise BadImage(f'image "{path}" is missing; check the folder of images') from error
    except Image.DecompressionBombError as error:
        raise BadImage(f'image "{path}" has far more than the {most} pixels that are read; make it '
                       'smaller') from error
    except UnidentifiedImageError as error:
        raise BadImage(f'image "{path}" cannot be read as an image; expected PNG, JPEG or another '
                       'common format') from error
    except OSError as error:
        raise BadImage(f'image "{path}" cannot be read ({error.strerror or error}); obtain it '
                       'again') from error
    except _FAULTS as error:
        raise BadImage(f'image "{path}" cannot be decoded ({" ".join(str(error).split()):.120}); '
                       'obtain it again') from error


def _orientation(image: Image.Image) -> int:
    found = image.getexif().get(_ORIENTATION, 1)
    return found if isinstance(found, int) else 1


def _rgb(image: Image.Image, path: Path) -> np.ndarray:
    """uint8 [H, W, 3] of an opened image."""
    if image.mode in _BITS_16 or (image.mode == 'I' and image.format == 'PNG'):
        # Pillow of before 11.3 says "I" for a PNG of 16 bits, and no PNG has more.
        grey = np.asarray(image).astype(np.float32) / 257
        return np.repeat(grey.round().clip(0, 255).astype(np.uint8)[..., None], 3, 2)
    if image.mode in _DEEP:
        raise BadImage(f'image "{path}" has {_DEEP[image.mode]} a pixel, whose range is not known; '
                       'expected 8 or 16 bits; save it as such a PNG')
    return np.array(image.convert('RGB'))
