# SPDX-License-Identifier: Apache-2.0
"""One HTML file that explains a result: facts, tables, pictures. It needs no network.

A report is a chain of fragments: every function here escapes the text it is given and returns
`Html`, which the others take as it is. Charts are in `reports.charts`. Knows nothing of
dialogues, engines or benchmarks.
"""

import base64
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from reasonseg_ros.reports.style import STYLE

JPEG_QUALITY = 90


class Html(str):
    """Text that is markup already and is not escaped again."""


Text = str | int | float | Html


def html(value: Text) -> Html:
    """Return markup for a value: `Html` unchanged, everything else escaped."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def join(fragments: Iterable[Text]) -> Html:
    """Return fragments one after the other."""
    return Html('\n'.join(html(f) for f in fragments))


def element(tag: str, content: Text = '', css: str = '', **attributes: str) -> Html:
    """Return one element; attribute values are escaped."""
    named = {'class': css, **attributes} if css else attributes
    inside = ''.join(f' {name}="{escape(value)}"' for name, value in named.items())
    return Html(f'<{tag}{inside}>{html(content)}</{tag}>')


def page(title: str, lead: Text, *sections: Html, style: str = '') -> str:
    """Return the whole document: a heading, one sentence below it, then the sections.

    style  rules that follow the style sheet of every report
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n'
        '<body>\n<main>\n'
        f'<header>{element("h1", title)}{element("p", lead, "lead")}</header>\n'
        f'{join(sections)}\n</main>\n</body>\n</html>\n')


def write(path: Path, document: str) -> None:
    """Write a document, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document, encoding='utf-8')


def section(title: str, *content: Text) -> Html:
    """Return a titled part of the page."""
    return element('section', join([element('h2', title), *content]))


def paragraph(text: Text) -> Html:
    """Return a paragraph."""
    return element('p', text)


def facts(values: Mapping[str, Text]) -> Html:
    """Return key figures as tiles: the value large, its name small."""
    tiles = [element('div', join([element('dt', name), element('dd', value)]))
             for name, value in values.items()]
    return element('dl', join(tiles), 'facts')


def table(head: Sequence[str], rows: Iterable[Sequence[Text]],
          numbers: Iterable[int] = ()) -> Html:
    """Return a table; `numbers` are the columns that are set flush right. Scrolls when narrow."""
    right = set(numbers)

    def line(tag: str, cells: Sequence[Text]) -> Html:
        return element('tr', join(element(tag, cell, 'number' if i in right else '')
                                  for i, cell in enumerate(cells)))

    body = element('tbody', join(line('td', row) for row in rows))
    return element('div', element('table', join([element('thead', line('th', head)), body])),
                   'scroll')


def badge(text: str, good: bool) -> Html:
    """Return a small mark, green or red."""
    return element('span', text, 'badge good' if good else 'badge bad')


def chip(text: str, colour: tuple[int, int, int]) -> Html:
    """Return a legend entry: a spot of colour and a name."""
    spot = element('i', style='background:rgb({},{},{})'.format(*colour))
    return element('span', join([spot, text]), 'chip')


def figure(picture: np.ndarray, alt: str, caption: Text = '', lossless: bool = False) -> Html:
    """Return a picture, uint8 [H, W, 3], held inside the document, with a caption."""
    kind, options = ('png', {}) if lossless else ('jpeg', {'quality': JPEG_QUALITY})
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, format=kind, **options)
    data = base64.b64encode(buffer.getvalue()).decode()
    height, width = picture.shape[:2]
    image = Html(f'<img src="data:image/{kind};base64,{data}" alt="{escape(alt)}" '
                 f'width="{width}" height="{height}">')
    return element('figure', join([image, element('figcaption', caption)] if caption else [image]))


def grid(figures: Iterable[Html]) -> Html:
    """Return figures side by side where the window is wide enough."""
    return element('div', join(figures), 'grid')


def details(summary: Text, content: Text) -> Html:
    """Return a part that opens on a click."""
    return element('details', join([element('summary', summary), content]))
