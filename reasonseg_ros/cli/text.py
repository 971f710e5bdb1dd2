# SPDX-License-Identifier: Apache-2.0
"""Plain text for terminals: tables, lines, words for a status. Knows neither ROS nor engines."""

import sys
from collections.abc import Iterable
from collections.abc import Sequence

from reasonseg_ros.core.errors import Status

# What a person reads for a status that is an answer.
WORDS = {Status.OK: 'ok', Status.NOTHING_FOUND: 'not there', Status.AMBIGUOUS: 'which one?'}


def say(text: str = '') -> None:
    """Write one line for people to standard output, at once."""
    sys.stdout.write(f'{text}\n')
    sys.stdout.flush()


def status_word(status: Status) -> str:
    """Return a short word for a status."""
    return WORDS.get(status, status.name.lower().replace('_', ' '))


def instance_line(instance_id: int, label: str, score: float, parent_id: int = 0) -> str:
    """Return an instance as people read it: '2 handle of 1 (0.93)'."""
    of = f' of {parent_id}' if parent_id else ''
    return f'{instance_id} {label}{of} ({score:.2f})'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return lines with aligned columns; the columns `right` are set flush right."""
    lines = [list(head), *([*row] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    flush = set(right)

    def join(line: Sequence[str]) -> str:
        cells = (cell.rjust(width) if i in flush else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(line, widths, strict=True)))
        return '  '.join(cells).rstrip()

    rule = '  '.join('-' * width for width in widths).rstrip()
    return '\n'.join([join(lines[0]), rule, *(join(line) for line in lines[1:])])


def shorten(text: str, width: int) -> str:
    """Return text that is at most `width` characters wide."""
    return text if len(text) <= width else f'{text[:width - 3].rstrip()}...'
