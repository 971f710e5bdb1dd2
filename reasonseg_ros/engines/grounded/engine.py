# SPDX-License-Identifier: Apache-2.0
"""Engine `grounded`: a resolver reads the sentence, a segmenter cuts, our rules and memory decide.

Ids, parts, relations, "the other one", counts, questions and refusals come from `core.scene`, over
the things that the segmenter sees and those that the dialogue remembers. Memory is the dialogue
itself, so a context holds nothing but what the segmenter made of the image.

The seconds of an answer are told apart: 'resolver' and 'segmenter' wait for models, 'text' is the
engine's own share.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import Status
from reasonseg_ros.core.language.utterance import SpeechAct
from reasonseg_ros.core.scene import answers
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.context import RecordContext, stop_if
from reasonseg_ros.engines.devices import cpu_threads, memory_errors
from reasonseg_ros.engines.grounded.images import marked
from reasonseg_ros.engines.grounded.loading import find_model, find_resolver, find_segmenter
from reasonseg_ros.engines.grounded.options import GroundedOptions
from reasonseg_ros.engines.grounded.reading import opened
from reasonseg_ros.engines.grounded.resolver import Reading, Resolver
from reasonseg_ros.engines.grounded.segmenter import SceneSegmenter, TruthSegmenter
from reasonseg_ros.engines.letterbox import Letterbox, same_view
from reasonseg_ros.engines.protocol import Answer, Progress, Question, unheard
from reasonseg_ros.engines.rules import answer

COMPARED = (240, 320)   # rows and columns in which two frames are compared
AGREED, DENIED = 1.0, -2.5   # added to the log odds of a mask that the verifier accepts, or not
NEAR_CERTAIN = 0.999


class GroundedEngine:
    """A resolver and a segmenter."""

    def __init__(self, resolver: Resolver, segmenter: SceneSegmenter) -> None:
        self.resolver, self.segmenter = resolver, segmenter
        self.facts = replace(segmenter.facts, name='grounded', reads_dialogue=True,
                             weights=f'{segmenter.facts.weights}+{resolver.name}')

    @staticmethod
    def load(path: Path, device: str = 'auto', dtype: str = 'auto', options: str = ''
             ) -> 'GroundedEngine':
        """Load a segmenter, by default the package's own network, and reach the resolver."""
        chosen = GroundedOptions.parse(options)
        model = find_model(chosen, device, dtype)
        resolver = find_resolver(chosen, model)
        return GroundedEngine(resolver, find_segmenter(path, device, dtype, chosen, model))

    def told(self, seen: Inventory) -> 'GroundedEngine':
        """Return an engine that is told what is there, to measure all but the segmenter."""
        return GroundedEngine(self.resolver, TruthSegmenter(seen))

    def open(self, frame: Frame, memory: bool = True) -> 'GroundedContext':
        """Encode the frame once."""
        return GroundedContext(self, frame, memory)

    @cpu_threads(1)
    def same_view(self, context: 'GroundedContext', frame: Frame) -> bool:
        """Whether the frames differ by no more than sensor noise."""
        return same_view(context.frame, context.small, frame)


class GroundedContext(RecordContext):
    """One dialogue on one frame. See the Protocol for what each method promises."""

    def __init__(self, engine: GroundedEngine, frame: Frame, memory: bool) -> None:
        super().__init__(frame)
        self._resolver, self._segmenter, self._memory = engine.resolver, engine.segmenter, memory
        with memory_errors('while looking at the image'), self._measured('vision'):
            self.small = Letterbox((frame.height, frame.width), COMPARED).image(frame.rgb)
            self._view = self._segmenter.open(frame)
        self._opening = dict(self._seconds)

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        with self._answered_round():
            dialogue = question.dialogue or Dialogue('')
            if not self._memory:
                dialogue, question = Dialogue(dialogue.id), replace(question, references=())
            progress(Progress('resolver'))
            stop_if(cancelled)
            with self._measured('resolver'):
                read = self._resolver.resolve(question, dialogue, self.frame, cancelled)
            stop_if(cancelled)
            found = self._answered(read, question, dialogue, cancelled, progress)
            notes = '; '.join(filter(None, (read.notes, found.notes)))
            return replace(found, seconds=dict(self._seconds), notes=notes)

    def _answered(self, read: Reading, question: Question, dialogue: Dialogue,
                  cancelled: Callable[[], bool], progress: Callable[[Progress], None]) -> Answer:
        if read.say:
            return Answer(Status.TALK, read.say, (), '')
        utterance = opened(read.utterance) if self._segmenter.open_words else read.utterance
        progress(Progress('segmenter'))
        with self._measured('segmenter'):
            seen = self._view.inventory(utterance, dialogue, cancelled)
        progress(Progress('text'))
        with self._measured('text'):
            found = answer(utterance, question, seen, dialogue, self._segmenter.calibration)
        if utterance.act is not SpeechAct.SHOW or found.status is not Status.OK:
            return found
        return self._verified(found, read, question, cancelled)

    def _verified(self, found: Answer, read: Reading, question: Question,
                  cancelled: Callable[[], bool]) -> Answer:
        """Let the resolver say which new masks fit, and let their scores follow."""
        known = {i.mask for i in (question.dialogue or Dialogue('')).instances}
        new = [k for k, entry in enumerate(found.found) if entry.mask not in known]
        if not new:
            return found
        with self._measured('resolver'):
            fits = self._resolver.verify(
                read.utterance.words,
                lambda: marked(self.frame.rgb, [found.found[k].mask for k in new]),
                len(new), read.calls, cancelled)
        if fits is None:
            return found
        scores = {k: agreed(found.found[k].score, number in fits)
                  for number, k in enumerate(new, start=1)}
        kept = [(k, replace(entry, score=scores.get(k, entry.score)))
                for k, entry in enumerate(found.found)]
        kept = [(k, entry) for k, entry in kept if question.accepts(entry)]
        if not kept:
            said = answers.join([f'the {entry.label}' for entry in found.found])
            return Answer(Status.NOTHING_FOUND, f'I see nothing that is surely {said}.', (), '',
                          references=found.references)
        first = question.next_id
        ids = {first + k: first + place for place, (k, _) in enumerate(kept)}
        masks = tuple(replace(entry, parent_id=ids.get(entry.parent_id, 0)
                              if entry.parent_id >= first else entry.parent_id)
                      for _, entry in kept)
        return replace(found, found=masks)


def agreed(score: float, fits: bool) -> float:
    """Return a chance in [0, 1] after a verifier has accepted or denied it."""
    inside = min(max(score, 1 - NEAR_CERTAIN), NEAR_CERTAIN)
    odds = math.log(inside / (1 - inside)) + (AGREED if fits else DENIED)
    return 1 / (1 + math.exp(-odds))
