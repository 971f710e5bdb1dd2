# SPDX-License-Identifier: Apache-2.0
"""What an engine costs over the rounds of a dialogue: appended tokens against recomputing all.

Prints nothing; `cli.bench` does. Ratios are measured in one run, on one machine, interleaved.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from reasonseg_ros.core.dialogue import Dialogue
from reasonseg_ros.core.dialogue import Round
from reasonseg_ros.core.frame import Frame
from reasonseg_ros.core.instance import Instance
from reasonseg_ros.engines.protocol import Answer
from reasonseg_ros.engines.protocol import Engine
from reasonseg_ros.engines.protocol import Question


@dataclass(frozen=True)
class RoundCost:
    """Medians over repeats, in seconds, and whether both ways gave the same answer.

    tokens      words that the answer has, with its markers
    appended    only the new tokens, in a context that holds the earlier rounds
    recomputed  picture, earlier rounds and the new one, from nothing
    """

    round: int
    tokens: int
    appended: float
    recomputed: float
    same_tokens: bool
    smallest_iou: float


def record(dialogue: Dialogue, question: Question, answer: Answer) -> Round:
    """Write an answer down as the next round."""
    index = len(dialogue.rounds) + 1
    instances = tuple(Instance(dialogue.next_id + k, f.parent_id, index, f.label, f.score, f.mask)
                      for k, f in enumerate(answer.found))
    return Round(index, question.text, question.text, tuple(r.id for r in question.references),
                 answer.status, answer.text, instances, answer.transcript)


def engine_rounds(engine: Engine, frame: Frame, sentences: Sequence[str], repeats: int = 5
                  ) -> list[RoundCost]:
    """Ask `sentences` in one dialogue `repeats` times, and each round also from nothing."""
    appended, recomputed = ([[] for _ in sentences] for _ in range(2))
    tokens = [0] * len(sentences)
    same, ious = [True] * len(sentences), [1.0] * len(sentences)
    for _ in range(repeats):
        dialogue = Dialogue('bench')
        context = engine.open(frame)
        for index, sentence in enumerate(sentences):
            question = Question(sentence, next_id=dialogue.next_id)
            start = time.perf_counter()
            answer = context.ask(question)
            appended[index].append(time.perf_counter() - start)
            start = time.perf_counter()
            fresh = engine.open(frame)
            for earlier in dialogue.rounds:
                fresh.remember(earlier)
            again = fresh.ask(question)
            recomputed[index].append(time.perf_counter() - start)
            tokens[index] = len(answer.transcript.split())
            same[index] &= again.transcript == answer.transcript
            ious[index] = min([ious[index], *(a.mask.iou(b.mask)
                                              for a, b in zip(answer.found, again.found))])
            made = record(dialogue, question, answer)
            dialogue.append(replace(made, engine=engine.facts.provenance))
    return [RoundCost(i + 1, tokens[i], float(np.median(appended[i])),
                      float(np.median(recomputed[i])), same[i], ious[i])
            for i in range(len(sentences))]
