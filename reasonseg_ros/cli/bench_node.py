# SPDX-License-Identifier: Apache-2.0
"""Round trips over the service of a real node, fed by a real camera process. Prints nothing."""

import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from reasonseg_ros.cli.ask import ANSWERS
from reasonseg_ros.cli.processes import Child
from reasonseg_ros.cli.processes import own_domain
from reasonseg_ros.cli.ready import ask_when_ready

if TYPE_CHECKING:
    from reasonseg_ros.ros.client import Client

PROGRAM = 'reasonseg_ros.cli.main'
READY_WITHIN = 60.0   # seconds until the node is active and has an image
ENGINE_STAGES = ('context', 'text', 'mask', 'memory')  # context: same picture, or a new one?


@dataclass(frozen=True)
class Trip:
    """One request as its caller saw it, in seconds; `engine` is the model's share."""

    round: int
    seconds: float
    engine: float


def measure(sentences: tuple[str, ...], repeats: int, scene: int, checkpoint: str, device: str
            ) -> tuple[list[Trip], Counter[str]]:
    """Hold `repeats` dialogues of `sentences` with a node of its own, at 640x480 and 30 Hz.

    Returns the trips that were answered, and how many ended with which other status.
    """
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = own_domain(logs)
        from reasonseg_ros.ros import dds
        dds.prepare()
        from reasonseg_ros.ros.client import Client
        camera = Child('simulated camera', PROGRAM,
                       ['sim', '--split', 'test', '--seed', str(scene), '--rate', '30'],
                       logs / 'sim.log', environment)
        node = Child('node', PROGRAM,
                     ['node', '--checkpoint', checkpoint, '--ros-args', '-p',
                      'store_path:=":memory:"', '-p', f'device:={device}'],
                     logs / 'node.log', environment)
        for child in (camera, node):
            stack.enter_context(child)
        client = stack.enter_context(Client(patience=READY_WITHIN))
        ask_when_ready(partial(client.segment, 'the mug', 'warm-up'), (camera, node),
                       READY_WITHIN)
        return hold(client, sentences, repeats)


def hold(client: 'Client', sentences: tuple[str, ...], repeats: int
         ) -> tuple[list[Trip], Counter[str]]:
    """Hold the dialogues of `measure` with a node that is ready."""
    trips: list[Trip] = []
    refused: Counter[str] = Counter()
    for repeat in tqdm(range(repeats), desc='dialogues'):
        for index, sentence in enumerate(sentences, start=1):
            start = time.perf_counter()
            reply = client.segment(sentence, f'bench-{repeat}')
            seconds = time.perf_counter() - start
            if reply.status not in ANSWERS:  # says how fast the node refuses, not how it answers
                refused[reply.status.name] += 1
                continue
            engine = sum(reply.seconds.get(stage, 0.0) for stage in ENGINE_STAGES)
            trips.append(Trip(index, seconds, engine))
    return trips, refused
