# SPDX-License-Identifier: Apache-2.0
"""Conversations of SegLLM: MRSeg, MR-RefCOCO, MR-PACO and every other file of its format.

A file is a list of {"conversations": [{"from": "human" | "gpt", "value": ...}, ...]}. Values hold
the markers of `brackets`. A pair without MASK-DECODE asks for no mask (explanations, FAKE_MASK_OUT)
and is left out.

Masks go by the names that the conversations give them, and lie in the annotations of each source,
in four forms: COCO files (refcoco, refcoco+, refcocog, paco_lvis, lvis), tables of run lengths
(visual_genome, pascal, description_based_coco), label images (ade20k, cocostuff) and outlines
(reason_seg). Files are opened when the first mask is asked for.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from reasonseg_ros.benchmarks import brackets
from reasonseg_ros.benchmarks.annotations import CocoFile, from_sized
from reasonseg_ros.benchmarks.brackets import MaskName
from reasonseg_ros.benchmarks.conversation import (
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import field, file_below, read_json, version_of
from reasonseg_ros.benchmarks.image_files import read_values, stored_size
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.benchmarks.reasonseg import drawn
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle

# source -> where its annotations lie; a second place holds those of the validation split
PATHS: dict[str, tuple[str, ...]] = {
    'refcoco': ('refcoco/instances.json',),
    'refcoco+': ('refcoco+/instances.json',),
    'refcocog': ('refcocog/instances.json',),
    'paco_lvis': ('paco_lvis/annotations/paco_lvis_v1_train.json',
                  'paco_lvis/annotations/paco_lvis_v1_val.json'),
    'lvis': ('lvis/lvis_v1_train.json', 'lvis/lvis_v1_val.json'),
    'visual_genome': ('visual_genome/vg_masks_train_new.json',),
    'pascal': ('pascal/pascal_labels.json', 'pascal/pascal_labels_val.json'),
    'description_based_coco': ('description_based_coco/seg_mask_per_instance.json',),
    'ade20k': ('ade20k/annotations/training',),
    'cocostuff': ('cocostuff/train2017',),
    'reason_seg': ('reason_seg/annotations/train', 'reason_seg/annotations/val'),
}
_COCO = ('refcoco', 'refcoco+', 'refcocog', 'paco_lvis', 'lvis')
_LABELS = {'ade20k': 1, 'cocostuff': 0}  # what is added to a class to get its grey value


class Sources:
    """The annotations that the conversations of a split (train, val or test) need."""

    def __init__(self, places: Places, split: str) -> None:
        self._places = places
        self._split = split
        self._opened: dict[str, Any] = {}

    def files(self, sources: Iterable[str]) -> list[Path]:
        """Annotation files, not folders, of some sources, sorted. Raises BadInput."""
        return [path for path in map(self._path, sorted(sources)) if path.is_file()]

    def mask(self, name: MaskName, size: tuple[int, int]) -> tuple[Rle, str]:
        """Return a mask and its category ('' = not stated); `size` is that of the image.

        Raises BadInput for a mask that the annotations do not have.
        """
        path = self._path(name.source)
        if name.source in _COCO:
            held = self._held(name.source, lambda: CocoFile(path))
            number = _number(name)
            return held.mask(number), held.category(number)
        if name.source in _LABELS:
            values = read_values(path / Path(name.image).with_suffix('.png').name)
            return Rle.encode(values == _number(name) + _LABELS[name.source]), ''
        if name.source == 'reason_seg':
            # SegLLM counts what ReasonSeg wants ignored as background.
            return drawn(path / Path(name.image).with_suffix('.json').name, size).target, ''
        held = self._held(name.source, lambda: read_json(path))
        where = f'mask {name.mask} of "{path}"'
        if not isinstance(held, dict) or name.mask not in held:
            raise BadInput(f'"{path}" has no mask "{name.mask}"; expected the file of the same '
                           'split and version as the conversations')
        if name.source == 'description_based_coco':
            return from_sized(held[name.mask], where, 'image_dim', 'segmentation'), ''
        return from_sized(held[name.mask], where), ''

    def _path(self, source: str) -> Path:
        if source not in PATHS:
            raise BadInput(f'the conversations name the source "{source}"; known ones are '
                           f'{", ".join(PATHS)}')
        places = PATHS[source]
        if source == 'reason_seg' and self._split == 'test':
            return self._places.within('mrseg', 'annotations', 'reason_seg/annotations/test')
        return self._places.within('mrseg', 'annotations',
                                   places[0] if self._split == 'train' else places[-1])

    def _held(self, source: str, read: Callable[[], Any]) -> Any:
        if source not in self._opened:
            self._opened[source] = read()
        return self._opened[source]


def _number(name: MaskName) -> int:
    if not name.mask.isdigit():
        raise BadInput(f'the source "{name.source}" has no mask "{name.mask}"; expected a number')
    return int(name.mask)


TRAIN = 'all_data_mix_train'
FOLDERS = ('all_data_mix_val', TRAIN, 'refcoco_single_round_val')
# SegLLM's own configurations name this file in two ways.
ALIASES = {'mr_paco_train': 'mr_paco_data'}
_FAKE = 'FAKE_MASK_OUT'


def open_conversations(places: Places, benchmark: str, split: str, file_name: str) -> Dataset:
    """Open a file of conversations, by its name without ".json". Raises BadInput."""
    path = _find(places, file_name)
    reader = _Reader(path, places)
    return Dataset(benchmark, split, reader.version, reader.ids, reader.read)


def _find(places: Places, file_name: str) -> Path:
    folder = places.folder('mrseg', 'conversations')
    found = [folder / name / f'{alias}.json' for alias in (file_name, ALIASES.get(file_name, ''))
             for name in FOLDERS if alias]
    for path in found:
        if path.exists():
            return path
    return places.within('mrseg', 'conversations', f'{FOLDERS[0]}/{file_name}.json')


class _Reader:
    """One file of conversations in memory; masks are read with each conversation."""

    def __init__(self, path: Path, places: Places) -> None:
        held = read_json(path)
        if not isinstance(held, list):
            raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a list of '
                           'conversations')
        self._path = path
        self._images = places.folder('mrseg', 'images')
        last = path.stem.rsplit('_', 1)[-1]
        self._sources = Sources(places, 'train' if path.parent.name == TRAIN else last)
        shown = {place: self._shown(place, entry) for place, entry in enumerate(held)}
        # One that cannot be read is kept: its error is told where it is asked.
        self._places = [place for place, decodes in shown.items() if decodes != []]
        self._entries = [held[place] for place in self._places]
        self.ids = tuple(str(place) for place in self._places)
        used = {d.target.source for decodes in shown.values() for d in decodes or ()
                if d.target.source in PATHS}
        self.version = version_of((path, *self._sources.files(used)))

    def read(self, index: int) -> Conversation:
        """Conversation by its place in `ids`."""
        place = self._places[index]
        pairs = self._pairs(place, self._entries[index])
        named = [name for human, _ in pairs for name in brackets.images(human)]
        named += [d.target.image for _, gpt in pairs for d in brackets.decoded(gpt)]
        image = self._image(named[0])
        size = stored_size(image)
        rounds: list[ConversationRound] = []
        keys: list[str] = []  # of the first target of each pair, '' for one without
        for human, gpt in pairs:
            targets = brackets.decoded(gpt)
            if targets and _FAKE not in gpt:
                rounds.append(self._round(human, gpt, targets, keys, size))
            keys.append(targets[0].target.key if targets else '')
        return Conversation(self.ids[index], image, size, tuple(rounds))

    def _round(self, human: str, gpt: str, shown: tuple[brackets.Decode, ...], keys: list[str],
               size: tuple[int, int]) -> ConversationRound:
        words = brackets.spoken(human)
        # What the answer is told from is nearly always brought by the question as well.
        told = (reference for decode in shown for reference in decode.references)
        names = dict.fromkeys((*brackets.encoded(human), *told))
        references = tuple(self._truth(name, size) for name in names)
        targets = tuple(self._truth(d.target, size, bool(references)) for d in shown)
        numbers = tuple((n, keys[n - 1]) for n in brackets.numbers(words)
                        if 1 <= n <= len(keys) and keys[n - 1])
        tags = dict.fromkeys((f'source:{shown[0].target.source}',
                              *(f'relation:{d.relation}' for d in shown if d.references)))
        return ConversationRound(words, targets, references, brackets.answered(gpt),
                                 numbers=numbers, tags=tuple(tags))

    def _truth(self, name: MaskName, size: tuple[int, int], related: bool = False) -> TruthMask:
        mask, label = self._sources.mask(name, size)
        if (mask.height, mask.width) != size:
            raise BadImage(f'the mask {name.key} is {mask.width}x{mask.height} pixels, its '
                           f'image "{name.image}" {size[1]}x{size[0]}; obtain matching images')
        # PACO names parts "bottle:cap". PASCAL-Part names none, but asks for an object first and
        # then for parts of it.
        part = ':' in label or (name.source == 'pascal' and related)
        return TruthMask(name.key, mask, 'part' if part else 'object', label)

    def _shown(self, place: int, entry: object) -> list[brackets.Decode] | None:
        """The masks that a conversation shows; None for one that cannot be read."""
        try:
            return [d for _, value in self._pairs(place, entry) for d in brackets.decoded(value)]
        except BadInput:
            return None

    def _pairs(self, place: int, entry: object) -> list[tuple[str, str]]:
        where = f'conversation {place} of "{self._path}"'
        turns = field(entry, 'conversations', where, list)
        said = [(field(turn, 'from', where, str), field(turn, 'value', where, str))
                for turn in turns]
        pairs = list(zip(said[::2], said[1::2]))
        if len(said) % 2 or any((h[0], g[0]) != ('human', 'gpt') for h, g in pairs):
            raise BadInput(f'{where} does not alternate between "human" and "gpt"')
        return [(human[1], gpt[1]) for human, gpt in pairs]

    def _image(self, name: str) -> Path:
        """Image of a name; the data move some names to other folders."""
        name = name.removeprefix('./').replace('val2014', 'train2014').replace('new_', '')
        if 'VG_100K' in name and not name.startswith('vg/'):
            name = f'vg/{name}'
        path = file_below(self._images, name, f'"{self._path}"')
        if not path.exists():  # LVIS took images of COCO train2017 for its own validation
            moved = self._images / name.replace('val2017', 'train2017')
            return moved if moved.exists() else path
        return path
