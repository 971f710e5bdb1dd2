# SPDX-License-Identifier: Apache-2.0
"""Masks followed from image to image by SAM 2 or EdgeTAM, whose video sessions take a live stream.

Ravi et al. 2024, SAM 2: Segment Anything in Images and Videos; Zhou et al. 2025, EdgeTAM. Read from
a folder of transformers; nothing is downloaded. A session holds the newest outputs that the model
attends to and no image, so that its memory does not grow with the stream.

Knows no depth, no places and no states (`engines.tracking`).
"""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.engines.devices import HALF, cpu_threads, find_device, find_dtype, memory_errors
from reasonseg_ros.engines.grounded.networks import IMAGENET, full_size, load_model, pixels
from reasonseg_ros.engines.protocol import EngineFacts

# Name -> (type in the folder's config, module of transformers, what its classes begin with).
KINDS = {'sam2': ('sam2_video', 'Sam2Video'), 'edgetam': ('edgetam_video', 'EdgeTamVideo')}
SHOWN = 3   # images in which a thing was shown by its mask that are kept: the first, and the newest


class VideoTracker:
    """The loaded model.

    kind  of KINDS
    side  pixels of the model's square image
    """

    def __init__(self, model: Any, facts: EngineFacts, kind: str) -> None:
        module, prefix = KINDS[kind]
        self.model, self.facts, self.kind = model, facts, kind
        self.side = int(model.config.image_size)
        self._made = getattr(importlib.import_module(
            f'transformers.models.{module}.modeling_{module}'), f'{prefix}InferenceSession')

    @classmethod
    def load(cls, kind: str, folder: Path, device: str = 'auto', dtype: str = 'auto'
             ) -> 'VideoTracker':
        """Load a folder of transformers; errors are one sentence each."""
        if kind not in KINDS:
            raise BadRequest(f'tracker "{kind}" is unknown; choose one of: {", ".join(KINDS)}')
        module, prefix = KINDS[kind]
        try:
            importlib.import_module('transformers')
        except ModuleNotFoundError as error:
            raise BadRequest(f'tracker "{kind}" needs the Python module "transformers", which is '
                             'missing; pip install "reasonseg_ros[engines]"') from error
        place = find_device(device)
        model, facts = load_model(folder, {module: (module, f'{prefix}Model')}, place,
                                  find_dtype(dtype, place))
        return cls(model, facts, kind)

    def begin(self) -> 'VideoSession':
        """Return a session that follows nothing yet."""
        return VideoSession(self, self._made(
            inference_device=self.facts.device, inference_state_device=self.facts.device,
            video_storage_device=self.facts.device, dtype=getattr(torch, self.facts.dtype)))


class VideoSession:
    """Things that are followed through one stream of images, by id. One thread at a time."""

    def __init__(self, tracker: VideoTracker, session: Any) -> None:
        self._tracker, self._session = tracker, session
        self._next = 0   # place of the next image in the stream
        config = tracker.model.config
        self._window = max(config.num_maskmem, config.max_object_pointers_in_encoder)

    @property
    def ids(self) -> tuple[int, ...]:
        """Ids of the things, the one shown first first."""
        return tuple(self._session.obj_ids)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept of the images."""
        return sum(tensor.numel() * tensor.element_size()
                   for outputs in self._session.output_dict_per_obj.values()
                   for kept in outputs.values() for output in kept.values()
                   for tensor in output.values() if isinstance(tensor, torch.Tensor))

    @torch.inference_mode()
    def follow(self, rgb: np.ndarray, shown: Mapping[int, np.ndarray] = {}
               ) -> dict[int, np.ndarray]:
        """Return the masks, bool [H, W], of what is in the next image; others are left out.

        rgb    uint8 [H, W, 3]
        shown  bool [H, W], true masks in this image of things that are followed from now on, or
               that were lost sight of
        """
        session, tracker = self._session, self._tracker
        for number, mask in shown.items():
            given = torch.from_numpy(mask.astype(np.float32))[None, None]
            given = torch.nn.functional.interpolate(
                given, size=(tracker.side, tracker.side), mode='bilinear', antialias=True)
            session.add_mask_inputs(session.obj_id_to_idx(number), self._next,
                                    (given >= 0.5).float())
        session.obj_with_new_inputs = list(shown)
        if not session.obj_ids:
            return {}
        image = pixels(rgb, (tracker.side, tracker.side), *IMAGENET,
                       torch.device(tracker.facts.device), session.dtype)
        with memory_errors('while things are followed'), cpu_threads(HALF):
            told = tracker.model(inference_session=session, frame=image, frame_idx=self._next)
        self._next += 1
        self._forget_old()
        masks = full_size(told.pred_masks[:, 0], rgb.shape[:2])
        there = (told.object_score_logits.reshape(-1) > 0).tolist()
        return {number: mask for number, mask, seen in zip(told.object_ids, masks, there)
                if seen and mask.any()}

    def _forget_old(self) -> None:
        """Drop images, and what the model will not attend to any more."""
        session = self._session
        session.processed_frames.clear()   # the place of each image is told: no count is needed
        oldest = self._next - self._window
        for place in session.output_dict_per_obj:
            session.mask_inputs_per_obj[place].clear()
            told, followed = (session.output_dict_per_obj[place][name] for name in (
                'cond_frame_outputs', 'non_cond_frame_outputs'))
            for held in (followed, session.frames_tracked_per_obj[place]):
                for frame in [k for k in held if k < oldest]:
                    del held[frame]
            for frame in list(told)[1:1 - SHOWN]:
                del told[frame]
            for output in (*told.values(), *followed.values()):
                for name in ('pred_masks', 'high_res_masks'):   # of an image that is over
                    output.pop(name, None)
