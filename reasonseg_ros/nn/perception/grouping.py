# SPDX-License-Identifier: Apache-2.0
"""Pixels to things: each pixel of a thing votes for the middle of its thing, votes form groups.

Reads the dense outputs as arrays; learns nothing and names nothing.
"""

import cv2
import numpy as np

from reasonseg_ros.nn.perception.network import REACH

PRESENT = 0.5       # chance from which a pixel belongs to a thing
PEAK = 0.18         # chance from which a pixel can be the middle of one
MOST = 60           # things of one image
FEWEST = 14         # half-size pixels of a thing
ASTRAY = 9.0        # half-size pixels that a vote may miss its middle by, for small things


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    result: np.ndarray = 1 / (1 + np.exp(-x))
    return result


def group(dense: np.ndarray) -> np.ndarray:
    """Dense outputs [5, h, w] of one image -> uint8 [h, w]: 0, or a thing's number from 1."""
    h, w = dense.shape[1:]
    thing, middle = sigmoid(dense[0]), sigmoid(dense[2])
    inside = thing > PRESENT
    ys, xs = np.nonzero(inside)
    result = np.zeros((h, w), np.uint8)
    if not len(xs):
        return result
    votes = np.stack([xs + REACH * dense[3][inside], ys + REACH * dense[4][inside]], 1)
    # How many votes fall near each place supports the map of middles: both must agree.
    density = np.zeros((h, w), np.float32)
    vx, vy = np.rint(votes).astype(int).T
    fits = (vx >= 0) & (vx < w) & (vy >= 0) & (vy < h)
    np.add.at(density, (vy[fits], vx[fits]), 1)
    density = cv2.GaussianBlur(density, (0, 0), 2.0)
    support = middle * np.minimum(1, density / 0.6) ** 0.5
    top = cv2.dilate(support, np.ones((9, 9), np.uint8))
    py, px = np.nonzero((support == top) & (support > PEAK))
    order = np.argsort(-support[py, px])[:MOST]
    peaks = np.stack([px[order], py[order]], 1).astype(np.float32)
    label = np.zeros(len(xs), int)
    if len(peaks):
        distance = np.linalg.norm(votes[:, None] - peaks[None], axis=2)
        label = distance.argmin(1) + 1
        miss = distance.min(1)
        size = np.sqrt(np.bincount(label, minlength=len(peaks) + 1))[label]
        label[miss > np.maximum(ASTRAY, 0.45 * size)] = 0
    result[ys, xs] = label
    return _whole(result, inside)


def _whole(labels: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """One connected region for each thing; what is left over is a thing, or joins a neighbour."""
    number = 0
    result = np.zeros_like(labels)
    for value in range(1, int(labels.max()) + 1):
        count, parts, stats, _ = cv2.connectedComponentsWithStats(
            (labels == value).astype(np.uint8), connectivity=8)
        if count < 2:
            continue
        largest = int(stats[1:, cv2.CC_STAT_AREA].max())
        # A thing that another one hides the middle of has several large regions.
        keep = [k for k in range(1, count)
                if stats[k, cv2.CC_STAT_AREA] >= max(FEWEST, 0.3 * largest)]
        if not keep:
            continue
        number += 1
        result[np.isin(parts, keep)] = number
    rest = inside & (result == 0)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(rest.astype(np.uint8), connectivity=4)
    kernel = np.ones((3, 3), np.uint8)
    for k in range(1, count):
        region = parts == k
        around = cv2.dilate(region.astype(np.uint8), kernel).astype(bool) & (result > 0)
        beside = np.bincount(result[around], minlength=1)
        area = int(stats[k, cv2.CC_STAT_AREA])
        if len(beside) > 1 and beside.sum() > 0.15 * 4 * np.sqrt(area):
            result[region] = int(beside.argmax())
        elif area >= 3 * FEWEST and number < 250:
            number += 1
            result[region] = number
    return result
