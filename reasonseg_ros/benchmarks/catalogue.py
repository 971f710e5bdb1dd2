# SPDX-License-Identifier: Apache-2.0
"""The published benchmarks by name: their splits, and how each is opened. One table of all."""

from collections.abc import Callable
from dataclasses import dataclass

from reasonseg_ros.benchmarks import llmseg40k, mmr
from reasonseg_ros.benchmarks.conversation import Dataset
from reasonseg_ros.benchmarks.mrseg import open_conversations
from reasonseg_ros.benchmarks.places import Places
from reasonseg_ros.benchmarks.reasonseg import open_reasonseg
from reasonseg_ros.benchmarks.refcoco import open_refcoco
from reasonseg_ros.core.errors import BadInput


@dataclass(frozen=True)
class Benchmark:
    """A benchmark; the first of its splits is what is measured unless another one is chosen.

    section  of the file that says where data lie
    open     (places, split) -> Dataset
    """

    section: str
    splits: tuple[str, ...]
    open: Callable[[Places, str], Dataset]


def _conversations(name: str, stem: str, splits: tuple[str, ...] = ('val', 'train')) -> Benchmark:
    return Benchmark('mrseg', splits, lambda places, split: open_conversations(
        places, name, split, f'{stem}_{split}'))


def _refcoco(name: str, multi: bool) -> Benchmark:
    splits = ('val', 'test', 'train') if name == 'refcocog' else ('val', 'testA', 'testB', 'train')
    return Benchmark('refcoco', splits,
                     lambda places, split: open_refcoco(places, name, split, multi))


_REFCOCO = ('refcoco', 'refcoco+', 'refcocog')
# Parts of MRSeg: our name -> how the names of its files begin
_MRSEG = {**{f'mr-{name}': f'mr_{name}' for name in _REFCOCO},
          **{f'mr-{name}-hard': f'mr_{name}_hard' for name in _REFCOCO},
          'mr-paco': 'mr_paco', 'mr-pascal': 'mr_pascal', 'mr-lvis': 'mr_lvis', 'mr-vg': 'mr_vg',
          'mrseg-ade20k': 'ade20k', 'mrseg-cocostuff': 'cocostuff',
          'mrseg-attributes': 'attributes', 'mrseg-llava': 'llava_instruct'}

BENCHMARKS: dict[str, Benchmark] = {
    **{name: _conversations(name, stem) for name, stem in _MRSEG.items()},
    'mrseg-reasonseg': _conversations('mrseg-reasonseg', 'reason_seg', ('val', 'test', 'train')),
    **{name: _refcoco(name, multi=False) for name in _REFCOCO},
    **{f'multi-{name}': _refcoco(name, multi=True) for name in _REFCOCO},
    'reasonseg': Benchmark('reasonseg', ('val', 'test', 'train'), open_reasonseg),
    'mmr': Benchmark('mmr', ('val', 'test-mixed', 'test-object', 'test-part', 'train'),
                     mmr.open_mmr),
    'llmseg40k': Benchmark('llmseg40k', ('val', 'test', 'train'), llmseg40k.open_llmseg40k),
}


def open_benchmark(places: Places, name: str, split: str = '') -> Dataset:
    """Open a split of a benchmark ('' = its first). Raises BadInput."""
    if name not in BENCHMARKS:
        raise BadInput(f'there is no benchmark "{name}"; choose one of {", ".join(BENCHMARKS)}')
    entry = BENCHMARKS[name]
    split = split or entry.splits[0]
    if split not in entry.splits:
        raise BadInput(f'benchmark "{name}" has no split "{split}"; choose one of '
                       f'{", ".join(entry.splits)}')
    return entry.open(places, split)
