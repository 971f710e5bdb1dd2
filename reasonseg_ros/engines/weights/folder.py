# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of public models: a folder of safetensors shards, config, tokenizer and manifest.

The manifest names the engine, the licence, the source and the hash of every file. Weights are
mapped from the disk straight to the device, a tensor at a time. Never unpickles.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tqdm import tqdm

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.foreign_files import inside
from reasonseg_ros.engines.weights.published import MANIFEST, engine_of, read_json, refuse_pointer

FORMAT = 'reasonseg-folder-1'
CONFIG = 'config.json'
SHARD = 2 << 30     # bytes; what a conversion holds in memory at a time


@dataclass(frozen=True)
class Folder:
    """A converted checkpoint; `manifest` as `write` made it, `digest` of all weights."""

    path: Path
    engine: str
    config: dict[str, Any]
    manifest: dict[str, Any]
    digest: str

    def tensors(self, device: torch.device, dtype: torch.dtype, exact: tuple[str, ...] = ()
                ) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield every tensor by name on `device`, floating ones as `dtype`.

        exact  how names begin whose tensors become float32 instead
        """
        for name in self.shards:
            with safe_open(self.path / name, framework='pt', device=str(device)) as shard:
                for key in shard.keys():
                    tensor = shard.get_tensor(key)
                    check_finite(key, tensor, self.path / name)
                    if tensor.is_floating_point():
                        tensor = tensor.to(torch.float32 if key.startswith(exact) else dtype)
                    yield key, tensor

    @property
    def shards(self) -> list[str]:
        """Names of the files with weights, in order."""
        return [name for name in self.manifest['files'] if name.endswith('.safetensors')]

    def damaged_files(self) -> list[str]:
        """Read everything; return the files whose hash is not the manifest's."""
        entries = tqdm(self.manifest['files'].items(), desc='checking', unit='file')
        return [name for name, entry in entries if _hash(self.path / name) != entry['sha256']]


def read(path: Path, engine: str) -> Folder:
    """Open a folder for an engine; raises BadCheckpoint with one clear sentence."""
    advice = f'make it with "reasonseg convert {engine or "ENGINE"} SOURCE FOLDER"'
    found = engine_of(path)
    converted = (path / MANIFEST).is_file()
    if found and found != engine:
        use = f'set engine:={found}' if converted or path.is_file() else (
            f'convert it for that one with "reasonseg convert {found} {path} FOLDER"')
        raise BadCheckpoint(f'checkpoint "{path}" is for engine "{found}", expected "{engine}"; '
                            f'{use}, or {advice}')
    if not path.exists():
        raise BadCheckpoint(f'checkpoint "{path}" does not exist; {advice}')
    if not converted:
        raise BadCheckpoint(f'checkpoint "{path}" is not a converted folder: it has no '
                            f'{MANIFEST}; {advice}')
    try:
        manifest = read_json(path / MANIFEST)
        if manifest.get('format') != FORMAT:
            raise BadCheckpoint(f'checkpoint "{path}" has format "{manifest.get("format")}", '
                                f'expected "{FORMAT}"; {advice}')
        for name, entry in manifest['files'].items():
            file = inside(path, name)
            size = file.stat().st_size if file.is_file() else 0
            if size:
                refuse_pointer(file)
            if size != entry['bytes']:
                raise BadCheckpoint(f'file "{file}" has {size} bytes, its manifest says '
                                    f'{entry["bytes"]}; copy the folder again')
        config = read_json(path / CONFIG)
        return Folder(path, engine, config, manifest, _digest(manifest['files']))
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise BadCheckpoint(f'the manifest of checkpoint "{path}" is damaged ({error}); '
                            f'{advice}') from error


def write(path: Path, engine: str, config: dict[str, Any], tensors: Mapping[str, torch.Tensor],
          copies: Mapping[str, Path], card: dict[str, Any]) -> None:
    """Write a checkpoint; it appears under its name only when it is complete.

    tensors  may be mapped from a file: a shard's worth of them is read at a time
    copies   name in the folder -> file to copy, e.g. the tokenizer
    card     further entries of the manifest: licence, source, ...
    """
    partial = path.with_name(path.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)  # of a conversion that was interrupted
    partial.mkdir(parents=True)
    (partial / CONFIG).write_text(json.dumps(config, indent=1), encoding='utf-8')
    for name, source in copies.items():
        shutil.copyfile(source, partial / name)
    files = {file.name: _entry(file) for file in sorted(partial.iterdir())}
    shards = list(_shards(tensors))
    total = sum(t.nbytes for t in tensors.values())
    with tqdm(total=total, desc='writing', unit='B', unit_scale=True) as bar:
        for number, names in enumerate(shards, start=1):
            # Copies, because safetensors refuses tensors that share memory.
            shard = {name: tensors[name].clone(memory_format=torch.contiguous_format)
                     for name in names}
            for name, tensor in shard.items():
                check_finite(name, tensor, partial)
            file = partial / f'weights-{number:05}-of-{len(shards):05}.safetensors'
            save_file(shard, file)
            file.chmod(0o644)   # safetensors makes files that only their owner may read
            files[file.name] = _entry(file)
            bar.update(sum(t.nbytes for t in shard.values()))
    manifest = {'format': FORMAT, 'engine': engine, **card, 'files': files}
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding='utf-8')
    partial.rename(path)


@contextmanager
def fitting(path: Path, owner: str = 'this version of the model',
            advice: str = 'train it again or update the package') -> Iterator[None]:
    """Turn what torch raises while weights are put into a network into BadCheckpoint.

    owner   what the checkpoint does not fit;  advice  what to do
    """
    try:
        yield
    except (TypeError, RuntimeError, ValueError, LookupError, AttributeError, ArithmeticError,
            AssertionError, MemoryError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise BadCheckpoint(f'checkpoint "{path}" does not fit {owner} ({first}); {advice}'
                            ) from error


def check_finite(name: str, tensor: torch.Tensor, where: Path) -> None:
    """Refuse weights that are no numbers: whatever they touch becomes none, without an error."""
    if tensor.is_floating_point() and tensor.element_size() > 1 and not bool(
            torch.isfinite(tensor).all()):
        raise BadCheckpoint(f'the tensor {name} of "{where}" has values that are NaN or infinite, '
                            'expected finite numbers; obtain the weights again')


def _shards(tensors: Mapping[str, torch.Tensor]) -> Iterator[list[str]]:
    names: list[str] = []
    size = 0
    for name, tensor in tensors.items():
        if names and size + tensor.nbytes > SHARD:
            yield names
            names, size = [], 0
        names.append(name)
        size += tensor.nbytes
    yield names


def _entry(file: Path) -> dict[str, Any]:
    """Return what the manifest says about a file."""
    return {'bytes': file.stat().st_size, 'sha256': _hash(file)}


def _hash(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open('rb') as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _digest(files: dict[str, Any]) -> str:
    """Hash of all files together, from their hashes."""
    text = '\n'.join(f'{name} {entry["sha256"]}' for name, entry in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()
