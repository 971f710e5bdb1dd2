# SPDX-License-Identifier: Apache-2.0
"""Charts as inline SVG for reports: bars, curves, reliability. Drawn by matplotlib.

They follow the page's colours, light or dark, and the same values give the same text. Values are
drawn as given; nothing is computed here except the axes. Matplotlib is imported with the first
chart, as it takes a second.
"""

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from math import isnan
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reasonseg_ros.drawing.overlay import PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 720, 308  # points, which are the units of the drawing
BAR = 26
LETTER = 7                # width of a letter, more or less
TICKS = 12                # whole numbers on an axis that are all written
# Colours of the light style sheet, and the variables that the page has for them.
INK, QUIET, LINE = '#1b1f24', '#5b6570', '#e1e5ea'
VARIABLES = {INK: 'var(--ink)', QUIET: 'var(--quiet)', LINE: 'var(--line)'}
SETTINGS: dict[Any, Any] = {
    'svg.fonttype': 'none', 'svg.hashsalt': 'reasonseg', 'font.size': 12,
    'axes.edgecolor': LINE, 'xtick.color': QUIET, 'ytick.color': QUIET, 'grid.color': LINE,
    'text.parse_math': False}


def svg_estimates(rows: Mapping[str, Sequence[tuple[float, float, float]]], series: Sequence[str],
                  top: float, title: str = '', unit: str = '', digits: str = '.1f',
                  unsure: float = 0.4) -> Markup:
    """Return bars from 0 to `top` with their intervals; rows of one name, bars of one series each.

    rows    name -> (value, low, high) per series; a bar of NaN is left out, and so is an interval
    series  their names; bars of a single one have no legend
    digits  how values are written
    unsure  opacity of a bar without an interval
    """
    thick = 17 if len(series) == 1 else 12
    step = max(BAR, len(series) * (thick + 2) + 12)
    head = 10 if len(series) == 1 else 32
    left = min(max(170, 16 + LETTER * max(map(len, rows), default=0)), WIDTH / 2)
    figure, axes = _axes(head + 6 + step * len(rows), head, bottom=6, left=left, right=110)
    for number in range(len(series)):
        for row, name in enumerate(rows):
            value, low, high = rows[name][number]
            if isnan(value):
                continue
            place = row * step + step / 2 + (number - (len(series) - 1) / 2) * (thick + 2)
            end = min(max(value, 0), top)
            axes.barh(place, end, thick, color=_colour(number), clip_on=False,
                      alpha=unsure if isnan(low) else 0.85)
            stop = end
            if not isnan(low):
                low, stop = (min(max(edge, 0), top) for edge in (low, high))
                axes.hlines(place, low, stop, INK, linewidth=1.5, alpha=0.75, clip_on=False)
                axes.vlines([low, stop], place - thick / 4, place + thick / 4, INK, linewidth=1.5,
                            alpha=0.75, clip_on=False)
            axes.annotate(f'{value:{digits}}{unit}', (max(end, stop), place), (8, 0),
                          textcoords='offset points', va='center', color=INK, size=12,
                          weight='bold')
    axes.set(xlim=(0, top or 1), ylim=(step * len(rows), 0), xticks=[])
    axes.set_yticks([row * step + step / 2 for row in range(len(rows))], list(rows))
    axes.spines['left'].set_visible(False)
    axes.spines['bottom'].set_visible(False)
    if len(series) > 1:
        _legend(figure, series, left)
    return _svg(figure, title)


def svg_bars(values: Mapping[str, float], top: float, unit: str = '', title: str = '') -> Markup:
    """Return horizontal bars from 0 to `top`, one per name, with the value at the end."""
    nan = float('nan')
    return svg_estimates({name: [(value, nan, nan)] for name, value in values.items()}, [''], top,
                         title, unit, '.4g', unsure=1.0)


def svg_lines(curves: Mapping[str, Sequence[tuple[float, float]]], x_title: str, y_title: str,
              y_top: float | None = None, title: str = '',
              bands: Mapping[str, Sequence[tuple[float, float, float]]] | None = None) -> Markup:
    """Return curves of (x, y) points with a legend; y starts at 0 and ends at `y_top`.

    bands  name of a curve -> (x, low, high), drawn behind it
    """
    points = [point for curve in curves.values() for point in curve]
    if not points:
        figure, axes = _axes(78)
        axes.set_axis_off()
        axes.text(0.5, 0.5, 'no values', size=12, color=QUIET, ha='center',
                  transform=axes.transAxes)
        return _svg(figure, title)
    figure, axes = _axes(HEIGHT)
    top = y_top if y_top is not None else 1.05 * max(max(y for _, y in points), 1e-9)
    for number, (name, curve) in enumerate(curves.items()):
        band = (bands or {}).get(name, ())
        if band:
            axes.fill_between([x for x, _, _ in band], [low for _, low, _ in band],
                              [min(high, top) for _, _, high in band], color=_colour(number),
                              alpha=0.16, linewidth=0, clip_on=False)
        axes.plot([x for x, _ in curve], [min(y, top) for _, y in curve], color=_colour(number),
                  linewidth=2.5, marker='o' if len(curve) <= 40 else '', markersize=7,
                  clip_on=False)
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    high = high if high > low else low + 1
    _rule(axes, (low, high), top, x_title, y_title)
    _legend(figure, list(curves), 52)
    return _svg(figure, title)


def svg_reliability(bins: Sequence[tuple[float, float, int]], title: str = '') -> Markup:
    """Return how often an answer is right against how sure it was; a perfect model is diagonal.

    bins  (mean score, share that was right, number of answers), all shares in [0, 1]
    """
    figure, axes = _axes(HEIGHT)
    most = max((count for _, _, count in bins), default=1)
    axes.plot([0, 1], [0, 1], color=QUIET, linestyle=(0, (5, 5)), linewidth=1, clip_on=False)
    for score, right, count in bins:
        axes.plot([score], [right], color=_colour(0), marker='o', alpha=0.75, clip_on=False,
                  markersize=2 * (3 + 9 * (count / most) ** 0.5))
        axes.annotate(f'{count}', (score, right), (0, -13 - 9 * (count / most) ** 0.5),
                      textcoords='offset points', ha='center', va='center', size=10, color=QUIET)
    _rule(axes, (0, 1), 1, 'score (beside each spot: number of answers)', 'right')
    return _svg(figure, title)


def _axes(height: float, top: float = 34, bottom: float = 44, left: float = 52, right: float = 20
          ) -> tuple['Figure', 'Axes']:
    """Return a drawing of WIDTH by `height` points with margins, and what is inside of them."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    with rc_context(SETTINGS):
        figure = Figure((WIDTH / 72, height / 72), facecolor='none')
        axes = figure.add_axes((left / WIDTH, bottom / height, 1 - (left + right) / WIDTH,
                                1 - (top + bottom) / height), facecolor='none')
    axes.spines[['top', 'right']].set_visible(False)
    axes.tick_params(length=0, pad=8)
    return figure, axes


def _rule(axes: 'Axes', span: tuple[float, float], top: float, x_title: str, y_title: str) -> None:
    """Set the ends of the axes, five rules across, and the titles at their ends."""
    low, high = span
    whole = float(low).is_integer() and float(high).is_integer() and 1 < high - low < TICKS
    steps = int(high - low) if whole else 4
    places = [low + (high - low) * step / steps for step in range(steps + 1)]
    axes.set(xlim=span, ylim=(0, top))
    axes.set_xticks(places, [f'{place:.4g}' for place in places])
    axes.set_yticks([top * step / 4 for step in range(5)],
                    [f'{top * step / 4:.3g}' for step in range(5)])
    for line in axes.yaxis.get_gridlines():
        line.set(visible=True, clip_on=False, zorder=0)
    axes.spines['left'].set_visible(False)
    for text, place, above in ((x_title, (1, -0.15), 'bottom'), (y_title, (1, 1.06), 'baseline')):
        axes.text(*place, text, size=12, color=QUIET, ha='right', va=above,
                  transform=axes.transAxes)


def _legend(figure: 'Figure', names: Sequence[str], left: float) -> None:
    from matplotlib.patches import Patch
    figure.legend([Patch(color=_colour(number)) for number in range(len(names))], names,
                  loc='upper left', ncols=len(names), bbox_to_anchor=(left / WIDTH, 1),
                  borderaxespad=0, borderpad=0.6, handlelength=1, handleheight=1,
                  columnspacing=1.5, frameon=False, labelcolor=QUIET, fontsize=12)


def _colour(number: int) -> tuple[float, float, float]:
    red, green, blue = PALETTE[number % len(PALETTE)]
    return red / 255, green / 255, blue / 255


def _svg(figure: 'Figure', title: str) -> Markup:
    """Return a drawing as part of a page: without ids, fonts and colours of its own."""
    from matplotlib import rc_context
    written = StringIO()
    with rc_context(SETTINGS):
        figure.savefig(written, format='svg', metadata=dict.fromkeys(
            ('Creator', 'Date', 'Format', 'Type')))
    head, _, text = written.getvalue().partition('<svg')[2].partition('>')
    box = head.partition('viewBox="')[2].partition('"')[0]
    text = re.sub(r'<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->', '', text,
                  flags=re.DOTALL)
    text = re.sub(r'<g id="[^"]*"', '<g', text)
    text = re.sub(r"font-family: [^;\"]*;? ?", '', text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    text = re.sub(r'\n\s*', '\n', text)
    name = Markup('<title>{}</title>').format(title) if title else ''
    return Markup(f'<div class="scroll"><svg viewBox="{box}" role="img">{name}{text}</div>')
