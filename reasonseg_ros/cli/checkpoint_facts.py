# SPDX-License-Identifier: Apache-2.0
"""What a checkpoint is, printed: one line for each fact, a table of its files.

Reads headers and manifests; loads no model. `reasonseg info` and `reasonseg pull` end with it.
"""

from pathlib import Path
from typing import Any

from reasonseg_ros.cli.text import say, table


def show_checkpoint(path: Path, verify: bool = False) -> int:
    """Print what a file or folder is; return 1 when `verify` finds a file that is not what it was.

    Raises BadCheckpoint.
    """
    from reasonseg_ros.engines.weights import folder, hub, published
    engine = published.engine_of(path)
    if not path.is_dir():
        return _show_file(path, engine)
    if hub.is_record(path):
        return _show_pulled(path, verify)
    read = folder.read(path, engine)
    facts = {'engine': read.engine, 'weights': read.digest[:12],
             **{key: read.manifest.get(key, '') for key in ('licence', 'source', 'version')},
             'unused': ', '.join(read.manifest.get('unused', [])) or 'none'}
    _show(path, facts)
    _show_files(read.manifest['files'])
    damaged = read.damaged_files() if verify else []
    for name in damaged:
        say(f'{name} is not what was converted; copy the folder again')
    return 1 if damaged else 0


def _show_pulled(path: Path, verify: bool) -> int:
    """Print what was pulled and is loaded as it is."""
    from reasonseg_ros.engines.weights import hub
    held = hub.read_record(path)
    facts = {key: str(held.get(key, '')) for key in ('name', 'engine', 'what', 'licence')}
    facts['source'] = ', '.join(f'{s["source"]}@{(s["commit"] or s["revision"])[:12]}'
                                for s in held['sources'])
    _show(path, facts)
    _show_files(held['files'])
    damaged = hub.damaged_files(path) if verify else []
    for name in damaged:
        say(f'{name} is not what was pulled; remove it and pull again')
    return 1 if damaged else 0


def _show_file(path: Path, engine: str) -> int:
    from reasonseg_ros.engines.weights import embedded
    read = embedded.read(path, engine or 'tabletop')
    parameters = sum(tensor.numel() for tensor in read.tensors.values())
    _show(path, {'engine': read.engine, 'weights': read.digest[:12], 'licence': 'Apache-2.0',
                 'parameters': str(parameters),
                 **{key: str(value) for key, value in read.card.items()
                    if isinstance(value, (str, int, float))}})
    return 0


def _show(path: Path, facts: dict[str, str]) -> None:
    say(f'{path}')
    width = max(map(len, facts))
    for key, value in facts.items():
        say(f'  {key.ljust(width)}  {value}')


def _show_files(files: dict[str, dict[str, Any]]) -> None:
    say()
    say(table(['file', 'MB', 'sha256'],
              [[name, f'{entry["bytes"] / 1e6:.1f}', entry['sha256'][:12]]
               for name, entry in files.items()], right=(1,)))
