# SPDX-License-Identifier: Apache-2.0
"""Drawn sequences: the same for the same seed, and true in every image."""

import numpy as np
import pytest

pytest.importorskip('reasonseg_ros.sim.rendering.gl')  # it chooses how MuJoCo draws

from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.sim.moving.sequences import Sequence, draw, kept
from reasonseg_ros.sim.moving.steps import (
    AT_REST,
    BACK_FROM,
    GONE_FROM,
    SWAPPED_FROM,
    SequenceStep,
    Viewpoint,
)
from reasonseg_ros.sim.moving.worlds import DIFFERENCES
from reasonseg_ros.sim.world.placement import split_of
from reasonseg_ros.sim.world.scene import sample_scene

SMALL = 160, 120


@pytest.fixture(scope='module')
def sequences() -> dict[str, Sequence]:
    return {event: draw('tabletop', 'test', 5, event, *SMALL)
            for event in ('jump', 'push', 'remove', 'hand-over', 'lookalike')}


def centre(sequence: Sequence, k: int, thing: int) -> np.ndarray:
    """Median [3] of what is seen of a thing, in the world."""
    moment = sequence.moments[k]
    frame, (rows, columns) = moment.frame, np.nonzero(moment.truth.mask(thing))
    points = lift(rows, columns, frame.depth[rows, columns], frame.camera)
    pose = frame.camera_pose
    return np.median(points @ pose[:3, :3].T + pose[:3, 3], axis=0)


def test_the_same_seed_gives_the_same_bytes(sequences):
    again = draw('tabletop', 'test', 5, 'jump', *SMALL)
    for one, other in zip(again.moments, sequences['jump'].moments):
        assert one.frame.rgb.tobytes() == other.frame.rgb.tobytes()
        assert (one.frame.camera_pose == other.frame.camera_pose).all()
        assert one.whole == other.whole


def test_things_stand_still_in_the_world_while_the_camera_moves(sequences):
    jump = sequences['jump']
    degrees, metres = jump.motion(2)
    assert degrees > 30 and metres > 0.5
    assert [m.frame.stamp for m in jump.moments] == [10**9, 12 * 10**8, 14 * 10**8]
    judged = 0
    for thing, _ in enumerate(jump.moments[0].truth.objects):
        if min(jump.moments[k].share(thing) for k in (0, 2)) > 0.9:
            assert np.linalg.norm(centre(jump, 0, thing) - centre(jump, 2, thing)) < 0.04
            judged += 1
    assert judged >= 2


def test_a_pushed_thing_goes_as_far_as_is_said_and_others_stay(sequences):
    push = sequences['push']
    subject = push.plan.subject
    shift = push.moments[-1].step.shifts[subject]
    moved = centre(push, AT_REST, subject) - centre(push, 0, subject)
    assert moved[:2] == pytest.approx((shift.x, shift.y), abs=0.03)
    assert push.moments[AT_REST].step.shifts == push.moments[-1].step.shifts
    assert push.moments[-1].share(subject) > 0.5


def test_a_removed_thing_is_in_no_image_until_it_is_brought_back(sequences):
    removed = sequences['remove']
    subject = removed.plan.subject
    seen = [m.truth.mask(subject).any() for m in removed.moments]
    assert seen == [not GONE_FROM <= k < BACK_FROM for k in range(len(seen))]
    assert [m.gone(subject) for m in removed.moments] == [not one for one in seen]


def test_a_hand_hides_its_thing_and_leaves(sequences):
    hand = sequences['hand-over']
    shares = [m.share(hand.plan.subject) for m in hand.moments]
    assert max(shares[3:8]) < 0.05 and min(shares[:2] + shares[-2:]) > 0.6
    assert min(m.whole[hand.plan.subject] for m in hand.moments) > 0


def test_a_lookalike_takes_the_place_and_differs(sequences):
    swapped = sequences['lookalike']
    subject, twin = swapped.plan.subject, swapped.plan.lookalike
    mine, other = (swapped.moments[0].truth.objects[k] for k in (subject, twin))
    assert (mine.category, mine.colour, mine.size) != (other.category, other.colour, other.size)
    assert mine.category == other.category or mine.colour == other.colour
    for k, moment in enumerate(swapped.moments):
        assert moment.truth.mask(subject).any() == (k < SWAPPED_FROM)
        assert moment.truth.mask(twin).any() == (k >= SWAPPED_FROM)
    gap = centre(swapped, 0, subject) - centre(swapped, SWAPPED_FROM, twin)
    assert np.linalg.norm(gap[:2]) < 0.06


def test_what_is_pushed_stays_in_the_split(sequences):
    push = sequences['push']
    scene = next(found for found in (sample_scene('test', 5 + k * 100_003) for k in range(24))
                 if tuple(i.truth for i in found.items) == push.moments[0].truth.objects)
    items = [(i.category, i.x, i.y) for i in scene.items]
    for thing, shift in push.moments[-1].step.shifts.items():
        category, x, y = items[thing]
        items[thing] = category, x + shift.x, y + shift.y
    assert split_of(items) == 'test'


def test_a_sequence_is_read_back_as_it_was(sequences, tmp_path):
    path = tmp_path / 'frames' / 'push.npz'
    made = kept(path, lambda: sequences['push'])
    read = kept(path, lambda: pytest.fail('it is there already'))
    assert (read.name, read.plan) == (made.name, made.plan)
    for one, other in zip(read.moments, made.moments):
        assert one.step == other.step and one.whole == other.whole
        assert (one.truth.objects, one.truth.regions) == (other.truth.objects, other.truth.regions)
        for name in ('rgb', 'depth', 'camera_pose'):
            np.testing.assert_array_equal(getattr(one.frame, name), getattr(other.frame, name))
        assert (one.frame.stamp, one.frame.camera) == (other.frame.stamp, other.frame.camera)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match='is no sequence'):
        kept(path, lambda: made)


def test_what_does_not_exist_is_said():
    with pytest.raises(BadInput, match='there is no dance of world tabletop'):
        draw('tabletop', 'test', 1, 'dance')


def test_the_household_moves_alike():
    pytest.importorskip('embreex')
    jump = draw('household', 'test', 3, 'jump', 64, 48)
    degrees, metres = jump.motion(2)
    assert degrees > 30 and metres > 0.5
    assert np.isfinite(jump.moments[2].frame.depth).any()
    assert max(jump.moments[2].share(k) for k in range(len(jump.moments[0].whole))) > 0.5


def test_a_lookalike_in_the_household_is_there_instead_of_its_thing():
    pytest.importorskip('embreex')
    from reasonseg_ros.sim.household.scene import SEEDS
    from reasonseg_ros.sim.moving.household import HouseholdWorld
    world = HouseholdWorld(SEEDS['test'][3], 64, 48)
    for difference in DIFFERENCES:
        both = world.with_lookalike(1, difference, np.random.default_rng(0))
        mine, other = (both.objects[k] for k in (1, len(world.objects)))
        assert (mine.category == other.category) == (difference != 'category')
    _, truth, whole = both.look(SequenceStep(Viewpoint(), {1: None}))
    assert truth.mask(len(world.objects)).any() and not truth.mask(1).any()
    assert whole[1] == 0 and whole[-1] > 0
