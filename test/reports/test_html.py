# SPDX-License-Identifier: Apache-2.0
"""Reports are one file, need no network, and never take text for markup; charts say what is."""

import re
from html.parser import HTMLParser

import numpy as np
from support.runs import made_up

from reasonseg_ros.evaluation.summaries import summarise
from reasonseg_ros.reports import charts, html
from reasonseg_ros.reports.run import write_report

NASTY = '<script>alert("x")</script> & \'quotes\''
VOID = {'meta', 'img', 'input', 'br'}
NAN = float('nan')


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


def _charts():
    return (charts.svg_bars({NASTY: 0.5, 'zero': 0.0}, 1.0, '%', NASTY)
            + charts.svg_lines({NASTY: [(1, 0.5), (2, 0.75)]}, NASTY, NASTY, 1.0)
            + charts.svg_lines({}, 'x', 'y')
            + charts.svg_reliability([(0.5, 0.4, 10), (0.9, 0.95, 30)], NASTY))


def _document(folder):
    run = made_up(dialogues=9)
    write_report(run, summarise(run), folder, folder / 'made' / 'here', {NASTY: NASTY})
    return (folder / 'made' / 'here' / 'report.html').read_text(encoding='utf-8')


def test_text_is_escaped_everywhere(tmp_path):
    for document in (_document(tmp_path), _charts()):
        parser = _Balance()
        parser.feed(document)
        assert parser.open == []
        assert not any(name.startswith('on') for name, _ in parser.attributes)
        assert '<script>alert' not in document and 'alert(' in document


def test_a_report_follows_light_and_dark_and_small_screens(tmp_path):
    document = _document(tmp_path)
    assert document.startswith('<!doctype html>')
    assert 'prefers-color-scheme: dark' in document
    assert 'name="viewport"' in document


def test_an_image_is_held_inside_the_page():
    image = html.held(np.zeros((20, 30, 3), np.uint8), lossless=True)
    assert image.source.startswith('data:image/png;base64,')
    assert (image.width, image.height) == (30, 20)


def test_charts_load_nothing_and_take_the_colours_of_the_page():
    drawn = _charts()
    assert not re.search(r'http|url\(|@import|<style| id="figure', drawn)
    assert 'var(--quiet)' in drawn and 'var(--ink)' in drawn
    assert not re.search('|'.join(charts.VARIABLES), drawn)


def test_the_same_values_give_the_same_chart():
    assert _charts() == _charts()


def test_bars_are_as_long_as_their_values():
    drawing = charts.svg_bars({'half': 0.5, 'full': 1.0, 'beyond': 3.0}, 1.0)
    ends = re.findall(r'd="M ([\d.]+) [\d.]+\s+L ([\d.]+) [^"]*" style="fill: #', drawing)
    half, full, beyond = (float(right) - float(left) for left, right in ends)
    assert half * 2 == full
    assert beyond == full


def test_intervals_are_drawn_where_they_are_known():
    drawing = charts.svg_estimates({'a': [(0.5, 0.25, 0.75), (NAN, NAN, NAN)],
                                    'b': [(1.0, NAN, NAN), (0.2, 0.1, 0.3)]}, ['x', 'y'], 1.0)
    assert drawing.count('font-weight') == 3
    assert drawing.count('stroke: var(--ink)') == 2 * 3  # a line and its two ends


def test_few_whole_numbers_are_all_written_below_curves():
    drawing = charts.svg_lines({'a': [(x, 0.5) for x in range(1, 8)]}, 'round', 'y', 1.0)
    ticks = re.findall(r'text-anchor: middle[^>]*>([\d.]+)<', drawing)
    assert ticks == ['1', '2', '3', '4', '5', '6', '7']
