# SPDX-License-Identifier: Apache-2.0
"""The rounds of one run, or of two side by side, as cards: picture, words, ids, scores, IoU.

Worst cases first; filter and sort happen in the page (`reports.gallery_page`). Pictures are
read from beside the records, made small, and held inside the page. Computes no figures.
"""

import base64
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL import UnidentifiedImageError
from tqdm import tqdm

from reasonseg_ros.evaluation.figures import OPEN
from reasonseg_ros.evaluation.figures import RIGHT
from reasonseg_ros.evaluation.figures import quality
from reasonseg_ros.evaluation.figures import verdict
from reasonseg_ros.evaluation.records import RoundRecord
from reasonseg_ros.reports import html
from reasonseg_ros.reports.gallery_page import SCRIPT
from reasonseg_ros.reports.html import Html
from reasonseg_ros.reports.html import element

PICTURES = 500    # in one page, over both runs
WIDTH = 480       # pixels of a picture in the page
QUALITY = 72      # with WIDTH: about 25 kB a picture
CHOICES = 30      # names of a group of tags that a filter offers
LEGEND = 'filled: answered · white line: right'


@dataclass(frozen=True)
class Card:
    """One card: the same round of each run.

    index    place in the run, in the order held
    folders  what the picture of each round is relative to
    """

    index: int
    rounds: tuple[RoundRecord, ...]
    folders: tuple[Path, ...]

    @property
    def badness(self) -> float:
        """What the worst come first by: what was lost between two runs, else what is wrong."""
        worth = [quality(r) for r in self.rounds]
        return worth[0] - worth[-1] if len(worth) > 1 else 1 - worth[0]


def single(rounds: Iterable[RoundRecord], folder: Path) -> list[Card]:
    """Return an entry per round, the worst first."""
    return _worst_first(Card(index, (r,), (folder,)) for index, r in enumerate(rounds))


def pairs(before: Iterable[RoundRecord], after: Iterable[RoundRecord], folders: tuple[Path, Path]
          ) -> list[Card]:
    """Return an entry per round that both runs have, what was lost first."""
    later = {(r.dialogue, r.round): r for r in after}
    return _worst_first(Card(index, (r, later[r.dialogue, r.round]), folders)
                        for index, r in enumerate(before) if (r.dialogue, r.round) in later)


def gallery(entries: Sequence[Card], names: Sequence[str]) -> Html:
    """Return the cards with their controls; `names` are those of the runs."""
    shown = entries[:PICTURES // len(names)]
    left_out = len(entries) - len(shown)
    more = f' The worst {len(shown)} of {len(entries)}; rounds.csv has all.' if left_out else ''
    cards = [_card(entry, place, names)
             for place, entry in enumerate(tqdm(shown, desc='pictures', unit='round', leave=False,
                                                disable=None))]
    css = 'cards pairs' if len(names) > 1 else 'cards'
    return html.join([
        html.paragraph(f'{LEGEND[0].upper()}{LEGEND[1:]}.{more}'),
        _controls(shown, len(names) > 1), element('div', html.join(cards), css, id='cards'),
        Html('<p class="none" id="none" hidden>No round fits.</p>'),
        Html(f'<script>\n{SCRIPT}</script>')])


def _worst_first(entries: Iterable[Card]) -> list[Card]:
    return sorted(entries, key=lambda entry: -entry.badness)  # stable: else in the order held


def _tags(record: RoundRecord) -> list[str]:
    return [f'verdict:{verdict(record)}', f'round:{record.round}', *record.tags]


def _controls(entries: Sequence[Card], paired: bool) -> Html:
    orders = {'badness -1': 'largest loss first' if paired else 'worst first',
              'badness 1': 'largest gain first' if paired else 'best first',
              'held 1': 'as held', 'score -1': 'most sure first', 'score 1': 'least sure first'}
    groups: dict[str, dict[str, None]] = {}
    for entry in entries:
        for tag in _tags(entry.rounds[-1]):
            group, _, name = tag.partition(':')
            groups.setdefault(group, {})[name] = None
    fields = [_select('sort', orders)]
    for group, names in groups.items():
        if 1 < len(names) <= CHOICES:
            ordered = sorted(names, key=lambda n: (len(n), n) if n.isdigit() else (0, n))
            fields.append(_select(group, {'': f'any {group}', **{n: n for n in ordered}}))
    return element('form', html.join([
        *fields, Html('<input name="search" type="search" placeholder="search words, dialogues" '
                      'aria-label="search">'),
        Html('<button type="reset">reset</button><output id="count"></output>')]),
        'controls', id='controls')


def _select(name: str, options: dict[str, str]) -> Html:
    chosen = html.join(element('option', text, value=value) for value, text in options.items())
    return element('select', chosen, name=name, **{'aria-label': name})


def _card(entry: Card, place: int, names: Sequence[str]) -> Html:
    last = entry.rounds[-1]
    scores = [t.score for t in last.targets if t.score is not None]
    sides = [element('div', _side(record, folder, name if len(names) > 1 else ''))
             for record, folder, name in zip(entry.rounds, entry.folders, names)]
    tags = '|' + '|'.join(_tags(last)) + '|'
    return element(
        'article', element('div', html.join(sides), 'sides'), 'card', **{
            'data-place': str(place), 'data-held': str(entry.index), 'data-tags': tags,
            'data-badness': f'{entry.badness:.4f}', 'data-score': f'{max(scores, default=0):.4f}'})


def _side(record: RoundRecord, folder: Path, name: str) -> Html:
    found = verdict(record)
    said = f'“{record.instruction}”'
    lines = [
        element('p', html.join([element('span', said, 'said'),
                                html.badge(found, found in (RIGHT, OPEN))]), 'top'),
        html.paragraph(f'→ {record.answer}' if record.answer else '→ no answer'),
        element('p', ' · '.join(filter(None, [
            name, f'{record.dialogue}, round {record.round}',
            f'expected {record.expected}' if record.expected else '',
            f'got {record.status}' if record.status else 'not asked'])), 'quiet')]
    if record.targets:
        lines.append(_targets(record))
    return html.join([_picture(record, folder), element('div', html.join(lines), 'text')])


def _targets(record: RoundRecord) -> Html:
    rows = [[str(t.instance or '-'), t.sort if t.wanted else f'{t.sort}, not asked for',
             '-' if t.score is None else f'{t.score:.2f}', f'{t.iou:.2f}'] for t in record.targets]
    names = ('id', 'mask', 'score', 'IoU')
    head = element('tr', html.join(element('th', name) for name in names))
    body = html.join(element('tr', html.join(element('td', cell) for cell in row))
                     for row in rows)
    return element('table', html.join([element('thead', head), element('tbody', body)]))


def _picture(record: RoundRecord, folder: Path) -> Html:
    """Return the picture as text that the script decodes when the card comes into view."""
    data = _embedded(folder / record.picture) if record.picture else None
    if data is None:
        return Html('')
    text, width, height = data
    return Html(f'<button class="shot" type="button" title="{LEGEND}"><img alt="'
                f'{escape(record.instruction)}" width="{width}" height="{height}">'
                f'<script type="text/plain">{text}</script></button>')


def _embedded(path: Path) -> tuple[str, int, int] | None:
    """Return (base64 JPEG, width, height) of a picture made small; None when it cannot be read."""
    try:
        with Image.open(path) as opened:
            opened.draft('RGB', (WIDTH, WIDTH * opened.height // opened.width))
            picture = opened.convert('RGB')
    except (OSError, UnidentifiedImageError):
        return None
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)),
                                 Image.Resampling.BOX)
    buffer = BytesIO()
    picture.save(buffer, format='jpeg', quality=QUALITY, optimize=True)
    return base64.b64encode(buffer.getvalue()).decode(), picture.width, picture.height
