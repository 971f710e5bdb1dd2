# SPDX-License-Identifier: Apache-2.0
"""Plain values from a file to dataclasses: the fields' own types are the schema.

A file that somebody hands in may hold anything where a number is expected. `build` compares every
value with the type that the dataclass states, and names the place of the first that differs, what
was found there and what was expected. Knows str, int, float, bool, None, Any, tuples and lists of
one type, mappings by text, unions of these, and dataclasses of all. Reads no files and checks no
ranges.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar('T')
Reader = Callable[[object, str], Any]
WORDS = {str: 'text', int: 'a whole number', float: 'a finite number', bool: 'true or false',
         NoneType: 'null'}


def build(kind: type[T], plain: object, place: str = '') -> T:
    """Return a value of `kind`. Raises ValueError naming the field below `place`."""
    reader: Reader = _reader(kind)  # type: ignore[arg-type]  # types are hashable
    built: T = reader(plain, place)
    return built


def wrong(place: str, found: object, expected: str) -> ValueError:
    """Return the error for a value at a place, '' = the whole."""
    where = f'field {place}: ' if place else ''
    return ValueError(f'{where}found {shown(found)}, expected {expected}')


def shown(value: object) -> str:
    """A value as JSON has it, cut short."""
    if value is None or isinstance(value, bool):
        return {None: 'null', True: 'true', False: 'false'}[value]
    if isinstance(value, (Mapping, list, tuple)):
        return 'a table' if isinstance(value, Mapping) else 'a list'
    text = repr(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


@cache
def _reader(kind: Any) -> Reader:
    if kind is Any:
        return lambda value, place: value
    if is_dataclass(kind):
        return _of_dataclass(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _of_union(inner)
    if origin is tuple:
        return _of_list(_reader(inner[0]), tuple)
    if origin is list:
        return _of_list(_reader(inner[0]), list)
    if origin is not None and issubclass(origin, Mapping):
        return _of_mapping(_reader(inner[1]))
    return _of_scalar(kind)


def _of_scalar(kind: type) -> Reader:
    def read(value: object, place: str) -> object:
        good = isinstance(value, (int, float) if kind is float else kind)
        if isinstance(value, bool) and kind is not bool:
            good = False
        if isinstance(value, float) and not math.isfinite(value):
            good = False
        if not good:
            raise wrong(place, value, WORDS[kind])
        return value
    return read


def _of_union(kinds: tuple[Any, ...]) -> Reader:
    readers = [_reader(kind) for kind in kinds]
    words = ' or '.join(WORDS.get(kind, 'a table') for kind in kinds)

    def read(value: object, place: str) -> object:
        for reader in readers:
            try:
                return reader(value, place)
            except ValueError:
                pass
        raise wrong(place, value, words)
    return read


def _of_list(inner: Reader, make: Callable[[list[object]], object]) -> Reader:
    def read(value: object, place: str) -> object:
        if not isinstance(value, (list, tuple)):
            raise wrong(place, value, 'a list')
        return make([inner(one, f'{place}[{index}]') for index, one in enumerate(value)])
    return read


def _of_mapping(inner: Reader) -> Reader:
    def read(value: object, place: str) -> object:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise wrong(place, value, 'a table')
        return {key: inner(one, _below(place, key)) for key, one in value.items()}
    return read


def _of_dataclass(kind: Any) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    needed = [field.name for field in fields(kind)
              if field.default is MISSING and field.default_factory is MISSING]

    def read(value: object, place: str) -> object:
        if isinstance(value, kind):  # whoever calls has made it
            return value
        if not isinstance(value, Mapping):
            raise wrong(place, value, f'a table with {", ".join(readers)}')
        for name in value:
            if name not in readers:
                raise ValueError(f'field {_below(place, str(name)):.80}: it is unknown, expected '
                                 f'one of {", ".join(readers)}')
        for name in needed:
            if name not in value:
                raise ValueError(f'field {_below(place, name)}: it is missing')
        return kind(**{name: readers[name](one, _below(place, name))
                       for name, one in value.items()})
    return read


def _below(place: str, name: str) -> str:
    return f'{place}.{name}' if place else name
