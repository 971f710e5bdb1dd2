# SPDX-License-Identifier: Apache-2.0
"""The parameter table, the file that repeats it, and what is refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy')

from rclpy.node import Node
from rclpy.parameter import Parameter

from reasonseg_ros.core.errors import BadRequest
from reasonseg_ros.ros import params
from reasonseg_ros.ros.param_table import declare

yaml = pytest.importorskip('yaml')
CONFIG = Path(__file__).parents[2] / 'config' / 'reasonseg.yaml'
CORE = {'engine', 'checkpoint', 'device', 'dtype', 'image_transport', 'depth_image_transport',
        'frame_policy', 'max_age', 'max_dialogues', 'dialogue_ttl', 'store_path', 'target_frame',
        'autostart', 'score_threshold', 'ambiguity_margin'}


@pytest.fixture
def context() -> Iterator[rclpy.Context]:
    """Yield a ROS context of its own."""
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    context.try_shutdown()


def node_with(context: rclpy.Context, **values) -> Node:
    """Make a node that declares the table; `values` are given at the start."""
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    node = Node('params_test', context=context, parameter_overrides=overrides,
                enable_rosout=False, start_parameter_services=False)
    declare(node, params.TABLE)
    return node


def test_the_table_holds_the_core_parameters():
    assert {spec.name for spec in params.TABLE} >= CORE


def test_the_shipped_file_repeats_the_defaults_for_every_namespace():
    shipped = yaml.safe_load(CONFIG.read_text())
    defaults = {spec.name: spec.default for spec in params.TABLE}
    assert shipped == {'/**': {'ros__parameters': defaults}}
    kinds = {name: type(value) for name, value in shipped['/**']['ros__parameters'].items()}
    assert kinds == {spec.name: type(spec.default) for spec in params.TABLE}


def test_defaults_are_what_the_node_reads(context):
    settings = params.read(node_with(context))
    assert settings == params.Settings(**{spec.name: spec.default for spec in params.TABLE})


def test_every_parameter_explains_itself(context):
    node = node_with(context)
    for spec in params.TABLE:
        told = node.describe_parameter(spec.name)
        assert told.description.endswith('.')
        assert told.read_only == spec.read_only
        if spec.choices:
            assert all(repr(choice) in told.additional_constraints for choice in spec.choices)


@pytest.mark.parametrize(('name', 'value', 'sentence'), [
    ('max_age', -1.0, 'max_age out of range'),
    ('max_dialogues', 0, 'max_dialogues out of range'),
    ('frame_policy', 'newest', "frame_policy is 'newest'; expected one of 'latest', 'pinned'"),
    ('image_transport', 'jpeg', "image_transport is 'jpeg'; expected one of 'raw', 'compressed'"),
    ('max_age', 'soon', 'write a number with a decimal point, e.g. 1.0'),
    ('autostart', 'maybe', 'write true or false'),
])
def test_a_wrong_value_at_the_start_is_refused_in_one_line(context, name, value, sentence):
    with pytest.raises(BadRequest, match=re.escape(sentence)) as caught:
        node_with(context, **{name: value})
    assert '\n' not in str(caught.value)


def test_a_wrong_value_later_is_refused_with_all_that_came_with_it(context):
    node = node_with(context)
    result = node.set_parameters_atomically([
        Parameter('max_age', value=2.0), Parameter('frame_policy', value='newest')])
    assert not result.successful
    assert "expected one of 'latest', 'pinned'" in result.reason
    assert params.read(node).max_age == 1.0


def test_a_read_only_parameter_stays(context):
    node = node_with(context)
    result, = node.set_parameters([Parameter('engine', value='tabletop')])
    assert not result.successful
    assert 'read-only' in result.reason


def test_a_right_value_later_is_read_at_once(context):
    node = node_with(context)
    node.set_parameters([Parameter('score_threshold', value=0.5)])
    assert params.read(node).score_threshold == 0.5


@pytest.mark.parametrize('names', [['left', 'left'], ['left hand'], ['1']])
def test_names_of_cameras_are_different_words(context, names):
    with pytest.raises(BadRequest, match='one or more different strings'):
        node_with(context, cameras=names)
