# SPDX-License-Identifier: Apache-2.0
"""LLM-Seg40K: questions about one object each, on images of COCO and EgoObjects.

A file is a table: image -> {"from_dataset": "coco" | "ego_objects", "qa_pairs": [{"question",
"answer" (a category), "rle_seg" (run lengths) and "segmentation_path" (a PNG)}]}. Run lengths come
first. Each question is a conversation of one round.
"""

from pathlib import Path

from reasonseg_ros.benchmarks.annotations import from_sized
from reasonseg_ros.benchmarks.conversation import (
    SEG,
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import field, file_below, read_json, sentence, version_of
from reasonseg_ros.benchmarks.image_files import read_values
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
             for number in range(_questions(entry))]
    used = {entry['from_dataset'] for entry in held.values()
            if isinstance(entry, dict) and isinstance(entry.get('from_dataset'), str)}
    unknown = used - set(FOLDERS)
    if unknown:
        raise BadInput(f'"{path}" has images of "{min(unknown)}"; expected '
                       f'{" or ".join(FOLDERS)}')
    folders = {name: places.folder('llmseg40k', name) for name in sorted(used)}

    def read(index: int) -> Conversation:
        name, number = asked[index]
        return _conversation(held[name], name, number, path, folders)
    return Dataset('llmseg40k', split, version_of((path,)),
                   tuple(f'{name}/{number}' for name, number in asked), read)


def _questions(entry: object) -> int:
    """How many questions an entry has; one that cannot be read stands for one that is bad."""
    pairs = entry.get('qa_pairs') if isinstance(entry, dict) else None
    return len(pairs) if isinstance(pairs, list) else 1


def _conversation(entry: object, name: str, number: int, path: Path, folders: dict[str, Path]
                  ) -> Conversation:
    where = f'"{name}" of "{path}"'
    source = field(entry, 'from_dataset', where, str)
    pairs = field(entry, 'qa_pairs', where, list)
    image = file_below(folders[source], name, f'"{path}"')
    pair, where = pairs[number], f'question {number} about {where}'
    mask = _mask(pair, path, where)
    target = TruthMask(str(number), mask, label=field(pair, 'answer', where, str))
    asked = ConversationRound(sentence(pair, 'question', where), (target,), (), f'{SEG}.',
                              tags=(f'source:{source}',))
    return Conversation(f'{name}/{number}', image, (mask.height, mask.width), (asked,))


def _mask(pair: object, path: Path, where: str) -> Rle:
    if isinstance(pair, dict) and 'rle_seg' in pair:
        return from_sized(pair['rle_seg'], where)
    image = file_below(path.parent, field(pair, 'segmentation_path', where, object), where)
    return Rle.encode(read_values(image) > 0)
