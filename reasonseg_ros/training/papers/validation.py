# SPDX-License-Identifier: Apache-2.0
"""How well a system answers while it is trained: our own interview on validation conversations.

As in the papers, the right words are given and what is measured are masks; a later round builds on
the masks that the model showed, or, where it asks for "the other one", on the true ones. Trains
nothing.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import BadImage, BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.engines.public.llmseg import MOST, LlmSeg, LlmSegContext, LlmSegFeatures
from reasonseg_ros.evaluation.benchmark import scripted
from reasonseg_ros.evaluation.interview import ContextRespondent, Interview
from reasonseg_ros.evaluation.protocols import Framing
from reasonseg_ros.evaluation.records import Protocol, RoundRecord
from reasonseg_ros.evaluation.summaries import values
from reasonseg_ros.nn.sam import SamView
from reasonseg_ros.training.papers.samples import Sample, Source
from reasonseg_ros.training.papers.simulator import OTHER

KEPT = 'giou'       # figure by which the best model is kept
WORDING = 'given'   # the message of the data, as in training
GIVEN_WORDS = Protocol('predicted', 'forced')
# "The other one" is that which the data has not shown, whichever the model may have shown.
TRUE_BEFORE = Protocol('truth', 'forced')


def validate(engine: Any, sources: Sequence[tuple[str, float, Source]], count: int
             ) -> dict[str, float]:
    """Figures in percent on `count` conversations, the sources in turn.

    giou, ciou  of targets;  hit  rounds that are all right
    other_hit, other_hit_blank  of rounds that ask for "the other one", with the memory of masks and
                without; where there are such rounds
    """
    samples = _samples(sources, count)
    records = [r for sample in samples for r in conduct(engine, sample)]
    found = values(records)
    told = {name: 100 * found[name] for name in (KEPT, 'ciou', 'hit')}
    if any(OTHER in record.tags for record in records):
        blank = [r for sample in samples for r in conduct(engine, sample, memory=False)]
        told |= {f'other_hit{what}': 100 * values([r for r in some if OTHER in r.tags])['hit']
                 for what, some in (('', records), ('_blank', blank))}
    return told


def conduct(engine: Any, sample: Sample, memory: bool = True) -> list[RoundRecord]:
    """Ask all rounds of a sample."""
    frame = Frame(sample.rgb)
    context = (_ChoosingContext(engine, frame, sample.regions)
               if engine.name == 'llmseg' and sample.regions else engine.open(frame, memory))
    respondent = ContextRespondent(context, sample.name, engine.facts, True)
    framing = Framing((sample.rgb.shape[0], sample.rgb.shape[1]), 'native')
    wording = WORDING if engine.name == 'segllm' else 'lisa'
    other = any(OTHER in asked.tags for asked in sample.rounds)
    return Interview(sample.name, respondent, TRUE_BEFORE if other else GIVEN_WORDS).conduct(
        scripted(sample.rounds, framing, wording), sample.rgb)


class _ChoosingContext(LlmSegContext):
    """A dialogue of LLM-Seg about regions that are given, as in training."""

    def __init__(self, engine: LlmSeg, frame: Frame, regions: Sequence[Rle]) -> None:
        self._regions = regions
        super().__init__(engine, frame)

    def _see(self) -> LlmSegFeatures:
        model = self.engine.model
        masks = torch.from_numpy(np.stack([region.decode() for region in self._regions[:MOST]]))
        square = SamView((self.frame.height, self.frame.width), model.config.dino_side)
        described = model.describe(square.pixels(self.frame.rgb), masks)
        return LlmSegFeatures(model.tokens(self._clip_pixels()), masks, described)


def _samples(sources: Sequence[tuple[str, float, Source]], count: int) -> list[Sample]:
    """The first samples of the sources, dealt in turn; unusable ones are passed over."""
    found: list[Sample] = []
    place = 0
    while len(found) < count and any(place < len(source) for _, _, source in sources):
        for _, _, source in sources:
            if place < len(source) and len(found) < count:
                try:
                    found.append(source.sample(place))
                except (BadImage, BadInput):
                    continue
        place += 1
    if not found:
        raise BadInput('no validation conversation can be used; check the images of the data sets')
    return found
