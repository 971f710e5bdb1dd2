# SPDX-License-Identifier: Apache-2.0
"""Every published format reads to the same conversations: words, masks, references, answers."""

import json
import math
import pickle
from pathlib import Path

import pytest
from support import benchmark_files as files
from support.benchmark_files import BLUE, GREEN, RED
from support.fakes import rectangle

from reasonseg_ros.benchmarks.catalogue import BENCHMARKS, open_benchmark
from reasonseg_ros.benchmarks.conversation import Conversation, ConversationRound
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.core.errors import BadImage, BadInput


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The file that says where small copies of all formats lie."""
    return files.write_all(tmp_path)


def opened(data: Path, name: str, split: str = '') -> list[Conversation]:
    dataset = open_benchmark(read_places(data), name, split)
    return [dataset.read(place) for place in range(len(dataset.ids))]


def boxes(asked: ConversationRound) -> list[tuple[float, ...]]:
    return [t.mask.box for t in asked.targets]


# -- SegLLM ------------------------------------------------------------------------------------


def test_a_segllm_conversation_has_words_masks_and_references(data):
    dialogue, alone = opened(data, 'mr-refcoco')
    first, second, third = dialogue.rounds
    assert dialogue.size == (24, 32) and dialogue.image.is_file()
    assert first.instruction == 'Segment the red thing.' and boxes(first) == [RED]
    assert second.instruction == 'the green thing right of instance 1' and boxes(second) == [GREEN]
    assert second.answer == '[SEG].' and second.targets[0].label == 'box'
    assert [r.key for r in second.references] == [first.targets[0].key]
    assert second.references[0].mask == first.targets[0].mask
    assert second.numbers == ((1, first.targets[0].key),)
    assert 'relation:relational' in second.tags and 'source:refcoco' in second.tags


def test_a_round_may_refer_to_several_masks(data):
    third = opened(data, 'mr-refcoco')[0].rounds[2]
    assert [r.mask.box for r in third.references] == [RED, GREEN]
    assert boxes(third) == [BLUE]


def test_pairs_without_a_mask_are_left_out_and_places_keep_their_number(data):
    dataset = open_benchmark(read_places(data), 'mr-refcoco')
    assert dataset.ids == ('0', '2')


def test_a_mask_that_no_round_asked_for_is_a_reference_all_the_same(data):
    alone = opened(data, 'mr-refcoco')[1].rounds[0]
    assert alone.instruction == 'the green one, not that'
    assert [r.mask.box for r in alone.references] == [BLUE] and boxes(alone) == [GREEN]


def _held_by(source: str, mask: object, data: Path, image: str = files.IMAGE, stem='mr_vg',
             name='mr-vg') -> ConversationRound:
    """The first round of a file with one conversation about a mask of a source."""
    segllm = data.parent / 'segllm'
    files.write_json(segllm / f'conversations_folder/all_data_mix_val/{stem}_val.json',
                     [files.conversation(files.turn(
                         f'[IMAGE256:{image}] Segment it.',
                         f'It is [MASK-DECODE:{image}|{source}|{mask}].'))])
    return opened(data, name)[0].rounds[0]


@pytest.mark.parametrize('source, file, held', [
    ('visual_genome', 'visual_genome/vg_masks_train_new.json', files.run_lengths(RED)),
    ('pascal', 'pascal/pascal_labels_val.json', files.run_lengths(RED)),
    ('description_based_coco', 'description_based_coco/seg_mask_per_instance.json',
     {'segmentation': [files.polygon(RED)], 'image_dim': [24, 32]})])
def test_masks_are_read_from_tables_of_run_lengths(data, source, file, held):
    files.write_json(data.parent / 'segllm/annotations_folder' / file, {'2008_7-1': held})
    asked = _held_by(source, '2008_7-1', data)
    assert boxes(asked) == [RED] and asked.answer == 'It is [SEG].'


@pytest.mark.parametrize('source, train, val', [
    ('paco_lvis', 'paco_lvis/annotations/paco_lvis_v1_train.json',
     'paco_lvis/annotations/paco_lvis_v1_val.json'),
    ('lvis', 'lvis/lvis_v1_train.json', 'lvis/lvis_v1_val.json')])
def test_the_validation_split_has_its_own_annotations(data, source, train, val):
    folder = data.parent / 'segllm/annotations_folder'
    image = {'coco_url': 'http://images.cocodataset.org/train2014/000000000001.jpg'}
    files.coco_file(folder / train, {5: [files.polygon(GREEN)]}, {5: 'wrong'}, image)
    files.coco_file(folder / val, {5: [files.polygon(RED)]}, {5: 'mug:handle'}, image)
    asked = _held_by(source, 5, data)
    assert boxes(asked) == [RED]
    assert asked.targets[0].sort == 'part' and asked.targets[0].label == 'mug:handle'


@pytest.mark.parametrize('source, folder, value', [
    ('ade20k', 'ade20k/annotations/training', 8), ('cocostuff', 'cocostuff/train2017', 7)])
def test_masks_of_a_class_are_read_from_label_images(data, source, folder, value):
    path = data.parent / 'segllm/annotations_folder' / folder / Path(files.IMAGE).with_suffix(
        '.png').name
    path.parent.mkdir(parents=True)
    files.Image.fromarray(rectangle(*GREEN).decode().astype('uint8') * value).save(path)
    assert boxes(_held_by(source, 7, data)) == [GREEN]


def test_outlines_of_reasonseg_have_no_name_in_a_conversation(data):
    segllm = data.parent / 'segllm'
    image = 'reason_seg/images/val/1.jpg'
    files.write_image(segllm / 'images_folder' / image)
    files.write_json(segllm / 'annotations_folder/reason_seg/annotations/val/1.json', {
        'shapes': [{'label': 'target', 'points': files.outline(BLUE)}], 'text': ['it'],
        'is_sentence': True})
    asked = _held_by('reason_seg', '', data, image, 'reason_seg', 'mrseg-reasonseg')
    assert boxes(asked) == [BLUE]


def test_images_that_the_data_name_elsewhere_are_found(data):
    images = data.parent / 'segllm/images_folder'
    files.write_image(images / 'vg/VG_100K_2/9.jpg')
    files.write_json(data.parent / 'segllm/annotations_folder/visual_genome/'
                     'vg_masks_train_new.json', {'9_1': files.run_lengths(RED)})
    assert boxes(_held_by('visual_genome', '9_1', data, 'VG_100K_2/9.jpg')) == [RED]
    assert boxes(_held_by('visual_genome', '9_1', data,
                          'coco/val2014/COCO_train2014_000000000001.jpg')) == [RED]


def test_the_training_file_of_mr_paco_goes_by_two_names(data):
    segllm = data.parent / 'segllm'
    files.coco_file(segllm / 'annotations_folder/paco_lvis/annotations/paco_lvis_v1_train.json',
                    {5: [files.polygon(RED)]}, {5: 'mug'}, {'file_name': Path(files.IMAGE).name})
    files.write_json(segllm / 'conversations_folder/all_data_mix_train/mr_paco_data.json',
                     [files.conversation(files.turn(f'[IMAGE256:{files.IMAGE}] Segment it.',
                                                    f'[MASK-DECODE:{files.IMAGE}|paco_lvis|5].'))])
    assert boxes(opened(data, 'mr-paco', 'train')[0].rounds[0]) == [RED]


# -- REFER -------------------------------------------------------------------------------------


def test_each_sentence_of_refcoco_is_a_conversation(data):
    said = opened(data, 'refcoco')
    assert [c.rounds[0].instruction for c in said] == [
        'the red thing', 'red', 'red left', 'the blue one', 'blue', 'blue low', 'lower blue']
    assert all(c.rounds[0].phrase for c in said)
    assert boxes(said[0].rounds[0]) == [RED] and boxes(said[-1].rounds[0]) == [BLUE]
    assert [c.id for c in opened(data, 'refcoco', 'testB')] == ['30']


def test_pixels_of_several_polygons_are_told(data):
    path = data.parent / 'refer/refcoco/instances.json'
    held = json.loads(path.read_text())
    parts = [files.polygon(p) for p in ((2, 2, 8, 10), (6, 2, 10, 10), (6, 2, 7, 4))]
    held['annotations'][0]['segmentation'] = parts
    path.write_text(json.dumps(held))
    red, blue = (opened(data, 'refcoco')[place].rounds[0].targets[0] for place in (0, -1))
    assert red.mask == rectangle(2, 2, 10, 10) and red.doubled == rectangle(6, 2, 8, 10)
    assert blue.doubled is None


def test_the_tests_of_refcoco_are_told_apart_by_their_letter(data):
    assert [c.id for c in opened(data, 'refcoco', 'testA')] == ['20']


def test_multi_refcoco_joins_the_sentences_of_an_image_in_groups(data):
    six, one = opened(data, 'multi-refcoco')
    assert six.rounds[0].instruction == (
        'the red thing, red, red left, the blue one, blue and blue low')
    assert boxes(six.rounds[0]) == [RED] * 3 + [BLUE] * 3
    assert six.rounds[0].answer == '[SEG], [SEG], [SEG], [SEG], [SEG] and [SEG].'
    assert one.rounds[0].instruction == 'lower blue'


@pytest.mark.parametrize('protocol', range(6))
def test_a_pickle_of_plain_values_is_read_in_every_protocol(data, protocol):
    files.write_refer(data.parent / 'refer', data.parent / 'train2014', protocol)
    assert len(opened(data, 'refcoco')) == 7


def test_a_pickle_that_could_run_a_program_is_refused(data):
    class Evil:
        def __reduce__(self):
            return (print, ('run',))
    path = data.parent / 'refer/refcoco/refs(unc).p'
    path.write_bytes(pickle.dumps([Evil()]))
    with pytest.raises(BadInput, match='could run a program'):
        opened(data, 'refcoco')


# -- ReasonSeg, MMR, LLM-Seg40K ----------------------------------------------------------------


def test_reasonseg_gives_its_first_text_and_what_is_to_be_ignored(data):
    sentence, phrase = (c.rounds[0] for c in opened(data, 'reasonseg'))
    assert sentence.instruction == 'Where is the red thing ?' and not sentence.phrase
    assert boxes(sentence) == [RED]
    assert sentence.ignore == rectangle(4, 4, 8, 8)
    assert not sentence.targets[0].mask.intersection(sentence.ignore)
    assert phrase.phrase and phrase.ignore is None
    assert phrase.instruction == 'the blue café'  # written in the Windows encoding


def test_of_outlines_of_one_area_the_one_that_stands_first_lies_on_top_as_with_lisa(data):
    path = data.parent / 'ReasonSeg/val/1.json'
    files.write_json(path, {'text': ['x'], 'is_sentence': True, 'shapes': [
        {'label': 'target', 'points': files.outline((4, 4, 12, 12))},
        {'label': 'ignore', 'points': files.outline((8, 4, 16, 12))}]})
    asked = opened(data, 'reasonseg')[0].rounds[0]
    assert boxes(asked) == [(4, 4, 12, 12)] and asked.ignore.area == 32


def test_a_large_outline_never_covers_a_small_one(data):
    path = data.parent / 'ReasonSeg/val/1.json'
    files.write_json(path, {'text': ['x'], 'is_sentence': True, 'shapes': [
        {'label': 'target', 'points': files.outline((4, 4, 8, 8))},
        {'label': 'ignored thing', 'points': files.outline(RED)}]})
    asked = opened(data, 'reasonseg')[0].rounds[0]
    assert boxes(asked) == [(4, 4, 8, 8)]
    assert asked.ignore.area == 64 - 16


def test_each_question_of_mmr_is_a_conversation_with_its_objects_and_parts(data):
    both, part, unequal = (c.rounds[0] for c in opened(data, 'mmr'))
    assert both.instruction == 'What is red or green ? the red and the green'
    assert [(t.sort, t.label) for t in both.targets] == [('object', 'mug'), ('part', 'mug:handle')]
    assert both.answer == 'the mug [SEG] with its handle [SEG].'
    assert 'asks:object+part' in both.tags and 'asks:part' in part.tags
    assert unequal.answer == '' and boxes(unequal) == [BLUE, RED]


@pytest.mark.parametrize('split, name', [
    ('test-mixed', 'MMR_test_mixed'), ('test-object', 'MMR_test_obj_only'),
    ('test-part', 'MMR_test_part_only')])
def test_the_tests_of_mmr_are_files_of_their_own(data, split, name):
    files.write_json(data.parent / 'MMR' / f'{name}.json', [files.mmr_image()])
    assert len(opened(data, 'mmr', split)) == 3


def test_llmseg40k_takes_run_lengths_and_else_the_image_of_the_mask(data):
    coco, ego = opened(data, 'llmseg40k')
    assert boxes(coco.rounds[0]) == [RED] and coco.rounds[0].targets[0].label == 'mug'
    assert boxes(ego.rounds[0]) == [BLUE] and ego.image.parent.name == 'ego'
    assert ego.rounds[0].tags == ('source:ego_objects',)


def test_the_version_follows_the_content_of_the_annotations(data):
    before = open_benchmark(read_places(data), 'mmr').version
    assert open_benchmark(read_places(data), 'mmr').version == before
    files.write_json(data.parent / 'MMR/MMR_val.json', [files.mmr_image(), files.mmr_image()])
    assert open_benchmark(read_places(data), 'mmr').version != before


# -- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize('name', BENCHMARKS)
def test_missing_data_is_one_line_that_says_where_they_are_obtained(tmp_path, name):
    path = tmp_path / 'datasets.yaml'
    path.write_text('{}')
    with pytest.raises(BadInput, match='obtain them from http|obtain them from the sources') as e:
        open_benchmark(read_places(path), name)
    assert '\n' not in str(e.value) and 'datasets.yaml' in str(e.value)


@pytest.mark.parametrize('text, named', [
    ('mmr: {annotation: x}', 'has "annotation", which is not one of the keys under mmr'),
    ('mmm: {}', 'known ones are mrseg, refcoco'), ('mmr: x', "has 'x' instead of keys"),
    ('mmr: {images: 3}', 'mmr: images: .* is 3; expected a folder'),
    ('{', 'neither YAML nor JSON'), ('', 'has None instead of sections')])
def test_a_malformed_file_of_places_names_what_is_wrong(tmp_path, text, named):
    path = tmp_path / 'datasets.yaml'
    path.write_text(text)
    with pytest.raises(BadInput, match=named):
        read_places(path)


def test_a_missing_file_of_places_names_the_page_that_explains_it(tmp_path):
    with pytest.raises(BadInput, match='docs/datasets.md'):
        read_places(tmp_path / 'none.yaml')


def test_a_folder_that_is_not_there_says_what_belongs_in_it(data):
    data.write_text('mmr: {annotations: MMR, images: nowhere}')
    with pytest.raises(BadInput, match='nowhere", which is not a folder; expected the COCO'):
        opened(data, 'mmr')


def test_an_annotation_file_that_is_not_there_is_named(data):
    with pytest.raises(BadInput, match='MMR_test_mixed.json" is missing'):
        opened(data, 'mmr', 'test-mixed')


def test_a_missing_image_is_an_error_of_that_conversation_only(data):
    (data.parent / 'ReasonSeg/val/1.jpg').write_bytes(b'nothing')
    dataset = open_benchmark(read_places(data), 'reasonseg')
    with pytest.raises(BadImage, match='cannot be read'):
        dataset.read(0)
    assert boxes(dataset.read(1).rounds[0]) == [BLUE]


def test_run_lengths_of_another_size_are_named_with_both_sizes(data):
    image = files.mmr_image()
    image['height'] = 48
    files.write_json(data.parent / 'MMR/MMR_val.json', [image])
    with pytest.raises(BadInput, match='32x24 pixels, expected the 32x48 of'):
        opened(data, 'mmr')


MMR_FAULTS = {
    'a corner that is no number': ('answers.0.0.segmentation', [[5, 5, math.nan, 5, 2, 2]], 'nan'),
    'a corner that is null': ('answers.0.0.segmentation', [[5, 5, None, 5, 20, 20]], 'None among'),
    'a corner far away': ('answers.0.0.segmentation', [[0, 0, 2.1e8, 3.5e8, 9, 9]], 'a corner at'),
    'empty counts': ('answers.0.0.segmentation.counts', [], 'add up to 0'),
    'empty packed counts': ('answers.0.0.segmentation.counts', '', 'found no counts'),
    'too few counts': ('answers.0.0.segmentation.counts', [300, 20], 'add up to 320'),
    'too many counts': ('answers.0.0.segmentation.counts', [300, 20, 10 ** 8], 'expected whole'),
    'negative counts': ('answers.0.0.segmentation.counts', [300, -20, 488], 'count -20'),
    'counts as Python writes bytes': ('answers.0.0.segmentation.counts', "b'abc'", 'characters'),
    'one number as counts': ('answers.0.0.segmentation.counts', 240, 'counts of the type int'),
    'one number as size': ('answers.0.0.segmentation.size', 24, 'the size 24'),
    'a height in words': ('height', '24', "'24' as \"height\", expected a whole number"),
    'another height': ('height', 25, 'expected the 32x25'),
    'no question': ('questions.0', None, 'question 0 of image 0 .* is None; expected words'),
    'an empty question': ('questions.0', ' ', 'expected words'),
    'no text': ('text_answers.0', None, 'the text of question 0'),
    'a mask instead of masks': ('answers.0', {}, 'expected a list of masks'),
    'no category': ('answers.0.0.category_name', None, 'expected text'),
    'a file elsewhere': ('file_name', '/etc/hostname', 'stays below'),
    'a file above': ('file_name', 'a/../../../etc/passwd', 'stays below'),
    'no file': ('file_name', None, 'expected the name of a file'),
    'questions that are none': ('questions', None, 'expected a list'),
    'text as questions': ('questions', 'What?', 'expected a list'),
}


def changed(record: dict, path: str, value: object) -> dict:
    """The record with another value at "a.0.b"."""
    *above, last = [int(step) if step.isdigit() else step for step in path.split('.')]
    inner = record
    for step in above:
        inner = inner[step]
    inner[last] = value
    return record


@pytest.mark.parametrize('fault', MMR_FAULTS)
def test_a_bad_annotation_costs_its_own_question_and_is_named(data, fault):
    path, value, named = MMR_FAULTS[fault]
    files.write_json(data.parent / 'MMR/MMR_val.json',
                     [changed(files.mmr_image(), path, value), None, files.mmr_image()])
    dataset = open_benchmark(read_places(data), 'mmr')
    with pytest.raises(BadInput, match=named):
        dataset.read(0)
    with pytest.raises(BadInput, match='image 1 of .* expected a record'):
        dataset.read(dataset.ids.index('1-0'))
    assert dataset.read(dataset.ids.index('2-0')).rounds[0].targets


@pytest.mark.parametrize('edit, named', [
    (lambda i: i['annotations'].append({**i['annotations'][0], 'segmentation': []}),
     'two different annotations with the id'),
    (lambda i: i['images'].append({**i['images'][0], 'height': 7}), 'two different images'),
    (lambda i: i['annotations'][0].pop('id'), 'annotation 0 of .* has no "id"'),
    (lambda i: i['images'][0].pop('height'), 'has no "height"'),
    (lambda i: i['annotations'][0].pop('image_id'), 'has no "image_id"'),
    (lambda i: i['categories'][0].pop('name'), 'has no "name"'),
    (lambda i: i['images'][0].update(file_name='../../etc/passwd'), 'stays below'),
    (lambda i: i.update(images=None), 'None as "images", expected a list')])
def test_a_coco_file_with_a_bad_record_names_it(data, edit, named):
    path = data.parent / 'refer/refcoco/instances.json'
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held))
    with pytest.raises(BadInput, match=named):
        opened(data, 'refcoco')


def test_a_sentence_without_words_costs_itself(data):
    path = data.parent / 'refer/refcoco/refs(unc).p'
    refs = files.refer_refs()
    refs[0]['sentences'][0]['sent'] = None
    path.write_bytes(pickle.dumps([*refs, {'split': 'val'}]))
    dataset = open_benchmark(read_places(data), 'refcoco')
    with pytest.raises(BadInput, match='is None; expected words'):
        dataset.read(0)
    assert dataset.read(1).rounds[0].instruction == 'red'
    with pytest.raises(BadInput, match='has no "ann_id"'):
        dataset.read(len(dataset.ids) - 1)


def test_a_conversation_that_cannot_be_read_costs_itself(data):
    path = data.parent / 'segllm/conversations_folder/all_data_mix_val/mr_refcoco_val.json'
    files.write_json(path, [None, {'conversations': [{'from': 'human', 'value': None}]},
                            *files.mr_refcoco()])
    dataset = open_benchmark(read_places(data), 'mr-refcoco')
    for place, named in ((0, 'None; expected a record'), (1, 'None as "value", expected text')):
        with pytest.raises(BadInput, match=named):
            dataset.read(place)
    assert dataset.read(2).rounds


@pytest.mark.parametrize('edit, named', [
    ({'text': None}, 'expected a list'), ({'text': 'the cup'}, 'expected a list'),
    ({'text': [None]}, 'expected words'), ({'shapes': None}, 'expected a list'),
    ({'shapes': [5]}, 'shape 0 .* is a whole number; expected a record'),
    ({'shapes': [{'label': 'target', 'points': [[1, math.nan], [3, 4], [5, 6]]}]}, 'corner'),
    ({'shapes': [{'label': 'target', 'points': [[1, 1e9], [3, 4], [5, 6]]}]}, 'corner'),
    ({'shapes': [{'label': None, 'points': []}]}, 'expected text')])
def test_a_file_of_reasonseg_names_what_is_wrong(data, edit, named):
    path = data.parent / 'ReasonSeg/val/1.json'
    files.write_json(path, {**json.loads(path.read_text()), **edit})
    with pytest.raises(BadInput, match=named):
        open_benchmark(read_places(data), 'reasonseg').read(0)


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'cp1252'])
def test_files_with_a_byte_order_mark_are_read(data, encoding):
    path = data.parent / 'ReasonSeg/val/1.json'
    held = {**json.loads(path.read_text()), 'text': ['a café’s cup']}
    path.write_bytes(json.dumps(held, ensure_ascii=False).encode(encoding))
    assert opened(data, 'reasonseg')[0].rounds[0].instruction == 'a café’s cup'


@pytest.mark.parametrize('marker, named', [
    ('MASK-DECODE:a|refcoco', 'has 2 parts; expected 3'),
    ('MASK-DECODE:a:b:c', 'has 3 parts; expected 5 or 6'),
    (f'MASK-DECODE:{files.IMAGE}|moon|1', 'source "moon"; known ones are refcoco'),
    (f'MASK-DECODE:{files.IMAGE}|refcoco|99', 'no annotation 99'),
    (f'MASK-DECODE:{files.IMAGE}|refcoco|x_1', 'no mask "x_1"; expected a number')])
def test_a_bad_marker_is_named(data, marker, named):
    files.write_json(data.parent / 'segllm/conversations_folder/all_data_mix_val/mr_vg_val.json', [
        files.conversation(files.turn(f'[IMAGE256:{files.IMAGE}] it', f'[{marker}]'))])
    with pytest.raises(BadInput, match=named):
        opened(data, 'mr-vg')


def test_an_unknown_split_is_answered_with_those_there_are(data):
    with pytest.raises(BadInput, match='no split "dev"; choose one of val, testA'):
        opened(data, 'refcoco', 'dev')
