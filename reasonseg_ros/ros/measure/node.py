# SPDX-License-Identifier: Apache-2.0
"""A real node, fed by a real camera process: its start, its intake, its round trips over DDS.

And what the message of a round with many instances costs it. Prints nothing.
"""

import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import ANSWERED, Status
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.processes import Child, own_domain

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.client import Client

PROGRAM = 'reasonseg_ros.cli.main'
READY_WITHIN = 60.0   # seconds until the node is active and has an image
RATE = 30             # images per second
IDLE = 4.0            # seconds over which the intake alone is measured
ENGINE_STAGES = ('context', 'text', 'mask', 'memory')  # context: same image, or a new one?

COUNT = 20               # instances of one message
SIZE = 1080, 1920        # height and width of their image
RADII = 40, 200          # pixels, of the ellipses that stand for objects
MESSAGES = 100


@dataclass(frozen=True)
class Trip:
    """One request as its caller saw it, in seconds.

    engine  the model's share
    age     of the image that was segmented, when the request was sent
    """

    round: int
    seconds: float
    engine: float
    age: float


@dataclass(frozen=True)
class NodeCost:
    """What a node costs.

    trips    requests that were answered
    refused  how many ended with which other status
    start    seconds from the start of the process until requests are served
    intake   share of one core that the node takes while images arrive and nobody asks
    """

    trips: list[Trip]
    refused: dict[str, int]
    start: float
    intake: float


def measure(sentences: tuple[str, ...], repeats: int, scene: int, width: int, height: int,
            depth: bool, checkpoint: str, device: str) -> NodeCost:
    """Run `repeats` dialogues of `sentences` with a node of its own, at 30 images per second."""
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = own_domain(logs)
        from reasonseg_ros.ros import dds
        dds.prepare()
        from reasonseg_ros.ros.client.client import Client
        camera = Child('simulated camera', PROGRAM,
                       ['sim', '--split', 'test', '--seed', str(scene), '--rate', str(RATE),
                        '--width', str(width), '--height', str(height)],
                       logs / 'sim.log', environment)
        node = Child('node', PROGRAM,
                     ['node', '--checkpoint', checkpoint, '--ros-args', '-p',
                      'store_path:=":memory:"', '-p', f'device:={device}',
                      *(() if depth else ('-r', 'depth_image:=no_depth_image'))],
                     logs / 'node.log', environment)
        client = stack.enter_context(Client(patience=READY_WITHIN))
        stack.enter_context(node)
        start = _until_active(client, node)
        stack.enter_context(camera)
        ask_when_ready(client, partial(client.segment, 'the mug', 'warm-up'), (camera, node),
                       READY_WITHIN)
        before = processor_seconds(node.pid)
        time.sleep(IDLE)
        intake = (processor_seconds(node.pid) - before) / IDLE
        trips, refused = converse(client, sentences, repeats)
        return NodeCost(trips, dict(refused), start, intake)


def _until_active(client: 'Client', node: Child) -> float:
    """Return the seconds until the node is active; it sees nothing yet."""
    start = time.perf_counter()
    ask_when_ready(client, partial(client.segment, 'the mug', 'warm-up'), (node,), READY_WITHIN,
                   not_yet=(Status.NOT_ACTIVE,), pause=0.02)
    return time.perf_counter() - start


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken so far (Linux, proc(5))."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(') ')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def converse(client: 'Client', sentences: tuple[str, ...], repeats: int
             ) -> tuple[list[Trip], Counter[str]]:
    """Run the dialogues of `measure` with a node that is ready."""
    trips: list[Trip] = []
    refused: Counter[str] = Counter()
    for repeat in tqdm(range(repeats), desc='dialogues'):
        for index, sentence in enumerate(sentences, start=1):
            start, asked = time.perf_counter(), time.time_ns()
            reply = client.segment(sentence, f'bench-{repeat}')
            seconds = time.perf_counter() - start
            if reply.status not in ANSWERED:  # says how fast the node refuses, not how it answers
                refused[reply.status.name] += 1
                continue
            engine = sum(reply.seconds.get(stage, 0.0) for stage in ENGINE_STAGES)
            trips.append(Trip(index, seconds, engine, (asked - reply.frame_stamp) / 1e9))
    return trips, refused


def instances() -> list[Instance]:
    """Return COUNT instances with elliptical masks in an image of SIZE; the same ones each time."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:SIZE[0], :SIZE[1]]
    made = []
    for index in range(1, COUNT + 1):
        (y, x), (b, a) = rng.uniform(0, SIZE), rng.uniform(*RADII, 2)
        inside = ((columns - x) / a) ** 2 + ((rows - y) / b) ** 2 < 1
        made.append(Instance(index, 0, 1, 'thing', 0.5, Rle.encode(inside)))
    return made


def measure_messages() -> list[float]:
    """Return the seconds that it took to build and publish each of MESSAGES InstanceArrays."""
    from reasonseg_ros.ros import dds
    dds.prepare()
    from reasonseg_ros.msg import InstanceArray
    from reasonseg_ros.ros.client.connection import Connection
    from reasonseg_ros.ros.output import convert
    from reasonseg_ros.ros.qos import LATCHED
    connection = Connection('bench')
    try:
        publisher = connection.node.create_publisher(InstanceArray, '~/instances', LATCHED)
        header, made = convert.header_message(1, 'optical'), instances()
        seconds = []
        for _ in range(MESSAGES):
            start = time.perf_counter()
            publisher.publish(InstanceArray(
                header=header, dialogue_id='bench', round=1,
                instances=[convert.instance_message(i, 'bench', header) for i in made]))
            seconds.append(time.perf_counter() - start)
    finally:
        connection.close()
    return seconds
