# SPDX-License-Identifier: Apache-2.0
"""Benchmarks are run as their protocol says; runs resume, split and join to the same bytes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import benchmark_files as files
from support.fakes import FakeContext, FakeEngine, rectangle

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.conversation import Conversation, ConversationRound, Dataset
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.core.errors import BadInput, OutOfMemory, Status
from reasonseg_ros.engines.protocol import Answer, AnswerMask
from reasonseg_ros.evaluation import protocols
from reasonseg_ros.evaluation.benchmark import Interviewer
from reasonseg_ros.evaluation.records import Protocol, save
from reasonseg_ros.evaluation.shards import (
    RunPlan,
    Shard,
    bad_images,
    begin,
    joined,
    line_of,
    write,
)


class ObedientContext(FakeContext):
    """Shows the left half of the image for each [SEG] that it is given."""

    def ask(self, question, *args):
        """Answer with the words of the question, where it brings some."""
        if not question.answer:
            return super().ask(question, *args)
        self._log.append(('forced', question.answer, tuple(i.id for i in question.references)))
        half = np.zeros(self.frame.rgb.shape[:2], bool)
        half[:, :half.shape[1] // 2] = True
        found = (AnswerMask('half', 0.5, rectangle_of(half)),) * question.answer.count('[SEG]')
        self.cache.append((question.text, question.answer, tuple(f.mask for f in found)))
        return Answer(Status.OK, question.answer, found, question.answer)


def rectangle_of(mask: np.ndarray):
    return type(rectangle(0, 0, 1, 1)).encode(mask)


class ObedientEngine(FakeEngine):
    """A fake engine that can be given its answers."""

    facts = replace(FakeEngine.facts, takes_answers=True)

    def open(self, frame, memory=True):
        """Open a context that obeys."""
        self.log.append(('open', frame.rgb.shape))
        return ObedientContext(frame, self.log)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The file that says where small copies of all formats lie."""
    return files.write_all(tmp_path / 'data')


def dataset(data: Path, name: str) -> Dataset:
    return open_benchmark(read_places(data), name)


def conduct(data: Path, name: str, protocol: Protocol = Protocol(), engine=None, wording='engine'):
    engine = ObedientEngine() if engine is None else engine
    read = dataset(data, name)
    interviewer = Interviewer(engine, protocol, wording)
    return [interviewer.conduct(read.read(place)) for place in range(len(read.ids))], engine


def asked(engine) -> list[tuple]:
    return [call[1:] for call in engine.log if call[0] in ('ask', 'forced')]


# -- history -----------------------------------------------------------------------------------


def test_with_predicted_history_later_rounds_refer_to_what_was_answered(data):
    (dialogue, alone), engine = conduct(data, 'mr-refcoco')
    assert asked(engine)[:3] == [('segment the red thing', ()),
                                 ('the green thing right of instance 1', (1,)),
                                 ('the blue thing below both', (1, 2))]
    assert [r.targets[0].iou for r in dialogue] == [1.0] * 3
    assert [r.round for r in dialogue] == [1, 2, 3] and not any(
        call[0] == 'remember' for call in engine.log[:-3])


def test_with_true_history_the_answer_is_replaced_by_the_truth(data):
    class Blind(ObedientContext):
        def ask(self, question, *args):
            answer = super().ask(question, *args)
            return replace(answer, found=(AnswerMask('wrong', 0.9, rectangle(0, 0, 3, 3)),))

    class BlindEngine(ObedientEngine):
        def open(self, frame, memory=True):
            self.context = Blind(frame, self.log)
            return self.context
    engine = BlindEngine()
    dialogue = conduct(data, 'mr-refcoco', Protocol(history='truth'), engine)[0][0]
    assert all(r.targets[0].iou < 0.1 for r in dialogue)
    one = dataset(data, 'mr-refcoco').read(0)
    Interviewer(engine, Protocol(history='truth')).conduct(one)
    seen = [masks for _, _, masks in engine.context.cache]
    assert seen == [tuple(t.mask for t in r.targets) for r in one.rounds]
    assert asked(engine)[1] == ('the green thing right of instance 1', (1,))


def test_a_mask_that_no_round_asked_for_is_shown_first(data):
    (_, alone), engine = conduct(data, 'mr-refcoco')
    assert ('remember', 1, ()) in engine.log
    assert asked(engine)[-1] == ('the green one not that', (1,))
    assert alone[0].status == 'OK' and alone[0].targets[0].iou == 1.0


def test_a_round_about_what_was_never_answered_is_lost_and_counts_as_missed(data):
    conversations = [files.conversation(
        files.turn(f'[IMAGE256:{files.IMAGE}] Segment the purple thing.',
                   f'[MASK-DECODE:{files.IMAGE}|refcoco|11]'),
        files.turn(f'{files.encode("refcoco", 11)} the green thing right of it',
                   f'[MASK-DECODE:relational:11:12:{files.IMAGE}:refcoco]'))]
    files.write_json(data.parent / 'segllm/conversations_folder/all_data_mix_val/mr_vg_val.json',
                     conversations)
    (dialogue,), engine = conduct(data, 'mr-vg')
    assert len(asked(engine)) == 1
    first, second = dialogue
    assert (first.status, second.status) == ('NOTHING_FOUND', '') and second.expected == 'OK'
    assert second.targets[0].score is None and second.union_union == 80


def test_a_wrong_mask_stands_for_what_was_asked(data):
    files.write_json(data.parent / 'segllm/conversations_folder/all_data_mix_val/mr_vg_val.json', [
        files.conversation(
            files.turn(f'[IMAGE256:{files.IMAGE}] the blue thing, or red',
                       f'[MASK-DECODE:{files.IMAGE}|refcoco|12]'),
            files.turn(f'{files.encode("refcoco", 12)} the green thing near instance 1',
                       f'[MASK-DECODE:relational:12:12:{files.IMAGE}:refcoco]'))])
    (dialogue,), engine = conduct(data, 'mr-vg')
    assert len(dialogue[0].targets) == 3  # two masks that nobody asked for, and a miss
    assert asked(engine)[1] == ('the green thing near instance 1', (1,))


# -- answers, frame, order, wording ------------------------------------------------------------


def test_a_forced_answer_brings_the_words_of_the_data(data):
    (both, part, unequal), engine = conduct(data, 'mmr', Protocol(answers='forced'))
    assert [words for words, _ in asked(engine)] == [
        'the mug [SEG] with its handle [SEG].', 'It is [SEG].', '[SEG], [SEG].']
    assert [t.wanted for t in both[0].targets] == [True, True]


def test_an_engine_that_finds_its_own_words_says_that_it_cannot_be_forced():
    with pytest.raises(BadInput, match='"fake" finds its own words .*; choose free answers'):
        Interviewer(FakeEngine(), Protocol(answers='forced'))


def test_forced_masks_are_scored_in_their_order(data):
    read = dataset(data, 'mmr').read(0)
    swapped = replace(read, rounds=(replace(read.rounds[0],
                                            targets=read.rounds[0].targets[::-1]),))
    interviewer = Interviewer(ObedientEngine(), Protocol(answers='forced'))
    straight, other = (interviewer.conduct(c)[0].targets for c in (read, swapped))
    assert [t.sort for t in straight] == ['object', 'part']
    assert [t.intersection for t in straight] == [t.intersection for t in other][::-1]


def test_a_padded_frame_scales_image_and_masks_alike(data):
    (first, _), engine = conduct(data, 'reasonseg', Protocol(frame='padded-1024'))
    assert engine.log[0] == ('open', (1024, 1024, 3))
    framing = protocols.Framing((24, 32), 'padded-1024')
    assert framing.inner == (768, 1024)
    mask = framing.mask(rectangle(2, 2, 10, 10))
    assert mask.box == (64.0, 64.0, 320.0, 320.0) and (mask.height, mask.width) == (1024, 1024)


def test_ignored_pixels_count_neither_way(data):
    (first, _), _ = conduct(data, 'reasonseg')
    assert first[0].targets[0].union == 64 - 16 and first[0].targets[0].iou == 1.0


def test_a_wording_to_the_letter_is_told_to_the_engine(data):
    questions = []

    class Listening(ObedientContext):
        def ask(self, question, *args):
            questions.append(question)
            return super().ask(question, *args)

    class ListeningEngine(ObedientEngine):
        def open(self, frame, memory=True):
            return Listening(frame, self.log)
    for wording in protocols.WORDINGS:
        conduct(data, 'reasonseg', engine=ListeningEngine(), wording=wording)
    assert [(q.text, q.verbatim) for q in questions[::2]] == [
        ('where is the red thing', False), ('Where is the red thing ?', True),
        ('Where is the red thing ? Please output segmentation mask.', True)]


# -- runs --------------------------------------------------------------------------------------


def plan(read: Dataset, protocol: Protocol = Protocol()) -> RunPlan:
    return RunPlan(read.benchmark, read.version, 'fake@0', protocol, len(read.ids),
                   {'split': read.split})


def finish(data: Path, folder: Path, name: str = 'refcoco', shard: Shard = Shard(),
           stop: int | None = None, engine=None) -> list[int]:
    """Run a shard, at most `stop` conversations of it; return the places that were asked."""
    read = dataset(data, name)
    interviewer = Interviewer(engine or ObedientEngine(), Protocol())
    places = []

    def answer(wanted):
        for place in wanted:
            if len(places) == stop:
                return
            places.append(place)
            yield line_of(interviewer, read, place)
    for _ in write(folder, shard, answer(begin(plan(read), folder, shard))):
        pass
    return places


def results(folders: list[Path], path: Path) -> bytes:
    save(joined(folders), path)
    return path.read_bytes()


def test_two_runs_give_the_same_bytes(data, tmp_path):
    for name in ('one', 'two'):
        finish(data, tmp_path / name)
    one, two = (results([tmp_path / n], tmp_path / f'{n}.json') for n in ('one', 'two'))
    assert one == two
    assert json.loads(one)['options'] == {'bad_pictures': 0, 'conversations': 7, 'split': 'val'}


def test_shards_join_to_the_bytes_of_one_process(data, tmp_path):
    finish(data, tmp_path / 'whole')
    for number in (3, 1, 2):
        finish(data, tmp_path / f'machine{number % 2}', shard=Shard(number, 3))
    machines = [tmp_path / 'machine0', tmp_path / 'machine1']
    assert joined(machines[:1]) is None
    assert results(machines, tmp_path / 'a') == results([tmp_path / 'whole'], tmp_path / 'b')


def test_a_shard_that_has_only_just_begun_is_awaited(data, tmp_path):
    (tmp_path / 'shard-1-of-2.jsonl').write_text('{"benchmark": ')
    assert joined([tmp_path]) is None
    finish(data, tmp_path, shard=Shard(2, 2))
    assert joined([tmp_path]) is None
    finish(data, tmp_path, shard=Shard(1, 2))
    assert len(joined([tmp_path]).rounds) == 7


def test_a_run_that_was_stopped_goes_on_where_it_was(data, tmp_path):
    finish(data, tmp_path / 'whole')
    assert finish(data, tmp_path / 'part', stop=3) == [0, 1, 2]
    assert joined([tmp_path / 'part']) is None
    path = tmp_path / 'part/shard-1-of-1.jsonl'
    path.write_bytes(path.read_bytes()[:-20])  # killed while it wrote the third
    assert finish(data, tmp_path / 'part') == [2, 3, 4, 5, 6]
    assert results([tmp_path / 'part'], tmp_path / 'a') == results([tmp_path / 'whole'],
                                                                   tmp_path / 'b')


def test_conversations_on_one_image_share_its_encoding(data):
    _, engine = conduct(data, 'refcoco')
    assert [call for call in engine.log if call[0] == 'open'] == [('open', (24, 32, 3))]


def test_a_bad_image_is_left_out_and_counted(data, tmp_path):
    (data.parent / 'ReasonSeg/val/1.jpg').write_bytes(b'nothing')
    finish(data, tmp_path / 'out', 'reasonseg')
    found = joined([tmp_path / 'out'])
    assert found.options['bad_pictures'] == 1 and len(found.rounds) == 1
    assert 'val/1.jpg" cannot be read' in bad_images([tmp_path / 'out'])[0]


def test_a_bad_annotation_is_left_out_and_counted_and_the_shard_goes_on(data, tmp_path):
    image = data.parent / 'ReasonSeg/val/1.json'
    held = json.loads(image.read_text())
    held['shapes'][0]['points'][0] = [None, 1]
    image.write_text(json.dumps(held))
    finish(data, tmp_path / 'out', 'reasonseg')
    found = joined([tmp_path / 'out'])
    assert found.options['bad_annotations'] == 1 and found.options['bad_pictures'] == 0
    assert len(found.rounds) == 1
    assert '1.json" has the corner [None, 1]' in bad_images([tmp_path / 'out'])[0]


def test_a_bad_image_is_tried_again_when_the_run_goes_on(data, tmp_path):
    finish(data, tmp_path / 'whole', 'reasonseg')
    image = data.parent / 'ReasonSeg/val/1.jpg'
    good = image.read_bytes()
    image.write_bytes(b'nothing')
    finish(data, tmp_path / 'out', 'reasonseg')
    image.write_bytes(good)
    assert finish(data, tmp_path / 'out', 'reasonseg') == [0]
    assert results([tmp_path / 'out'], tmp_path / 'a') == results([tmp_path / 'whole'],
                                                                  tmp_path / 'b')


def test_an_image_of_another_size_than_its_annotation_is_left_out(data, tmp_path):
    path = data.parent / 'train2014/COCO_train2014_000000000001.jpg'
    files.Image.new('RGB', (40, 24)).save(path)
    finish(data, tmp_path / 'out')
    assert '40x24, its annotation 32x24' in bad_images([tmp_path / 'out'])[0]


def test_an_error_of_the_engine_is_the_status_of_its_round(data):
    class Strict(ObedientContext):
        def ask(self, question, *args):
            raise BadInput('no such word')

    class StrictEngine(ObedientEngine):
        def open(self, frame, memory=True):
            return Strict(frame, self.log)
    (first, _), _ = conduct(data, 'reasonseg', engine=StrictEngine())
    assert (first[0].status, first[0].answer) == ('BAD_REQUEST', 'no such word')
    assert first[0].targets[0].intersection == 0


def test_too_little_memory_ends_the_run_instead_of_counting(data, tmp_path):
    class Small(ObedientContext):
        def ask(self, question, *args):
            raise OutOfMemory('too little')

    class SmallEngine(ObedientEngine):
        def open(self, frame, memory=True):
            return Small(frame, self.log)
    with pytest.raises(OutOfMemory):
        finish(data, tmp_path, engine=SmallEngine())
    assert joined([tmp_path]) is None


def test_a_folder_of_another_run_is_refused_before_anything_is_asked(data, tmp_path):
    finish(data, tmp_path)
    before = (tmp_path / 'shard-1-of-1.jsonl').read_bytes()
    with pytest.raises(BadInput, match="its benchmark is 'refcoco', not 'mmr'"):
        finish(data, tmp_path, 'mmr')
    with pytest.raises(BadInput, match='belongs to another run'):
        finish(data, tmp_path, 'mmr', Shard(1, 2))
    assert (tmp_path / 'shard-1-of-1.jsonl').read_bytes() == before


@pytest.mark.parametrize('line, words', [
    ('{"at": 999, "rounds": []}', 'at: found 999, expected a place from 0 to 6'),
    ('{"at": "1", "rounds": []}', 'at: found'), ('[]', 'found a list'), ('{"at": 1}', 'bad: found'),
    ('{"at": 1, "rounds": [{}]}', 'is missing'), ('nonsense', 'line 9, is damaged'),
    ('[' * 100000, 'is damaged')])
def test_a_line_that_no_shard_writes_is_named(data, tmp_path, line, words):
    finish(data, tmp_path / 'out')
    path = tmp_path / 'out' / Shard().file_name
    path.write_text(f'{path.read_text()}{line}\n')
    with pytest.raises(BadInput) as told:
        joined([tmp_path / 'out'])
    assert words in str(told.value) and 'line 9' in str(told.value)


def test_shards_of_different_runs_are_not_joined(data, tmp_path):
    finish(data, tmp_path / 'a')
    finish(data, tmp_path / 'b', 'mmr')
    with pytest.raises(BadInput, match='join shards of one run'):
        joined([tmp_path / 'a', tmp_path / 'b'])
    with pytest.raises(BadInput, match='no shards'):
        joined([tmp_path])


def test_shards_cover_every_conversation_once():
    for count in (0, 1, 7, 100):
        for of in (1, 2, 3, 8):
            places = [p for n in range(1, of + 1) for p in Shard(n, of).places(count)]
            assert places == list(range(count))


def test_a_conversation_about_nothing_expects_that_nothing_is_found(data):
    image = dataset(data, 'refcoco').read(0).image
    nothing = Conversation('x', image, (24, 32), (ConversationRound('the purple thing', ()),))
    (record,) = Interviewer(ObedientEngine(), Protocol()).conduct(nothing)
    assert (record.expected, record.status) == ('NOTHING_FOUND', 'NOTHING_FOUND')
