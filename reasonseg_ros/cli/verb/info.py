# SPDX-License-Identifier: Apache-2.0
"""`reasonseg info`: what a checkpoint is, where it comes from and under which licence.

Reads headers and manifests; loads no model. `--verify` reads everything and compares hashes.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.checkpoint_facts import show_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('checkpoint', type=Path, nargs='?', metavar='CHECKPOINT',
                        help="a file, or a converted or pulled folder (the package's own)")
    parser.add_argument('--verify', action='store_true',
                        help='compare every file of a folder with its hash')


def main(args: argparse.Namespace) -> int:
    """Print one line for each fact; exit code 1 when a file is not what it was."""
    from reasonseg_ros.engines import registry
    return show_checkpoint(args.checkpoint or registry.embedded_checkpoint(), args.verify)
