# SPDX-License-Identifier: Apache-2.0
"""Small bags for tests: painted ones, copies of bags in another storage, and damaged ones."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, Writer

from reasonseg_ros.bags import messages as make
from reasonseg_ros.bags import types
from reasonseg_ros.bags.writer import STORAGES, BagWriter
from reasonseg_ros.core.camera.frame import CameraModel
from support.fakes import painted

REAL = Path(__file__).parents[1] / 'data' / 'bags' / 'tabletop'
REAL_DIALOGUES = REAL.with_name('tabletop.dialogues.json')
IMAGE, DEPTH, INFO = '/camera/image_raw', '/camera/depth', '/camera/camera_info'
SECOND = 1_000_000_000
START = 1_000 * SECOND
CAMERA = CameraModel(32, 24, 30.0, 30.0, 15.5, 11.5)


def paint(path: Path, images: int = 4, *, storage: str = 'mcap', depth_late: float = 0.0,
          first: float = 0.1, images_on: Sequence[str] = (IMAGE,), depth: bool = True,
          transform: int = START) -> Path:
    """Write images of 32x24 pixels, two a second: a red rectangle that moves, a blue one.

    first       seconds from START to the first image
    depth_late  seconds that depth arrives after its image; its pixels are 1 m
    transform   nanoseconds, when the only transform arrived
    """
    with BagWriter(path, storage) as writer:
        for topic in images_on:
            writer.topic(topic, types.IMAGE)
        writer.topic(DEPTH, types.IMAGE)
        writer.topic(INFO, types.INFO)
        writer.topic('/tf_static', types.TRANSFORMS, latched=True)
        placed = make.transforms(make.header(START, 'world'), 'camera', (0, 0, 1), np.eye(3))
        messages = [(transform, '/tf_static', make.cdr(types.TRANSFORMS, placed))]
        for index in range(images):
            time = START + round((first + 0.5 * index) * SECOND)
            head = make.header(time, 'camera')
            info = make.camera_info(CAMERA, head)
            messages.append((time, INFO, make.cdr(types.INFO, info)))
            rgb = painted(red=(index, 2, index + 8, 10), blue=(20, 12, 28, 20)).rgb
            for topic in images_on:
                image = make.image(rgb, 'rgb8', head)
                messages.append((time, topic, make.cdr(types.IMAGE, image)))
            if depth:
                metre = make.image(np.full((24, 32), 1000, np.uint16), '16UC1', head)
                late = time + round(depth_late * SECOND)
                messages.append((late, DEPTH, make.cdr(types.IMAGE, metre)))
        for time, topic, data in sorted(messages, key=lambda message: message[0]):
            writer.write(topic, time, data)
    return path


def write_script(path: Path, *rounds: dict, dialogue: str = 'one') -> Path:
    """Write one dialogue; a round without time or frame is about image 0."""
    entries = [r if 'time' in r or 'frame' in r else {'frame': 0, **r} for r in rounds]
    path.write_text(json.dumps({'version': 1,
                                'dialogues': [{'id': dialogue, 'rounds': entries}]}))
    return path


def copy(source: Path, target: Path, storage: str, compression: str = 'NONE') -> Path:
    """Write the messages of a bag into another storage; NONE, FILE, MESSAGE or STORAGE."""
    with Reader(source) as reader:
        writer = Writer(target, version=9, storage_plugin=STORAGES[storage])
        writer.set_compression(CompressionMode[compression], CompressionFormat.ZSTD)
        with writer:
            made = {c.id: writer.add_connection(
                c.topic, c.msgtype, msgdef=c.msgdef.data, rihs01=c.digest or 'unknown',
                offered_qos_profiles=c.ext.offered_qos_profiles) for c in reader.connections}
            for connection, time, data in reader.messages():
                writer.write(made[connection.id], time, data)
    return target


def cut(bag: Path, share: float) -> Path:
    """Cut off the end of the only file of a bag, and its metadata with it."""
    file = next(f for f in bag.iterdir() if f.suffix in ('.mcap', '.db3'))
    data = file.read_bytes()
    file.write_bytes(data[:int(share * len(data))])
    (bag / 'metadata.yaml').unlink()
    return bag
