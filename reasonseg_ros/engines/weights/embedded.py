# SPDX-License-Identifier: Apache-2.0
"""Reading and writing checkpoints: one safetensors file whose metadata says what it is.

Never unpickles. A wrong file gives one sentence: what it is, what was expected, what to do.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines.weights.folder import check_finite
from reasonseg_ros.engines.weights.published import engine_of, engine_of_tensors, refuse_pointer

FORMAT = 'reasonseg-1'
# How files of torch.save (a zip archive) and of pickle begin.
_PICKLES = (b'PK\x03\x04', b'\x80\x02', b'\x80\x03', b'\x80\x04', b'\x80\x05')


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, the engine they belong to, its configuration and its card."""

    engine: str
    config: dict[str, Any]
    card: dict[str, Any]
    tensors: dict[str, torch.Tensor]
    digest: str


def write(path: Path, engine: str, config: dict[str, Any], card: dict[str, Any],
          tensors: dict[str, torch.Tensor]) -> None:
    """Write atomically: a reader sees the old file or the new one, never a half."""
    metadata = {'format': FORMAT, 'engine': engine, 'config': json.dumps(config),
                'card': json.dumps(card)}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + '.partial')
    save_file({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, partial, metadata)
    partial.chmod(0o644)  # safetensors makes files that only their owner may read
    partial.replace(path)


def read(path: Path, engine: str) -> Checkpoint:
    """Read a checkpoint of `engine`, or raise BadCheckpoint with one clear sentence."""
    advice = 'pass checkpoint:=FILE.safetensors, or leave it empty for the embedded model'
    if path.is_dir():
        found = engine_of(path)
        what = f'is for engine "{found}"' if found else 'is a folder that names no engine'
        raise BadCheckpoint(f'checkpoint "{path}" {what}, expected "{engine}"; {advice}')
    if not path.is_file():
        raise BadCheckpoint(f'checkpoint "{path}" does not exist; {advice}')
    try:
        with path.open('rb') as stream:
            start = stream.read(4)
        refuse_pointer(path)
        if start.startswith(_PICKLES):
            raise BadCheckpoint(f'checkpoint "{path}" is a pickle, which could run code; only '
                                f'safetensors files are read; {advice}')
        with safe_open(path, framework='pt') as file:
            metadata = file.metadata() or {}
            found = metadata.get('engine') or engine_of_tensors(file.keys())
            if found not in ('', engine):
                raise BadCheckpoint(f'checkpoint "{path}" is for engine "{found}", expected '
                                    f'"{engine}"; {advice}')
            if metadata.get('format') != FORMAT:
                raise BadCheckpoint(f'checkpoint "{path}" has format "{metadata.get("format")}", '
                                    f'expected "{FORMAT}"; {advice}')
            tensors = {name: file.get_tensor(name) for name in file.keys()}
            config, card = (json.loads(metadata[key]) for key in ('config', 'card'))
        if not isinstance(config, dict) or not isinstance(card, dict):
            raise ValueError('config and card in its header are no tables')
        for name, tensor in tensors.items():
            check_finite(name, tensor, path)
    except (SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise BadCheckpoint(f'checkpoint "{path}" is damaged or truncated '
                            f'({path.stat().st_size} bytes: {error}); fetch it again') from error
    except OSError as error:
        raise BadCheckpoint(f'checkpoint "{path}" cannot be read ({error.strerror}); check its '
                            f'permissions, or {advice}') from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Checkpoint(engine, config, card, tensors, digest)
