# SPDX-License-Identifier: Apache-2.0
"""Compares engine `segllm` with golden numbers of the public code; for `parity.py`.

The original runs the whole dialogue anew in each round and decodes all its masks again. Here every
round is read and decoded once, and compared with each run of the original that it is part of.

Queries take their embeddings by the rank of their proposals, and neighbouring scores differ by
hardly more than rounding does. So the stored order is fed, and a row says how ours differs. Rows
about the engine at the end are without it.
"""

import json
import tempfile
from itertools import cycle, islice
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.dialogue.dialogue import Instance
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public.segllm import SegLlm
from reasonseg_ros.engines.weights.convert_segllm import convert
from reasonseg_ros.nn import clip, cutout
from reasonseg_ros.nn.hipie import detect
from reasonseg_ros.nn.hipie.hipie import DIM, map_positions
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID
from reasonseg_ros.nn.segllm import SegLlmFeatures, SegLlmModel
from support.comparison import IOU, Table
from support.golden_segllm import publish

IGNORED = -100      # a label that is not learnt
OTHERS = 0.02       # share of proposals that may be others
ROUNDS = 4          # of the dialogue whose work is counted
# First and distance of the stored rows and columns of the backbone's maps and of the positions.
MAPS = {3: (3, 16), 4: (3, 8), 5: (0, 4)}
POSITIONS = (32, 16, 8)


class Replay:
    """A golden dialogue, read round by round as the engine does."""

    def __init__(self, engine: SegLlm, folder: Path, table: Table) -> None:
        self.engine, self.table = engine, table
        with np.load(folder / 'tensors.npz') as file:
            self.golden = {name: torch.from_numpy(file[name]) for name in file.files}
        self.told = _rounds(folder)
        self.context = engine.open(_frame(folder))
        self.context.stream.crop(0)     # to see its embeddings and states, too
        self.ids: list[int] = []
        self.embedded: list[torch.Tensor] = []
        self.states: list[torch.Tensor] = []
        self.features: list[torch.Tensor] = []      # what was heard, and zeros for a mask
        self.asking: list[torch.Tensor] = []        # [D] before each <seg>
        self.memories: list[torch.Tensor] = []      # [2, D] of each round's result
        self.classes: list[torch.Tensor] = []       # [1, W] of CLIP for each result
        self.referred: list[int] = []               # results that came back, from 0
        seen = engine.model.tokens(self.context._clip_pixels())
        said = [token for token in engine.opening() if token != IMAGE_ID]
        self.read([*said, *[engine.slot] * len(seen)], seen)

    def read(self, ids: list[int], heard: torch.Tensor | None) -> None:
        """Append tokens, with what is heard in their slots."""
        self.ids += ids
        embedded = self.engine.model.llama.model.embed_tokens(torch.tensor(ids))
        if heard is not None:
            embedded[torch.tensor(ids) == self.engine.slot] += heard
            self.features.append(heard)
        self.embedded.append(embedded)
        self.states.append(self.context.stream.append(embedded))

    def round(self, number: int) -> None:
        """Read and compare round `number`, from 1."""
        told, first = self.told[number - 1], number == 1
        referred = [int(k) - 1 for k in (told['ref'] or '').split(',') if k]
        heard = [self.memories[k] for k in referred]
        self.referred += referred
        self.read(self.engine.request(told['text'], first, len(heard)),
                  torch.cat(heard) if heard else None)
        self.asking.append(self.states[-1][-2])
        self.features.append(torch.zeros(1, len(self.asking[0])))
        self.compare_text(f'call{number}')
        self.compare_mask(number)

    def compare_text(self, case: str) -> None:
        """Compare the dialogue so far, with the end that the original gives it."""
        golden, table, stream = self.golden, self.table, self.context.stream
        end = [self.engine.tokenizer.eos]
        ids = [*self.ids, *end]
        table.ids(f'{case}: ids', ids, golden[f'{case}.input_ids'].tolist())
        learnt = {k for k, token in enumerate(ids) if token == self.engine.seg}
        learnt |= {k - 1 for k in learnt} | {len(ids) - 1}
        labels = [token if k in learnt else IGNORED for k, token in enumerate(ids)]
        table.ids(f'{case}: labels', labels, golden[f'{case}.labels'].tolist())
        table.tensor(f'{case}: what is heard', torch.cat(self.features),
                     golden.get(f'{case}.repl_feats'))
        if self.referred:
            table.tensor(f'{case}: class tokens of cut-outs',
                         torch.stack([self.classes[k] for k in self.referred]),
                         golden.get(f'{case}.clip_cls_feats'))
        embedded = torch.cat([*self.embedded, stream.embed(end)])
        table.tensor(f'{case}: embeddings', embedded, golden.get(f'{case}.inputs_embeds'))
        states = torch.cat([*self.states, stream.feed(end)])
        stream.crop(stream.length - len(end))   # it comes with the next request
        table.tensor(f'{case}: all states', states, golden.get(f'{case}.last_hidden'))
        logits = stream.logits(states)
        table.tensor(f'{case}: logits', logits[-5:], golden.get(f'{case}.logits_last5'))
        loss = F.cross_entropy(logits[:-1], torch.tensor(labels[1:]), ignore_index=IGNORED)
        table.value(f'{case}: loss', float(loss), float(golden[f'{case}.loss_lang']))
        asking = torch.stack(self.asking)
        table.tensor(f'{case}: states before <seg>', asking, golden.get(f'{case}.seg_hidden'))
        table.tensor(f'{case}: prompts', self.engine.model.words(asking).flatten(1),
                     golden.get(f'{case}.seg_prompt'))

    def compare_mask(self, number: int) -> None:
        """Compare HIPIE's steps for the newest round, in every run that repeats it."""
        model, seen = self.engine.model, self.context.seen
        cases = [f'call{run}.' for run in range(number, len(self.told) + 1)]
        place, first = number - 1, model.hipie.config.backgrounds
        memory, words = model.hipie.read(model.words(self.asking[-1][None])[0], seen.levels)
        scores, boxes = model.hipie.propose(memory, seen.levels)
        order = self.golden[f'{cases[0]}hipie.topk_idx'][place].long()
        ours = scores.topk(len(order)).indices
        others = len(set(ours.tolist()) - set(order.tolist())) / len(order)
        self.table.rows.append((f'round {number}: share of other proposals', others, OTHERS))
        queries = model.hipie.decode(boxes[order], memory, seen.levels)
        fits, quality = model.hipie.score(queries, words)
        everything = torch.arange(len(queries.states))
        logits = model.hipie.draw(queries, memory, seen.levels, everything)
        corners = detect.to_corners(queries.boxes[first:])
        query, score = detect.select(detect.chances(fits[first:], quality[first:]), corners)
        chosen, box = logits[first + query], corners[query]
        probe = self.golden['token_probe_idx']
        for case in cases:
            self._all(f'{case}hipie.', place, {
                'lang_hidden': words, 'memory_probe': memory[probe],
                'enc_class_probe': scores[probe, None], 'init_reference': queries.references[0],
                'hs_last': queries.states, 'pred_logits': fits, 'pred_boxes': queries.boxes,
                'pred_boxious': quality[:, None]})
            self.table.tensor(f'{case}hipie.inter_references.{place}', queries.references[1:],
                              self._told(f'{case}hipie.inter_references', (slice(None), place)))
            self._large(f'{case}hipie.pred_masks_probe.{place}', logits[:, 4::32, 4::32],
                        self._told(f'{case}hipie.pred_masks_probe', place))
            self.table.tensor(f'{case}box of mask {place}', box,
                              self.golden[f'{case}pred_boxes_xyxy_1024'][place] / 1024)
            mask = self._mask(case, place, chosen)
        self._large(f'{cases[-1]}hipie.chosen_mask_logits.{place}', chosen[::2, ::2],
                    self.golden.get(f'{cases[-1]}hipie.chosen_mask_logits.{place}'))
        told = self.told[place]['selection'][place]
        self.table.ids(f'round {number}: query', [first + query], [told['query']])
        if told['best'] < len(told['top_scores']):  # the others' scores are not stored
            self.table.value(f'round {number}: score', score, told['top_scores'][told['best']])
        self.compare_memory(cases[0], box, mask)

    def compare_memory(self, case: str, box: torch.Tensor, mask: np.ndarray) -> None:
        """Compare how the newest result comes back; box [4] in [0, 1], mask bool [S, S]."""
        model, context = self.engine.model, self.context
        side = context.view.side
        pixels = cutout.whole_pixels((box * side).tolist(), side)
        place = torch.tensor(cutout.rows_first(pixels, side))
        cut = clip.pixels(cutout.cut_predicted(context.square, mask, pixels),
                          model.config.clip['image_size'])
        self.table.tensor(f'{case}box_encode_next', place,
                          self.golden.get(f'{case}box_encode_next'))
        self.table.tensor(f'{case}mask_encode_pixels_next', _bytes(cut),
                          self.golden.get(f'{case}mask_encode_pixels_next_u8'), 0.0)
        self.memories.append(model.remember(cut, place))
        self.classes.append(model.states(cut)[:1])

    def _all(self, case: str, place: int, found: dict[str, torch.Tensor]) -> None:
        for name, ours in found.items():
            self.table.tensor(f'{case}{name}.{place}', ours, self._told(case + name, place))

    def _told(self, name: str, place: int | tuple) -> torch.Tensor | None:
        """Return a place of a golden tensor; None in a copy without it."""
        return self.golden[name][place] if name in self.golden else None

    def _large(self, name: str, ours: torch.Tensor, golden: torch.Tensor | None) -> None:
        """Compare logits in the hundreds, as shares of the largest."""
        if golden is None:
            self.table.lacking.append(name)
            return
        largest = golden.abs().max()
        self.table.tensor(f'{name}, of {largest:.0f}', ours / largest, golden / largest)

    def _mask(self, case: str, place: int, logits: torch.Tensor) -> np.ndarray:
        """Compare the mask of logits [S/4, S/4]; return ours, bool [S, S]."""
        ours = _shown(logits, self.context.view.side)
        golden = _golden_mask(self.golden[f'{case}pred_mask_packed'][place].numpy())
        self.table.rows.append((f'{case}mask {place}: 1 - IoU', 1 - _iou(ours, golden), IOU))
        return ours


def run_segllm(folder: Path, table: Table) -> str:
    """Convert, load and compare all that a golden folder of SegLLM holds."""
    with tempfile.TemporaryDirectory() as temporary:
        source, target = publish(folder, Path(temporary) / 'source'), Path(temporary) / 'segllm'
        convert(source, target)
        engine = registry.load('segllm', str(target), 'cpu', 'float32')
        with torch.inference_mode():
            compare(engine, folder, table)
        _compare_engine(engine, folder, table)
        with mock.patch.object(clip, 'states', wraps=clip.states) as towers:
            return work(engine, folder, towers)


def compare(engine: SegLlm, folder: Path, table: Table) -> None:
    """Compare all that a golden folder of SegLLM holds."""
    replay = Replay(engine, folder, table)
    _compare_images(replay)
    _compare_given(replay)
    for number in range(1, len(replay.told) + 1):
        replay.round(number)


def _compare_images(replay: Replay) -> None:
    model, golden, table = replay.engine.model, replay.golden, replay.table
    pixels = clip.pixels(replay.context.frame.rgb, model.config.clip['image_size'])
    table.tensor('CLIP image', _bytes(pixels), golden.get('image_clip_pixels_u8'), 0.0)
    table.tensor('CLIP features', model.states(pixels)[1:], golden.get('clip_patch_feats'))
    square = torch.from_numpy(replay.context.square)
    table.tensor('HIPIE image', square[::16, ::16].permute(2, 0, 1),
                 golden.get('hipie_image_u8_probe'), 0.0)
    found = model.hipie.backbone(model.hipie.pixels(square))
    for (stage, (first, step)), maps in zip(MAPS.items(), found):
        table.tensor(f'backbone, stage {stage}', maps[0, :, first::step, first::step],
                     golden.get(f'hipie.backbone_res{stage}_probe'))
    for level, (step, maps) in enumerate(zip(POSITIONS, found)):
        positions = map_positions(tuple(maps.shape[2:]), DIM, maps.device)
        table.tensor(f'positions, level {level}', positions[:, ::step, ::step],
                     golden.get(f'hipie.pos{level}_probe'))


def _compare_given(replay: Replay) -> None:
    """Compare how a mask that was not predicted comes back."""
    golden, table, context = replay.golden, replay.table, replay.context
    mask = golden['gt.mask'].numpy() > 0
    cut = clip.pixels(cutout.cut_given(context.frame.rgb, mask),
                      replay.engine.model.config.clip['image_size'])
    table.tensor('given mask', _bytes(cut), golden.get('gt.mask_encode_pixels_u8'), 0.0)
    box = cutout.extent(cutout.square_mask(mask, context.view))
    table.tensor('given box', torch.tensor(cutout.rows_first(box, context.view.side)),
                 golden.get('gt.box_encode'))


def _compare_engine(engine: SegLlm, folder: Path, table: Table) -> None:
    """Compare what the engine shows, with its own order of proposals and its memory of the record.

    The boxes are those that it predicts beside the masks.
    """
    shown: list[detect.Detection] = []

    def segment(state: torch.Tensor, seen: SegLlmFeatures) -> detect.Detection:
        shown.append(SegLlmModel.segment(engine.model, state, seen))
        return shown[-1]
    context, known = engine.open(_frame(folder)), []
    (height, width), (rows, columns) = context.view.source, context.view.inner
    to_square = torch.tensor([columns / width, rows / height] * 2) / context.view.side
    rounds = _rounds(folder)
    with np.load(folder / 'tensors.npz') as file:
        last = f'call{len(rounds)}.'
        masks, boxes = file[f'{last}pred_mask_packed'], file[f'{last}pred_boxes_xyxy_1024']
    with mock.patch.object(engine.model, 'segment', segment):
        for number, told in enumerate(rounds, start=1):
            referred = tuple(known[int(k) - 1] for k in (told['ref'] or '').split(',') if k)
            thing, = context.ask(Question(told['text'], referred, number, verbatim=True)).found
            known.append(Instance(number, 0, number, thing.label, thing.score, thing.mask))
            ours = _shown(shown[-1].logits, context.view.side)
            table.rows.append((f'engine, mask {number}: 1 - IoU',
                               1 - _iou(ours, _golden_mask(masks[number - 1])), IOU))
            table.tensor(f'engine, box {number}', torch.tensor(thing.box) * to_square,
                         torch.from_numpy(boxes[number - 1]) / context.view.side)


def work(engine: SegLlm, folder: Path, towers: mock.Mock) -> str:
    """Return what four rounds of a real dialogue cost, as a table in Markdown.

    Each round refers to the one before, as an instance of the record; the original reads the whole
    dialogue anew, decodes all masks, and encodes the image and each cut-out again.

    towers  counts the passes of CLIP
    """
    context = engine.open(_frame(folder))
    stream = context.stream
    lines = ['| round | new tokens | our passes | our positions | CLIP passes | masks decoded '
             '| of the original: positions | CLIP passes | masks decoded |',
             '|---|---|---|---|---|---|---|---|---|']
    known: tuple[Instance, ...] = ()
    images = towers.call_count
    for number, told in enumerate(islice(cycle(_rounds(folder)), ROUNDS), start=1):
        held, passes, positions = stream.length, stream.passes, stream.positions
        begun = towers.call_count
        said = told['text'].lower().rstrip('.')     # as the reference grammar leaves it
        answer = context.ask(Question(said, known, next_id=number))
        known = tuple(Instance(number, 0, number, thing.label, thing.score, thing.mask)
                      for thing in answer.found)
        lines.append(f'| {number} | {stream.length - held} | {stream.passes - passes} '
                     f'| {stream.positions - positions} | {towers.call_count - begun} | 1 '
                     f'| {stream.length + 1} | {number} | {number} |')
    lines.append(f'\nThe image was encoded {images} time(s); with the words before it, '
                 f'it takes {context.prefix} positions, which were computed once.')
    return '\n'.join(lines)


def _rounds(folder: Path) -> list[dict]:
    return json.loads((folder / 'meta.json').read_text(encoding='utf-8'))['rounds']


def _frame(folder: Path) -> Frame:
    return Frame(np.array(Image.open(folder / 'image.png').convert('RGB')))


def _bytes(pixels: torch.Tensor) -> torch.Tensor:
    """Prepared image [1, 3, s, s] -> the values 0..255 [3, s, s] that it was made from."""
    mean, std = (torch.tensor(v)[:, None, None] for v in (clip.MEAN, clip.STD))
    return ((pixels[0] * std + mean) * 255).round()


def _shown(logits: torch.Tensor, side: int) -> np.ndarray:
    """Logits [S/4, S/4] -> mask bool [S, S]."""
    return (F.interpolate(logits[None, None], (side, side), mode='bilinear')[0, 0] > 0).numpy()


def _golden_mask(packed: np.ndarray) -> np.ndarray:
    return np.unpackbits(packed, axis=1) > 0


def _iou(ours: np.ndarray, golden: np.ndarray) -> float:
    either = (ours | golden).sum()
    return float((ours & golden).sum() / either) if either else 1.0
