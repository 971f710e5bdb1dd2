# SPDX-License-Identifier: Apache-2.0
"""Devices and number types by name, memory, and how many CPU threads torch takes. Nothing else."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import clear_frames

import torch

from reasonseg_ros.core.errors import BadRequest, OutOfMemory

HALF = max(1, (os.cpu_count() or 1) // 2)  # of the cores
# What torch and the libraries below it say when memory runs out, where they raise no error of its
# own.
_FULL = re.compile(r"out of memory|ALLOC_FAILED|can't allocate memory", re.IGNORECASE)
DTYPES = 'float32', 'bfloat16', 'float16'


def find_device(name: str) -> torch.device:
    """Return the device for 'auto', 'cpu', 'cuda' or 'cuda:N'; BadRequest when it is not there."""
    if name == 'auto':
        return torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise BadRequest(f'device "{name}" is unknown; use auto, cpu, cuda or cuda:N') from error
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise BadRequest(f'device "{name}" is not there: torch sees {torch.cuda.device_count()} '
                         'CUDA devices; use device:=auto or cpu')
    return device


def find_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the type for 'auto' or one of DTYPES; auto is bfloat16 on CUDA, float32 elsewhere.

    float16 is refused on the CPU: many have no arithmetic for it, and where there is one, bfloat16
    takes as little memory and cannot overflow.
    """
    if name == 'auto':
        return torch.bfloat16 if device.type == 'cuda' else torch.float32
    if name not in DTYPES:
        raise BadRequest(f'dtype "{name}" is unknown; use auto, {", ".join(DTYPES)}')
    if name == 'float16' and device.type != 'cuda':
        raise BadRequest(f'dtype "float16" is for CUDA, and the model runs on "{device}"; use '
                         'bfloat16, which takes as little memory, or float32')
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def cuda_memory(name: str) -> tuple[int, int]:
    """Return the bytes that torch holds of a CUDA device in this process, and all it has."""
    device = torch.device(name)
    total = torch.cuda.get_device_properties(device).total_memory
    return torch.cuda.memory_reserved(device), total


def available_memory(device: torch.device) -> int:
    """Return the bytes that a device has free; of the CPU's (Linux) what can be had at once."""
    if device.type == 'cuda':
        return torch.cuda.mem_get_info(device)[0]
    lines = Path('/proc/meminfo').read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith('MemAvailable'))


def settle(device: torch.device) -> None:
    """Wait until a device has done what it was told, so that a clock tells the truth."""
    if device.type == 'cuda':
        torch.cuda.synchronize(device)


@contextmanager
def memory_errors(when: str) -> Iterator[None]:
    """Turn torch's out-of-memory errors into ours, and free what the failed work had computed."""
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, torch.OutOfMemoryError) and not _FULL.search(str(error)):
            raise
        free_memory(error)
        raise OutOfMemory(f'the device ran out of memory {when}; close other programs on it or '
                          'set device:=cpu') from error


def free_memory(error: BaseException) -> None:
    """Let go of all that the calls which ended with `error` hold; CUDA devices get it back."""
    clear_frames(error.__traceback__)   # else it would live until the error is forgotten
    torch.cuda.empty_cache()            # does nothing without CUDA


@contextmanager
def cpu_threads(count: int) -> Iterator[None]:
    """Let torch share its work among `count` threads in here.

    A layer waits for the slowest of them, which on a busy machine is slow: with camera, node and
    client on two cores, later rounds took 46 ms at the median and 87 at the 95th percentile with
    two threads, 30 and 40 with one. So the few tokens of a round are left to one thread, and an
    image to half of the cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
