# SPDX-License-Identifier: Apache-2.0
"""What sensors make of light and distance: images with noise and blur, depth with holes.

Draws no scene: light, exact depth and surfaces come from `render`.
"""

import cv2
import numpy as np


def photograph(colour: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn linear light [H, W, 3] into an image uint8 [H, W, 3]."""
    h, w = colour.shape[:2]
    level = np.percentile(colour.mean(-1), rng.uniform(50, 85)) + 1e-4
    light = colour * (rng.uniform(0.22, 0.6) if rng.random() < 0.85
                      else rng.uniform(0.1, 0.9)) / level
    grey = light.reshape(-1, 3).mean(0)
    balance = (grey.mean() / grey) ** rng.uniform(0.0, 1.0) * np.clip(1 + rng.normal(0, 0.05, 3),
                                                                      0.8, 1.2)
    light = light * balance
    y, x = np.mgrid[:h, :w]
    radius = ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) * 2
    light *= (1 - rng.uniform(0, 0.35) * radius)[..., None]
    if rng.random() < 0.4:
        light += rng.uniform(0.05, 0.3) * cv2.GaussianBlur(np.maximum(light - 1, 0).clip(0, 4),
                                                           (0, 0), w / 60)
    if rng.random() < 0.7:
        light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(0.3, 1.1)))
    gain = 10 ** rng.uniform(-2.6, -1.5)
    light = light + rng.normal(size=light.shape) * gain * np.sqrt(np.maximum(light, 0) + 0.02) * 0.5
    light = light.clip(0, None)
    shoulder = rng.uniform(0.0, 0.6)
    light = light * (1 + shoulder * light / 4) / (1 + shoulder * light)
    image = light.clip(0, 1) ** (1 / rng.uniform(1.9, 2.5))
    mean = image.mean(-1, keepdims=True)
    image = mean + (image - mean) * rng.uniform(0.75, 1.35)
    image = ((image - 0.5) * rng.uniform(0.9, 1.15) + 0.5 + rng.normal(0, 0.02)).clip(0, 1)
    if rng.random() < 0.4:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        image = (image + rng.uniform(0.2, 1.0) * (image - soft)).clip(0, 1)
    result: np.ndarray = (255 * image + 0.5).astype(np.uint8)
    if rng.random() < 0.6:
        _, code = cv2.imencode('.jpg', result,
                               [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
        result = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
    return result


def rephotograph(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change tones and brightness of an image [H, W, 3] in [0, 1] a little; uint8 of its shape."""
    changed = np.clip(image, 0, 1) ** rng.uniform(0.85, 1.15) * rng.uniform(0.85, 1.1)
    result: np.ndarray = (255 * changed.clip(0, 1) + 0.5).astype(np.uint8)
    return result


def measured(depth: np.ndarray, shiny: np.ndarray, facing: np.ndarray, image: np.ndarray,
             focal: float, rng: np.random.Generator) -> np.ndarray:
    """What a depth sensor says of exact depth [H, W] metres; NaN = nothing."""
    h, w = depth.shape
    found: np.ndarray = np.where(np.isfinite(depth), depth, np.nan).astype(np.float32)
    kind = rng.random()
    if kind < 0.06:
        return found
    # Edges wander: a sample comes from a place nearby.
    shift = rng.uniform(0.3, 1.6)
    dx = cv2.GaussianBlur(rng.normal(size=(h, w)).astype(np.float32), (0, 0), 1.5) * shift * 3
    dy = cv2.GaussianBlur(rng.normal(size=(h, w)).astype(np.float32), (0, 0), 1.5) * shift * 3
    y, x = np.mgrid[:h, :w].astype(np.float32)
    far = np.where(np.isnan(found), 20.0, found)
    found = cv2.remap(far, x + dx, y + dy, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.5:  # the seam between near and far is smeared
        soft = cv2.blur(found, (3, 3))
        edge = np.abs(soft - found) > 0.015
        found = np.where(edge & (rng.random((h, w)) < 0.5), soft, found)
    baseline = rng.uniform(0.02, 0.08)
    # The shadow of the projector: what a nearer edge to one side hides from it.
    if rng.random() < 0.75:
        disparity = focal * baseline / np.maximum(found, 0.1)
        if rng.random() < 0.5:
            across = x + disparity
            hidden = across < np.maximum.accumulate(across, 1) - 1.0
        else:
            across = x - disparity
            hidden = across > np.minimum.accumulate(across[:, ::-1], 1)[:, ::-1] + 1.0
        found[hidden & (rng.random((h, w)) < 0.95)] = np.nan
    grey = image.mean(-1) / 255
    lost = rng.random((h, w)) < 0.02 * rng.random()
    blot = cv2.GaussianBlur(rng.normal(size=(h, w)).astype(np.float32), (0, 0), 3) * 8
    weak = 1.3 * shiny + (0.25 - facing).clip(0) * 3 + (0.05 - grey).clip(0) * 12 * rng.random()
    lost |= (weak + 0.4 * blot * weak) > rng.uniform(0.35, 1.2)
    through = (shiny > 0.5) & (rng.random((h, w)) < 0.3)
    found[lost | through] = np.nan
    found[(found > rng.uniform(1.5, 5.0)) | (found < rng.uniform(0.1, 0.3))] = np.nan
    if not np.isfinite(found).any():
        return found
    coarse = cv2.resize(rng.normal(size=(h // 8, w // 8)).astype(np.float32), (w, h),
                        interpolation=cv2.INTER_CUBIC)
    sigma = rng.uniform(0.0004, 0.0025)
    found = found + sigma * found ** 2 * (0.6 * rng.normal(size=(h, w)) + 1.2 * coarse)
    step = 0.001 if rng.random() < 0.6 else float(np.nanmedian(found) ** 2 / (focal * baseline)
                                                  / rng.choice([8, 16, 32]))
    found = np.round(found / step) * step
    if rng.random() < 0.3:  # holes that the driver has filled or smoothed
        mended = cv2.medianBlur(np.nan_to_num(found, nan=0).astype(np.float32), 5)
        found = np.where(np.isnan(found) & (mended > 0) & (rng.random() < 0.7), mended, found)
    return found.astype(np.float32)
