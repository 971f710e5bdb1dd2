# SPDX-License-Identifier: Apache-2.0
"""What browsers get of images: masks and crops, within bounds, and what a finger points at."""

from io import BytesIO

import numpy as np
from PIL import Image
from support.fakes import made_round, rectangle

from reasonseg_ros.core.dialogue.dialogue import Instance, Round
from reasonseg_ros.core.errors import Status
from reasonseg_ros.web import images
from reasonseg_ros.web.images import ImageStore, live_jpeg, mask_png, things_at


def thing(number, x0, y0, x1, y1, parent=0):
    return Instance(number, parent, 1, 'mug', 0.9, rectangle(x0, y0, x1, y1, 64, 48))


def shown(*things, stamp=1):
    return Round(1, '', '', (), Status.OK, '', things, stamp=stamp)


def opened(data):
    return np.asarray(Image.open(BytesIO(data)))


def test_a_mask_is_an_image_of_its_box_and_clear_outside_of_the_mask():
    corner = rectangle(10, 10, 30, 20, 64, 48).decode()
    corner[10:15, 10:20] = False
    pixels = opened(mask_png(Instance(1, 0, 1, 'mug', 0.9, images.masks.Rle.encode(corner))))
    assert pixels.shape == (10, 20, 4)
    assert pixels[2, 2, 3] == 0
    assert pixels[7, 15, 3] == images.FILL
    assert pixels[9, 19, 3] == images.LINE
    assert tuple(pixels[7, 15, :3]) == images.colour_of(1)


def test_an_empty_mask_is_a_clear_pixel():
    assert opened(mask_png(thing(1, 5, 5, 5, 5))).shape == (1, 1, 4)


def test_a_live_image_is_no_wider_than_browsers_need():
    assert opened(live_jpeg(np.zeros((1500, 2560, 3), np.uint8))).shape == (750, 1280, 3)
    assert opened(live_jpeg(np.full((48, 64, 3), (250, 0, 0), np.uint8)))[20, 20, 0] > 240


def test_a_crop_is_there_only_when_its_image_was():
    store, mug = ImageStore(), thing(1, 20, 10, 40, 30)
    assert store.crop(mug, 1) is None
    rgb = np.zeros((48, 64, 3), np.uint8)
    rgb[10:30, 20:40] = (0, 250, 0)
    store.look([shown(mug)], 1, rgb)
    crop = opened(store.get(store.crop(mug, 1)))
    assert max(crop.shape) == images.CROP
    assert crop[56, 56, 1] > 200
    assert store.seen(1) and not store.seen(2)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(images, 'MOST_BYTES', 2000)
    monkeypatch.setattr(images, 'VIEWS', 3)
    store = ImageStore()
    for stamp in range(20):
        store.look([shown(thing(1, 20, 10, 40, 30), stamp=stamp)], stamp,
                   np.zeros((48, 64, 3), np.uint8))
    assert 0 < sum(map(len, store._files.values())) == store._size <= 2000
    assert len(store._views) == 3


def test_a_mask_is_said_to_have_moved_when_the_image_under_it_changes():
    store, left, right = ImageStore(), thing(1, 4, 4, 20, 20), thing(2, 40, 20, 60, 40)
    rgb = np.full((48, 64, 3), 90, np.uint8)
    rounds = [shown(left, right)]
    assert store.moved(rounds, rgb) == (1, 2)   # nobody knows what their image showed
    store.look(rounds, 1, rgb)
    assert store.moved(rounds, rgb + np.uint8(3)) == ()
    rgb[20:40, 40:60] = 200
    assert store.moved(rounds, rgb) == (2,)


def test_a_point_means_the_smallest_thing_there_and_reaches_a_little_beside_it():
    things = [thing(1, 10, 10, 40, 40), thing(2, 20, 20, 25, 25, parent=1)]
    assert things_at(things, (22, 22, 22, 22), 2) == (2,)
    assert things_at(things, (35, 35, 35, 35), 2) == (1,)
    assert things_at(things, (41, 35, 41, 35), 2) == (1,)
    assert things_at(things, (50, 35, 50, 35), 2) == ()


def test_a_rectangle_means_the_objects_that_lie_in_it_for_the_most_part():
    things = [thing(1, 10, 10, 20, 20), thing(2, 12, 12, 14, 14, parent=1),
              thing(3, 40, 10, 60, 20)]
    assert things_at(things, (8, 8, 45, 30), 2) == (1,)
    assert things_at(things, (0, 0, 64, 48), 2) == (1, 3)


def test_names_of_masks_follow_the_mask_and_the_id():
    store = ImageStore()
    first, second = made_round(1, 1, ('mug', 'mug')).instances
    assert store.mask(first) == store.mask(first) != store.mask(second)
    assert opened(store.get(store.mask(first))).shape == (1, 8, 4)
