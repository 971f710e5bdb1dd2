# SPDX-License-Identifier: Apache-2.0
"""Depth and intrinsics for one colour image: taken where they fit, else left out with a reason.

Pure functions of messages, as `core.camera.messages` reads them; each returns the value, or None,
and what is to be said about it ('' = nothing). Does not align depth to colour, rectify images or
undo lens distortion.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reasonseg_ros.core.camera import messages
from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.errors import BadImage

RECTIFIED = re.compile(r'(^|[/_])rect([/_]|$)')  # image_rect, image_rect_color, rgb/rect/image
ASPECT = 0.01  # relative difference of width / height that rounding explains
FOCAL = 0.1, 100.0  # focal lengths in widths of the image: 157 degrees of view to half a degree
CENTRE = 1.5        # widths or heights from the middle of the image to the principal point, at most
DEPTHS = 0.005, 200.0  # metres that the median of a depth image lies between
_COARSE = 8         # every eighth pixel, for a look at the whole

# distortion_model of lenses whose rays are no pinhole's, even with coefficients of 0; REP 104 names
# the first, drivers write the others.
FISHEYE = frozenset(('equidistant', 'fisheye', 'kannala_brandt', 'kannala_brandt4', 'equi', 'fov',
                     'thin_prism_fisheye', 'omnidirectional', 'omni', 'mei', 'double_sphere',
                     'scaramuzza', 'ocam'))


def same_frame(frame_id: str, other: str) -> bool:
    """Say whether two messages speak of the same optical frame; an empty name fits any."""
    return not frame_id or not other or frame_id == other


def frame_of(colour: Any, depth_message: Any | None, missing: str, infos: Mapping[str, Any],
             rectified: bool) -> tuple[Frame, str, str]:
    """Decode a colour image with the depth and the intrinsics that fit it. Raises BadImage.

    missing    what to say of depth when there is no message of it
    infos      the newest camera_info of each frame, the newest one last
    rectified  whether the image has no lens distortion any more

    Returns the frame, what is to be said about its depth, and about its intrinsics.
    """
    rgb, frame_id = messages.rgb(colour), colour.header.frame_id
    height, width = rgb.shape[:2]
    metres, about_depth = None, missing
    if depth_message is not None:
        metres, about_depth = depth(depth_message, frame_id, width, height)
    camera, about_info = intrinsics(infos, frame_id, width, height, rectified)
    note = about_depth if metres is None else about_info if camera is None else ''
    return (Frame(rgb, metres, camera, messages.nanoseconds(colour.header.stamp), frame_id,
                  note=note),
            about_depth, '' if metres is None else about_info)


def depth(message: Any, frame_id: str, width: int,
          height: int) -> tuple[np.ndarray | None, str]:
    """Decode depth for a colour image of this frame and size.

    Returns float32 [H, W] metres, NaN = unknown.
    """
    other = message.header.frame_id
    if not same_frame(frame_id, other):
        return None, (f'depth is left out: it is of the frame "{other}", the image of "{frame_id}"'
                      '; connect the topic on which the camera aligns depth to colour')
    try:
        metres = messages.metres(message)
    except BadImage as error:
        return None, f'depth is left out: {error}'
    if metres.shape != (height, width):
        return None, (f'depth is left out: it is {metres.shape[1]}x{metres.shape[0]}, the image '
                      f'{width}x{height}; connect the topic on which the camera aligns depth to '
                      'colour')
    wrong = _implausible(metres)
    return (None, f'depth is left out: {wrong}') if wrong else (metres, '')


def intrinsics(infos: Mapping[str, Any], frame_id: str, width: int, height: int,
               rectified: bool) -> tuple[CameraModel | None, str]:
    """Return the intrinsics for a colour image of this frame and size.

    infos      the newest message of each frame, the newest one last
    rectified  whether the image has no lens distortion any more
    """
    fitting = [info for other, info in infos.items() if same_frame(frame_id, other)]
    if not infos:
        return None, 'no camera_info has arrived, so nothing is known in space'
    if not fitting:
        names = ', '.join(f'"{name}"' for name in infos)
        return None, (f'camera_info is left out: it is of the frame {names}, the image of '
                      f'"{frame_id}"; remap camera_info to that of the image')
    info = infos.get(frame_id, fitting[-1])
    if not rectified and info.distortion_model.lower() in FISHEYE:
        return None, (f'camera_info is left out: its distortion_model is "{info.distortion_model}",'
                      ' and the rays of such a lens are no pinhole\'s; connect the rectified image '
                      '(image_rect)')
    model = messages.camera_model(info, rectified)
    if model is None:
        return None, ('camera_info has no intrinsics (k[0] is 0), so nothing is known in space; '
                      'calibrate the camera')
    if model.width < 1 or model.height < 1:
        return None, (f'camera_info is left out: it is for {model.width}x{model.height} pixels; '
                      'see that its width and height are those of the image')
    wrong = _no_camera(model)
    if wrong:
        matrix = 'p' if rectified and info.p[0] != 0.0 else 'k'
        return None, (f'camera_info is left out: {matrix} is not the matrix of a camera, {wrong}; '
                      'calibrate the camera' + ('' if rectified else ', or connect its rectified '
                                                'image (image_rect), for which p is taken'))
    if (model.width, model.height) == (width, height):
        return model, '' if rectified or not any(info.d) else (
            'the image has lens distortion, which is neglected in space; connect the rectified '
            'image (image_rect) where millimetres count')
    sizes = f'it is for {model.width}x{model.height}, the image {width}x{height}'
    model = rescale(model, width, height)
    if model is None:
        return None, (f'camera_info is left out: {sizes}, of another shape; remap camera_info to '
                      'that of the image')
    return model, f'the intrinsics of camera_info are rescaled: {sizes}'


def _no_camera(model: CameraModel) -> str:
    """Say why these intrinsics are none; '' when they can be some camera's."""
    values = {'fx': model.fx, 'fy': model.fy, 'cx': model.cx, 'cy': model.cy}
    for name, value in values.items():
        if not math.isfinite(value):
            return f'{name} is {value}'
    low, high = FOCAL
    for name in ('fx', 'fy'):
        if not low * model.width <= values[name] <= high * model.width:
            return (f'{name} is {values[name]:g} pixels; expected {low * model.width:g} to '
                    f'{high * model.width:g} for a width of {model.width}')
    for name, size in (('cx', model.width), ('cy', model.height)):
        if abs(values[name] - size / 2) > CENTRE * max(model.width, model.height):
            return f'{name} is {values[name]:g}, far outside the image of {size} pixels'
    return ''


def _implausible(metres: np.ndarray) -> str:
    """Say why these depths are none, from some of them; '' when they can be a camera's."""
    some = metres[::_COARSE, ::_COARSE]
    some = some[some > 0]  # without NaN
    if not some.size:
        return '' if bool((metres > 0).any()) else (
            'no pixel of it has one (all are 0, NaN, infinite or beyond what a camera measures); '
            'check the depth camera, and that 32FC1 is metres and 16UC1 millimetres')
    middle, (low, high) = float(np.median(some)), DEPTHS
    if low <= middle <= high:
        return ''
    return (f'its median is {middle:g} m, expected {low:g} to {high:g}; publish metres as 32FC1 or '
            'millimetres as 16UC1')


def rescale(camera: CameraModel, width: int, height: int) -> CameraModel | None:
    """Return the intrinsics at another resolution; None when the aspect ratio is another.

    Pixel centres are whole numbers, so that the left border of the image is at -0.5.
    """
    across, down = width / camera.width, height / camera.height
    if abs(across / down - 1) > ASPECT:
        return None
    return replace(camera, width=width, height=height, fx=camera.fx * across, fy=camera.fy * down,
                   cx=(camera.cx + 0.5) * across - 0.5, cy=(camera.cy + 0.5) * down - 0.5)
