# SPDX-License-Identifier: Apache-2.0
"""JSON files that are larger than the memory: the items of their lists, one at a time.

Of a table, the items of each of its lists; of a list, its items. Values that are no lists are
passed over. Holds one block and one item; knows nothing of what they mean.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from reasonseg_ros.core.errors import BadInput

BLOCK = 1 << 20     # characters that are read at a time
_NUMBER = 32        # characters of a number, at most


def items(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield (section, item); the section of a list that is the whole file is ''.

    Raises BadInput for a file that is missing, cannot be read or is not JSON.
    """
    try:
        with path.open(encoding='utf-8-sig') as file:
            yield from _Reader(file).items()
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{path}"; check the file given with --sources'
                       ) from error
    except OSError as error:
        raise BadInput(f'"{path}" cannot be read ({error.strerror or error}); check the file '
                       'given with --sources') from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f'"{path}" is not JSON ({error}); obtain the file again') from error


class _Reader:
    """A text that is read in blocks; `_at` is the place of the next character in `_text`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._text, self._at = '', 0
        self._decode = json.JSONDecoder().raw_decode

    def items(self) -> Iterator[tuple[str, Any]]:
        opening = self._next()
        if opening == '[':
            for item in self._list():
                yield '', item
        elif opening == '{':
            yield from self._table()
        else:
            raise ValueError('expected a list or a table')
        if self._next():
            raise ValueError('there is more behind its end')

    def _table(self) -> Iterator[tuple[str, Any]]:
        if self._peek() == '}':
            self._next()
            return
        while True:
            name = self._value()
            if not isinstance(name, str) or self._next() != ':':
                raise ValueError('expected a name and ":"')
            if self._peek() == '[':
                self._next()
                for item in self._list():
                    yield name, item
            else:
                self._value()
            if self._ends('}'):
                return

    def _list(self) -> Iterator[Any]:
        if self._peek() == ']':
            self._next()
            return
        while True:
            yield self._value()
            # What nearly always follows is looked for first: long lists have millions of items.
            if self._text[self._at:self._at + 1] == ',':
                self._at += 1
            elif self._ends(']'):
                return

    def _ends(self, closing: str) -> bool:
        """Whether the list or table ends here; otherwise the next item follows."""
        found = self._next()
        if found not in (',', closing) or not found:
            raise ValueError(f'expected "," or "{closing}"' if found else 'it ends too early')
        return found == closing

    def _value(self) -> Any:
        if self._text[self._at:self._at + 1] in ('', ' ', '\n', '\t', '\r'):
            self._peek()
        size = BLOCK
        while True:
            try:
                value, end = self._decode(self._text, self._at)
                # A number near the end may go on in the next block: 2.5 | e-3.
                whole = type(value) not in (int, float) or len(self._text) - end > _NUMBER
                if whole or not self._more(size):
                    self._at = end
                    return value
            except json.JSONDecodeError:
                if not self._more(size):
                    raise
            size *= 2

    def _peek(self) -> str:
        """The next character that is no blank, '' at the end."""
        while True:
            while self._at < len(self._text):
                found = self._text[self._at]
                if found not in ' \t\r\n':
                    return found
                self._at += 1
            if not self._more(BLOCK):
                return ''

    def _next(self) -> str:
        found = self._peek()
        self._at += len(found)
        return found

    def _more(self, size: int) -> bool:
        block = self._file.read(size)
        if not block:
            return False
        self._text, self._at = self._text[self._at:] + block, 0
        return True
