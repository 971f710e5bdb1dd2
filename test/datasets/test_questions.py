# SPDX-License-Identifier: Apache-2.0
"""MMR and LLM-Seg40K from recorded answers: what is kept and dropped, and that it reads back."""

import json
from pathlib import Path

import pytest
from support import chat_server
from support.chat_server import OVERLOAD, endpoint

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.cli.main import main
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.datasets import chat_client
from reasonseg_ros.datasets.coco_table import read_table
from reasonseg_ros.datasets.generation import BadForm, Prompts
from reasonseg_ros.datasets.llmseg40k_questions import draw, subjects
from reasonseg_ros.datasets.made_up import RectangleMasks, write_sources
from reasonseg_ros.datasets.mmr_questions import checked, chosen, regions_of
from reasonseg_ros.datasets.review import flagged

SIZE = (48, 64)


@pytest.fixture(scope='module')
def sources(tmp_path_factory) -> Path:
    return write_sources(tmp_path_factory.mktemp('sources'), 3, SIZE)


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """No test waits for an endpoint."""
    monkeypatch.setattr(chat_client, 'FIRST_WAIT', 0.0)


def run(sources: Path, out: Path, server, *options) -> int:
    return main(['data', options[0], '--sources', str(sources), '--out', str(out), '--endpoint',
                 server.url, '--model', 'm', '--parallel', '1', *map(str, options[1:])])


def read(out: Path, sources: Path, text: str, name: str, split: str):
    file = out / 'datasets.yaml'
    file.write_text(text.format(out=out, images=sources.parent / 'images'))
    dataset = open_benchmark(read_places(file), name, split)
    return [dataset.read(place) for place in range(len(dataset.ids))]


MMR = 'mmr: {{annotations: {out}, images: {images}/coco}}\n'
LLMSEG = 'llmseg40k: {{annotations: {out}, coco: {images}/coco/train2017}}\n'


def test_pairs_of_mmr_are_checked_written_and_read_back(sources, capsys, tmp_path):
    with endpoint() as server:
        assert run(sources, tmp_path, server, 'mmr', '--pairs', 6) == 0
        first = server.bodies[0]['messages'][0]['content']
        assert first[0]['image_url']['url'].startswith('data:image/jpeg;base64,')
        assert "mug_1's handle: [" in first[1]['text']
        calls = len(server.bodies)
        assert run(sources, tmp_path, server, 'mmr', '--pairs', 6) == 0
        assert len(server.bodies) == calls == 6
    said = capsys.readouterr()
    for reason in ('unknown target', 'name of a target in the question', 'no target',
                   'coordinates, numbers or places in the question'):
        assert f'3 dropped: {reason}' in said.err
    assert '6 of 18 pairs about 3 images; the paper has 154127' in said.out
    conversations = read(tmp_path, sources, MMR, 'mmr', 'train')
    [asked] = conversations[0].rounds
    assert [t.label for t in asked.targets] == ['mug', 'mug:handle']
    assert asked.answer == 'Take the mug [SEG] by its handle, the handle of the mug [SEG].'
    assert all(t.mask.area for c in conversations for r in c.rounds for t in r.targets)
    page = (tmp_path / 'review/MMR_train.html').read_text()
    assert 'without burning your fingers?' in page and 'data:image/jpeg' in page


def test_what_two_people_flag_is_dropped(sources, capsys, tmp_path):
    with endpoint() as server:
        run(sources, tmp_path, server, 'mmr', '--pairs', 6)
        rows = (tmp_path / 'review/MMR_train.csv').read_text().splitlines()
        assert rows[0] == 'id,image,question,answer,targets,flag' and len(rows) == 7
        for name, ids in (('a', '1-0'), ('b', '1-0'), ('c', '1-1')):
            (tmp_path / f'{name}.csv').write_text(f'id,flag\n{ids},x\n2-0,\n')
        files = [tmp_path / f'{name}.csv' for name in 'abc']
        assert run(sources, tmp_path, server, 'mmr', '--pairs', 6, '--flags', *files) == 0
    assert '1 pairs were flagged twice and dropped' in capsys.readouterr().out
    assert len(read(tmp_path, sources, MMR, 'mmr', 'train')) == 5
    (tmp_path / 'd.csv').write_text('name\nx\n')
    with pytest.raises(BadInput, match='expected id, image'):
        flagged([tmp_path / 'd.csv'])


def test_an_endpoint_that_goes_down_half_way_loses_nothing(sources, capsys, tmp_path):
    with endpoint() as server:
        def dies(body: dict) -> str:
            if len(server.bodies) == 4:
                server.faults = [OVERLOAD] * chat_client.TRIES
            return chat_server.writer(body)
        server.talk = dies
        assert run(sources, tmp_path, server, 'mmr', '--pairs', 6) == 1
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith('reasonseg data: "http://127.0.0.1') and 'is kept' in error
        assert len(json.loads((tmp_path / 'MMR_train.json').read_text())) == 2
        server.talk, before = chat_server.writer, len(server.bodies)
        assert run(sources, tmp_path, server, 'mmr', '--pairs', 6) == 0
        assert len(server.bodies) - before == 2
    assert len(json.loads((tmp_path / 'MMR_train.json').read_text())) == 3


@pytest.mark.parametrize('answer', ["I'm sorry, I can't help with that.", '', 'no pairs',
                                    '{"question": "one"}'])
def test_refusals_and_answers_of_another_form_are_asked_again_and_counted(sources, capsys,
                                                                          tmp_path, answer):
    def talk(body: dict) -> str:
        return answer if 'robot' in chat_server.last_text(body) else 'A table.'
    with endpoint(talk) as server:
        assert run(sources, tmp_path, server, 'mmr', '--limit', 1) == 0
        assert len(server.bodies) == 3
    assert '2 answers: ' in capsys.readouterr().err
    assert json.loads((tmp_path / 'MMR_train.json').read_text()) == []


def test_parts_are_asked_alone_where_they_are_many(sources):
    table = read_table(sources.parent / 'paco_train.json')
    image = chosen(table, 'part', 1)[0]
    assert {r.owner for r in regions_of(table, image, 'part')} >= {'mug', 'knife'}
    assert all(not r.owner for r in regions_of(table, image, 'object'))
    labels = [r.label for r in regions_of(table, image)]
    assert labels[:4] == ['mug_1', 'mug_2', 'lamp_1', 'knife_1'] and "mug_2's rim" in labels


@pytest.mark.parametrize(('question', 'answer', 'reason'), [
    ('What is it that one needs here?', 'Take [mug_1] and [mug_1].', 'comes twice'),
    ('What is mug_1 here good for?', 'The mug [mug_1].', 'label in the question'),
    ('What should one grasp to lift it?', "Its handle [mug_1's handle].", 'without its owner'),
    ('What should one grasp to lift it?', 'The mug_1 [mug_1].', 'label in the words'),
    ('Which?', 'The mug [mug_1].', 'no question'),
    ('What stands at the top left of it?', 'The mug [mug_1].', 'places'),
    ('Who needs all those mugs every day?', 'The mug [mug_1].', 'name of a target'),
])
def test_each_rule_that_is_broken_is_named(sources, question, answer, reason):
    table = read_table(sources.parent / 'paco_train.json')
    with pytest.raises(BadForm, match=reason):
        checked({'question': question, 'answer': answer}, regions_of(table, next(iter(table))))


def test_questions_of_llmseg40k_are_checked_written_and_read_back(sources, capsys, tmp_path):
    options = 'llmseg40k', '--images', 0, 3, 0, '--writer', 'w'
    with endpoint() as server:
        assert run(sources, tmp_path, server, *options) == 0
        assert [b['model'] for b in server.bodies[:2]] == ['m', 'w']
        assert 'mug | lamp | knife | orange | bowl of fruit | owl' in chat_server.last_text(
            server.bodies[1])
    said = capsys.readouterr()
    assert 'left out: ego_objects: ' in said.err
    for reason in ('name of the answer in the question', 'place in the question',
                   'answer that is not listed'):
        assert f'3 dropped: {reason}' in said.err
    conversations = read(tmp_path, sources, LLMSEG, 'llmseg40k', 'train')
    assert [c.rounds[0].targets[0].label for c in conversations[:2]] == ['owl', 'orange']
    assert all(c.rounds[0].targets[0].mask.area for c in conversations)
    held = json.loads((tmp_path / 'train.json').read_text())
    assert (tmp_path / next(iter(held.values()))['qa_pairs'][0]['segmentation_path']).exists()


def test_images_are_drawn_by_their_number_of_categories(sources):
    found = subjects(read_table(sources.parent / 'lvis_train.json'), 'coco')
    assert draw(found, [], 0, (5, 0, 5)) == {'train': [], 'validation': [], 'test': []}
    splits = draw(found, found, 0, (5, 2, 3))
    assert sum(map(len, splits.values())) == 5 and splits == draw(found, found, 0, (5, 2, 3))


def test_a_prompt_in_the_output_folder_counts_and_a_wrong_slot_is_named(sources, capsys, tmp_path):
    prompts = Prompts(tmp_path, ('mmr_pairs',))
    assert 'write 3 questions' in prompts.fill('mmr_pairs', count='3')
    (tmp_path / 'mmr_pairs.txt').write_text('Ask $number times.')
    with pytest.raises(BadInput, match='slot that is not known.*known are .count'):
        Prompts(tmp_path, ('mmr_pairs',)).fill('mmr_pairs', count='3')


def test_things_of_coco_are_described_and_positional_sentences_corrected(sources, capsys, tmp_path):
    options = 'mrseg', '--only', 'attributes', 'refcoco', '--splits', 'train', '--correct'
    with endpoint() as server:
        assert run(sources, tmp_path, server, *options) == 0
        calls = len(server.bodies)
        assert run(sources, tmp_path, server, *options) == 0 and len(server.bodies) == calls
    assert 'sentences corrected' in capsys.readouterr().out
    dataset = open_benchmark(read_places(tmp_path / 'datasets.yaml'), 'mrseg-attributes', 'train')
    asked = [dataset.read(place).rounds[0] for place in range(len(dataset.ids))]
    assert len(asked) == 6 and all('an object' not in r.instruction for r in asked)
    assert all('the object that is shown close up' in r.instruction for r in asked)
    assert asked[0].answer.startswith('It is the ') and asked[0].targets[0].mask.area
    file = tmp_path / 'conversations_folder/all_data_mix_train/mr_refcoco_train.json'
    changed = [turn['value'] for one in json.loads(file.read_text())
               for turn in one['conversations'] if 'Well, ' in turn['value']]
    assert changed and all(value.startswith('[MASK-ENCODE:') for value in changed)


def test_boxes_of_ego_objects_become_masks_by_sam(sources, capsys, tmp_path, monkeypatch):
    box_masks = pytest.importorskip('reasonseg_ros.datasets.box_masks')
    monkeypatch.setattr(box_masks.BoxMasks, 'load', lambda *given: RectangleMasks(SIZE))
    with endpoint() as server:
        assert run(sources, tmp_path, server, 'llmseg40k', '--images', 0, 0, 3, '--sam', 's') == 0
    text = 'llmseg40k: {{annotations: {out}, ego_objects: {images}/ego}}\n'
    conversations = read(tmp_path, sources, text, 'llmseg40k', 'train')
    assert conversations[0].rounds[0].tags == ('source:ego_objects',)
    assert all(c.rounds[0].targets[0].mask.area for c in conversations)
    page = (tmp_path / 'review/train.html').read_text()
    assert 'data:image/jpeg' in page
