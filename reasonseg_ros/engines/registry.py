# SPDX-License-Identifier: Apache-2.0
"""Engine by name. The one place that knows which engines exist."""

from importlib.resources import files
from pathlib import Path

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.protocol import Engine

ENGINES = ('tabletop',)


def load(name: str = 'tabletop', checkpoint: str = '', device: str = 'auto', dtype: str = 'auto'
         ) -> Engine:
    """Load an engine; an empty `checkpoint` means the one in the package.

    device  'auto' | 'cpu' | 'cuda' | 'cuda:N'; auto takes CUDA where torch sees it
    dtype   'auto' | 'float32' | 'bfloat16'; auto is float32 on the CPU and bfloat16 on CUDA
    Raises BadRequest for an unknown name, device or dtype, BadCheckpoint for the file.
    """
    if name not in ENGINES:
        raise BadRequest(f'engine "{name}" is unknown; choose one of: {", ".join(ENGINES)}')
    # Imported here so that `reasonseg --help` and state queries do not wait for torch.
    from reasonseg_ros.engines.tabletop import Tabletop
    path = Path(checkpoint) if checkpoint else embedded_checkpoint()
    return Tabletop.load(path, device, dtype)


def embedded_checkpoint() -> Path:
    """Path of the model that the package carries."""
    return Path(str(files('reasonseg_ros') / 'checkpoints' / 'tabletop.safetensors'))
