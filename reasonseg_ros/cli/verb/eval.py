# SPDX-License-Identifier: Apache-2.0
"""`reasonseg eval`: measure an engine on a benchmark; each has a module and options of its own."""

import argparse

from reasonseg_ros.cli.verb import eval_datasets
from reasonseg_ros.cli.verb import eval_tabletop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the benchmarks."""
    benchmarks = parser.add_subparsers(dest='benchmark', required=True, metavar='BENCHMARK')
    tabletop = benchmarks.add_parser('tabletop', help='the simulated tabletop, with exact truth')
    eval_tabletop.add_arguments(tabletop)
    eval_datasets.add_benchmarks(benchmarks)


def main(args: argparse.Namespace) -> int:
    """Measure on the chosen benchmark."""
    module = eval_tabletop if args.benchmark == 'tabletop' else eval_datasets
    return module.main(args)
