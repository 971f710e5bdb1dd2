# SPDX-License-Identifier: Apache-2.0
"""Engine by name. The one place that knows which engines exist."""

import importlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.protocol import Engine

if TYPE_CHECKING:
    from reasonseg_ros.engines.video import VideoTracker


@dataclass(frozen=True)
class EngineEntry:
    """Where an engine is.

    published  it answers with a published model: it needs the extra `engines` and a checkpoint
    """

    module: str
    name: str
    published: bool = True

    def find(self) -> Any:
        """Return the class, which satisfies `Engine`; only now its libraries are imported."""
        return getattr(importlib.import_module(self.module), self.name)


ENGINES = {
    'tabletop': EngineEntry('reasonseg_ros.engines.tabletop.engine', 'Tabletop', published=False),
    'household': EngineEntry('reasonseg_ros.engines.household.engine', 'Household',
                             published=False),
    'grounded': EngineEntry('reasonseg_ros.engines.grounded.engine', 'GroundedEngine',
                            published=False),
    'lisa': EngineEntry('reasonseg_ros.engines.public.lisa', 'Lisa'),
    'm2sa': EngineEntry('reasonseg_ros.engines.public.lisa', 'M2sa'),
    'llmseg': EngineEntry('reasonseg_ros.engines.public.llmseg', 'LlmSeg'),
    'segllm': EngineEntry('reasonseg_ros.engines.public.segllm', 'SegLlm'),
}
AUTO = 'auto'   # what fits the device, of what is on the disk; see engines.auto
DEFAULT = 'household'   # what answers unless another engine is named
PUBLISHED = tuple(name for name, entry in ENGINES.items() if entry.published)
TRANSFORMERS = 5    # before, its models named their weights otherwise


def load(name: str = DEFAULT, checkpoint: str = '', device: str = 'auto', dtype: str = 'auto',
         options: str = '') -> Engine:
    """Load an engine; an empty `checkpoint` means the one in the package.

    name     of ENGINES, or AUTO
    device   'auto' | 'cpu' | 'cuda' | 'cuda:N'; auto takes CUDA where torch sees it
    dtype    'auto' | 'float32' | 'bfloat16' | 'float16', the last on CUDA only; auto is float32 on
             the CPU and bfloat16 on CUDA
    options  choices of an engine for public models, see engines.public.prompts; '' = the defaults
    Raises BadRequest for an unknown name, device, dtype or option, BadCheckpoint for the file.
    """
    if name == AUTO:
        from reasonseg_ros.engines.auto import choose
        name, checkpoint = choose(checkpoint, device, DEFAULT)
    if name not in ENGINES:
        raise BadRequest(f'engine "{name}" is unknown; choose one of: {", ".join(ENGINES)}')
    if name in PUBLISHED and not checkpoint:
        raise BadRequest(f'engine "{name}" needs a checkpoint, which the package does not hold; '
                         f'convert one with "reasonseg convert {name}" and name its folder')
    engine = _find_published(name) if name in PUBLISHED else ENGINES[name].find()
    path = Path(checkpoint) if checkpoint else embedded_checkpoint(name)
    loaded: Engine = engine.load(path, device, dtype, options)
    return loaded


def load_tracker(name: str, folder: str, device: str = 'auto', dtype: str = 'auto'
                 ) -> 'VideoTracker | None':
    """Load what follows things through images; None for 'none'.

    Raises BadRequest for an unknown name or no folder, BadCheckpoint for what is in it.
    """
    if name == 'none':
        return None
    if not folder:
        raise BadRequest(f'tracker "{name}" needs weights, which the package does not hold; name '
                         'a folder of transformers, e.g. a copy of facebook/sam2.1-hiera-tiny')
    from reasonseg_ros.engines.video import VideoTracker
    return VideoTracker.load(name, Path(folder), device, dtype)


def _find_published(name: str) -> Any:
    try:
        found = importlib.import_module('transformers').__version__
        if int(found.split('.')[0]) < TRANSFORMERS:
            raise BadRequest(f'engine "{name}" needs transformers {TRANSFORMERS} or newer, found '
                             f'{found}; pip install "reasonseg_ros[engines]"')
        return ENGINES[name].find()
    except ModuleNotFoundError as error:
        raise BadRequest(f'engine "{name}" needs the Python module "{error.name}", which is '
                         'missing; pip install "reasonseg_ros[engines]"') from error


def embedded_checkpoint(name: str = DEFAULT) -> Path:
    """Path of the model that the package carries for an engine."""
    name = DEFAULT if name == 'grounded' else name  # whose network cuts where nothing else does
    return Path(str(files('reasonseg_ros') / 'checkpoints' / f'{name}.safetensors'))
