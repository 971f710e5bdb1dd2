# SPDX-License-Identifier: Apache-2.0
"""Fits the scores of engine household to what was right, and writes the numbers into its weights.

    python scripts/fit_scores.py CHECKPOINT RESULTS...

RESULTS are results.json files of MR-Tabletop, split val, run with that checkpoint; real images are
never fitted on. Objects and parts get a slope and an offset of the log odds each
(`engines.rules.Calibration`; Platt, 1999), by Newton's method on the log likelihood. A checkpoint
that was fitted before is first taken back to what its scores were.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from reasonseg_ros.engines.rules import LEAST
from reasonseg_ros.engines.weights import embedded
from reasonseg_ros.evaluation.figures import RIGHT_IOU, answers
from reasonseg_ros.evaluation.records import RoundRecord, load
from reasonseg_ros.evaluation.scoring import PART
from reasonseg_ros.nn.perception.network import PerceptionConfig

STEPS = 50
PRIOR = 1e-3   # weight of slope 1 and offset 0, so that few answers cannot run away


def main(checkpoint: Path, results: list[Path]) -> None:
    """Fit, say what changed, write."""
    read = embedded.read(checkpoint, 'household')
    config = PerceptionConfig.from_json(read.config)
    runs = [load(path) for path in results]
    weights = f'household@{read.digest[:12]}'
    for path, run in zip(results, runs):
        if run.options.get('split') != 'val' or run.engine != weights:
            raise SystemExit(f'{path} is of {run.engine}, split {run.options.get("split")}; '
                             f'expected {weights}, split val')
    rounds = [record for run in runs for record in run.rounds]
    fitted = [_fit(*_pairs(rounds, part), old)
              for part, old in zip((False, True), config.confidence)]
    config = replace(config, confidence=(fitted[0], fitted[1]))
    embedded.write(checkpoint, 'household', config.to_json(), read.card, read.tensors)
    for name, pair in zip(('objects', 'parts'), fitted):
        print(f'{name}: slope {pair[0]:.3f}, offset {pair[1]:.3f}')
    print(f'{checkpoint}; its digest is another one now')


def _pairs(rounds: list[RoundRecord], part: bool) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the answered masks, and whether each was right."""
    found = [(t.score, t.iou >= RIGHT_IOU) for record in rounds for t in answers(record)
             if (t.sort == PART) is part]
    pairs = np.array(found, float).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _fit(scores: np.ndarray, right: np.ndarray, old: tuple[float, float]) -> tuple[float, float]:
    inside = np.clip(scores, LEAST, 1 - LEAST)
    odds = (np.log(inside / (1 - inside)) - old[1]) / old[0]
    design = np.stack([odds, np.ones_like(odds)], 1)
    start = np.array([1.0, 0.0])

    def loss(values: np.ndarray) -> float:
        odds = design @ values
        return float((np.logaddexp(0, odds) - right * odds).sum()
                     + PRIOR / 2 * ((values - start) ** 2).sum())
    values = start
    for _ in range(STEPS):
        chance = np.exp(-np.logaddexp(0, -design @ values))
        gradient = design.T @ (chance - right) + PRIOR * (values - start)
        curvature = (design.T * (chance * (1 - chance))) @ design + PRIOR * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() > 1e-9 and loss(values - step) > loss(values):
            step /= 2   # far from the best a whole step of Newton's may lead away from it
        values = values - step
    return float(values[0]), float(values[1])


if __name__ == '__main__':
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
