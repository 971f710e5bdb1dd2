# SPDX-License-Identifier: Apache-2.0
"""MMR: questions about several objects and parts, each with a sentence as its answer.

A file is a list of images: {"file_name", "height", "width", "image_id", "questions": [str],
"answers": [[{"segmentation": run lengths, "category_name"}]], "text_answers": [str with {seg}]}.
Each question is a conversation of one round.
"""

from pathlib import Path

from reasonseg_ros.benchmarks.annotations import from_coco
from reasonseg_ros.benchmarks.conversation import (
    SEG,
    Conversation,
    ConversationRound,
    Dataset,
    TruthMask,
)
from reasonseg_ros.benchmarks.files import (
    field,
    file_below,
    read_json,
    size_field,
    version_of,
    words,
)
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
             for number in range(_questions(entry))]

    def read(index: int) -> Conversation:
        place, number = asked[index]
        return _conversation(held[place], place, number, path, images)
    return Dataset('mmr', split, version_of((path,)),
                   tuple(f'{place}-{number}' for place, number in asked), read)


def _questions(entry: object) -> int:
    """How many questions an entry has; one that cannot be read stands for one that is bad."""
    questions = entry.get('questions') if isinstance(entry, dict) else None
    return len(questions) if isinstance(questions, list) else 1


def _conversation(entry: object, place: int, number: int, path: Path, images: Path
                  ) -> Conversation:
    where = f'image {place} of "{path}"'
    questions = field(entry, 'questions', where, list)
    answers = field(entry, 'answers', where, list)
    texts = field(entry, 'text_answers', where, list)
    size = size_field(entry, where)
    if not len(questions) == len(answers) == len(texts):
        raise BadInput(f'{where} has {len(questions)} questions, {len(answers)} answers and '
                       f'{len(texts)} texts; expected one of each; obtain the file again')
    where = f'question {number} of {where}'
    if not isinstance(answers[number], list):
        raise BadInput(f'{where} has the answer {answers[number]!r:.60}, expected a list of masks')
    targets = tuple(_truth(item, f'{number}/{k}', size, where)
                    for k, item in enumerate(answers[number]))
    said = words(texts[number], f'the text of {where}')
    # Where text and masks disagree, the text cannot be given as the right answer.
    answer = f'{said.replace("{seg}", SEG)}.' if said.count('{seg}') == len(targets) else ''
    sorts = sorted({t.sort for t in targets})
    asked = ConversationRound(words(questions[number], where), targets, (), answer,
                              tags=(f'asks:{"+".join(sorts) or "nothing"}',
                                    f'targets:{len(targets)}'))
    image = file_below(images, field(entry, 'file_name', where, object), where)
    return Conversation(f'{place}-{number}', image, size, (asked,))


def _truth(item: object, key: str, size: tuple[int, int], where: str) -> TruthMask:
    mask = from_coco(field(item, 'segmentation', where, object), *size, where)
    assert isinstance(item, dict)
    label = field(item, 'category_name', where, str) if 'category_name' in item else ''
    return TruthMask(key, mask, 'part' if ':' in label else 'object', label)  # parts: "mug:handle"
