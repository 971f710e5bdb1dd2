# SPDX-License-Identifier: Apache-2.0
"""Engine `llmseg` chooses among regions that are found once, and converses in words."""

import numpy as np
import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published, published_llmseg
from support.fakes import rectangle

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import BadRequest, Status
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public import llmseg
from reasonseg_ros.engines.session import Session
from reasonseg_ros.engines.weights.convert_llmseg import convert

LEFT, MIDDLE, RIGHT = (0, 0, 32, 60), (40, 0, 60, 40), (64, 16, 80, 32)     # the largest first


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('engines')


@pytest.fixture(scope='module')
def engine(folder):
    return published_llmseg.load(folder)


def box(found) -> tuple[float, ...]:
    return found.mask.box


def test_the_mask_is_made_of_the_regions_that_are_chosen(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine, RIGHT, LEFT, MIDDLE)
    published_llmseg.judgements(monkeypatch, engine, [0.9, 0.1, 0.2], [0.2, 0.8, 0.6])
    answer = engine.open(published.random_frame()).ask(Question('the red mug', next_id=3))
    [mug] = answer.found
    assert (answer.status, mug.label, mug.mask.width) == (Status.OK, 'mug', 80)
    assert box(mug) == pytest.approx((40, 0, 80, 40), abs=1)
    assert mug.score == pytest.approx((0.8 * 800 + 0.6 * 256) / 1056, abs=0.01)
    assert answer.text == 'the mug is instance 3.'
    assert answer.transcript == '[SEG].'


def test_regions_are_found_once_and_a_round_is_two_passes(engine, monkeypatch) -> None:
    asked = published_llmseg.regions(monkeypatch, engine, LEFT, RIGHT)
    context = engine.open(published.random_frame())
    for text in ('the mug', 'its lid', 'the kettle'):
        held, passes = context.stream.positions, context.stream.passes
        request = context._request(text, ())
        context.ask(Question(text))
        assert context.stream.passes == passes + 2
        assert context.stream.positions == held + len(request) + len(
            engine.tokenizer.encode(llmseg.ANSWER)) + 1
    assert (asked, context.rounds) == ([1], 3)


def test_the_state_that_is_judged_is_that_of_the_prompt_alone(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine, LEFT)
    judged, judge = [], engine.model.judge
    monkeypatch.setattr(engine.model, 'judge', lambda described, state: judged.append(state)
                        or judge(described, state))
    context = engine.open(published.random_frame())
    context.ask(Question('the mug'))
    again = engine.open(published.random_frame())
    prompt = engine.request('What is the mug in this image? Please output segmentation mask.',
                            first=True)
    with torch.inference_mode():
        assert torch.allclose(judged[0], again.stream.feed(prompt)[-1], atol=1e-6)


@pytest.mark.parametrize(('rule', 'chosen'), [
    (llmseg.IOP, [0, 3, 6]), (llmseg.IOU, [4]), (llmseg.EITHER, [0, 3, 4, 6]),
    (llmseg.SIMILAR_IOP, [0, 3])])
def test_rules_choose_as_the_paper_says(rule, chosen) -> None:
    similarity = torch.tensor([0.5, 0.6, 0.7, 0.8, 0.9, -0.1, 0.1])
    iop = torch.tensor([0.6, 0.5, 0.1, 0.9, 0.3, 0.2, 0.7])    # 0.5 is not above the threshold
    assert llmseg.choose(rule, similarity, iop).nonzero()[:, 0].tolist() == chosen
    assert llmseg.choose(rule, similarity[:1], iop[:1]).tolist() == [True]


def test_a_rule_is_an_option_of_this_engine_only(folder, monkeypatch) -> None:
    engine = published_llmseg.load(folder, 'select=iou view=pad')
    published_llmseg.regions(monkeypatch, engine, LEFT, MIDDLE)
    published_llmseg.judgements(monkeypatch, engine, [0.1, 0.2], [0.9, 0.3])
    [mug] = engine.open(published.random_frame()).ask(Question('the mug')).found
    assert box(mug) == pytest.approx(MIDDLE, abs=1)
    with pytest.raises(BadRequest, match='"select" is "best"; choose one of iop, iou, either'):
        published_llmseg.load(folder, 'select=best')
    with pytest.raises(BadRequest, match='"select=iou" is unknown'):
        published.load(folder, 'lisa', 'select=iou')


def test_an_image_without_regions_finds_nothing_and_says_so(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine)
    context = engine.open(published.random_frame(0, 60, 60))
    answer = context.ask(Question('the mug'))
    assert (answer.status, answer.found) == (Status.NOTHING_FOUND, ())
    assert answer.text == 'nothing to be seen. (SAM finds no region in this image)'
    assert context.ask(Question('the kettle')).status is Status.NOTHING_FOUND


def test_sam_itself_may_find_no_region(folder) -> None:
    engine = published_llmseg.load(folder, 'clicks=8')
    context = engine.open(published.random_frame())      # at random, SAM trusts none of its masks
    assert context.seen.masks.shape == (0, 60, 80)
    assert context.seen.described.shape == (0, published_llmseg.DIM)


def test_sam_itself_proposes_regions_of_which_the_mask_is_made(tmp_path) -> None:
    source = published_llmseg.publish(tmp_path / 'published', published_llmseg.weights(eager=True))
    made = convert(source, tmp_path / 'made').path
    engine = registry.load('llmseg', str(made), 'cpu', 'float32', 'clicks=8')
    context = engine.open(published.random_frame())
    areas = context.seen.masks.sum((1, 2)).tolist()
    assert 1 <= len(areas) <= llmseg.MOST and areas == sorted(areas, reverse=True)
    [found] = context.ask(Question('the mug')).found
    assert np.array_equal(found.mask.decode(), context.seen.masks.any(0).numpy())


def test_no_region_that_fits_is_said_without_blaming_sam(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine, LEFT)
    published_llmseg.judgements(monkeypatch, engine, [0.9], [0.4])
    answer = engine.open(published.random_frame(0, 60, 60)).ask(Question('the mug'))
    assert (answer.status, answer.text) == (Status.NOTHING_FOUND, 'nothing to be seen.')


@pytest.mark.parametrize(('options', 'told'), [('', True), ('view=pad', False)])
def test_what_the_model_could_not_see_of_a_wide_image_is_told(
        folder, monkeypatch, options, told) -> None:
    engine = published_llmseg.load(folder, options)
    published_llmseg.regions(monkeypatch, engine)
    answer = engine.open(published.random_frame()).ask(Question('the mug'))
    assert answer.text.startswith('nothing to be seen. (SAM finds no region in this image)')
    assert ('25 % lies outside' in answer.text) == told


def test_without_regions_a_given_answer_has_empty_masks(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine)
    answer = engine.open(published.random_frame()).ask(Question('the mug', answer='[SEG], [SEG].'))
    assert (answer.status, [f.mask.area for f in answer.found]) == (Status.OK, [0, 0])
    assert answer.found[0].mask.width == 80


def test_parts_stay_within_their_object_when_asked(folder, monkeypatch) -> None:
    mug = Instance(1, 0, 1, 'mug', 0.9, rectangle(0, 0, 16, 60, 80, 60))
    for options, right in (('parts=free', 32), ('parts=parent', 16)):
        engine = published_llmseg.load(folder, options)
        published_llmseg.regions(monkeypatch, engine, LEFT)
        published_llmseg.judgements(monkeypatch, engine, [0.9], [0.9])
        context = engine.open(published.random_frame())
        [handle] = context.ask(Question("the mug's handle", (mug,), next_id=2)).found
        assert (handle.label, handle.parent_id, handle.mask.box[2]) == ('handle', 1, right)


def test_a_context_rebuilt_from_the_record_answers_the_same(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine, LEFT, MIDDLE, RIGHT)
    context = engine.open(published.random_frame())
    answer = context.ask(Question('the mug'))
    record = Round(1, 'the mug', 'the mug', (), answer.status, answer.text, (),
                   answer.transcript, engine=engine.facts.provenance)
    again = engine.open(published.random_frame())
    again.remember(record)
    assert again.stream.length == context.stream.length
    first, second = (c.ask(Question('its handle')) for c in (context, again))
    assert [f.mask for f in first.found] == [f.mask for f in second.found]


def test_a_session_refers_to_earlier_results_and_undoes(engine, monkeypatch) -> None:
    published_llmseg.regions(monkeypatch, engine, LEFT, MIDDLE)
    published_llmseg.judgements(monkeypatch, engine, [0.9, 0.2], [0.9, 0.2])
    session = Session(engine, DialogueBook(1, 10, 1 << 20, float('inf'), lambda: 0.0))
    frame = published.random_frame()
    session.ask('d', 'the mug', frame)
    second = session.ask('d', 'its handle', frame)
    assert [(i.id, i.label) for i in second.instances] == [(2, 'handle')]
    assert second.references == (1,)
    session.ask('d', 'undo', frame)
    assert session.ask('d', 'the lid of instance 1', frame).round == 2


def test_large_images_are_searched_at_1024_pixels_and_masks_are_as_large_as_they(
        engine, monkeypatch) -> None:
    assert llmseg.reduce_image(np.zeros((700, 1500, 3), np.uint8)).shape == (477, 1024, 3)
    small = np.zeros((60, 80, 3), np.uint8)
    assert llmseg.reduce_image(small) is small
    published_llmseg.regions(monkeypatch, engine, (0, 0, 512, 480))
    published_llmseg.judgements(monkeypatch, engine, [0.9], [0.9])
    frame = published.random_frame(0, 1200, 2000)
    [half] = engine.open(frame).ask(Question('the mug')).found
    assert (half.mask.height, half.mask.width) == (1200, 2000)
    assert box(half) == pytest.approx((0, 0, 1000, 937), abs=10)


def test_in_half_precision_clicks_and_heads_stay_exact(folder, monkeypatch) -> None:
    whole, half = (published_llmseg.load(folder, dtype=d) for d in ('float32', 'bfloat16'))
    types = {name: p.dtype for name, p in half.model.named_parameters()}
    assert types['llama.lm_head.weight'] == types['sam.vision_encoder.pos_embed'] \
        == torch.bfloat16
    assert types['sam.prompt_encoder.no_mask_embed.weight'] == types['iop_head.0.weight'] \
        == torch.float32
    assert whole.facts.nbytes > half.facts.nbytes > whole.facts.nbytes / 2
    published_llmseg.regions(monkeypatch, half, LEFT)
    context = half.open(published.random_frame())
    assert context.seen.described.dtype == torch.float32
    context.ask(Question('the mug'))


def test_it_is_told_among_the_engines(tmp_path) -> None:
    with pytest.raises(BadRequest, match='one of: tabletop, household, grounded, lisa, m2sa'):
        registry.load('sam')
    with pytest.raises(BadRequest, match='convert one with "reasonseg convert llmseg"'):
        registry.load('llmseg')
