# SPDX-License-Identifier: Apache-2.0
"""Folders of labelled frames: a table of your own, photographed once, with what is true of it.

    FRAMES/<any folders>/<frame>/
      color.png        or color.jpg, turned upright as its EXIF tag says
      depth.png        optional: uint16, aligned to the colours, 0 = unknown
      camera.json      optional: {"width", "height", "fx", "fy", "cx", "cy", "depth_unit_mm": 1}
      truth.json       optional: {"objects": [{"name": "mug", "rle": {...}, "parts":
                       [{"name": "handle", "rle": {...}}]}]}; masks are COCO run lengths
      dialogues.json   optional, or .yaml: the schema of `evaluation.script`; `time` is not needed

Other fields of the JSON files are left alone. Reads one frame at a time; errors name file, line and
field. Does not read the dialogues.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reasonseg_ros.benchmarks.image_files import read_rgb, read_values
from reasonseg_ros.benchmarks.located_yaml import YamlValue, read, run_length_mask
from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle

COLOURS = ('color.png', 'color.jpg', 'color.jpeg')
DIALOGUES = ('dialogues.json', 'dialogues.yaml', 'dialogues.yml')
DEPTH, CAMERA, TRUTH = 'depth.png', 'camera.json', 'truth.json'


@dataclass(frozen=True)
class LabelledThing:
    """One thing, or one part of one: its name and where it is."""

    name: str
    mask: Rle
    parts: tuple['LabelledThing', ...] = ()


@dataclass(frozen=True)
class FrameFolder:
    """Where one frame lies; `name` is its path below the folder that was given."""

    name: str
    path: Path

    @property
    def colour(self) -> Path:
        """File of the colours."""
        return _one_of(self.path, COLOURS) or self.path / COLOURS[0]

    @property
    def dialogues(self) -> Path | None:
        """File of the dialogues; None where there is none."""
        return _one_of(self.path, DIALOGUES)

    @property
    def labelled(self) -> bool:
        """Whether a frame lies here already."""
        return self.colour.exists()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that say something about this frame."""
        said = (self.colour, self.path / DEPTH, self.path / CAMERA, self.path / TRUTH,
                self.dialogues)
        return tuple(path for path in said if path is not None and path.exists())


def frame_folders(folder: Path) -> list[FrameFolder]:
    """Find the frames below a folder, by name. Raises BadInput when there is none."""
    if not folder.is_dir():
        raise BadInput(f'{folder} is no folder; give one with frames, see docs/evaluation.md')
    inside = sorted({path.parent for name in COLOURS for path in folder.rglob(name)})
    if not inside:
        raise BadInput(f'{folder} holds no frame: found no {" or ".join(COLOURS[:2])} in it or '
                       'below it; make one with "reasonseg label", or see docs/evaluation.md')
    return [FrameFolder(path.relative_to(folder).as_posix(), path) for path in inside]


def read_frame(folder: FrameFolder) -> Frame:
    """Read colours, depth and camera. Raises BadInput that says what is wrong in which file."""
    try:
        rgb = np.ascontiguousarray(read_rgb(folder.colour))
    except BadImage as error:
        raise BadInput(str(error)) from error
    height, width = rgb.shape[:2]
    depth_file = folder.path / DEPTH
    camera, unit = _camera(folder.path / CAMERA, (width, height))
    if not depth_file.exists():
        return Frame(rgb, None, camera)
    try:
        raw = read_values(depth_file)
    except BadImage as error:
        raise BadInput(f'{error}; write depth as a 16-bit PNG') from error
    if raw.dtype.kind not in 'ui':
        raise BadInput(f'{depth_file} has values of {raw.dtype}, expected whole numbers; write '
                       'depth as a 16-bit PNG')
    if raw.shape != (height, width):
        raise BadInput(f'{depth_file} is {raw.shape[1]}x{raw.shape[0]}, the colours {width}x'
                       f'{height}; write depth aligned to them')
    depth = raw.astype(np.float32) * np.float32(unit / 1000)
    depth[raw == 0] = np.nan
    return Frame(rgb, depth, camera)


def read_truth(folder: FrameFolder, size: tuple[int, int]) -> tuple[LabelledThing, ...] | None:
    """Read the things of an image of `size` (width, height); None where nobody wrote them down.

    Raises BadInput that names line and field.
    """
    path = folder.path / TRUTH
    if not path.exists():
        return None
    written = read(path, 'the things of a frame')
    objects = written.mapping(('objects',), others=True)['objects']
    return tuple(_thing(entry, size) for entry in objects.items())


def _thing(entry: YamlValue, size: tuple[int, int]) -> LabelledThing:
    fields = entry.mapping(('name', 'rle'), ('parts',), others=True)
    mask = run_length_mask(fields['rle'], size)
    parts: Sequence[YamlValue] = fields['parts'].items() if 'parts' in fields else ()
    return LabelledThing(fields['name'].text(), mask, tuple(_thing(p, size) for p in parts))


def _camera(path: Path, size: tuple[int, int]) -> tuple[CameraModel | None, float]:
    """Intrinsics and the millimetres of one step of depth; (None, 1.0) without the file."""
    if not path.exists():
        return None, 1.0
    fields = read(path, 'intrinsics').mapping(('width', 'height', 'fx', 'fy', 'cx', 'cy'),
                                              ('depth_unit_mm',), others=True)
    found = fields['width'].whole(), fields['height'].whole()
    if found != size:
        raise fields['width'].wrong(f'the camera is {found[0]}x{found[1]}, the image '
                                    f'{size[0]}x{size[1]}; give the intrinsics of this image')
    fx, fy, cx, cy = (fields[name].number() for name in ('fx', 'fy', 'cx', 'cy'))
    for name, value in (('fx', fx), ('fy', fy)):
        if not value > 0:
            raise fields[name].wrong(f'found {value:g}, expected a focal length in pixels')
    unit = fields['depth_unit_mm'].number() if 'depth_unit_mm' in fields else 1.0
    if not unit > 0:
        raise fields['depth_unit_mm'].wrong(f'found {unit:g}, expected millimetres above 0')
    return CameraModel(*size, fx, fy, cx, cy), unit


def _one_of(folder: Path, names: Iterable[str]) -> Path | None:
    """The first of the files that exists."""
    return next((folder / name for name in names if (folder / name).exists()), None)
