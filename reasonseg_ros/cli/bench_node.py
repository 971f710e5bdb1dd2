# SPDX-License-Identifier: Apache-2.0
"""Round trips over the service of a real node, fed by a real camera process. Prints nothing."""

import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from reasonseg_ros.cli.processes import Child
from reasonseg_ros.cli.processes import own_domain
from reasonseg_ros.core.errors import DeadlineExceeded
from reasonseg_ros.core.status import Status

PROGRAM = 'reasonseg_ros.cli.main'
READY_WITHIN = 60.0   # seconds until the node is active and has an image
NOT_YET = (Status.NO_IMAGE, Status.NOT_ACTIVE, Status.STALE_IMAGE)
ENGINE_STAGES = ('context', 'text', 'mask', 'memory')  # context: same picture, or a new one?


@dataclass(frozen=True)
class Trip:
    """One request as its caller saw it, in seconds; `engine` is the model's share."""

    round: int
    seconds: float
    engine: float


def measure(sentences: tuple[str, ...], repeats: int, scene: int, checkpoint: str, device: str
            ) -> list[Trip]:
    """Hold `repeats` dialogues of `sentences` with a node of its own, at 640x480 and 30 Hz."""
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
        _wait(client, (camera, node))
        trips = []
        for repeat in tqdm(range(repeats), desc='dialogues'):
            for index, sentence in enumerate(sentences, start=1):
                start = time.perf_counter()
                reply = client.segment(sentence, f'bench-{repeat}')
                seconds = time.perf_counter() - start
                engine = sum(reply.seconds.get(stage, 0.0) for stage in ENGINE_STAGES)
                trips.append(Trip(index, seconds, engine))
        return trips


def _wait(client, children: tuple[Child, ...]) -> None:
    """Ask until the node is active and has an image."""
    end = time.monotonic() + READY_WITHIN
    while client.segment('the mug', 'warm-up').status in NOT_YET:
        for child in children:
            child.check()
        if time.monotonic() > end:
            raise DeadlineExceeded(f'the node had no image after {READY_WITHIN:g} s; see whether '
                                   '"reasonseg sim" runs here')
