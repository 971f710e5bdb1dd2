# SPDX-License-Identifier: Apache-2.0
"""Images in the terminal: half blocks everywhere, and none where nobody looks."""

import numpy as np

from reasonseg_ros.cli import terminal_image


def test_a_character_shows_the_pixel_above_and_the_one_below():
    image = np.zeros((2, 2, 3), np.uint8)
    image[0, 0], image[1, 0] = (255, 0, 0), (0, 0, 255)
    text = terminal_image.half_blocks(image, 2)
    assert text.plain == '▀▀'
    assert text.spans[0].style == '#ff0000 on #0000ff'


def test_lines_are_as_many_as_the_shape_asks_for():
    text = terminal_image.half_blocks(np.zeros((480, 640, 3), np.uint8), 40)
    assert [len(line) for line in text.plain.split('\n')] == [40] * 15


def test_nothing_is_drawn_by_itself_where_the_output_is_no_terminal(capsys):
    assert not terminal_image.wanted('auto')
    assert not terminal_image.wanted('never')
    assert terminal_image.wanted('always')
