# SPDX-License-Identifier: Apache-2.0
"""Colours of surfaces by place: prints, wood, stone, cloth. Values in [0, 1], linear; no geometry.

A texture is a small image that repeats or is stretched over a label; how a point of an object
comes to its place in it is decided by the renderer.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike

SIDE = 256
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX,
          cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX)
_LETTERS = np.array(list('ABCDEFGHIJKLMNOPRSTUVWYabcdefghiklmnoprstuvy0123456789'))
_WOODS = ((0.55, 0.36, 0.2), (0.35, 0.19, 0.09), (0.7, 0.53, 0.33), (0.2, 0.11, 0.06),
          (0.5, 0.42, 0.34))


def noise(rng: np.random.Generator, side: int = SIDE, octaves: int = 5, rough: float = 0.55,
          stretch: tuple[float, float] = (1, 1)) -> np.ndarray:
    """Smooth noise [side, side] in [0, 1] that repeats."""
    total, weight = np.zeros((side, side), np.float32), 1.0
    for octave in range(octaves):
        n = 2 ** (octave + 1)
        rows, cols = max(1, round(n * stretch[0])), max(1, round(n * stretch[1]))
        grid = rng.random((rows, cols)).astype(np.float32)
        grid = np.pad(grid, ((1, 2), (1, 2)), 'wrap')
        fine = cv2.resize(grid, (int(side * (cols + 3) / cols), int(side * (rows + 3) / rows)),
                          interpolation=cv2.INTER_CUBIC)
        y, x = int(1.5 * side / rows), int(1.5 * side / cols)
        total += weight * fine[y:y + side, x:x + side]
        weight *= rough
    total -= total.min()
    return total / max(float(total.max()), 1e-6)


def mix(a: ArrayLike, b: ArrayLike, t: np.ndarray) -> np.ndarray:
    """Blend two colours by a map [H, W]."""
    blend: np.ndarray = (np.asarray(a, np.float32) * (1 - t[..., None])
                         + np.asarray(b, np.float32) * t[..., None])
    return blend


def word(rng: np.random.Generator) -> str:
    """A made-up word."""
    return ''.join(_LETTERS[rng.integers(0, len(_LETTERS), rng.integers(2, 9))])


def printed(rng: np.random.Generator, base: np.ndarray) -> np.ndarray:
    """A label [SIDE, SIDE, 3] most of which has the colour `base`."""
    image = np.broadcast_to(base.astype(np.float32), (SIDE, SIDE, 3)).copy()
    if rng.random() < 0.4:
        image *= (1 + 0.35 * (noise(rng, octaves=3)[..., None] - 0.5))
    inks = [rng.random(3).astype(np.float32) ** 1.5 for _ in range(3)]
    inks += [np.ones(3, np.float32) * v for v in (0.9, 0.02, 0.9, 0.02)]

    def ink() -> tuple[int, ...]:
        return tuple(int(255 * c ** (1 / 2.2)) for c in inks[rng.integers(len(inks))])

    repeats = int(rng.integers(1, 3))
    step = SIDE // repeats
    tile = (255 * image[:, :step].clip(0, 1) ** (1 / 2.2)).astype(np.uint8)  # what OpenCV writes on
    for _ in range(rng.integers(0, 3)):  # bands
        y, h = int(rng.integers(0, SIDE)), int(rng.integers(4, 60))
        cv2.rectangle(tile, (0, y), (step, min(y + h, SIDE)), ink(), -1)
    if rng.random() < 0.25:  # stripes
        period, colour = int(rng.integers(8, 40)), ink()
        for x in range(0, step, period):
            cv2.rectangle(tile, (x, 0), (x + period // 3, SIDE), colour, -1)
    for _ in range(rng.integers(0, 3)):  # an image
        x, y = int(rng.integers(0, step)), int(rng.integers(20, SIDE - 20))
        r = int(rng.integers(10, 55))
        if rng.random() < 0.5:
            cv2.ellipse(tile, (x, y), (r, int(r * rng.uniform(0.4, 1.3))),
                        float(rng.uniform(0, 180)), 0, 360, ink(), -1, cv2.LINE_AA)
        else:
            patch = mix(ink(), ink(), noise(rng, 64))
            patch = cv2.resize(patch, (2 * r, 2 * r)).clip(0, 255).astype(np.uint8)
            x0, y0 = max(0, min(x, step - 2 * r)), max(0, min(y, SIDE - 2 * r))
            fits = tile[y0:y0 + 2 * r, x0:x0 + 2 * r]
            fits[:] = patch[:fits.shape[0], :fits.shape[1]]
    for _ in range(rng.integers(1, 5)):  # words
        size = float(rng.choice([0.4, 0.5, 0.8, 1.2, 2.0]))
        cv2.putText(tile, word(rng),
                    (int(rng.integers(-10, max(1, step // 2))), int(rng.integers(20, SIDE))),
                    int(_FONTS[rng.integers(len(_FONTS))]), size, ink(),
                    max(1, int(size * rng.uniform(1, 3))), cv2.LINE_AA)
    if rng.random() < 0.5:  # small print
        x, y = int(rng.integers(5, max(6, step - 60))), int(rng.integers(10, SIDE - 90))
        colour = ink()
        for line in range(rng.integers(4, 12)):
            cv2.line(tile, (x, y + 7 * line), (x + int(rng.integers(20, 70)), y + 7 * line), colour,
                     2)
    if rng.random() < 0.25:  # bar code
        x, y = int(rng.integers(0, max(1, step - 50))), int(rng.integers(10, SIDE - 50))
        cv2.rectangle(tile, (x, y), (x + 48, y + 36), (240, 240, 240), -1)
        for bar in range(3, 45, 3):
            if rng.random() < 0.6:
                cv2.line(tile, (x + bar, y + 3), (x + bar, y + 30), (15, 15, 15),
                         int(rng.integers(1, 3)))
    for repeat in range(repeats):
        image[:, repeat * step:(repeat + 1) * step] = (tile / np.float32(255)) ** 2.2
    return image.clip(0, 1)


def wood(rng: np.random.Generator) -> np.ndarray:
    """Planks or a board."""
    light = np.array(_WOODS[rng.integers(5)], np.float32) * rng.uniform(0.7, 1.2)
    grain = noise(rng, stretch=(0.25, 4), octaves=6, rough=0.75)
    rings = 0.5 + 0.5 * np.sin(2 * np.pi
                               * (rng.integers(2, 8) * np.linspace(0, 1, SIDE)[None]
                                  + 1.5 * noise(rng, octaves=3, stretch=(0.3, 1))))
    image = mix(light * rng.uniform(0.4, 0.8), light, 0.6 * grain + 0.4 * rings)
    if rng.random() < 0.4:
        planks = int(rng.integers(2, 5))
        for k in range(planks):
            band = slice(k * SIDE // planks, (k + 1) * SIDE // planks)
            image[:, band] *= rng.uniform(0.8, 1.15)
            image[:, k * SIDE // planks] *= 0.4
    return image.clip(0, 1)


def marble(rng: np.random.Generator) -> np.ndarray:
    base, vein = (rng.uniform(0.45, 0.85, 3),
                  rng.uniform(0.1, 0.5, 3)) if rng.random() < 0.7 else (rng.uniform(0.02, 0.12, 3),
                                                                        rng.uniform(0.3, 0.7, 3))
    lines = np.abs(np.sin(2 * np.pi
                          * (rng.integers(1, 3) * np.linspace(0, 1, SIDE)[None]
                             + 2.2 * noise(rng, octaves=6, rough=0.6))))
    return mix(vein, base, lines ** rng.uniform(0.15, 0.6)).astype(np.float32)


def granite(rng: np.random.Generator) -> np.ndarray:
    base = rng.uniform(0.05, 0.7) * rng.uniform(0.85, 1.1, 3)
    speckle = noise(rng, octaves=7, rough=0.95)
    return (base * (0.4 + 1.2 * speckle[..., None])).clip(0, 1).astype(np.float32)


def cloth(rng: np.random.Generator) -> np.ndarray:
    a, b = rng.random(3) ** 1.5, rng.random(3) ** 1.5
    kind = rng.integers(5)
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    n = int(rng.integers(2, 10))
    if kind == 0:
        t = ((x * n % 1 < 0.5) ^ (y * n % 1 < 0.5)).astype(np.float32)  # checkerboard
    elif kind == 1:
        t = (x * n % 1 < rng.uniform(0.15, 0.7)).astype(np.float32)
    elif kind == 2:
        t = 0.5 * (x * n % 1 < 0.4) + 0.5 * (y * n % 1 < 0.4)
    elif kind == 3:
        square = ((x * n % 1) - 0.5) ** 2 + ((y * n % 1) - 0.5) ** 2
        t = (square < rng.uniform(0.02, 0.15)).astype(np.float32)
    else:
        t = noise(rng, octaves=4)
    grain = noise(rng, octaves=7, rough=0.95) - 0.5
    weave = 1 + 0.12 * (np.sin(x * SIDE * 1.7) * np.sin(y * SIDE * 1.7)) + 0.1 * grain
    image: np.ndarray = mix(a, b, t.astype(np.float32)) * weave[..., None]
    return image.clip(0, 1).astype(np.float32)


def plain(rng: np.random.Generator) -> np.ndarray:
    base = rng.uniform(0.02, 0.85) * np.clip(1 + rng.normal(0, 0.12, 3), 0.5, 1.5)
    grain = 1 + 0.1 * (noise(rng, octaves=6, rough=0.8)[..., None] - 0.5)
    return (base * grain).clip(0, 1).astype(np.float32)


def tiles(rng: np.random.Generator) -> np.ndarray:
    n = int(rng.integers(2, 8))
    image = np.repeat(np.repeat(rng.uniform(0.85, 1.1, (n, n, 1)), -(-SIDE // n), 0), -(-SIDE // n),
                      1)[:SIDE, :SIDE] * (rng.uniform(0.1, 0.8) * rng.uniform(0.8, 1.15, 3))
    y, x = np.mgrid[:SIDE, :SIDE] * n / SIDE % 1
    image[(x < 0.03 * n / 3) | (y < 0.03 * n / 3)] = rng.uniform(0.1, 0.8)
    return (image * (1 + 0.1 * (noise(rng)[..., None] - 0.5))).clip(0, 1).astype(np.float32)


def photo(rng: np.random.Generator) -> np.ndarray:
    """Something like a photograph: coloured noise of all sizes with edges."""
    a = mix(rng.random(3), rng.random(3), noise(rng))
    b = mix(rng.random(3), rng.random(3), noise(rng))
    image: np.ndarray = a * (noise(rng, octaves=4) > 0.5)[..., None]
    return image + b * (noise(rng, octaves=4) > 0.45)[..., None] * 0.7


SURFACES = (wood, wood, wood, marble, granite, cloth, cloth, plain, plain, tiles, photo)


def surface(rng: np.random.Generator) -> np.ndarray:
    """A texture [SIDE, SIDE, 3] for a table, floor or wall."""
    return SURFACES[rng.integers(len(SURFACES))](rng).clip(0, 1).astype(np.float32)
