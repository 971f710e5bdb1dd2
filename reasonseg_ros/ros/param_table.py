# SPDX-License-Identifier: Apache-2.0
"""Parameters from a table: declared with descriptors, checked with a reason, read as values.

Knows no particular parameter; the tables are in `ros.params` and `ros.sim_camera`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    ParameterType,
    SetParametersResult,
)
from rclpy.exceptions import (
    InvalidParameterTypeException,
    InvalidParameterValueException,
    ParameterUninitializedException,
)
from rclpy.node import Node
from rclpy.parameter import Parameter

from reasonseg_ros.core.errors import BadRequest

Value = str | bool | int | float | list[str]


@dataclass(frozen=True)
class Spec:
    """One parameter.

    default      its type is the type of the parameter
    description  what `ros2 param describe` says
    limits       lowest and highest number; None = any
    choices      accepted strings; empty = any
    form         regular expression that each string of a list must match, all different, and
                 what it is in words
    read_only    fixed when the node starts
    """

    name: str
    default: Value
    description: str
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    form: tuple[str, str] | None = None
    read_only: bool = True


_TYPES = {
    str: (ParameterType.PARAMETER_STRING, 'a string'),
    bool: (ParameterType.PARAMETER_BOOL, 'true or false'),
    int: (ParameterType.PARAMETER_INTEGER, 'an integer'),
    float: (ParameterType.PARAMETER_DOUBLE, 'a number with a decimal point'),
    list: (ParameterType.PARAMETER_STRING_ARRAY, 'a list of strings'),
}


def declare(node: Node, table: Sequence[Spec]) -> None:
    """Declare `table` on `node` and refuse wrong values from now on.

    Raises BadRequest when a value given at the start is wrong.
    """
    specs = {spec.name: spec for spec in table}
    node.add_on_set_parameters_callback(lambda parameters: check(specs, parameters))
    for spec in table:
        try:
            node.declare_parameter(spec.name, spec.default, descriptor(spec))
        except InvalidParameterTypeException as error:
            kind = _TYPES[type(spec.default)][1]
            raise BadRequest(f'{_reason(error, spec.name)}; write {kind}, e.g. {spec.default!r}'
                             ) from error
        except InvalidParameterValueException as error:
            raise BadRequest(_reason(error, spec.name)) from error
        try:
            node.get_parameter(spec.name)
        except ParameterUninitializedException as error:  # an empty list has no type
            raise BadRequest(f'{spec.name} is empty; expected {_expected(spec)}') from error


def values(node: Node, table: Sequence[Spec]) -> dict[str, Any]:
    """Return the values that hold now, by name."""
    return {spec.name: node.get_parameter(spec.name).value for spec in table}


def check(specs: dict[str, Spec], parameters: list[Parameter]) -> SetParametersResult:
    """Refuse all of `parameters` when one of them is not among its choices, or of another form.

    Types, ranges and read-only flags are refused before, by the descriptors.
    """
    for parameter in parameters:
        spec = specs.get(parameter.name)
        if spec is not None and not _fits(spec, parameter.value):
            return SetParametersResult(successful=False, reason=(
                f'{spec.name} is {parameter.value!r}; expected {_expected(spec)}'))
    return SetParametersResult(successful=True)


def descriptor(spec: Spec) -> ParameterDescriptor:
    """Say in ROS terms what `spec` says."""
    message = ParameterDescriptor(
        name=spec.name, type=_TYPES[type(spec.default)][0], description=spec.description,
        read_only=spec.read_only)
    if spec.choices or spec.form:
        message.additional_constraints = _expected(spec)
    if spec.limits is not None and isinstance(spec.default, float):
        low, high = spec.limits
        message.floating_point_range = [FloatingPointRange(from_value=low, to_value=high)]
    elif spec.limits is not None:
        low, high = (int(limit) for limit in spec.limits)
        message.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    return message


def _fits(spec: Spec, value: Value) -> bool:
    if spec.form and isinstance(value, list):
        different = len(set(value)) == len(value) > 0
        return different and all(re.fullmatch(spec.form[0], each) for each in value)
    return not spec.choices or value in spec.choices


def _expected(spec: Spec) -> str:
    if spec.form:
        return f'one or more different strings, each {spec.form[1]}'
    if not spec.choices:
        return _TYPES[type(spec.default)][1]
    return 'one of ' + ', '.join(repr(choice) for choice in spec.choices)


def _reason(error: Exception, name: str) -> str:
    """Return what rclpy says, without its preamble and the name that it repeats at the end."""
    return str(error).removesuffix(f': {name}').rpartition('Reason: ')[2]
