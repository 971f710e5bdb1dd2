# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data llmseg40k`: questions about one object each, written by language models.

Images are those of LVIS, and of EgoObjects where it is named and SAM makes masks of its boxes. See
docs/datasets.md.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from reasonseg_ros.cli.endpoint import ANSWERS, Inquiry, add_endpoint, report
from reasonseg_ros.cli.text import note, say
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets.chat_client import Budget, ChatClient, Endpoint
from reasonseg_ros.datasets.coco_table import CocoTable, read_table, segmentations
from reasonseg_ros.datasets.drafts import BoxSegmenter, record
from reasonseg_ros.datasets.generation import Prompts
from reasonseg_ros.datasets.llmseg40k_questions import (
    DRAWN,
    PROMPTS,
    SHARES,
    Llmseg40kWriter,
    Subject,
    draw,
    mask_of,
    subjects,
)
from reasonseg_ros.datasets.parts import written
from reasonseg_ros.datasets.review import ReviewItem, flagged, write_table
from reasonseg_ros.datasets.sources import SourceFiles, read_sources
from reasonseg_ros.reports.review import write_page

Questions = Mapping[str, tuple[Subject, Sequence[tuple[str, str]]]]     # by the name of the image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--sources', type=Path, default=Path('sources.yaml'), metavar='FILE',
                        help='YAML or JSON file with lvis:, ego_objects: and images: '
                             '(sources.yaml)')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder; what was answered in it before is not asked again')
    parser.add_argument('--images', type=int, nargs=3, default=list(DRAWN),
                        metavar=('SIMPLE', 'COMPLEX', 'EGO'),
                        help='that are drawn: with 2 to 5 categories, with more, of EgoObjects '
                             f'({" ".join(map(str, DRAWN))})')
    parser.add_argument('--seed', type=int, default=0, help='images are drawn from (0)')
    parser.add_argument('--sam', default='', metavar='FILE',
                        help='checkpoint of SAM, which makes masks of the boxes of EgoObjects')
    parser.add_argument('--device', default='auto', help='of SAM: auto, cpu or cuda (auto)')
    parser.add_argument('--writer', default='', metavar='NAME',
                        help='model that writes the questions and sees no image (--model)')
    parser.add_argument('--flags', type=Path, nargs='+', default=[], metavar='CSV',
                        help='tables of different people; what two of them flag is dropped')
    add_endpoint(parser)


def main(args: argparse.Namespace) -> int:
    """Ask, check, write the files of the splits with their review, and say what was dropped."""
    sources = read_sources(args.sources)
    folders = {'coco': sources.path('images', 'coco')}
    tables = {'coco': read_table(sources.path('lvis', 'train'))}
    segmenter = _ego(args.sam, args.device, args.out, sources, folders, tables)
    found = {name: subjects(held, name) for name, held in tables.items()}
    simple, several, ego = args.images
    splits = draw(found['coco'], found.get('ego_objects', []), args.seed, (simple, several, ego))
    client = ChatClient(Endpoint(args.endpoint, args.model, args.price_in, args.price_out,
                                 args.timeout), args.out / ANSWERS,
                        Budget(args.most_cost, args.most_calls))
    writer = Llmseg40kWriter(client, Prompts(args.out / 'prompts', PROMPTS), folders,
                             args.writer)
    dropped = flagged(args.flags)
    stop = None
    for split in SHARES:
        progress = Inquiry(f'LLM-Seg40K {split}', args.parallel)
        asked: Questions = {subject.name: (subject, pairs) for subject, pairs in zip(
            splits[split], progress.over(writer.write, splits[split]))}
        _write(args.out, split, asked, dropped, tables, segmenter, folders)
        stop = stop or progress.stop
        if stop is not None:
            break
    report(client, writer.complaints, 'questions')
    if stop is not None:
        raise stop
    return 0


def _ego(checkpoint: str, device: str, out: Path, sources: SourceFiles, folders: dict[str, Path],
         tables: dict[str, CocoTable]) -> BoxSegmenter | None:
    """Add EgoObjects where it is there; say why it is left out where it is not."""
    try:
        path, images = sources.path('ego_objects', 'train'), sources.path('images', 'ego_objects')
        if not checkpoint:
            raise BadInput('it has boxes and no masks; give a checkpoint of SAM with --sam')
    except BadInput as error:
        note(f'left out: ego_objects: {error}')
        return None
    from reasonseg_ros.datasets.box_masks import BoxMasks
    folders['ego_objects'], tables['ego_objects'] = images, read_table(path, boxes_only=True)
    return BoxMasks.load(checkpoint, device, images, out)


def _write(out: Path, split: str, asked: Questions, dropped: frozenset[str],
           tables: Mapping[str, CocoTable], segmenter: BoxSegmenter | None,
           folders: Mapping[str, Path]) -> None:
    """Write the file of a split, its PNG files, and its review."""
    wanted = {a.id for subject, pairs in asked.values() if subject.dataset == 'coco'
              for _, category in pairs for a in subject.things[category]}
    lvis = segmentations(tables['coco'], wanted, note)
    made: dict[str, Any] = {}
    items = []
    for name, (subject, pairs) in asked.items():
        kept = []
        for place, (question, category) in enumerate(pairs):
            things = subject.things[category]
            number = f'{name}/{place}'
            items.append(ReviewItem(number, f'{subject.dataset}/{subject.image.name}', question,
                                    category, tuple((category, a.box) for a in things)))
            mask = mask_of(_masks(subject, category, lvis, segmenter))
            if mask is None or number in dropped:
                continue
            png = f'segs/{split}/{Path(name).stem}_{place}.png'
            _save(out / png, mask)
            kept.append({'question': question, 'answer': category, 'segmentation_path': png,
                         'rle_seg': record(mask)})
        if kept:
            made[name] = {'from_dataset': subject.dataset, 'qa_pairs': kept}
    with written(out / f'{split}.json') as file:
        json.dump(made, file)
    write_table(out / 'review' / f'{split}.csv', items)
    write_page(out / 'review' / f'{split}.html', f'LLM-Seg40K {split}', items,
               lambda item: folders[item.image.split('/')[0]] / item.image.split('/', 1)[1])
    say(f'{out / f"{split}.json"}: {sum(len(e["qa_pairs"]) for e in made.values())} questions '
        f'about {len(made)} images')


def _masks(subject: Subject, category: str, lvis: Mapping[int, Rle],
           segmenter: BoxSegmenter | None) -> list[Rle]:
    things = subject.things[category]
    if subject.dataset == 'coco':
        return [lvis[a.id] for a in things if a.id in lvis]
    assert segmenter is not None
    try:
        return segmenter.masks(subject.image.name, [a.box for a in things])
    except BadImage as error:
        note(str(error))
        return []


def _save(path: Path, mask: Rle) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(255 * mask.decode().astype(np.uint8)).save(path)
