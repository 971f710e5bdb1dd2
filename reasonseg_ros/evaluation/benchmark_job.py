# SPDX-License-Identifier: Apache-2.0
"""What a process needs to answer a benchmark, as a value that can be sent to another machine."""

from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.benchmarks.catalogue import open_benchmark
from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.benchmarks.places import read_places
from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.registry import load
from reasonseg_ros.evaluation.benchmark import Line
from reasonseg_ros.evaluation.benchmark import line_of
from reasonseg_ros.evaluation.holding import Holder
from reasonseg_ros.evaluation.records import Protocol


@dataclass(frozen=True)
class Job:
    """Engine, data and protocol by name.

    data     the file that says where data lie
    wording  see `protocols.worded`
    out      folder of the run; the rounds of the first `drawn` conversations are drawn there
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

    def dataset(self) -> Dataset:
        """Open the data. Raises BadInput."""
        return open_benchmark(read_places(self.data), self.benchmark, self.split)

    def start(self) -> 'Started':
        """Open the data and load the engine; data first, since they fail sooner."""
        dataset = self.dataset()
        engine = load(self.engine, self.checkpoint, self.device)
        return Started(self, dataset, engine.facts, Holder(engine, self.protocol, self.wording))


@dataclass(frozen=True)
class Started:
    """A job that is ready to answer."""

    job: Job
    dataset: Dataset
    facts: EngineFacts
    holder: Holder

    def line(self, place: int) -> Line:
        """Hold the conversation at this place of the data."""
        folder = self.job.out if place < self.job.drawn else None
        return line_of(self.holder, self.dataset, place, folder)
