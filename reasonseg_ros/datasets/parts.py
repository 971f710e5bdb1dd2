# SPDX-License-Identifier: Apache-2.0
"""One file of conversations, built in chunks: resumed after an interruption, shared by shards.

Each chunk of images is a file that is written whole or not at all; the first line has its figures,
the others a conversation or a mask each. Once all chunks are there they are joined. The bytes do
not depend on how the work was split: what an image gives is drawn from the seed and its own key.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, TextIO

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets.drafts import ImageDraft
from reasonseg_ros.datasets.rules import Plain

CHUNK = 500     # images that are lost at most when a build is killed
_json = json.JSONEncoder(ensure_ascii=False, separators=(',', ':')).encode


@dataclass(frozen=True)
class Share:
    """Part `number` of `of`, from 1. Of a build: chunks are dealt out in turn. Raises BadInput."""

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise BadInput(f'shard {self.number}/{self.of} does not exist; give I/N with I from 1 '
                           'to N')


@dataclass
class Figures:
    """What a file of conversations has.

    rounds  number of rounds -> conversations
    """

    conversations: int = 0
    images: int = 0
    rounds: Counter[int] = field(default_factory=Counter)

    def count(self, made: list[Plain]) -> None:
        """Add the conversations of one image."""
        self.conversations += len(made)
        self.images += bool(made)
        self.rounds.update(len(one['conversations']) // 2 for one in made)

    def add(self, plain: Mapping[str, Any]) -> None:
        """Add the figures of a chunk, as its first line has them."""
        self.conversations += plain['conversations']
        self.images += plain['images']
        self.rounds.update({int(n): count for n, count in plain['rounds'].items()})

    @property
    def most(self) -> int:
        """Rounds of the longest conversation."""
        return max(self.rounds, default=0)

    def plain(self) -> dict[str, Any]:
        """Return the first line of a chunk."""
        return {'conversations': self.conversations, 'images': self.images,
                'rounds': dict(sorted(self.rounds.items()))}


def build(folder: Path, plan: Mapping[str, Any], drafts: Iterable[ImageDraft], seed: int,
          share: Share, keep: Callable[[ImageDraft], bool], step: Callable[[int], object]) -> None:
    """Write the chunks of a share that a folder lacks.

    plan    what the chunks depend on; a folder of another plan is refused
    keep    whether the image of a draft can be used
    step    hears how many images are done

    Raises BadInput; OSError when the disk is full, with all finished chunks kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _check_plan(folder / 'plan.json', plan)
    stream, number = iter(drafts), -1
    for number, chunk in enumerate(iter(lambda: list(islice(stream, CHUNK)), [])):
        path = chunk_file(folder, number)
        if number % share.of == share.number - 1 and not path.exists():
            with written(path) as file:
                _write_chunk(file, [d for d in chunk if keep(d)], seed)
        step(len(chunk))
    # How many chunks there are is known to whoever came to the end.
    with written(folder / 'chunks.json') as file:
        json.dump(number + 1, file)


def _check_plan(path: Path, plan: Mapping[str, Any]) -> None:
    text = json.dumps(plan, sort_keys=True)
    if path.exists():
        found = path.read_text(encoding='utf-8')
        if found != text:
            raise BadInput(f'"{path.parent}" was begun with {found:.300}, now it is {text:.300}; '
                           'choose another folder, or remove this one')
        return
    with written(path) as file:
        file.write(text)


def chunk_file(folder: Path, number: int) -> Path:
    """Where chunk `number` lies."""
    return folder / f'{number:06d}.jsonl'


def _write_chunk(file: TextIO, chunk: Iterable[ImageDraft], seed: int) -> None:
    figures, lines = Figures(), []
    for draft in chunk:
        # Text seeds do not depend on the process, as hashes of text would.
        made, masks = draft.draw(Random(f'{seed}/{draft.image}/{draft.key}'))
        figures.count(made)
        lines += [f'C{_json(one)}\n' for one in made]
        lines += [f'M{_json(name)}: {_json(mask)}\n' for name, mask in masks.items()]
    file.write(f'{_json(figures.plain())}\n')
    file.writelines(lines)


def complete(folder: Path) -> bool:
    """Whether all chunks of a folder are there."""
    note = folder / 'chunks.json'
    if not note.exists():
        return False
    count = json.loads(note.read_text(encoding='utf-8'))
    return all(chunk_file(folder, number).exists() for number in range(count))


def table_of(folder: Path) -> str:
    """Which table the masks of a folder belong to, '' for none."""
    plan = json.loads((folder / 'plan.json').read_text(encoding='utf-8'))
    return str(plan.get('table', ''))


def join(folder: Path, path: Path) -> Figures:
    """Join the conversations of all chunks to the file `path`, a list; return its figures."""
    figures = Figures()
    for line in _lines(folder, '{'):
        figures.add(json.loads(line))
    with written(path) as file:
        _items(file, _lines(folder, 'C'), '[]')
    return figures


def join_masks(folders: Iterable[Path], path: Path) -> None:
    """Join the masks of all chunks of some folders to the file `path`, a table by name."""
    seen: set[str] = set()

    def fresh() -> Iterator[str]:
        for folder in folders:
            for line in _lines(folder, 'M'):
                name = line[:line.index('": {')]
                if name not in seen:
                    seen.add(name)
                    yield line
    with written(path) as file:
        _items(file, fresh(), '{}')


def _items(file: TextIO, lines: Iterable[str], brackets: str) -> None:
    file.write(brackets[0])
    for place, line in enumerate(lines):
        file.write((',\n' if place else '\n') + line)
    file.write(f'\n{brackets[1]}\n')


def _lines(folder: Path, kind: str) -> Iterator[str]:
    """Lines of a kind of all chunks, in order, without the letter of the kind."""
    count = json.loads((folder / 'chunks.json').read_text(encoding='utf-8'))
    for number in range(count):
        with chunk_file(folder, number).open(encoding='utf-8') as file:
            for line in file:
                if line[0] == kind:
                    yield line.rstrip('\n')[kind != '{':]


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """Open a file that appears under its name when it is whole; a half one leaves nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'{path.name}.{os.getpid()}.partial')
    try:
        with partial.open('w', encoding='utf-8') as file:
            yield file
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
