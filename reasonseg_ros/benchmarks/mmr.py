# SPDX-License-Identifier: Apache-2.0
"""MMR: questions about several objects and parts, each with a sentence as its answer.

A file is a list of images: {"file_name", "height", "width", "image_id", "questions": [str],
"answers": [[{"segmentation": run lengths, "category_name"}]], "text_answers": [str with {seg}]}.
Each question is a conversation of one round.
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
from reasonseg_ros.benchmarks.files import field, read_json, version_of
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.core.errors import BadInput

FILES = {'train': 'MMR_train.json', 'val': 'MMR_val.json', 'test-mixed': 'MMR_test_mixed.json',
         'test-object': 'MMR_test_obj_only.json', 'test-part': 'MMR_test_part_only.json'}


def open_mmr(places: Places, split: str) -> Dataset:
    """Open a split of FILES. Raises BadInput."""
    path = places.within('mmr', 'annotations', FILES[split])
    images = places.folder('mmr', 'images')
    held = read_json(path)
    if not isinstance(held, list):
        raise BadInput(f'"{path}" holds a {type(held).__name__}; expected a list of images')
    asked = [(place, number) for place, entry in enumerate(held)
             for number in range(len(field(entry, 'questions', f'image {place} of "{path}"')))]

    def read(index: int) -> Conversation:
        place, number = asked[index]
        return _conversation(held[place], place, number, path, images)
    return Dataset('mmr', split, version_of((path,)),
                   tuple(f'{place}-{number}' for place, number in asked), read)


def _conversation(entry: dict[str, Any], place: int, number: int, path: Path, images: Path
                  ) -> Conversation:
    where = f'image {place} of "{path}"'
    size = field(entry, 'height', where), field(entry, 'width', where)
    answers, texts = field(entry, 'answers', where), field(entry, 'text_answers', where)
    questions = entry['questions']
    if not len(questions) == len(answers) == len(texts):
        raise BadInput(f'{where} has {len(questions)} questions, {len(answers)} answers and '
                       f'{len(texts)} texts; expected one of each; obtain the file again')
    targets = tuple(_truth(item, f'{number}/{k}', size, where)
                    for k, item in enumerate(answers[number]))
    said = texts[number].strip()
    # Where text and masks disagree, the text cannot be given as the right answer.
    answer = f'{said.replace("{seg}", SEG)}.' if said.count('{seg}') == len(targets) else ''
    sorts = sorted({t.sort for t in targets})
    asked = ConversationRound(questions[number].strip(), targets, (), answer,
                              tags=(f'asks:{"+".join(sorts) or "nothing"}',
                                    f'targets:{len(targets)}'))
    return Conversation(f'{place}-{number}', images / field(entry, 'file_name', where), size,
                        (asked,))


def _truth(item: dict[str, Any], key: str, size: tuple[int, int], where: str) -> TruthMask:
    label = item.get('category_name', '')
    mask = from_coco(field(item, 'segmentation', where), *size, where)
    return TruthMask(key, mask, 'part' if ':' in label else 'object', label)  # parts: "mug:handle"
