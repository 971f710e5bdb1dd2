# SPDX-License-Identifier: Apache-2.0
"""Where the published data lie on this machine: one YAML or JSON file, folders by section and key.

    mmr:
      annotations: MMR
      images: /data/coco

Relative folders start at that file. Does not download anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reasonseg_ros.core.errors import BadInput

COCO_2014 = 'http://images.cocodataset.org/zips/train2014.zip'
COCO_2017 = 'http://images.cocodataset.org/zips/train2017.zip and val2017.zip beside it'
REFER = ('https://web.archive.org/web/20220413011718/https://bvisionweb1.cs.unc.edu/licheng/'
         'referit/data/refcoco.zip (and refcoco+.zip, refcocog.zip there)')
SEGLLM = 'https://huggingface.co/datasets/Marlo-Z/SegLLM_dataset'

# section -> key -> (what the folder holds, where it is obtained)
SECTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    'mrseg': {
        'conversations': ('conversations_folder of SegLLM', SEGLLM),
        'annotations': ('annotations_folder of SegLLM',
                        f'{SEGLLM}, and the sources that DATASET.md of berkeley-hipie/segllm '
                        'lists'),
        'images': ('images_folder of SegLLM: coco, vg, pascal, ade20k, reason_seg',
                   'the sources that DATASET.md of berkeley-hipie/segllm lists')},
    'refcoco': {
        'annotations': ('folders refcoco, refcoco+ and refcocog, each with instances.json',
                        REFER),
        'images': ('COCO train2014', COCO_2014)},
    'reasonseg': {
        'root': ('folders train, val and test of ReasonSeg',
                 'https://github.com/dvlab-research/LISA (section Dataset)')},
    'mmr': {
        'annotations': ('MMR_val.json and the other MMR files',
                        'https://github.com/jdg900/MMR (section Download)'),
        'images': ('COCO folders train2017 and val2017', COCO_2017)},
    'llmseg40k': {
        'annotations': ('train.json, validation.json and test.json of LLM-Seg40K',
                        'https://github.com/wangjunchi/LLMSeg (section LLM-Seg40K)'),
        'coco': ('COCO train2017', COCO_2017),
        'ego_objects': ('images of EgoObjects',
                        'https://ai.meta.com/datasets/egoobjects-downloads')},
}


@dataclass(frozen=True)
class Places:
    """Folders by section and key, as `read_places` checked them."""

    file: Path
    folders: Mapping[str, Mapping[str, str]]

    def folder(self, section: str, key: str) -> Path:
        """Return a folder that exists. Raises BadInput, saying where its content is obtained."""
        named = self.folders.get(section, {}).get(key)
        what, source = SECTIONS[section][key]
        if named is None:
            raise BadInput(f'"{self.file}" does not say where the {what} are; obtain them from '
                           f'{source} and name the folder under {section}: {key}:')
        folder = self.file.parent / named
        try:
            folder = self.file.parent / Path(named).expanduser()
            there = folder.is_dir()
        except (OSError, RuntimeError):     # a name that is too long, a user who is not there
            there = False
        if not there:
            raise BadInput(f'{section}: {key}: of "{self.file}" is "{str(folder):.500}", which is '
                           f'not a folder; expected the {what}, obtained from {source}')
        return folder

    def within(self, section: str, key: str, name: str) -> Path:
        """Return a file or folder of that folder that exists. Raises BadInput as `folder` does."""
        path = self.folder(section, key) / name
        if not path.exists():
            what, source = SECTIONS[section][key]
            raise BadInput(f'"{path}" is missing; it belongs to the {what}, obtained from '
                           f'{source}')
        return path


def read_yaml(file: Path, says: str, option: str) -> Any:
    """Read what a file of places holds, whatever that is. Raises BadInput.

    says, option  where what lies, and by which option it is named
    """
    try:
        return yaml.safe_load(file.read_text(encoding='utf-8-sig'))
    except FileNotFoundError as error:
        raise BadInput(f'there is no file "{file}" that says where {says}; write one as '
                       f'docs/datasets.md shows, and name it with {option}') from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        first = (str(error).splitlines() or ['nested too deeply'])[0]
        raise BadInput(f'"{file}" is neither YAML nor JSON ({first}); see '
                       'docs/datasets.md') from error


def read_places(file: Path) -> Places:
    """Read the file that says where data lie. Raises BadInput."""
    held = read_yaml(file, 'the data lie', '--data')
    _check(file, 'sections', held, SECTIONS)
    for section, folders in held.items():
        _check(file, f'keys under {section}:', folders, SECTIONS[section])
        for key, folder in folders.items():
            if not isinstance(folder, str) or not folder or '\0' in folder:
                raise BadInput(f'{section}: {key}: of "{file}" is {folder!r}; expected a folder')
    return Places(file, held)


def _check(file: Path, what: str, held: object, known: Mapping[str, Any]) -> None:
    if not isinstance(held, Mapping):
        raise BadInput(f'"{file}" has {held!r} instead of {what}; known ones are '
                       f'{", ".join(known)}')
    unknown = [str(name) for name in held if name not in known]
    if unknown:
        raise BadInput(f'"{file}" has "{unknown[0]}", which is not one of the {what}; known ones '
                       f'are {", ".join(known)}')
