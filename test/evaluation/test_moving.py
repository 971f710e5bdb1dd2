# SPDX-License-Identifier: Apache-2.0
"""What a memory is worth in moving sequences: what counts, and that a run goes on as it began."""

from dataclasses import replace

import numpy as np
import pytest
from support.still_memory import StillFinding, StillMemory

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.dialogue.dialogue import State
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.evaluation.moving import Senses, expected, far, phrases, run_memory, true_seeds
from reasonseg_ros.evaluation.moving_dialogues import references
from reasonseg_ros.evaluation.moving_runs import MovingSetting, run_moving
from reasonseg_ros.evaluation.records import Run, load, plain_of, round_of, save
from reasonseg_ros.reports.moving import LIMITS, goal_rows, wrong_rows
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.moving import sequences
from reasonseg_ros.sim.moving.sequences import Sequence, SequenceMoment
from reasonseg_ros.sim.moving.steps import COUNTS, Shift, Viewpoint, plan

SHAPE = 120, 160
OBJECTS = (ObjectTruth('mug', 'red', 'small'), ObjectTruth('mug', 'blue', 'small'),
           ObjectTruth('pan', 'black', 'large'), ObjectTruth('mug', 'green', 'small'))
PLACES = ((10, 10), (60, 10), (110, 10), (10, 10))  # (x, y) of squares of 20 pixels


def sequence(event: str, hidden: tuple[int, ...] = ()) -> Sequence:
    """Squares that stand for things; thing 0 is the subject, 3 its lookalike.

    A shift of 1 m is 100 pixels to the right; `hidden` are moments in which the subject is.
    """
    end = Viewpoint(40.0)
    path = [Viewpoint(), *[end] * (COUNTS[event] - 1)]
    planned = plan(event, path, 0, Shift(0.3, 0.0, 0.0), 3)
    moments = []
    for k, step in enumerate(planned.steps):
        ids, whole = np.zeros(SHAPE, np.uint8), []
        for thing, (x, y) in enumerate(PLACES):
            shift = step.shifts.get(thing, Shift(0, 0, 0))
            whole.append(0 if shift is None else 400)
            if shift is not None and not (thing == 0 and k in hidden):
                left = x + round(100 * shift.x)
                ids[y:y + 20, left:left + 20] = thing + 1
        pose = np.eye(4)
        if k:
            c, s = np.cos(np.radians(40)), np.sin(np.radians(40))
            pose[:2, :2], pose[0, 3] = [[c, -s], [s, c]], 0.6
        frame = Frame(np.zeros((*SHAPE, 3), np.uint8), np.ones(SHAPE, np.float32),
                      CameraModel(160, 120, 100, 100, 79.5, 59.5), k, camera_pose=pose)
        truth = SceneTruth(OBJECTS, tuple((i, 'body') for i in range(4)), ids)
        moments.append(SequenceMoment(frame, truth, tuple(whole), step))
    return Sequence(f'made/{event}', planned, tuple(moments))


class PerfectMemory(StillMemory):
    """Says what is true of a sequence."""

    def __init__(self, shown: Sequence) -> None:
        super().__init__()
        self._shown = shown

    def localise(self, frame):
        moment = self._shown.moments[frame.stamp]
        return [replace(one, state=expected(moment, one.id - 1) or State.VISIBLE,
                        mask=moment.truth.mask(one.id - 1)) for one in super().localise(frame)]


def judged(event, memory=None, hidden=()):
    shown = sequence(event, hidden)
    found = memory or PerfectMemory(shown)
    record, sheet = run_memory(shown, found, true_seeds(shown.moments[0]), Senses())
    assert sheet.dtype == np.uint8 and sheet.ndim == 3
    return record


def test_things_in_view_are_seeds_and_words_tell_them_apart():
    first = sequence('push').moments[0]
    assert [s.thing for s in true_seeds(first)] == [0, 1, 2]
    assert phrases(first) == {0: 'red mug', 1: 'blue mug', 2: 'pan'}


@pytest.mark.parametrize(('event', 'figure'), [
    ('push', 'moved_found'), ('remove', 'removed_lost'), ('remove', 'returned_found'),
    ('lookalike', 'lookalike_refused')])
def test_a_perfect_memory_has_everything_right_and_a_still_one_has_not(event, figure):
    record = judged(event)
    assert record.counts[figure] == (1, 1) and record.answer == 'nothing is wrong'
    assert record.counts['id_switches'][0] == 0
    assert {t.iou for t in record.targets} == {1.0}
    wrong = judged(event, StillMemory())
    assert wrong.counts[figure] == (0, 1)
    assert figure.replace('_', ' ') in wrong.answer and 'nothing ever moves' in wrong.answer
    assert wrong.counts['states_still'] == (2 * (COUNTS[event] - 1),) * 2


def test_a_mask_on_another_thing_is_a_switch():
    record = judged('lookalike', StillMemory())
    switched, of = record.counts['id_switches']
    assert switched == COUNTS['lookalike'] - 2 and of == 3 * (COUNTS['lookalike'] - 1)


def test_what_a_hand_hides_must_be_occluded():
    hidden = (3, 4, 5)
    assert judged('hand-over', hidden=hidden).counts['hand_occluded'] == (3, 3)
    assert judged('hand-over', StillMemory(), hidden).counts['hand_occluded'] == (0, 3)


def test_a_thing_that_is_not_spoken_of_is_lost():
    class Forgetful(StillMemory):
        def localise(self, frame):
            return [one for one in super().localise(frame) if one.id != 2]
    record = judged('lights', Forgetful())
    rounds = COUNTS['lights'] - 1
    assert record.counts['states_still'] == (rounds, 2 * rounds)
    assert '2 mug: states still (not spoken of)' in record.answer
    assert sum(t.score is None for t in record.targets) == rounds


def test_masks_of_paths_count_where_the_camera_has_gone_far():
    shown = sequence('arc')
    assert not far(shown, 0) and far(shown, 1)
    record = judged('arc')
    assert len(record.targets) == 3 * (COUNTS['arc'] - 1)


def test_what_is_not_told_is_not_in_the_frames():
    memory = StillMemory()
    shown = sequence('jump')
    run_memory(shown, memory, true_seeds(shown.moments[0]), Senses(pose=False, depth=False))
    assert all(f.camera_pose is None and f.depth is None and f.camera is not None
               for f in memory.frames)
    assert isinstance(memory.localise(memory.frames[0])[0], StillFinding)


def setting(tmp_path, **changes) -> MovingSetting:
    return replace(MovingSetting('tabletop', 'test', 0, 1, ('push', 'arc'), (160, 120),
                                 tmp_path / 'frames', dialogues=False), **changes)


@pytest.fixture
def drawn(monkeypatch):
    """Sequences are those made here."""
    asked = []

    def draw(world, split, scene, event, *size):
        asked.append(event)
        return sequence(event)
    monkeypatch.setattr('reasonseg_ros.evaluation.moving_runs.draw', draw)
    return asked


def test_a_run_goes_on_and_reads_the_sequences_that_were_drawn(tmp_path, drawn):
    first = run_moving(None, StillMemory, setting(tmp_path), tmp_path / 'out', True)
    assert drawn == ['push', 'arc']
    lines = (tmp_path / 'out' / 'shard-1-of-1.jsonl').read_text().splitlines(True)
    (tmp_path / 'out' / 'shard-1-of-1.jsonl').write_text(''.join(lines[:2]) + '{"at"')
    again = run_moving(None, StillMemory, setting(tmp_path), tmp_path / 'out', True)
    assert again == first and drawn == ['push', 'arc']
    for path in [r.picture for r in first.rounds]:
        assert (tmp_path / 'out' / path).stat().st_size > 1000
    save(first, tmp_path / 'results.json')
    assert load(tmp_path / 'results.json').rounds == tuple(
        round_of(plain_of(r)) for r in first.rounds)
    with pytest.raises(BadInput, match='another run'):
        run_moving(None, StillMemory, setting(tmp_path, tf='off'), tmp_path / 'out', False)


def test_the_table_says_what_is_wanted(tmp_path, drawn):
    run = run_moving(None, StillMemory, setting(tmp_path), tmp_path / 'out', False)
    rows = {row[0]: row for row in goal_rows(run)}
    assert len(rows) == 2 + len(LIMITS) + 2
    assert rows['masks after the motion, median IoU'][1:] == (
        '100.0', '-', '24', 'at least 80', 'reached')
    assert rows['moved: found again'][1:4:2] == ('0.0', '1')
    assert rows['moved: found again'][-1] == 'missed'
    assert rows['lookalike refused'][-1] == 'no data'
    assert [name for name, _ in wrong_rows(run)] == ['made/push']
    assert isinstance(run, Run) and run.engine == 'truth'


def test_whoever_is_to_be_asked_must_be_there(tmp_path):
    with pytest.raises(BadInput, match='give an engine'):
        run_moving(None, StillMemory, setting(tmp_path, dialogues=True), tmp_path, False)


def test_a_size_is_in_the_name_of_the_file():
    assert sequences.file_name('tabletop', 'val', 7, 'push', 320, 240) == (
        f'tabletop-val-0007-push-320x240-v{sequences.VERSION}.npz')


def test_references_are_about_what_was_shown_and_lasts():
    shown = sequence('arc')
    kinds = {r.kind: r for r in references(shown, [0, 2])}
    assert (kinds['number'].say, kinds['number'].thing) == ('number {}', 0)
    assert (kinds['name'].say, kinds['name'].thing) == ('the pan', 2)
    assert 'part' not in kinds    # a body is no part that anybody asks for
    assert references(shown, []) == []
    assert references(sequence('remove', tuple(range(1, 12))), [0]) == []
