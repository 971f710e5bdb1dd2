# SPDX-License-Identifier: Apache-2.0
"""Engines `lisa` and `m2sa` in a dialogue: words are remembered, only new ones are computed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published
from support.fakes import recorded, rectangle

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadRequest, DeadlineExceeded, Status
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.session import Session
from reasonseg_ros.engines.weights.convert_lisa import convert

TEA = 'it is useful because the tea stays hot.'
PARTS = "the mug is [SEG] and the mug's handle is [SEG]."


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('engines')


@pytest.fixture
def m2sa(folder):
    return published.load(folder)


@pytest.fixture
def lisa(folder):
    return published.load(folder, 'lisa')


def words_in(context, monkeypatch) -> list[str]:
    """List that fills with the text of what is fed from now on."""
    said, feed = [], context.stream.feed

    def noted(ids):
        said.append(context.engine.tokenizer.decode(ids))
        return feed(ids)
    monkeypatch.setattr(context.stream, 'feed', noted)
    return said


def test_every_seg_is_an_instance_with_the_name_before_it(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, PARTS)
    answer = m2sa.open(published.random_frame()).ask(Question('what could hold tea', next_id=4))
    assert answer.status is Status.OK
    assert [(f.label, f.parent_id) for f in answer.found] == [('mug', 0), ('handle', 4)]
    assert answer.text == "the mug is instance 4 and the mug's handle is instance 5."
    assert answer.transcript == PARTS
    assert all(0.5 < f.score <= 1 and f.mask.area for f in answer.found)
    assert (answer.found[0].mask.height, answer.found[0].mask.width) == (60, 80)


def test_lisa_shows_what_was_asked_for(lisa, monkeypatch) -> None:
    published.scripted(monkeypatch, lisa, 'Sure, [SEG].', 'Sure, [SEG].')
    context = lisa.open(published.random_frame())
    assert [f.label for f in context.ask(Question('the red mug')).found] == ['mug']
    mug = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 40, 60, 80, 60))
    [handle] = context.ask(Question("the mug's handle", (mug,), next_id=2)).found
    assert (handle.label, handle.parent_id) == ('handle', 1)


def test_an_answer_without_seg_finds_nothing_and_is_said(lisa, monkeypatch) -> None:
    published.scripted(monkeypatch, lisa, TEA)
    answer = lisa.open(published.random_frame(0, 60, 60)).ask(Question('why is it useful'))
    assert (answer.status, answer.text, answer.found) == (Status.NOTHING_FOUND, TEA, ())


@pytest.mark.parametrize(('options', 'told'), [('', True), ('view=pad', False)])
def test_what_the_model_could_not_see_is_told(folder, monkeypatch, options, told) -> None:
    engine = published.load(folder, options=options)
    published.scripted(monkeypatch, engine, TEA)
    answer = engine.open(published.random_frame()).ask(Question('why is it useful'))
    assert answer.text.startswith(TEA) and answer.transcript == TEA
    assert ('25 % lies outside' in answer.text) == told


def test_masks_below_the_threshold_are_left_out_and_said_to_be(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, 'the mug is [SEG].')
    answer = m2sa.open(published.random_frame()).ask(Question('the mug', score_threshold=1.0))
    assert (answer.status, answer.found) == (Status.NOTHING_FOUND, ())
    assert answer.text.startswith('the mug is nothing to be seen.')


def test_the_image_is_encoded_once_and_then_only_new_tokens(m2sa, monkeypatch) -> None:
    seen = []
    see = m2sa.model.see
    monkeypatch.setattr(m2sa.model, 'see', lambda *pixels: seen.append(1) or see(*pixels))
    published.scripted(monkeypatch, m2sa, *[PARTS] * 4)
    context = m2sa.open(published.random_frame())
    work = []
    for text in ('the mug', 'its lid', 'the kettle', 'its spout'):
        before = context.stream.positions
        asked = context._request(text, ())
        context.ask(Question(text))
        new = len(asked) + len(m2sa.tokenizer.encode(PARTS)) + 1
        assert context.stream.positions - before == new
        work.append(new)
    assert len(seen) == 1
    assert work[3] <= 1.2 * work[1]
    assert 5 * work[3] < context.stream.length


@pytest.mark.parametrize('answers', [(PARTS, TEA, 'the kettle is [SEG].'),
                                     ('[SEG]', 'Sure,[SEG] .', 'a  b [SEG]  c')])
def test_a_context_rebuilt_from_the_record_goes_on_alike(m2sa, monkeypatch, answers) -> None:
    frame, questions = published.random_frame(), [Question('the mug'), Question('why is it useful'),
                                                  Question('the lid')]
    published.scripted(monkeypatch, m2sa, *answers, answers[2])
    lived, rebuilt = m2sa.open(frame), m2sa.open(frame)
    for index, question in enumerate(questions[:2], start=1):
        rebuilt.remember(recorded(m2sa, question, lived.ask(question), index))
    assert rebuilt.stream.length == lived.stream.length
    first, second = lived.ask(questions[2]), rebuilt.ask(questions[2])
    assert first.transcript == second.transcript
    assert [f.mask for f in first.found] == [f.mask for f in second.found]
    assert [f.score for f in first.found] == pytest.approx([f.score for f in second.found])


def test_free_answers_are_kept_as_their_text_reads(m2sa) -> None:
    m2sa.longest_answer = 12
    frame = published.random_frame()
    lived, rebuilt = m2sa.open(frame), m2sa.open(frame)
    first = lived.ask(Question('the mug'))
    rebuilt.remember(recorded(m2sa, Question('the mug'), first))
    assert rebuilt.stream.length == lived.stream.length
    assert rebuilt.ask(Question('the lid')).transcript == lived.ask(Question('the lid')).transcript


def test_free_answers_end_by_themselves_and_usual_ones_take_few_passes(tmp_path) -> None:
    source = published.publish(tmp_path / 'published', 'lisa', 'Sure, [SEG].')
    path = convert('lisa', source, tmp_path / 'made').path
    engine = registry.load('lisa', str(path), 'cpu')
    context = engine.open(published.random_frame())
    passes = context.stream.passes
    answer = context.ask(Question('the mug'))
    assert (answer.transcript, len(answer.found)) == ('Sure, [SEG].', 1)
    assert context.stream.passes - passes < len(engine.tokenizer.encode(answer.transcript))


def test_undo_forgets_rounds(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, PARTS, TEA, PARTS)
    context = m2sa.open(published.random_frame())
    first = context.ask(Question('the mug'))
    context.ask(Question('why is it useful'))
    context.rewind(0)
    assert context.rounds == 0
    again = context.ask(Question('the mug'))
    assert [f.mask for f in again.found] == [f.mask for f in first.found]
    with pytest.raises(ValueError, match='cannot rewind 1 rounds to 2'):
        context.rewind(2)


def test_a_cancelled_question_leaves_the_context_as_it_was(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, PARTS)
    context = m2sa.open(published.random_frame())
    length, polls = context.stream.length, iter([False, False, True])
    with pytest.raises(DeadlineExceeded):
        context.ask(Question('the mug'), cancelled=lambda: next(polls))
    assert (context.rounds, context.stream.length) == (0, length)


def test_progress_tells_masks_as_they_come(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, PARTS)
    told = []
    m2sa.open(published.random_frame()).ask(Question('the mug'), progress=told.append)
    counts = [len(p.found) for p in told]
    assert counts == sorted(counts) and set(counts) == {0, 1, 2}
    assert [p.stage for p in told].count('mask') == 2
    assert any(p.text == 'the mug is instance 1 and' for p in told)
    assert told[[p.stage for p in told].index('mask')].text == 'the mug is ...'


@pytest.mark.parametrize(('options', 'spoken'), [
    ('', "What is the mug's handle in this image?"),
    ('references=mask', "What is the mask's handle in this image?")])
def test_references_are_spoken_of_as_chosen(folder, monkeypatch, options, spoken) -> None:
    engine = published.load(folder, options=options)
    published.scripted(monkeypatch, engine, TEA)
    context = engine.open(published.random_frame())
    said = words_in(context, monkeypatch)
    mug = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 40, 60, 80, 60))
    context.ask(Question("the mug's handle", (mug,), next_id=2))
    asked = f'{spoken} Please output segmentation mask. ASSISTANT:'
    assert said[0] == engine.tokenizer.decode(engine.tokenizer.encode(asked))


def test_parts_stay_within_their_object_when_asked(folder, monkeypatch) -> None:
    mug = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 40, 60, 80, 60))
    masks = {}
    for options in ('parts=free', 'parts=parent'):
        engine = published.load(folder, options=options)
        published.scripted(monkeypatch, engine, "The mug's handle is [SEG].")
        context = engine.open(published.random_frame())
        [masks[options]] = context.ask(Question("the mug's handle", (mug,), next_id=2)).found
    free, kept = (masks[o].mask.decode() for o in ('parts=free', 'parts=parent'))
    assert free[:, 40:].any()
    assert np.array_equal(kept, free & mug.mask.decode())


def test_an_object_of_another_resolution_does_not_bound_its_parts(folder, monkeypatch) -> None:
    mug = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 4, 6))
    engine = published.load(folder, options='parts=parent')
    published.scripted(monkeypatch, engine, "The mug's handle is [SEG].")
    [handle] = engine.open(published.random_frame()).ask(Question("its handle", (mug,), 2)).found
    assert (handle.parent_id, handle.mask.width) == (1, 80)


def test_what_the_user_showed_has_no_words(m2sa) -> None:
    context = m2sa.open(published.random_frame())
    length = context.stream.length
    mug = Instance(1, 0, 1, 'mug', 1.0, rectangle(0, 0, 40, 60, 80, 60))
    context.remember(Round(1, 'this is the mug', '', (), Status.OK, '', (mug,)))
    assert (context.rounds, context.stream.length) == (1, length)


def test_a_round_of_another_engine_is_remembered_by_its_answer(m2sa, monkeypatch) -> None:
    context = m2sa.open(published.random_frame())
    said = words_in(context, monkeypatch)
    context.remember(Round(1, 'the mug', 'the mug', (), Status.OK, 'the mug', (),
                           '<found> the mug <seg> <eos>', engine='tabletop@0'))
    assert said[0].endswith('ASSISTANT: the mug')


def test_a_dialogue_that_grows_too_long_says_so(m2sa) -> None:
    context = m2sa.open(published.random_frame())
    context.stream.capacity = context.stream.length + 20
    length = context.stream.length
    with pytest.raises(BadRequest, match='say "start over"'):
        context.ask(Question('the mug on the left of the kettle behind the other mug'))
    assert (context.rounds, context.stream.length) == (0, length)


def test_sensor_noise_keeps_the_view_and_another_image_does_not(m2sa) -> None:
    frame = published.random_frame()
    context = m2sa.open(frame)
    noise = np.random.default_rng(1).integers(0, 3, frame.rgb.shape, np.uint8)
    assert m2sa.same_view(context, Frame(np.maximum(frame.rgb, noise)))
    assert not m2sa.same_view(context, published.random_frame(1))
    assert not m2sa.same_view(context, published.random_frame(0, 60, 90))


def test_a_session_keeps_parents_and_undoes(m2sa, monkeypatch) -> None:
    published.scripted(monkeypatch, m2sa, PARTS, "The mug's lid is [SEG].", TEA)
    book = DialogueBook(1, 10, 1 << 20, float('inf'), lambda: 0.0)
    session, frame = Session(m2sa, book), published.random_frame()
    first = session.ask('d', 'what could hold tea?', frame)
    second = session.ask('d', 'its lid', frame)
    assert [(i.id, i.label, i.parent_id) for i in (*first.instances, *second.instances)] == [
        (1, 'mug', 0), (2, 'handle', 1), (3, 'lid', 1)]
    session.ask('d', 'undo', frame)
    third = session.ask('d', 'why is it useful', frame)
    assert (third.round, third.status) == (2, Status.NOTHING_FOUND)


def test_half_precision_gives_masks_of_the_frame(folder, monkeypatch) -> None:
    engine = published.load(folder)
    path = folder / 'converted-m2sa'
    half = type(engine).load(path, 'cpu', 'bfloat16')
    assert {p.dtype for p in half.model.parameters()} == {torch.bfloat16}
    assert half.facts.nbytes * 2 == engine.facts.nbytes
    published.scripted(monkeypatch, half, PARTS)
    answer = half.open(published.random_frame()).ask(Question('the mug'))
    assert [f.mask.height for f in answer.found] == [60, 60]
    assert replace(half.facts, dtype='', nbytes=0) == replace(engine.facts, dtype='', nbytes=0)
