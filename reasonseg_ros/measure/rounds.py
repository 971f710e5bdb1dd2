# SPDX-License-Identifier: Apache-2.0
"""What an engine costs over the rounds of a dialogue: appended tokens against recomputing all.

Prints nothing; `cli.verb.bench_engine` does. Ratios are measured in one run, on one machine,
interleaved.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.engines.instances import round_of
from reasonseg_ros.engines.protocol import Context, Engine, Question


@dataclass(frozen=True)
class RoundCost:
    """Medians over repeats, in seconds, and whether both ways gave the same answer.

    tokens      words that the answer has, with its markers
    appended    only the new tokens, in a context that holds the earlier rounds
    recomputed  image, earlier rounds and the new one, from nothing; None where that was not done
    passes, positions  of the language model, of engines that count them; else 0
    """

    round: int
    tokens: int
    appended: float
    recomputed: float | None
    same_tokens: bool
    smallest_iou: float
    passes: int = 0
    positions: int = 0


def engine_rounds(engine: Engine, frame: Frame, sentences: Sequence[str], repeats: int = 5,
                  recompute: Collection[int] | None = None, referring: bool = False,
                  clock: Callable[[], float] = time.perf_counter) -> list[RoundCost]:
    """Ask `sentences` in one dialogue `repeats` times, and rounds of it also from nothing.

    recompute  numbers of the rounds that are also computed from nothing; None: all
    referring  every second round refers to what the one before it found
    clock      gives seconds
    """
    again = range(1, len(sentences) + 1) if recompute is None else recompute
    appended: list[list[float]] = [[] for _ in sentences]
    recomputed: list[list[float]] = [[] for _ in sentences]
    tokens, work = [0] * len(sentences), [(0, 0)] * len(sentences)
    same, ious = [True] * len(sentences), [1.0] * len(sentences)
    for _ in tqdm(range(repeats), desc='dialogues', disable=None):
        dialogue, provenance = Dialogue('bench'), engine.facts.provenance
        context = engine.open(frame)
        for index, sentence in enumerate(sentences):
            earlier = dialogue.rounds[-1].instances[:1] if referring and index % 2 else ()
            question = Question(sentence, earlier, next_id=dialogue.next_id)
            (passes, positions), start = _work(context), clock()
            answer = context.ask(question)
            appended[index].append(clock() - start)
            now = _work(context)
            work[index] = now[0] - passes, now[1] - positions
            tokens[index] = len(answer.transcript.split())
            if index + 1 in again:
                start = clock()
                fresh = engine.open(frame)
                for past in dialogue.rounds:
                    fresh.remember(past, tuple(map(dialogue.instance, past.references)))
                other = fresh.ask(question)
                recomputed[index].append(clock() - start)
                same[index] &= other.transcript == answer.transcript
                same[index] &= len(other.found) == len(answer.found)
                ious[index] = min([ious[index], *(a.mask.iou(b.mask)
                                                  for a, b in zip(answer.found, other.found))])
            dialogue.append(replace(round_of(dialogue, question, answer), engine=provenance))
    return [RoundCost(i + 1, tokens[i], float(np.median(appended[i])),
                      float(np.median(recomputed[i])) if recomputed[i] else None, same[i],
                      ious[i], *work[i])
            for i in range(len(sentences))]


def _work(context: Context) -> tuple[int, int]:
    """Passes and positions of the language model so far, where the engine counts them."""
    stream = getattr(context, 'stream', None)
    return (stream.passes, stream.positions) if stream else (0, 0)
