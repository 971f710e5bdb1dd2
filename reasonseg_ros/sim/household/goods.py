# SPDX-License-Identifier: Apache-2.0
"""Groceries and other small goods: fruit, packages, a book, a sponge.

Builders as `things` describes them.
"""

import numpy as np

from reasonseg_ros.sim.household.meshes import (
    Mesh,
    arc,
    curve,
    ellipsoid,
    grid,
    join,
    revolve,
    slab,
    tube,
)
from reasonseg_ros.sim.household.pieces import Piece, Pieces, Rng, between, ground, pick, rod


def banana(rng: Rng) -> Pieces:
    bend, length = between(rng, 60, 110), between(rng, 0.15, 0.2)
    radius = length / np.radians(bend)
    path = arc(radius, 90 - bend / 2, 90 + bend / 2, 26)
    path = np.stack([path[:, 0], path[:, 2] - radius, np.zeros(26)], -1)
    thick = np.interp(np.linspace(0, 1, 26), [0, 0.06, 0.25, 0.7, 0.92, 1],
                      [0.004, 0.009, 0.0175, 0.0175, 0.008, 0.0045]) * between(rng, 0.9, 1.1)
    stem = tube(path[-1] + np.linspace(0, 1, 6)[:, None] * (path[-1] - path[-3]) * 1.6,
                np.linspace(0.0048, 0.0055, 6), 10)
    return ground([Piece('body', tube(path, thick, 7)),
                   Piece('stem', stem, pick(rng, 'wood', 'dark', 'main'))])


def apple(rng: Rng) -> Pieces:
    return _fruit(rng, between(rng, 0.032, 0.042),
                  [(0.001, 0.12), (0.45, 0), (0.95, 0.6), (1.0, 1.05), (0.7, 1.6), (0.3, 1.68),
                   (0.001, 1.45)], True)


def pear(rng: Rng) -> Pieces:
    return _fruit(rng, between(rng, 0.03, 0.038),
                  [(0.001, 0.1), (0.5, 0), (1.0, 0.7), (0.9, 1.3), (0.5, 2.0), (0.42, 2.45),
                   (0.001, 2.6)], True)


def orange(rng: Rng) -> Pieces:
    r = between(rng, 0.032, 0.042)
    return [Piece('body', ellipsoid(r, r, r * between(rng, 0.92, 1.0), 32).moved(0, 0, r))]


def lemon(rng: Rng) -> Pieces:
    r = between(rng, 0.025, 0.031)
    mesh = revolve([tuple(p)
                    for p in curve([(0.001, -1.45 * r), (0.25 * r, -1.25 * r), (0.85 * r, -0.6 * r),
                                    (r, 0), (0.85 * r, 0.6 * r), (0.25 * r, 1.25 * r),
                                    (0.001, 1.5 * r)], 26)])
    return ground([Piece('body', mesh.turned('y', 90))])


def _fruit(rng: Rng, r: float, profile: list[tuple[float, float]], leaf: bool) -> Pieces:
    body = revolve([tuple(p) for p in curve([(a * r, b * r) for a, b in profile], 26)])
    top = profile[-1][1] * r
    stem = tube(curve([(0, 0, top - 0.004), (0.002, 0, top + 0.006), (0.006, 0, top + 0.013)], 8),
                0.0017, 8)
    pieces = [Piece('body', body), Piece('stem', stem, 'wood')]
    if leaf and rng.random() < 0.5:
        pieces.append(Piece('leaf', ellipsoid(0.014, 0.007, 0.001).moved(0.018, 0, top + 0.010),
                            'leaf'))
    return ground(pieces)


def box(rng: Rng) -> Pieces:
    size = sorted((between(rng, 0.02, 0.075), between(rng, 0.05, 0.13), between(rng, 0.08, 0.22)))
    order = rng.permutation(3) if rng.random() < 0.4 else np.array([1, 0, 2])
    x, y, z = np.array(size)[order]
    return [Piece('body', slab(x, y, z, 0.0012), pick(rng, 'print', 'print', 'print', 'main'))]


def carton(rng: Rng) -> Pieces:
    w, h = between(rng, 0.06, 0.095), between(rng, 0.12, 0.2)
    d = w * between(rng, 0.75, 1.0)
    gable = between(rng, 0.03, 0.05)
    body = slab(w, d, h, 0.0015)
    roof = Mesh(np.array([(-w / 2, -d / 2, h), (w / 2, -d / 2, h), (w / 2, d / 2, h),
                          (-w / 2, d / 2, h), (-w / 2, 0, h + gable), (w / 2, 0, h + gable),
                          (-w / 2, 0, h + gable + 0.016), (w / 2, 0, h + gable + 0.016)]),
                np.array([(0, 1, 5), (0, 5, 4), (2, 3, 4), (2, 4, 5), (3, 0, 4), (1, 2, 5),
                          (4, 5, 7), (4, 7, 6), (5, 4, 6), (5, 6, 7)]))
    pieces = [Piece('body', body, 'print'), Piece('top', roof, pick(rng, 'main', 'print'))]
    if rng.random() < 0.6:
        pieces.append(Piece('cap',
                            rod((0, -d * 0.25, h + gable * 0.4),
                                (0, -d * 0.25 - 0.012, h + gable * 0.4 + 0.018), 0.012),
                            pick(rng, 'second', 'pale', 'red')))
    return pieces


def bag(rng: Rng) -> Pieces:
    w, d, h = between(rng, 0.07, 0.12), between(rng, 0.035, 0.065), between(rng, 0.12, 0.22)
    rows = []
    angle = np.linspace(0, 2 * np.pi, 44, endpoint=False)
    for t in np.linspace(0, 1, 15):
        depth = d * (1 - t ** 3) + 0.003
        bulge = 1 + 0.06 * np.sin(np.pi * t) + 0.02 * rng.standard_normal()
        x = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.4 * w / 2 * bulge
        y = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.4 * depth / 2 * (1
                                                                                 + 0.05
                                                                                 * np.sin(3 * angle
                                                                                          + 5 * t))
        rows.append(np.stack([x, y, np.full_like(x, t * h)], -1))
    rows = [rows[0] * (0, 0, 1), *rows, rows[-1] * (1, 0.2, 1)]
    return [Piece('body', Mesh(np.concatenate(rows), grid(len(rows), 44, True)),
                  pick(rng, 'print', 'print', 'main'))]


def squeeze_tube(rng: Rng) -> Pieces:
    r, h = between(rng, 0.015, 0.024), between(rng, 0.10, 0.17)
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    rows = [np.stack([(r * (1 - t) + r * 1.5 * t) * np.cos(angle),
                      (r * (1 - t) + 0.001 * t) * np.sin(angle), np.full(32, t * h)], -1)
            for t in np.linspace(0, 1, 12)]
    body = Mesh(np.concatenate([rows[0] * (0, 0, 1), *rows]), grid(13, 32, True))
    cap = revolve([(0, -0.022), (r * 0.7, -0.022), (r * 0.75, 0.001), (0, 0.001)])
    lying = [m.turned('y', 90).moved(-h / 2, 0, r) for m in (body, cap)]
    return [Piece('body', lying[0], 'print'), Piece('cap', lying[1], pick(rng, 'second', 'pale'))]


def book(rng: Rng) -> Pieces:
    x, y, z = between(rng, 0.11, 0.17), between(rng, 0.16, 0.24), between(rng, 0.012, 0.045)
    cover = 0.0022
    lower, upper = slab(x, y, cover, 0.0008), slab(x, y, cover, 0.0008).moved(0, 0, z - cover)
    spine = slab(cover, y, z, 0.0008).moved(-x / 2, 0, 0)
    pages = slab(x - 0.007, y - 0.008, z - 2 * cover, 0.0005).moved(-0.002, 0, cover)
    return [Piece('cover', join([lower, upper, spine]), pick(rng, 'print', 'main')),
            Piece('pages', pages, 'pale')]


def sponge(rng: Rng) -> Pieces:
    x, y, z = between(rng, 0.09, 0.12), between(rng, 0.05, 0.075), between(rng, 0.025, 0.045)
    pad = between(rng, 0.006, 0.01)
    return [Piece('sponge', slab(x, y, z, 0.005)),
            Piece('pad', slab(x, y, pad, 0.002).moved(0, 0, z - 0.001),
                  pick(rng, 'second', 'main', 'second'))]
