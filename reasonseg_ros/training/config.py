# SPDX-License-Identifier: Apache-2.0
"""The configuration of the tabletop model: vocabulary and classes from the simulator's words."""

from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.sim.language.phrases import vocabulary
from reasonseg_ros.sim.language.vocabulary import OBJECT_NOUNS
from reasonseg_ros.sim.world.catalogue import CATEGORIES
from reasonseg_ros.sim.world.catalogue import COLOURS


def tabletop_config(without: str = '') -> TabletopConfig:
    """Return the default sizes with the words that training can produce, and no others.

    without  an ablation, one of nn.config.WITHOUT
    """
    # Said in no training sentence; unknown, it would be mended to "mark".
    added = ('mask',) if without == 'memory-mask' else ()
    return TabletopConfig(
        vocabulary=(*vocabulary(), *added),
        regions=tuple((c.name, part) for c in CATEGORIES for part in c.parts),
        colours=tuple(COLOURS),
        synonyms=tuple((noun, name) for name, nouns in OBJECT_NOUNS.items() for noun in nouns),
        without=without)
