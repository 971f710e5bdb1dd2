# SPDX-License-Identifier: Apache-2.0
"""Compares an engine with golden numbers that the public code computed: a table, and exit code 1.

    python test/parity.py ENGINE FOLDER

FOLDER holds a small published checkpoint, prompts and what the original made of them, in the
format of `shared/golden`; tensors that a smaller copy lacks are told. The checkpoint is converted,
loaded and run like one of full size: in float32 on the CPU. A row is wrong when its error exceeds
its tolerance. A second table counts the work of a dialogue, ours and that of the original, which
begins anew for each token.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from support.comparison import PIXEL, Table, image_tokens
from support.golden import text_of
from support.parity_llmseg import run_llmseg
from support.parity_sam import run_sam
from support.parity_segllm import run_segllm
from torch.nn import functional as F

from reasonseg_ros.core.camera.frame import Frame
from reasonseg_ros.core.errors import ReasonSegError
from reasonseg_ros.engines import registry
from reasonseg_ros.engines.protocol import Question
from reasonseg_ros.engines.public.lisa import Lisa
from reasonseg_ros.engines.weights.convert_lisa import convert
from reasonseg_ros.nn import clip, sam
from reasonseg_ros.nn.lisa import LisaFeatures
from reasonseg_ros.nn.llama import TokenStream
from reasonseg_ros.nn.llama_tokenizer import IMAGE_ID

IGNORED = -100      # a label that is not learnt
ROUNDS = 4          # of the dialogue whose work is counted


@dataclass
class Walk:
    """A dialogue fed to the language model: all ids, and the state before each of them."""

    ids: list[int]
    states: torch.Tensor    # [positions, D]; the image takes many positions for one id
    answer: torch.Tensor    # [T, D] states that predict the last answer's tokens

    def before(self, places: list[int], image: int) -> torch.Tensor:
        """States that predict the tokens at these places of `ids`, which follow the image."""
        return self.states[[p + image - 2 for p in places]]


def compare_lisa(engine: Lisa, folder: Path, table: Table) -> None:
    """Compare all that a golden folder of LISA or M2SA holds."""
    text, golden = text_of(folder), load_file(folder / 'vectors.safetensors')
    for number, row in enumerate(text['tokenisation']):
        table.ids(f'ids of string {number}',
                  [engine.tokenizer.bos, *engine.tokenizer.encode(row['text'])], row['ids'])
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    view = sam.SamView(rgb.shape[:2], engine.model.config.sam['image_size'])
    seen = _compare_vision(engine, rgb, view, golden, table)
    for case in (name for name in text if f'{name}.output_ids' in golden):
        _compare_dialogue(engine, case, text[case]['turns'], seen, view, golden, table)
    _compare_validation(engine, text['val'], seen, view, golden, table)
    _compare_training(engine, text['train'], rgb, view, golden, table)


def _compare_vision(engine: Lisa, rgb: np.ndarray, view: sam.SamView,
                    golden: dict[str, torch.Tensor], table: Table) -> LisaFeatures:
    model = engine.model
    table.tensor('SAM image, resized', torch.from_numpy(view.resize(rgb).copy()),
                 golden.get('input.sam_resized_uint8'), 0.0)
    height, width = view.inner
    square = view.pixels(rgb)
    table.tensor('SAM image', square[..., :height, :width], golden.get('input.images_unpadded'),
                 PIXEL)
    patches = clip.pixels(rgb, model.config.clip['image_size'])
    table.tensor('CLIP image', patches, golden.get('input.images_clip'), PIXEL)
    states = clip.states(model.clip, patches, model.config.clip_layer)
    table.tensor('CLIP states', states, golden.get('shared.clip_hidden_states_minus2'))
    table.tensor('CLIP features', states[:, 1:], golden.get('shared.clip_features'))
    embedding, early = sam.encode(model.sam, square)
    table.tensor('SAM embedding', embedding, golden.get('shared.image_embeddings'))
    table.tensor('SAM positions', model.sam.get_image_wide_positional_embeddings(),
                 golden.get('shared.dense_pe'))
    table.tensor('SAM no mask', model.sam.prompt_encoder(None, None, None, None)[1],
                 golden.get('shared.dense_prompt_embeddings'))
    if model.early is not None:
        table.tensor('early features', early.permute(0, 2, 3, 1),
                     golden.get('shared.early_embeddings.0'))
        table.tensor('early features, fused', model.early(early), golden.get('shared.early_fused'))
    seen = model.see(patches, square)
    table.tensor('image tokens', seen.tokens[None], golden.get('shared.projected_image_tokens'))
    return seen


def walk(engine: Lisa, seen: LisaFeatures, turns: list[list[str]]) -> Walk:
    """Feed a dialogue round by round, as the engine does, with the answers given."""
    stream, ids = TokenStream(engine.model.llama), engine.opening()
    image = ids.index(IMAGE_ID)
    states = [stream.append(torch.cat((stream.embed(ids[:image]), seen.tokens,
                                       stream.embed(ids[image + 1:]))))]
    for number, (asked, said) in enumerate(turns):
        request = engine.request(asked, first=number == 0)
        answer = engine.tokenizer.encode(said)
        states.append(stream.feed(request))
        forced = stream.force(states[-1][-1], [*answer, engine.end])
        states.append(forced[1:])
        stream.crop(stream.length - 1)  # the end comes with the next request
        ids += [*request, *answer]
    return Walk([*ids, engine.end], torch.cat(states), forced)


def _compare_dialogue(engine: Lisa, case: str, turns: list[list[str]], seen: LisaFeatures,
                      view: sam.SamView, golden: dict[str, torch.Tensor], table: Table) -> None:
    model, done = engine.model, walk(engine, seen, turns)
    whole = golden[f'{case}.output_ids'][0].tolist()
    table.ids(f'{case}: ids', done.ids, whole)
    begin = len(whole) - len(done.answer)
    table.ids(f'{case}: prompt ids', done.ids[:begin], golden[f'{case}.prompt_ids'][0].tolist())
    table.tensor(f'{case}: answer logits', model.llama.lm_head(done.answer),
                 golden.get(f'{case}.answer_logits'))
    if f'{case}.last_hidden' in golden:
        table.tensor(f'{case}: all states', done.states[None], golden.get(f'{case}.last_hidden'))
    places = [p for p, token in enumerate(done.ids) if token == engine.seg]
    table.ids(f'{case}: places of [SEG]', places,
              golden[f'{case}.seg_positions_in_output_ids'].tolist())
    states = done.before(places, image_tokens(model))
    table.tensor(f'{case}: states of [SEG]', states, golden.get(f'{case}.seg_hidden_states'))
    prompts = model.prompt(states)
    table.tensor(f'{case}: prompts', prompts, golden.get(f'{case}.pred_embeddings'))
    low, iou = sam.decode(model.sam, seen.embedding, prompts)
    table.tensor(f'{case}: small masks', low, golden.get(f'{case}.low_res_masks'))
    table.tensor(f'{case}: predicted IoU', iou, golden.get(f'{case}.iou_predictions'))
    if f'{case}.low_res_all4' in golden:
        more, more_iou = sam.decode(model.sam, seen.embedding, prompts, several=True)
        table.tensor(f'{case}: small masks, all four', torch.cat((low, more), 1),
                     golden.get(f'{case}.low_res_all4'))
        table.tensor(f'{case}: predicted IoU, all four', torch.cat((iou, more_iou), 1),
                     golden.get(f'{case}.iou_all4'))
    table.masks(f'{case}: masks', view.full(model.segment(states, seen)),
                golden.get(f'{case}.pred_mask_logits'))


def _row_masks(engine: Lisa, ids: list[int], seen: LisaFeatures, view: sam.SamView
               ) -> tuple[torch.Tensor, Walk]:
    """Logits [N, H, W] of every [SEG] of one conversation, given whole."""
    stream, image = TokenStream(engine.model.llama), ids.index(IMAGE_ID)
    states = stream.append(torch.cat((stream.embed(ids[:image]), seen.tokens,
                                      stream.embed(ids[image + 1:]))))
    done = Walk(ids, states, states)
    places = [p for p, token in enumerate(ids) if token == engine.seg]
    prompts = done.before(places, image_tokens(engine.model))
    return view.full(engine.model.segment(prompts, seen)), done


def _rows(golden: dict[str, torch.Tensor], case: str) -> list[list[int]]:
    """Ids of a batch without their padding."""
    return [row[kept.bool()].tolist() for row, kept in
            zip(golden[f'{case}.input_ids'], golden[f'{case}.attention_mask'])]


def _compare_validation(engine: Lisa, text: dict, seen: LisaFeatures, view: sam.SamView,
                        golden: dict[str, torch.Tensor], table: Table) -> None:
    """Compare masks of given answers and the metrics on them (LISA, section 4.1)."""
    rows = _rows(golden, 'val')
    for number, conversation in enumerate(text['conversations_before_im_token_wrap']):
        wrapped = conversation.replace('<image>', '<im_start><image><im_end>')
        table.ids(f'val: ids of row {number}',
                  [engine.tokenizer.bos, *engine.tokenizer.encode(wrapped)], rows[number])
    logits = torch.cat([_row_masks(engine, row, seen, view)[0] for row in rows])
    table.masks('val: masks', logits, golden.get('val.pred_mask_logits'))
    shown, truth = logits > 0, golden['val.gt_masks'] > 0
    both = torch.stack([(~shown & ~truth).sum((1, 2)), (shown & truth).sum((1, 2))], 1)
    either = torch.stack([(~shown | ~truth).sum((1, 2)), (shown | truth).sum((1, 2))], 1)
    metrics = text['metrics']
    table.tensor('val: intersections and unions', torch.stack((both, either), 1),
                 torch.tensor(metrics['per_mask_intersection_union_bg_fg']), 0.0)
    front, union = both[:, 1].double(), either[:, 1].double()
    single = torch.where(union > 0, front / (union + 1e-5), 1.0)
    table.value('val: gIoU', float(single.mean()), metrics['giou_foreground'])
    table.value('val: cIoU', float(front.sum() / (union.sum() + 1e-10)),
                metrics['ciou_foreground'])


def _compare_training(engine: Lisa, text: dict, rgb: np.ndarray, view: sam.SamView,
                      golden: dict[str, torch.Tensor], table: Table) -> None:
    """Compare the losses of a batch of two images; the second is made from the first."""
    model = engine.model
    square, patches = view.pixels(rgb), clip.pixels(rgb, model.config.clip['image_size'])
    images = [model.see(patches, square), model.see(patches.flip(-1), square.roll(37, -1))]
    offset, rows = golden['train.offset'].tolist(), _rows(golden, 'train')
    logits, words, labels = [], [], []
    for number, row in enumerate(rows):
        seen = images[sum(number >= o for o in offset[1:])]
        masks, done = _row_masks(engine, row, seen, view)
        places = [p for p, label in enumerate(golden['train.labels'][number].tolist())
                  if label != IGNORED]
        words.append(model.llama.lm_head(done.before(places, image_tokens(model))))
        labels += [row[p] for p in places]
        logits.append(masks)
    ce = F.cross_entropy(torch.cat(words), torch.tensor(labels))
    found, truth = torch.cat(logits).flatten(1), golden['val.gt_masks'].flatten(1).float()
    bce = F.binary_cross_entropy_with_logits(found, truth, reduction='none').mean(1)
    chance = found.sigmoid()
    dice = 1 - ((2 * (chance * truth).sum(1) / 1000 + 1e-6)
                / (chance.sum(1) / 1000 + truth.sum(1) / 1000 + 1e-6))
    count = len(found) + 1e-8
    ours = {'ce_loss': text['ce_weight'] * float(ce),
            'mask_bce_loss': text['bce_weight'] * float(bce.sum() / count),
            'mask_dice_loss': text['dice_weight'] * float(dice.sum() / count)}
    ours['mask_loss'] = ours['mask_bce_loss'] + ours['mask_dice_loss']
    ours['loss'] = ours['ce_loss'] + ours['mask_loss']
    for name, value in ours.items():
        table.value(f'train: {name}', value, text['losses'][name])


def work_of_lisa(engine: Lisa, folder: Path) -> str:
    """Return what four rounds on one image cost, as a table in Markdown.

    The random model is made to choose the words of the folder's answers, one at a time.
    """
    images: list[int] = []
    see = engine.model.see
    engine.model.see = lambda *pixels: images.append(1) or see(*pixels)
    rgb = np.array(Image.open(folder / 'image.png').convert('RGB'))
    context = engine.open(Frame(rgb))
    stream, text = context.stream, text_of(folder)
    first = [text[case]['turns'][0] for case in text if case.startswith('single')]
    lines = ['| round | new tokens | of the answer | our passes | our positions | passes of the '
             'original | its positions |', '|---|---|---|---|---|---|---|']
    for number, (asked, said) in enumerate(islice(cycle(first), ROUNDS), start=1):
        ids = [*engine.tokenizer.encode(said), engine.end]
        chosen = iter(F.one_hot(torch.tensor(ids), len(engine.tokenizer)).float())
        stream.logits = lambda states, chosen=chosen: next(chosen)
        held, passes, positions = stream.length, stream.passes, stream.positions
        context.ask(Question(asked))
        begin = stream.length - len(ids) + 1
        whole = sum(begin + said_before for said_before in range(len(ids)))
        lines.append(f'| {number} | {stream.length - held} | {len(ids)} '
                     f'| {stream.passes - passes} | {stream.positions - positions} '
                     f'| {len(ids)} | {whole} |')
    lines.append(f'\nThe image was encoded {len(images)} time(s); with the words before it, '
                 f'it takes {context.prefix} positions, which were computed once.')
    return '\n'.join(lines)


def run_lisa(name: str, folder: Path, table: Table) -> str:
    """Convert, load, compare and count."""
    with tempfile.TemporaryDirectory() as temporary:
        target = Path(temporary) / name
        convert(name, folder, target)
        engine = registry.load(name, str(target), 'cpu', 'float32')
        with torch.inference_mode():
            compare_lisa(engine, folder, table)
        return work_of_lisa(engine, folder)


# What compares a folder, fills a table and returns what else there is to say.
RUN: dict[str, Callable[[Path, Table], str]] = {
    'lisa': partial(run_lisa, 'lisa'), 'm2sa': partial(run_lisa, 'm2sa'), 'llmseg': run_llmseg,
    'sam_everything': run_sam, 'segllm': run_segllm}


def run(name: str, folder: Path) -> tuple[Table, str]:
    """Compare a folder of golden numbers; errors are those of the package."""
    table = Table()
    return table, RUN[name](folder, table)


def main() -> int:
    """Print the table; 0 when all is within tolerance."""
    parser = argparse.ArgumentParser(description='Compare an engine with golden numbers.')
    parser.add_argument('engine', choices=sorted(RUN))
    parser.add_argument('folder', type=Path, help='folder of golden numbers for this engine')
    args = parser.parse_args()
    try:
        table, work = run(args.engine, args.folder)
    except ReasonSegError as error:
        parser.exit(2, f'parity: {error}\n')
    except FileNotFoundError as error:
        parser.exit(2, f'parity: folder "{args.folder}" has no file {error.filename or error}; '
                       'give a folder of golden numbers\n')
    except KeyError as error:
        parser.exit(2, f'parity: folder "{args.folder}" has no value {error}; give a folder in '
                       f'the format of engine {args.engine}\n')
    lacking = f'not in this folder: {", ".join(table.lacking)}\n\n' if table.lacking else ''
    sys.stdout.write(f'{table.text()}\n\n{work}\n\n{lacking}{len(table.rows)} rows, '
                     f'{table.wrong} wrong\n')
    return 1 if table.wrong else 0


if __name__ == '__main__':
    sys.exit(main())
