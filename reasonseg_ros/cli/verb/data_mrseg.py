# SPDX-License-Identifier: Apache-2.0
"""`reasonseg data mrseg`: the conversations of SegLLM, built from the annotations of ten sources.

Which sources there are and where they are obtained is in docs/datasets.md.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.cli.endpoint import ANSWERS, Inquiry, add_endpoint, report
from reasonseg_ros.cli.text import note, say, table
from reasonseg_ros.core.errors import BadInput, ReasonSegError
from reasonseg_ros.datasets.chat_client import Budget, ChatClient, Endpoint
from reasonseg_ros.datasets.drafts import Description, coco_table
from reasonseg_ros.datasets.generation import Prompts
from reasonseg_ros.datasets.mrseg import (
    PAPER,
    SOURCES,
    SPLITS,
    Builder,
    BuildOptions,
    MrsegFile,
    files_of,
)
from reasonseg_ros.datasets.parts import Figures, Share
from reasonseg_ros.datasets.rewriting import PROMPTS, Rewriter, corrected, described_things
from reasonseg_ros.datasets.sources import SourceFiles, read_sources

HEAD = ('file', 'conversations', 'images', 'most rounds', 'paper')
HISTOGRAM = ('rounds', 'conversations')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('--sources', type=Path, default=Path('sources.yaml'), metavar='FILE',
                        help='YAML or JSON file that says where annotations lie (sources.yaml)')
    parser.add_argument('--out', type=Path, required=True, metavar='DIR',
                        help='folder; an interrupted build in it goes on where it stood')
    parser.add_argument('--only', nargs='+', choices=SOURCES, metavar='SOURCE',
                        help=f'build from these alone: {", ".join(SOURCES)}')
    parser.add_argument('--splits', nargs='+', choices=SPLITS, default=['train', 'val'],
                        help='(train val); test is of ReasonSeg alone')
    parser.add_argument('--sam', default='', metavar='FILE',
                        help='checkpoint of SAM, which makes masks of the boxes of Visual Genome')
    parser.add_argument('--device', default='auto', help='of SAM: auto, cpu or cuda (auto)')
    add_build(parser)
    add_endpoint(parser, required=False)
    parser.add_argument('--correct', action='store_true',
                        help='have the model correct the grammar of positional sentences')


def add_build(parser: argparse.ArgumentParser) -> None:
    """Declare how a build is done."""
    parser.add_argument('--seed', type=int, default=0, help='everything is drawn from (0)')
    parser.add_argument('--limit', type=int, default=0, metavar='N',
                        help='only the first N images of each file')
    parser.add_argument('--shard', type=share, default=Share(), metavar='I/N',
                        help='build part I of N; the last one to finish joins them')


def share(text: str) -> Share:
    """Read "I/N"."""
    number, _, of = text.partition('/')
    if not (number.isdigit() and of.isdigit()):
        raise argparse.ArgumentTypeError(f'found "{text}", expected I/N')
    try:
        return Share(int(number), int(of))
    except BadInput as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def main(args: argparse.Namespace) -> int:
    """Build what the sources give; say what is left out, and how large the files are."""
    sources = read_sources(args.sources)
    segmenter = None
    builder = Builder(args.out, BuildOptions(args.seed, args.limit, args.shard))
    builder.prepare(sources, note)
    if args.sam:
        from reasonseg_ros.datasets.box_masks import BoxMasks
        segmenter = BoxMasks.load(args.sam, args.device, builder.images, args.out)
    rewriter = None
    if args.endpoint:
        client = ChatClient(Endpoint(args.endpoint, args.model, args.price_in, args.price_out,
                                     args.timeout), args.out / ANSWERS,
                            Budget(args.most_cost, args.most_calls))
        rewriter = Rewriter(client, Prompts(args.out / 'prompts', PROMPTS), builder.images)
    elif args.correct:
        raise BadInput('--correct asks a language model; give --endpoint and --model')
    files: list[MrsegFile] = []
    for split in args.splits:
        for source in args.only or SOURCES:
            try:
                descriptions = _descriptions(sources, split, rewriter, args.limit, args.parallel) \
                    if source == 'attributes' else None
                files += files_of(sources, source, split, segmenter, descriptions)
            except ReasonSegError as error:
                note(f'left out: {source} {split}: {error}')
    done = build(builder, files)
    if rewriter is not None:
        if args.correct:
            _correct(rewriter, [builder.conversations(one) for one in done
                                if one.row in ('RefCOCO/+/g', 'LVIS')], args.parallel)
        report(client, rewriter.complaints, '')
    return 0


def _descriptions(sources: SourceFiles, split: str, rewriter: Rewriter | None, limit: int,
                  threads: int) -> dict[str, Description] | None:
    """Have things of COCO described; None without a model. Raises BadInput, EndpointDown."""
    if rewriter is None or split == 'test':
        return None
    table = coco_table(sources.path('attributes', split))
    things = [*described_things(table, f'coco/{split}2017', limit)]
    progress = Inquiry(f'descriptions {split}', threads)
    found = dict(one for one in progress.over(rewriter.describe, things) if one is not None)
    if progress.stop is not None:
        raise progress.stop
    return found


def _correct(rewriter: Rewriter, paths: Sequence[Path], threads: int) -> None:
    """Correct files of conversations; raise what ended it, with all that was answered kept."""
    progress = Inquiry('sentences', threads)
    changed = corrected([path for path in paths if path.exists()],
                        lambda said: progress.over(rewriter.correct, said))
    say(f'{changed} sentences corrected')
    if progress.stop is not None:
        raise progress.stop


def build(builder: Builder, files: Iterable[MrsegFile]) -> list[MrsegFile]:
    """Build and join files, print their figures, and return those that are there whole.

    Raises BadInput where there is none.
    """
    done: list[MrsegFile] = []
    for one in files:
        try:
            with tqdm(desc=one.name, unit='image', disable=None) as progress:
                faults = builder.build(one, progress.update)
        except ReasonSegError as error:
            note(f'left out: {one.name}: {error}')
            continue
        left_out = ', '.join(f'{count} {reason}' for reason, count in faults.items() if count)
        if left_out:
            note(f'{one.name}: left out: {left_out}')
        done.append(one)
    if not done:
        raise BadInput('nothing was built; name at least one source that is there in the file '
                       'given with --sources')
    figures, waiting = builder.join(done)
    if waiting:
        say(f'waiting for other shards: {", ".join(waiting)}')
    if figures:
        show(done, figures)
    return [one for one in done if one.name in figures]


def show(files: Iterable[MrsegFile], figures: Mapping[str, Figures]) -> None:
    """Print the sizes beside those of the paper, and how many rounds conversations have."""
    rows, rounds = [], Figures()
    for one in files:
        if one.name in figures:
            found = figures[one.name]
            rows.append([one.name, str(found.conversations), str(found.images), str(found.most),
                         _paper(one)])
            rounds.add(found.plain())
    say(table(HEAD, rows, right=range(1, len(HEAD))))
    say()
    say(table(HISTOGRAM, [[str(n), str(count)] for n, count in sorted(rounds.rounds.items())],
              right=(0, 1)))


def _paper(one: MrsegFile) -> str:
    if one.split == 'test' or one.row not in PAPER:
        return ''
    train, val = PAPER[one.row]
    conversations, images, most = train if one.split == 'train' else val
    return f'{one.row}: {conversations} / {images} / {most}'
