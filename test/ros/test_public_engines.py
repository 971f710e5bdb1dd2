# SPDX-License-Identifier: Apache-2.0
"""The node serves engines for public models from converted folders."""

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

import published
from harness import served

from reasonseg_ros.core.status import Status
from reasonseg_ros.engines.convert import convert


@pytest.mark.parametrize('engine', ['lisa', 'm2sa'])
def test_the_node_answers_several_rounds(engine, tmp_path) -> None:
    source = published.publish(tmp_path / 'published', engine, 'The mug is [SEG].')
    made = convert(engine, source, tmp_path / 'made', licence='for tests')
    with served(tmp_path, f'engine:={engine}', f'checkpoint:={made.path}', 'device:=cpu',
                'engine_options:=parts=parent', program='reasonseg_ros.ros.main') as parts:
        client, rgb = parts[2], published.picture().rgb
        first = client.segment('the mug', policy='sent', rgb=rgb)
        second = client.segment('what is next to it', policy='sent', rgb=rgb)
    assert (first.status, second.status) == (Status.OK, Status.OK)
    assert first.answer == 'The mug is instance 1.'
    assert [i.label for i in first.instances] == ['mug']
    assert second.answer == 'The mug is instance 2.'
    assert first.instances[0].area == first.instances[0].crop.sum() > 0
