# SPDX-License-Identifier: Apache-2.0
"""The body of every category of `sim.world.catalogue`, from primitives. Places and draws nothing.

Objects are stylised as toys: parts are larger than in life, so that an image of 192x144 pixels
still shows a button. Each function takes the object's main colour and a generator for what may
vary; the main colour always goes to the same parts of a category.
"""

from collections.abc import Callable

import numpy as np

from reasonseg_ros.sim.world.primitives import (
    Primitive,
    Rgb,
    arc,
    ball,
    bounds,
    box,
    chain,
    disc,
    ellipsoid,
    place,
    rod,
    turn,
)

Solids = tuple[Primitive, ...]

STEEL: tuple[Rgb, ...] = ((0.62, 0.64, 0.66), (0.48, 0.50, 0.53), (0.36, 0.37, 0.40))
DARK: Rgb = (0.13, 0.13, 0.14)
PALE: Rgb = (0.88, 0.88, 0.85)
ACCENTS: tuple[Rgb, ...] = ((0.90, 0.90, 0.88), (0.10, 0.10, 0.11), (0.95, 0.78, 0.10),
                            (0.10, 0.55, 0.75), (0.85, 0.35, 0.55))


def solids_of(category: str, main: Rgb, rng: np.random.Generator) -> Solids:
    """Return the solids of an object at unit scale, in its own frame (`sim.world.primitives`)."""
    solids = _BUILDERS[category](main, rng)
    low, high = bounds(solids)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return place(solids, np.eye(3), -centre)


def _shade(rgb: Rgb, factor: float) -> Rgb:
    """Return a darker (factor < 1) or lighter (factor > 1, towards white) colour."""
    if factor <= 1:
        return factor * rgb[0], factor * rgb[1], factor * rgb[2]
    red, green, blue = (1 - (1 - v) / factor for v in rgb)
    return red, green, blue


def _contrast(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """Return an accent colour that differs clearly from `rgb`."""
    far = [a for a in ACCENTS if np.abs(np.subtract(a, rgb)).sum() > 0.7]
    return far[rng.integers(len(far))]


def _against(rgb: Rgb) -> Rgb:
    """Return a pale colour on dark `rgb` and a dark one on pale."""
    return DARK if np.dot(rgb, (0.3, 0.6, 0.1)) > 0.45 else PALE


def _steel(rng: np.random.Generator) -> Rgb:
    return STEEL[rng.integers(len(STEEL))]


def _remote(main: Rgb, rng: np.random.Generator) -> Solids:
    half = rng.uniform(0.027, 0.032)
    pad = PALE if np.dot(main, (0.3, 0.6, 0.1)) < 0.6 else (0.35, 0.36, 0.40)
    key = DARK if pad == PALE else PALE
    keys = tuple(box('keypad', key, (x, y, 0.0235), (0.0055, 0.007, 0.002))
                 for x in (-0.0125, 0.0125) for y in (-0.055, -0.030, -0.005))
    return (
        box('body', main, (0, 0, 0.010), (half, 0.088, 0.010)),
        box('keypad', pad, (0, -0.030, 0.0205), (0.022, 0.042, 0.002)),
        *keys,
        disc('body', _against((0.85, 0.05, 0.05)), (0, 0.052, 0.0205), 0.021, 0.0015),
        disc('red button', (0.88, 0.04, 0.04), (0, 0.052, 0.023), 0.0165, 0.005),
    )


def _mug(main: Rgb, rng: np.random.Generator) -> Solids:
    radius, half = rng.uniform(0.038, 0.043), rng.uniform(0.040, 0.050)
    handle = main if rng.random() < 0.7 else _contrast(main, rng)
    loop = arc((radius - 0.004, 0, half), half * 0.68, 80, -80, 7)
    inside = _shade(main, 0.55) if rng.random() < 0.6 else _shade(main, 3.0)
    return (
        disc('body', main, (0, 0, half), radius, half),
        disc('body', inside, (0, 0, 2 * half), radius - 0.006, 0.001),
        *chain('handle', handle, loop, 0.0085),
    )


def _bottle(main: Rgb, rng: np.random.Generator) -> Solids:
    radius, half = rng.uniform(0.029, 0.034), rng.uniform(0.060, 0.070)
    top = 2 * half
    solids: Solids = (
        disc('body', main, (0, 0, half), radius, half),
        ellipsoid('body', main, (0, 0, top), (radius, radius, 0.030)),
        disc('body', main, (0, 0, top + 0.030), 0.015, 0.016),
        disc('cap', _contrast(main, rng), (0, 0, top + 0.050), 0.021, 0.018),
    )
    if rng.random() < 0.4:
        band = disc('body', _shade(main, 0.6 if sum(main) > 1.2 else 1.8), (0, 0, half),
                    radius + 0.001, half * 0.4)
        solids = (*solids, band)
    if rng.random() < 0.65:
        return solids
    return place(solids, turn('x', 90), np.zeros(3))


def _pan(main: Rgb, rng: np.random.Generator) -> Solids:
    radius = rng.uniform(0.060, 0.068)
    length = rng.uniform(0.085, 0.11)
    grip = ((0.10, 0.10, 0.11), (0.45, 0.28, 0.14), (0.60, 0.62, 0.64))[rng.integers(3)]
    start, end = (radius, 0, 0.024), (radius + length, 0, 0.032)
    return (
        disc('bowl', main, (0, 0, 0.015), radius, 0.015),
        disc('bowl', _shade(main, 0.80), (0, 0, 0.030), radius - 0.007, 0.001),
        rod('handle', grip, start, end, 0.0105),
    )


def _lamp(main: Rgb, rng: np.random.Generator) -> Solids:
    # The stem leans back, so that the shade does not hide it from above.
    top, back = rng.uniform(0.135, 0.155), 0.045
    shade = tuple(disc('shade', main, (0, back, top + 0.010 * i), 0.053 - 0.007 * i, 0.005)
                  for i in range(5))
    return (
        disc('base', _shade(main, 0.8), (0, 0, 0.008), 0.054, 0.008),
        rod('stem', _steel(rng), (0, 0.005, 0.012), (0, back, top), 0.0095),
        disc('switch', _contrast(main, rng), (0, -0.031, 0.020), 0.0155, 0.007),
        *shade,
    )


def _drawer(main: Rgb, rng: np.random.Generator) -> Solids:
    wide, tall = rng.uniform(0.060, 0.075), rng.uniform(0.036, 0.048)
    out = rng.choice((0.0, 0.0, 0.025))
    front = _shade(main, 1.9 if sum(main) < 1.6 else 0.65)
    solids = (
        box('body', main, (0, 0, tall), (wide, 0.048, tall)),
        box('front', front, (0, -0.054 - out, tall), (wide + 0.003, 0.006, tall - 0.006)),
        ball('knob', _contrast(front, rng), (0, -0.068 - out, tall), 0.016),
    )
    if not out:
        return solids
    tray = box('body', _shade(main, 0.5), (0, -0.048 - out / 2, tall),
               (wide - 0.006, out / 2, tall - 0.012))
    return (*solids, tray)


def _laptop(main: Rgb, rng: np.random.Generator) -> Solids:
    wide = rng.uniform(0.080, 0.090)
    lean = turn('x', -rng.uniform(12, 32))
    hinge = np.array([0, 0.052, 0.008])
    shown = ((0.35, 0.60, 0.85), (0.06, 0.08, 0.14), (0.75, 0.85, 0.92))[rng.integers(3)]
    if np.abs(np.subtract(shown, main)).sum() < 0.5:
        shown = (0.75, 0.85, 0.92) if sum(main) < 1.5 else (0.06, 0.08, 0.14)
    lid = place((
        box('screen', main, (0, 0, 0.052), (wide, 0.0035, 0.052)),
        box('screen', shown, (0, -0.0036, 0.053), (wide - 0.008, 0.001, 0.043)),
    ), lean, hinge)
    keys = tuple(box('keyboard', _against(main), (0, y, 0.0105), (wide - 0.012, 0.0065, 0.0015))
                 for y in (-0.006, 0.012, 0.030))
    return (
        box('keyboard', main, (0, 0, 0.005), (wide, 0.052, 0.005)),
        *keys,
        box('keyboard', _shade(main, 0.6), (0, -0.034, 0.0102), (0.022, 0.012, 0.001)),
        *lid,
    )


def _hammer(main: Rgb, rng: np.random.Generator) -> Solids:
    steel = _steel(rng)
    length = rng.uniform(0.14, 0.17)
    level = 0.020
    return (
        rod('handle', main, (0, -length / 2, level), (0, length / 2, level), 0.0125),
        disc('head', steel, (0.012, length / 2, level), 0.017, 0.026, turn('y', 90)),
        disc('head', steel, (0.044, length / 2, level), 0.021, 0.010, turn('y', 90)),
        box('head', steel, (-0.028, length / 2, level), (0.022, 0.014, 0.010), turn('z', 12)),
    )


def _scissors(main: Rgb, rng: np.random.Generator) -> Solids:
    steel = _steel(rng)
    spread = rng.uniform(8, 17)
    solids: Solids = ()
    for side, level in ((1, 0.007), (-1, 0.012)):
        ring = arc((0, -0.062, 0), 0.021, 0, 360, 9, 'xy')
        shift = np.array([0.012 * side, 0, 0])
        half = (
            box('blades', steel, (-0.003 * side, 0.050, 0), (0.0085, 0.052, 0.0025)),
            rod('handles', main, (0, -0.002, 0), (0.004 * side, -0.042, 0), 0.0075),
            *place(chain('handles', main, ring, 0.0070), np.eye(3), shift),
        )
        solids += place(half, turn('z', spread * side), np.array([0, 0, level]))
    return (*solids, disc('blades', _shade(steel, 0.6), (0, 0.004, 0.014), 0.006, 0.003))


def _teapot(main: Rgb, rng: np.random.Generator) -> Solids:
    wide, tall = rng.uniform(0.050, 0.056), rng.uniform(0.042, 0.048)
    plain = _shade(main, 0.6 if sum(main) > 1 else 1.6)
    lid = _contrast(main, rng) if rng.random() < 0.5 else plain
    grip = main if rng.random() < 0.5 else DARK
    spout = np.array([[wide * 0.7, 0, tall * 0.8], [wide + 0.018, 0, tall * 1.15],
                      [wide + 0.036, 0, tall * 1.75]])
    return (
        ellipsoid('body', main, (0, 0, tall), (wide, wide, tall)),
        disc('body', main, (0, 0, 0.004), wide * 0.6, 0.004),
        ellipsoid('lid', lid, (0, 0, tall * 1.80), (0.034, 0.034, 0.013)),
        ball('lid', lid, (0, 0, tall * 1.80 + 0.018), 0.0105),
        *chain('spout', main, spout, 0.0115),
        *chain('handle', grip, arc((-wide + 0.006, 0, tall), tall * 0.72, 105, 255, 6), 0.0080),
    )


def _banana(main: Rgb, rng: np.random.Generator) -> Solids:
    bend = rng.uniform(0.075, 0.095)
    points = arc((0, 0, 0.019), bend, -35, 85, 8, 'xy')
    radii = (0.012, 0.017, 0.0195, 0.020, 0.0195, 0.018, 0.0135)
    body = tuple(rod('body', main, a, b, r) for a, b, r in zip(points, points[1:], radii))
    tip = arc((0, 0, 0.019), bend, 88, 112, 3, 'xy')
    stem = ((0.42, 0.30, 0.12), (0.25, 0.36, 0.08), (0.20, 0.14, 0.08))[rng.integers(3)]
    return (*body, *chain('stem', stem, tip, 0.0095),
            ball('body', DARK, tuple(points[0] + np.array([-0.003, -0.010, 0])), 0.007))


def _apple(main: Rgb, rng: np.random.Generator) -> Solids:
    radius = rng.uniform(0.042, 0.048)
    top = 1.78 * radius
    lean = rng.uniform(-0.010, 0.010)
    green = (0.10, 0.36, 0.10) if main[1] > 0.5 else (0.25, 0.62, 0.18)
    return (
        ellipsoid('body', main, (0, 0, 0.92 * radius), (radius, radius, 0.92 * radius)),
        rod('stem', (0.33, 0.20, 0.09), (0, 0, top), (lean, 0.006, top + 0.036), 0.0065),
        ellipsoid('leaf', green, (0.026, -0.004, top + 0.016), (0.026, 0.0155, 0.004),
                  turn('y', -25) @ turn('x', 20)),
    )


def _screwdriver(main: Rgb, rng: np.random.Generator) -> Solids:
    length = rng.uniform(0.085, 0.10)
    steel = _steel(rng)
    level = 0.019
    across = turn('x', 90)
    return (
        disc('handle', main, (0, -0.040, level), 0.018, 0.036, across),
        ball('handle', main, (0, -0.076, level), 0.018),
        disc('handle', _shade(main, 0.55), (0, -0.002, level), 0.013, 0.006, across),
        disc('shaft', steel, (0, length / 2, level), 0.0075, length / 2, across),
        box('shaft', steel, (0, length + 0.006, level), (0.0105, 0.010, 0.003)),
    )


def _camera(main: Rgb, rng: np.random.Generator) -> Solids:
    wide, tall = rng.uniform(0.058, 0.066), rng.uniform(0.034, 0.040)
    trim = _shade(main, 0.45 if sum(main) > 0.9 else 1.5)
    across = turn('x', 90)
    shutter = _contrast(main, rng)
    length = rng.uniform(0.014, 0.022)
    return (
        box('body', main, (0, 0, tall), (wide, 0.024, tall)),
        box('body', trim, (-0.004, 0, 2 * tall + 0.006), (0.020, 0.018, 0.007)),
        disc('lens', (0.20, 0.21, 0.23), (0, -0.024 - length, tall), 0.029, length, across),
        disc('lens', (0.45, 0.62, 0.80), (0, -0.0245 - 2 * length, tall), 0.019, 0.001, across),
        disc('shutter', shutter, (wide - 0.017, 0, 2 * tall + 0.006), 0.0135, 0.007),
    )


def _brush(main: Rgb, rng: np.random.Generator) -> Solids:
    wide = rng.uniform(0.028, 0.036)
    hair = ((0.72, 0.58, 0.36), (0.16, 0.13, 0.11), (0.90, 0.87, 0.78))[rng.integers(3)]
    level = 0.012
    return (
        ellipsoid('handle', main, (0, -0.050, level), (0.0155, 0.058, 0.011)),
        box('handle', main, (0, -0.004, level), (wide * 0.7, 0.012, 0.009)),
        box('handle', (0.66, 0.67, 0.69), (0, 0.016, level), (wide, 0.010, 0.011)),
        box('bristles', hair, (0, 0.050, level), (wide - 0.002, 0.026, 0.009)),
    )


_BUILDERS: dict[str, Callable[[Rgb, np.random.Generator], Solids]] = {
    'remote': _remote, 'mug': _mug, 'bottle': _bottle, 'pan': _pan, 'lamp': _lamp,
    'drawer': _drawer, 'laptop': _laptop, 'hammer': _hammer, 'scissors': _scissors,
    'teapot': _teapot, 'banana': _banana, 'apple': _apple, 'screwdriver': _screwdriver,
    'camera': _camera, 'brush': _brush,
}

# Range of the yaw in degrees, relative to the viewer, when an object is put down: what carries a
# part on one side only (a drawer's knob, a lens, a mug's handle) rarely shows its back.
YAW: dict[str, tuple[float, float]] = {
    'drawer': (-60.0, 60.0), 'laptop': (-60.0, 60.0), 'camera': (-55.0, 55.0),
    'lamp': (-60.0, 60.0), 'mug': (-220.0, 40.0), 'teapot': (-50.0, 50.0),
}
