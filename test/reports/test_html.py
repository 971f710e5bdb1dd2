# SPDX-License-Identifier: Apache-2.0
"""Reports are one file, need no network, and never take text for markup."""

import re
from html.parser import HTMLParser

import numpy as np

from reasonseg_ros.reports import charts
from reasonseg_ros.reports import html as report

NASTY = '<script>alert("x")</script> & \'quotes\''
VOID = {'meta', 'img'}


class _Balance(HTMLParser):
    """Collects the open tags and every attribute of a document."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def _document():
    picture = np.zeros((20, 30, 3), np.uint8)
    return report.page(
        NASTY, NASTY,
        report.section(NASTY, report.facts({NASTY: NASTY, 'rounds': 8})),
        report.section('rounds', report.table(['round', NASTY], [[1, NASTY], [2, 0.5]], [1]),
                       report.badge(NASTY, True), report.chip(NASTY, (1, 2, 3))),
        report.grid([report.figure(picture, NASTY, NASTY),
                     report.figure(picture, 'exact', lossless=True)]),
        charts.svg_bars({NASTY: 0.5, 'zero': 0.0}, 1.0, '%', NASTY),
        charts.svg_lines({NASTY: [(1, 0.5), (2, 0.75)]}, NASTY, NASTY, 1.0),
        charts.svg_lines({}, 'x', 'y'),
        charts.svg_reliability([(0.5, 0.4, 10), (0.9, 0.95, 30)], NASTY))


def test_a_report_loads_nothing_from_anywhere():
    document = _document()
    assert 'http' not in document
    assert not re.search(r'url\(|@import|<link|<script|<iframe', document)
    sources = re.findall(r'src="([^"]{0,20})', document)
    assert sources
    assert all(source.startswith('data:image/') for source in sources)


def test_text_is_escaped_everywhere():
    parser = _Balance()
    parser.feed(_document())
    assert parser.open == []
    assert not any(name.startswith('on') for name, _ in parser.attributes)


def test_every_picture_has_a_description():
    assert all('alt="' in tag for tag in re.findall(r'<img[^>]*>', _document()))


def test_a_report_follows_light_and_dark_and_small_screens():
    document = _document()
    assert 'prefers-color-scheme: dark' in document
    assert 'name="viewport"' in document


def test_markup_is_not_escaped_twice():
    assert report.paragraph(report.badge('a & b', good=False)) == (
        '<p><span class="badge bad">a &amp; b</span></p>')


def test_bars_are_as_long_as_their_values():
    drawing = charts.svg_bars({'half': 0.5, 'full': 1.0, 'beyond': 3.0}, 1.0)
    half, full, beyond = (float(w) for w in re.findall(r'<rect[^>]* width="([\d.]+)"', drawing))
    assert half * 2 == full
    assert beyond == full


def test_intervals_are_drawn_where_they_are_known() -> None:
    nan = float('nan')
    drawing = charts.svg_estimates({'a': [(0.5, 0.25, 0.75), (nan, nan, nan)],
                                    'b': [(1.0, nan, nan), (0.2, 0.1, 0.3)]}, ['x', 'y'], 1.0)
    assert drawing.count('class="value"') == 3 and drawing.count('class="whisker"') == 2


def test_few_whole_numbers_are_all_written_below_curves() -> None:
    drawing = charts.svg_lines({'a': [(x, 0.5) for x in range(1, 8)]}, 'round', 'y', 1.0)
    ticks = re.findall(r'text-anchor="middle">([\d.]+)<', drawing)
    assert ticks == ['1', '2', '3', '4', '5', '6', '7']


def test_a_report_is_written_into_a_folder_that_did_not_exist(tmp_path):
    path = tmp_path / 'out' / 'demo' / 'report.html'
    report.write(path, _document())
    assert path.read_text(encoding='utf-8').startswith('<!doctype html>')
