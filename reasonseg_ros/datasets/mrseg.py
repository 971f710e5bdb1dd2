# SPDX-License-Identifier: Apache-2.0
"""MRSeg, built from its ten sources: one file of conversations for each part and split.

    OUT/conversations_folder/all_data_mix_train/mr_refcoco_train.json, ...
    OUT/annotations_folder/    links to the sources, and masks that were made
    OUT/images_folder/         links to the images
    OUT/datasets.yaml          what `reasonseg eval` and training are given with --data
    OUT/parts/                 chunks, from which an interrupted build goes on

`benchmarks.mrseg` reads the result. The rules are in `rules`, the sources in `drafts` and
`label_drafts`.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reasonseg_ros.benchmarks.mrseg import PATHS
from reasonseg_ros.benchmarks.refcoco import SPLIT_BY
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets import drafts, label_drafts, parts
from reasonseg_ros.datasets.drafts import BoxSegmenter, Description, Faults, ImageDraft
from reasonseg_ros.datasets.parts import Figures, Share, written
from reasonseg_ros.datasets.pascal_parts import part_names
from reasonseg_ros.datasets.sources import SourceFiles

SPLITS = ('train', 'val', 'test')
REFCOCO = ('refcoco', 'refcoco+', 'refcocog')
KEPT = (32 << 20) - 8192    # bytes: the largest block for which glibc raises its limit

# Row of the paper's table -> (conversations, images, most rounds) of train, and of val.
PAPER: Mapping[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    'RefCOCO/+/g': ((55_188, 27_674, 18), (4_263, 2_701, 17)),
    'Visual Genome': ((367_674, 94_221, 2), (40_980, 10_524, 2)),
    'PACO-LVIS': ((40_827, 40_827, 19), (2_178, 2_178, 16)),
    'LVIS': ((71_388, 71_255, 17), (13_898, 13_898, 18)),
    'Pascal Parts': ((4_577, 4_577, 17), (4_690, 4_690, 18)),
    'ADE20K': ((59_784, 20_196, 1), (5_943, 200, 1)),
    'COCO-Stuff': ((340_127, 118_205, 1), (14_461, 4_999, 1)),
    'Attributes': ((49_036, 36_413, 1), (5_000, 2_566, 1)),
    'ReasonSeg': ((1_326, 239, 1), (200, 200, 1)),
    'hard': ((22_470, 22_470, 1), (1_988, 1_988, 1)),
}


@dataclass(frozen=True, eq=False)
class MrsegFile:
    """One file of conversations that can be built.

    stem    of its name: mr_refcoco
    row     of the paper's table
    files   that it depends on
    open    drafts of all images; hears what is left out
    links   place in the folder of annotations -> the source that belongs there
    table   place of masks that are made, '' = none are
    labels  folder of label images, which are linked one by one
    state   of what is drawn from beside the files, e.g. a digest
    """

    stem: str
    split: str
    row: str
    files: tuple[Path, ...]
    open: Callable[[Faults], Iterator[ImageDraft]]
    links: Mapping[str, Path]
    table: str = ''
    labels: str = ''
    state: str = ''

    @property
    def name(self) -> str:
        """Name of the file without its suffix."""
        return f'{self.stem}_{self.split}'


@dataclass(frozen=True)
class BuildOptions:
    """How a build is done; `limit` is the number of images of each file, 0 = all of them."""

    seed: int = 0
    limit: int = 0
    share: Share = Share()
    splits: tuple[str, ...] = ('train', 'val')


def files_of(sources: SourceFiles, source: str, split: str, segmenter: BoxSegmenter | None,
             descriptions: Mapping[str, Description] | None = None) -> list[MrsegFile]:
    """Return the files that a source gives for a split. Raises BadInput where it is missing.

    segmenter     makes masks of boxes; None = there are none
    descriptions  of things of COCO, by annotation; None = there are none
    """
    return [*_OPENERS[source](_Request(sources, source, split, segmenter, descriptions))]


@dataclass(frozen=True, eq=False)
class _Request:
    sources: SourceFiles
    source: str
    split: str
    segmenter: BoxSegmenter | None
    descriptions: Mapping[str, Description] | None

    def path(self, key: str) -> Path:
        return self.sources.path(self.source, key)

    @property
    def place(self) -> str:
        """Where the annotations of the split lie below the folder of annotations."""
        places = PATHS['description_based_coco' if self.source == 'attributes' else self.source]
        return places[0] if self.split == 'train' else places[-1]


def _refcoco(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    folder, name, split = r.path('folder'), r.source, r.split
    files = (folder / 'instances.json', folder / f'refs({SPLIT_BY[name]}).p')
    links = {r.place: files[0]}
    yield MrsegFile(f'mr_{name}', split, 'RefCOCO/+/g', files,
                    lambda faults: drafts.refcoco(folder, name, split, False, faults), links)
    yield MrsegFile(f'mr_{name}_hard', split, 'hard', files,
                    lambda faults: drafts.refcoco(folder, name, split, True, faults), links)


def _visual_genome(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    files = r.path('relationships'), r.path('image_data')
    segmenter, split = r.segmenter, r.split
    if segmenter is None:
        raise BadInput('visual_genome has boxes and no masks; give a checkpoint of SAM with --sam '
                       'to make them')
    yield MrsegFile('mr_vg', split, 'Visual Genome', files, lambda faults: drafts.visual_genome(
        *files, split, segmenter, faults), {}, table=r.place)


def _paco(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    path, split = r.path(r.split), r.split
    yield MrsegFile('mr_paco', split, 'PACO-LVIS', (path,), lambda faults: _counted(
        drafts.paco(path, split), path, faults), {r.place: path})


def _lvis(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    path, split = r.path(r.split), r.split
    yield MrsegFile('mr_lvis', split, 'LVIS', (path,), lambda faults: _counted(
        drafts.lvis(path, split), path, faults), {r.place: path})


def _counted(found: Iterator[ImageDraft], path: Path, faults: Faults) -> Iterator[ImageDraft]:
    """Add what the table of a file left out."""
    faults.update(drafts.coco_table(path).faults)
    yield from found


def _attributes(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    path, split, found = r.path(r.split), r.split, r.descriptions
    if found is None:
        raise BadInput('attributes needs descriptions of things; give --endpoint and --model to '
                       'have a vision model write them')
    yield MrsegFile('attributes', split, 'Attributes', (path,), lambda faults: drafts.attributes(
        path, split, found, faults), {}, table=r.place,
                    state=hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:12])


def _pascal(r: _Request) -> Iterator[MrsegFile]:
    if r.split == 'test':
        return
    folder, split = r.path(r.split), r.split
    names = part_names(r.path('names'))
    yield MrsegFile('mr_pascal', split, 'Pascal Parts', (folder, r.path('names')),
                    lambda faults: label_drafts.pascal(folder, split, names, faults), {},
                    table=r.place)


def _classes(stem: str, row: str, images: Mapping[str, str], offset: int
             ) -> Callable[[_Request], Iterator[MrsegFile]]:
    def open_classes(r: _Request) -> Iterator[MrsegFile]:
        if r.split == 'test':
            return
        folder, split, source = r.path(r.split), r.split, r.source
        names = label_drafts.class_names(r.path('names'), 1)
        yield MrsegFile(stem, split, row, (folder, r.path('names')),
                        lambda faults: label_drafts.classes(folder, source, split, names,
                                                            images[split], offset, faults),
                        {}, labels=r.place)
    return open_classes


def _reason_seg(r: _Request) -> Iterator[MrsegFile]:
    folder, split = r.path('folder'), r.split
    if (folder / split).is_dir():
        yield MrsegFile('reason_seg', split, 'ReasonSeg', (folder / split,),
                        lambda faults: label_drafts.reason_seg(folder, split, faults),
                        {f'reason_seg/annotations/{split}': folder / split})


_OPENERS: dict[str, Callable[[_Request], Iterable[MrsegFile]]] = {
    **{name: _refcoco for name in REFCOCO},
    'visual_genome': _visual_genome, 'paco_lvis': _paco, 'lvis': _lvis, 'pascal': _pascal,
    'ade20k': _classes('ade20k', 'ADE20K', {'train': 'ade20k/images/training',
                                            'val': 'ade20k/images/validation'}, 1),
    'cocostuff': _classes('cocostuff', 'COCO-Stuff', {'train': 'coco/train2017',
                                                      'val': 'coco/val2017'}, 0),
    'attributes': _attributes, 'reason_seg': _reason_seg,
}
SOURCES = tuple(_OPENERS)
# Folder of images -> key under images: of the sources
_IMAGES = {'coco': 'coco', 'vg': 'vg', 'pascal': 'pascal', 'ade20k': 'ade20k'}


class Builder:
    """Builds files of conversations into a folder."""

    def __init__(self, out: Path, options: BuildOptions = BuildOptions()) -> None:
        self._out, self._options = out, options
        self.images = out / 'images_folder'
        _keep_freed_memory()

    def prepare(self, sources: SourceFiles, trouble: Callable[[str], None]) -> None:
        """Make the folder, link the images, and say where everything lies.

        trouble  hears of folders of images that are not there
        """
        self.images.mkdir(parents=True, exist_ok=True)
        folders = {name: ('images', key) for name, key in _IMAGES.items()}
        for name, (section, key) in (folders | {'reason_seg': ('reason_seg', 'folder')}).items():
            if key not in sources.paths.get(section, {}):
                continue
            try:
                link(self.images / name, sources.path(section, key))
            except BadInput as error:
                trouble(str(error))
        self.note()

    def note(self) -> None:
        """Write the file that is given with --data."""
        with written(self._out / 'datasets.yaml') as file:
            file.write('mrseg:\n  conversations: conversations_folder\n'
                       '  annotations: annotations_folder\n  images: images_folder\n')

    def build(self, one: MrsegFile, step: Callable[[int], object]) -> Faults:
        """Write the chunks of a file; return what was left out. Raises BadInput, OSError."""
        faults: Faults = Counter()
        annotations = self._out / 'annotations_folder'
        for place, source in one.links.items():
            link(annotations / place, source)
        limit = self._options.limit
        # Missing images are found before anything is drawn, where there are images at all.
        known = {name: (self.images / name).exists() for name in (*_IMAGES, 'reason_seg')}

        def usable(draft: ImageDraft) -> bool:
            if known.get(draft.image.split('/')[0]) and not (self.images / draft.image).exists():
                faults['images missing'] += 1
                return False
            if one.labels:
                label = f'{Path(draft.image).stem}.png'
                link(annotations / one.labels / label, one.files[0] / label)
            return True

        def limited() -> Iterator[ImageDraft]:
            for place, draft in enumerate(one.open(faults)):
                if limit and place >= limit:
                    return
                yield draft
        plan = {'seed': self._options.seed, 'limit': limit, 'table': one.table, 'state': one.state,
                'files': {str(path): path.stat().st_size for path in one.files}}
        parts.build(self._chunks(one), plan, limited(), self._options.seed, self._options.share,
                    usable, step)
        return faults

    def join(self, files: Iterable[MrsegFile]) -> tuple[dict[str, Figures], list[str]]:
        """Join files whose chunks are all there.

        Returns their figures by name, and the names of those that wait for other shards.
        """
        figures: dict[str, Figures] = {}
        waiting: list[str] = []
        tables: dict[str, None] = {}
        for one in files:
            folder = self._chunks(one)
            if not parts.complete(folder):
                waiting.append(one.name)
                continue
            figures[one.name] = parts.join(folder, self.conversations(one))
            if one.table:
                tables[one.table] = None
        for table in tables:    # which another split may have begun in an earlier run
            folders = [f for f in sorted((self._out / 'parts').iterdir())
                       if parts.table_of(f) == table and parts.complete(f)]
            parts.join_masks(folders, self._out / 'annotations_folder' / table)
        return figures, waiting

    def conversations(self, one: MrsegFile) -> Path:
        """Where the conversations of a file lie once it is joined."""
        mix = 'all_data_mix_train' if one.split == 'train' else 'all_data_mix_val'
        return self._out / 'conversations_folder' / mix / f'{one.name}.json'

    def _chunks(self, one: MrsegFile) -> Path:
        return self._out / 'parts' / one.name


def _keep_freed_memory() -> None:
    """Have the C library keep the memory of an image for the next one.

    Otherwise it gives blocks of that size back to the system, which clears every page anew: that is
    half of the time of a label image. glibc raises the size from which it does so to that of the
    largest such block that was freed, up to 32 MiB; elsewhere this has no effect.
    """
    np.empty(KEPT, np.uint8)


def link(path: Path, target: Path) -> None:
    """Make `path` a link to a file or folder, unless it is one already. Raises BadInput."""
    target = target.absolute()
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(target, path)
    except FileExistsError as error:
        if not path.is_symlink() or Path(os.readlink(path)) != target:
            raise BadInput(f'"{path}" is there already and is no link to "{target}"; choose '
                           'another --out, or remove it') from error
