# SPDX-License-Identifier: Apache-2.0
"""The folder of a replay: images and records as they are made, then results, timings and a bag.

    results.json   records.Run; the same run gives the same bytes
    timings.json   how long everything took
    pictures/      one overlay per round, JPEG
    answers/       bag (MCAP) with `<node>/instances`, `<node>/overlay/compressed` and the
                   transforms of the source, for RViz and Foxglove
    partial.jsonl  a line per round while it runs; gone when it is finished

Drawing runs in a thread of its own, beside the engine. Does not ask engines.
"""

import base64
import json
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any

from reasonseg_ros.bags import messages as make
from reasonseg_ros.bags import types
from reasonseg_ros.bags.reader import Bag
from reasonseg_ros.bags.topics import Topics
from reasonseg_ros.bags.writer import BagWriter
from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.geometry.boxes import OrientedBox, boxes_of, measured, table_up
from reasonseg_ros.core.geometry.grasps import UNKNOWN, Handling, handlings_of
from reasonseg_ros.core.schema import build
from reasonseg_ros.drawing.overlay import overlay
from reasonseg_ros.evaluation import records
from reasonseg_ros.evaluation.records import Run
from reasonseg_ros.evaluation.replay import ReplayedRound

PENDING = 8  # rounds that may wait to be drawn; each holds an image


@dataclass(frozen=True)
class _Kept:
    """A line of the partial file."""

    record: Mapping[str, Any]
    last: bool
    time: int
    stamp: int
    frame_id: str
    instances: str | None
    seconds: Mapping[str, float]


class ReplayFolder:
    """The folder while a replay runs; use it as a context manager.

    identity  what must be the same for an interrupted replay to go on
    lines     rounds that are finished, by dialogue
    """

    def __init__(self, path: Path, identity: Mapping[str, str | int | float]) -> None:
        self.path = path
        self._partial = path / 'partial.jsonl'
        self._identity = dict(identity)
        self.lines: dict[str, list[dict[str, Any]]] = {}
        if self._partial.exists():
            self._resume()
        self._jobs: deque[Future[None]] = deque()

    def __enter__(self) -> 'ReplayFolder':
        (self.path / 'pictures').mkdir(parents=True, exist_ok=True)
        # Only whole dialogues are kept: what is left of others is written anew.
        kept = [self._identity, *(line for lines in self.lines.values() for line in lines)]
        new = self._partial.with_suffix('.new')
        new.write_text(''.join(f'{json.dumps(line)}\n' for line in kept))
        new.replace(self._partial)  # at once, so that a kill here loses nothing
        self._file = self._partial.open('a', encoding='utf-8')
        self._pool = ThreadPoolExecutor(1, 'drawing')
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._pool.shutdown()  # what was answered is written down, also when interrupted
        self._file.close()

    def add(self, replayed: ReplayedRound, last: bool) -> None:
        """Draw and write down a round; `last` of its dialogue."""
        while len(self._jobs) >= PENDING:
            self._jobs.popleft().result()
        self._jobs.append(self._pool.submit(self._keep, replayed, last))

    def finish(self, run: Run, timings: Mapping[str, float], bag: Bag, node: str) -> Run:
        """Write results, timings and the bag of answers; return the run with its rounds."""
        while self._jobs:
            self._jobs.popleft().result()
        lines = [line for several in self.lines.values() for line in several]
        run = replace(run, rounds=tuple(records.round_of(line['record']) for line in lines))
        rounds = [{'dialogue': r.dialogue, 'round': r.round, 'seconds': line['seconds']}
                  for r, line in zip(run.rounds, lines, strict=True)]
        text = json.dumps({**timings, 'rounds': rounds}, indent=1)
        (self.path / 'timings.json').write_text(f'{text}\n')
        for old in set((self.path / 'pictures').glob('[0-9]*.jpg')) - {
                self.path / r.picture for r in run.rounds}:
            old.unlink()  # of a longer replay before
        self._write_bag(lines, bag, node)
        records.save(run, self.path / 'results.json')
        self._partial.unlink()
        return run

    def _resume(self) -> None:
        """Read the rounds of finished dialogues; refuse those of another replay."""
        first, *rest = self._partial.read_text(encoding='utf-8', errors='replace'
                                               ).splitlines() or ['']
        found = _parsed(first) or {}
        for name, value in self._identity.items():
            if found.get(name) != value:
                raise BadInput(
                    f'{self._partial} is of an interrupted replay with the {name} '
                    f'{found.get(name, "unknown")}, this one has {value}; choose another --out, '
                    'or remove that file')
        for number, line in enumerate(map(_parsed, rest), start=2):
            if line is not None:
                self._check(line, number)
                self.lines.setdefault(line['record']['dialogue'], []).append(line)
        self.lines = {name: lines for name, lines in self.lines.items() if lines[-1]['last']}

    def _check(self, line: dict[str, Any], number: int) -> None:
        """Refuse a line that this program did not write."""
        try:
            records.round_of(build(_Kept, line).record)
        except ValueError as error:
            raise BadInput(f'{self._partial}, line {number}: {error}; choose another --out, or '
                           'remove that file') from error

    def _keep(self, replayed: ReplayedRound, last: bool) -> None:
        start = perf_counter()
        record, data = replayed.record, None
        if replayed.frame is None:
            record = replace(record, picture='')
        else:
            size = replayed.frame.rgb.shape[:2]
            earlier = [i for i in replayed.earlier if (i.mask.height, i.mask.width) == size]
            image = overlay(replayed.frame.rgb, replayed.shown, earlier)
            (self.path / record.picture).write_bytes(make.jpeg(image))
            data = _instances(replayed.frame, replayed)
        drawn = perf_counter() - start
        line = {'record': records.plain_of(record), 'last': last, 'time': replayed.time,
                'stamp': 0 if replayed.frame is None else replayed.frame.stamp,
                'frame_id': '' if replayed.frame is None else replayed.frame.frame_id,
                'instances': data, 'seconds': {**replayed.seconds, 'drawing': drawn}}
        self.lines.setdefault(record.dialogue, []).append(line)
        self._file.write(f'{json.dumps(line)}\n')
        self._file.flush()

    def _write_bag(self, lines: list[dict[str, Any]], bag: Bag, node: str) -> None:
        instances, drawn = f'/{node}/instances', f'/{node}/overlay/compressed'
        with BagWriter(self.path / 'answers', overwrite=True) as writer:
            writer.topic(instances, types.INSTANCES, latched=True)
            writer.topic(drawn, types.COMPRESSED)
            for topic in bag.of_kind(types.TRANSFORMS):
                writer.topic(topic, types.TRANSFORMS, latched=topic.endswith('static'))
            for topic, time, data in bag.messages(bag.of_kind(types.TRANSFORMS)):
                writer.write(topic, time, bytes(data))
            for line in sorted(lines, key=lambda line: line['time']):
                if line['instances'] is None:
                    continue
                head = make.header(line['stamp'], line['frame_id'])
                file = (self.path / line['record']['picture']).read_bytes()
                writer.write(instances, line['time'], base64.b64decode(line['instances']))
                writer.write(drawn, line['time'],
                             make.cdr(types.COMPRESSED, make.compressed(file, head)))


def options_of(topics: Topics, slop: float, complete: bool) -> dict[str, str | float | bool]:
    """Return the options of a run for its record; `complete` = the bag is intact."""
    return {'image': topics.image, 'depth': topics.depth, 'camera_info': topics.info,
            'slop': slop, 'complete': complete}


def data_of(digests: Mapping[str, str]) -> str:
    """Return what a run is about, for its record; `digests` are of 'bag' and 'script'."""
    return f'bag {digests["bag"][:12]}, dialogues {digests["script"][:12]}'


def _instances(frame: Frame, replayed: ReplayedRound) -> str:
    """Return the message `<node>/instances` of a round, CDR in base64."""
    record = replayed.record
    head = make.header(frame.stamp, frame.frame_id)
    solids, handlings, ratios = in_space(frame, replayed.shown)
    shown = [make.instance(i, record.dialogue, head, solids.get(i.id),
                           handlings.get(i.id, UNKNOWN), ratios.get(i.id, 0.0))
             for i in replayed.shown]
    message = make.instance_array(record.dialogue, record.round, shown, head)
    return base64.b64encode(make.cdr(types.INSTANCES, message)).decode('ascii')


def in_space(frame: Frame, instances: Sequence[Instance]
             ) -> tuple[dict[int, OrientedBox], dict[int, Handling], dict[int, float]]:
    """Return boxes, how to hold things, and shares of measured depth, by instance id.

    In the optical frame, for a gripper that opens `core.geometry.grasps.OPENING`.
    """
    if frame.depth is None or frame.camera is None:
        return {}, {}, {}
    up = table_up(frame.depth, frame.camera, [i.mask for i in instances if not i.parent_id])
    return (boxes_of(instances, frame.depth, frame.camera, up),
            handlings_of(instances, frame.depth, frame.camera, up),
            {i.id: measured(i.mask, frame.depth) for i in instances})


def _parsed(line: str) -> dict[str, Any] | None:
    """Return a line of the partial file; None for the last one when it was cut."""
    try:
        parsed = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
