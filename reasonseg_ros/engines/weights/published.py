# SPDX-License-Identifier: Apache-2.0
"""Weights as authors publish them: safetensors, pickles, shards, or a folder of DeepSpeed.

The one place that opens pickles, and only in torch's restricted way, which builds tensors and
refuses everything else. Tensors stay mapped on the disk until they are used. Maps no names.

Says which engine a checkpoint is for, too: by what it says of itself, or by the names of its
tensors. For that it reads names, never numbers, of files of the package, converted folders and
published originals.
"""

import json
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from reasonseg_ros.core.errors import BadCheckpoint

INDEXES = ('model.safetensors.index.json', 'pytorch_model.bin.index.json')
DEEPSPEED = ('latest', 'ckpt_model/latest')   # the file that names the newest step
STATES = 'mp_rank_00_model_states.pt'
SINGLE = ('model.safetensors', 'pytorch_model.bin', 'weights.safetensors')


def read_folder(folder: Path) -> dict[str, torch.Tensor]:
    """Return every tensor of a published folder by its name; raises BadCheckpoint."""
    if not folder.is_dir():
        raise BadCheckpoint(f'there is no folder "{folder}"; download the published checkpoint '
                            'and give its folder')
    for name in INDEXES:
        if (folder / name).is_file():
            return _read_shards(folder, name)
    for name in DEEPSPEED:
        if (folder / name).is_file():
            return _read_deepspeed(folder / name)
    for name in SINGLE:
        if (folder / name).is_file():
            return read_file(folder / name)
    raise BadCheckpoint(f'folder "{folder}" holds no weights; expected one of '
                        f'{", ".join((*INDEXES, *DEEPSPEED, *SINGLE))}')


def names(folder: Path) -> list[str]:
    """Return the names of all tensors of a published folder; raises BadCheckpoint."""
    for name in INDEXES:
        if (folder / name).is_file():
            return list(read_json(folder / name).get('weight_map', {}))
    return list(read_folder(folder))


def read_file(path: Path) -> dict[str, torch.Tensor]:
    """Return every tensor of one file, safetensors or pickle, by its name."""
    if not path.is_file():
        raise BadCheckpoint(f'there is no weights file "{path}"; check the path')
    try:
        if path.suffix == '.safetensors':
            with safe_open(path, framework='pt') as file:
                return {name: file.get_tensor(name) for name in file.keys()}
        held = torch.load(path, map_location='cpu', weights_only=True, mmap=_is_archive(path))
    except (SafetensorError, RuntimeError, EOFError, OSError) as error:
        raise BadCheckpoint(f'weights file "{path}" is damaged or truncated '
                            f'({path.stat().st_size} bytes: {_first(error)}); download it '
                            'again') from error
    except pickle.UnpicklingError as error:
        raise BadCheckpoint(f'weights file "{path}" is a pickle with more than tensors in it, '
                            f'which could run code, so it is not read ({_first(error)}); get '
                            'the weights as safetensors') from error
    if isinstance(held, dict) and isinstance(held.get('module'), dict):
        held = held['module']   # DeepSpeed keeps the state of the training around it
    if not isinstance(held, dict) or not all(torch.is_tensor(t) for t in held.values()):
        raise BadCheckpoint(f'weights file "{path}" holds no plain table of tensors; expected a '
                            'state dict')
    return held


def read_json(path: Path) -> dict[str, Any]:
    """Return a configuration file; raises BadCheckpoint."""
    try:
        held = json.loads(path.read_text(encoding='utf-8'))
    except FileNotFoundError as error:
        raise BadCheckpoint(f'there is no file "{path}"; copy it from where the weights come '
                            'from') from error
    except ValueError as error:
        raise BadCheckpoint(f'file "{path}" is not JSON ({error}); copy it again') from error
    if not isinstance(held, dict):
        raise BadCheckpoint(f'file "{path}" holds no table of values; copy it again')
    return held


def _read_shards(folder: Path, index: str) -> dict[str, torch.Tensor]:
    places = read_json(folder / index).get('weight_map', {})
    held: dict[str, torch.Tensor] = {}
    for name in sorted(set(places.values())):
        held |= read_file(folder / name)
    absent = sorted(places.keys() - held.keys())
    if absent:
        raise BadCheckpoint(f'the shards in "{folder}" lack {len(absent)} tensors that {index} '
                            f'lists, the first is {absent[0]}; download the folder again')
    return held


def _read_deepspeed(latest: Path) -> dict[str, torch.Tensor]:
    """Read the weights of a training with ZeRO 1 or 2; its optimiser is not needed."""
    step = latest.parent / latest.read_text(encoding='utf-8').strip()
    more = sorted(p.name for p in step.glob('mp_rank_*_model_states.pt') if p.name != STATES)
    if more:
        raise BadCheckpoint(f'folder "{step}" holds a model in {len(more) + 1} slices (tensor '
                            f'parallel), expected {STATES} alone; merge them with DeepSpeed first')
    return read_file(step / STATES)


def _is_archive(path: Path) -> bool:
    """Whether a file of torch.save is of the kind that can be mapped (since torch 1.6)."""
    with path.open('rb') as stream:
        return stream.read(2) == b'PK'


def _first(error: BaseException) -> str:
    """First sentence of an error; torch's go on for a page."""
    return str(error).strip().splitlines()[0].split('. ')[0] if str(error).strip() else 'empty'


MANIFEST = 'manifest.json'
SAM = 'model.visual_model.'
EARLY = f'{SAM}mask_decoder.compress_vit.'    # what M2SA adds to LISA
# What only one family has in its names; the class names in the configurations cannot be relied on.
PARTS = (('segllm', 'model.segmentator.'), ('llmseg', 'lisa_attention_layers.'), ('m2sa', EARLY),
         ('lisa', 'model.text_hidden_fcs.'))


def engine_of(path: Path) -> str:
    """Name of the engine that a checkpoint, file or folder, is for; '' when nothing tells."""
    try:
        if not path.is_dir():
            with safe_open(path, framework='pt') as file:
                return (file.metadata() or {}).get('engine') or engine_of_tensors(file.keys())
        if (path / MANIFEST).is_file():
            manifest = json.loads((path / MANIFEST).read_text(encoding='utf-8'))
            return str(manifest.get('engine', ''))
        return engine_of_tensors(names(path))
    except (BadCheckpoint, OSError, ValueError, AttributeError, SafetensorError):
        return ''


def engine_of_tensors(names: Iterable[str]) -> str:
    """Name of the engine whose published checkpoints have tensors of these names, or ''."""
    names = list(names)
    return next((engine for engine, part in PARTS if any(part in name for name in names)), '')


def check_source(engine: str, source: Path) -> None:
    """Refuse what is no published checkpoint for `engine`; what nobody knows may be one."""
    found = engine_of(source)
    if found and (source.is_file() or (source / MANIFEST).is_file()):
        raise BadCheckpoint(f'"{source}" is for engine "{found}", expected the folder of a '
                            f'published checkpoint for "{engine}"; set engine:={found} to use it')
    if found not in ('', engine):
        raise BadCheckpoint(f'folder "{source}" holds a checkpoint for engine "{found}", expected '
                            f'"{engine}"; run: reasonseg convert {found} {source} ...')
