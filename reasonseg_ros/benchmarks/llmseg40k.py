# SPDX-License-Identifier: Apache-2.0
"""LLM-Seg40K: questions about one object each, on images of COCO and EgoObjects.

A file is a table: image -> {"from_dataset": "coco" | "ego_objects", "qa_pairs": [{"question",
"answer" (a category), "rle_seg" (run lengths) and "segmentation_path" (a PNG)}]}. Run lengths come
first. Each question is a conversation of one round.
"""

from pathlib import Path
from typing import Any

from reasonseg_ros.benchmarks.annotations import from_coco
from reasonseg_ros.benchmarks.conversation import (
    SEG,
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import field, read_json, read_labels, version_of
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle

FILES = {'train': 'train.json', 'val': 'validation.json', 'test': 'test.json'}
FOLDERS = ('coco', 'ego_objects')


def open_llmseg40k(places: Places, split: str) -> Dataset:
    """Open a split of FILES. Raises BadInput."""
    path = places.within('llmseg40k', 'annotations', FILES[split])
    held = read_json(path)
    if not isinstance(held, dict):
        raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a table of images')
    asked = [(name, number) for name, entry in held.items()
             for number in range(len(field(entry, 'qa_pairs', f'"{name}" of "{path}"')))]
    used = {field(entry, 'from_dataset', f'"{name}" of "{path}"')
            for name, entry in held.items()}
    unknown = used - set(FOLDERS)
    if unknown:
        raise BadInput(f'"{path}" has images of "{min(unknown)}"; expected '
                       f'{" or ".join(FOLDERS)}')
    folders = {name: places.folder('llmseg40k', name) for name in sorted(used)}

    def read(index: int) -> Conversation:
        name, number = asked[index]
        image = folders[held[name]['from_dataset']] / name
        return _conversation(held[name], name, number, path, image)
    return Dataset('llmseg40k', split, version_of((path,)),
                   tuple(f'{name}/{number}' for name, number in asked), read)


def _conversation(entry: dict[str, Any], name: str, number: int, path: Path, image: Path
                  ) -> Conversation:
    pair, where = entry['qa_pairs'][number], f'question {number} about "{name}" of "{path}"'
    mask = _mask(pair, path, where)
    target = TruthMask(str(number), mask, label=field(pair, 'answer', where))
    asked = ConversationRound(field(pair, 'question', where).strip(), (target,), (), f'{SEG}.',
                              tags=(f'source:{entry["from_dataset"]}',))
    return Conversation(f'{name}/{number}', image, (mask.height, mask.width), (asked,))


def _mask(pair: dict[str, Any], path: Path, where: str) -> Rle:
    if 'rle_seg' not in pair:
        return Rle.encode(read_labels(path.parent / field(pair, 'segmentation_path', where)) > 0)
    height, width = field(pair['rle_seg'], 'size', where)
    return from_coco(pair['rle_seg'], height, width, where)
