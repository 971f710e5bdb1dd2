# SPDX-License-Identifier: Apache-2.0
"""How the camera moved between two frames, from features in their images and their depth.

Features are SIFT (Lowe 2004, Distinctive image features from scale-invariant keypoints), matched
by his ratio test. With depth in both frames, matches are points in space, and the motion is the
rigid one that most agree with (RANSAC, Fischler and Bolles 1981; Kabsch 1976), made exact by the
surfaces (`core.memory.refinement`). Without, it is the homography of the images, which is right for
a plane and for a camera that only turns.

Keeps no frames: who calls decides which two are compared.
"""

from functools import lru_cache

import cv2
import numpy as np

from reasonseg_ros.core.camera.frame import CameraModel, Frame
from reasonseg_ros.core.geometry.points import lift
from reasonseg_ros.core.memory.motion import ROUGH, Motion, rigid, transform
from reasonseg_ros.core.memory.refinement import refined

FEATURES = 1200
RATIO = 0.8       # of a match's distance to that of the second best, at most
FEWEST = 12       # matches that must agree
SHARE = 0.15      # of the matches that must agree
NEAR, FAR = 0.008, 0.008   # metres that two sightings of a point may lie apart, at 0 m; more at 1 m
PIXELS = 3.0      # that a match may be off the homography
SURE = 0.9999     # chance with which the search has met a right triple when it ends
_TRIALS, _LEAST = 400, 20


def estimate_motion(before: Frame, after: Frame) -> Motion | None:
    """Return how the camera moved; None where the images do not tell.

    Frames of two sizes, or without enough matches that agree, tell nothing.
    """
    if before.rgb.shape != after.rgb.shape:
        return None
    if before is after:
        return Motion(np.eye(4), np.eye(3), FEATURES, 0.0)
    one, two = _matches(before, after)
    if len(one) < FEWEST:
        return None
    homography, flat = cv2.findHomography(one, two, cv2.RANSAC, PIXELS)
    first, second = _points(before, one), _points(after, two)
    if first is None or second is None:
        if homography is None or flat.sum() < max(FEWEST, SHARE * len(one)):
            return None
        kept = flat.ravel() > 0
        there = cv2.perspectiveTransform(one[kept][:, None], homography)[:, 0]
        error = float(np.median(np.linalg.norm(there - two[kept], axis=1)))
        return Motion(None, homography, int(kept.sum()), error)
    known = np.isfinite(first[:, 2]) & np.isfinite(second[:, 2])
    found = _rigid(second[known], first[known])
    if found is None:
        return None
    pose, agreeing, error = found
    better = refined(before, after, pose, first[known][agreeing], second[known][agreeing])
    pose, off = better or (pose, ROUGH + error)
    return Motion(pose, homography, int(agreeing.sum()), error, off)


def _rigid(one: np.ndarray, two: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
    """Return (pose, inliers bool [N], residual): the rigid motion that takes most of `one` to
    `two`."""
    if len(one) < FEWEST:
        return None
    allowed = NEAR + FAR * np.maximum(one[:, 2], two[:, 2]) ** 2
    rng = np.random.default_rng(0)
    best = np.zeros(len(one), bool)
    triples = rng.integers(len(one), size=(_TRIALS, 3))
    # Triples whose sides changed length are no rigid motion: most are ruled out here.
    before, after = (np.linalg.norm(p[triples] - p[np.roll(triples, 1, axis=1)], axis=2)
                     for p in (one, two))
    fits = (before.min(axis=1) > 0.03) & (np.abs(before - after).max(axis=1)
                                          < 2 * allowed[triples].max(axis=1))
    enough = _TRIALS
    for trial, some in enumerate(triples[fits]):
        if trial >= enough:
            break
        agreeing = np.linalg.norm(transform(one, rigid(one[some], two[some])) - two,
                                  axis=1) < allowed
        if agreeing.sum() > best.sum():
            best = agreeing
            # Trials after which one of three points that agree has come with a chance of SURE.
            chance = min(float(best.mean()) ** 3, 1 - 1e-9)
            enough = max(_LEAST, int(np.log(1 - SURE) / np.log(1 - chance)) + 1)
    if best.sum() < 3:
        return None
    for _ in range(3):
        pose = rigid(one[best].astype(float), two[best].astype(float))
        away = np.linalg.norm(transform(one, pose) - two, axis=1)
        best = away < allowed
        if best.sum() < max(FEWEST, SHARE * len(one)):
            return None
    # The error of a mean of many points is smaller than that of one.
    return pose, best, float(np.median(away[best]) / np.sqrt(best.sum() / 3))


def _matches(before: Frame, after: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels float32 [N, 2] (x, y) of the features that both images show."""
    (where, one), (there, two) = _features(before), _features(after)
    if len(where) < 2 or len(there) < 2:
        return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(one, two, k=2)
    good = [pair[0] for pair in pairs
            if len(pair) == 2 and pair[0].distance < RATIO * pair[1].distance]
    return where[[m.queryIdx for m in good]], there[[m.trainIdx for m in good]]


@lru_cache(maxsize=4)   # the frame before is compared with many later ones
def _features(frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return (pixels [N, 2], descriptors [N, 128]) of an image's features."""
    grey = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2GRAY)
    # The class has this constructor since 4.4; stubs of OpenCV do not know the function.
    keypoints, found = cv2.SIFT.create(FEATURES, contrastThreshold=0.02).detectAndCompute(
        grey, None)
    if found is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    return np.array([k.pt for k in keypoints], np.float32), found


def _points(frame: Frame, pixels: np.ndarray) -> np.ndarray | None:
    """Return float32 [N, 3] metres in the optical frame; None without depth or intrinsics."""
    camera: CameraModel | None = frame.camera
    if frame.depth is None or camera is None:
        return None
    columns, rows = np.rint(pixels).astype(int).T
    rows, columns = rows.clip(0, frame.height - 1), columns.clip(0, frame.width - 1)
    z = frame.depth[rows, columns]
    # At a step in depth nobody knows which side a feature is on.
    edges = np.zeros(len(z), np.float32)
    for down, across in ((2, 0), (-2, 0), (0, 2), (0, -2)):
        other = frame.depth[(rows + down).clip(0, frame.height - 1),
                            (columns + across).clip(0, frame.width - 1)]
        edges = np.fmax(edges, np.abs(other - z))
    z = np.where(edges < 0.03, z, np.float32(np.nan))
    return lift(pixels[:, 1], pixels[:, 0], z, camera)
