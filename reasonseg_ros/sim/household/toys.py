# SPDX-License-Identifier: Apache-2.0
"""Toys. Builders as `things` describes them."""

import numpy as np

from reasonseg_ros.sim.household.meshes import (
    circle,
    curve,
    ellipsoid,
    extrude,
    join,
    revolve,
    slab,
    tube,
)
from reasonseg_ros.sim.household.pieces import Piece, Pieces, Rng, between, pick


def ball(rng: Rng) -> Pieces:
    r = between(rng, 0.022, 0.055)
    return [Piece('body', ellipsoid(r, r, r, 36).moved(0, 0, r),
                  pick(rng, 'main', 'main', 'print'))]


def block(rng: Rng) -> Pieces:
    x = between(rng, 0.025, 0.06)
    shape = rng.integers(4)
    if shape == 0:
        mesh = slab(x, x, x, 0.002)
    elif shape == 1:
        mesh = slab(x * between(rng, 1.5, 3), x, x * between(rng, 0.5, 1), 0.002)
    elif shape == 2:
        mesh = extrude(circle(x / 2), x * between(rng, 0.6, 1.5), 0.002)
    else:
        mesh = extrude(np.array([(-x / 2, -x / 2), (x / 2, -x / 2), (0, x / 2)]) * 1.2, x, 0.002)
    return [Piece('body', mesh, pick(rng, 'main', 'main', 'wood', 'print'))]


def brick(rng: Rng) -> Pieces:
    nx, ny, pitch = int(rng.integers(2, 6)), int(rng.integers(1, 4)), between(rng, 0.014, 0.024)
    h = pitch * between(rng, 0.9, 1.3)
    stud = extrude(circle(pitch * 0.32, 16), pitch * 0.22, 0.0008)
    studs = [stud.moved((i - (nx - 1) / 2) * pitch, (j - (ny - 1) / 2) * pitch, h)
             for i in range(nx) for j in range(ny)]
    return [Piece('body', slab(nx * pitch, ny * pitch, h, 0.001)), Piece('studs', join(studs))]


def toy_car(rng: Rng) -> Pieces:
    x, y = between(rng, 0.08, 0.14), between(rng, 0.035, 0.055)
    r = y * between(rng, 0.22, 0.3)
    body = slab(x, y, r * 1.5, 0.006).moved(0, 0, r * 0.7)
    cabin = slab(x * between(rng, 0.4, 0.55), y * 0.86, r * 1.5, 0.006).moved(-x * 0.05, 0, r * 2.0)
    wheel = extrude(circle(r, 20), y * 0.16, 0.001).turned('x', 90)
    wheels = [wheel.moved(sx * x * 0.3, sy * y / 2 + y * 0.08, r) for sx in (1, -1)
              for sy in (1, -1)]
    return [Piece('body', body), Piece('cabin', cabin, pick(rng, 'main', 'second', 'dark')),
            Piece('wheels', join(wheels), 'dark')]


def figure(rng: Rng) -> Pieces:
    h = between(rng, 0.07, 0.14)
    body = revolve([tuple(p)
                    for p in curve([(h * 0.2, 0), (h * 0.26, h * 0.2), (h * 0.2, h * 0.5),
                                    (h * 0.08, h * 0.62)], 14)])
    head = ellipsoid(h * 0.19, h * 0.18, h * 0.19).moved(0, 0, h * 0.78)
    ears = [ellipsoid(h * 0.07, h * 0.03, h * 0.07 * between(rng, 1, 2.2)).moved(s * h * 0.13, 0,
                                                                                 h * 0.95)
            for s in (1, -1)]
    arms = [tube(curve([(s * h * 0.17, 0, h * 0.5), (s * h * 0.3, -h * 0.05, h * 0.4),
                        (s * h * 0.28, -h * 0.15, h * 0.3)], 8), h * 0.055, 10) for s in (1, -1)]
    return [Piece('body', join([body, *arms])),
            Piece('head', join([head, *ears]), pick(rng, 'main', 'pale', 'second'))]
