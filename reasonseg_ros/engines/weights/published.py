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
import pickletools
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.core.foreign_files import inside, is_lfs_pointer

INDEXES = ('model.safetensors.index.json', 'pytorch_model.bin.index.json')
DEEPSPEED = ('latest', 'ckpt_model/latest')   # the file that names the newest step
STATES = 'mp_rank_00_model_states.pt'
LEGACY_PICKLES = 5      # that torch.save wrote one after the other before it made archives
LONGEST_TEXT = 5000     # characters in a pickle; names of tensors have a hundred
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
            return list(_places(folder, name))
    return list(read_folder(folder))


def read_file(path: Path) -> dict[str, torch.Tensor]:
    """Return every tensor of one file, safetensors or pickle, by its name."""
    if not path.is_file():
        raise BadCheckpoint(f'there is no weights file "{path}"; check the path')
    refuse_pointer(path)
    try:
        if path.suffix == '.safetensors':
            with safe_open(path, framework='pt') as file:
                return {name: file.get_tensor(name) for name in file.keys()}
        mapped = _is_archive(path)
        if mapped:
            _check_archive(path)
        _check_texts(path, mapped)
        held = torch.load(path, map_location='cpu', weights_only=True, mmap=mapped)
    except BadCheckpoint:
        raise
    except pickle.UnpicklingError as error:
        raise BadCheckpoint(f'weights file "{path}" is a pickle with more than tensors in it, '
                            f'which could run code, so it is not read ({_first(error)}); get '
                            'the weights as safetensors') from error
    except Exception as error:  # what torch raises for damaged bytes has no common base
        raise BadCheckpoint(f'weights file "{path}" is damaged or truncated '
                            f'({path.stat().st_size} bytes: {_first(error)}); download it '
                            'again') from error
    if isinstance(held, dict) and isinstance(held.get('module'), dict):
        held = held['module']   # DeepSpeed keeps the state of the training around it
    if not isinstance(held, dict) or not all(torch.is_tensor(t) for t in held.values()):
        raise BadCheckpoint(f'weights file "{path}" holds no plain table of tensors; expected a '
                            'state dict')
    return held


def read_json(path: Path) -> dict[str, Any]:
    """Return a configuration file; raises BadCheckpoint."""
    try:
        refuse_pointer(path)
        held = json.loads(path.read_text(encoding='utf-8-sig'))
    except FileNotFoundError as error:
        raise BadCheckpoint(f'there is no file "{path}"; copy it from where the weights come '
                            'from') from error
    except OSError as error:
        raise BadCheckpoint(f'file "{path}" cannot be read ({error.strerror}); check its '
                            'permissions') from error
    except (ValueError, RecursionError) as error:
        raise BadCheckpoint(f'file "{path}" is not JSON ({error}); copy it again') from error
    if not isinstance(held, dict):
        raise BadCheckpoint(f'file "{path}" holds no table of values; copy it again')
    return held


def refuse_pointer(path: Path) -> None:
    """Refuse what Git LFS keeps in the place of a file that was not downloaded. Raises OSError."""
    if is_lfs_pointer(path):
        raise BadCheckpoint(f'file "{path}" is a pointer of Git LFS, not the file itself; run '
                            '"git lfs pull" there, or download the file')


def _places(folder: Path, index: str) -> dict[str, Path]:
    """Return the file of each tensor that an index names, below the folder."""
    places = read_json(folder / index).get('weight_map', {})
    if not isinstance(places, dict):
        raise BadCheckpoint(f'file "{folder / index}" has {places!r:.60} as "weight_map", expected '
                            'a table of files by tensor; download it again')
    try:
        return {name: inside(folder, file) for name, file in places.items()}
    except ValueError as error:
        raise BadCheckpoint(f'file "{folder / index}" names a shard elsewhere: {error}; download '
                            'it again') from error


def _read_shards(folder: Path, index: str) -> dict[str, torch.Tensor]:
    places = _places(folder, index)
    held: dict[str, torch.Tensor] = {}
    for path in sorted(set(places.values())):
        held |= read_file(path)
    absent = sorted(places.keys() - held.keys())
    if absent:
        raise BadCheckpoint(f'the shards in "{folder}" lack {len(absent)} tensors that {index} '
                            f'lists, the first is {absent[0]}; download the folder again')
    return held


def _read_deepspeed(latest: Path) -> dict[str, torch.Tensor]:
    """Read the weights of a training with ZeRO 1 or 2; its optimiser is not needed."""
    try:
        step = inside(latest.parent, latest.read_text(encoding='utf-8-sig').strip())
    except ValueError as error:     # no UTF-8 is one, too
        raise BadCheckpoint(f'file "{latest}" names no folder beside it: {error}; download it '
                            'again') from error
    more = sorted(p.name for p in step.glob('mp_rank_*_model_states.pt') if p.name != STATES)
    if more:
        raise BadCheckpoint(f'folder "{step}" holds a model in {len(more) + 1} slices (tensor '
                            f'parallel), expected {STATES} alone; merge them with DeepSpeed first')
    return read_file(step / STATES)


def _is_archive(path: Path) -> bool:
    """Whether a file of torch.save is of the kind that can be mapped (since torch 1.6)."""
    with path.open('rb') as stream:
        return stream.read(2) == b'PK'


def _check_archive(path: Path) -> None:
    """Refuse an archive that unpacks to more than it is: torch.save never packs."""
    with zipfile.ZipFile(path) as archive:
        packed = [entry.filename for entry in archive.infolist()
                  if entry.compress_type != zipfile.ZIP_STORED]
    if packed:
        raise BadCheckpoint(f'weights file "{path}" has compressed entries ({packed[0]}), which '
                            'torch.save never writes and which may fill the memory; get the '
                            'weights as safetensors')


def _check_texts(path: Path, archive: bool) -> None:
    """Refuse a pickle with a text that is no name: torch searches such texts in quadratic time."""
    with ExitStack() as opened:
        if archive:
            held = opened.enter_context(zipfile.ZipFile(path))
            streams = [opened.enter_context(held.open(name)) for name in held.namelist()
                       if name.endswith('.pkl')]
        else:
            streams = [opened.enter_context(path.open('rb'))] * LEGACY_PICKLES
        for stream in streams:
            for _, text, _ in pickletools.genops(stream):
                if isinstance(text, (str, bytes)) and len(text) > LONGEST_TEXT:
                    raise BadCheckpoint(f'weights file "{path}" is a pickle with a text of '
                                        f'{len(text)} characters, expected names of tensors; get '
                                        'the weights as safetensors')


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
            return str(read_json(path / MANIFEST).get('engine', ''))
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
