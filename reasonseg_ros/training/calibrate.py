# SPDX-License-Identifier: Apache-2.0
"""The last step of training: what the model's certainty means. On val only.

Trained decisions are cautious about rare answers: two numbers, added to the logits of <none> and
<which>, are chosen on validation dialogues. Scores are learnt with true history, but given with
the model's own: a line through their logits makes them the chance that a mask is right (Platt,
1999). The weights do not change.
"""

from collections.abc import Sequence

import numpy as np
import torch

from reasonseg_ros.nn.tabletop.model import DECISIONS, TabletopModel
from reasonseg_ros.training.batch import DialogueBatches
from reasonseg_ros.training.losses import decide

# Of the answerable rounds, at most these shares may be refused or asked back; below the 8 % of
# false refusals that the model is allowed, since a dialogue's own errors come on top.
REFUSED, ASKED = 0.06, 0.03
RANGE = np.arange(-2.0, 6.01, 0.25)
RIDGE = 1e-3  # keeps the line of separable scores finite


@torch.inference_mode()
def decision_bias(model: TabletopModel, batches: DialogueBatches, count: int
                  ) -> tuple[float, float, float]:
    """Return what to add to the logits of DECISIONS, from `count` batches with true history."""
    logits, right = [], []
    for number in range(count):
        batch = batches[number].to(model.position.device)
        logits.append(decide(model, batch).cpu().numpy())
        at = batch.labels[batch.questions[:, 0], batch.questions[:, 1]]
        ids = [model.tokenizer.ids[name] for name in DECISIONS]
        right.append(np.array([ids.index(i) for i in at.tolist()]))
    return best_bias(np.concatenate(logits), np.concatenate(right))


def best_bias(logits: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    """Bias with the best recall of "no" and "which one" that keeps to REFUSED and ASKED.

    logits [N, 3]; right [N] index of the right decision. Nothing is changed where no bias keeps
    to both, or where a decision never occurs.
    """
    best, chosen = -1.0, (0.0, 0.0, 0.0)
    if len(set(right.tolist())) < 3:
        return chosen
    for none in RANGE:
        for which in RANGE:
            said = (logits + (0.0, none, which)).argmax(1)
            share = [[float(np.mean(said[right == k] == other)) for other in range(3)]
                     for k in range(3)]
            gain = share[1][1] + share[2][2]
            if share[0][1] <= REFUSED and share[0][2] <= ASKED and gain > best:
                best, chosen = gain, (0.0, float(none), float(which))
    return chosen


def score_line(scores: Sequence[float], hits: Sequence[bool]) -> tuple[float, float]:
    """Return (slope, offset) of the score's logit with the highest likelihood of the hits.

    scores  in (0, 1), as given with the line (1, 0); hits  whether the mask was right
    The identity is returned where all masks are right, or none.
    """
    if len(set(hits)) < 2:
        return 1.0, 0.0
    chance = np.clip(np.asarray(scores, float), 1e-6, 1 - 1e-6)
    right = np.asarray(hits, bool)
    x = np.stack((np.log(chance / (1 - chance)), np.ones(len(chance))), axis=1)    # [N, 2]

    def loss(line: np.ndarray) -> float:
        z = x @ line
        return float(np.logaddexp(0, z).sum() - z[right].sum() + RIDGE / 2 * np.square(line).sum())

    line = np.array((1.0, 0.0))
    for _ in range(50):  # Newton's method on a convex loss, with steps halved until it falls
        p = 1 / (1 + np.exp(-np.clip(x @ line, -30, 30)))
        slope = x.T @ (p - right) + RIDGE * line
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(2), slope)
        while loss(line - step) > loss(line) and np.abs(step).max() > 1e-9:
            step = step / 2
        line = line - step
    return float(line[0]), float(line[1])
