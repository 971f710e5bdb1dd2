# SPDX-License-Identifier: Apache-2.0
"""Charts as inline SVG for `reports.html`: bars, curves, reliability. No script, no library.

They follow the page's colours, light or dark. Values are drawn as given; nothing is computed here
except the axes.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from html import escape
from math import isnan

from reasonseg_ros.drawing.overlay import PALETTE
from reasonseg_ros.reports.html import Html

WIDTH = 720
HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 52, 20, 34, 36
BAR = 26
NAMES = 170  # pixels left of bars
TICKS = 12   # whole numbers on an axis that are all written


def svg_estimates(rows: Mapping[str, Sequence[tuple[float, float, float]]], series: Sequence[str],
                  top: float, title: str = '') -> Html:
    """Return bars from 0 to `top` with their intervals; rows of one name, bars of one series each.

    rows  name -> (value, low, high) per series; a bar of NaN is left out, and so is an interval;
          a bar without an interval is drawn pale
    """
    span = WIDTH - NAMES - 110
    thick = (BAR - 9) if len(series) == 1 else 12
    step = max(BAR, len(series) * (thick + 2) + 12)
    head = 14 if len(series) == 1 else 40
    parts = [] if len(series) == 1 else [_legend(series, NAMES)]
    for row, (name, bars) in enumerate(rows.items()):
        y = head + row * step
        middle = y + (len(bars) * (thick + 2) - 2) / 2
        parts.append(f'<text x="{NAMES - 8}" y="{middle + 4:.1f}" text-anchor="end">'
                     f'{escape(name)}</text>')
        for number, (value, low, high) in enumerate(bars):
            if isnan(value):
                continue
            line = y + number * (thick + 2)
            known = not isnan(low)
            end, start, stop = (NAMES + span * min(max(v / top, 0), 1)
                                for v in (value, *((low, high) if known else (0, 0))))
            whisker = (f'<path class="whisker" d="M{start:.1f} {line + thick / 2}H{stop:.1f}'
                       f'M{start:.1f} {line + 3}v{thick - 6}M{stop:.1f} {line + 3}v{thick - 6}"/>')
            parts.append(
                f'<rect x="{NAMES}" y="{line}" width="{end - NAMES:.1f}" height="{thick}" rx="3" '
                f'fill="{_hex(number)}" fill-opacity="{0.85 if known else 0.4}"/>'
                f'{whisker if known else ""}'
                f'<text class="value" x="{max(end, stop) + 8:.1f}" y="{line + thick - 3}">'
                f'{value:.1f}</text>')
    return _svg(''.join(parts), head + step * len(rows), title)


def svg_bars(values: Mapping[str, float], top: float, unit: str = '', title: str = '') -> Html:
    """Return horizontal bars from 0 to `top`, one per name, with the value at the end."""
    names = 150
    span = WIDTH - names - 80
    parts = []
    for row, (name, value) in enumerate(values.items()):
        y = 14 + row * BAR
        length = span * min(max(value / top, 0), 1)
        parts.append(f'<text x="{names - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
                     f'<rect x="{names}" y="{y + 2}" width="{length:.1f}" height="{BAR - 9}" '
                     f'rx="3" fill="{_hex(0)}"/>'
                     f'<text class="value" x="{names + length + 8:.1f}" y="{y + 14}">'
                     f'{value:.4g}{escape(unit)}</text>')
    return _svg(''.join(parts), 22 + BAR * len(values), title)


def svg_lines(curves: Mapping[str, Sequence[tuple[float, float]]], x_title: str, y_title: str,
              y_top: float | None = None, title: str = '',
              bands: Mapping[str, Sequence[tuple[float, float, float]]] | None = None) -> Html:
    """Return curves of (x, y) points with a legend; y starts at 0 and ends at `y_top`.

    bands  name of a curve -> (x, low, high), drawn behind it
    """
    points = [p for curve in curves.values() for p in curve]
    if not points:
        return _svg(f'<text x="{WIDTH / 2}" y="40" text-anchor="middle">no values</text>', 70,
                    title)
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_high = y_top if y_top is not None else max(max(y for _, y in points), 1e-9) * 1.05
    place = _Axes(x_low, x_high, y_high)
    parts = [place.grid(x_title, y_title), _legend(list(curves), LEFT)]
    for number, (name, curve) in enumerate(curves.items()):
        colour = _hex(number)
        band = (bands or {}).get(name, ())
        edge = [(x, high) for x, _, high in band] + [(x, low) for x, low, _ in reversed(band)]
        if edge:
            outline = ' '.join(f'{place.x(x):.1f},{place.y(y):.1f}' for x, y in edge)
            parts.append(f'<polygon points="{outline}" fill="{colour}" fill-opacity="0.16"/>')
        line = ' '.join(f'{place.x(x):.1f},{place.y(y):.1f}' for x, y in curve)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5" '
                     'stroke-linejoin="round"/>')
        if len(curve) <= 40:
            parts += [f'<circle cx="{place.x(x):.1f}" cy="{place.y(y):.1f}" r="3.5" '
                      f'fill="{colour}"/>' for x, y in curve]
    return _svg(''.join(parts), HEIGHT, title)


def svg_reliability(bins: Sequence[tuple[float, float, int]], title: str = '') -> Html:
    """Return how often an answer is right against how sure it was; a perfect model is diagonal.

    bins  (mean score, share that was right, count), all shares in [0, 1]
    """
    place = _Axes(0, 1, 1)
    most = max((count for _, _, count in bins), default=1)
    parts = [place.grid('score', 'right'),
             f'<line x1="{place.x(0)}" y1="{place.y(0)}" x2="{place.x(1)}" y2="{place.y(1)}" '
             'class="axis" stroke-dasharray="5 5"/>']
    for score, right, count in bins:
        radius = 3 + 9 * (count / most) ** 0.5
        parts.append(f'<circle cx="{place.x(score):.1f}" cy="{place.y(right):.1f}" '
                     f'r="{radius:.1f}" fill="{_hex(0)}" fill-opacity="0.75">'
                     f'<title>{count} answers</title></circle>')
    return _svg(''.join(parts), HEIGHT, title)


class _Axes:
    """Where values lie in the drawing."""

    def __init__(self, x_low: float, x_high: float, y_high: float) -> None:
        self.x_low = x_low
        self.x_high = x_high if x_high > x_low else x_low + 1
        self.y_high = y_high

    def x(self, value: float) -> float:
        """Return the pixel column of a value."""
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Return the pixel row of a value; values above the axis stay on its end."""
        return HEIGHT - BOTTOM - min(value / self.y_high, 1) * (HEIGHT - TOP - BOTTOM)

    def _x_ticks(self) -> list[float]:
        """Every whole number where they are few, else five values."""
        span = self.x_high - self.x_low
        if 1 < span < TICKS and float(span).is_integer() and float(self.x_low).is_integer():
            return [self.x_low + step for step in range(int(span) + 1)]
        return [self.x_low + span * step / 4 for step in range(5)]

    def grid(self, x_title: str, y_title: str) -> str:
        """Return rules, numbers and titles."""
        parts = []
        for step in range(5):
            value = self.y_high * step / 4
            parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" '
                         f'y1="{self.y(value):.1f}" y2="{self.y(value):.1f}"/>'
                         f'<text x="{LEFT - 8}" y="{self.y(value) + 4:.1f}" text-anchor="end">'
                         f'{value:.3g}</text>')
        for value in self._x_ticks():
            parts.append(f'<text x="{self.x(value):.1f}" y="{HEIGHT - BOTTOM + 18}" '
                         f'text-anchor="middle">{value:.4g}</text>')
        parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
                     f'{escape(x_title)}</text>'
                     f'<text x="{WIDTH - RIGHT}" y="19" text-anchor="end">'
                     f'{escape(y_title)}</text>')
        return ''.join(parts)


def _legend(names: Sequence[str], left: float) -> str:
    parts = []
    for number, name in enumerate(names):
        parts.append(f'<rect x="{left}" y="9" width="12" height="12" rx="3" '
                     f'fill="{_hex(number)}"/><text x="{left + 18}" y="19">{escape(name)}</text>')
        left += 40 + 7 * len(name)
    return ''.join(parts)


def _hex(number: int) -> str:
    return '#{:02x}{:02x}{:02x}'.format(*PALETTE[number % len(PALETTE)])


def _svg(content: str, height: float, title: str) -> Html:
    name = f'<title>{escape(title)}</title>' if title else ''
    return Html(f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img">{name}{content}</svg>')
