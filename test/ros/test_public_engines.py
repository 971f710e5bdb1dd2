# SPDX-License-Identifier: Apache-2.0
"""The node serves engines for public models from converted folders, several rounds of a dialogue.

Weights are tiny and random, so that what is found means nothing; words and references do.
"""

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('transformers')
pytest.importorskip('sentencepiece')

from support import published, published_llmseg, published_segllm
from support.harness import served

from reasonseg_ros.cli import main as cli
from reasonseg_ros.core.errors import Status

# Engine -> how to publish it in a folder, its options, what it says of mug 1 and of its handle.
SAID = 'The mug is [SEG].'
SERVED = {
    'lisa': (lambda folder: published.publish(folder, 'lisa', SAID), 'parts=free',
             'The mug is instance 1.', 'The mug is instance 2.'),
    'm2sa': (lambda folder: published.publish(folder, 'm2sa', SAID), 'parts=parent',
             'The mug is instance 1.', 'The mug is instance 1.'),
    'llmseg': (lambda folder: published_llmseg.publish(folder, published_llmseg.weights(True)),
               'clicks=8', 'the mug is instance 1.', 'the handle is instance 2.'),
    'segllm': (published_segllm.publish, 'view=pad',
               'the mug is instance 1', 'the handle is instance 2'),
}


@pytest.mark.parametrize('engine', SERVED)
def test_the_node_answers_a_round_and_one_that_refers_to_it(engine, tmp_path) -> None:
    publish, options, mug, handle = SERVED[engine]
    source, target = publish(tmp_path / 'published'), tmp_path / 'made'
    assert cli.main(['convert', engine, str(source), str(target), '--licence', 'for tests']) == 0
    with served(tmp_path, f'engine:={engine}', f'checkpoint:={target}', 'device:=cpu',
                f'engine_options:={options}', program='reasonseg_ros.ros.main') as parts:
        client, rgb = parts[2], published.random_frame().rgb
        first = client.segment('the mug', policy='sent', rgb=rgb)
        second = client.segment('its handle', policy='sent', rgb=rgb)
        _, rounds = client.rounds()
    assert (first.status, first.answer) == (Status.OK, mug)
    assert (second.status, second.answer) == (Status.OK, handle)
    assert [i.label for i in first.instances] == ['mug']
    assert first.instances[0].mask.area > 0
    assert [tuple(r.references) for r in rounds] == [(), (1,)]
    # A mask that is nearly the first one is the same thing, whatever was asked for.
    assert [i.id for r in rounds for i in r.instances] == [1, int(handle.strip('.')[-1])]
