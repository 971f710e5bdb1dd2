# SPDX-License-Identifier: Apache-2.0
"""Reads a pickle that holds only plain values, and runs nothing that it names.

RefCOCO publishes its expressions as a pickle, and loading a pickle may run any program. Here the
opcodes are read by `pickletools` and only those that build lists, tuples, dictionaries, text and
numbers are obeyed; every other one is refused.
"""

import pickletools
from pathlib import Path
from typing import Any

from reasonseg_ros.core.errors import BadInput

_MARK = object()
_EMPTY = {'EMPTY_LIST': list, 'EMPTY_DICT': dict, 'EMPTY_TUPLE': tuple}
_VALUES = frozenset('INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING '
                    'SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES '
                    'SHORT_BINBYTES'.split())
_CONSTANTS = {'NONE': None, 'NEWTRUE': True, 'NEWFALSE': False}
_TUPLES = {'TUPLE1': 1, 'TUPLE2': 2, 'TUPLE3': 3}
_IGNORED = frozenset(('PROTO', 'FRAME', 'STOP'))


def read(path: Path) -> Any:
    """Return the value that the file holds. Raises BadInput."""
    try:
        return _build(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{path}"; check the folders in the file given with '
                       '--data') from error
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise BadInput(f'"{path}" is not a pickle of plain values ({error}); obtain the file '
                       'again') from error


def _build(content: bytes) -> Any:
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for opcode, argument, _ in pickletools.genops(content):
        name = opcode.name
        if name in _VALUES:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            stack.append(_EMPTY[name]())
        elif name == 'MARK':
            stack.append(_MARK)
        elif name in ('PUT', 'BINPUT', 'LONG_BINPUT'):
            memo[argument] = stack[-1]
        elif name == 'MEMOIZE':
            memo[len(memo)] = stack[-1]
        elif name in ('GET', 'BINGET', 'LONG_BINGET'):
            stack.append(memo[argument])
        elif name in _TUPLES:
            count = _TUPLES[name]
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ('TUPLE', 'LIST', 'DICT'):
            stack.append(_collected(name, _above_mark(stack)))
        elif name == 'APPEND':
            value = stack.pop()
            stack[-1].append(value)
        elif name == 'APPENDS':
            values = _above_mark(stack)
            stack[-1].extend(values)
        elif name == 'SETITEM':
            value, key = stack.pop(), stack.pop()
            stack[-1][key] = value
        elif name == 'SETITEMS':
            values = _above_mark(stack)
            stack[-1].update(zip(values[::2], values[1::2]))
        elif name not in _IGNORED:
            raise ValueError(f'it uses {name}, which could run a program')
    return stack[-1]


def _above_mark(stack: list[Any]) -> list[Any]:
    """Take what lies above the newest mark, and the mark, off the stack."""
    place = len(stack) - 1
    while stack[place] is not _MARK:
        place -= 1
    values = stack[place + 1:]
    del stack[place:]
    return values


def _collected(name: str, values: list[Any]) -> Any:
    if name == 'DICT':
        return dict(zip(values[::2], values[1::2]))
    return tuple(values) if name == 'TUPLE' else values
