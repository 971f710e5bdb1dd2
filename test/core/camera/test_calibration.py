# SPDX-License-Identifier: Apache-2.0
"""Depth and intrinsics that fit an image are taken; others are left out with a sentence."""

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('rclpy')

from sensor_msgs.msg import CameraInfo, Image, RegionOfInterest

from reasonseg_ros.core.camera import calibration
from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.ros.output import convert

MODEL = CameraModel(640, 480, 500.0, 510.0, 319.5, 239.5)


def depth_image(frame_id: str = 'optical', width: int = 4, height: int = 2) -> Image:
    """Return a depth image of one metre."""
    header = convert.header_message(0, frame_id)
    return convert.image_message(np.ones((height, width), np.float32), '32FC1', header)


def info(model: CameraModel = MODEL, frame_id: str = 'optical', **fields) -> CameraInfo:
    """Return the message of `model` with some fields changed."""
    message = convert.camera_info(model, convert.header_message(0, frame_id))
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def of(message: CameraInfo, width: int = 640, height: int = 480, *, rectified: bool = False):
    """Return intrinsics and sentence for an image of the frame "optical"."""
    return calibration.intrinsics({message.header.frame_id: message}, 'optical', width, height,
                                  rectified)


def test_depth_of_the_same_frame_and_size_is_decoded():
    metres, sentence = calibration.depth(depth_image(), 'optical', 4, 2)
    assert metres.tolist() == [[1.0] * 4] * 2
    assert sentence == ''


@pytest.mark.parametrize(('message', 'words'), [
    (depth_image(frame_id='depth'), 'it is of the frame "depth", the image of "optical"'),
    (depth_image(width=8), 'it is 8x2, the image 4x2'),
    (Image(encoding='rgb8', width=4, height=2, step=12, data=bytes(24)), '"rgb8"'),
])
def test_depth_that_does_not_fit_is_left_out_with_a_reason(message, words):
    metres, sentence = calibration.depth(message, 'optical', 4, 2)
    assert metres is None
    assert sentence.startswith('depth is left out: ')
    assert words in sentence


def test_a_frame_without_a_name_fits_any():
    assert calibration.depth(depth_image(frame_id=''), 'optical', 4, 2)[0] is not None
    assert of(info(frame_id=''))[0] == MODEL


def test_intrinsics_of_the_size_of_the_image_are_taken_as_they_are():
    assert of(info()) == (MODEL, '')


def test_intrinsics_of_another_resolution_are_rescaled_and_that_is_said():
    model, sentence = of(info(), 320, 240)
    assert model == CameraModel(320, 240, 250.0, 255.0, 159.5, 119.5)
    assert sentence == ('the intrinsics of camera_info are rescaled: it is for 640x480, the image '
                        '320x240')


def test_a_rescaled_camera_sees_a_point_at_the_same_place_of_the_image():
    small = calibration.rescale(replace(MODEL, cx=300.0), 160, 120)
    x, z = 0.2, 1.0
    large = (MODEL.fx * x / z + 300.0 + 0.5) / 640
    assert (small.fx * x / z + small.cx + 0.5) / 160 == pytest.approx(large)


@pytest.mark.parametrize(('message', 'words'), [
    (info(), 'it is for 640x480, the image 640x360, of another shape'),
    (info(frame_id='other'), 'it is of the frame "other", the image of "optical"'),
    (info(k=[0.0] * 9), 'has no intrinsics'),
    (info(width=0), 'it is for 0x480 pixels'),
])
def test_intrinsics_that_do_not_fit_are_left_out_with_a_reason(message, words):
    model, sentence = of(message, 640, 360)
    assert model is None
    assert words in sentence


@pytest.mark.parametrize('value', [math.nan, math.inf, 1.0, -500.0, 1e300])
@pytest.mark.parametrize(('place', 'name'), [(0, 'fx'), (4, 'fy'), (2, 'cx'), (5, 'cy')])
@pytest.mark.parametrize('rectified', [False, True])
def test_a_matrix_that_is_no_cameras_is_left_out_with_the_figure(value, place, name, rectified):
    if name in ('cx', 'cy') and value in (1.0, -500.0):
        value = -5000.0
    k = info().k.copy()
    k[place] = value
    p = info().p.copy()
    p[place + place // 3] = value
    model, sentence = of(info(k=k, p=p), rectified=rectified)
    assert model is None and ('p is not' if rectified else 'k is not') in sentence
    assert f'{name} is {value:g}' in sentence


@pytest.mark.parametrize('name', ['equidistant', 'fisheye', 'KANNALA_BRANDT4'])
def test_a_lens_that_is_no_pinhole_is_left_out_unless_the_image_is_rectified(name):
    model, sentence = of(info(distortion_model=name, d=[0.0] * 4))
    assert model is None and f'distortion_model is "{name}"' in sentence
    assert of(info(distortion_model=name, d=[0.0] * 4), rectified=True)[0] == MODEL


@pytest.mark.parametrize(('encoding', 'value', 'words'), [
    ('16UC1', 65535, 'no pixel of it has one'), ('16UC1', 0, 'no pixel of it has one'),
    ('32FC1', math.inf, 'no pixel of it has one'), ('32FC1', 812.0, 'its median is 812 m'),
    ('32FC1', 3e38, 'no pixel of it has one'), ('16UC1', 1, 'its median is 0.001 m'),
    ('32FC1', 0.0008, 'its median is 0.0008 m')])
def test_depth_of_another_unit_or_without_any_is_left_out_with_a_reason(encoding, value, words):
    pixels = np.full((2, 4), value, np.uint16 if encoding == '16UC1' else np.float32)
    message = convert.image_message(pixels, encoding, convert.header_message(0, 'optical'))
    metres, sentence = calibration.depth(message, 'optical', 4, 2)
    assert metres is None and words in sentence


def test_without_a_camera_info_that_is_said():
    assert calibration.intrinsics({}, 'optical', 4, 2, False)[1].startswith('no camera_info has')


def test_the_camera_info_of_the_frame_of_the_image_is_chosen():
    infos = {'optical': info(), 'other': info(replace(MODEL, fx=1.0), 'other')}
    assert calibration.intrinsics(infos, 'optical', 640, 480, False)[0] == MODEL


def test_lens_distortion_is_neglected_and_that_is_said_unless_the_image_is_rectified():
    message = info(d=[0.1, 0.0, 0.0, 0.0, 0.0])
    model, sentence = of(message)
    assert model == MODEL
    assert 'lens distortion' in sentence
    assert of(message, rectified=True) == (MODEL, '')


def test_a_rectified_image_takes_the_projection():
    message = info()
    message.p[0] = 450.0
    assert of(message, rectified=True)[0].fx == 450.0
    assert of(message)[0].fx == 500.0
    message.p[0] = 0.0
    assert of(message, rectified=True)[0].fx == 500.0


def test_binning_and_region_of_interest_lead_to_the_image():
    roi = RegionOfInterest(x_offset=160, y_offset=120, width=320, height=240)
    assert of(info(roi=roi), 320, 240) == (
        CameraModel(320, 240, 500.0, 510.0, 159.5, 119.5), '')
    assert of(info(binning_x=2, binning_y=2), 320, 240) == (
        CameraModel(320, 240, 250.0, 255.0, 159.5, 119.5), '')
