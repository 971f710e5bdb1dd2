# SPDX-License-Identifier: Apache-2.0
"""Annotation files: reading, and the checks of their fields, with one line for what is wrong.

`field` and its neighbours are the schema layer of the published formats: a record is checked where
it is read, so that one bad record costs what needs it and nothing else. Images are read by
`benchmarks.image_files`, files that people write by hand by `benchmarks.located_yaml`.
"""

import codecs
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.core.mask_input import check_image_size

BLOCK = 1 << 20  # bytes that are hashed at a time
KINDS: Mapping[type, str] = {str: 'text', list: 'a list', dict: 'a record', int: 'a whole number',
                             bool: 'true or false'}
T = TypeVar('T')


def read_json(path: Path) -> Any:
    """Return what a JSON file holds: UTF-8, or else the Windows encoding of some ReasonSeg files.

    A byte order mark in front is no part of it. Raises BadInput.
    """
    try:
        return json.loads(_text(path.read_bytes()))
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{path}"; check the folders in the file given with '
                       '--data') from error
    except OSError as error:
        raise BadInput(f'"{path}" cannot be read ({error.strerror}); check the folders in the file '
                       'given with --data') from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f'"{path}" is not JSON ({error}); obtain the file again') from error


def _text(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode('utf-16')
    try:
        return content.decode('utf-8-sig')
    except UnicodeDecodeError:
        return content.decode('cp1252')


def version_of(paths: Iterable[Path]) -> str:
    """First 12 hex digits of the SHA-256 over the files, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open('rb') as file:
            while block := file.read(BLOCK):
                digest.update(block)
    return digest.hexdigest()[:12]


def field(record: object, name: str, where: str, kind: type[T]) -> T:
    """Return a field that must be there and of a kind, one of KINDS or object for any.

    where  names the record

    Raises BadInput.
    """
    if not isinstance(record, Mapping):
        raise BadInput(f'{where} is {_kind(record)}; expected a record with "{name}"')
    if name not in record:
        found = ', '.join(map(str, record)) or 'nothing'
        raise BadInput(f'{where} has no "{name}", only {found:.200}; obtain the file again')
    value = record[name]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
        raise BadInput(f'{where} has {value!r:.60} as "{name}", expected {KINDS[kind]}; obtain the '
                       'file again')
    return value


def size_field(record: object, where: str) -> tuple[int, int]:
    """Return the fields "height" and "width". Raises BadInput."""
    try:
        return check_image_size(field(record, 'height', where, int),
                                field(record, 'width', where, int))
    except ValueError as error:
        raise BadInput(f'{where}: {error}; obtain the file again') from error


def sentence(record: object, name: str, where: str) -> str:
    """Return a field of words, without the blanks around them. Raises BadInput."""
    return words(field(record, name, where, object), f'"{name}" of {where}')


def words(value: object, where: str) -> str:
    """Return text that is not empty, without the blanks around it. Raises BadInput."""
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f'{where} is {value!r:.60}; expected words')
    return value.strip()


def by_id(records: Sequence[object], what: str, path: Path) -> dict[Any, Any]:
    """Return the records of a list by their "id"; one that is there twice is named.

    Raises BadInput.
    """
    found: dict[Any, Any] = {}
    for place, record in enumerate(records):
        key = field(record, 'id', f'{what} {place} of "{path}"', object)
        if not isinstance(key, (int, str)):
            raise BadInput(f'{what} {place} of "{path}" has the id {key!r:.60}, expected a number '
                           'or text; obtain the file again')
        if key in found and found[key] != record:
            raise BadInput(f'"{path}" has two different {what}s with the id {key!r}; obtain the '
                           'file again')
        found[key] = record
    return found


def file_below(folder: Path, name: object, where: str) -> Path:
    """Return the path of a file that annotations name, which stays in its folder.

    Raises BadInput.
    """
    try:
        return inside(folder, name)
    except ValueError as error:
        raise BadInput(f'{where} names a file: {error}; obtain the file again') from error


def _kind(value: object) -> str:
    return KINDS.get(type(value), f'{value!r:.60}')
