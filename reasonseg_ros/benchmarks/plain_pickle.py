# SPDX-License-Identifier: Apache-2.0
"""Reads a pickle that holds only plain values, and runs nothing that it names.

RefCOCO publishes its expressions as a pickle, and loading a pickle may run any program. Here the
opcodes are read by `pickletools` and only those that build lists, tuples, dictionaries, text and
numbers are obeyed; every other one is refused.
"""

import pickletools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reasonseg_ros.core.errors import BadInput

_MARK = object()
_VALUES = ('INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING '
           'SHORT_BINSTRING UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 BINBYTES '
           'SHORT_BINBYTES').split()
_IGNORED = ('PROTO', 'FRAME', 'STOP')


def read(path: Path) -> Any:
    """Return the value that the file holds. Raises BadInput."""
    try:
        return _build(path.read_bytes())
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{path}"; check the folders in the file given with '
                       '--data') from error
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f'"{path}" is not a pickle of plain values ({error}); obtain the file '
                       'again') from error


def _build(content: bytes) -> Any:
    builder = _Builder()
    obeyed = builder.opcodes()
    for opcode, argument, _ in pickletools.genops(content):
        act = obeyed.get(opcode.name)
        if act is None:
            raise ValueError(f'it uses {opcode.name}, which could run a program')
        act(argument)
    return builder.stack[-1]


class _Builder:
    """The stack and the memo of a pickle while it is read; one method for each kind of opcode."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def opcodes(self) -> dict[str, Callable[[Any], None]]:
        """Return what each opcode does with its argument; one that is not here is refused."""
        push = self.stack.append
        return {
            **{name: push for name in _VALUES},
            **{name: lambda _: None for name in _IGNORED},
            'NONE': lambda _: push(None), 'NEWTRUE': lambda _: push(True),
            'NEWFALSE': lambda _: push(False), 'MARK': lambda _: push(_MARK),
            'EMPTY_LIST': lambda _: push([]), 'EMPTY_DICT': lambda _: push({}),
            'EMPTY_TUPLE': lambda _: push(()),
            'TUPLE1': lambda _: self._tuple(1), 'TUPLE2': lambda _: self._tuple(2),
            'TUPLE3': lambda _: self._tuple(3), 'TUPLE': lambda _: push(tuple(self._above_mark())),
            'LIST': lambda _: push(self._above_mark()),
            'DICT': lambda _: push(_paired(self._above_mark())),
            'PUT': self._put, 'BINPUT': self._put, 'LONG_BINPUT': self._put,
            'MEMOIZE': lambda _: self._put(len(self.memo)),
            'GET': self._get, 'BINGET': self._get, 'LONG_BINGET': self._get,
            'APPEND': self._append, 'SETITEM': self._set_item,
            'APPENDS': self._extend, 'SETITEMS': self._update}

    def _put(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    def _get(self, place: int) -> None:
        self.stack.append(self.memo[place])

    def _append(self, _: None) -> None:
        value = self.stack.pop()
        self.stack[-1].append(value)

    def _set_item(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.stack[-1][key] = value

    def _extend(self, _: None) -> None:
        values = self._above_mark()
        self.stack[-1].extend(values)

    def _update(self, _: None) -> None:
        values = self._above_mark()
        self.stack[-1].update(_paired(values))

    def _tuple(self, count: int) -> None:
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def _above_mark(self) -> list[Any]:
        """Take what lies above the newest mark, and the mark, off the stack."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
        values = self.stack[place + 1:]
        del self.stack[place:]
        return values


def _paired(values: list[Any]) -> dict[Any, Any]:
    return dict(zip(values[::2], values[1::2]))
