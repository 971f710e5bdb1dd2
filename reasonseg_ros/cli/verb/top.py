# SPDX-License-Identifier: Apache-2.0
"""`reasonseg top`: what a running node says about itself on `/diagnostics`, live in the terminal.

Shows each component with its sentence and its figures. Measures nothing and changes nothing.
"""

import argparse
import os
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from reasonseg_ros.core.errors import ReasonSegError

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.listeners import Monitor
    from reasonseg_ros.ros.reports import Report

SILENT = 3.0    # seconds without a message, of one a second, until that is said
PATIENCE = 15.0  # seconds that discovery and the first message may take
STYLES = {'OK': 'green', 'WARN': 'yellow', 'ERROR': 'bold red', 'STALE': 'dim'}


class NoDiagnostics(ReasonSegError):
    """No node of this name publishes diagnostics."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what `reasonseg top` takes."""
    parser.add_argument('--node', default='segmenter', help='name of the node')
    parser.add_argument('--once', action='store_true', help='print the newest state and end')


def main(args: argparse.Namespace) -> int:
    """Show the state until Ctrl-C."""
    from reasonseg_ros.ros import dds  # ROS is needed from here on, and `dds` explains its absence
    dds.prepare()
    from reasonseg_ros.ros.client.listeners import Monitor
    console = Console()
    with Monitor(args.node) as monitor:
        reports = _first(monitor, args.node)
        if args.once:
            console.print(view(args.node, reports, 0.0))
            return 0
        _watch(monitor, args.node, reports, console)
    return 0


def _first(monitor: 'Monitor', node: str) -> 'tuple[Report, ...]':
    reports = monitor.next(PATIENCE)
    if reports is None:
        raise NoDiagnostics(
            f'no node "{node}" has said anything on /diagnostics for {PATIENCE:g} s; start one '
            'with "reasonseg node", or check its name and ROS_DOMAIN_ID (here '
            f'{os.environ.get("ROS_DOMAIN_ID", "0")})')
    return reports


def _watch(monitor: 'Monitor', node: str, reports: 'tuple[Report, ...]',
           console: Console) -> None:
    silence = 0.0
    with Live(view(node, reports, silence), console=console, auto_refresh=False,
              screen=console.is_terminal) as live:
        while True:
            newest = monitor.next(SILENT)
            silence = 0.0 if newest else silence + SILENT
            reports = newest or reports
            live.update(view(node, reports, silence), refresh=True)


def view(node: str, reports: 'tuple[Report, ...]', silence: float) -> Group:
    """Return what the terminal shows; `silence` is in seconds since the newest message."""
    title = f'{node}: nothing heard for {silence:g} s' if silence else node
    table = Table(box=None, padding=(0, 2, 0, 0), header_style='bold')
    table.add_column('component', no_wrap=True)
    table.add_column('state', no_wrap=True)
    table.add_column('what it says', overflow='fold')
    for report in reports:
        style = 'dim' if silence else STYLES[report.level.name]
        words = [Text(report.message)]
        if report.values:
            words.append(Text(figures(report), 'dim'))
        table.add_row(Text(report.component, style), Text(report.level.name, style), Group(*words))
    return Group(Text(title, 'bold red' if silence else 'bold'), table)


def figures(report: 'Report') -> str:
    """Return the figures of a report in one line: 'image rate (Hz) 29.9, image lost 0'."""
    return ', '.join(f'{name} {value}' for name, value in report.values.items())
