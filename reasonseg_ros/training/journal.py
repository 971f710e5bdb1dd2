# SPDX-License-Identifier: Apache-2.0
"""What a run writes down while it trains: `losses.jsonl`, `log.jsonl`, and TensorBoard's events.

Events are a view of the two files, made anew at every start. So a resumed run has one curve without
gaps or doubled steps, however it was killed, and a run that began without events gets them all.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reasonseg_ros.core.errors import BadRequest

LOSSES, LOG, EVENTS = 'losses.jsonl', 'log.jsonl', 'tensorboard'
_TAGS = {LOSSES: 'loss', LOG: 'val'}
_FLUSH = 10     # seconds after which TensorBoard sees what was written


class Journal:
    """Writes rows by step; made at step `done`, after which what a killed run wrote is forgotten.

    tensorboard  whether there are events, too. Raises ModuleNotFoundError without the package
    """

    def __init__(self, folder: Path, done: int = 0, tensorboard: bool = False) -> None:
        self._folder = folder
        _cut(folder / LOSSES, done)
        _cut(folder / LOG, done or -1)
        self._events = _writer(folder / EVENTS) if tensorboard else None
        self._shown = {'step', 'cpu_seconds'}
        if self._events is not None:
            for name in (LOSSES, LOG):
                for row in rows(folder / name):
                    self._show(name, row)

    def losses(self, step: int, values: Mapping[str, float]) -> None:
        """Write the losses of a step."""
        self._write(LOSSES, {'step': step, **values})

    def evaluation(self, step: int, figures: Mapping[str, float]) -> None:
        """Write the figures of an evaluation."""
        self._write(LOG, {'step': step, **figures})

    def close(self) -> None:
        """Have TensorBoard see the last rows."""
        if self._events is not None:
            self._events.close()

    def _write(self, name: str, row: Mapping[str, Any]) -> None:
        with (self._folder / name).open('a') as stream:
            stream.write(json.dumps(row) + '\n')
        self._show(name, row)

    def _show(self, name: str, row: Mapping[str, Any]) -> None:
        if self._events is None:
            return
        # Rows of evaluations have the means of losses, too, whose curves are there already.
        passed = self._shown if name == LOG else frozenset(('step',))
        for key in row.keys() - passed:
            self._events.add_scalar(f'{_TAGS[name]}/{key}', row[key], row['step'])
        if name == LOSSES:
            self._shown |= row.keys()


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, none where there is no file. Raises BadRequest for damaged ones."""
    if path.exists():
        for line in path.read_text(errors='replace').splitlines():
            yield parsed(line, path)


def parsed(text: str, path: Path) -> Any:
    """Read JSON of a run folder. Raises BadRequest."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f'"{path}" is damaged ({error}); use another --out, or remove the folder'
                         ) from error


def _cut(path: Path, step: int) -> None:
    """Keep the rows up to a step: what a killed run did after its last save is done again."""
    if path.exists():
        lines = path.read_text(errors='replace').splitlines(keepends=True)
        kept = [line for line in lines
                if line.endswith('\n') and parsed(line, path)['step'] <= step]
        if kept != lines:
            path.write_text(''.join(kept))


def _writer(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter
    shutil.rmtree(folder, ignore_errors=True)
    # A TensorBoard that is open has read the removed events; it forgets them.
    return SummaryWriter(folder, purge_step=0, flush_secs=_FLUSH)
