# SPDX-License-Identifier: Apache-2.0
"""What a process needs to answer a benchmark, as a value that can be sent to another machine.

A job can also be answered on the machines of a Ray cluster (optional extra `ray`). Every worker
loads the engine and the data once; the folders of the data must be readable under the same names
everywhere. Lines come back in any order, so the results are those of one process.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.core.errors import BadInput, ReasonSegError
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.benchmark import Interviewer
from reasonseg_ros.evaluation.records import Protocol
from reasonseg_ros.evaluation.shards import Line, line_of


@dataclass(frozen=True)
class Job:
    """Engine, data and protocol by name.

    data      the file that says where data lie
    wording   see `protocols.worded`
    counting  see `protocols.truth_mask` and `protocols.empty_iou`
    out       folder of the run; the rounds of the first `drawn` conversations are drawn there
    """

    engine: str
    checkpoint: str
    device: str
    data: Path
    benchmark: str
    split: str
    protocol: Protocol
    wording: str
    out: Path
    drawn: int
    counting: str = 'exact'

    def dataset(self) -> Dataset:
        """Open the data. Raises BadInput."""
        return open_benchmark(read_places(self.data), self.benchmark, self.split)

    def start(self) -> 'JobRunner':
        """Open the data and load the engine; data first, since they fail sooner."""
        dataset = self.dataset()
        engine = load(self.engine, self.checkpoint, self.device)
        interviewer = Interviewer(engine, self.protocol, self.wording, self.counting)
        return JobRunner(self, dataset, engine.facts, interviewer)


@dataclass(frozen=True)
class JobRunner:
    """A job that is ready to answer."""

    job: Job
    dataset: Dataset
    facts: EngineFacts
    interviewer: Interviewer

    def line(self, place: int) -> Line:
        """Conduct the conversation at this place of the data."""
        folder = self.job.out if place < self.job.drawn else None
        return line_of(self.interviewer, self.dataset, place, folder)


class _Worker:
    """One process of the cluster; `start` comes first."""

    def start(self, job: Job) -> EngineFacts:
        """Load data and engine."""
        self._started: JobRunner = job.start()
        return self._started.facts

    def line(self, place: int) -> Line:
        """Conduct one conversation."""
        return self._started.line(place)


class Cluster:
    """Started workers of one job; made by `connected`."""

    def __init__(self, ray: Any, workers: Sequence[Any], facts: EngineFacts) -> None:
        self._ray, self._workers, self.facts = ray, workers, facts

    def __len__(self) -> int:
        return len(self._workers)

    def answer(self, places: Sequence[int]) -> Iterator[Line]:
        """Yield the lines of `places` as workers finish them."""
        pool = self._ray.util.ActorPool(self._workers)
        with _plain_errors(self._ray):
            yield from pool.map_unordered(lambda worker, place: worker.line.remote(place), places)


@contextmanager
def connected(address: str, job: Job) -> Iterator[Cluster]:
    """Start a worker for each GPU of the cluster, or for each CPU core where the job wants those.

    address  of the cluster, e.g. ray://head:10001 or auto; "local" starts one on this machine

    Raises BadInput when Ray is not installed, the cluster cannot be reached or has no room.
    """
    try:
        import ray
        import ray.util
    except ModuleNotFoundError as error:
        raise BadInput('Ray is not installed; pip install "reasonseg_ros[ray]", or use '
                       '--shard I/N') from error
    try:
        ray.init(address=address, log_to_driver=False, logging_level='error')
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise BadInput(f'the Ray cluster "{address}" cannot be reached ({error}); start one with '
                       '"ray start --head"') from error
    try:
        resources = ray.cluster_resources()
        gpus = 0 if job.device == 'cpu' else int(resources.get('GPU', 0))
        count = gpus or int(resources.get('CPU', 0))
        if not count or (job.device.startswith('cuda') and not gpus):
            raise BadInput(f'the Ray cluster "{address}" has no room for device "{job.device}"; '
                           'choose another --device, or add machines')
        remote = ray.remote(num_cpus=1, num_gpus=1 if gpus else 0)(_Worker)
        workers = [remote.remote() for _ in range(count)]
        with _plain_errors(ray):
            facts = ray.get([worker.start.remote(job) for worker in workers])
        yield Cluster(ray, workers, facts[0])
    finally:
        ray.shutdown()


@contextmanager
def _plain_errors(ray: Any) -> Iterator[None]:
    """Raise an error of a worker as if it had happened here, and one of the cluster in a line."""
    try:
        yield
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, ReasonSegError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        first = str(error).strip().partition('\n')[0]
        raise ReasonSegError(f'the Ray cluster lost a worker ({type(error).__name__}: {first}); '
                             'what was finished is kept: run the same command again') from error
