# SPDX-License-Identifier: Apache-2.0
"""Records the simulated camera into a bag, and writes its dialogues with exact masks beside it.

The camera looks at one scene, from another side for each dialogue, and stands still until it
ends, so that the truth is exact. The same plan gives the same messages and dialogues. Does not
publish anything (`ros.sim_camera`).
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from reasonseg_ros.bags import messages as make
from reasonseg_ros.bags import types
from reasonseg_ros.bags.writer import BagWriter
from reasonseg_ros.core.camera.messages import NANOSECONDS
from reasonseg_ros.core.errors import BadInput
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.sim.dialogues.generator import WEIGHTS, generate
from reasonseg_ros.sim.dialogues.truth import Kind, SceneTruth, Turn
from reasonseg_ros.sim.rendering.renderer import Rendering, camera_renderer
from reasonseg_ros.sim.world.scene import moved, sample_scene
from reasonseg_ros.sim.world.stage import CameraPose

FRAME_ID = 'camera_color_optical_frame'
WORLD = 'world'
COLOUR = '/camera/color/image_raw'
DEPTH = '/camera/aligned_depth_to_color/image_raw'
INFO = '/camera/color/camera_info'
START = 1_700_000_000 * NANOSECONDS  # of every recording, so that it is the same on every day
LATENCY = 8_000_000                  # nanoseconds from the stamp of an image to its arrival
_NUMBER = re.compile(r'\b(instances?|numbers?) (\d+)')


@dataclass(frozen=True)
class RecordingPlan:
    """What is recorded.

    seconds     length of the recording
    rate        images per second
    motion      degrees that the camera moves to each side between dialogues
    dialogues   how many there are, one after the other
    rounds      of each dialogue, at most; each has an image of its own
    colour      raw or compressed (JPEG)
    depth       raw (16UC1), compressed (compressedDepth) or none
    storage     mcap or sqlite3
    """

    split: str = 'test'
    seed: int = 1
    width: int = 640
    height: int = 480
    seconds: float = 10.0
    rate: float = 30.0
    motion: float = 0.0
    dialogues: int = 3
    rounds: int = 6
    colour: str = 'raw'
    depth: str = 'raw'
    storage: str = 'mcap'


def record(plan: RecordingPlan, bag: Path, script: Path, overwrite: bool = False) -> int:
    """Write the bag and the dialogues; return the number of sentences.

    Raises BadInput when one of them exists and not `overwrite`, and when there are fewer images
    than sentences.
    """
    frames, sentences = round(plan.seconds * plan.rate), plan.dialogues * plan.rounds
    if frames < sentences:
        raise BadInput(f'{plan.seconds:g} s at {plan.rate:g} Hz are {frames} images, too few for '
                       f'{plan.dialogues} dialogues of {plan.rounds} rounds, which need one each; '
                       f'give --seconds {math.ceil(10 * sentences / plan.rate) / 10:g} or more')
    if script.exists() and not overwrite:
        raise BadInput(f'{script} exists; choose another name, or give --overwrite')
    talks = []
    with BagWriter(bag, plan.storage, overwrite) as writer:
        _topics(writer, plan)
        with tqdm(total=frames, desc='images', disable=None) as progress:
            for talk, (view, pose, images) in enumerate(_views(plan, frames)):
                for index in images:
                    _write(writer, plan, index, view, pose)
                    progress.update()
                talks.append(_talk(plan, talk, view.truth, images))
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(json.dumps({'version': 1, 'dialogues': talks}, indent=1) + '\n',
                      encoding='utf-8')
    return sum(len(talk['rounds']) for talk in talks)


def _views(plan: RecordingPlan, frames: int) -> Iterator[tuple[Rendering, CameraPose, range]]:
    """Yield each view with the indices of its images; there is one view per dialogue."""
    scene = sample_scene(plan.split, plan.seed)
    with camera_renderer(plan.width, plan.height) as renderer:
        for talk in range(plan.dialogues):
            turned = moved(scene, azimuth=plan.motion * math.sin(math.pi / 2 * talk))
            images = range(frames * talk // plan.dialogues, frames * (talk + 1) // plan.dialogues)
            yield renderer.render(turned, depth=True), turned.camera, images


def _topics(writer: BagWriter, plan: RecordingPlan) -> None:
    compressed = plan.colour == 'compressed'
    writer.topic(_colour_topic(plan), types.COMPRESSED if compressed else types.IMAGE)
    if plan.depth != 'none':
        writer.topic(_depth_topic(plan),
                     types.IMAGE if plan.depth == 'raw' else types.COMPRESSED)
    writer.topic(INFO, types.INFO)
    writer.topic(_transform_topic(plan), types.TRANSFORMS, latched=not plan.motion)


def _write(writer: BagWriter, plan: RecordingPlan, index: int, view: Rendering,
           pose: CameraPose) -> None:
    stamp = START + round(index / plan.rate * NANOSECONDS)
    head, arrival = make.header(stamp, FRAME_ID), stamp + LATENCY
    if plan.motion or not index:
        placed = make.transforms(make.header(stamp, WORLD), FRAME_ID, pose.eye, pose.axes)
        writer.write(_transform_topic(plan), stamp, make.cdr(types.TRANSFORMS, placed))
    writer.write(INFO, arrival, make.cdr(types.INFO, make.camera_info(view.camera, head)))
    if plan.colour == 'raw':
        colour, kind = make.image(view.rgb, 'rgb8', head), types.IMAGE
    else:
        colour, kind = make.compressed(make.jpeg(view.rgb), head), types.COMPRESSED
    writer.write(_colour_topic(plan), arrival, make.cdr(kind, colour))
    if plan.depth == 'none' or view.depth is None:
        return
    pixels = make.millimetres(view.depth)
    if plan.depth == 'raw':
        depth, kind = make.image(pixels, '16UC1', head), types.IMAGE
    else:
        depth, kind = make.compressed_depth(pixels, head), types.COMPRESSED
    writer.write(_depth_topic(plan), arrival, make.cdr(kind, depth))


def _talk(plan: RecordingPlan, talk: int, truth: SceneTruth, images: range) -> dict[str, Any]:
    """Return one dialogue of the file, its sentences evenly over `images`."""
    weights: dict[Kind, float] = {
        kind: weight for kind, weight in WEIGHTS.items() if kind is not Kind.GIVEN}
    rng = np.random.default_rng([plan.seed, talk])
    turns = generate(truth, rng, plan.split, plan.rounds, weights)
    places = [images[len(images) * number // len(turns)] for number in range(len(turns))]
    return {'id': f'{plan.split}-{plan.seed}-{talk + 1}',
            'rounds': [_entry(plan, place, turns, number, truth)
                       for number, place in enumerate(places)]}


def _entry(plan: RecordingPlan, index: int, turns: tuple[Turn, ...], number: int,
           truth: SceneTruth) -> dict[str, Any]:
    """Return one round of the file of dialogues."""
    turn = turns[number]
    named = {target.id: f'{target.part or truth.objects[target.object].category}-{target.id}'
             for earlier in turns[:number + 1] for target in earlier.targets}
    say = _NUMBER.sub(lambda m: f'{m[1]} {{{named[int(m[2])]}}}', turn.instruction)
    return {
        'time': round(index / plan.rate + 2 * LATENCY / NANOSECONDS, 6), 'say': say,
        'expect': turn.status.name.lower(), 'references': [named[i] for i in turn.references],
        'targets': [_target(named[t.id], truth.mask(t.object, t.part), t.part)
                    for t in turn.targets],
        'tags': [f'kind:{turn.kind.value}', *([f'detail:{turn.detail}'] if turn.detail else [])]}


def _target(name: str, mask: np.ndarray, part: str | None) -> dict[str, Any]:
    rle = Rle.encode(mask)
    entry = {'name': name, 'rle': {'size': [rle.height, rle.width],
                                   'counts': rle.counts.decode('ascii')}}
    return {**entry, 'part': True} if part else entry


def _colour_topic(plan: RecordingPlan) -> str:
    return COLOUR + ('/compressed' if plan.colour == 'compressed' else '')


def _depth_topic(plan: RecordingPlan) -> str:
    return DEPTH + ('/compressedDepth' if plan.depth == 'compressed' else '')


def _transform_topic(plan: RecordingPlan) -> str:
    return '/tf' if plan.motion else '/tf_static'
