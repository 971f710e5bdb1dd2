# SPDX-License-Identifier: Apache-2.0
"""Engines for public models draw the masks of an answer that a question brings, in one pass."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import benchmark_files, published, published_llmseg, published_segllm

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import DeadlineExceeded, Status
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public import llmseg
from reasonseg_ros.evaluation import jobs
from reasonseg_ros.evaluation.records import load

ENGINES = ('lisa', 'm2sa', 'llmseg', 'segllm')
MESSAGE = 'What is the mug in this image? Please output segmentation mask.'
BOTH = 'the mug is [SEG] and the kettle is [SEG].'
NONE = 'nothing like that is here.'
# The one answer that a model gives freely; that of lisa and m2sa is chosen here.
FREE = {'lisa': 'Sure, [SEG].', 'm2sa': BOTH, 'llmseg': llmseg.ANSWER, 'segllm': '[SEG]'}
LEFT, RIGHT = (0, 0, 32, 60), (48, 0, 80, 60)


@pytest.fixture(scope='module')
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp('engines')


def made(name: str, folder: Path, monkeypatch):
    """An engine; lisa and m2sa say freely what FREE has, llmseg knows two regions."""
    if name == 'segllm':
        return published_segllm.load(folder)
    if name == 'llmseg':
        engine = published_llmseg.load(folder, 'select=iou')
        published_llmseg.regions(monkeypatch, engine, LEFT, RIGHT)
        return engine
    engine = published.load(folder, name)
    published.scripted(monkeypatch, engine, *[FREE[name]] * 4)
    return engine


@pytest.fixture(params=ENGINES)
def engine(request, folder, monkeypatch):
    return made(request.param, folder, monkeypatch)


def test_the_words_of_a_free_answer_bring_the_same_masks(engine) -> None:
    free, forced = (engine.open(published.random_frame()) for _ in range(2))
    theirs = free.ask(Question('the mug', next_id=3))
    ours = forced.ask(Question('the mug', next_id=3, answer=FREE[engine.name]))
    assert theirs.found and [f.mask for f in ours.found] == [f.mask for f in theirs.found]
    assert [f.score for f in ours.found] == pytest.approx([f.score for f in theirs.found], 1e-4)
    assert (ours.transcript, ours.text) == (theirs.transcript, theirs.text)
    assert forced.stream.length == free.stream.length


def test_request_and_answer_are_read_in_one_pass(engine) -> None:
    context = engine.open(published.random_frame())
    for number in (1, 3):
        passes, positions = context.stream.passes, context.stream.positions
        held = context.stream.length
        context.ask(Question('the mug', next_id=number, answer=BOTH))
        assert context.stream.passes == passes + 1
        assert context.stream.positions - positions == context.stream.length - held


def test_every_seg_brings_one_mask_good_or_bad(engine, monkeypatch) -> None:
    assert engine.facts.takes_answers
    context = engine.open(published.random_frame())
    answer = context.ask(Question('the mug', score_threshold=1.0, next_id=4, answer=BOTH))
    assert (answer.status, len(answer.found)) == (Status.OK, 2)
    assert 'instance 4' in answer.text and 'instance 5' in answer.text
    draw = context._draw
    monkeypatch.setattr(context, '_draw', lambda state: (0 * draw(state)[0], 0.0))
    empty = context.ask(Question('the mug', next_id=6, answer=BOTH))
    assert [f.mask.area for f in empty.found] == [0, 0]
    worst = Instance(6, 0, 2, 'mug', 0.0, empty.found[0].mask)
    assert context.ask(Question('its lid', (worst,), next_id=8, answer=BOTH)).found


def test_states_that_predict_a_seg_are_those_of_the_words_before_it(engine, monkeypatch) -> None:
    drawn: list[torch.Tensor] = []
    context = engine.open(published.random_frame())
    draw = context._draw
    monkeypatch.setattr(context, '_draw', lambda state: drawn.append(state) or draw(state))
    for words in (BOTH, BOTH.replace('kettle', 'lid')):
        context.ask(Question('the mug', answer=words))
        context.rewind(0)
    first, second, again, other = drawn
    assert torch.allclose(first, again, atol=1e-5)
    assert not torch.allclose(second, other, atol=1e-3)


def test_words_without_a_seg_are_nothing_found(engine) -> None:
    context = engine.open(published.random_frame(0, 60, 60))
    answer = context.ask(Question('the mug', answer=NONE))
    assert (answer.status, answer.found) == (Status.NOTHING_FOUND, ())
    assert answer.transcript == NONE and answer.text.startswith(NONE)


def test_a_context_rebuilt_after_a_given_answer_goes_on_alike(engine) -> None:
    lived, rebuilt = (engine.open(published.random_frame()) for _ in range(2))
    answer = lived.ask(Question('the mug', answer=BOTH))
    shown = tuple(Instance(1 + k, f.parent_id, 1, f.label, f.score, f.mask)
                  for k, f in enumerate(answer.found))
    rebuilt.remember(Round(1, 'the mug', 'the mug', (), answer.status, answer.text, shown,
                           answer.transcript, engine=engine.facts.provenance))
    assert rebuilt.stream.length == lived.stream.length
    question = Question('its handle', shown[:1], next_id=3, answer=FREE[engine.name])
    ours, theirs = lived.ask(question), rebuilt.ask(question)
    assert [f.mask for f in ours.found] == [f.mask for f in theirs.found]


def test_a_given_answer_can_be_cancelled(engine) -> None:
    context, polls = engine.open(published.random_frame()), iter([False] * 2 + [True] * 40)
    length = context.stream.length
    with pytest.raises(DeadlineExceeded):
        context.ask(Question('the mug', answer=f'{BOTH} {BOTH}'), lambda: next(polls))
    assert (context.rounds, context.stream.length) == (0, length)


def test_a_message_to_the_letter_is_fed_and_remembered_as_it_is(engine) -> None:
    context, again = (engine.open(published.random_frame()) for _ in range(2))
    asked = Question(MESSAGE, answer='[SEG]', verbatim=True)
    answer = context.ask(asked)
    said = [] if engine.name == 'segllm' else engine.tokenizer.encode('[SEG]')
    fed = [*engine.request(MESSAGE, first=True), *said]
    assert context.stream.length - context.prefix == len(fed)
    made = Round(1, MESSAGE, MESSAGE, (), answer.status, answer.text, (), '[SEG]')
    if engine.name != 'segllm':     # it hears nothing of an answer without a mask
        again.remember(made, verbatim=True)
        assert again.stream.length == context.stream.length
        again.rewind(0)
    shown = Instance(1, 0, 1, 'mug', 1.0, answer.found[0].mask)
    words = '<seg>' if engine.name == 'segllm' else '[SEG]'
    again.remember(replace(made, instances=(shown,), transcript=words), verbatim=True)
    assert again.stream.length == context.stream.length
    again.rewind(0)
    again.remember(made)    # worded by the engine, if it hears it at all
    assert again.stream.length != context.stream.length


@pytest.mark.parametrize(('name', 'benchmark', 'wanted', 'options'), [
    ('lisa', 'reasonseg', 1, ()), ('m2sa', 'mmr', 2, ()), ('llmseg', 'llmseg40k', 1, ()),
    ('segllm', 'mr-refcoco', 1, ('--frame', 'native')),
    ('segllm', 'mr-refcoco', 1, ('--frame', 'native', '--history', 'truth'))])
def test_benchmarks_are_run_as_in_their_papers(
        name, benchmark, wanted, options, folder, tmp_path, monkeypatch) -> None:
    engine = made(name, folder, monkeypatch)
    monkeypatch.setattr(jobs, 'load', lambda *_: engine)
    data = benchmark_files.write_all(tmp_path / 'data')
    assert cli.main(['eval', benchmark, '--preset', 'paper', '--data', str(data), '--engine', name,
                     '--pictures', '0', '--out', str(tmp_path / 'out'), *options]) == 0
    run = load(tmp_path / 'out/results.json')
    assert run.protocol.answers == 'forced'
    assert {r.status for r in run.rounds} == {'OK'}
    assert len([t for t in run.rounds[0].targets if t.wanted]) == wanted
