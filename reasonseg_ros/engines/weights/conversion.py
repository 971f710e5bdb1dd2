# SPDX-License-Identifier: Apache-2.0
"""A published checkpoint to the folder of any engine, by the engine's name.

`reasonseg convert` and `reasonseg pull` call it. How a checkpoint is converted is in the module of
its engine.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reasonseg_ros.engines.weights.renaming import Conversion


def convert(engine: str, source: Path, target: Path, beside: Mapping[str, Path | None],
            licence: str, origin: str) -> 'Conversion':
    """Convert with the module of the engine, of which only this one is imported.

    beside  name of an option of `reasonseg convert` -> its file or folder; None = not given

    Raises BadCheckpoint naming what does not fit.
    """
    if engine == 'llmseg':
        from reasonseg_ros.engines.weights.convert_llmseg import convert as convert_llmseg
        return convert_llmseg(source, target, beside.get('base'), beside.get('sam'),
                              beside.get('dinov2'), licence, origin)
    if engine == 'segllm':
        from reasonseg_ros.engines.weights.convert_segllm import convert as convert_segllm
        return convert_segllm(source, target, licence, origin)
    from reasonseg_ros.engines.weights.convert_lisa import convert as convert_lisa
    return convert_lisa(engine, source, target, beside.get('clip'), beside.get('sam'), licence,
                        origin)
