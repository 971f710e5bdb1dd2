# SPDX-License-Identifier: Apache-2.0
"""Devices with keys, screens and lenses, and furniture that stands on a table.

Builders as `things` describes them.
"""

import numpy as np

from reasonseg_ros.sim.household.meshes import (
    Mesh,
    circle,
    ellipsoid,
    extrude,
    join,
    revolve,
    rounded,
    slab,
)
from reasonseg_ros.sim.household.pieces import Piece, Pieces, Rng, between, pick, rod


def remote(rng: Rng) -> Pieces:
    w, length, h = between(rng, 0.038, 0.055), between(rng, 0.13, 0.2), between(rng, 0.014, 0.022)
    key = slab(0.006, 0.0065, 0.003, 0.001)
    keys = [key.moved(x * w * 0.27, -length * 0.4 + j * 0.0135, h - 0.001) for x in (-1, 0, 1)
            for j in range(int(length * 0.6 / 0.0135))]
    return [Piece('body', slab(w, length, h, 0.004), pick(rng, 'main', 'main', 'dark')),
            Piece('keypad', join(keys), pick(rng, 'pale', 'second', 'dark')),
            Piece('red button',
                  extrude(circle(w * 0.16, 20), 0.004, 0.001).moved(-w * 0.22, length * 0.42,
                                                                    h - 0.001), 'red')]


def phone(rng: Rng) -> Pieces:
    w, length, h = between(rng, 0.065, 0.078), between(rng, 0.135, 0.162), between(rng, 0.007,
                                                                                   0.010)
    body = extrude(rounded(w, length, 0.009, 6), h, 0.0015)
    screen = extrude(rounded(w * 0.93, length * 0.94, 0.007, 6), 0.0006).moved(0, 0, h - 0.0002)
    if rng.random() < 0.3:
        lens = [extrude(circle(0.006, 16), 0.002).moved(-w * 0.25, length * 0.38 - 0.017 * i, h)
                for i in range(2)]
        return [Piece('body', body, 'main'), Piece('lens', join(lens), 'dark')]
    return [Piece('body', body, pick(rng, 'main', 'dark')), Piece('screen', screen, 'dark')]


def keyboard(rng: Rng) -> Pieces:
    x, y, h = between(rng, 0.28, 0.40), between(rng, 0.11, 0.14), between(rng, 0.012, 0.02)
    pitch = 0.019
    nx, ny = int((x - 0.015) / pitch), int((y - 0.015) / pitch)
    key = slab(pitch * 0.84, pitch * 0.84, 0.005, 0.0015, 8)
    keys = [key.moved((i - (nx - 1) / 2) * pitch, (j - (ny - 1) / 2) * pitch, h - 0.001)
            for i in range(nx) for j in range(ny)]
    return [Piece('body', slab(x, y, h, 0.003), pick(rng, 'main', 'dark')),
            Piece('keys', join(keys), pick(rng, 'dark', 'pale', 'main'))]


def mouse(rng: Rng) -> Pieces:
    x, y, z = between(rng, 0.054, 0.066), between(rng, 0.095, 0.12), between(rng, 0.03, 0.04)
    shell = ellipsoid(x / 2, y / 2, z, 32)
    keep = np.maximum(shell.vertices, (-9, -9, 0.0))
    wheel = extrude(circle(0.009, 18), 0.006).turned('y', 90).moved(-0.003, y * 0.26, z * 0.83)
    return [Piece('body', Mesh(keep, shell.faces), pick(rng, 'main', 'dark', 'main')),
            Piece('wheel', wheel, pick(rng, 'dark', 'metal', 'second'))]


def laptop(rng: Rng) -> Pieces:
    x, y = between(rng, 0.28, 0.35), between(rng, 0.19, 0.24)
    base = slab(x, y, 0.014, 0.003)
    nx, ny = 13, 5
    key = slab(x * 0.055, y * 0.075, 0.003, 0.001, 8)
    keys = [key.moved((i - 6) * x * 0.066, y * (0.02 + 0.095 * j), 0.0125) for i in range(nx)
            for j in range(ny)]
    lid = slab(x, 0.007, y, 0.002)
    glassy = slab(x * 0.94, 0.001, y * 0.9, 0.0004).moved(0, -0.004, y * 0.05)
    angle = between(rng, 5, 35)
    up = [m.turned('x', -angle).moved(0, y / 2, 0.012) for m in (lid, glassy)]
    return [Piece('keyboard', base, pick(rng, 'main', 'metal')),
            Piece('keyboard', join(keys), 'dark'),
            Piece('screen', up[0], pick(rng, 'main', 'metal')),
            Piece('screen', up[1], pick(rng, 'dark', 'print'))]


def camera(rng: Rng) -> Pieces:
    x, y, z = between(rng, 0.095, 0.13), between(rng, 0.035, 0.05), between(rng, 0.06, 0.08)
    r = z * between(rng, 0.34, 0.42)
    lens = revolve([(0, 0), (r, 0), (r, 0.02), (r * 0.9, between(rng, 0.03, 0.06)), (r * 0.7, 0.03),
                    (0, 0.026)]).turned('x', 90).moved(0.004, -y / 2, z * 0.46)
    return [Piece('body', slab(x, y, z, 0.006), pick(rng, 'main', 'dark', 'main')),
            Piece('lens', lens, pick(rng, 'dark', 'metal')),
            Piece('shutter', extrude(circle(0.007, 18), 0.006, 0.001).moved(x * 0.32, 0, z - 0.001),
                  pick(rng, 'metal', 'red', 'second'))]


def lamp(rng: Rng) -> Pieces:
    h, r = between(rng, 0.22, 0.36), between(rng, 0.05, 0.075)
    top = h * between(rng, 0.25, 0.34)
    base = revolve([(0, 0), (r, 0), (r, 0.008), (r * 0.4, 0.02), (0, 0.022)])
    shade = revolve([(r * 1.25, h - top), (r * between(rng, 0.6, 1.0), h), (r * 0.5, h),
                     (r * 1.2, h - top + 0.002)])
    return [Piece('base', base, pick(rng, 'main', 'second', 'metal', 'wood')),
            Piece('stem', rod((0, 0, 0.01), (0, 0, h - top * 0.5), between(rng, 0.005, 0.011)),
                  pick(rng, 'metal', 'second', 'wood')), Piece('shade', shade, 'main'),
            Piece('switch', extrude(circle(0.006, 14), 0.006).moved(r * 0.65, 0, 0.010),
                  pick(rng, 'dark', 'red', 'pale'))]


def drawer(rng: Rng) -> Pieces:
    x, y, z = between(rng, 0.13, 0.2), between(rng, 0.11, 0.16), between(rng, 0.08, 0.13)
    return [Piece('body', slab(x, y, z, 0.003), pick(rng, 'main', 'wood')),
            Piece('front', slab(x * 0.9, 0.008, z * 0.75, 0.002).moved(0, -y / 2 - 0.002, z * 0.12),
                  pick(rng, 'main', 'second', 'wood')),
            Piece('knob', ellipsoid(0.011, 0.011, 0.011).moved(0, -y / 2 - 0.015, z * 0.5),
                  pick(rng, 'metal', 'dark', 'second'))]
