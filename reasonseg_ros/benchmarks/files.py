# SPDX-License-Identifier: Apache-2.0
"""Reading of annotation files and images, with one line for whatever is wrong with them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reasonseg_ros.core.errors import BadImage, BadInput

BLOCK = 1 << 20  # bytes that are hashed at a time


def read_json(path: Path) -> Any:
    """Return what a JSON file holds: UTF-8, or else the Windows encoding of some ReasonSeg files.

    Raises BadInput.
    """
    try:
        content = path.read_bytes()
        try:
            text = content.decode('utf-8')
        except UnicodeDecodeError:
            text = content.decode('cp1252')
        return json.loads(text)
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{path}"; check the folders in the file given with '
                       '--data') from error
    except ValueError as error:
        raise BadInput(f'"{path}" is not JSON ({error}); obtain the file again') from error


def image_size(path: Path) -> tuple[int, int]:
    """(height, width) of an image, from its header. Raises BadImage."""
    try:
        with Image.open(path) as image:
            return image.height, image.width
    except OSError as error:
        raise BadImage(f'image "{path}" {_why(path)}') from error


def read_rgb(path: Path) -> np.ndarray:
    """Return uint8 [H, W, 3] as stored: annotations count the stored rows. Raises BadImage."""
    try:
        with Image.open(path) as image:
            return np.array(image.convert('RGB'))
    except (OSError, ValueError, SyntaxError) as error:  # Pillow raises any of them on bad data
        raise BadImage(f'image "{path}" {_why(path)}') from error


def read_labels(path: Path) -> np.ndarray:
    """Return the values [H, W] of a label image (PNG). Raises BadInput."""
    try:
        with Image.open(path) as image:
            values = np.array(image)
    except (OSError, ValueError, SyntaxError) as error:
        raise BadInput(f'label image "{path}" {_why(path)}') from error
    if values.ndim != 2:
        raise BadInput(f'label image "{path}" has {values.shape[2]} channels; expected one '
                       'value per pixel')
    return values


def version_of(paths: Iterable[Path]) -> str:
    """First 12 hex digits of the SHA-256 over the files, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open('rb') as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()[:12]


def field(record: Mapping[str, Any], name: str, where: str) -> Any:
    """Return a field that must be there; `where` names the record. Raises BadInput."""
    if not isinstance(record, Mapping):
        raise BadInput(f'{where} is a {type(record).__name__}; expected a record with "{name}"')
    if name not in record:
        found = ', '.join(map(str, record)) or 'nothing'
        raise BadInput(f'{where} has no "{name}", only {found}; obtain the file again')
    return record[name]


def _why(path: Path) -> str:
    if not path.exists():
        return 'is missing; check the folder of images'
    return 'cannot be read; obtain it again'
