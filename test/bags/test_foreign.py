# SPDX-License-Identifier: Apache-2.0
"""What else is in a bag does not decide about the camera, and only damaged bytes are damage."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mcap.reader import make_reader
from mcap.writer import CompressionType, Writer
from support.bags_made import IMAGE, paint

from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.recording import open_recording

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Extra = Callable[[Writer, int], None]


def beside(folder: Path, extra: Extra | None = None, *, definition: bytes | None = None,
           compression: CompressionType = CompressionType.ZSTD, images: int = 4) -> Path:
    """One MCAP file of a painted bag, with what `extra` writes into it.

    definition  text of every type instead of its own
    """
    source = paint(folder / 'source', images)
    path = folder / 'bag.mcap'
    with (source / 'source.mcap').open('rb') as held, path.open('wb') as file:
        writer = Writer(file, compression=compression, chunk_size=16384)
        writer.start('ros2', 'test')
        channels: dict[str, int] = {}
        first = 0
        for schema, channel, message in make_reader(held).iter_messages():
            first = first or message.log_time
            if channel.topic not in channels:
                text = schema.data if definition is None else definition
                key = writer.register_schema(schema.name, schema.encoding, text)
                channels[channel.topic] = writer.register_channel(channel.topic, 'cdr', key)
            writer.add_message(channels[channel.topic], message.log_time, message.data,
                               message.publish_time)
        if extra is not None:
            extra(writer, first + 1)
        writer.finish()
    return path


def channel(kind: str, encoding: str, text: bytes, message: str, data: bytes) -> Extra:
    """A topic /other of a type with that definition."""
    def add(writer: Writer, time: int) -> None:
        schema = writer.register_schema(kind, encoding, text)
        writer.add_message(writer.register_channel('/other', message, schema), time, data, time)
    return add


@pytest.mark.parametrize('text', [
    b'# readings\nsensor_msgs/Imu imu\nencoder_tools/Measure', b'float32 speed;',
    b'int32 a\nint32 a\n', b'\xff\xfe'])
def test_a_foreign_definition_that_cannot_be_read_is_noted_and_costs_nothing(tmp_path, text):
    path = beside(tmp_path, channel('my_robot/msg/State', 'ros2msg', text, 'cdr', bytes(8)))
    with open_recording(path) as (bag, recording):
        assert recording.images == 4 and not recording.trouble
        assert recording.frame(recording.image(2))[0].rgb.shape == (24, 32, 3)
        assert b'\xff' in text or any('my_robot/msg/State' in note for note in bag.notes)


@pytest.mark.parametrize('encoding, message', [
    ('jsonschema', 'json'), ('protobuf', 'protobuf'), ('unknown', 'cdr'), ('flatbuffer', 'x')])
def test_a_channel_of_another_kind_is_no_damage(tmp_path, encoding, message):
    path = beside(tmp_path, channel('foxglove.Log', encoding, b'{}', message, b'{}'))
    with open_recording(path) as (bag, recording):
        assert recording.images == 4 and not recording.trouble
        assert message == 'cdr' or any(message in note for note in bag.notes)


@pytest.mark.parametrize('definition', [b'', b'float32 speed;'])
def test_definitions_that_say_nothing_are_replaced_by_those_of_ros(tmp_path, definition):
    with open_recording(beside(tmp_path, definition=definition)) as (_, recording):
        assert recording.images == 4 and not recording.trouble
        assert recording.frame(recording.image(0))[0].camera is not None


def test_qos_in_the_metadata_unlike_that_of_the_file_loses_no_topic(tmp_path):
    path = paint(tmp_path / 'bag')
    metadata = path / 'metadata.yaml'
    text = metadata.read_text()
    changed = text.replace('depth: 10', 'depth: 7').replace('reliability: reliable',
                                                            'reliability: best_effort')
    assert changed != text
    metadata.write_text(changed)
    with open_recording(path) as (_, recording):
        assert recording.images == 4 and not recording.trouble


def test_rows_that_are_still_in_the_write_ahead_log_are_read(tmp_path):
    path = paint(tmp_path / 'bag', images=30, storage='sqlite3')
    file = path / 'bag.db3'
    with Bag(path) as bag:
        whole = [time for _, time, _ in bag.messages((IMAGE,))]
    connection = sqlite3.connect(file)
    connection.execute('PRAGMA journal_mode = WAL')
    rows = connection.execute('SELECT * FROM messages WHERE id > 5').fetchall()
    connection.execute('DELETE FROM messages WHERE id > 5')
    connection.commit()
    connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
    connection.executemany('INSERT INTO messages VALUES (?, ?, ?, ?)', rows)
    connection.commit()
    killed = tmp_path / 'killed'
    killed.mkdir()
    for name in ('bag.db3', 'bag.db3-wal', 'metadata.yaml'):
        shutil.copyfile(path / name, killed / name)
    connection.close()
    for source in (killed, killed / 'bag.db3'):
        with Bag(source) as bag:
            assert [time for _, time, _ in bag.messages((IMAGE,))] == whole and not bag.trouble
    assert (killed / 'bag.db3-wal').stat().st_size


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('mode', ['file', 'message'])
def test_a_recorder_that_packs_and_was_killed_is_read(tmp_path, storage, mode):
    path = paint(tmp_path / 'bag', images=30, storage=storage)
    file = next(f for f in path.iterdir() if f.suffix in ('.mcap', '.db3'))
    with Bag(path) as bag:
        whole = [data for _, _, data in bag.messages((IMAGE,))]
    (path / 'metadata.yaml').unlink()
    if mode == 'file':
        packed = zstd.compress(file.read_bytes())
        file.with_name(f'{file.name}.zstd').write_bytes(packed)
        file.unlink()
    elif storage == 'sqlite3':
        connection = sqlite3.connect(file)
        for key, data in connection.execute('SELECT id, data FROM messages').fetchall():
            connection.execute('UPDATE messages SET data = ? WHERE id = ?',
                               (zstd.compress(data), key))
        connection.commit()
        connection.close()
    else:
        pytest.skip('recorders pack MCAP by chunk')
    with Bag(path) as bag:
        assert [bytes(data) for _, _, data in bag.messages((IMAGE,))] == [bytes(d) for d in whole]


def test_a_chunk_whose_checksum_is_wrong_is_left_out(tmp_path):
    path = beside(tmp_path, compression=CompressionType.NONE, images=40)
    content = bytearray(path.read_bytes())
    place = content.find(b'rgb8') + 600
    content[place:place + 300] = bytes(300)
    path.write_bytes(content)
    with open_recording(path) as (_, recording):
        assert 'damaged chunks are left out' in recording.trouble
        assert 0 < recording.images < 40
        for index in range(recording.images):
            rgb = recording.frame(recording.image(index))[0].rgb
            assert (rgb.reshape(-1, 3).max(0) > 100).any() and (rgb == rgb[0, 0]).mean() > 0.3
