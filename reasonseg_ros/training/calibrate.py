# SPDX-License-Identifier: Apache-2.0
"""The last step of training: how sure must the model be to say "no" or "which one"? On val only.

Trained decisions are cautious about rare answers. Two numbers, added to the logits of <none> and
<which>, are chosen on validation dialogues; the weights do not change.
"""

import numpy as np
import torch

from reasonseg_ros.nn.tabletop import DECISIONS
from reasonseg_ros.nn.tabletop import TabletopModel
from reasonseg_ros.training.batch import DialogueBatches
from reasonseg_ros.training.losses import decide

# Of the answerable rounds, at most these shares may be refused or asked back; below the 8 % of
# false refusals that the model is allowed, since a dialogue's own errors come on top.
REFUSED, ASKED = 0.06, 0.03
RANGE = np.arange(-2.0, 6.01, 0.25)


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
