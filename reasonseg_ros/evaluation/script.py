# SPDX-License-Identifier: Apache-2.0
"""Dialogues about a bag, as a file: what is said when, and what should come of it.

    version: 1
    dialogues:
    - id: table
      rounds:
      - time: 1.5                 # seconds from the start of the bag; or frame: 45, from 0
        say: the red mug
        expect: ok                # name of a status; optional, like all that follows
        targets:                  # the right masks; [] = none is right; left out = not stated
        - name: mug               # for later rounds
          rle: {size: [480, 640], counts: '...'}
      - time: 2.0
        say: the handle of instance {mug}  # the number that the mug got
        references: [mug]         # what the words must be taken to mean
        targets:
        - part: true
          png: masks/handle.png   # beside this file; what is not black is inside
        tags: [kind:part]         # groups in the report

A mask is one of rle (COCO, compressed or a list of counts), png, polygon (COCO: one list of
x, y, x, y, ... or several) and box (x, y, width, height: the rectangle of its pixels); all become
run lengths of the size of the image. Errors name line and field. Does not open bags or ask engines.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reasonseg_ros.benchmarks.conversation import TruthMask
from reasonseg_ros.benchmarks.image_files import read_rgb
from reasonseg_ros.benchmarks.located_yaml import YamlValue, check_size, read, run_length_mask
from reasonseg_ros.core.errors import BadImage, Status
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.core.mask_input import from_polygons
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation.interview import ScriptedRound
from reasonseg_ros.evaluation.scoring import OBJECT, PART

VERSION = 1
IMAGES = 'the images of the bag'  # what masks are drawn on, for messages
KINDS = ('rle', 'png', 'polygon', 'box')  # ways to write a mask
NAMED = re.compile(r'\{([^{}]+)\}')  # in a sentence: the number of a target of an earlier round


@dataclass(frozen=True, repr=False)
class ScriptedTarget:
    """One right mask; `name` is '' when no later round speaks of it."""

    mask: Rle
    name: str = ''
    part: bool = False

    def __repr__(self) -> str:
        # Digests in stored results are of this form, whatever the class is called.
        return f'Target(mask={self.mask!r}, name={self.name!r}, part={self.part!r})'


@dataclass(frozen=True)
class BagRound:
    """One round of the file.

    time, frame  one of them: seconds from the start of the bag, or index of the image
    expect       None = not stated, like `targets` and `references`
    references   names of targets of earlier rounds
    where        file, line and field, for messages
    """

    time: float | None
    frame: int | None
    say: str
    expect: Status | None
    targets: tuple[ScriptedTarget, ...] | None
    references: tuple[str, ...] | None
    tags: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class ScriptedDialogue:
    """One dialogue of the file."""

    id: str
    rounds: tuple[BagRound, ...]


@dataclass(frozen=True)
class Script:
    """A file of dialogues; `digest` is the SHA-256 of what it means, masks included."""

    talks: tuple[ScriptedDialogue, ...]
    digest: str


def scripted(written: BagRound, number: int) -> ScriptedRound:
    """Return a round as it is asked; a target's key is its name."""
    targets = None if written.targets is None else tuple(
        TruthMask(t.name, t.mask, PART if t.part else OBJECT) for t in written.targets)
    return ScriptedRound(
        written.say, targets, written.references,
        tuple((*m.span(), m[1]) for m in NAMED.finditer(written.say)), written.expect,
        written.tags, number=number, where=written.where)


def load(path: Path, size: tuple[int, int], timed: bool = True) -> Script:
    """Read a file of dialogues about images of `size` (width, height).

    timed  whether each round says when: about a bag it must; about one image it need not

    Raises BadInput that names the line and the field.
    """
    fields = read(path).mapping(('version', 'dialogues'))
    if fields['version'].whole() != VERSION:
        raise fields['version'].wrong(f'found {fields["version"].whole()}, this program reads '
                                      f'version {VERSION}')
    talks: list[ScriptedDialogue] = []
    for entry in fields['dialogues'].items():
        inside = entry.mapping(('id', 'rounds'))
        name = inside['id'].text()
        if name in (talk.id for talk in talks):
            raise inside['id'].wrong(f'the dialogue "{name}" is there twice; give it another id')
        talks.append(ScriptedDialogue(name, _rounds(inside['rounds'], path.parent, size, timed)))
    if not talks:
        raise fields['dialogues'].wrong('there is no dialogue; write at least one')
    meaning = [(talk.id, [(r.time, r.frame, r.say, r.expect, r.targets, r.references, r.tags)
                          for r in talk.rounds]) for talk in talks]
    return Script(tuple(talks), hashlib.sha256(repr(meaning).encode()).hexdigest())


def _rounds(marked: YamlValue, folder: Path, size: tuple[int, int], timed: bool
            ) -> tuple[BagRound, ...]:
    rounds: list[BagRound] = []
    known: set[str] = set()
    for entry in marked.items():
        said = _said(entry, folder, size, known, timed)
        known.update(t.name for t in said.targets or () if t.name)
        rounds.append(said)
    if not rounds:
        raise marked.wrong('there is no round; write at least one')
    return tuple(rounds)


def _said(entry: YamlValue, folder: Path, size: tuple[int, int], known: set[str], timed: bool
          ) -> BagRound:
    fields = entry.mapping(('say',), ('time', 'frame', 'expect', 'targets', 'references', 'tags'))
    if timed and ('time' in fields) == ('frame' in fields):
        raise entry.wrong('expected either time (seconds from the start of the bag) or frame '
                          '(index of the image, from 0)')
    time = fields['time'].number() if 'time' in fields else None
    frame = fields['frame'].whole() if 'frame' in fields else None
    say = fields['say'].text()
    for name in NAMED.findall(say):
        _check_known(fields['say'], name, known)
    references = None
    if 'references' in fields:
        for one in fields['references'].items():
            _check_known(one, one.text(), known)
        references = tuple(one.text() for one in fields['references'].items())
    targets = None
    if 'targets' in fields:
        targets = tuple(_target(t, folder, size) for t in fields['targets'].items())
    tags = tuple(t.text() for t in fields['tags'].items()) if 'tags' in fields else ()
    expect = _status(fields['expect']) if 'expect' in fields else None
    if expect is Status.NOTHING_FOUND and targets:
        raise fields['targets'].wrong('there are targets, but nothing_found is expected; remove '
                                      'one of them')
    where = fields['time' if 'time' in fields else 'frame' if 'frame' in fields else 'say'].where
    return BagRound(time, frame, say, expect, targets, references, tags, where)


def _check_known(marked: YamlValue, name: str, known: set[str]) -> None:
    if name not in known:
        names = ', '.join(sorted(known)) or 'none'
        raise marked.wrong(f'no target of an earlier round has the name "{name}"; names so far: '
                           f'{names}')


def _status(marked: YamlValue) -> Status:
    name = marked.text().upper()
    if name not in Status.__members__:
        raise marked.wrong(f'found "{marked.text()}", expected one of '
                           f'{", ".join(s.name.lower() for s in Status)}')
    return Status[name]


def _target(marked: YamlValue, folder: Path, size: tuple[int, int]) -> ScriptedTarget:
    fields = marked.mapping((), ('name', 'part', *KINDS))
    given = [kind for kind in KINDS if kind in fields]
    if len(given) != 1:
        raise marked.wrong(f'found {len(given)} masks ({", ".join(given) or "none"}), expected '
                           f'one of {", ".join(KINDS)}')
    mask = _mask(given[0], fields[given[0]], folder, size)
    name = fields['name'].text() if 'name' in fields else ''
    return ScriptedTarget(mask, name, fields['part'].flag() if 'part' in fields else False)


def _mask(kind: str, marked: YamlValue, folder: Path, size: tuple[int, int]) -> Rle:
    """Return the mask that `marked` holds, one of KINDS.

    folder  where paths of images begin
    size    (width, height) of the image

    Raises BadInput.
    """
    if kind == 'png':
        mask = _png(marked, folder, size)
    else:
        mask = {'rle': _rle, 'polygon': _polygon, 'box': _box}[kind](marked, size)
    if not mask.area:
        raise marked.wrong('the mask is empty; leave the target out')
    return mask


def _rle(marked: YamlValue, size: tuple[int, int]) -> Rle:
    return run_length_mask(marked, size, IMAGES)


def _png(marked: YamlValue, folder: Path, size: tuple[int, int]) -> Rle:
    try:
        path = inside(folder, marked.text())
        pixels = read_rgb(path).max(2)
    except ValueError as error:
        raise marked.wrong(str(error)) from error
    except BadImage as error:
        raise marked.wrong(f'{path} is not a readable image ({error}); give a PNG beside this file'
                           ) from error
    check_size(marked, (pixels.shape[1], pixels.shape[0]), size, IMAGES)
    return Rle.encode(pixels > 0)


def _polygon(marked: YamlValue, size: tuple[int, int]) -> Rle:
    entries = marked.items()
    rings = [[n.number() for n in ring.items()] for ring in entries] if (
        entries and entries[0].is_list()) else [[n.number() for n in entries]]
    for ring in rings:
        if len(ring) < 6 or len(ring) % 2:
            raise marked.wrong(f'a polygon has {len(ring)} numbers, expected x, y of at least 3 '
                               'corners')
        _check_inside(marked, ring[::2], ring[1::2], size)
    width, height = size
    try:
        return from_polygons(rings, height, width)
    except ValueError as error:
        raise marked.wrong(str(error)) from error


def _box(marked: YamlValue, size: tuple[int, int]) -> Rle:
    numbers = [one.number() for one in marked.items()]
    if len(numbers) != 4 or min(numbers[2:]) <= 0:
        raise marked.wrong(f'found {numbers}, expected x, y, width, height with a width and a '
                           'height above 0')
    x, y, across, down = numbers
    _check_inside(marked, (x, x + across), (y, y + down), size)
    mask = np.zeros(size[::-1], bool)
    mask[round(y):round(y + down), round(x):round(x + across)] = True
    return Rle.encode(mask)


def _check_inside(marked: YamlValue, xs: Sequence[float], ys: Sequence[float],
                  size: tuple[int, int]) -> None:
    if min(xs) < 0 or min(ys) < 0 or max(xs) > size[0] or max(ys) > size[1]:
        raise marked.wrong(f'it reaches from {min(xs):g}, {min(ys):g} to {max(xs):g}, '
                           f'{max(ys):g}, out of the {size[0]}x{size[1]} images of the bag')
