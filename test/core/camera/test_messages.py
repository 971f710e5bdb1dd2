# SPDX-License-Identifier: Apache-2.0
"""Messages are read by the names of their fields, whoever made them."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from reasonseg_ros.core.camera.frame import CameraModel
from reasonseg_ros.core.camera.messages import camera_model, decode_frame, metres, nanoseconds, rgb
from reasonseg_ros.core.errors import BadImage

HEADER = SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=500_000_000), frame_id='optical')


def image(pixels: np.ndarray, encoding: str) -> SimpleNamespace:
    """Return what a raw image message holds."""
    height, width = pixels.shape[:2]
    return SimpleNamespace(header=HEADER, height=height, width=width, encoding=encoding,
                           is_bigendian=0, step=pixels.nbytes // height,
                           data=np.frombuffer(pixels.tobytes(), np.uint8))


def info(**changes) -> SimpleNamespace:
    """Return what a camera_info message holds."""
    roi = SimpleNamespace(x_offset=0, y_offset=0, width=0, height=0)
    values = dict(width=64, height=48, binning_x=0, binning_y=0, roi=roi,
                  k=np.array([50.0, 0, 31.5, 0, 55.0, 23.5, 0, 0, 1]),
                  p=np.array([40.0, 0, 30.0, 0, 0, 45.0, 22.0, 0, 0, 0, 1, 0]))
    return SimpleNamespace(**{**values, **changes})


def test_raw_images_become_colour_or_metres():
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert np.array_equal(rgb(image(pixels, 'rgb8')), pixels)
    steps = np.array([[1500, 0]], np.uint16)
    assert metres(image(steps, '16UC1'))[0, 0] == pytest.approx(1.5)


def test_a_message_with_a_format_is_compressed():
    file = cv2.imencode('.png', np.full((2, 3, 3), (30, 20, 10), np.uint8))[1]
    assert rgb(SimpleNamespace(format='png', data=file))[0, 0].tolist() == [10, 20, 30]
    with pytest.raises(BadImage):
        metres(SimpleNamespace(format='png', data=file))


def test_intrinsics_are_those_of_the_image_or_of_the_rectified_one():
    assert camera_model(info()) == CameraModel(64, 48, 50.0, 55.0, 31.5, 23.5)
    assert camera_model(info(), rectified=True) == CameraModel(64, 48, 40.0, 45.0, 30.0, 22.0)
    assert camera_model(info(k=np.zeros(9))) is None


def test_a_stamp_is_nanoseconds():
    assert nanoseconds(SimpleNamespace(sec=2, nanosec=5)) == 2_000_000_005


def test_a_frame_takes_its_stamp_and_frame_from_the_colour_image():
    colour = image(np.zeros((2, 4, 3), np.uint8), 'rgb8')
    frame = decode_frame(colour, image(np.ones((2, 4), np.float32), '32FC1'))
    assert (frame.stamp, frame.frame_id) == (1_500_000_000, 'optical')
    assert frame.depth.shape == (2, 4)
    assert frame.camera is None


def test_depth_of_another_size_is_a_bad_image():
    colour = image(np.zeros((2, 4, 3), np.uint8), 'rgb8')
    with pytest.raises(BadImage, match='depth image is 3x2, the colour image 4x2'):
        decode_frame(colour, image(np.ones((2, 3), np.float32), '32FC1'))
