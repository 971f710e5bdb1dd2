# SPDX-License-Identifier: Apache-2.0
"""Bags of every storage are read alike; a damaged one gives what it has; others are one line."""

import shutil

import numpy as np
import pytest

pytest.importorskip('rosbags')

from support.bags_made import DEPTH, IMAGE, INFO, REAL, SECOND, START, copy, cut, paint

from reasonseg_ros.bags.reader import Bag, DamagedBag
from reasonseg_ros.bags.recording import open_recording
from reasonseg_ros.bags.topics import Topics, choose
from reasonseg_ros.core.errors import BadInput

STORAGES = [('mcap', 'NONE'), ('mcap', 'STORAGE'), ('mcap', 'MESSAGE'), ('sqlite3', 'NONE'),
            ('sqlite3', 'FILE'), ('sqlite3', 'MESSAGE')]


def contents(bag: Bag) -> list[tuple[str, int, bytes]]:
    """Return every message, those of one time in the order of their topics."""
    return sorted((time, topic, bytes(data)) for topic, time, data in bag.messages(bag.topics))


def times(bag: Bag) -> list[int]:
    """Return the times of the images."""
    return [time for _, time, _ in bag.messages((IMAGE,))]


@pytest.mark.parametrize(('storage', 'compression'), STORAGES)
def test_every_storage_gives_the_same_messages(tmp_path, storage, compression):
    with Bag(REAL) as bag:
        expected, digest = contents(bag), None
    with open_recording(REAL) as (_, recording):
        digest = recording.digest
    with open_recording(copy(REAL, tmp_path / 'copy', storage, compression)) as (bag, recording):
        assert contents(bag) == expected
        assert recording.digest == digest
        assert bag.trouble == ''


def test_a_single_file_of_a_bag_is_enough():
    with Bag(REAL / 'tabletop.mcap') as bag:
        assert bag.of_kind('sensor_msgs/msg/CameraInfo') == ['/camera/color/camera_info']


def test_a_window_holds_its_start_and_not_its_end(tmp_path):
    with Bag(paint(tmp_path / 'bag')) as bag:
        first, second, *_ = times(bag)
        assert [t for _, t, _ in bag.messages((IMAGE,), first, second)] == [first]


def test_the_definitions_in_the_bag_are_used(tmp_path):
    with Bag(paint(tmp_path / 'bag')) as bag:
        _, _, data = next(bag.messages((INFO,)))
        message = bag.message(INFO, data)
        assert (message.width, message.k[0]) == (32, 30.0)
        assert message.header.stamp.sec * SECOND + message.header.stamp.nanosec == (
            START + SECOND // 10)


def test_topics_are_found_by_what_they_hold(tmp_path):
    with Bag(paint(tmp_path / 'bag')) as bag:
        assert choose(bag) == Topics(IMAGE, DEPTH, INFO)
        assert choose(bag, Topics(depth='none', info='none')) == Topics(IMAGE, '', '')
    with Bag(REAL) as bag:
        assert choose(bag) == Topics('/camera/color/image_raw/compressed',
                                     '/camera/aligned_depth_to_color/image_raw/compressedDepth',
                                     '/camera/color/camera_info')


@pytest.mark.parametrize(('wanted', 'words'), [
    (Topics(image='/nowhere'), '--image /nowhere is not in'),
    (Topics(image=INFO), f'--image {INFO} is of the type sensor_msgs/msg/CameraInfo; expected'),
    (Topics(depth='/nowhere'), '--depth /nowhere is not in'),
    (Topics(info=IMAGE), '--camera-info'),
])
def test_a_wrong_choice_of_topics_is_named(tmp_path, wanted, words):
    with Bag(paint(tmp_path / 'bag')) as bag, pytest.raises(BadInput, match=words):
        choose(bag, wanted)


def test_two_colour_topics_need_a_choice(tmp_path):
    with Bag(paint(tmp_path / 'bag', images_on=(IMAGE, '/other/image'))) as bag:
        with pytest.raises(BadInput, match='2 topics with colour images: .*/other/image; choose'):
            choose(bag)
        assert choose(bag, Topics(image='/other/image')).image == '/other/image'


def test_a_bag_without_a_colour_image_says_what_it_holds(tmp_path):
    with Bag(paint(tmp_path / 'bag', images_on=())) as bag:
        with pytest.raises(BadInput, match='has no colour image; it holds /camera/camera_info'):
            choose(bag)


def test_what_is_no_bag_is_one_line_with_the_next_step(tmp_path):
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'old.bag').write_bytes(b'#ROSBAG V2.0\n')
    (tmp_path / 'notes.txt').write_text('notes')
    (tmp_path / 'broken.mcap').write_bytes(b'nothing of the kind')
    (tmp_path / 'broken.db3').write_bytes(b'nothing of the kind')
    for name, words in (('nowhere', 'does not exist'), ('empty', 'is a folder without'),
                        ('old.bag', 'is a bag of ROS 1; convert it with "rosbags-convert'),
                        ('notes.txt', 'has the suffix ".txt"'),
                        ('broken.mcap', 'is not a readable ROS 2 bag'),
                        ('broken.db3', 'is not a readable ROS 2 bag')):
        with pytest.raises(BadInput, match=words) as raised, Bag(tmp_path / name):
            pass
        assert '\n' not in str(raised.value)


@pytest.mark.parametrize('images', [40, 400])
@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_bag_that_was_cut_off_gives_what_it_still_has(tmp_path, storage, images):
    path = paint(tmp_path / 'bag', images, storage=storage)
    with Bag(path) as bag:
        whole = times(bag)
    with Bag(cut(path, 0.7)) as bag:
        left = times(bag)
        assert bag.trouble
        assert 0 < len(left) < len(whole)
        assert left == whole[:len(left)]
        some = left[len(left) // 2]
        assert [t for _, t, _ in bag.messages((IMAGE,), some, some + 1)] == [some]


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_a_recorder_that_was_killed_leaves_no_metadata_and_the_bag_is_read(tmp_path, storage):
    path = paint(tmp_path / 'bag', storage=storage)
    with Bag(path) as bag:
        whole = contents(bag)
    (path / 'metadata.yaml').unlink()
    with Bag(path) as bag:
        assert contents(bag) == whole
        assert 'metadata' in bag.trouble


def test_a_damaged_chunk_is_left_out_and_the_rest_is_read(tmp_path):
    path = copy(paint(tmp_path / 'bag', images=1500), tmp_path / 'packed', 'mcap', 'STORAGE')
    file = path / 'packed.mcap'
    data = bytearray(file.read_bytes())
    place = data.find(b'zstd') + 40
    data[place:place + 20] = bytes(20)
    file.write_bytes(data)
    with open_recording(path) as (_, recording):
        assert 'damaged chunks are left out' in recording.trouble
        assert 0 < recording.images < 1500


def test_an_intact_index_over_damaged_bytes_is_noticed_while_reading(tmp_path):
    path = copy(paint(tmp_path / 'bag', images=1500), tmp_path / 'packed', 'mcap', 'STORAGE')
    data = bytearray((path / 'packed.mcap').read_bytes())
    place = data.find(b'zstd') + 40
    data[place:place + 20] = bytes(20)
    (path / 'packed.mcap').write_bytes(data)
    with Bag(path) as bag, pytest.raises(DamagedBag):
        contents(bag)


def test_message_bytes_that_are_no_message_are_one_line(tmp_path):
    with Bag(paint(tmp_path / 'bag')) as bag:
        with pytest.raises(BadInput, match='is not of type sensor_msgs/msg/Image'):
            bag.message(IMAGE, b'\x00\x01\x00\x00' + bytes(8))


def test_a_message_that_is_no_camera_image_has_no_say_in_the_choice(tmp_path):
    shutil.copytree(REAL, tmp_path / 'bag')
    with Bag(tmp_path / 'bag') as bag:
        assert choose(bag, Topics(image='/camera/color/image_raw/compressed')).depth
        assert np.all([t.kind for t in bag.topics.values()])
