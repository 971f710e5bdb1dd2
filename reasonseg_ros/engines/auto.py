# SPDX-License-Identifier: Apache-2.0
"""`engine:=auto`: what is on the disk and fits the device, best first, and why.

Looks at what `reasonseg pull` has fetched and at the free memory of the device; loads nothing.
Without a CUDA device it is the package's own engine, since the others take seconds per image there.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.devices import available_memory, find_device
from reasonseg_ros.engines.weights.hub import is_complete
from reasonseg_ros.engines.weights.offers import OFFERS, models_folder
from reasonseg_ros.engines.weights.published import MANIFEST

_LOG = logging.getLogger(__name__)
PREFERRED = ('grounded-sam3', 'grounded-sam2', 'grounded-edgetam')  # of those that are pulled
WORKING = 1.5       # times the bytes of the weights that an engine takes while it works


@dataclass(frozen=True)
class Selection:
    """An engine, its checkpoint ('' = the package's own), and why it is this one."""

    engine: str
    checkpoint: str
    why: str


def choose(checkpoint: str, device: str, default: str) -> tuple[str, str]:
    """Return an engine and its checkpoint, and log why; raises BadRequest.

    checkpoint  of the caller, who has none to give here
    """
    if checkpoint:
        raise BadRequest(f'engine "auto" chooses its checkpoint itself, found "{checkpoint}"; '
                         'leave it out, or name the engine')
    chosen = select(device, default)
    # A warning, because these are seen wherever nobody has set up logging.
    _LOG.warning('engine auto: %s%s, since %s', chosen.engine,
                 f' with {chosen.checkpoint}' if chosen.checkpoint else '', chosen.why)
    return chosen.engine, chosen.checkpoint


def select(device: str, default: str) -> Selection:
    """Choose for a device; `default` is what the package carries. Raises BadRequest."""
    place = find_device(device)
    pulled = [name for name in PREFERRED if _is_there(models_folder() / name)]
    if place.type != 'cuda':
        why = f'on "{place}" the embedded model is the quick one'
        return Selection(default, '', why + (f'; {pulled[0]} is pulled, name it to use it'
                                             if pulled else ''))
    free = available_memory(place)
    for name in pulled:
        need = int(WORKING * OFFERS[name].memory)
        if need <= free:
            return Selection(OFFERS[name].engine, str(models_folder() / name),
                             f'{name} is pulled, needs {need / 1e9:.1f} GB and {free / 1e9:.1f} GB '
                             'are free')
    why = (f'{", ".join(pulled)} need more than the {free / 1e9:.1f} GB that are free' if pulled
           else f'nothing is pulled in {models_folder()}; "reasonseg pull" lists what can be')
    return Selection(default, '', why)


def _is_there(folder: Path) -> bool:
    return is_complete(folder) or (folder / MANIFEST).is_file()
