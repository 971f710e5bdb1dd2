# SPDX-License-Identifier: Apache-2.0
"""Campaigns against a running node: kills, bursts, and a long dialogue with everybody listening.

Each returns its figures and fails with AssertionError when a promise is broken. `test_campaigns.py`
runs their short forms, `make soak` the long ones. What the store does on a disk that fails is in
test/core/dialogue/test_store_faults.py.
"""

import fcntl
import random
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from builtin_interfaces.msg import Duration
from rclpy.action import ActionClient
from rclpy.executors import SingleThreadedExecutor
from reasonseg_ros.action import SegmentDialogue
from reasonseg_ros.srv import GetDialogue, ResetDialogue, Segment

from reasonseg_ros.core.errors import ANSWERED, DeadlineExceeded, Status
from reasonseg_ros.ros import dds
from reasonseg_ros.ros.client.client import Client, NodeMissing
from support.harness import LONG, Driver, Process, segmenter, served, until

SHARED = Path('/dev/shm')
HOUR = 3600.0
FULL = 200  # rounds of a dialogue; then it is reset


# Kills

@dataclass
class Ledger:
    """What the node has told about one dialogue.

    rounds   index -> (instruction, ids) of rounds that were acknowledged as on disk
    unsure   requests without an answer since the last look: each may have become a round
    emptied  whether a reset was not answered: all may be gone
    highest  id that was given to an instance
    """

    rounds: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    unsure: int = 0
    emptied: bool = False
    highest: int = 0

    def take(self, instruction: str, response: Segment.Response) -> None:
        """Note an answer."""
        ids = tuple(i.id for i in response.instances)
        assert response.status == Status.OK and response.persistent, response.message
        known = {i for _, shown in self.rounds.values() for i in shown}  # named again, kept
        new = [i for i in ids if i not in known]
        assert not new or min(new) > self.highest, f'ids {new} were given out before'
        self.highest = max((self.highest, *ids))
        self.rounds[response.round] = instruction, ids

    def compare(self, response: GetDialogue.Response) -> int:
        """Check what a restarted node has; return how many rounds nobody was told of."""
        found = {r.index: (r.instruction, tuple(i.id for i in r.instances))
                 for r in response.rounds}
        if not (self.emptied and not found):
            lost = {k: v for k, v in self.rounds.items() if found.get(k) != v}
            assert not lost, f'{len(lost)} acknowledged rounds are gone: {lost}, found {found}'
            assert len(found) <= len(self.rounds) + self.unsure, (found, self)
        untold = len(found) - len(self.rounds)
        self.rounds, self.unsure, self.emptied = found, 0, False
        self.highest = max((self.highest, *(i for _, ids in found.values() for i in ids)))
        return max(0, untold)


def kills(folder: Path, count: int, seed: int = 0) -> dict[str, float]:
    """Kill the node `count` times at random while one client goes on asking.

    Every round that was acknowledged is there after the restart, and no id is given out twice.
    """
    dice = random.Random(seed)
    ledgers: dict[str, Ledger] = defaultdict(Ledger)
    figures: Counter[str] = Counter()
    slowest = 0.0
    with _camera() as _, Client('segmenter', patience=LONG) as client:
        for last in (*(False,) * count, True):
            before = set(SHARED.glob('fastdds_*'))
            process = segmenter(folder, 'max_age:=3600.0')
            process.says('active, listening')
            start = time.monotonic()
            _answered(client, 'looking')
            slowest = max(slowest, time.monotonic() - start)
            for name, ledger in ledgers.items():
                kept = client.call(GetDialogue, 'get_dialogue',
                                   GetDialogue.Request(dialogue_id=name), LONG)
                figures['untold'] += ledger.compare(kept)
            if last:
                process.end()
                break
            dead = threading.Event()

            def kill(process: Process = process, dead: threading.Event = dead) -> None:
                process.kill()
                dead.set()
            timer = threading.Timer(dice.uniform(0.3, 2.0), kill)
            timer.start()
            while not dead.is_set():
                _ask_one(client, dice, ledgers, figures)
            timer.join()
            _sweep(before)
    return {'kills': count, **figures, 'slowest first answer (s)': slowest}


def _ask_one(client: Client, dice: random.Random, ledgers: dict[str, Ledger],
             figures: Counter[str]) -> None:
    name, words = dice.choice('abc'), dice.choice(('the red one', 'the green one'))
    ledger = ledgers[name]
    full = len(ledger.rounds) > FULL - 20
    try:
        if full:
            client.call(ResetDialogue, 'reset_dialogue', ResetDialogue.Request(dialogue_id=name),
                        2.0)
            ledgers[name] = Ledger()
            return
        response = client.call(Segment, 'segment', Segment.Request(
            dialogue_id=name, instruction=words), 2.0)
    except (DeadlineExceeded, NodeMissing):
        ledger.unsure += 1
        ledger.emptied |= full
        return
    if response.status in (Status.NO_IMAGE, Status.NOT_ACTIVE):
        return
    ledger.take(words, response)
    figures['acknowledged'] += 1


def _answered(client: Client, dialogue: str, driver: Driver | None = None) -> None:
    """Return when the node answers; a client may have to find a restarted one first.

    driver  sends an image before each request; None where a camera runs
    """
    def answers() -> bool:
        if driver is not None:
            driver.send()
        try:
            return client.segment('the red one', dialogue, timeout=2.0).status in ANSWERED
        except (DeadlineExceeded, NodeMissing):
            return False
    until(answers, 'an answer of a node that is active')


def _sweep(before: set[Path]) -> None:
    """Remove the shared memory of what was just killed: 64 MB each."""
    for lock in set(SHARED.glob('fastdds_*_el')) - before:
        try:
            with lock.open('rb') as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while its owner lives
            lock.with_name(lock.name.removesuffix('_el')).unlink(missing_ok=True)
            lock.unlink()
        except OSError:
            continue


@contextmanager
def _camera() -> Iterator[Driver]:
    """A camera of 20 images a second in a thread of its own."""
    dds.prepare()
    context = rclpy.Context()
    rclpy.init(context=context)
    driver, over = Driver(context), threading.Event()

    def send() -> None:
        while not over.wait(0.05):
            driver.send()
    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield driver
    finally:
        over.set()
        thread.join()
        context.try_shutdown()


# Bursts

def bursts(folder: Path, clients: int, rounds: int, seconds: float) -> dict[str, float]:
    """Ask `clients` times at once, with queues as they are by default, and again and again.

    Every request and goal is answered, with OK or BUSY; clients that ask again after BUSY are
    served alike.
    """
    figures: Counter[str] = Counter()
    with served(folder, 'max_age:=3600.0') as (_, driver, client):
        driver.connected()
        _answered(client, 'looking', driver)
        nodes = [rclpy.create_node(f'client_{n}', context=driver.node.context)
                 for n in range(clients)]
        executor = SingleThreadedExecutor(context=driver.node.context)
        for node in nodes:
            executor.add_node(node)
        asking = [node.create_client(Segment, 'segmenter/segment') for node in nodes]
        goals = ActionClient(nodes[0], SegmentDialogue, 'segmenter/segment_dialogue')
        spinner = threading.Thread(target=executor.spin, daemon=True)
        spinner.start()
        try:
            for each in asking:
                assert each.wait_for_service(LONG)
            assert goals.wait_for_server(LONG)
            for _ in range(rounds):
                for one in (asking[:1] * clients, asking):
                    answers = _all([each.call_async(Segment.Request(
                        instruction='red', dialogue_id=f'{n}', max_age=Duration(sec=3600)))
                        for n, each in enumerate(one)])
                    assert {a.status for a in answers} <= {Status.OK, Status.BUSY}
                    figures['requests'] += len(answers)
                handles = _all([goals.send_goal_async(SegmentDialogue.Goal(
                    instruction='red', dialogue_id=f'{n}', max_age=Duration(sec=3600)))
                    for n in range(clients)])
                results = _all([handle.get_result_async() for handle in handles])
                assert {r.result.status for r in results} <= {Status.OK, Status.BUSY}
                figures['goals'] += len(results)
            turns = _turns(asking[:8], seconds)
        finally:
            executor.shutdown()
            spinner.join(LONG)
    return {**figures, 'least served': min(turns), 'most served': max(turns)}


def _all(futures: list[Any]) -> list[Any]:
    until(lambda: all(future.done() for future in futures), 'an answer to each')
    return [future.result() for future in futures]


def _turns(asking: list[Any], seconds: float) -> list[int]:
    """Return how often each client was served that asked again as soon as it had an answer."""
    counts, end = [0] * len(asking), time.monotonic() + seconds

    def ask(number: int) -> None:
        while time.monotonic() < end:
            future = asking[number].call_async(Segment.Request(
                instruction='red', dialogue_id=f'turn {number} {counts[number] // 100}',
                max_age=Duration(sec=3600)))
            until(future.done, 'an answer')
            counts[number] += future.result().status == Status.OK
    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(asking))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


# Soak

@dataclass(frozen=True)
class Sample:
    """A process at one moment: seconds since the start, megabytes, counts."""

    seconds: float
    resident: float
    descriptors: int
    threads: int
    shared: float
    database: float


def sample(pid: int, start: float, store: Path) -> Sample:
    """Look at a process (Linux, proc(5)), at the shared memory of all, and at its store."""
    process = Path(f'/proc/{pid}')
    status = dict(line.split(':', 1) for line in (process / 'status').read_text().splitlines())
    database = sum(file.stat().st_size for file in store.parent.glob(f'{store.name}*'))
    shared = sum(file.stat().st_size for file in SHARED.glob('fastdds_*') if file.exists())
    return Sample(time.monotonic() - start, int(status['VmRSS'].split()[0]) / 1024,
                  len(list((process / 'fd').iterdir())), int(status['Threads']), shared / 2**20,
                  database / 2**20)


def soak(folder: Path, minutes: float, *, program: str = 'support.fake_segmenter',
         camera: tuple[str, ...] = (), dialogues: int = 8, full: int = FULL,
         sentences: tuple[str, ...] = ('the red one', 'the green one')) -> dict[str, float]:
    """Hold `dialogues` of `full` rounds at the same time, again and again, everybody listening.

    They begin one after the other, so that young and old ones are asked in the same moments: what
    else the machine does costs both alike.

    program  the node; with a `camera`, arguments of `reasonseg`, that is its camera
    """
    store = folder / 'dialogues.sqlite3'
    listener = Process('support.listener', folder)
    watched = [listener]
    if camera:
        watched.append(Process('reasonseg_ros.cli.main', folder, *camera))
    node = segmenter(folder, 'max_age:=3600.0', 'label_image_scope:=dialogue', program=program)
    watched.append(node)
    start = time.monotonic()
    latencies: dict[int, list[float]] = defaultdict(list)  # round -> seconds
    samples: list[Sample] = []
    try:
        listener.says('listening')
        node.says('active, listening')
        with nullcontext() if camera else _camera(), Client('segmenter', patience=LONG) as client:
            _answered(client, 'looking')
            asked, steps = [0] * dialogues, 0
            while steps < full or time.monotonic() < start + 60 * minutes:
                for name in range(dialogues):
                    if (steps + name * full // dialogues) % full == 0 or not steps:
                        client.reset(f'{name}')
                        asked[name] = 0
                    asked[name] += 1
                    begun = time.perf_counter()
                    reply = client.segment(sentences[steps % len(sentences)], f'{name}')
                    latencies[asked[name]].append(time.perf_counter() - begun)
                    assert reply.status in ANSWERED, reply.message
                samples.append(sample(node.pid, start, store))
                steps += 1
    finally:
        for process in reversed(watched):
            process.end()
    assert 'Traceback' not in node.log, node.log
    return {'rounds': steps * dialogues, 'sweeps': steps / full, **_latency(latencies, full),
            **_growth(samples)}


def _latency(latencies: dict[int, list[float]], full: int) -> dict[str, float]:
    """Compare the latency of early rounds of all dialogues with that of late ones, in ms."""
    part = max(1, full // 10)
    early, late = (1000 * statistics.median(s for k in rounds for s in latencies[k])
                   for rounds in (range(1, part + 1), range(full - part + 1, full + 1)))
    worst = 1000 * float(np.percentile([s for all_ in latencies.values() for s in all_], 99))
    return {'early p50 (ms)': early, 'late p50 (ms)': late, 'late to early': late / early,
            'p99 (ms)': worst}


def _growth(samples: list[Sample]) -> dict[str, float]:
    """Return what grows: the slope of memory over the second half, and the ends of the rest."""
    half = samples[len(samples) // 2:]
    slope = float(np.polyfit([s.seconds for s in half], [s.resident for s in half], 1)[0])
    first, last = half[0], half[-1]
    return {'memory (MB)': last.resident, 'memory slope (MB/h)': slope * HOUR,
            'descriptors more': last.descriptors - first.descriptors,
            'threads more': last.threads - first.threads,
            '/dev/shm more (MB)': last.shared - first.shared, 'database (MB)': last.database}
