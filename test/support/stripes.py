# SPDX-License-Identifier: Apache-2.0
"""Scenes of coloured rectangles and a small configuration, for tests of training."""

import numpy as np

from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.sim.dialogues.truth import ObjectTruth, SceneTruth
from reasonseg_ros.sim.world.catalogue import CATEGORIES
from reasonseg_ros.training.batch import tabletop_config

SMALL = dict(channels=(8, 16, 24, 48), dim=48, layers=1, heads=4, query_dim=32, pointer_dim=16,
             mask_channels=8)


class Stripes:
    """Scenes of coloured rectangles, each cut into its parts; no renderer needed."""

    def __len__(self) -> int:
        return 8

    def rgb(self, index: int) -> np.ndarray:
        return (np.random.default_rng(index).random((144, 192, 3)) * 40
                + self.truth(index).ids[..., None] * 10).astype(np.uint8)

    def truth(self, index: int) -> SceneTruth:
        rng = np.random.default_rng(index)
        objects, regions, ids = [], [], np.zeros((144, 192), np.uint8)
        for place, category in enumerate(rng.choice(6, 6)):
            kind = CATEGORIES[category]
            objects.append(ObjectTruth(kind.name, ('red', 'blue')[place % 2], 'large'))
            x, y, width = 5 + 60 * (place % 3), 10 + 70 * (place // 3), 40 // len(kind.parts)
            for k, part in enumerate(kind.parts):
                regions.append((place, part))
                ids[y:y + 40, x + k * width:x + (k + 1) * width] = len(regions)
        return SceneTruth(tuple(objects), tuple(regions), ids)


def small_config(without: str = '') -> TabletopConfig:
    """Return the configuration of training with small layers; see `training.batch`."""
    return TabletopConfig.from_json({**tabletop_config(without).to_json(), **SMALL})
