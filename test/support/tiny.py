# SPDX-License-Identifier: Apache-2.0
"""A very small model with random weights, for tests of the machinery. It segments nothing."""

import torch

from reasonseg_ros.engines.protocol import EngineFacts
from reasonseg_ros.engines.tabletop.engine import Tabletop
from reasonseg_ros.nn.tabletop.config import TabletopConfig
from reasonseg_ros.nn.tabletop.model import TabletopModel

WORDS = ('the', 'mug', 'bottle', 'body', 'handle', 'cap', 'red', 'blue', 'and', 'or', 'which',
         'do', 'you', 'mean', 'its', 'left', "'s", 'instance', *map(str, range(1, 13)))


def config(**changes) -> TabletopConfig:
    """Return a configuration of a few ten thousand parameters."""
    values = dict(vocabulary=WORDS, regions=(('mug', 'body'), ('mug', 'handle'),
                                             ('bottle', 'body'), ('bottle', 'cap')),
                  colours=('red', 'blue'), height=48, width=64, channels=(8, 16, 24, 48),
                  dim=48, layers=2, heads=4, capacity=480, query_dim=32, pointer_dim=16,
                  mask_channels=8)
    return TabletopConfig(**{**values, **changes})


def model(seed: int = 0) -> TabletopModel:
    """Return a model whose answers depend on everything: no projection is left at zero."""
    torch.manual_seed(seed)
    built = TabletopModel(config())
    with torch.no_grad():
        for p in built.parameters():
            p.add_(0.15 * torch.randn_like(p))
    return built.eval()


def engine(seed: int = 0) -> Tabletop:
    """Return the engine around `model`."""
    facts = EngineFacts('tabletop', 'random', 'Apache-2.0', 'cpu', 'float32', 0, 0)
    return Tabletop(model(seed), facts)
