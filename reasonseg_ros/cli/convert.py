# SPDX-License-Identifier: Apache-2.0
"""`reasonseg convert`: a checkpoint as its authors publish it to a folder that an engine loads.

Reads pickles only here, and only tensors. Downloads nothing.
"""

import argparse
from pathlib import Path

from reasonseg_ros.cli.text import say
from reasonseg_ros.core.errors import BadRequest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument('engine', choices=('lisa', 'm2sa', 'segllm'))
    parser.add_argument('source', type=Path, metavar='SOURCE',
                        help='folder with config.json, tokenizer and weights (safetensors or '
                             'pickle, whole or in shards), e.g. a copy of xinlai/LISA-7B-v1; of '
                             'Marlo-Z/SegLLM one of its folders')
    parser.add_argument('target', type=Path, metavar='FOLDER', help='folder to make')
    parser.add_argument('--clip', type=Path, metavar='DIR',
                        help='folder with openai/clip-vit-large-patch14, which the published '
                             'checkpoints of lisa and m2sa need beside them')
    parser.add_argument('--sam', type=Path, metavar='FILE',
                        help='original SAM file (sam_vit_h_4b8939.pth) for the parts of SAM that '
                             'SOURCE lacks')
    parser.add_argument('--licence', default='', metavar='TEXT',
                        help='licence of the weights (default: that of the language model)')
    parser.add_argument('--origin', default='', metavar='TEXT',
                        help='where the weights come from (default: the name of SOURCE)')


def main(args: argparse.Namespace) -> int:
    """Convert and say what was written and what was left out."""
    if args.engine == 'segllm':
        if args.clip or args.sam:
            raise BadRequest('a checkpoint of segllm is whole; leave out --clip and --sam')
        from reasonseg_ros.engines import convert_segllm
        done = convert_segllm.convert(args.source, args.target, args.licence, args.origin)
    else:
        from reasonseg_ros.engines.convert import convert
        done = convert(args.engine, args.source, args.target, args.clip, args.sam, args.licence,
                       args.origin)
    for name in done.unused:
        say(f'not needed: {name}')
    say(f'{done.tensors} tensors in {done.path}; {len(done.unused)} of the source are not needed')
    return 0
