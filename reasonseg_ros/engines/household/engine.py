# SPDX-License-Identifier: Apache-2.0
"""Engine `household`: looks at a frame once, then answers by rules over what it saw.

The network (`nn.perception`) turns a frame into an inventory of things; what a sentence means in
it is decided by `core.scene.grounding`. Memory is the dialogue itself, so a context holds nothing
but the inventory, and a rebuilt one answers alike.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Dialogue
from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.core.language.speech_acts import understand
from reasonseg_ros.core.scene.inventory import Inventory
from reasonseg_ros.engines.context import RecordContext, stop_if
from reasonseg_ros.engines.devices import HALF, cpu_threads, find_device, memory_errors
from reasonseg_ros.engines.household.look import look
from reasonseg_ros.engines.letterbox import Letterbox, same_view
from reasonseg_ros.engines.protocol import Answer, EngineFacts, Progress, Question, unheard
from reasonseg_ros.engines.rules import Calibration, answer
from reasonseg_ros.engines.weights import embedded as checkpoints
from reasonseg_ros.engines.weights.folder import fitting
from reasonseg_ros.nn.perception.network import (
    HEIGHT,
    WIDTH,
    PerceptionConfig,
    PerceptionModel,
    fold_norms,
)


class Household:
    """The loaded model."""

    def __init__(self, model: PerceptionModel, facts: EngineFacts) -> None:
        self.model = fold_norms(model.eval())
        self.calibration = Calibration(*model.config.confidence)
        self.facts = facts

    @staticmethod
    def load(path: Path, device: str = 'auto', dtype: str = 'auto', options: str = ''
             ) -> 'Household':
        """Load a checkpoint of this engine; errors are one sentence each."""
        if options:
            raise BadRequest(f'engine "household" has no options, found "{options}"; leave them '
                             'empty')
        if dtype not in ('auto', 'float32'):
            raise BadRequest(f'engine "household" computes in float32, found dtype "{dtype}"; use '
                             'auto')
        place = find_device(device)
        read = checkpoints.read(path, 'household')
        with fitting(path):
            model = PerceptionModel(PerceptionConfig.from_json(read.config))
            model.load_state_dict(read.tensors)
        with memory_errors('while loading the weights'):
            model = model.to(place, memory_format=torch.channels_last)  # type: ignore[call-overload]
        size = sum(p.numel() for p in model.parameters())
        facts = EngineFacts('household', read.digest[:12], 'Apache-2.0', str(place), 'float32',
                            size, 4 * size, reads_dialogue=True)
        return Household(model, facts)

    def open(self, frame: Frame, memory: bool = True) -> 'HouseholdContext':
        """Look at the frame once."""
        return HouseholdContext(self.model, frame, memory, self.calibration)

    @cpu_threads(1)
    def same_view(self, context: 'HouseholdContext', frame: Frame) -> bool:
        """Whether no 4x4 cell of the network's image changed by more than sensor noise."""
        return same_view(context.frame, context.image, frame)


class HouseholdContext(RecordContext):
    """One dialogue on one frame: an inventory. See the Protocol for what each method promises."""

    def __init__(self, model: PerceptionModel, frame: Frame, memory: bool = True,
                 calibration: Calibration = Calibration()) -> None:
        super().__init__(frame)
        self.memory, self.calibration = memory, calibration
        with memory_errors('while looking at the image'), self._measured('vision'), \
                cpu_threads(HALF):
            self.image = Letterbox((frame.height, frame.width), (HEIGHT, WIDTH)).image(frame.rgb)
            self.inventory: Inventory = look(model, frame)
        self._opening = dict(self._seconds)

    def ask(self, question: Question, cancelled: Callable[[], bool] = lambda: False,
            progress: Callable[[Progress], None] = unheard) -> Answer:
        """Answer one question; see `protocol.Context.ask`."""
        with self._answered_round():
            progress(Progress('text'))
            stop_if(cancelled)
            with self._measured('text'):
                dialogue = question.dialogue or Dialogue('')
                if not self.memory:
                    dialogue, question = Dialogue(dialogue.id), replace(question, references=())
                utterance = question.utterance or understand(question.text, dialogue)
                found = answer(utterance, question, self.inventory, dialogue, self.calibration)
            return replace(found, seconds=dict(self._seconds))
