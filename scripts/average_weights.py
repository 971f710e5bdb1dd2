# SPDX-License-Identifier: Apache-2.0
"""Averages the weights of two checkpoints of engine household, one trained further from the other.

    python scripts/average_weights.py BEFORE AFTER SHARE OUT

SHARE in (0, 1) is what AFTER counts. Where one was trained on from the other, the average often
does better than either (Wortsman et al., 2022, "Model soups"); measure it on validation. The card
and what the network is made of are those of AFTER; scores are to be fitted again
(`scripts/fit_scores.py`).
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reasonseg_ros.engines.weights import embedded
from reasonseg_ros.nn.perception.network import PerceptionConfig


def shapes(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    """The shape of each weight, by name."""
    return {name: t.shape for name, t in tensors.items()}


def mixed(old: torch.Tensor, new: torch.Tensor, share: float) -> torch.Tensor:
    """The mean in float32, in the dtype of `new`; counters stay those of `new`."""
    if not new.is_floating_point():
        return new
    return ((1 - share) * old.float() + share * new.float()).to(new.dtype)


def main(before: Path, after: Path, share: float, out: Path) -> None:
    """Average, write into the card what was done, say where."""
    old, new = (embedded.read(path, 'household') for path in (before, after))
    config = PerceptionConfig.from_json(new.config)
    was = PerceptionConfig.from_json(old.config)
    fitted = {'confidence': config.confidence, 'temperature': config.temperature}
    if replace(was, **fitted) != config or shapes(old.tensors) != shapes(new.tensors):
        raise SystemExit(f'{before} and {after} are networks of different shapes; '
                         'give two of which one was trained on from the other')
    if not 0 < share < 1:
        raise SystemExit(f'the share of {after} is {share}; give one between 0 and 1')
    tensors = {name: mixed(old.tensors[name], t, share) for name, t in new.tensors.items()}
    *stages, last = new.card['stages']
    averaged = (f'{share:.0%} of the end of this stage and {1 - share:.0%} of its start, '
                'parameter by parameter')
    card = {**new.card, 'stages': [*stages, {**last, 'weights': averaged}]}
    embedded.write(out, 'household', config.to_json(), card, tensors)
    print(f'{out}: {averaged}')


if __name__ == '__main__':
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4]))
