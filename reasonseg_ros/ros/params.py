# SPDX-License-Identifier: Apache-2.0
"""Every parameter of the segmenter, in one table: what is declared, checked, documented.

`config/reasonseg.yaml` repeats the defaults and a test compares it with this table. Does not apply
anything: the node reads a fresh `Settings` when it configures and at each request.
"""

from dataclasses import dataclass

from rcl_interfaces.msg import FloatingPointRange
from rcl_interfaces.msg import IntegerRange
from rcl_interfaces.msg import ParameterDescriptor
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.msg import SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.exceptions import InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter

from reasonseg_ros.core.errors import BadRequest

Value = str | bool | int | float


@dataclass(frozen=True)
class Spec:
    """One parameter.

    default      its type is the type of the parameter
    description  what `ros2 param describe` says
    limits       lowest and highest number; None = any
    choices      accepted strings; empty = any
    read_only    fixed when the node starts
    """

    name: str
    default: Value
    description: str
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = True


@dataclass(frozen=True)
class Settings:
    """The values of the table, one field per row."""

    engine: str
    checkpoint: str
    device: str
    dtype: str
    image_transport: str
    depth_image_transport: str
    frame_policy: str
    max_age: float
    max_dialogues: int
    dialogue_ttl: float
    store_path: str
    target_frame: str
    autostart: bool
    score_threshold: float
    ambiguity_margin: float


TABLE = (
    Spec('engine', 'tabletop', 'Name of the model that answers.'),
    Spec('checkpoint', '',
         'Weights file of the engine. Empty = the one that comes with the package.'),
    Spec('device', 'auto',
         'Where the model runs: cpu, cuda, cuda:1, ... auto = CUDA where there is one.'),
    Spec('dtype', 'auto', 'Number format of the weights. auto = what suits the device.',
         choices=('auto', 'float32', 'bfloat16', 'float16')),
    Spec('image_transport', 'raw', 'Transport of the topic image. Only raw works today.',
         choices=('raw',)),
    Spec('depth_image_transport', 'raw',
         'Transport of the topic depth_image. Only raw works today.', choices=('raw',)),
    Spec('frame_policy', 'latest',
         'Image that a sentence on ~/instruction is about: latest = the newest one, pinned = the '
         "one of the dialogue's newest round. Requests to ~/segment choose for themselves.",
         choices=('latest', 'pinned'), read_only=False),
    Spec('max_age', 1.0,
         'Oldest camera image, in seconds by the clock of the node, that a request accepts when '
         'it does not say. 0 = any age.', limits=(0.0, 3600.0), read_only=False),
    Spec('max_dialogues', 64,
         'How many dialogues are remembered; the least recently used one goes first.',
         limits=(1, 10000)),
    Spec('dialogue_ttl', 86400.0,
         'Seconds after which an unused dialogue is forgotten. 0 = never.',
         limits=(0.0, 31536000.0)),
    Spec('store_path', '',
         'SQLite file that keeps the dialogues over a restart. Empty = a file named after the '
         'node in $ROS_HOME/reasonseg_ros (~/.ros without ROS_HOME). :memory: = keep no file.'),
    Spec('target_frame', '',
         'Frame of results in space. Only the empty value works today: the optical frame of the '
         'camera.', choices=('',)),
    Spec('autostart', True, 'Configure and activate without a lifecycle manager.'),
    Spec('score_threshold', 0.0, 'Masks with a lower score are left out.', limits=(0.0, 1.0),
         read_only=False),
    Spec('ambiguity_margin', 0.0,
         'Ask back when "found" leads "which one?" by less than this probability.',
         limits=(0.0, 1.0), read_only=False),
)

_TYPES = {
    str: (ParameterType.PARAMETER_STRING, 'a string'),
    bool: (ParameterType.PARAMETER_BOOL, 'true or false'),
    int: (ParameterType.PARAMETER_INTEGER, 'an integer'),
    float: (ParameterType.PARAMETER_DOUBLE, 'a number with a decimal point'),
}


def declare(node: Node) -> None:
    """Declare the table on `node` and refuse wrong values from now on.

    Raises BadRequest when a value given at the start is wrong.
    """
    node.add_on_set_parameters_callback(check)
    for spec in TABLE:
        try:
            node.declare_parameter(spec.name, spec.default, descriptor(spec))
        except InvalidParameterTypeException as error:
            raise BadRequest(f'parameter {spec.name} must be {_TYPES[type(spec.default)][1]}, '
                             f'e.g. {spec.default!r}; {error}') from error
        except InvalidParameterValueException as error:
            raise BadRequest(f'parameter {spec.name}: {error}') from error


def read(node: Node) -> Settings:
    """Return the values that hold now."""
    return Settings(**{spec.name: node.get_parameter(spec.name).value for spec in TABLE})


def check(parameters: list[Parameter]) -> SetParametersResult:
    """Refuse all of `parameters` when one of them is not among its choices.

    Types, ranges and read-only flags are refused before, by the descriptors.
    """
    specs = {spec.name: spec for spec in TABLE}
    for parameter in parameters:
        spec = specs.get(parameter.name)
        if spec is None or not spec.choices or parameter.value in spec.choices:
            continue
        expected = ', '.join(repr(choice) for choice in spec.choices)
        return SetParametersResult(successful=False, reason=(
            f'{spec.name} is {parameter.value!r}; expected one of {expected}'))
    return SetParametersResult(successful=True)


def descriptor(spec: Spec) -> ParameterDescriptor:
    """Say in ROS terms what `spec` says."""
    message = ParameterDescriptor(
        name=spec.name, type=_TYPES[type(spec.default)][0], description=spec.description,
        read_only=spec.read_only)
    if spec.choices:
        expected = ', '.join(repr(choice) for choice in spec.choices)
        message.additional_constraints = f'One of {expected}.'
    if spec.limits is not None and isinstance(spec.default, float):
        low, high = spec.limits
        message.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif spec.limits is not None:
        low, high = (int(limit) for limit in spec.limits)
        message.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    return message
