# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data speed`: conversations a second on this machine, from made-up annotations.

Builds every part of MRSeg in one process from files in the real formats. Counted is the time of
the processor, so that other work on the machine matters less. Masks of boxes are rectangles, since
SAM is measured by `reasonseg bench`, and descriptions of things are there already.
"""

import argparse
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from reasonseg_ros.cli.text import note, say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.made_up import RectangleMasks, descriptions, write_sources
from reasonseg_ros.datasets.mrseg import SOURCES, Builder, files_of
from reasonseg_ros.datasets.parts import Figures
from reasonseg_ros.datasets.sources import read_sources

LABELS = ('pascal', 'ade20k', 'cocostuff')     # whose images have to be decoded
KINDS = ('all annotation files', 'all label images')
SIZE = 480, 640     # of images: height, width; those of Pascal are smaller
HEAD = ('file', 'images', 'conversations', 'CPU seconds', 'conversations/s')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--images', type=int, default=2000, metavar='N',
                        help='images of each source (2000)')


def main(args: argparse.Namespace) -> int:
    """Write the sources, build them, and print a table."""
    with TemporaryDirectory() as folder:
        sources = read_sources(write_sources(Path(folder) / 'sources', args.images, SIZE, 1,
                                             images=False))
        builder = Builder(Path(folder) / 'out')
        builder.prepare(sources, note)
        rows = []
        totals = {kind: (Figures(), [0.0]) for kind in KINDS}
        for source in SOURCES:
            try:
                files = files_of(sources, source, 'train', RectangleMasks(SIZE),
                                 descriptions(args.images))
            except BadInput:
                continue    # what is not made up
            for one in files:
                begin = time.process_time()
                builder.build(one, lambda count: None)
                found = builder.join([one])[0][one.name]
                seconds = time.process_time() - begin
                rows.append(_row(one.name, found, seconds))
                figures, spent = totals[KINDS[source in LABELS]]
                figures.add(found.plain())
                spent[0] += seconds
    rows += [_row(kind, figures, spent) for kind, (figures, [spent]) in totals.items()]
    say(table(HEAD, rows, right=range(1, len(HEAD))))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f'{peak:.0f} MB of memory at most')
    return 0


def _row(name: str, found: Figures, seconds: float) -> list[str]:
    return [name, str(found.images), str(found.conversations), f'{seconds:.2f}',
            f'{found.conversations / seconds:.0f}']
