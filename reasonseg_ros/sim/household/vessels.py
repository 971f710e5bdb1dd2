# SPDX-License-Identifier: Apache-2.0
"""What holds food and drink: cups, plates, bottles, pots. Builders as `things` describes them."""

import numpy as np

from reasonseg_ros.sim.household.meshes import (
    circle,
    curve,
    ellipsoid,
    extrude,
    join,
    revolve,
    rounded,
    slab,
    tube,
)
from reasonseg_ros.sim.household.pieces import (
    Piece,
    Pieces,
    Rng,
    between,
    loop,
    pick,
    rod,
    shell,
    taper,
)


def mug(rng: Rng) -> Pieces:
    r, h = between(rng, 0.034, 0.047), between(rng, 0.075, 0.115)
    shape = taper(r * between(rng, 0.72, 1.05), r, h, between(rng, -0.004, 0.006), 0.003)
    outside, inside = shell(shape, between(rng, 0.003, 0.005), 0.006)
    handle = loop(r * 0.97, h * between(rng, 0.15, 0.28), h * between(rng, 0.78, 0.9),
                  between(rng, 0.022, 0.036), between(rng, 0.0045, 0.0075), between(rng, 0.7, 1.5),
                  between(rng, 0, 1))
    return [Piece('body', outside, pick(rng, 'main', 'main', 'print')),
            Piece('body', inside, pick(rng, 'main', 'main', 'inside', 'pale')),
            Piece('handle', handle, pick(rng, 'main', 'main', 'main', 'second'))]


def cup(rng: Rng) -> Pieces:
    r, h = between(rng, 0.03, 0.045), between(rng, 0.065, 0.125)
    outside, inside = shell(taper(r * between(rng, 0.6, 0.95), r, h, between(rng, -0.002, 0.003)),
                            0.002, 0.004)
    return [Piece('body', outside, pick(rng, 'main', 'print')), Piece('body', inside, 'main')]


def glass(rng: Rng) -> Pieces:
    r, h = between(rng, 0.028, 0.042), between(rng, 0.08, 0.15)
    if rng.random() < 0.35:  # with a stem
        bowl = curve([(0.004, h * 0.5), (r * 0.8, h * 0.58), (r, h * 0.75), (r * 0.85, h)], 12)
        return [Piece('bowl',
                      revolve([(0, h * 0.5), *map(tuple, bowl), (r * 0.85 - 0.0015, h),
                               (r - 0.002, h * 0.75), (0, h * 0.53)]), 'glass'),
                Piece('stem', rod((0, 0, 0.002), (0, 0, h * 0.52), 0.004), 'glass'),
                Piece('base', revolve([(0, 0), (r * 0.85, 0), (r * 0.85, 0.002), (0.004, 0.006)]),
                      'glass')]
    outside, inside = shell(taper(r * between(rng, 0.75, 1.0), r, h), 0.0022, 0.008)
    return [Piece('body', outside, 'glass'), Piece('body', inside, 'glass')]


def bowl(rng: Rng) -> Pieces:
    r, h = between(rng, 0.055, 0.095), between(rng, 0.04, 0.075)
    foot = r * between(rng, 0.35, 0.6)
    wide = [(r * (0.92 + between(rng, -0.05, 0.06)), h * 0.55)]
    line = [tuple(p) for p in curve([(foot, 0), (foot * 1.05, h * 0.08), *wide, (r, h)], 14)]
    outside, inside = shell(line, 0.003, 0.005)
    return [Piece('body', outside, pick(rng, 'main', 'main', 'print')),
            Piece('body', inside, pick(rng, 'main', 'main', 'pale'))]


def plate(rng: Rng) -> Pieces:
    r = between(rng, 0.075, 0.135)
    rise, flat = between(rng, 0.008, 0.022), r * between(rng, 0.55, 0.72)
    top = [(r, rise), (flat * 1.06, 0.007), (flat, 0.0045), (0, 0.004)]
    under = revolve([(0, 0), (flat, 0), (r, rise - 0.003), (r, rise)])
    pieces = [Piece('rim', join([under, revolve(top[:2])]), pick(rng, 'main', 'second', 'main'))]
    return [*pieces, Piece('centre', revolve(top[1:]), 'main')]


def can(rng: Rng) -> Pieces:
    if rng.random() < 0.3:  # a drink
        r, h = between(rng, 0.028, 0.033), between(rng, 0.105, 0.155)
        body = revolve([(0, 0.004), (r * 0.8, 0), (r, 0.01), (r, h - 0.014), (r * 0.82, h - 0.002)])
        lid = revolve([(r * 0.82, h - 0.002), (r * 0.82, h), (r * 0.76, h), (r * 0.74, h - 0.004),
                       (0, h - 0.004)])
    else:
        r = between(rng, 0.03, 0.052)
        h = r * between(rng, 1.5, 3.2)
        body = revolve([(0, 0.001), (r * 0.97, 0), (r * 1.01, 0.002), (r, 0.005), (r, h - 0.005),
                        (r * 1.015, h - 0.003), (r * 1.015, h)])
        lid = revolve([(r * 1.015, h), (r * 0.97, h), (r * 0.95, h - 0.003), (0, h - 0.003)])
        if rng.random() < 0.3:  # a plastic lid
            lid = revolve([(r * 1.03, h - 0.008), (r * 1.03, h + 0.002), (0, h + 0.003)])
    if rng.random() < 0.18:  # square tin
        s = np.array([between(rng, 0.8, 1.1), between(rng, 0.5, 0.8), 1.0])
        x, y = 2 * r * s[0] * 1.2, 2 * r * s[1] * 1.2
        body = extrude(rounded(x, y, 0.012, 7), h, 0.002)
        lid = extrude(rounded(x * 0.94, y * 0.94, 0.011, 7), 0.002).moved(0, 0, h - 0.0005)
    return [Piece('body', body, pick(rng, 'print', 'print', 'print', 'main')),
            Piece('lid', lid, pick(rng, 'metal', 'metal', 'metal', 'pale', 'second', 'main'))]


def jar(rng: Rng) -> Pieces:
    r, h = between(rng, 0.03, 0.05), between(rng, 0.06, 0.14)
    neck = r * between(rng, 0.7, 0.98)
    line = curve([(r * 0.9, 0), (r, 0.008), (r, h * 0.8), (neck, h * 0.9), (neck, h)], 18)
    cap = between(rng, 0.014, 0.026)
    return [Piece('body', revolve([(0, 0), *map(tuple, line), (0, h)]),
                  pick(rng, 'main', 'print', 'glass')),
            Piece('lid',
                  revolve([(neck * 1.08, h * 0.93), (neck * 1.08, h * 0.93 + cap),
                           (neck, h * 0.93 + cap + 0.002), (0, h * 0.93 + cap + 0.002)]),
                  pick(rng, 'second', 'second', 'metal', 'pale'))]


def bottle(rng: Rng) -> Pieces:
    kind = rng.integers(4)
    r, h = between(rng, 0.026, 0.042), between(rng, 0.15, 0.26)
    neck = between(rng, 0.010, 0.016)
    if kind == 0:  # flat sided, as mustard and shampoo are
        line = curve([(r, 0), (r * 1.05, 0.01), (r * between(rng, 0.85, 1.0), h * 0.5),
                      (r, h * 0.72), (neck * 1.4, h * 0.86)], 20)
        body = revolve([(0, 0), *map(tuple, line), (0, h * 0.86)]).scaled(1.25,
                                                                          between(rng, 0.65, 0.85),
                                                                          1)
        tip = revolve([(neck * 1.4, h * 0.85), (neck * 1.3, h * 0.93), (0.004, h * 0.965),
                       (0.003, h), (0, h)])
        return [Piece('body', body, pick(rng, 'main', 'print')),
                Piece('cap', tip, pick(rng, 'second', 'main', 'pale'))]
    shoulder = h * between(rng, 0.55, 0.75)
    waist = r * (1 - (between(rng, 0, 0.18) if kind == 1 else 0))
    line = curve([(r * 0.93, 0), (r, 0.006), (waist, shoulder * 0.5), (r, shoulder * 0.95),
                  (neck * 1.5, h * 0.86), (neck, h * 0.9), (neck, h * 0.95)], 24)
    body = revolve([(0, 0), *map(tuple, line)])
    cap_h = between(rng, 0.015, 0.035)
    cap = revolve([(neck * 1.25, h * 0.94), (neck * 1.25, h * 0.94 + cap_h),
                   (neck, h * 0.94 + cap_h + 0.002), (0, h * 0.94 + cap_h + 0.002)])
    pieces = [Piece('body', body, pick(rng, 'main', 'main', 'print', 'glass')),
              Piece('cap', cap, pick(rng, 'second', 'second', 'pale', 'dark'))]
    if rng.random() < 0.5:
        low, high = shoulder * between(rng, 0.2, 0.35), shoulder * between(rng, 0.7, 0.9)
        pieces.append(Piece('label',
                            revolve([(max(r, waist) * 1.012, low), (max(r, waist) * 1.012, high)]),
                            'print'))
    return pieces


def spray_bottle(rng: Rng) -> Pieces:
    r, h = between(rng, 0.03, 0.04), between(rng, 0.14, 0.19)
    line = curve([(r, 0), (r * 1.02, 0.01), (r, h * 0.45), (r * between(rng, 0.6, 0.8), h * 0.65),
                  (0.014, h * 0.85), (0.013, h * 0.95)], 22)
    body = revolve([(0, 0), *map(tuple, line)]).scaled(1.1, 0.8, 1)
    head = slab(0.075, 0.026, 0.024, 0.008).moved(-0.012, 0, h + 0.012)
    nozzle = rod((-0.045, 0, h + 0.026), (-0.062, 0, h + 0.026), 0.008)
    trigger = tube(curve([(-0.03, 0, h + 0.016), (-0.04, 0, h - 0.008), (-0.034, 0, h - 0.035)],
                         10), 0.005, 10)
    neck = rod((0, 0, h * 0.93), (0, 0, h + 0.016), 0.016)
    return [Piece('body', body, pick(rng, 'main', 'print')),
            Piece('nozzle', join([head, nozzle, neck]), pick(rng, 'second', 'pale', 'dark')),
            Piece('trigger', trigger, pick(rng, 'second', 'red', 'dark'))]


def pitcher(rng: Rng) -> Pieces:
    r, h = between(rng, 0.045, 0.062), between(rng, 0.13, 0.21)
    line = [tuple(p)
            for p in curve([(r * 0.9, 0), (r, 0.01), (r * between(rng, 0.95, 1.1), h * 0.4),
                            (r * between(rng, 0.75, 1.0), h * 0.85),
                            (r * between(rng, 0.85, 1.05), h)], 18)]
    outside, inside = shell(line, 0.003, 0.006)
    top = line[-1][0]
    spout = tube(curve([(-top * 0.75, 0, h * 0.88), (-top * 1.05, 0, h * 0.97),
                        (-top * 1.22, 0, h * 1.01)], 8), np.linspace(0.02, 0.011, 8), 12, 0.6)
    handle = loop(top * 0.97, h * 0.2, h * 0.85, between(rng, 0.035, 0.055),
                  between(rng, 0.007, 0.010), 1.3, 0.7)
    pieces = [Piece('body', outside, 'main'), Piece('body', inside, 'main'),
              Piece('spout', spout, 'main'),
              Piece('handle', handle, pick(rng, 'main', 'main', 'second'))]
    if rng.random() < 0.5:
        pieces.append(Piece('lid',
                            revolve([(top * 1.02, h), (top * 1.02, h + 0.006),
                                     (top * 0.5, h + 0.012), (0, h + 0.013)]),
                            pick(rng, 'main', 'second', 'pale')))
    return pieces


def teapot(rng: Rng) -> Pieces:
    r = between(rng, 0.055, 0.07)
    h = r * between(rng, 1.2, 1.6)
    line = [tuple(p)
            for p in curve([(r * 0.55, 0), (r * 0.95, h * 0.25), (r, h * 0.5), (r * 0.75, h * 0.9),
                            (r * 0.5, h)], 18)]
    body = revolve([(0, 0), *line, (0, h)])
    lid = join([revolve([(r * 0.52, h * 0.99), (r * 0.45, h + 0.012), (0, h + 0.018)]),
                ellipsoid(0.009, 0.009, 0.009).moved(0, 0, h + 0.024)])
    spout = tube(curve([(-r * 0.8, 0, h * 0.35), (-r * 1.25, 0, h * 0.5), (-r * 1.45, 0, h * 0.85),
                        (-r * 1.6, 0, h * 0.98)], 14), np.linspace(0.016, 0.007, 14), 12)
    handle = loop(r * 0.85, h * 0.2, h * 0.85, r * 0.65, 0.0065, 1.1, 0.3)
    return [Piece('body', body, pick(rng, 'main', 'print')),
            Piece('lid', lid, pick(rng, 'main', 'main', 'second')), Piece('spout', spout, 'main'),
            Piece('handle', handle, pick(rng, 'main', 'main', 'second', 'dark'))]


def pan(rng: Rng) -> Pieces:
    r, h = between(rng, 0.075, 0.115), between(rng, 0.025, 0.07)
    outside, inside = shell(taper(r * between(rng, 0.75, 0.98), r, h), 0.003, 0.004)
    length = between(rng, 0.11, 0.17)
    handle = tube(curve([(r * 0.95, 0, h * 0.75), (r + length * 0.3, 0, h * 0.95),
                         (r + length, 0, h * between(rng, 0.9, 1.3))], 12),
                  np.linspace(0.007, 0.011, 12), 12, 0.65)
    return [Piece('bowl', outside, 'main'),
            Piece('bowl', inside, pick(rng, 'main', 'dark', 'metal')),
            Piece('handle', handle, pick(rng, 'dark', 'second', 'wood', 'metal'))]


def shaker(rng: Rng) -> Pieces:
    r, h = between(rng, 0.016, 0.026), between(rng, 0.07, 0.12)
    top = h * between(rng, 0.68, 0.82)
    body = revolve([(0, 0), (r, 0), (r * between(rng, 0.85, 1.0), top), (0, top)])
    lid = revolve([(r * 1.02, top), (r * 1.02, top + (h - top) * 0.6), (r * 0.8, h),
                   (0, h + 0.002)])
    return [Piece('body', body, pick(rng, 'main', 'print', 'glass')),
            Piece('lid', lid, pick(rng, 'second', 'metal', 'dark', 'red'))]


def container(rng: Rng) -> Pieces:
    x, y, h = between(rng, 0.08, 0.17), between(rng, 0.06, 0.12), between(rng, 0.035, 0.10)
    corner = between(rng, 0.008, 0.028)
    outline = circle(x / 2, 36) if rng.random() < 0.35 else rounded(x, y, corner, 6)
    body = extrude(outline * 0.97, h, 0.003)
    lid_h = between(rng, 0.008, 0.02)
    lid = extrude(outline * 1.02, lid_h, 0.003).moved(0, 0, h - lid_h * 0.3)
    return [Piece('body', body, pick(rng, 'main', 'main', 'print', 'glass')),
            Piece('lid', lid, pick(rng, 'second', 'main', 'pale', 'second'))]
