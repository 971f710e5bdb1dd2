# SPDX-License-Identifier: Apache-2.0
"""A sentence gets the image that a node would take at that time of the bag."""

import numpy as np
import pytest

pytest.importorskip('rosbags')

from support.bags_made import CAMERA, IMAGE, REAL, SECOND, START, cut, paint
from support.fakes import painted

from reasonseg_ros.bags import messages as make
from reasonseg_ros.bags import types
from reasonseg_ros.bags.recording import open_recording
from reasonseg_ros.bags.topics import Topics
from reasonseg_ros.bags.writer import BagWriter
from reasonseg_ros.core.errors import BadInput


def red(frame) -> int:
    """Return the left border of the red rectangle, which is the index of the image."""
    return int(np.flatnonzero((frame.rgb == (255, 0, 0)).all(2).any(0))[0])


@pytest.mark.parametrize(('seconds', 'index'), [(0.1, 0), (0.59, 0), (0.6, 1), (1.6, 3), (2.5, 3)])
def test_a_time_gets_the_newest_image_that_has_arrived(tmp_path, seconds, index):
    with open_recording(paint(tmp_path / 'bag')) as (_, recording):
        moment = recording.at(seconds)
        frame, notes = recording.frame(moment)
        assert (moment.index, red(frame), notes) == (index, index, ())
        assert frame.stamp == START + round((0.1 + 0.5 * index) * SECOND)
        assert frame.frame_id == 'camera'
        assert frame.camera == CAMERA
        assert frame.depth.shape == (24, 32)
        assert np.all(frame.depth == 1.0)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_what_was_recorded_before_there_was_a_clock_does_not_move_the_origin(tmp_path, storage):
    made = paint(tmp_path / 'bag', storage=storage, transform=0)
    with open_recording(made) as (bag, recording):
        assert bag.start == recording.start == START + SECOND // 10
        assert (recording.first_image, recording.duration) == (0.0, 1.5)
        assert recording.at(1.2).index == 2
        assert [time for _, time, _ in bag.messages(['/tf_static'])] == [0]
    with open_recording(cut(made, 1.0)) as (bag, recording):
        assert recording.start == START + SECOND // 10


def test_a_simulation_that_begins_at_time_0_begins_there(tmp_path):
    with BagWriter(tmp_path / 'bag', 'mcap') as writer:
        writer.topic(IMAGE, types.IMAGE)
        for time in (0, SECOND // 2, SECOND):
            image = make.image(painted().rgb, 'rgb8', make.header(time, 'camera'))
            writer.write(IMAGE, time, make.cdr(types.IMAGE, image))
    with open_recording(tmp_path / 'bag') as (bag, recording):
        assert (bag.start, recording.first_image, recording.duration) == (0, 0.0, 1.0)


def test_a_number_gets_that_image(tmp_path):
    with open_recording(paint(tmp_path / 'bag')) as (_, recording):
        assert [red(recording.frame(recording.image(i))[0]) for i in range(4)] == [0, 1, 2, 3]
        for index in (-1, 4):
            with pytest.raises(BadInput, match=f'image {index} is not there; .* 0 to 3'):
                recording.image(index)


def test_times_before_the_first_image_and_long_after_the_last_are_refused(tmp_path):
    with open_recording(paint(tmp_path / 'bag')) as (_, recording):
        with pytest.raises(BadInput, match='0.05 s is before the first image, which .* 0.100'):
            recording.at(0.05)
        with pytest.raises(BadInput, match='3 s is more than 1 s after the end of the camera'):
            recording.at(3.0)


def test_late_depth_belongs_to_its_image_by_number_but_not_before_it_arrives(tmp_path):
    with open_recording(paint(tmp_path / 'bag', depth_late=0.15)) as (_, recording):
        assert recording.frame(recording.image(2))[0].depth is not None
        early, _ = recording.frame(recording.at(0.12))
        assert early.depth is None
        late, _ = recording.frame(recording.at(0.26))
        assert late.depth is not None


def test_depth_of_no_image_is_left_out_and_that_is_said(tmp_path):
    path = paint(tmp_path / 'bag')
    with open_recording(path, Topics(depth='none')) as (_, recording):
        frame, notes = recording.frame(recording.image(0))
        assert frame.depth is None
        assert notes == ()


def test_a_compressed_camera_is_decoded_with_its_depth():
    with open_recording(REAL) as (_, recording):
        assert recording.size == (320, 240)
        assert recording.images == 12
        frame, notes = recording.frame(recording.at(1.0))
        assert frame.rgb.shape == (240, 320, 3)
        assert np.isfinite(frame.depth).mean() > 0.9
        assert 0.3 < np.nanmedian(frame.depth) < 2.0
        assert notes == ()


def test_the_digest_follows_the_content(tmp_path):
    digests = set()
    for images in (3, 3, 4):
        path = paint(tmp_path / f'bag{len(list(tmp_path.iterdir()))}', images)
        with open_recording(path) as (_, recording):
            digests.add(recording.digest)
    assert len(digests) == 2


def test_an_image_is_found_by_its_stamp(tmp_path):
    with open_recording(paint(tmp_path / 'bag')) as (_, recording):
        assert recording.stamped(START + round(0.6 * SECOND)).index == 1
        assert recording.stamped(7) is None


def test_a_bag_whose_camera_never_published_is_one_line(tmp_path):
    with pytest.raises(BadInput, match='has no colour image'):
        with open_recording(paint(tmp_path / 'bag', images=0)):
            pass
