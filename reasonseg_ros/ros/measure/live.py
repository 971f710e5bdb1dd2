# SPDX-License-Identifier: Apache-2.0
"""What it costs a real node to follow things between requests, and what requests then take.

A camera process moves all the time, so that every image shows another view. Requests are asked
while nobody listens to `~/tracked`, then while somebody does. Prints nothing.
"""

import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.core.errors import ANSWERED, ReasonSegError
from reasonseg_ros.ros.client.ready import ask_when_ready
from reasonseg_ros.ros.measure.node import IDLE, PROGRAM, RATE, READY_WITHIN, processor_seconds
from reasonseg_ros.ros.processes import Child, own_domain

if TYPE_CHECKING:
    from reasonseg_ros.ros.client.client import Client
    from reasonseg_ros.ros.client.connection import Connection

DIALOGUE = 'live'
PAUSE = 0.25      # seconds between requests, as somebody who talks
MOST = 80         # requests of a phase: a dialogue has 200 rounds


@dataclass(frozen=True)
class Phase:
    """Requests in one dialogue, and the node meanwhile.

    named, numbered  seconds that requests took which the engine, and which the memory answers
    refused          how many ended with which other status
    core             share of one core that the node took, pauses included
    seconds          that the phase took
    """

    named: list[float]
    numbered: list[float]
    refused: dict[str, int]
    core: float
    seconds: float

    def processor(self, idle: float) -> float:
        """Processor seconds of a request, beyond the share of a core that is taken without any."""
        asked = len(self.named) + len(self.numbered) + sum(self.refused.values())
        return (self.core - idle) * self.seconds / asked


@dataclass(frozen=True)
class LiveCost:
    """What following things costs.

    things         that were followed, parts among them
    alone, beside  requests while nobody listens to `~/tracked`, and while somebody does
    intake, core   share of one core that the node takes without requests, then likewise
    rate           messages of `~/tracked` a second without requests, and among them (rate_beside)
    ages           seconds from the stamp of an image to the arrival of what is known of it
    """

    things: int
    alone: Phase
    beside: Phase
    intake: float
    core: float
    rate: float
    rate_beside: float
    ages: list[float]


def measure(sentences: tuple[str, ...], things: int, requests: int, scene: int, engine: str,
            width: int, height: int, checkpoint: str, device: str) -> LiveCost:
    """Follow `things` that the sentences name while a hand moves the camera.

    Raises ReasonSegError where the sentences show fewer.
    """
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = own_domain(logs)
        from reasonseg_ros.ros import dds
        dds.prepare()
        from rclpy.qos import qos_profile_sensor_data

        from reasonseg_ros.msg import InstanceArray
        from reasonseg_ros.ros.client.client import Client
        from reasonseg_ros.ros.client.connection import Connection
        connection = Connection('bench')
        stack.callback(connection.close)
        client = stack.enter_context(Client(patience=READY_WITHIN, connection=connection))
        camera = Child('simulated camera', PROGRAM,
                       ['sim', '--split', 'test', '--seed', str(scene), '--rate', str(RATE),
                        '--move', 'hand', '--width', str(width), '--height', str(height)],
                       logs / 'sim.log', environment)
        node = Child('node', PROGRAM,
                     ['node', '--engine', engine, '--checkpoint', checkpoint, '--ros-args', '-p',
                      'store_path:=":memory:"', '-p', f'device:={device}',
                      '-p', 'memory_frame:=world'], logs / 'node.log', environment)
        for child in (node, camera):
            stack.enter_context(child)
        ask_when_ready(client, partial(client.segment, 'the mug', 'warm-up'), (camera, node),
                       READY_WITHIN)
        ids = introduce(client, sentences, things)
        said = tuple(islice(cycle(mixed(sentences, ids)), requests))
        _, intake = _watched(connection, node, IDLE)
        alone = _phase(client, connection, node, said)
        heard: list[tuple[float, InstanceArray]] = []
        connection.node.create_subscription(
            InstanceArray, 'segmenter/tracked', lambda m: heard.append((time.time(), m)),
            qos_profile_sensor_data)
        connection.wait(lambda: bool(heard), READY_WITHIN)
        heard.clear()
        seconds, core = _watched(connection, node, IDLE)
        rate = len(heard) / seconds
        count, start = len(heard), time.perf_counter()
        beside = _phase(client, connection, node, said)
        seconds = time.perf_counter() - start
        ages = [when - m.header.stamp.sec - m.header.stamp.nanosec / 1e9 for when, m in heard]
        return LiveCost(len(ids), alone, beside, intake, core, rate,
                        (len(heard) - count) / seconds, ages)


def introduce(client: 'Client', sentences: tuple[str, ...], things: int) -> list[int]:
    """Name things until so many have been shown; return their ids."""
    ids: set[int] = set()
    for sentence in sentences:
        ids |= {i.id for i in client.segment(sentence, DIALOGUE).instances}
        if len(ids) >= things:
            return sorted(ids)
    raise ReasonSegError(f'{len(sentences)} sentences about the scene showed {len(ids)} things; '
                         f'{things} are to be followed: give fewer --things, or another --scene')


def mixed(sentences: tuple[str, ...], ids: list[int]) -> list[str]:
    """Return requests that the engine answers and ones that the memory does, in turn."""
    return [said for pair in zip(sentences, (f'number {i}' for i in cycle(ids))) for said in pair]


def _watched(connection: 'Connection', node: Child, seconds: float) -> tuple[float, float]:
    """Listen for a while; return the seconds, and the share of a core that the node took."""
    start, before = time.perf_counter(), processor_seconds(node.pid)
    connection.wait(lambda: False, seconds)
    taken = time.perf_counter() - start
    return taken, (processor_seconds(node.pid) - before) / taken


def _phase(client: 'Client', connection: 'Connection', node: Child, said: tuple[str, ...]
           ) -> Phase:
    """Ask, with a pause after each answer."""
    seconds: dict[bool, list[float]] = {False: [], True: []}
    refused: Counter[str] = Counter()
    begin, before = time.perf_counter(), processor_seconds(node.pid)
    for sentence in said:
        start = time.perf_counter()
        reply = client.segment(sentence, DIALOGUE)
        taken = time.perf_counter() - start
        if reply.status in ANSWERED:
            seconds[sentence.startswith('number ')].append(taken)
        else:
            refused[reply.status.name] += 1
        connection.wait(lambda: False, PAUSE)
    whole = time.perf_counter() - begin
    return Phase(seconds[False], seconds[True], dict(refused),
                 (processor_seconds(node.pid) - before) / whole, whole)
