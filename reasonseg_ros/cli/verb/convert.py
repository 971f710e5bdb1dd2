# SPDX-License-Identifier: Apache-2.0
"""`reasonseg convert`: a checkpoint as its authors publish it to a folder that an engine loads.

Reads pickles only here, and only tensors. Downloads nothing.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadRequest

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
    from reasonseg_ros.engines.weights.conversion import convert
    beside = {'clip': args.clip, 'base': args.base, 'sam': args.sam, 'dinov2': args.dinov2}
    for option, path in beside.items():
        if option not in BESIDE[args.engine] and path is not None:
            raise BadRequest(f'option --{option} is not for engine "{args.engine}"; leave it out')
    done = convert(args.engine, args.source, args.target, beside, args.licence, args.origin)
    for name in done.unused:
        say(f'not needed: {name}')
    say(f'{done.tensors} tensors in {done.path}; {len(done.unused)} of the source are not needed')
    return 0
