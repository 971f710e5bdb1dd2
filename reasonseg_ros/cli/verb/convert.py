# SPDX-License-Identifier: Apache-2.0
"""`reasonseg convert`: a checkpoint as its authors publish it to a folder that an engine loads.

Reads pickles only here, and only tensors. Downloads nothing.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadRequest

if TYPE_CHECKING:
    from reasonseg_ros.engines.weights.renaming import Conversion


# Options for files beside SOURCE that an engine's checkpoints may need.
BESIDE = {'lisa': ('clip', 'sam'), 'm2sa': ('clip', 'sam'), 'llmseg': ('base', 'sam', 'dinov2'),
          'segllm': ()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('engine', choices=tuple(BESIDE))
    parser.add_argument('source', type=Path, metavar='SOURCE',
                        help='folder with config.json, tokenizer and weights (safetensors or '
                             'pickle, whole, in shards or of DeepSpeed), e.g. a copy of '
                             'xinlai/LISA-7B-v1 or JCdesu/LLM-Seg-deepspeed; of '
                             'Marlo-Z/SegLLM one of its folders')
    parser.add_argument('target', type=Path, metavar='FOLDER', help='folder to make')
    parser.add_argument('--clip', type=Path, metavar='DIR',
                        help='lisa, m2sa: folder with openai/clip-vit-large-patch14, which the '
                             'published checkpoints need beside them')
    parser.add_argument('--base', type=Path, metavar='DIR',
                        help='llmseg: folder with the LLaVA that was trained further '
                             '(LLaVA-Lightning-7B-v1), for its config.json and tokenizer')
    parser.add_argument('--sam', type=Path, metavar='FILE',
                        help='original SAM file (sam_vit_h_4b8939.pth): for the parts of SAM that '
                             'SOURCE lacks; with llmseg, the SAM that proposes regions')
    parser.add_argument('--dinov2', type=Path, metavar='FILE',
                        help='llmseg: original DINOv2 file (dinov2_vitl14_pretrain.pth), where '
                             'SOURCE lacks it')
    parser.add_argument('--licence', default='', metavar='TEXT',
                        help='licence of the weights (default: that of the language model)')
    parser.add_argument('--origin', default='', metavar='TEXT',
                        help='where the weights come from (default: the name of SOURCE)')


def main(args: argparse.Namespace) -> int:
    """Convert and say what was written and what was left out."""
    for option in ('clip', 'base', 'sam', 'dinov2'):
        if option not in BESIDE[args.engine] and getattr(args, option) is not None:
            raise BadRequest(f'option --{option} is not for engine "{args.engine}"; leave it out')
    convert = {'llmseg': _convert_llmseg, 'segllm': _convert_segllm}.get(args.engine,
                                                                         _convert_lisa)
    done = convert(args)
    for name in done.unused:
        say(f'not needed: {name}')
    say(f'{done.tensors} tensors in {done.path}; {len(done.unused)} of the source are not needed')
    return 0


def _convert_lisa(args: argparse.Namespace) -> 'Conversion':
    from reasonseg_ros.engines.weights.convert_lisa import convert
    return convert(args.engine, args.source, args.target, args.clip, args.sam, args.licence,
                   args.origin)


def _convert_llmseg(args: argparse.Namespace) -> 'Conversion':
    from reasonseg_ros.engines.weights.convert_llmseg import convert
    return convert(args.source, args.target, args.base, args.sam, args.dinov2, args.licence,
                   args.origin)


def _convert_segllm(args: argparse.Namespace) -> 'Conversion':
    from reasonseg_ros.engines.weights.convert_segllm import convert
    return convert(args.source, args.target, args.licence, args.origin)
