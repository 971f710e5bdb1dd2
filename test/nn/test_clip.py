# SPDX-License-Identifier: Apache-2.0
"""What the language model sees of an image: the middle of it."""

import numpy as np
import pytest

pytest.importorskip('transformers')

from reasonseg_ros.nn import clip


def test_a_wide_image_loses_its_sides() -> None:
    rgb = np.zeros((40, 120, 3), np.uint8)
    rgb[:, 40:80] = 255
    pixels = clip.pixels(rgb, 28)
    assert pixels.shape == (1, 3, 28, 28)
    assert (pixels[..., 4:-4] > 1.9).all()
    assert clip.hidden_share(40, 120) == pytest.approx(2 / 3)


def test_padding_shows_all_of_a_wide_image() -> None:
    rgb = np.zeros((40, 80, 3), np.uint8)
    rgb[:, :20] = rgb[:, -20:] = 255
    pixels = clip.pixels(rgb, 28, pad=True)
    assert (pixels[0, :, 14, :6] > 1.5).all() and (pixels[0, :, 14, -6:] > 1.5).all()
    assert pixels[0, :, 2].abs().max() < 0.05  # CLIP's mean colour


def test_colours_are_normalised_as_clip_was_trained() -> None:
    pixels = clip.pixels(np.full((30, 30, 3), 128, np.uint8), 28)
    expected = (128 / 255 - np.array(clip.MEAN)) / np.array(clip.STD)
    assert pixels[0, :, 9, 9].numpy() == pytest.approx(expected, abs=1e-5)
