# SPDX-License-Identifier: Apache-2.0
"""A device that runs out of memory: what was held is freed, and the next request is served."""

import weakref

import pytest
import torch
from support import tiny

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.errors import OutOfMemory, Status
from reasonseg_ros.engines import devices
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.session import Session

ENGINES = ('tabletop', 'lisa', 'm2sa', 'llmseg', 'segllm')
ASKED = 'the mug', 'its handle'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('engines')


@pytest.fixture(params=ENGINES)
def engine(request, folder, monkeypatch):
    """Each engine, on the CPU; the embedded one is a small one with random weights."""
    name = request.param
    if name == 'tabletop':
        return tiny.engine(33)
    pytest.importorskip('transformers')
    pytest.importorskip('sentencepiece')
    from support import published, published_llmseg, published_segllm
    if name == 'segllm':
        return published_segllm.load(folder)
    if name == 'llmseg':
        made = published_llmseg.load(folder, 'select=iou')
        published_llmseg.regions(monkeypatch, made, (0, 0, 32, 60), (40, 0, 60, 40))
        return made
    made = published.load(folder, name)
    published.scripted(monkeypatch, made, *['the mug is [SEG].'] * 5)
    return made


@pytest.fixture
def emptied(monkeypatch) -> list[int]:
    """List that grows when the CUDA device gets its memory back."""
    calls: list[int] = []
    monkeypatch.setattr(torch.cuda, 'empty_cache', lambda: calls.append(1))
    return calls


def last_layer(engine) -> torch.nn.Module:
    """Of the language model: by then the others have their keys in the cache."""
    model = engine.model
    return model.transformer.blocks[-1] if hasattr(model, 'transformer') \
        else model.llama.model.layers[-1].mlp


def failing(monkeypatch, module: torch.nn.Module, error: Exception) -> None:
    """Make a module fail, the newest tensors in the hands of the calls that fail."""
    def forward(*given, **named):
        raise error
    monkeypatch.setattr(module, 'forward', forward)


def frame():
    from support.published import random_frame
    return random_frame()


def session(engine) -> Session:
    return Session(engine, DialogueBook(3, 10, 1 << 20, float('inf'), lambda: 0.0))


def test_a_session_frees_its_contexts_and_serves_the_next_request(
        engine, emptied, monkeypatch) -> None:
    served, seen = session(engine), frame()
    served.ask('d', ASKED[0], seen)
    [held] = served._caches._kept.values()
    context, undisturbed = weakref.ref(held.context), session(engine)
    del held
    with monkeypatch.context() as patch:
        failing(patch, last_layer(engine), torch.OutOfMemoryError('CUDA out of memory.'))
        with pytest.raises(OutOfMemory, match='memory in round 2; close other') as caught:
            served.ask('d', ASKED[1], seen)
        assert caught.value.status is Status.OUT_OF_MEMORY
        assert not served._caches and context() is None and emptied
    reply = served.ask('d', ASKED[1], seen)
    undisturbed.ask('d', ASKED[0], seen)
    expected = undisturbed.ask('d', ASKED[1], seen)
    assert reply.round == 2
    assert (reply.status, reply.answer) == (expected.status, expected.answer)
    assert [i.mask for i in reply.instances] == [i.mask for i in expected.instances]


def test_a_context_is_as_it_was_before_the_round_that_failed(engine, monkeypatch) -> None:
    context = engine.open(frame())
    context.ask(Question(ASKED[0]))
    cache = context.cache if hasattr(context, 'cache') else context.stream
    length = cache.length
    with monkeypatch.context() as patch:
        failing(patch, last_layer(engine), torch.OutOfMemoryError('CUDA out of memory.'))
        with pytest.raises(OutOfMemory):
            context.ask(Question('the handle', next_id=2))
    assert (context.rounds, cache.length) == (1, length)
    context.rewind(0)
    assert context.ask(Question(ASKED[0])).transcript


def test_an_image_that_does_not_fit_is_told(engine, emptied, monkeypatch) -> None:
    served = session(engine)
    with monkeypatch.context() as patch:
        failing(patch, last_layer(engine), torch.OutOfMemoryError('CUDA out of memory.'))
        with pytest.raises(OutOfMemory, match='out of memory while encoding the image'):
            served.ask('d', ASKED[0], frame())
    assert emptied and served.ask('d', ASKED[0], frame()).round == 1


@pytest.mark.parametrize('text', [
    'CUDA error: out of memory', 'CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate',
    "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"])
def test_libraries_below_torch_run_out_in_words_of_their_own(text: str, emptied) -> None:
    with pytest.raises(OutOfMemory, match='out of memory in a test'):
        with devices.memory_errors('in a test'):
            raise RuntimeError(text)
    assert emptied


def test_other_errors_stay_what_they_are(emptied) -> None:
    with pytest.raises(RuntimeError, match='shapes'):
        with devices.memory_errors('in a test'):
            raise RuntimeError('shapes do not fit')
    assert not emptied


def test_what_the_failed_work_had_computed_is_let_go(emptied) -> None:
    kept: list[weakref.ref] = []

    def work() -> None:
        large = torch.zeros(10)
        kept.append(weakref.ref(large))
        raise torch.OutOfMemoryError('CUDA out of memory.')
    with pytest.raises(OutOfMemory) as caught:
        with devices.memory_errors('in a test'):
            work()
    assert kept[0]() is None and caught.value
