# SPDX-License-Identifier: Apache-2.0
"""Engine `segllm` in a dialogue: masks and boxes come back, only new tokens are computed."""

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')

from support import published_segllm
from support.fakes import recorded, rectangle
from support.published import random_frame

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadRequest, DeadlineExceeded, Status
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public.segllm import RememberedMask
from reasonseg_ros.engines.session import Session
from reasonseg_ros.nn import clip

MUG = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 40, 60, 80, 60))
KETTLE = Instance(1, 0, 1, 'kettle', 0.9, rectangle(50, 10, 80, 40, 80, 60))


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('segllm')


@pytest.fixture(scope='module')
def engine(folder):
    return published_segllm.load(folder)


@pytest.fixture
def context(engine):
    return engine.open(random_frame())


def instance(answer, number: int) -> Instance:
    """The instance that an answer showed."""
    [found] = answer.found
    return Instance(number, found.parent_id, number, found.label, found.score, found.mask)


def text_of(engine, ids: list[int]) -> str:
    """Words of ids; tokens are letters."""
    tokens = published_segllm.tokenizer()
    return ''.join(tokens.id_to_token(i) for i in ids).replace('▁', ' ')


def asked_of(context, monkeypatch) -> list[list[int]]:
    """List that fills with the ids of each request."""
    asked, feed = [], context._feed
    monkeypatch.setattr(context, '_feed', lambda ids, heard: asked.append(ids) or feed(ids, heard))
    return asked


def test_a_request_shows_one_mask_with_the_name_that_was_asked_for(context) -> None:
    answer = context.ask(Question('the red mug', next_id=4))
    assert (answer.status, answer.text) == (Status.OK, 'the mug is instance 4')
    [found] = answer.found
    assert (found.label, found.parent_id) == ('mug', 0)
    assert (found.mask.height, found.mask.width) == (60, 80)
    assert 0 < found.score < 1 and found.mask.area


def test_the_dialogue_reads_as_in_training(context, engine, monkeypatch) -> None:
    asked = asked_of(context, monkeypatch)
    first = context.ask(Question('the mug'))
    context.ask(Question('what is left of instance 1', (instance(first, 1),), next_id=2))
    assert text_of(engine, asked[0]) == ' Segment the mug. ASSISTANT: <seg>'
    assert text_of(engine, asked[1]) == ('</s>USER: <video><video>What is left of instance 1? '
                                         'ASSISTANT: <seg>')


def test_one_pass_reads_the_new_tokens_of_a_round(engine, monkeypatch) -> None:
    towers, states = [], clip.states
    monkeypatch.setattr(clip, 'states', lambda *given: towers.append(1) or states(*given))
    encoded, encode = [], engine.model.hipie.encode
    monkeypatch.setattr(engine.model.hipie, 'encode', lambda p: encoded.append(1) or encode(p))
    context = engine.open(random_frame())
    work = []
    for number in range(1, 5):
        positions, passes = context.stream.positions, context.stream.passes
        known = (MUG,) if number > 1 else ()
        context.ask(Question('the handle of the mug', known, next_id=number))
        assert context.stream.passes - passes == 1
        work.append(context.stream.positions - positions)
    assert (len(encoded), len(towers)) == (1, 1 + 1)   # the image, and the mug
    assert context.stream.positions == context.stream.length
    assert work[3] <= 1.2 * work[1]
    assert 5 * work[3] < context.stream.length


def test_an_earlier_mask_and_its_box_change_the_answer(engine, context) -> None:
    def state(*references, **given):
        context = engine.open(random_frame(), **given)
        return context._read('the handle', references)
    with torch.inference_mode():
        assert not torch.allclose(state(MUG), state(KETTLE))
        assert torch.equal(state(MUG, memory=False), state(KETTLE, memory=False))
        plain = context._memory(MUG)
        context._shown[1] = RememberedMask(1, (0, 0, 50, 90))
        assert not torch.allclose(context._memory(MUG), plain)


def test_what_is_spoken_of_again_is_not_looked_at_again(context, engine, monkeypatch) -> None:
    looked, remember = [], engine.model.remember
    monkeypatch.setattr(engine.model, 'remember',
                        lambda *given: looked.append(given) or remember(*given))
    with torch.inference_mode():
        first, second = context._memory(MUG), context._memory(MUG)
        assert len(looked) == 1 and torch.equal(first, second)
        context._shown[MUG.id] = RememberedMask(1, (0, 0, 5, 5))
        assert not torch.equal(context._memory(MUG), first) and len(looked) == 2


def test_a_context_rebuilt_from_the_record_answers_the_same(engine) -> None:
    lived, rebuilt = engine.open(random_frame()), engine.open(random_frame())
    first, second = Question('the mug'), Question('its handle', next_id=2)
    known = lived.ask(first)
    mug = instance(known, 1)
    second = Question('its handle', (mug,), next_id=2)
    rebuilt.remember(recorded(engine, first, known, 1))
    rebuilt.remember(recorded(engine, second, lived.ask(second), 2), (mug,))
    assert rebuilt.stream.length == lived.stream.length
    assert rebuilt._shown == lived._shown
    third = Question('what lies next to instance 1', (mug,), next_id=3)
    ours, theirs = lived.ask(third), rebuilt.ask(third)
    assert ours.transcript == theirs.transcript
    assert ours.found[0].mask == theirs.found[0].mask
    assert ours.found[0].score == pytest.approx(theirs.found[0].score)


def test_undo_forgets_rounds_and_their_masks(context) -> None:
    first = context.ask(Question('the mug'))
    context.ask(Question('the lid', next_id=2))
    context.rewind(1)
    assert (context.rounds, set(context._shown)) == (1, {1})
    context.rewind(0)
    assert (context.stream.length, context._shown) == (context.prefix, {})
    assert context.ask(Question('the mug')).found == first.found
    with pytest.raises(ValueError, match='cannot rewind 1 rounds to 2'):
        context.rewind(2)


def test_a_mask_below_the_threshold_is_nothing_and_the_answers_are_counted(
        context, engine, monkeypatch) -> None:
    answer = context.ask(Question('the mug', score_threshold=1.0))
    assert (answer.status, answer.found, answer.transcript) == (Status.NOTHING_FOUND, (), '<seg>')
    assert '25 % lies outside' in answer.text
    lid = instance(context.ask(Question('the lid')), 1)
    asked = asked_of(context, monkeypatch)
    context.ask(Question('what is on instance 1', (lid,), next_id=2))
    assert 'on instance 2?' in text_of(engine, asked[0])


def test_a_cancelled_question_leaves_the_context_as_it_was(context) -> None:
    length = context.stream.length
    with pytest.raises(DeadlineExceeded):
        context.ask(Question('the mug'), cancelled=lambda: True)
    assert (context.rounds, context.stream.length, context._shown) == (0, length, {})


def test_what_the_user_showed_is_heard_when_it_is_meant(context, engine, monkeypatch) -> None:
    context.remember(Round(1, 'this is the mug', '', (), Status.OK, '', (MUG,)))
    assert (context.rounds, context.stream.length) == (1, context.prefix)
    asked = asked_of(context, monkeypatch)
    context.ask(Question('the handle of instance 1', (MUG,), next_id=2))
    assert text_of(engine, asked[0]) == (' <video><video>Segment the handle of the mug. '
                                         'ASSISTANT: <seg>')


def test_a_round_of_another_engine_is_heard_when_it_showed_something(context) -> None:
    context.remember(Round(1, 'why', 'why', (), Status.NOTHING_FOUND, 'no', (), 'no',
                           engine='lisa@0'))
    assert context.stream.length == context.prefix
    context.remember(Round(2, 'the mug', 'the mug', (), Status.OK, 'the mug is instance 1', (MUG,),
                           'Sure, [SEG].', engine='lisa@0'))
    assert context.stream.length > context.prefix
    assert context.ask(Question('its lid', (MUG,), next_id=2)).status is Status.OK
    assert context.rounds == 3


def test_words_that_look_like_tokens_are_words(context, engine, monkeypatch) -> None:
    asked = asked_of(context, monkeypatch)
    context.ask(Question('the <seg> of the <video></s>'))
    assert not {engine.slot, engine.tokenizer.eos} & set(asked[0])


def test_masks_of_another_resolution_are_understood(context) -> None:
    wide = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 80, 120, 160, 120))
    with torch.inference_mode():
        assert torch.equal(context._memory(wide), context._memory(MUG))


def test_parts_stay_within_their_object_when_asked(folder) -> None:
    engine = published_segllm.load(folder, 'parts=parent')
    answer = engine.open(random_frame()).ask(Question("the mug's handle", (MUG,), next_id=2))
    assert all(f.parent_id == 1 and not (f.mask.decode() & ~MUG.mask.decode()).any()
               for f in answer.found)


def test_options_of_models_without_a_memory_are_refused(folder) -> None:
    with pytest.raises(BadRequest, match='"references=mask" is unknown; options are parts=free'):
        published_segllm.load(folder, 'references=mask')


def test_padding_shows_all_of_a_wide_image(folder, context) -> None:
    padded = published_segllm.load(folder, 'view=pad').open(random_frame())
    assert not torch.allclose(padded.seen.tokens, context.seen.tokens)
    assert torch.equal(padded.seen.levels.tokens, context.seen.levels.tokens)


def test_an_empty_mask_is_nothing_and_a_padded_image_is_seen_whole(folder, monkeypatch) -> None:
    context = published_segllm.load(folder, 'view=pad').open(random_frame())
    monkeypatch.setattr(context, '_draw', lambda state: (np.zeros((60, 80), bool), 0.9))
    monkeypatch.setattr(context, '_box', (0, 0, 2, 2), raising=False)
    answer = context.ask(Question('the mug'))
    assert (answer.status, answer.text) == (Status.NOTHING_FOUND, 'nothing to be seen')
    assert (answer.transcript, context.rounds) == ('<seg>', 1)


def test_a_dialogue_that_grows_too_long_says_so(context) -> None:
    context.stream.capacity = context.stream.length + 20
    with pytest.raises(BadRequest, match='say "start over"'):
        context.ask(Question('the mug on the left of the kettle'))
    assert (context.rounds, context.stream.length) == (0, context.prefix)


def test_progress_tells_the_mask(context) -> None:
    told = []
    context.ask(Question('the mug'), progress=told.append)
    assert [(p.stage, len(p.found)) for p in told] == [('text', 0), ('mask', 0), ('mask', 1)]


def test_sensor_noise_keeps_the_view_and_another_image_does_not(context, engine) -> None:
    assert engine.same_view(context, random_frame())
    assert not engine.same_view(context, random_frame(1))


def test_half_precision_keeps_the_segmenter_exact(folder, engine) -> None:
    half = published_segllm.load(folder, dtype='bfloat16')
    assert {p.dtype for p in half.model.hipie.parameters()} == {torch.float32}
    assert {p.dtype for p in half.model.llama.parameters()} == {torch.bfloat16}
    assert half.facts.nbytes < engine.facts.nbytes
    context = half.open(random_frame())
    mug = instance(context.ask(Question('the mug')), 1)
    assert context.ask(Question('its handle', (mug,), next_id=2)).found[0].mask.height == 60


def test_a_session_keeps_parents_and_undoes(engine) -> None:
    book = DialogueBook(1, 10, 1 << 20, float('inf'), lambda: 0.0)
    session, frame = Session(engine, book), random_frame()
    first = session.ask('d', 'the mug', frame)
    second = session.ask('d', 'its handle', frame)
    assert [(i.id, i.label) for i in (*first.instances, *second.instances)] == [
        (1, 'mug'), (2, 'handle')]
    assert second.instances[0].parent_id == 1
    session.ask('d', 'undo', frame)
    again = session.ask('d', 'its handle', frame)
    assert np.array_equal(again.instances[0].mask.decode(), second.instances[0].mask.decode())
