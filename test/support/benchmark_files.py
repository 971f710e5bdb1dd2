# SPDX-License-Identifier: Apache-2.0
"""Writes very small copies of the published data, in their exact formats, for tests.

Every image is 32x24 and has a red, a green and a blue rectangle, so that the engine of `fakes`
can answer. Files are named .jpg and hold PNG data: JPEG would not keep the plain colours.
"""

import json
import pickle
from pathlib import Path

import numpy as np
from PIL import Image

from support.fakes import painted, rectangle

RED, GREEN, BLUE = (2, 2, 10, 10), (12, 2, 20, 12), (2, 14, 10, 22)  # x0, y0, x1, y1
HEIGHT, WIDTH = 24, 32
DATASETS = """\
mrseg: {conversations: segllm/conversations_folder, annotations: segllm/annotations_folder,
        images: segllm/images_folder}
refcoco: {annotations: refer, images: train2014}
reasonseg: {root: ReasonSeg}
mmr: {annotations: MMR, images: coco}
llmseg40k: {annotations: LLMSeg40K, coco: coco/train2017, ego_objects: ego}
"""
IMAGE = 'coco/train2014/COCO_train2014_000000000001.jpg'


def write_json(path: Path, value: object) -> Path:
    """Write a file, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    return path


def write_image(path: Path) -> Path:
    """Write the image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rgb = painted(red=RED, green=GREEN, blue=BLUE).rgb
    with path.open('wb') as file:
        Image.fromarray(rgb).save(file, 'PNG')
    return path


def polygon(box: tuple[int, int, int, int]) -> list[float]:
    """A rectangle as a COCO polygon."""
    x0, y0, x1, y1 = box
    return [x0, y0, x1, y0, x1, y1, x0, y1]


def run_lengths(box: tuple[int, int, int, int]) -> dict:
    """A rectangle as packed COCO run lengths, as JSON holds them."""
    rle = rectangle(*box)
    return {'size': [HEIGHT, WIDTH], 'counts': rle.counts.decode()}


def unpacked(box: tuple[int, int, int, int]) -> dict:
    """A rectangle as COCO run lengths that are a list of numbers."""
    flat = rectangle(*box).decode().T.reshape(-1).astype(int)
    edges = np.flatnonzero(np.diff(flat)) + 1
    return {'size': [HEIGHT, WIDTH],
            'counts': np.diff([0, *edges, len(flat)]).tolist()}


def coco_file(path: Path, masks: dict[int, object], names: dict[int, str], image: dict) -> Path:
    """Write a COCO file with one annotation per mask; its category has the same number."""
    return write_json(path, {
        'images': [{'id': 1, 'height': HEIGHT, 'width': WIDTH, **image}],
        'annotations': [{'id': i, 'image_id': 1, 'category_id': i, 'segmentation': mask}
                        for i, mask in masks.items()],
        'categories': [{'id': i, 'name': name} for i, name in names.items()]})


def turn(human: str, gpt: str) -> list[dict]:
    """Return one round of a SegLLM conversation."""
    return [{'from': 'human', 'value': human}, {'from': 'gpt', 'value': gpt}]


def conversation(*turns: list[dict]) -> dict:
    """Return one SegLLM conversation."""
    return {'task': 'segmentation', 'base': '[null]',
            'conversations': [one for pair in turns for one in pair]}


def encode(source: str, mask: object, image: str = IMAGE) -> str:
    """Return the two markers that bring an earlier mask."""
    name = f'{image}|{source}|{mask}'
    return f'[MASK-ENCODE:{name}][BOX-ENCODE:{name}]'


def mr_refcoco() -> list[dict]:
    """Return two conversations: of three rounds, one of which refers twice, and of one round."""
    first = turn(f'[IMAGE256:{IMAGE}] Segment the red thing.',
                 f'[MASK-DECODE:none:none:11:{IMAGE}:refcoco].')
    second = turn(f'{encode("refcoco", 11)} the green thing right of instance 1',
                  f'[MASK-DECODE:relational:11:12:{IMAGE}:refcoco].')
    third = turn(f'{encode("refcoco", 11)}{encode("refcoco", 12)} the blue thing below both',
                 f'[MASK-DECODE:relational:11:12:13:{IMAGE}:refcoco].')
    alone = turn(f'[IMAGE256:{IMAGE}] {encode("refcoco", 13)} the green one, not that',
                 f'[MASK-DECODE:{IMAGE}|refcoco|12].')
    chat = turn(f'[IMAGE256:{IMAGE}] How are you?', 'Fine.')
    return [conversation(first, second, third), conversation(chat), conversation(alone)]


def write_mrseg(folder: Path) -> None:
    """Write MR-RefCOCO, and the annotations of RefCOCO."""
    conversations = folder / 'conversations_folder' / 'all_data_mix_val'
    write_json(conversations / 'mr_refcoco_val.json', mr_refcoco())
    coco_file(folder / 'annotations_folder/refcoco/instances.json',
              {11: [polygon(RED)], 12: [polygon(GREEN)], 13: unpacked(BLUE)},
              {11: 'mug', 12: 'box', 13: 'bowl'}, {'file_name': Path(IMAGE).name})
    write_image(folder / 'images_folder' / IMAGE)


def refer_refs() -> list[dict]:
    """Return expressions as refs(unc).p holds them; seven sentences of the split val."""
    def ref(number: int, box: int, split: str, *texts: str) -> dict:
        return {'ref_id': number, 'ann_id': box, 'image_id': 1, 'category_id': box, 'split': split,
                'file_name': f'COCO_train2014_000000000001_{box}.jpg',
                'sent_ids': [10 * number + k for k in range(len(texts))],
                'sentences': [{'sent_id': 10 * number + k, 'sent': text, 'raw': text,
                               'tokens': text.split()} for k, text in enumerate(texts)]}
    return [ref(1, 11, 'val', 'The red thing', 'red', 'red left'),
            ref(2, 12, 'testA', 'green thing'), ref(3, 13, 'testB', 'blue'),
            ref(4, 13, 'val', 'the blue one', 'blue', 'blue low', 'lower blue')]


def write_refer(folder: Path, images: Path, protocol: int = 0) -> None:
    """Write refcoco as REFER does: a pickle of expressions beside a COCO file."""
    coco_file(folder / 'refcoco/instances.json',
              {11: [polygon(RED)], 12: [polygon(GREEN)], 13: [run_lengths(BLUE)]},
              {11: 'mug', 12: 'box', 13: 'bowl'},
              {'file_name': 'COCO_train2014_000000000001.jpg'})
    (folder / 'refcoco/refs(unc).p').write_bytes(pickle.dumps(refer_refs(), protocol))
    write_image(images / 'COCO_train2014_000000000001.jpg')


def outline(box: tuple[int, int, int, int]) -> list[list[float]]:
    """Corner pixels of a rectangle, as the annotation tool of ReasonSeg writes them."""
    x0, y0, x1, y1 = box
    return [[x0, y0], [x1 - 1, y0], [x1 - 1, y1 - 1], [x0, y1 - 1]]


def write_reasonseg(folder: Path) -> None:
    """Write a sentence with an ignored region, and a phrase."""
    shapes = [{'label': 'ignore', 'points': outline((4, 4, 8, 8))},
              {'label': 'target', 'points': outline(RED)},
              {'label': 'flag', 'points': outline(GREEN)}]
    write_json(folder / 'val/1.json', {'shapes': shapes, 'is_sentence': True,
                                       'text': ['Where is the red thing ?', 'another text']})
    (folder / 'val/2.json').write_bytes(json.dumps(
        {'shapes': [{'label': 'target', 'points': outline(BLUE)}], 'is_sentence': False,
         'text': ['the blue caf\u00e9']}, ensure_ascii=False).encode('cp1252'))
    write_image(folder / 'val/1.jpg')
    write_image(folder / 'val/2.jpg')


def mmr_image(name: str = 'train2017/000000000001.jpg') -> dict:
    """Return one image with three questions; the last one's text has too few places."""
    red, green, blue = (
        {'segmentation': run_lengths(box), 'bbox': [0, 0, 1, 1], 'category_name': label,
         'category_id': 1, 'sorted_category_id': 1, 'image_id': 1}
        for box, label in ((RED, 'mug'), (GREEN, 'mug:handle'), (BLUE, 'bowl')))
    return {'file_name': name, 'height': HEIGHT, 'width': WIDTH, 'image_id': 1,
            'coco_url': '', 'not_exhaustive_category_ids': [], 'neg_category_ids': [],
            'questions': ['What is red or green ? the red and the green', 'the green', 'the blue'],
            'answers': [[red, green], [green], [blue, red]],
            'text_answers': ['the mug {seg} with its handle {seg}', 'It is {seg}', 'It is {seg}'],
            'raw_answers': ['', '', ''], 'annotations': []}


def write_mmr(folder: Path, images: Path) -> None:
    """Write the validation split."""
    write_json(folder / 'MMR_val.json', [mmr_image()])
    write_image(images / 'train2017/000000000001.jpg')


def write_llmseg40k(folder: Path, coco: Path, ego: Path) -> None:
    """Write the validation split: one question with run lengths, one with only a PNG."""
    write_json(folder / 'validation.json', {
        '000000000001.jpg': {'from_dataset': 'coco', 'qa_pairs': [
            {'question': 'Which red thing holds tea?', 'answer': 'mug',
             'segmentation_path': 'segs/1.png', 'rle_seg': run_lengths(RED)}]},
        'AB12.jpg': {'from_dataset': 'ego_objects', 'qa_pairs': [
            {'question': 'What blue thing holds soup?', 'answer': 'bowl',
             'segmentation_path': 'segs/2.png'}]}})
    (folder / 'segs').mkdir()
    Image.fromarray(255 * rectangle(*BLUE).decode().astype(np.uint8)).save(folder / 'segs/2.png')
    write_image(coco / '000000000001.jpg')
    write_image(ego / 'AB12.jpg')


def write_all(folder: Path) -> Path:
    """Write a small copy of every format; return the file that says where they lie."""
    write_mrseg(folder / 'segllm')
    write_refer(folder / 'refer', folder / 'train2014')
    write_reasonseg(folder / 'ReasonSeg')
    write_mmr(folder / 'MMR', folder / 'coco')
    write_llmseg40k(folder / 'LLMSeg40K', folder / 'coco/train2017', folder / 'ego')
    path = folder / 'datasets.yaml'
    path.write_text(DATASETS)
    return path
