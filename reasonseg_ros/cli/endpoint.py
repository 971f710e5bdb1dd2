# SPDX-License-Identifier: Apache-2.0
"""BuildOptions of the verbs that ask a language model, and what they print about it."""

import argparse
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

from reasonseg_ros.cli.text import note, say
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.datasets.chat_client import KEY, ChatClient
from reasonseg_ros.datasets.generation import Complaints, in_order

ANSWERS = 'answers.jsonl'
T = TypeVar('T')
R = TypeVar('R')


def add_endpoint(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Declare who is asked, and what it may cost."""
    group = parser.add_argument_group('language model')
    group.add_argument('--endpoint', required=required, default='', metavar='URL',
                       help='address of an API like that of OpenAI, e.g. http://localhost:8000/v1; '
                            f'its key is taken from {KEY} in the environment')
    group.add_argument('--model', required=required, default='', metavar='NAME',
                       help='model that sees images')
    group.add_argument('--price-in', type=float, default=0.0, metavar='PRICE',
                       help='of a million tokens that are sent')
    group.add_argument('--price-out', type=float, default=0.0, metavar='PRICE',
                       help='of a million tokens that come back')
    group.add_argument('--most-cost', type=float, metavar='PRICE',
                       help='end before the folder has cost more, all runs together')
    group.add_argument('--most-calls', type=int, metavar='N',
                       help='end before there were more calls, all runs together')
    group.add_argument('--parallel', type=int, default=4, metavar='N',
                       help='questions that are under way at a time (4)')
    group.add_argument('--timeout', type=float, default=120.0, metavar='SECONDS',
                       help='that an answer may take (120)')


class Inquiry:
    """Asks about one piece after another, and keeps what stopped it for later."""

    def __init__(self, what: str, threads: int) -> None:
        self._what, self._threads = what, threads
        self.stop: ReasonSegError | None = None

    def over(self, work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
        """Yield work(piece) in order until the endpoint or the budget ends it."""
        listed = list(pieces)
        with tqdm(total=len(listed), desc=self._what, unit='image', disable=None) as bar:
            try:
                for found in in_order(work, listed, self._threads):
                    bar.update()
                    yield found
            except ReasonSegError as error:
                self.stop = error


def report(client: ChatClient, complaints: Complaints, usual: str) -> None:
    """Print what was dropped and why, and what it cost.

    usual  name of the count of all that was written
    """
    for reason, count in sorted(complaints.items()):
        if reason != usual:
            note(f'{count} {reason}')
    say(f'{client.calls} calls, {client.reused} answers reused, cost {client.cost:.4f}')
