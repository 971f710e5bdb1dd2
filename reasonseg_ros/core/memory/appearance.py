# SPDX-License-Identifier: Apache-2.0
"""How a surface looks, in numbers that stand a change of light: Lab colours and their histogram.

Numpy only. Colours are CIE 1976 L*a*b* of sRGB images under D65. What the light does to a whole
scene is one factor for each channel of linear RGB (von Kries 1902), which `gain` finds from
surfaces that have not moved.
"""

import numpy as np

AB_BINS, L_BINS = 12, 8
WIDEST = 72.0       # of a* and b*, beyond which colours fall into the outer bins
ALIKE = 20.0        # colour distance up to which a surface point may be the one remembered
LIGHTNESS = 0.6     # weight of lightness, which shading changes, beside that of hue
BRIGHTEST, DARKEST = 4.0, 0.25   # factors of the light that are believed
LENGTH = AB_BINS ** 2 + L_BINS   # of a descriptor

_LINEAR = np.array([v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4
                    for v in np.arange(256) / 255], np.float32)
# sRGB to XYZ, each row divided by the white of D65 (IEC 61966-2-1).
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722],
                 [0.0193, 0.1192, 0.9505]], np.float32)
_XYZ /= np.array([[0.9505], [1.0], [1.089]], np.float32)
_WEIGHTS = np.array([LIGHTNESS, 1, 1], np.float32)
_BLUR = np.array([0.25, 0.5, 0.25], np.float32)


def linear(rgb: np.ndarray) -> np.ndarray:
    """Return float32 [N, 3] in [0, 1], proportional to light, of uint8 [N, 3]."""
    light: np.ndarray = _LINEAR[rgb]
    return light


def lab(light: np.ndarray) -> np.ndarray:
    """Return float32 [N, 3], CIE L*a*b*, of linear RGB [N, 3]."""
    xyz = np.maximum(light, 0) @ _XYZ.T
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])],
                    axis=1).astype(np.float32)


def distance(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Return float32 [N]: how different colours [N, 3] in Lab look, shading aside."""
    apart = (one - two) * _WEIGHTS
    found: np.ndarray = np.sqrt((apart * apart).sum(axis=-1))
    return found


def least_distance(colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return float32 [N]: how far each of some colours [N, 3] is from the nearest of others."""
    one, two = colours * _WEIGHTS, known * _WEIGHTS
    square = (one * one).sum(axis=1)[:, None] + (two * two).sum(axis=1) - 2 * one @ two.T
    found: np.ndarray = np.sqrt(square.min(axis=1).clip(0))
    return found


def describe(colours: np.ndarray) -> np.ndarray:
    """Return float32 [LENGTH]: smoothed shares of hues, then of lightness; 0 for no colours."""
    found = np.zeros(LENGTH, np.float32)
    if not len(colours):
        return found
    place = np.clip((colours[:, 1:] + WIDEST) / (2 * WIDEST) * AB_BINS, 0, AB_BINS - 1).astype(int)
    hues = np.bincount(place[:, 0] * AB_BINS + place[:, 1], minlength=AB_BINS ** 2)
    square = hues.reshape(AB_BINS, AB_BINS).astype(np.float32)
    square = _blurred(_blurred(square).T).T
    level = np.clip(colours[:, 0] / 100 * L_BINS, 0, L_BINS - 1).astype(int)
    light = _blurred(np.bincount(level, minlength=L_BINS).astype(np.float32)[None])[0]
    found[:AB_BINS ** 2] = (square / square.sum()).ravel()
    found[AB_BINS ** 2:] = light / light.sum()
    return found


def similarity(one: np.ndarray, two: np.ndarray) -> float:
    """Return how alike two descriptors are, in [0, 1]: Bhattacharyya's coefficient of the hues,
    and of lightness with half its weight."""
    shared = np.sqrt(np.clip(one, 0, None) * np.clip(two, 0, None))
    return float(shared[:AB_BINS ** 2].sum() * shared[AB_BINS ** 2:].sum() ** 0.5)


def gain(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return float32 [3]: by what the light of surfaces [N, 3] was multiplied, channel by channel.

    before, after  linear RGB of the same surfaces
    """
    seen = (before > 0.01) & (after > 0.005) & (after < 0.98)
    ratio = np.where(seen, after / np.maximum(before, 0.01), np.nan)
    enough = seen.sum(axis=0) >= 20
    if not enough.all():
        return np.ones(3, np.float32)
    change: np.ndarray = np.clip(np.nanmedian(ratio, axis=0), DARKEST, BRIGHTEST)
    return change.astype(np.float32)


def _blurred(rows: np.ndarray) -> np.ndarray:
    """Blur along the last axis; what leaves at an end stays there."""
    wide = np.pad(rows, ((0, 0), (1, 1)), mode='edge')
    blurred: np.ndarray = (_BLUR[0] * wide[:, :-2] + _BLUR[1] * wide[:, 1:-1]
                           + _BLUR[2] * wide[:, 2:])
    return blurred
