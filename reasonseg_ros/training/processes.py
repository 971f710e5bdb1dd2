# SPDX-License-Identifier: Apache-2.0
"""Independent pieces of work, spread over processes. Knows nothing of what they are."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

import cv2

T = TypeVar('T')
R = TypeVar('R')


def spread(work: Callable[[T], R], pieces: Sequence[T], processes: int) -> Iterator[R]:
    """Yield work(piece) of every piece as it is finished; with one process, in order in this one.

    work  a function that can be sent to another process, or a partial of one
    """
    if processes <= 1:
        yield from (work(piece) for piece in pieces)
        return
    spawn = multiprocessing.get_context('spawn')
    with ProcessPoolExecutor(processes, spawn, initializer=_one_thread_each) as pool:
        jobs = [pool.submit(work, piece) for piece in pieces]
        try:
            yield from (job.result() for job in as_completed(jobs))
        finally:
            pool.shutdown(cancel_futures=True)


def _one_thread_each() -> None:
    """Keep Mesa's software rasteriser and OpenCV from starting a thread per core in each."""
    os.environ.setdefault('LP_NUM_THREADS', '1')
    cv2.setNumThreads(1)
