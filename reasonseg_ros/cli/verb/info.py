# SPDX-License-Identifier: Apache-2.0
"""`reasonseg info`: what a checkpoint is, where it comes from and under which licence.

Reads headers and manifests; loads no model. `--verify` reads everything and compares hashes.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('checkpoint', type=Path, nargs='?', metavar='CHECKPOINT',
                        help="a file or a converted folder (the package's own)")
    parser.add_argument('--verify', action='store_true',
                        help='compare every file of a folder with its hash')


def main(args: argparse.Namespace) -> int:
    """Print one line for each fact; exit code 1 when a file is not what it was."""
    from reasonseg_ros.engines import registry
    from reasonseg_ros.engines.weights import folder, published
    path = args.checkpoint or registry.embedded_checkpoint()
    engine = published.engine_of(path)
    if not path.is_dir():
        return _print_file(path, engine)
    read = folder.read(path, engine)
    facts = {'engine': read.engine, 'weights': read.digest[:12],
             **{key: read.manifest.get(key, '') for key in ('licence', 'source', 'version')},
             'unused': ', '.join(read.manifest.get('unused', [])) or 'none'}
    _print(path, facts)
    say()
    say(table(['file', 'MB', 'sha256'],
              [[name, f'{entry["bytes"] / 1e6:.1f}', entry['sha256'][:12]]
               for name, entry in read.manifest['files'].items()], right=(1,)))
    damaged = read.damaged_files() if args.verify else []
    for name in damaged:
        say(f'{name} is not what was converted; copy the folder again')
    return 1 if damaged else 0


def _print_file(path: Path, engine: str) -> int:
    from reasonseg_ros.engines.weights import embedded
    read = embedded.read(path, engine or 'tabletop')
    parameters = sum(tensor.numel() for tensor in read.tensors.values())
    _print(path, {'engine': read.engine, 'weights': read.digest[:12], 'licence': 'Apache-2.0',
                  'parameters': str(parameters),
                  **{key: str(value) for key, value in read.card.items()
                     if isinstance(value, (str, int, float))}})
    return 0


def _print(path: Path, facts: dict[str, str]) -> None:
    say(f'{path}')
    width = max(map(len, facts))
    for key, value in facts.items():
        say(f'  {key.ljust(width)}  {value}')
