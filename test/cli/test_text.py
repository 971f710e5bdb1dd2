# SPDX-License-Identifier: Apache-2.0
"""Tables and lines for terminals."""

from reasonseg_ros.cli.text import instance_line, shorten, table


def test_columns_are_as_wide_as_their_longest_cell():
    assert table(['n', 'noun'], [['1', 'mug'], ['10', 'pair of scissors']], right=(0,)) == (
        ' n  noun\n'
        '--  ----------------\n'
        ' 1  mug\n'
        '10  pair of scissors')


def test_a_part_names_its_owner():
    assert instance_line(2, 'handle', 0.934, 1) == '2 handle of 1 (0.93)'
    assert instance_line(1, 'mug', 1.0) == '1 mug (1.00)'


def test_long_text_is_cut_to_the_width():
    assert shorten('the mug', 7) == 'the mug'
    assert shorten('the mugs here', 10) == 'the mug...'
