# SPDX-License-Identifier: Apache-2.0
"""The model that the package carries: small, described, true to its word after a restart.

How good it is on a fixed slice is held by the gate (`test/cli/verb/test_eval.py`).
"""

import pytest

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.errors import ReasonSegError, Status
from reasonseg_ros.engines.registry import embedded_checkpoint, load
from reasonseg_ros.engines.session import Session
from reasonseg_ros.engines.weights import embedded

SCENES = range(500, 508)


@pytest.fixture(scope='module')
def views():
    try:
        from reasonseg_ros.sim.rendering.renderer import camera_renderer
        from reasonseg_ros.sim.world.scene import sample_scene
        renderer = camera_renderer(320, 240)
    except (ImportError, ReasonSegError) as error:
        pytest.skip(str(error))
    with renderer:
        return [renderer.render(sample_scene('test', seed)) for seed in SCENES]


@pytest.fixture(scope='module')
def engine():
    return load('tabletop')


def session(engine) -> Session:
    book = DialogueBook(max_dialogues=2, max_rounds=64, max_bytes=1 << 26, ttl=float('inf'),
                        clock=lambda: 0.0)
    return Session(engine, book)


def test_it_is_small_and_its_card_tells_how_it_was_made(engine) -> None:
    path = embedded_checkpoint('tabletop')
    assert path.stat().st_size <= 40_000_000
    assert engine.facts.parameters <= 12_000_000
    card = embedded.read(path, 'tabletop').card
    assert {'stages', 'val', 'curve', 'torch'} <= set(card)


def test_a_restarted_session_goes_on_with_the_same_answers(engine, views) -> None:
    frame, truth = Frame(views[0].rgb), views[0].truth
    noun = truth.objects[0].category
    sentences = (f'the {truth.objects[0].colour} {noun}', f'all the {noun}s', 'the other one',
                 'the thing to the left of instance 1')
    whole, parts = session(engine), session(engine)
    for sentence in sentences:
        first = whole.ask('', sentence, frame)
        parts._caches.clear()
        second = parts.ask('', sentence, frame)
        assert (first.status, first.answer) == (second.status, second.answer)
        assert all(a.mask.iou(b.mask) > 0.999
                   for a, b in zip(first.instances, second.instances, strict=True))


def test_what_is_not_there_is_refused_in_a_sentence(engine, views) -> None:
    served = session(engine)
    truth = views[0].truth
    present = {thing.category for thing in truth.objects}
    missing = [noun for noun in ('banana', 'hammer', 'teapot', 'camera') if noun not in present]
    replies = [served.ask('', f'the {noun}', Frame(views[0].rgb)) for noun in missing]
    refused = [r for r in replies if r.status is Status.NOTHING_FOUND]
    assert len(refused) >= len(missing) - 1
    assert all(r.answer.startswith('i see no') for r in refused)


def test_a_refusal_says_what_is_there_instead(engine, views) -> None:
    right = named = present = 0
    for view in views:
        there = {thing.category for thing in view.truth.objects}
        missing = next(n for n in ('banana', 'hammer', 'teapot', 'camera') if n not in there)
        reply = session(engine).ask('', f'the {missing}', Frame(view.rgb))
        if reply.status is Status.NOTHING_FOUND:
            said = reply.answer.partition('; i see ')[2].replace(',', '').split()
            words = set(said) - {'a', 'an', 'and'}
            right, named = right + len(words & there), named + len(words)
            present += len(there)
    assert right >= 0.9 * named
    assert right >= 0.8 * present > 0
