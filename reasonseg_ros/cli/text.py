# SPDX-License-Identifier: Apache-2.0
"""Plain text for terminals: tables, lines, words for a status. Knows neither ROS nor engines."""

import io
import sys
from collections.abc import Iterable, Sequence

from reasonseg_ros.core.errors import Status

# What a person reads for a status that is an answer.
WORDS = {Status.OK: 'ok', Status.NOTHING_FOUND: 'not there', Status.AMBIGUOUS: 'which one?',
         Status.TALK: 'talk'}

WIDEST = 10_000  # characters of a line of a table


def say(text: str = '') -> None:
    """Write one line for people to standard output, at once."""
    sys.stdout.write(f'{text}\n')
    sys.stdout.flush()


def note(text: str) -> None:
    """Write one line for people to standard error: what is no result."""
    sys.stderr.write(f'{text}\n')
    sys.stderr.flush()


def status_word(status: Status) -> str:
    """Return a short word for a status."""
    return WORDS.get(status, status.name.lower().replace('_', ' '))


def instance_line(instance_id: int, label: str, score: float, parent_id: int = 0) -> str:
    """Return an instance as people read it: '2 handle of 1 (0.93)'."""
    of = f' of {parent_id}' if parent_id else ''
    return f'{instance_id} {label}{of} ({score:.2f})'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return lines with aligned columns; the columns `right` are set flush right."""
    from rich.console import Console
    from rich.rule import Rule
    from rich.table import Table
    from rich.text import Text
    flush = set(right)
    grid = Table.grid(padding=(0, 2))
    for number in range(len(head)):
        grid.add_column(justify='right' if number in flush else 'left', no_wrap=True)
    grid.add_row(*map(Text, head))
    grid.add_row(*(Rule(characters='-', style='') for _ in head))
    for row in rows:
        grid.add_row(*map(Text, row))
    written = io.StringIO()
    # As wide as it becomes, without colours: whoever reads it may be a file.
    Console(file=written, width=WIDEST, color_system=None).print(grid)
    return '\n'.join(line.rstrip() for line in written.getvalue().splitlines())


def shorten(text: str, width: int) -> str:
    """Return text that is at most `width` characters wide."""
    return text if len(text) <= width else f'{text[:width - 3].rstrip()}...'
