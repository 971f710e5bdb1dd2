# SPDX-License-Identifier: Apache-2.0
"""Which engine a checkpoint is for: by what it says of itself, or by the names of its tensors.

Reads names, never numbers, of files of the package, converted folders and published originals.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from safetensors import SafetensorError
from safetensors import safe_open

from reasonseg_ros.core.errors import BadCheckpoint
from reasonseg_ros.engines import published

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
        return engine_of_tensors(published.names(path))
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
