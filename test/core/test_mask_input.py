# SPDX-License-Identifier: Apache-2.0
"""Masks from outside are right or refused in one sentence; none reaches native code unchecked."""

import math
import random

import numpy as np
import pytest
from pycocotools import mask as coco

from reasonseg_ros.core.mask_input import LONGEST, check_image_size, from_counts, from_polygons
from reasonseg_ros.core.masks import Rle

HEIGHT, WIDTH = 48, 64
PIXELS = HEIGHT * WIDTH
SQUARE = np.pad(np.ones((10, 10), bool), ((5, 33), (5, 49)))
PACKED = Rle.encode(SQUARE).counts


@pytest.mark.parametrize('counts', [PACKED, PACKED.decode(), coco.encode(
    np.asfortranarray(SQUARE.astype(np.uint8)))['counts']])
def test_packed_counts_are_taken_as_they_are(counts):
    assert from_counts(counts, HEIGHT, WIDTH) == Rle.encode(SQUARE)


@pytest.mark.parametrize('counts', [
    [100, 20, PIXELS - 120], [100.0, 20.0, PIXELS - 120.0],
    [100, 0, 0, 20, PIXELS - 120], [60, 0, 40, 12, 0, 8, PIXELS - 120, 0], [99, 0, 1, 20,
                                                                           PIXELS - 120, 0, 0]])
def test_counts_in_a_list_give_their_pixels_also_with_empty_runs_between(counts):
    flat = np.zeros(PIXELS, bool)
    flat[100:120] = True
    found = from_counts(counts, HEIGHT, WIDTH)
    assert (found.decode() == flat.reshape(WIDTH, HEIGHT).T).all() and found.area == 20


def test_empty_runs_in_packed_counts_are_taken_out():
    hollow = coco.frPyObjects({'size': [HEIGHT, WIDTH], 'counts': [
        0, 0, 100, 0, 0, 20, PIXELS - 120]}, HEIGHT, WIDTH)['counts']
    found = from_counts(hollow, HEIGHT, WIDTH)
    assert found == from_counts([100, 20, PIXELS - 120], HEIGHT, WIDTH)


@pytest.mark.parametrize('counts, words', [
    ([100, 20], 'add up to 120, expected 3072'),
    ([100, 20, 10 ** 8], 'expected whole numbers'),
    ([100, 20, 10 ** 400], 'beyond 1e308'),
    ([100, -20, PIXELS - 80], 'count -20'),
    ([], 'add up to 0,'), (['100', '20'], "'100' among the numbers"),
    ([True, PIXELS - 1], 'True among'), ([None, PIXELS], 'None among'),
    ([math.nan, PIXELS], 'nan among'), ([math.inf], 'inf among'), ([0.5, PIXELS - 0.5], '0.5'),
    ('', 'no counts'), ('Wfj86c==F6M3N1O111O10\\\\OZCIj<1', 'expected'),
    (PACKED * 50, 'expected'), (PACKED[:len(PACKED) // 2], 'expected'),
    ('é漢字', 'characters'), ('ooooo', 'end within a number'), ('o' * 24, 'end within a number'),
    ('o' * 24 + '0', 'more than 32 bits'), (f"b'{PACKED.decode()}'", 'characters'),
    (7, 'type int'), (None, 'type NoneType'), ({}, 'type dict')])
def test_counts_that_are_no_mask_are_refused_with_what_was_expected(counts, words):
    with pytest.raises(ValueError, match=words):
        from_counts(counts, HEIGHT, WIDTH)


@pytest.mark.parametrize('size', [(0, 5), (-3, 5), ('48', 64), (None, 64), (True, 64), (48.0, 64),
                                  (10 ** 6, 10 ** 6)])
def test_an_image_has_a_size_of_two_whole_numbers(size):
    with pytest.raises(ValueError, match='size'):
        check_image_size(*size)


def test_polygons_are_drawn_as_coco_draws_them():
    rings = [[5, 5, 20, 5, 20, 20], [-50, -50, 30, -50, 30.5, 30]]
    expected = coco.decode(coco.merge(coco.frPyObjects(rings, HEIGHT, WIDTH)))
    assert (from_polygons(rings, HEIGHT, WIDTH).decode() == expected).all()
    assert from_polygons([], HEIGHT, WIDTH).area == 0


@pytest.mark.parametrize('ring, words', [
    ([5, 5, math.nan, 5, 20, 20], 'nan'), ([5, 5, math.inf, 5, 20, 20], 'inf'),
    ([5, 5, None, 5, 20, 20], 'None'), (['5', 5, 20, 5, 20, 20], "'5'"),
    ([[5, 5], [20, 5], [20, 20]], r'\[5, 5\]'), ([5, 5, 20, 5], '4 numbers'), ([], '0 numbers'),
    ([5, 5, 20, 5, 20, 20, 1], '7 numbers'), ([0, 0, 1e12, 1e12, 5, 5], 'corner at 1e'),
    ([-164, -221, 1e5, 1e5, 225, 236], 'corner'), ([5, 5, 10 ** 400, 5, 20, 20], '1e308'),
    ([0, 0, 300, 300] * (LONGEST // 500), 'outline')])
def test_polygons_that_are_none_are_refused_with_what_was_found(ring, words):
    with pytest.raises(ValueError, match=words):
        from_polygons([ring], HEIGHT, WIDTH)


def test_whatever_counts_come_in_a_mask_is_whole_or_refused():
    """The masks that are let through stand every operation of native code."""
    chance = random.Random(0)
    taken = 0
    for _ in range(3000):
        text = bytearray(PACKED)
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(text))
            text[at] = chance.choice((chance.randrange(256), chance.randrange(48, 112)))
        if chance.random() < 0.2:
            del text[chance.randrange(len(text)):]
        try:
            found = from_counts(bytes(text), HEIGHT, WIDTH)
        except ValueError:
            continue
        taken += 1
        assert found.decode().sum() == found.area
        assert found.iou(found) == 1 and found.intersection(Rle.encode(SQUARE)) <= 100
    assert taken > 300
