# SPDX-License-Identifier: Apache-2.0
"""People judge what a language model wrote: a table to flag in, and the rule of two flags.

Everybody gets a copy of the CSV file and writes anything into the column "flag" of what is bad: a
question without sense, a wrong target, one that is missing. What two people flag is dropped. The
page with the images is made by `reports.review`.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.coco_table import Box
from reasonseg_ros.datasets.parts import written

COLUMNS = ('id', 'image', 'question', 'answer', 'targets', 'flag')
FLAGS = 2       # that a pair is dropped for


@dataclass(frozen=True)
class ReviewItem:
    """One question with its answer; `targets` are labels with their boxes."""

    id: str
    image: str
    question: str
    answer: str
    targets: tuple[tuple[str, Box], ...]


def write_table(path: Path, items: Iterable[ReviewItem]) -> None:
    """Write the CSV file that people flag in."""
    with written(path) as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for item in items:
            rows.writerow([item.id, item.image, item.question, item.answer,
                           ' | '.join(label for label, _ in item.targets), ''])


def flagged(paths: Sequence[Path]) -> frozenset[str]:
    """Return the ids that at least two of the files flag. Raises BadInput."""
    counts: Counter[str] = Counter()
    for path in paths:
        try:
            with path.open(encoding='utf-8-sig', newline='') as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadInput(f'"{path}" cannot be read ({error}); expected a table as in review/'
                           ) from error
        if rows and not {'id', 'flag'} <= rows[0].keys():
            raise BadInput(f'"{path}" has the columns {", ".join(map(str, rows[0]))}; expected '
                           f'{", ".join(COLUMNS)}')
        counts.update({row['id'] for row in rows if (row['flag'] or '').strip()})
    return frozenset(name for name, count in counts.items() if count >= FLAGS)
