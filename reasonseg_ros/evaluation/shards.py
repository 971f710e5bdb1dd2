# SPDX-License-Identifier: Apache-2.0
"""Runs of benchmarks: resumed after an interruption, split over processes, joined again.

Each shard writes a file in the folder of the run, a line per finished conversation. When all
shards of a run are complete they are joined to a `records.Run`: the same bytes, however the work
was split. Does not conduct conversations itself (`evaluation.benchmark`) and prints nothing but
progress.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.schema import build, wrong
from reasonseg_ros.datasets.parts import Share
from reasonseg_ros.evaluation.benchmark import Interviewer
from reasonseg_ros.evaluation.records import Protocol, RoundRecord, Run, plain_of, round_of

VERSION = 1  # of the files of shards

# {"at": place, "rounds": [...]} or {"at": place, "bad": reason}; with "annotation" where not the
# image is bad
Line = Mapping[str, Any]


@dataclass(frozen=True)
class RunPlan:
    """What a run is; two runs of one plan give the same results.

    count    conversations that are conducted: the first ones of the data
    options  as in `records.Run`
    """

    benchmark: str
    data: str
    engine: str
    protocol: Protocol
    count: int
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Shard(Share):
    """A part of the conversations: neighbours, since they share images."""

    def places(self, count: int) -> range:
        """Places of this part among `count` conversations."""
        return range((self.number - 1) * count // self.of, self.number * count // self.of)

    @property
    def file_name(self) -> str:
        """Name of the shard's file in the folder of the run."""
        return f'shard-{self.number}-of-{self.of}.jsonl'


def line_of(interviewer: Interviewer, dataset: Dataset, place: int, folder: Path | None = None
            ) -> Line:
    """Conduct one conversation; one that cannot be used gives the reason instead of rounds.

    folder  of the run, to draw the rounds there; None = nothing is drawn

    A bad annotation costs its own conversation, as a bad image does.
    """
    try:
        conversation = dataset.read(place)
    except BadInput as error:
        return {'at': place, 'bad': str(error), 'annotation': True}
    except BadImage as error:
        return {'at': place, 'bad': str(error)}
    try:
        rounds = interviewer.conduct(conversation, folder)
    except BadImage as error:
        return {'at': place, 'bad': str(error)}
    return {'at': place, 'rounds': [plain_of(r) for r in rounds]}


def begin(plan: RunPlan, folder: Path, shard: Shard) -> list[int]:
    """Make a shard's file ready to go on, and return the places that it lacks.

    What could not be used is tried again. Raises BadInput when the folder holds another
    run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = {'version': VERSION, **_plain(plan)}
    for other in sorted(folder.glob('shard-*-of-*.jsonl')):
        _check_same_run(other, head)
    done = {line['at'] for line in _begun(folder / shard.file_name, head) if 'rounds' in line}
    return [place for place in shard.places(plan.count) if place not in done]


def write(folder: Path, shard: Shard, lines: Iterable[Line]) -> Iterator[Line]:
    """Append lines to the file of a begun shard as they come, and pass them on.

    Their order is free, and the newest line of a conversation counts.
    """
    with (folder / shard.file_name).open('a', encoding='utf-8') as file:
        for line in lines:
            file.write(json.dumps(line, sort_keys=True) + '\n')
            file.flush()
            yield line


def complete(plan: RunPlan, folder: Path, rounds_at: Callable[[int], Iterable[RoundRecord]],
             what: str, unit: str) -> Run:
    """Run in this process what a folder lacks of a whole run, and return the run.

    rounds_at   conducts the conversation at a place
    what, unit  of the bar of progress
    """
    missing = begin(plan, folder, Shard())
    lines = ({'at': place, 'rounds': [plain_of(r) for r in rounds_at(place)]}
             for place in missing)
    with tqdm(total=plan.count, initial=plan.count - len(missing), desc=what, unit=unit,
              disable=None) as bar:
        for _ in write(folder, Shard(), lines):
            bar.update()
    whole = joined([folder])
    assert whole is not None, 'nothing is missing any more'
    return whole


def joined(folders: Sequence[Path]) -> Run | None:
    """Join the shards in some folders; None when a shard is not finished.

    Raises BadInput when there is none, or when they are of different runs.
    """
    head, lines = _gathered(folders)
    if not head or len(lines) < head['count']:
        return None
    annotations = sum('annotation' in line for line in lines)
    bad = sum('bad' in line for line in lines) - annotations
    rounds = tuple(round_of(r) for line in lines for r in line.get('rounds', ()))
    options = {**head['options'], 'conversations': head['count'], 'bad_pictures': bad}
    if annotations:     # left out where there is none, as runs before did not state it
        options['bad_annotations'] = annotations
    return Run(head['benchmark'], head['data'], head['engine'], Protocol(**head['protocol']),
               rounds, options)


def bad_images(folders: Sequence[Path]) -> list[str]:
    """Return the reason for each conversation that was left out, in order."""
    return [line['bad'] for line in _gathered(folders)[1] if 'bad' in line]


def _gathered(folders: Sequence[Path]) -> tuple[dict[str, Any], list[Line]]:
    """The plan of the shards in some folders, and their lines in the order of the data."""
    paths = sorted(path for folder in folders for path in folder.glob('shard-*-of-*.jsonl'))
    if not paths:
        raise BadInput('there are no shards to join; give the folders of "reasonseg eval ... '
                       '--shard I/N"')
    heads: dict[Path, dict[str, Any]] = {}
    lines: dict[int, Line] = {}
    for path in paths:
        head, finished = _read(path)
        if not head:  # another process has just begun it
            continue
        heads[path] = head
        first = next(iter(heads))
        if head != heads[first]:
            raise BadInput(f'"{path}" belongs to another run than "{first}" '
                           f'({_difference(heads[first], head)}); join shards of one run')
        lines.update((line['at'], line) for line in finished)
    return next(iter(heads.values()), {}), [lines[place] for place in sorted(lines)]


def _begun(path: Path, head: Mapping[str, Any]) -> list[Line]:
    """Lines of an earlier start, or none; a line that was cut off is taken away."""
    content = path.read_bytes() if path.exists() else b''
    if b'\n' not in content:
        path.write_text(json.dumps(head, sort_keys=True) + '\n', encoding='utf-8')
        return []
    if not content.endswith(b'\n'):
        with path.open('r+b') as file:
            file.truncate(content.rindex(b'\n') + 1)
    return _read(path)[1]


def _check_same_run(path: Path, head: Mapping[str, Any]) -> None:
    found, _ = _read(path)
    if found and found != head:
        raise BadInput(f'"{path}" belongs to another run ({_difference(found, head)}); choose '
                       'another folder with --out, or remove this one')


def _read(path: Path) -> tuple[dict[str, Any], list[Line]]:
    """Return the first line, {} for a file without one, and the whole ones after it."""
    number = 1
    try:
        first, *others = path.read_text(encoding='utf-8-sig').split('\n')[:-1] or ['{}']
        head = json.loads(first)
        if head:
            version = head.pop('version', None) if isinstance(head, dict) else None
            build(RunPlan, head)
            head['version'] = version
        lines: list[Line] = []
        for line in others:
            number += 1
            lines.append(_line(json.loads(line), head.get('count', 0)))
        return head, lines
    except (ValueError, RecursionError) as error:
        raise BadInput(f'"{path}", line {number}, is damaged ({error}); remove the file and run '
                       'its shard again') from error


def _line(plain: object, count: int) -> Line:
    """Check a line of a shard of `count` conversations. Raises ValueError."""
    if not isinstance(plain, dict) or 'at' not in plain:
        raise wrong('', plain, 'a table with "at", and "rounds" or "bad"')
    at = plain['at']
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < count:
        raise wrong('at', at, f'a place from 0 to {count - 1}')
    if 'rounds' in plain:
        for round_ in build(list[Any], plain['rounds'], 'rounds'):
            round_of(round_)
    else:
        build(str, plain.get('bad'), 'bad')
    return plain


def _plain(plan: RunPlan) -> dict[str, Any]:
    """The plan as it reads back from JSON."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return plain


def _difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Name the first thing that differs, with both values."""
    for name in one:
        if one[name] != other.get(name):
            return f'its {name} is {one[name]!r}, not {other.get(name)!r}'
    return 'it states less'
