# SPDX-License-Identifier: Apache-2.0
"""A folder of rendered tabletop scenes for training and evaluation. Holds no sentences.

    rgb.npy      uint8 [N, 144, 192, 3]
    ids.npy      uint8 [N, 144, 192], values as in `sim.dialogues.truth.SceneTruth`
    scenes.json  version, split, first_seed, and per scene its objects and regions

Colours are drawn at 384x288 and averaged over 2x2 pixels. Ids are drawn at 192x144: each sample
then lies in the middle of the 2x2 block whose colours were averaged. Taking one of its four pixels
would shift every mask by a quarter pixel, the other way in mirrored images.
"""

import json
import os
import shutil
from dataclasses import asdict, astuple, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap
from tqdm import tqdm

from reasonseg_ros.core import schema
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.rendering.renderer import camera_renderer
from reasonseg_ros.sim.world.scene import VERSION, sample_scene
from reasonseg_ros.training.processes import spread

WIDTH, HEIGHT = 192, 144
CHUNK = 100  # scenes that are lost at most per process when a build is killed


@dataclass(frozen=True)
class DatasetPlan:
    """What a folder holds, or will hold: scenes first_seed ... first_seed + count - 1."""

    version: int
    split: str
    first_seed: int
    count: int


class SceneSet:
    """A finished folder, opened for reading; images stay on disk until they are asked for."""

    def __init__(self, plan: DatasetPlan, scenes: list[dict[str, Any]], rgb: np.ndarray,
                 ids: np.ndarray) -> None:
        self.plan = plan
        self._scenes, self._rgb, self._ids = scenes, rgb, ids

    def __len__(self) -> int:
        return self.plan.count

    def seed(self, index: int) -> int:
        """Seed of scene `index`, for `sample_scene`."""
        return self.plan.first_seed + index

    def rgb(self, index: int) -> np.ndarray:
        """Image uint8 [144, 192, 3] of scene `index`, a copy."""
        return np.array(self._rgb[index])

    def truth(self, index: int) -> SceneTruth:
        """Exact truth of scene `index`."""
        scene = self._scenes[index]
        return SceneTruth(objects=tuple(ObjectTruth(*o) for o in scene['objects']),
                          regions=tuple((obj, part) for obj, part in scene['regions']),
                          ids=np.array(self._ids[index]))


def build(split: str, first_seed: int, count: int, path: Path, processes: int = 2) -> SceneSet:
    """Render `count` scenes into the folder `path` and open it.

    Continues where an earlier build of the same scenes was stopped. With processes = 1 it renders
    in this process.
    """
    path = Path(path)
    if count < 1 or first_seed < 0:
        raise ReasonSegError(f'{count} scenes from seed {first_seed} were asked for; expected at '
                             'least 1 scene and a seed from 0')
    plan = DatasetPlan(VERSION, split, first_seed, count)
    if (path / 'scenes.json').exists():
        _check_plan(path, plan, _plan(_table(path).get('plan'), path))
        return open_scenes(path)
    _prepare(path, plan)
    starts = range(0, count, CHUNK)
    missing = [s for s in starts if not _chunk_file(path, s).exists()]
    with tqdm(total=count, initial=count - sum(min(CHUNK, count - s) for s in missing),
              desc=f'scenes of {split}', unit='scene', disable=None) as progress:
        for start in spread(partial(_render_chunk, path, plan), missing, processes):
            progress.update(min(CHUNK, count - start))
    scenes = [s for start in starts for s in json.loads(_chunk_file(path, start).read_text())]
    _write_json(path / 'scenes.json', {'plan': asdict(plan), 'scenes': scenes})
    shutil.rmtree(path / 'chunks')
    return open_scenes(path)


def open_scenes(path: Path) -> SceneSet:
    """Open a folder that `build` has finished."""
    path = Path(path)
    if not (path / 'scenes.json').exists():
        raise ReasonSegError(f'{path} has no scenes.json; expected a finished folder of scenes: '
                             'run the build again, it continues where it stopped')
    table = _table(path)
    plan = table.get('plan')
    found = plan.get('version') if isinstance(plan, dict) else None
    if found != VERSION:
        raise ReasonSegError(f'{path} holds scenes of version {found}; expected {VERSION}: render '
                             'them again into another folder with "reasonseg data"')
    read = _plan(plan, path)
    shape = (read.count, HEIGHT, WIDTH)
    if not isinstance(table.get('scenes'), list) or len(table['scenes']) != read.count:
        raise _damaged(path, f'it has not the {read.count} scenes of its plan')
    return SceneSet(read, table['scenes'], _array(path / 'rgb.npy', (*shape, 3)),
                    _array(path / 'ids.npy', shape))


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads((path / 'scenes.json').read_text(encoding='utf-8-sig'))
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f'scenes.json is not JSON: {error}') from error
    if not isinstance(found, dict):
        raise _damaged(path, f'scenes.json holds {schema.shown(found)}, expected a table')
    return found


def _plan(plain: object, path: Path) -> DatasetPlan:
    try:
        return schema.build(DatasetPlan, plain, 'plan')
    except ValueError as error:
        raise _damaged(path, str(error)) from error


def _array(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """Map uint8 of a shape from a file of numpy."""
    try:
        found: np.ndarray = np.load(path, mmap_mode='r')
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(path.parent, f'{path.name} cannot be read: {error}') from error
    if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype != np.uint8:
        raise _damaged(path.parent, f'{path.name} is not uint8 of the shape {shape}')
    return found


def _damaged(path: Path, problem: str) -> ReasonSegError:
    return ReasonSegError(f'the scenes in {path} are damaged ({problem}); remove the folder and '
                          'render them again with "reasonseg data"')


def _check_plan(path: Path, wanted: DatasetPlan, found: DatasetPlan) -> None:
    if found != wanted:
        raise ReasonSegError(f'{path} holds {found}; expected {wanted}: choose another folder, '
                             'or remove this one')


def _prepare(path: Path, plan: DatasetPlan) -> None:
    """Make the folder with empty arrays, or check that it was made for the same plan."""
    note = path / 'chunks' / 'plan.json'
    if note.exists():
        try:
            found = schema.build(DatasetPlan, json.loads(note.read_text(encoding='utf-8-sig')))
        except (ValueError, RecursionError) as error:
            raise _damaged(path, f'{note.name}: {error}') from error
        _check_plan(path, plan, found)
        return
    (path / 'chunks').mkdir(parents=True, exist_ok=True)
    shape = (plan.count, HEIGHT, WIDTH)
    open_memmap(path / 'rgb.npy', 'w+', np.uint8, (*shape, 3)).flush()
    open_memmap(path / 'ids.npy', 'w+', np.uint8, shape).flush()
    _write_json(note, asdict(plan))


def _render_chunk(path: Path, plan: DatasetPlan, start: int) -> int:
    rgb = np.load(path / 'rgb.npy', mmap_mode='r+')
    ids = np.load(path / 'ids.npy', mmap_mode='r+')
    scenes = []
    with camera_renderer(WIDTH, HEIGHT) as renderer:
        for index in range(start, min(start + CHUNK, plan.count)):
            view = renderer.render(sample_scene(plan.split, plan.first_seed + index))
            rgb[index], ids[index] = view.rgb, view.truth.ids
            objects = [list(astuple(o)) for o in view.truth.objects]
            scenes.append({'objects': objects, 'regions': view.truth.regions})
    rgb.flush()
    ids.flush()
    _write_json(_chunk_file(path, start), scenes)
    return start


def _chunk_file(path: Path, start: int) -> Path:
    return path / 'chunks' / f'{start:08d}.json'


def _write_json(path: Path, value: object) -> None:
    """Write the whole file or nothing."""
    partial = path.with_suffix('.partial')
    partial.write_text(json.dumps(value, separators=(',', ':')))
    os.replace(partial, path)
