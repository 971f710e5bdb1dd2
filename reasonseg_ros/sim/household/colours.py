# SPDX-License-Identifier: Apache-2.0
"""Words for colours of surfaces: a colour that a word may mean, and the word for a colour.

Knows the surface itself, not the light that falls on it.
"""

import cv2
import numpy as np

from reasonseg_ros.core.scene.inventory import COLOURS

# The middle of what each word means for paint, linear RGB.
PAINTS = {'red': (0.62, 0.04, 0.04), 'orange': (0.85, 0.28, 0.03), 'yellow': (0.85, 0.65, 0.06),
          'green': (0.06, 0.33, 0.08), 'blue': (0.03, 0.11, 0.5), 'purple': (0.22, 0.05, 0.35),
          'pink': (0.85, 0.3, 0.42), 'brown': (0.2, 0.09, 0.04), 'white': (0.82, 0.82, 0.8),
          'grey': (0.25, 0.25, 0.26), 'black': (0.02, 0.02, 0.022)}


def shade(rng: np.random.Generator, name: str) -> np.ndarray:
    """One of the many colours that people call by this name, linear RGB."""
    base = np.array(PAINTS[name])
    if name in ('white', 'grey', 'black'):
        values = {'white': rng.uniform(0.55, 0.9), 'grey': rng.uniform(0.1, 0.35),
                  'black': rng.uniform(0.008, 0.035)}
        tint: np.ndarray = np.clip(1 + rng.normal(0, 0.03, 3), 0.8, 1.2)
        return (values[name] * tint).clip(0, 0.95)
    grey = base.mean()
    mixed: np.ndarray = grey + (base - grey) * rng.uniform(0.7, 1.1)
    mixed = mixed * rng.uniform(0.6, 1.3)
    return (mixed * np.clip(1 + rng.normal(0, 0.1, 3), 0.7, 1.3)).clip(0.005, 0.95)


NO_COLOUR = 255     # in a map of colours: no surface whose colour is known
CLEAR = 0.3         # share of light let through from which a surface is clear


def hues(albedo: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """Albedo [H, W, 3] and clearness [H, W] -> index into COLOURS, NO_COLOUR for glass."""
    found = named(albedo)
    found[clear > CLEAR] = NO_COLOUR
    return found


def named(albedo: np.ndarray) -> np.ndarray:
    """Linear RGB [H, W, 3] -> index into COLOURS, uint8 [H, W]."""
    srgb = np.clip(albedo, 0, 1) ** (1 / 2.2)
    lab = cv2.cvtColor(srgb.astype(np.float32), cv2.COLOR_RGB2Lab)
    light, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    i = {n: k for k, n in enumerate(COLOURS)}
    # Borders between hues in CIE Lab, degrees.
    edges = [20, 46, 72, 104, 168, 215, 292, 325, 360]
    names = ['pink', 'red', 'orange', 'yellow', 'green', 'turquoise', 'blue', 'purple', 'pink']
    result: np.ndarray = np.array([i[n] for n in names],
                                  np.uint8)[np.clip(np.searchsorted(edges, hue, 'right'), 0, 8)]
    result[(result == i['pink']) & (light < 42) & (hue > 200)] = i['purple']
    result[(result == i['pink']) & (light < 45) & (hue < 25)] = i['red']
    result[(result == i['red']) & (light > 68)] = i['pink']
    result[(result == i['red']) & (light < 24)] = i['brown']
    warm = (hue > 35) & (hue < 98)
    result[warm & (light < 50) & (hue > 46) & (chroma < 62)] = i['brown']
    result[warm & (hue <= 46) & (light < 38) & (chroma < 38)] = i['brown']
    result[warm & (chroma < 38) & (light >= 62)] = i['beige']
    result[warm & (chroma < 38) & (light < 62)] = i['brown']
    limit = np.where(light < 30, 8.0, 11.0)
    plain = chroma < limit
    result[plain] = i['grey']
    result[plain & (light > 76)] = i['white']
    result[(chroma < limit + 6) & (light < 27) | (light < 12)] = i['black']
    result[(light > 88) & (chroma < 14)] = i['white']
    return result
