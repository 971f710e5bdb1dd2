# SPDX-License-Identifier: Apache-2.0
"""`reasonseg pull NAME`: from nothing to a checkpoint that an engine loads.

The one verb that goes to the network, and only for what the table in `engines.weights.offers`
names. An interrupted pull goes on where it ended; a finished one asks nobody again.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reasonseg_ros.cli.checkpoint_facts import show_checkpoint
from reasonseg_ros.cli.text import say, table
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.engines.weights import hub as hubs
from reasonseg_ros.engines.weights.offers import OFFERS, Offer, models_folder
from reasonseg_ros.engines.weights.published import MANIFEST


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('name', nargs='?', metavar='NAME',
                        help=f'one of {", ".join(OFFERS)} (without: the table of them)')
    parser.add_argument('--to', type=Path, metavar='FOLDER',
                        help='where it goes (NAME in $REASONSEG_MODELS, or in '
                             '~/.cache/reasonseg_ros/models)')
    parser.add_argument('--accept-licence', action='store_true',
                        help='I have read the licence of the weights and accept it')
    parser.add_argument('--dry-run', action='store_true',
                        help='list files and sizes, fetch none of them')
    parser.add_argument('--mirror', default='', metavar='URL',
                        help='hub to fetch from ($HF_ENDPOINT, or huggingface.co)')
    parser.add_argument('--keep-source', action='store_true',
                        help='keep the published files beside a converted folder')


def main(args: argparse.Namespace) -> int:
    """Fetch, convert and say what is there now."""
    if args.name is None:
        say(table(['name', 'engine', 'GB', 'licence', 'what'],
                  [[name, o.engine, f'{o.size / 1e9:.1f}', o.licence, o.what]
                   for name, o in OFFERS.items()], right=(2,)))
        return 0
    if args.name not in OFFERS:
        raise BadInput(f'there is nothing named "{args.name}" to pull; choose one of '
                       f'{", ".join(OFFERS)}')
    offer, target = OFFERS[args.name], args.to or models_folder() / args.name
    if hubs.is_complete(target) or (target / MANIFEST).is_file():
        say(f'{target} is complete; nothing was fetched')
        return show_checkpoint(target)
    hub = hubs.Hub.from_environment(args.mirror)
    _explain(args.name, offer, hub)
    if args.dry_run:
        return _list(offer, hub)
    if not args.accept_licence:
        raise BadInput(f'the licence of "{args.name}" ({offer.licence}) is not accepted; read it '
                       f'at {offer.licence_url} and give --accept-licence')
    with _Progress() as told:
        if offer.convert is None:
            hubs.pull(args.name, offer, target, hub, told)
        else:
            _make(args.name, offer, target, hub, told, args.keep_source)
    return show_checkpoint(target)


def _explain(name: str, offer: Offer, hub: hubs.Hub) -> None:
    say(f'{name}: {offer.what}, for engine {offer.engine}, {offer.size / 1e9:.1f} GB from '
        f'{hub.endpoint}')
    say(f'licence of the weights: {offer.licence} ({offer.licence_url})')
    for source in offer.sources:
        if not source.pinned:
            say(f'not pinned: {source.repo} is taken as it is today')
    if offer.gated:
        say('gated: its owner grants access to each person; set HF_TOKEN')


def _list(offer: Offer, hub: hubs.Hub) -> int:
    files = [file for source in offer.sources for file in hub.files(source)]
    say(table(['file', 'MB', 'hash'],
              [[f.path, f'{f.size / 1e6:.1f}', (f.sha256 or f.sha1)[:12]] for f in files],
              right=(1,)))
    say(f'{len(files)} files, {sum(max(0, f.size) for f in files) / 1e9:.2f} GB; nothing was '
        'fetched')
    return 0


def _make(name: str, offer: Offer, target: Path, hub: hubs.Hub, told: hubs.Told, keep: bool
          ) -> None:
    """Fetch what authors publish beside the target, and convert it to there."""
    from reasonseg_ros.engines.weights.conversion import convert
    from reasonseg_ros.engines.weights.renaming import check_new
    check_new(target)
    published = target.with_name(f'{target.name}.source')
    if not hubs.is_complete(published):
        hubs.pull(name, offer, published, hub, told)
    beside = {option: published / place for option, place in (offer.convert or {}).items()}
    origin = ', '.join(s.repo or s.url for s in offer.sources)
    done = convert(offer.engine, published / offer.source, target, beside, offer.licence, origin)
    say(f'{done.tensors} tensors in {done.path}')
    if keep:
        say(f'the published files are in {published}')
    else:
        shutil.rmtree(published)


class _Progress:
    """One bar for each file."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._path = ''

    def __enter__(self) -> '_Progress':
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, path: str, have: int, size: int) -> None:
        if path != self._path or self._bar is None:
            self.__exit__()
            self._path = path
            self._bar = tqdm(total=size if size >= 0 else None, desc=path, unit='B',
                             unit_scale=True)
        self._bar.update(have - self._bar.n)
