# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data mmr`: questions about several objects and parts, written by a language model.

Images and masks are those of PACO-LVIS. Prompts lie in the output folder, where they can be
changed; --flags applies what people flagged. See docs/datasets.md.
"""

import argparse
import json
from pathlib import Path

from reasonseg_ros.cli.endpoint import ANSWERS, Inquiry, add_endpoint, report
from reasonseg_ros.cli.text import note, say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.chat_client import Budget, ChatClient, Endpoint
from reasonseg_ros.datasets.coco_table import read_table
from reasonseg_ros.datasets.generation import Prompts
from reasonseg_ros.datasets.mmr_questions import (
    PAPER,
    PROMPTS,
    TARGETS,
    MmrWriter,
    QuestionAnswer,
    chosen,
    file_name,
    published,
    statistics,
    to_review,
)
from reasonseg_ros.datasets.parts import written
from reasonseg_ros.datasets.review import flagged, write_table
from reasonseg_ros.datasets.sources import read_sources
from reasonseg_ros.reports.review import write_page


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--sources', type=Path, default=Path('sources.yaml'), metavar='FILE',
                        help='YAML or JSON file with paco_lvis: and images: (sources.yaml)')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder; what was answered in it before is not asked again')
    parser.add_argument('--split', choices=tuple(PAPER), default='train')
    parser.add_argument('--targets', choices=tuple(TARGETS), default='mixed',
                        help='of the split test: both, or objects or parts alone (mixed)')
    parser.add_argument('--pairs', type=int, default=3, metavar='N',
                        help='questions that are asked for each image (3)')
    parser.add_argument('--limit', type=int, default=0, metavar='N',
                        help='only N images: for objects those with few parts, for parts those '
                             'with many, otherwise the first')
    parser.add_argument('--flags', type=Path, nargs='+', default=[], metavar='CSV',
                        help='tables of different people; what two of them flag is dropped')
    add_endpoint(parser)


def main(args: argparse.Namespace) -> int:
    """Ask, check, write the file with its review, and say what was dropped."""
    if args.targets != 'mixed' and args.split != 'test':
        raise BadInput(f'--targets {args.targets} is for --split test')
    sources = read_sources(args.sources)
    paco = read_table(sources.path('paco_lvis', args.split))
    images = sources.path('images', 'coco')
    client = ChatClient(Endpoint(args.endpoint, args.model, args.price_in, args.price_out,
                                 args.timeout), args.out / ANSWERS,
                        Budget(args.most_cost, args.most_calls))
    writer = MmrWriter(client, Prompts(args.out / 'prompts', PROMPTS), images, paco, args.targets,
                       args.pairs)
    progress = Inquiry(f'MMR {args.split}', args.parallel)
    pairs: dict[int, list[QuestionAnswer]] = {}
    subjects = chosen(paco, args.targets, args.limit)
    for image, found in zip(subjects, progress.over(writer.write, subjects)):
        pairs[image.id] = found
    name = file_name(args.split, args.targets)
    dropped = flagged(args.flags)
    records = published(paco, pairs, dropped, note)
    with written(args.out / name) as file:
        json.dump(records, file)
    items = to_review(paco, pairs)
    write_table(args.out / 'review' / f'{Path(name).stem}.csv', items)
    write_page(args.out / 'review' / f'{Path(name).stem}.html', f'MMR {args.split}', items,
               lambda item: images / item.image)
    report(client, writer.complaints, 'pairs')
    if args.flags:
        say(f'{len(dropped)} pairs were flagged twice and dropped')
    kept = sum(len(record['questions']) for record in records)
    say(f'{args.out / name}: {kept} of {writer.complaints["pairs"]} pairs about {len(records)} '
        f'images; the paper has {PAPER[args.split]}')
    say(table(('targets', 'pairs'), [[str(n), str(count)] for n, count in statistics(
        pairs).items()], right=(0, 1)))
    if progress.stop is not None:
        raise progress.stop
    return 0
