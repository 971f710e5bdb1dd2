# SPDX-License-Identifier: Apache-2.0
"""Protocols of the papers: order, numbers and wording, without asking anything."""

from dataclasses import replace

import numpy as np
import pytest
from support.fakes import rectangle

from reasonseg_ros.benchmarks.catalogue import BENCHMARKS
from reasonseg_ros.benchmarks.conversation import ConversationRound, TruthMask
from reasonseg_ros.core.masks import Rle
from reasonseg_ros.evaluation import protocols
from reasonseg_ros.evaluation.metrics import overlap


def test_a_permuted_order_keeps_what_is_referred_to_first():
    mask = rectangle(0, 0, 4, 4)
    given = {'b': (TruthMask('c', mask),)}
    rounds = tuple(ConversationRound(key, (TruthMask(key, mask),), given.get(key, ()))
                   for key in 'abcdef')
    orders = {''.join(r.instruction for r in protocols.permuted(rounds, seed, 'x'))
              for seed in range(20)}
    assert len(orders) > 5 and all(o.index('c') < o.index('b') for o in orders)
    assert protocols.permuted(rounds, 3, 'x') == protocols.permuted(rounds, 3, 'x')
    assert protocols.permuted(rounds, None, 'x') == rounds


def test_the_wording_of_lisa_makes_a_sentence_of_a_phrase():
    phrase = ConversationRound('the left mug', (), phrase=True)
    assert protocols.worded(phrase, 'lisa') == (
        'What is the left mug in this image? Please output segmentation mask.')
    assert protocols.worded(replace(phrase, phrase=False), 'given') == 'the left mug'


@pytest.mark.parametrize('name', BENCHMARKS)
def test_every_benchmark_has_the_protocol_of_its_paper(name):
    preset = protocols.paper(name)
    segllm = name.startswith(('mr-', 'mrseg-'))
    assert preset.protocol.frame == ('padded-1024' if segllm else 'native')
    assert preset.protocol.history == (
        'truth' if segllm and not name.startswith('mr-refcoco') else 'predicted')
    assert preset.protocol.answers == 'forced'
    assert preset.wording == ('given' if segllm else 'lisa')
    assert preset.counting == ('segllm' if segllm else 'lisa')


def test_where_polygons_overlap_lisa_finds_no_truth_and_the_others_do():
    # LISA's metric: a truth that is a sum of polygons, of which it counts the values 0 and 1.
    rng = np.random.default_rng(0)
    shown = rng.random((20, 30)) < 0.5
    summed = (rng.random((3, 20, 30)) < 0.3).sum(0)
    same = np.count_nonzero(shown & (summed == 1))
    either = np.count_nonzero(shown) + np.count_nonzero(summed == 1) - same
    truth = TruthMask('', Rle.encode(summed > 0), doubled=Rle.encode(summed > 1))
    found = overlap(Rle.encode(shown), protocols.truth_mask(truth, 'lisa'))
    assert (found.intersection, found.union) == (same, either)
    for counting in ('exact', 'segllm'):
        assert protocols.truth_mask(truth, counting) == truth.mask
    assert [protocols.empty_iou(c) for c in protocols.COUNTINGS] == [None, None, 0.0]
