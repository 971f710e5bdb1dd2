# SPDX-License-Identifier: Apache-2.0
"""Engine by name. The one place that knows which engines exist."""

import importlib
from importlib.resources import files
from pathlib import Path

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.protocol import Engine

# Engines for public models: module and class. They need the extra `engines` and a checkpoint.
PUBLIC = {'lisa': ('reasonseg_ros.engines.public.lisa', 'Lisa'),
          'm2sa': ('reasonseg_ros.engines.public.lisa', 'M2sa'),
          'llmseg': ('reasonseg_ros.engines.public.llmseg', 'LlmSeg'),
          'segllm': ('reasonseg_ros.engines.public.segllm', 'SegLlm')}
ENGINES = ('tabletop', *PUBLIC)
TRANSFORMERS = 5    # before, its models named their weights otherwise


def load(name: str = 'tabletop', checkpoint: str = '', device: str = 'auto', dtype: str = 'auto',
         options: str = '') -> Engine:
    """Load an engine; an empty `checkpoint` means the one in the package.

    device   'auto' | 'cpu' | 'cuda' | 'cuda:N'; auto takes CUDA where torch sees it
    dtype    'auto' | 'float32' | 'bfloat16' | 'float16', the last on CUDA only; auto is float32 on
             the CPU and bfloat16 on CUDA
    options  choices of an engine for public models, see engines.public.prompts; '' = the defaults
    Raises BadRequest for an unknown name, device, dtype or option, BadCheckpoint for the file.
    """
    if name not in ENGINES:
        raise BadRequest(f'engine "{name}" is unknown; choose one of: {", ".join(ENGINES)}')
    if name in PUBLIC:
        return _load_public(name, checkpoint, device, dtype, options)
    if options:
        raise BadRequest(f'engine "{name}" has no options, found "{options}"; leave them empty')
    # Imported here so that `reasonseg --help` and state queries do not wait for torch.
    from reasonseg_ros.engines.tabletop.engine import Tabletop
    path = Path(checkpoint) if checkpoint else embedded_checkpoint()
    return Tabletop.load(path, device, dtype)


def _load_public(name: str, checkpoint: str, device: str, dtype: str, options: str) -> Engine:
    if not checkpoint:
        raise BadRequest(f'engine "{name}" needs a checkpoint, which the package does not hold; '
                         f'convert one with "reasonseg convert {name}" and name its folder')
    module, cls = PUBLIC[name]
    try:
        found = importlib.import_module('transformers').__version__
        if int(found.split('.')[0]) < TRANSFORMERS:
            raise BadRequest(f'engine "{name}" needs transformers {TRANSFORMERS} or newer, found '
                             f'{found}; pip install "reasonseg_ros[engines]"')
        engine = getattr(importlib.import_module(module), cls)
    except ModuleNotFoundError as error:
        raise BadRequest(f'engine "{name}" needs the Python module "{error.name}", which is '
                         'missing; pip install "reasonseg_ros[engines]"') from error
    loaded: Engine = engine.load(Path(checkpoint), device, dtype, options)
    return loaded


def embedded_checkpoint() -> Path:
    """Path of the model that the package carries."""
    return Path(str(files('reasonseg_ros') / 'checkpoints' / 'tabletop.safetensors'))
