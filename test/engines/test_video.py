# SPDX-License-Identifier: Apache-2.0
"""Things followed through images, by a tiny random model of the real class: ids and bounds."""

from dataclasses import replace

import numpy as np
import pytest
from support import tiny_transformers
from support.fakes import FakeEngine
from support.solid_views import BALL, BOX, MUG, frame, pose

from reasonseg_ros.core.dialogue.book import DialogueBook
from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.dialogue.store import Store
from reasonseg_ros.core.errors import BadCheckpoint, BadRequest
from reasonseg_ros.engines.registry import load_tracker
from reasonseg_ros.engines.session import Session
from reasonseg_ros.engines.video import SHOWN, VideoTracker

SIZE = (60, 80)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tiny_transformers.sam2_video(tmp_path_factory.mktemp('sam2_video'))


@pytest.fixture(scope='module')
def tracker(folder) -> VideoTracker:
    made = load_tracker('sam2', str(folder), 'cpu', 'float32')
    assert made is not None
    return made


def image(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (*SIZE, 3), np.uint8)


def block(x: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[10:30, x:x + 30] = True
    return mask


def test_what_is_shown_is_what_is_said_of_its_image(tracker):
    session = tracker.begin()
    assert session.follow(image(0)) == {} and session.ids == ()
    found = session.follow(image(0), {3: block(20), 5: block(45)})
    assert set(found) == {3, 5} == set(session.ids)
    for number, x in ((3, 20), (5, 45)):
        mask = found[number]
        assert mask.shape == SIZE
        assert (mask & block(x)).sum() > 0.9 * (mask | block(x)).sum()


def test_memory_does_not_grow_with_the_stream(tracker):
    session, sizes = tracker.begin(), []
    for k in range(14):
        session.follow(image(k), {3: block(20)} if k % 2 == 0 else {})
        sizes.append(session.nbytes)
    assert len(set(sizes[-4:])) <= 2 and max(sizes[-4:]) <= max(sizes[:10])
    inner = session._session
    assert not inner.processed_frames and inner.cache.get_vision_features(13) is not None
    assert len(inner.cache._vision_features) == 1
    told = inner.output_dict_per_obj[0]['cond_frame_outputs']
    assert len(told) <= SHOWN and min(told) == 0, 'the first image in which it was shown stays'


def test_a_thing_may_be_shown_later(tracker):
    session = tracker.begin()
    session.follow(image(0), {3: block(20)})
    session.follow(image(1))
    assert 7 in session.follow(image(2), {7: block(45)}) and session.ids == (3, 7)


def test_what_cannot_be_loaded_is_refused_in_one_sentence(tmp_path):
    assert load_tracker('none', '') is None
    with pytest.raises(BadRequest, match='needs weights'):
        load_tracker('sam2', '')
    with pytest.raises(BadRequest, match='"dino" is unknown'):
        load_tracker('dino', str(tmp_path))
    tiny_transformers.sam2(tmp_path)
    with pytest.raises(BadCheckpoint, match='type "sam2", expected one of sam2_video'):
        load_tracker('sam2', str(tmp_path), 'cpu')


class Oracle:
    """A tracker whose sessions say what they are told to; `log` holds what they were shown."""

    kind = 'oracle'

    def __init__(self) -> None:
        self.log: list[dict[int, int]] = []
        self.now: dict[int, np.ndarray] = {}

    def begin(self):
        oracle = self

        class Told:
            ids: tuple[int, ...] = ()

            def follow(self, rgb, shown=None):
                oracle.log.append({n: int(mask.sum()) for n, mask in (shown or {}).items()})
                self.ids = (*dict.fromkeys((*self.ids, *(shown or {}))),)
                return {n: mask for n, mask in oracle.now.items() if n in self.ids}
        return Told()


COLOURS = {'red': (MUG, (255, 0, 0)), 'green': (BALL, (0, 255, 0)), 'blue': (BOX, (0, 0, 255))}


def scene(where, stamp, *colours, bare=True):
    """A frame, without depth and pose where it is bare, and the masks of its things."""
    shown, masks = frame([COLOURS[c][0] for c in colours], where, stamp=stamp * 10 ** 9)
    for colour, mask in zip(colours, masks):
        shown.rgb[mask] = COLOURS[colour][1]
    return (replace(shown, depth=None, camera_pose=None) if bare else shown), masks


def session(video, store=None) -> Session:
    return Session(FakeEngine(), DialogueBook(9, 20, 1 << 20, 60.0, lambda: 0.0, store),
                   rules=True, things=True, video=video)


def test_without_depth_a_thing_is_where_it_was_followed_to():
    oracle = Oracle()
    served = session(oracle)
    first, masks = scene(pose(), 1, 'red', 'green', 'blue')
    served.ask('a', 'red and green', first)
    served.settle()
    assert oracle.log == [{1: masks[0].sum(), 2: masks[1].sum()}]
    moved, masks = scene(pose(40), 2, 'red', 'green', 'blue')
    oracle.now = {1: masks[0]}
    told = {s.id: s for s in served.track('a', moved)}
    assert told[1].state is State.VISIBLE and (told[1].mask == masks[0]).all()
    assert 'followed through the images by oracle' in told[1].reason
    assert told[2].state is State.OCCLUDED, 'nobody knows where it went'
    again = served.ask('a', 'number 1', moved).instances[0]
    assert again.state is State.VISIBLE and (again.mask.decode() == masks[0]).all()


def test_what_depth_tells_stands_and_puts_the_tracker_right():
    oracle = Oracle()
    served = session(oracle)
    served.ask('a', 'red and green', scene(pose(), 1, 'red', 'green', 'blue', bare=False)[0])
    there, masks = scene(pose(10), 2, 'green', 'blue', bare=False)
    oracle.now = {1: masks[1], 2: masks[1]}
    told = {s.id: s.state for s in served.track('a', there)}
    assert told == {1: State.LOST, 2: State.VISIBLE}
    served.track('a', scene(pose(20), 3, 'green', 'blue', bare=False)[0])
    assert set(oracle.log[-1]) == {2}, 'it is shown anew where it strayed'


def test_a_fault_of_the_tracker_costs_only_the_tracker(monkeypatch, caplog):
    oracle = Oracle()
    served = session(oracle)
    served.ask('a', 'red and green', scene(pose(), 1, 'red', 'green', 'blue', bare=False)[0])
    served.settle()
    monkeypatch.setattr(oracle, 'now', None)
    for stamp in (2, 3):
        seen = served.track('a', scene(pose(5 * stamp), stamp, 'red', 'green', bare=False)[0])
        assert {s.state for s in seen} == {State.VISIBLE}
    assert caplog.text.count('oracle follows nothing any more') == 1


def test_undo_forgetting_and_a_restart_begin_anew_with_our_masks(tmp_path):
    oracle = Oracle()
    served = session(oracle, Store(tmp_path / 'store.sqlite'))
    first, _ = scene(pose(), 1, 'red', 'green', 'blue', bare=False)
    served.ask('a', 'red and green', first)
    served.ask('a', 'the blue thing', first)
    served.undo('a')
    assert set(oracle.log[-1]) == {1, 2}
    served.forget('a', [1])
    assert set(oracle.log[-1]) == {2}
    served.close()
    after = session(oracle, Store(tmp_path / 'store.sqlite'))
    after.track('a', scene(pose(10), 2, 'red', 'green', 'blue', bare=False)[0])
    assert set(oracle.log[-1]) == {2}
