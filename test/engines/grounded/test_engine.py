# SPDX-License-Identifier: Apache-2.0
"""The engine with a segmenter that finds coloured squares by their names, and with verifiers."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.engines.grounded.engine import GroundedEngine, agreed
from reasonseg_ros.engines.grounded.prompted import (
    PromptedSegmenter,
    Proposal,
    Window,
    colours,
    crop,
)
from reasonseg_ros.engines.grounded.resolver import Reading, RulesResolver
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.session import Session
from reasonseg_ros.evaluation.interview import private_book

# noun -> colours that it has here; of parts, too. A network knows any word: "widget".
LOOKS = {'mug': ((200, 30, 30), (30, 60, 200)), 'widget': ((30, 160, 60),), 'handle': ((90, 0, 0),),
         'laptop': ((120, 30, 160),), 'object': ((200, 30, 30), (30, 60, 200), (30, 160, 60))}


class SquareProposer:
    """Finds squares by colour; counts what it is asked."""

    facts = EngineFacts('squares', 'made-up', 'CC0', 'cpu', 'float32', 0, 0)

    def __init__(self) -> None:
        self.encoded: list[tuple[int, ...]] = []
        self.asked: list[tuple[str, ...]] = []

    def encode(self, frame: Frame) -> np.ndarray:
        self.encoded.append(frame.rgb.shape)
        return frame.rgb

    def inside(self, encoded: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, Window]:
        cut, window = crop(encoded, whole)
        return self.encode(cut), window

    def propose(self, encoded: np.ndarray, nouns: Sequence[str]
                ) -> Mapping[str, Sequence[Proposal]]:
        self.asked.append(tuple(nouns))
        return {noun: [Proposal(mask, 0.9) for colour in LOOKS.get(noun, ())
                       if (mask := (encoded == colour).all(-1)).any()] for noun in nouns}


def frame() -> Frame:
    """Return a red mug with a dark handle, a blue mug right of it, and a green and a purple thing.
    """
    rgb = np.full((96, 160, 3), 128, np.uint8)
    rgb[20:40, 10:30], rgb[25:35, 28:34] = (200, 30, 30), (90, 0, 0)
    rgb[20:40, 60:80], rgb[60:80, 10:30] = (30, 60, 200), (30, 160, 60)
    rgb[60:80, 60:90] = (120, 30, 160)
    depth = np.full((96, 160), 0.8, np.float32)
    return Frame(rgb, depth, CameraModel(160, 96, 120.0, 120.0, 79.5, 47.5))


@pytest.fixture
def proposer() -> SquareProposer:
    return SquareProposer()


@pytest.fixture
def session(proposer) -> Session:
    engine = GroundedEngine(RulesResolver(), PromptedSegmenter(proposer))
    return Session(engine, private_book(32))


def test_a_dialogue_is_decided_by_memory_and_rules(session):
    seen = frame()
    def say(words):
        return session.ask('d', words, seen)
    asked = say('the mug')
    assert (asked.status, len(asked.instances)) == (Status.AMBIGUOUS, 2)
    assert say('the left one').instances[0].mask.box == (10, 20, 30, 40)
    assert say('the other one').instances[0].mask.box == (60, 20, 80, 40)
    assert say('how many mugs are there').answer == 'I see two mugs.'
    assert say('the widget below the red mug').status in (Status.OK, Status.NOTHING_FOUND)
    assert say('the banana').status is Status.NOTHING_FOUND


def test_a_false_premise_is_refused_with_what_is_there(session):
    refused = session.ask('d', 'the red laptop', frame())
    assert (refused.status, refused.answer) == (
        Status.NOTHING_FOUND, 'I see no red laptop; the laptop is purple.')


def test_a_word_that_no_table_has_is_asked_for_as_it_is(session, proposer):
    found = session.ask('d', 'the green widget', frame())
    assert (found.status, [i.label for i in found.instances]) == (Status.OK, ['widget'])
    assert proposer.asked == [('widget',)]


def test_an_image_is_encoded_once_and_phrases_are_asked_for_together(session, proposer):
    seen = frame()
    session.ask('d', 'the red mug and the widget', seen)
    session.ask('d', 'the red mug', seen)
    session.ask('d', 'the laptop', seen)
    assert proposer.encoded == [(96, 160, 3)]
    assert proposer.asked == [('mug', 'widget'), ('laptop',)]


def test_a_part_is_sought_inside_the_crop_of_its_whole_and_clipped_to_it(session, proposer):
    seen = frame()
    whole = session.ask('d', 'the red mug', seen).instances[0]
    # The handle of these squares lies beside the mask, so that nothing of it is left.
    assert session.ask('d', 'its handle', seen).status is Status.NOTHING_FOUND
    assert len(proposer.encoded) == 2 and proposer.encoded[1][0] < 40
    LOOKS['handle'] = ((200, 30, 30),)
    try:
        part = session.ask('e', 'the handle of the red mug', seen)
    finally:
        LOOKS['handle'] = ((90, 0, 0),)
    assert part.status is Status.OK and part.instances[0].label == 'handle'
    assert part.instances[0].mask.covered_by(whole.mask) == 1.0


def test_the_memory_owns_the_masks(session):
    seen = frame()
    first = session.ask('d', 'the red mug', seen).instances[0]
    LOOKS['mug'] = ()
    try:    # the network no longer finds it, the dialogue does
        again = session.ask('d', 'the red mug', seen)
        beside = session.ask('d', 'the laptop', seen)
    finally:
        LOOKS['mug'] = ((200, 30, 30), (30, 60, 200))
    assert (again.status, again.instances[0].mask) == (Status.OK, first.mask)
    assert beside.status is Status.OK


def test_the_same_question_has_one_answer_whatever_was_asked_meanwhile(proposer):
    engine = GroundedEngine(RulesResolver(), PromptedSegmenter(proposer))
    seen = frame()
    used = Session(engine, private_book(32))
    used.ask('d', 'the laptop', seen)
    used.ask('d', 'undo', None)
    fresh = Session(engine, private_book(32))
    one, two = (s.ask('d', 'the mug', seen) for s in (used, fresh))
    assert [i.mask for i in one.instances] == [i.mask for i in two.instances]
    assert one.answer == two.answer


class VerifyingResolver(RulesResolver):
    """Reads by the grammar and accepts the candidates of a list."""

    name = 'verifying'

    def __init__(self, fits: frozenset[int] | None) -> None:
        self.fits, self.shown = fits, []

    def verify(self, phrase, marked, number, calls, cancelled):
        self.shown.append((phrase, marked().shape, number))
        return self.fits


def verified(fits: frozenset[int] | None, threshold: float = 0.5):
    """Ask for a mug with a verifier."""
    resolver = VerifyingResolver(fits)
    engine = GroundedEngine(resolver, PromptedSegmenter(SquareProposer()))
    reply = Session(engine, private_book(8), score_threshold=threshold).ask(
        'd', 'the red mug', frame())
    assert resolver.shown == [('the red mug', (96, 160, 3), 1)]
    return reply


def test_a_verifier_moves_the_score_and_what_it_denies_is_refused():
    plain, more, less = verified(None), verified(frozenset({1})), verified(frozenset())
    assert more.instances[0].score > plain.instances[0].score
    assert (less.status, less.instances) == (Status.NOTHING_FOUND, ())
    assert 'nothing that is surely the mug' in less.answer
    assert agreed(0.5, True) > 0.5 > agreed(0.5, False)


def test_what_a_resolver_says_itself_is_talk_and_leaves_no_round():
    class _Talker(RulesResolver):
        def resolve(self, question, dialogue, frame, cancelled):
            return Reading(understand('hello', dialogue), 'Guten Tag.')
    engine = GroundedEngine(_Talker(), PromptedSegmenter(SquareProposer()))
    session = Session(engine, private_book(8))
    reply = session.ask('d', 'guten tag', frame())
    assert (reply.status, reply.answer, reply.round) == (Status.TALK, 'Guten Tag.', 0)


def test_seconds_tell_the_own_share_from_waiting_for_models(session):
    seconds = session.ask('d', 'the red mug', frame()).seconds
    assert {'vision', 'resolver', 'segmenter', 'text'} <= seconds.keys()


@pytest.mark.parametrize(('rgb', 'word'), [
    ((200, 30, 30), 'red'), ((30, 60, 200), 'blue'), ((30, 160, 60), 'green'),
    ((240, 240, 240), 'white'), ((120, 120, 120), 'grey'), ((20, 20, 20), 'black'),
    ((230, 200, 30), 'yellow'), ((120, 70, 30), 'brown'), ((120, 30, 160), 'purple'),
    ((240, 130, 20), 'orange'), ((240, 120, 180), 'pink')])
def test_a_painted_square_has_its_colour(rgb, word):
    image = np.full((20, 20, 3), rgb, np.uint8)
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    assert colours(image, mask) == {word: 1.0}
