# SPDX-License-Identifier: Apache-2.0
"""Conversations like those of MRSeg about labelled frames of your own, or of the simulators.

The things of `benchmarks.labelled_frames` become annotations of the COCO kind, in the places that
the readers of MRSeg know: mr_paco (things and their parts), mr_lvis (places) and mr_refcoco_hard
(the other one of two). So whatever reads or learns from MRSeg takes a kitchen, too.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from reasonseg_ros.benchmarks.image_files import image_size, is_turned, read_rgb
from reasonseg_ros.benchmarks.labelled_frames import (
    CAMERA,
    COLOURS,
    DEPTH,
    TRUTH,
    FrameFolder,
    LabelledThing,
    frame_folders,
    read_truth,
)
from reasonseg_ros.benchmarks.mrseg import PATHS
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadInput, ReasonSegError
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.datasets import drafts
from reasonseg_ros.datasets.drafts import record
from reasonseg_ros.datasets.mrseg import MrsegFile, link
from reasonseg_ros.datasets.parts import written
from reasonseg_ros.datasets.wording import plain
from reasonseg_ros.sim.dialogues.relations import PART_PIXELS, SceneView
from reasonseg_ros.sim.dialogues.truth import SceneTruth

WORLDS = ('household', 'tabletop')
MOST_THINGS = 10_000        # with their parts, of one frame: numbers of masks begin with its own
FOLDER = 'coco/frames'      # of the images, below the folder of images
_SIZE = 640, 480            # pixels of simulated frames: width, height


@dataclass(frozen=True)
class FrameSplit:
    """Labelled frames that go to one split."""

    split: str
    frames: tuple[FrameFolder, ...]


def shared_out(folder: Path, val: float, seed: int) -> list[FrameSplit]:
    """Share the frames below a folder out to train and val.

    val  share that is kept for validation; at least one frame, where there are two and it is not 0

    Raises BadInput where there are none.
    """
    frames = frame_folders(folder)
    order = Random(f'frames/{seed}').sample(frames, len(frames))
    count = min(len(frames) - 1, max(1, round(val * len(frames)))) if val > 0 else 0
    kept = {frame.name for frame in order[:count]}
    return [FrameSplit(split, tuple(f for f in frames if (f.name in kept) == (split == 'val')))
            for split in ('train', 'val')]


def convert(splits: Sequence[FrameSplit], out: Path, trouble: Callable[[str], None]
            ) -> list[MrsegFile]:
    """Write the annotations of frames into a data set; return the files that can be built.

    trouble  hears of frames that are left out, and why
    """
    files: list[MrsegFile] = []
    number = 0
    for one in splits:
        tables: dict[str, Any] = {'images': [], 'annotations': [], 'categories': {}, 'begun': 0}
        for frame in one.frames:
            number += 1
            try:
                _add(tables, number, frame, out / 'images_folder' / FOLDER)
            except ReasonSegError as error:
                trouble(f'{frame.name}: {error}')
        if tables['annotations']:
            files += _files(one.split, _written(tables, one.split, out))
    return files


def _add(tables: dict[str, Any], number: int, frame: FrameFolder, images: Path) -> None:
    """Add one frame under a number. Raises BadInput, BadImage."""
    height, width = image_size(frame.colour)
    things = read_truth(frame, (width, height))
    if not things:
        raise BadInput(f'it has no {TRUTH}, or no things in it; make one with "reasonseg label"')
    name = f'{number:06d}{frame.colour.suffix}'
    if is_turned(frame.colour):     # truth counts in the upright image, readers take rows as stored
        name = f'{number:06d}.png'
        images.mkdir(parents=True, exist_ok=True)
        Image.fromarray(read_rgb(frame.colour)).save(images / name)
    else:
        link(images / name, frame.colour)
    tables['images'].append({'id': number, 'file_name': f'{FOLDER.split("/")[1]}/{name}',
                             'height': height, 'width': width, 'frame': frame.name})
    tables['begun'] = len(tables['annotations'])
    for thing in things:
        title = plain(thing.name.replace(':', ' '))
        owner = _annotate(tables, number, title, thing.mask, 0)
        for part in thing.parts if owner else ():
            _annotate(tables, number, f'{title}:{plain(part.name)}', part.mask, owner)


def _annotate(tables: dict[str, Any], image: int, category: str, mask: Rle, owner: int) -> int:
    """Add a mask; return its number, 0 for an empty one."""
    if not mask.area:
        return 0
    kinds = tables['categories']
    made: int = MOST_THINGS * image + len(tables['annotations']) - tables['begun']
    x0, y0, x1, y1 = mask.box
    tables['annotations'].append({
        'id': made, 'image_id': image, 'category_id': kinds.setdefault(category, len(kinds) + 1),
        'segmentation': record(mask), 'area': mask.area, 'bbox': [x0, y0, x1 - x0, y1 - y0],
        'iscrowd': 0, 'obj_ann_id': owner or made})
    return made


def _written(tables: dict[str, Any], split: str, out: Path) -> Path:
    """Write a COCO file where PACO lies, and return it."""
    place = PATHS['paco_lvis'][0 if split == 'train' else -1]
    path = out / 'annotations_folder' / place
    kinds = [{'id': number, 'name': name} for name, number in tables['categories'].items()]
    with written(path) as file:
        json.dump({'images': tables['images'], 'annotations': tables['annotations'],
                   'categories': kinds}, file)
    return path


def _files(split: str, path: Path) -> Iterator[MrsegFile]:
    lvis = {PATHS['lvis'][0 if split == 'train' else -1]: path}
    yield MrsegFile('mr_paco', split, '', (path,), lambda faults: drafts.paco(path, split), {})
    yield MrsegFile('mr_lvis', split, '', (path,),
                    lambda faults: drafts.lvis(path, split, frozenset()), lvis)
    yield MrsegFile('mr_refcoco_hard', split, '', (path,),
                    lambda faults: drafts.pairs(path, split, 'lvis'), lvis)


def simulate(folder: Path, world: str, count: int, seed: int) -> Iterator[Path]:
    """Write labelled frames of a simulator; yield the folder of each. Those there are kept.

    seed  of the first scene of the split train
    """
    for number in range(seed, seed + count):
        path = folder / f'{world}-{number:06d}'
        if not (path / TRUTH).exists():
            frame, truth = _seen(world, number)
            _write_frame(path, frame, truth)
        yield path


def _seen(world: str, seed: int) -> tuple[Frame, SceneTruth]:
    if world == 'household':
        from reasonseg_ros.sim.household.sight import see
        sight = see(seed, *_SIZE)
        return sight.frame, sight.truth
    from reasonseg_ros.sim.rendering.renderer import camera_renderer
    from reasonseg_ros.sim.world.scene import sample_scene
    with camera_renderer(*_SIZE) as renderer:
        view = renderer.render(sample_scene('train', seed), depth=True)
    return Frame(view.rgb, view.depth, view.camera), view.truth


def _write_frame(path: Path, frame: Frame, truth: SceneTruth) -> None:
    """Write one frame; the truth comes last, so that a frame with it is whole."""
    path.mkdir(parents=True, exist_ok=True)
    Image.fromarray(frame.rgb).save(path / COLOURS[0])
    if frame.depth is not None:
        millimetres = np.nan_to_num(1000 * frame.depth, nan=0, posinf=0).clip(0, 65_535)
        Image.fromarray(millimetres.round().astype(np.uint16)).save(path / DEPTH)
    if frame.camera is not None:
        c = frame.camera
        with written(path / CAMERA) as file:
            json.dump({'width': c.width, 'height': c.height, 'fx': c.fx, 'fy': c.fy, 'cx': c.cx,
                       'cy': c.cy}, file)
    with written(path / TRUTH) as file:
        json.dump({'objects': [_plain(thing) for thing in things_of(truth)]}, file)


def things_of(truth: SceneTruth) -> list[LabelledThing]:
    """Return the things of a simulated view that are large enough to be asked for."""
    view = SceneView(truth)
    least = PART_PIXELS * view.unit ** 2
    return [LabelledThing(truth.objects[i].category, Rle.encode(truth.mask(i)), tuple(
        LabelledThing(part, Rle.encode(truth.mask(i, part))) for part in view.parts[i]))
        for i in view.visible if view.boxes[i].pixels >= least]


def _plain(thing: LabelledThing) -> dict[str, Any]:
    made: dict[str, Any] = {'name': thing.name, 'rle': record(thing.mask)}
    if thing.parts:
        made['parts'] = [_plain(part) for part in thing.parts]
    return made
