# SPDX-License-Identifier: Apache-2.0
"""Where the annotations lie that data sets are built from: one YAML or JSON file.

    refcoco:
      folder: refer/refcoco
    lvis:
      train: lvis_v1_train.json
      val: lvis_v1_val.json
    images:
      coco: /data/coco

Relative paths start at that file. Sections that are not needed can be left out. Downloads nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.benchmarks.places import COCO_2017, REFER, read_yaml
from reasonseg_ros.core.errors import BadInput

_COCO = 'http://images.cocodataset.org'
_PACO = 'https://dl.fbaipublicfiles.com/paco/annotations/paco_lvis_v1.zip'
_LVIS = 'https://www.lvisdataset.org/dataset'
_VG = 'https://homes.cs.washington.edu/~ranjay/visualgenome/api.html'
_PASCAL = 'https://github.com/pmeletis/panoptic_parts (Pascal Panoptic Parts)'
_ADE = 'http://data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip'
_STUFF = 'https://github.com/nightrome/cocostuff (stuffthingmaps_trainval2017.zip, labels.txt)'
_EGO = 'https://ai.meta.com/datasets/egoobjects-downloads'
_REASON = 'https://github.com/dvlab-research/LISA (section Dataset)'

# section -> (keys and what they name, where it is obtained)
SECTIONS: Mapping[str, tuple[Mapping[str, str], str]] = {
    **{name: ({'folder': f'folder with refs({by}).p and instances.json'}, REFER)
       for name, by in (('refcoco', 'unc'), ('refcoco+', 'unc'), ('refcocog', 'umd'))},
    'visual_genome': ({'relationships': 'relationships.json', 'image_data': 'image_data.json'},
                      _VG),
    'paco_lvis': ({'train': 'paco_lvis_v1_train.json', 'val': 'paco_lvis_v1_val.json',
                   'test': 'paco_lvis_v1_test.json'}, _PACO),
    'lvis': ({'train': 'lvis_v1_train.json', 'val': 'lvis_v1_val.json'}, _LVIS),
    'pascal': ({'train': 'labels/training (.tif)', 'val': 'labels/validation (.tif)',
                'names': 'ppp_datasetspec.yaml'}, _PASCAL),
    'ade20k': ({'train': 'annotations/training (.png)', 'val': 'annotations/validation (.png)',
                'names': 'objectInfo150.txt'}, _ADE),
    'cocostuff': ({'train': 'train2017 (.png)', 'val': 'val2017 (.png)', 'names': 'labels.txt'},
                  _STUFF),
    'attributes': ({'train': 'instances_train2017.json', 'val': 'instances_val2017.json'},
                   f'{_COCO}/annotations/annotations_trainval2017.zip'),
    'reason_seg': ({'folder': 'ReasonSeg with train, val and test'}, _REASON),
    'ego_objects': ({'train': 'EgoObjectsV1_unified_train.json'}, _EGO),
    'images': ({'coco': 'COCO with train2014, train2017 and val2017',
                'vg': 'Visual Genome with VG_100K and VG_100K_2', 'pascal': 'VOC JPEGImages',
                'ade20k': 'ADEChallengeData2016 with images/training',
                'ego_objects': 'images of EgoObjects'},
               f'{COCO_2017}, {_VG}, http://host.robots.ox.ac.uk/pascal/VOC/voc2010, {_ADE}, '
               f'{_EGO}'),
}


@dataclass(frozen=True)
class SourceFiles:
    """Paths by section and key, as `read_sources` checked them."""

    file: Path
    paths: Mapping[str, Mapping[str, Path]]

    def path(self, section: str, key: str) -> Path:
        """Return a file or folder that exists. Raises BadInput, saying where it is obtained."""
        what, obtained = SECTIONS[section][0][key], SECTIONS[section][1]
        path = self.paths.get(section, {}).get(key)
        if path is None:
            raise BadInput(f'"{self.file}" does not say where {section}: {key}: is, {what}; obtain '
                           f'it from {obtained}')
        if not path.exists():
            raise BadInput(f'{section}: {key}: of "{self.file}" is "{path}", which is not there; '
                           f'expected {what}, obtained from {obtained}')
        return path


def read_sources(file: Path) -> SourceFiles:
    """Read the file that says where annotations lie. Raises BadInput."""
    held = read_yaml(file, 'annotations lie', '--sources')
    paths: dict[str, dict[str, Path]] = {}
    for section, named in _table(file, 'the file', held, list(SECTIONS)).items():
        keys = _table(file, f'{section}:', named, list(SECTIONS[section][0]))
        for key, path in keys.items():
            try:
                if not isinstance(path, str) or not path or '\0' in path:
                    raise RuntimeError(f'{path!r:.60}')
                place = file.parent / Path(path).expanduser()
            except RuntimeError as error:   # of a user who is not there, too
                raise BadInput(f'{section}: {key}: of "{file}" is "{path}" ({error}); expected a '
                               'path') from error
            paths.setdefault(section, {})[key] = place.absolute()
    return SourceFiles(file, paths)


def _table(file: Path, where: str, held: object, known: list[str]) -> Mapping[str, object]:
    if not isinstance(held, Mapping):
        raise BadInput(f'{where} of "{file}" is {held!r:.60}; expected a table of '
                       f'{", ".join(known)}')
    unknown = [str(name) for name in held if name not in known]
    if unknown:
        raise BadInput(f'{where} of "{file}" has "{unknown[0]}"; known are {", ".join(known)}')
    return held
