# SPDX-License-Identifier: Apache-2.0
"""The rounds of one run, or of two side by side, as cards: image, words, ids, scores, IoU.

Worst cases first; filter and sort happen in the page (templates/gallery.html). Images are read
from beside the records, made small, and embedded in the page. Computes no figures.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.core.errors import BadImage
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.evaluation.figures import OPEN, RIGHT, quality, verdict
from reasonseg_ros.evaluation.records import RoundRecord

IMAGES = 500      # in one page, over both runs
WIDTH = 480       # pixels of an image in the page
QUALITY = 72      # with WIDTH: about 25 kB an image
CHOICES = 30      # names of a group of tags that a filter offers
LEGEND = 'filled: answered · white line: right'


@dataclass(frozen=True)
class Card:
    """One card: the same round of each run.

    index    place in the run, in the order asked
    folders  what the image of each round is relative to
    """

    index: int
    rounds: tuple[RoundRecord, ...]
    folders: tuple[Path, ...]

    @property
    def badness(self) -> float:
        """What the worst come first by: what was lost between two runs, else what is wrong."""
        worth = [quality(r) for r in self.rounds]
        return worth[0] - worth[-1] if len(worth) > 1 else 1 - worth[0]


@dataclass(frozen=True)
class Side:
    """One round of a card as the page shows it.

    image  (base64 JPEG, width, height), decoded by the page's script when it comes into view
    """

    record: RoundRecord
    verdict: str
    good: bool
    line: str
    image: tuple[str, int, int] | None


@dataclass(frozen=True)
class ShownCard:
    """One card as the page shows it; `score` is the highest of its last round."""

    index: int
    badness: float
    score: float
    tags: Sequence[str]
    sides: Sequence[Side]


@dataclass(frozen=True)
class Gallery:
    """What the template gallery.html takes.

    selects  name of a control -> value -> what is shown for it
    total    rounds of the run; `cards` may be fewer
    """

    cards: Sequence[ShownCard]
    selects: Mapping[str, Mapping[str, str]]
    paired: bool
    total: int
    legend: str = LEGEND


def single(rounds: Iterable[RoundRecord], folder: Path) -> list[Card]:
    """Return an entry per round, the worst first."""
    return _worst_first(Card(index, (r,), (folder,)) for index, r in enumerate(rounds))


def pairs(before: Iterable[RoundRecord], after: Iterable[RoundRecord], folders: tuple[Path, Path]
          ) -> list[Card]:
    """Return an entry per round that both runs have, what was lost first."""
    later = {(r.dialogue, r.round): r for r in after}
    return _worst_first(Card(index, (r, later[r.dialogue, r.round]), folders)
                        for index, r in enumerate(before) if (r.dialogue, r.round) in later)


def gallery(entries: Sequence[Card], names: Sequence[str]) -> Gallery:
    """Return what the page shows of the cards; `names` are those of the runs."""
    shown = entries[:IMAGES // len(names)]
    cards = [_shown_card(entry, names) for entry in tqdm(shown, desc='images', unit='round',
                                                         leave=False, disable=None)]
    return Gallery(cards, _selects(cards, len(names) > 1), len(names) > 1, len(entries))


def _worst_first(entries: Iterable[Card]) -> list[Card]:
    return sorted(entries, key=lambda entry: -entry.badness)  # stable: else in the order asked


def _tags(record: RoundRecord) -> list[str]:
    return [f'verdict:{verdict(record)}', f'round:{record.round}', *record.tags]


def _selects(cards: Sequence[ShownCard], paired: bool) -> dict[str, dict[str, str]]:
    orders = {'badness -1': 'largest loss first' if paired else 'worst first',
              'badness 1': 'largest gain first' if paired else 'best first',
              'asked 1': 'as asked', 'score -1': 'most sure first', 'score 1': 'least sure first'}
    groups: dict[str, dict[str, None]] = {}
    for tag in (tag for card in cards for tag in card.tags):
        group, _, name = tag.partition(':')
        groups.setdefault(group, {})[name] = None
    fields = {'sort': orders}
    for group, names in groups.items():
        if 1 < len(names) <= CHOICES:
            ordered = sorted(names, key=lambda n: (len(n), n) if n.isdigit() else (0, n))
            fields[group] = {'': f'any {group}', **{n: n for n in ordered}}
    return fields


def _shown_card(card: Card, names: Sequence[str]) -> ShownCard:
    last = card.rounds[-1]
    scores = [t.score for t in last.targets if t.score is not None]
    sides = [_side(record, folder, name if len(names) > 1 else '')
             for record, folder, name in zip(card.rounds, card.folders, names)]
    return ShownCard(card.index, card.badness, max(scores, default=0.0), _tags(last), sides)


def _side(record: RoundRecord, folder: Path, name: str) -> Side:
    found = verdict(record)
    line = ' · '.join(filter(None, [
        name, f'{record.dialogue}, round {record.round}',
        f'expected {record.expected}' if record.expected else '',
        f'got {record.status}' if record.status else 'not asked']))
    image = _embedded(folder, record.picture) if record.picture else None
    return Side(record, found, found in (RIGHT, OPEN), line, image)


def _embedded(folder: Path, name: str) -> tuple[str, int, int] | None:
    """Return (base64 JPEG, width, height) of an image made small; None when it cannot be read.

    Results may come from elsewhere: what they name stays in their folder.
    """
    try:
        image = Image.fromarray(read_rgb(inside(folder, name)))
    except (BadImage, ValueError):
        return None
    if image.width > WIDTH:
        image = image.resize((WIDTH, max(1, round(image.height * WIDTH / image.width))),
                             Image.Resampling.BOX)
    buffer = BytesIO()
    image.save(buffer, format='jpeg', quality=QUALITY, optimize=True)
    return base64.b64encode(buffer.getvalue()).decode(), image.width, image.height
