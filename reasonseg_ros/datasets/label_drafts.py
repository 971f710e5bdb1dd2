# SPDX-License-Identifier: Apache-2.0
"""MRSeg from label images and outlines: Pascal Panoptic Parts, ADE20K, COCO-Stuff, ReasonSeg.

As `drafts`, of which this is the other half.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

import cv2
import numpy as np
from pycocotools import mask as coco

from reasonseg_ros.benchmarks.files import field, read_json, words
from reasonseg_ros.benchmarks.image_files import read_values
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets import rules
from reasonseg_ros.datasets.coco_table import Box
from reasonseg_ros.datasets.drafts import Faults, ImageDraft, Records, record
from reasonseg_ros.datasets.pascal_parts import PartNames
from reasonseg_ros.datasets.rules import MaskPlace, NamedMask, Plain, Whole
from reasonseg_ros.datasets.wording import plain

LEAST = 0.001       # share of an image from which a class is asked for
_LINE = re.compile(r'^(\d+)(?::\s*|\t.*\t)(.+)$')    # "1: person", or tabs with the name last


def class_names(path: Path, first: int) -> dict[int, str]:
    """Return grey value -> name of a class from objectInfo150.txt or labels.txt.

    first  number of the class that has the lowest value; smaller numbers are no classes

    Raises BadInput.
    """
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f'"{path}" cannot be read ({error}); obtain it again') from error
    found = {int(m[1]) - first: plain(m[2].split(',')[0].split(';')[0].replace('-', ' '))
             for m in map(_LINE.match, lines) if m}
    named = {value: name for value, name in found.items() if value >= 0 and name}
    if not named:
        raise BadInput(f'"{path}" names no classes; expected lines with a number and a name')
    return named


def classes(folder: Path, source: str, split: str, names: Mapping[int, str], images: str,
            offset: int, faults: Faults) -> Iterator[ImageDraft]:
    """Conversations of one round about the classes of a label image.

    images  where the image lies that a label belongs to, below the folder of images
    offset  is added to a class to get its grey value
    """
    for path in sorted(folder.glob('*.png')):
        marker = f'{images}/{path.stem}.jpg'
        yield ImageDraft(path.stem, marker, _asked_classes(
            path, MaskPlace(marker, source, split), names, offset, faults))


def _values(path: Path, faults: Faults) -> np.ndarray | None:
    """Return the values [H, W] of a label image; None, and counted, where it cannot be read."""
    try:
        return label_values(path)
    except BadImage:
        faults['label images that cannot be read'] += 1
        return None


def _asked_classes(path: Path, here: MaskPlace, names: Mapping[int, str], offset: int,
                   faults: Faults) -> Callable[[Random], tuple[list[Plain], Records]]:
    def draw(rng: Random) -> tuple[list[Plain], Records]:
        values = _values(path, faults)
        if values is None:
            return [], {}
        if values.dtype != np.uint8:
            faults['label images that cannot be read'] += 1
            return [], {}
        counts = cv2.calcHist([values], [0], None, [256], [0, 256]).ravel()
        large = (np.flatnonzero(counts >= max(1, LEAST * values.size)) - offset).tolist()
        known = [number for number in large if number in names]
        # 255 and what lies below the first class are no classes at all.
        faults['unknown category'] += sum(0 <= n and n + offset != 255 for n in large) - len(known)
        chosen = rng.sample(known, min(rules.MOST_CLASSES, len(known)))
        return [rules.direct(rng, here, names[n], str(n)) for n in chosen], {}
    return draw


def label_values(path: Path) -> np.ndarray:
    """Return the values [H, W] of a label image. Raises BadImage.

    OpenCV takes a third of the time of Pillow, but gives colours for a PNG with a palette.
    """
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return found if found is not None and found.ndim == 2 else read_values(path)


def pascal(folder: Path, split: str, names: PartNames, faults: Faults) -> Iterator[ImageDraft]:
    """Hierarchical conversations of instances and their parts; stuff is left out."""
    for path in sorted(folder.glob('*.tif')):
        marker = f'pascal/{path.stem}.jpg'
        yield ImageDraft(path.stem, marker,
                    _asked_parts(path, MaskPlace(marker, 'pascal', split), names, faults))


def _asked_parts(path: Path, here: MaskPlace, names: PartNames, faults: Faults
                 ) -> Callable[[Random], tuple[list[Plain], Records]]:
    def draw(rng: Random) -> tuple[list[Plain], Records]:
        values = _values(path, faults)
        if values is None:
            return [], {}
        runs = ColumnRuns(values)
        wholes, uids = _instances(runs, path.stem, names, faults)
        made = rules.hierarchical(rng, here, wholes)
        shown = ''.join(turn['value'] for one in made for turn in one['conversations'][1::2])
        return made, {name: record(runs.mask(members)) for name, members in uids.items()
                      if f':{name}:' in shown}
    return draw


class ColumnRuns:
    """A label image as runs of one value down the columns, as run lengths of masks are.

    boxes  of the values that the image has, ascending, whole pixels: x0, y0, x1, y1
    """

    def __init__(self, values: np.ndarray) -> None:
        self.size = height, width = values.shape[0], values.shape[1]
        # Changes are found along the rows, as the image lies in memory: to turn it costs more.
        places = np.flatnonzero(values[1:] != values[:-1]) + width
        places = np.concatenate((np.arange(width), places))
        column = places % width
        # Small numbers are sorted at once, and the sort keeps the order of the rows.
        order = np.argsort(column.astype(np.min_scalar_type(width)), kind='stable')
        column, places = column[order], places[order]
        top = places // width
        begins = column * height + top
        ends = np.append(begins[1:], height * width)
        said = values.reshape(-1)[places]
        order = np.argsort(said, kind='stable')     # one value after the other
        found = said[order]
        start = np.flatnonzero(np.append(True, found[1:] != found[:-1]))
        self._begins, self._ends = begins[order], ends[order]
        column, top = column[order], top[order]
        edges = (np.minimum.reduceat(column, start), np.minimum.reduceat(top, start),
                 np.maximum.reduceat(column, start) + 1,
                 np.maximum.reduceat(top + self._ends - self._begins, start))
        present, first = found[start].tolist(), start.tolist()
        self.boxes = dict(zip(present, zip(*(edge.tolist() for edge in edges))))
        self._runs = dict(zip(present, map(slice, first, (*first[1:], len(found)))))

    def box(self, members: list[int]) -> Box:
        """Return the box of some of the values together."""
        x0, y0, x1, y1 = zip(*(self.boxes[value] for value in members))
        return float(min(x0)), float(min(y0)), float(max(x1)), float(max(y1))

    def mask(self, members: list[int]) -> Rle:
        """Return where the image has any of some of its values."""
        if len(members) == 1:
            run = self._runs[members[0]]
            begins, ends = self._begins[run], self._ends[run]
        else:
            kept = [self._runs[value] for value in members]
            begins = np.sort(np.concatenate([self._begins[run] for run in kept]))
            ends = np.sort(np.concatenate([self._ends[run] for run in kept]))
        apart = begins[1:] != ends[:-1]
        if not apart.all():     # runs that go on in another value or in the next column
            begins, ends = begins[np.append(True, apart)], ends[np.append(apart, True)]
        edges = np.empty(2 * len(begins) + 2, np.int64)
        edges[0], edges[1:-1:2], edges[2:-1:2] = 0, begins, ends
        edges[-1] = self.size[0] * self.size[1]
        counts = np.diff(edges)
        # Counts from elsewhere are checked in core.mask_input; these cover the image by themselves.
        packed = coco.frPyObjects({'size': list(self.size), 'counts': (
            counts if counts[-1] else counts[:-1]).tolist()}, *self.size)
        return Rle(*self.size, packed['counts'])


def _instances(runs: ColumnRuns, stem: str, names: PartNames, faults: Faults
               ) -> tuple[list[Whole], dict[str, list[int]]]:
    """Instances with their parts, and the uids that each mask has.

    A uid has up to 2, 5 or 7 digits: the class, the class and the instance, or those and the part
    in the last two. Source: the specification of panoptic_parts.
    """
    masks: dict[str, list[int]] = {}
    parts: dict[str, dict[str, str]] = defaultdict(dict)
    things: dict[tuple[int, int], list[int]] = defaultdict(list)
    for uid in runs.boxes:
        if uid < 100:
            continue
        whole = uid // 100 if uid > 99_999 else uid
        things[divmod(whole, 1000)].append(uid)
    kinds, mentions = [], []
    for (kind, number), members in things.items():
        if kind not in names:
            faults['unknown category'] += 1
            continue
        key = f'{stem}_{kind}_{number}'
        masks[key] = members
        kinds.append(names[kind][0])
        mentions.append(NamedMask(key, '', runs.box(members)))
        for uid in members:
            name = names[kind][1].get(uid % 100, '') if uid > 99_999 else ''
            if name:
                masks[f'{key}_{uid % 100}'] = [uid]
                # Of two wheels nobody could say which is meant.
                parts[key][name] = '' if name in parts[key] else f'{key}_{uid % 100}'
    wholes = [Whole(m, tuple((n, mask) for n, mask in parts[m.mask].items() if mask))
              for m in rules.few(mentions, kinds, most=8)]
    return wholes, masks


def reason_seg(folder: Path, split: str, faults: Faults) -> Iterator[ImageDraft]:
    """ReasonSeg as published: all texts in training, the first one otherwise."""
    for path in sorted((folder / split).glob('*.json')):
        marker = f'reason_seg/{split}/{path.stem}.jpg'
        yield ImageDraft(path.stem, marker, _texts(
            path, MaskPlace(marker, 'reason_seg', split), faults))


def _texts(path: Path, here: MaskPlace, faults: Faults
           ) -> Callable[[Random], tuple[list[Plain], Records]]:
    def draw(rng: Random) -> tuple[list[Plain], Records]:
        try:
            held: Any = read_json(path)
            texts = [words(text, f'a text of "{path}"') for text in field(
                held, 'text', f'"{path}"', list)]
            whole = bool(field(held, 'is_sentence', f'"{path}"', object))
        except BadInput:
            faults['files that cannot be read'] += 1
            return [], {}
        asked = texts if here.split == 'train' else texts[:1]
        return [here.conversation([(text.replace('[', '(').replace(']', ')'), here.decode(''))])
                if whole else rules.direct(rng, here, text, '') for text in asked], {}
    return draw


