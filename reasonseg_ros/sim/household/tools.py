# SPDX-License-Identifier: Apache-2.0
"""Tools, writing tools and cutlery. Builders as `things` describes them."""

import numpy as np

from reasonseg_ros.sim.household.meshes import (
    Mesh,
    circle,
    curve,
    ellipsoid,
    extrude,
    join,
    revolve,
    slab,
    tube,
)
from reasonseg_ros.sim.household.pieces import Piece, Pieces, Rng, between, ground, lay, pick, rod


def drill(rng: Rng) -> Pieces:
    r, length = between(rng, 0.026, 0.034), between(rng, 0.12, 0.16)
    drop = between(rng, 0.10, 0.13)
    top = drop + 0.05
    motor = revolve([(0, -length * 0.5), (r * 0.8, -length * 0.5), (r, -length * 0.38),
                     (r, length * 0.25), (r * 0.75, length * 0.42), (0, length * 0.42)])
    motor = motor.turned('y', 90)
    collar = revolve([(0, 0), (r * 0.72, 0), (r * 0.7, 0.02), (r * 0.45, 0.04), (0.006, 0.055),
                      (0, 0.055)]).turned('y', 90).moved(length * 0.42, 0, 0)
    bit = rod((length * 0.42 + 0.05, 0, 0), (length * 0.42 + between(rng, 0.06, 0.12), 0, 0), 0.003)
    grip = tube(curve([(-length * 0.22, 0, 0), (-length * 0.27, 0, -drop * 0.5),
                       (-length * 0.3, 0, -drop)], 12), np.linspace(0.021, 0.018, 12), 16, 0.75)
    battery = slab(0.085, 0.055, between(rng, 0.03, 0.045), 0.005).moved(-length * 0.22, 0,
                                                                         -drop - 0.038)
    trigger = slab(0.012, 0.014, 0.028, 0.003).moved(-length * 0.22 + 0.024, 0, -0.05)
    pieces = [Piece('body', motor), Piece('chuck', join([collar, bit]), pick(rng, 'dark', 'metal')),
              Piece('handle', grip, pick(rng, 'dark', 'main', 'second')),
              Piece('battery', battery, pick(rng, 'dark', 'second', 'main')),
              Piece('trigger', trigger, pick(rng, 'red', 'dark', 'second'))]
    pieces = [Piece(p.part, p.mesh.moved(0, 0, top - 0.01), p.paint) for p in pieces]
    return lay(pieces, 'x', 90) if rng.random() < 0.6 else pieces


def hammer(rng: Rng) -> Pieces:
    length = between(rng, 0.2, 0.3)
    handle = tube(np.linspace((0, 0, 0), (0, length, 0), 10), np.linspace(0.014, 0.010, 10), 14,
                  1.3)
    face = revolve([(0, 0), (0.015, 0), (0.015, 0.02), (0.01, 0.03)]).turned('y', -90)
    head = [rod((-0.045, length, 0), (0.03, length, 0), 0.013), face.moved(0.062, length, 0)]
    claw = tube(curve([(-0.04, length, 0), (-0.065, length - 0.006, 0),
                       (-0.085, length - 0.025, 0)], 10), np.linspace(0.012, 0.004, 10), 12, 1.5)
    return ground([Piece('handle', handle, pick(rng, 'main', 'main', 'wood')),
                   Piece('head', join([*head, claw]), pick(rng, 'metal', 'metal', 'dark'))])


def screwdriver(rng: Rng) -> Pieces:
    grip, shaft = between(rng, 0.07, 0.11), between(rng, 0.07, 0.14)
    r = between(rng, 0.011, 0.017)
    handle = revolve([tuple(p)
                      for p in curve([(0, 0), (r, 0.006), (r * 0.85, grip * 0.3), (r, grip * 0.6),
                                      (r * 0.7, grip * 0.85), (r * 0.5, grip), (0, grip)], 22)], 14)
    pieces = [Piece('handle', handle),
              Piece('shaft', rod((0, 0, grip), (0, 0, grip + shaft), between(rng, 0.0025, 0.004)),
                    'metal')]
    return lay(pieces, 'x', 90)


def scissors(rng: Rng) -> Pieces:
    length, spread = between(rng, 0.08, 0.12), between(rng, 4, 16)
    blades, handles = [], []
    for side in (1, -1):
        blade = extrude(np.array([(-0.007, 0), (0.007, 0), (0.006, length * 0.6), (0.0005, length),
                                  (-0.006, length * 0.5)]), 0.0025)
        blades.append(blade.turned('z', side * spread).moved(0, 0, 0.0025 * (side + 1)))
        ring = between(rng, 0.017, 0.023)
        angle = np.linspace(0, 2 * np.pi, 26)
        eye = tube(np.stack([ring * np.cos(angle), ring * 1.25 * np.sin(angle), np.zeros(26)], -1),
                   0.005, 10)
        shank = rod((0, 0.005, 0), (0.012, -0.035, 0), 0.005)
        for m in (eye.moved(0.012 + ring, -0.035 - ring * 0.9, 0), shank):
            handles.append((m if side > 0 else m.mirrored()).moved(0, 0, 0.005))
    return ground([Piece('blades', join(blades), 'metal'), Piece('handles', join(handles))])


def wrench(rng: Rng) -> Pieces:
    length, w = between(rng, 0.12, 0.2), between(rng, 0.012, 0.018)
    handle = slab(length, w, 0.006, 0.002)
    angle = np.linspace(0, 2 * np.pi, 24)
    ring = tube(np.stack([w * np.cos(angle), w * np.sin(angle), np.full(24, 0.003)], -1), 0.0055,
                10).moved(-length / 2 - w * 0.8, 0, 0)
    angle = np.linspace(0.8, 2 * np.pi - 0.8, 20)
    jaw = tube(np.stack([w * np.cos(angle), w * np.sin(angle), np.full(20, 0.003)], -1), 0.0062,
               10).moved(length / 2 + w * 0.8, 0, 0)
    paint = pick(rng, 'metal', 'metal', 'main')
    return ground([Piece('handle', handle, paint), Piece('head', join([ring, jaw]), paint)])


def pliers(rng: Rng) -> Pieces:
    spread = between(rng, 5, 14)
    jaws: list[Mesh] = []
    grips: list[Mesh] = []
    for side in (1, -1):
        jaw = extrude(np.array([(0, -0.012), (0.011, -0.008), (0.007, 0.03), (0.002, 0.045),
                                (0, 0.045)]), 0.009)
        grip = tube(curve([(0.004, -0.008, 0.0045), (0.014, -0.04, 0.0045), (0.017, -0.085, 0.0045),
                           (0.012, -0.125, 0.0045)], 16), 0.0068, 12)
        for mesh, into in ((jaw, jaws), (grip, grips)):
            m = mesh.turned('z', -spread)
            into.append(m if side > 0 else m.mirrored())
    return ground([Piece('jaws', join(jaws), pick(rng, 'metal', 'dark')),
                   Piece('handles', join(grips))])


def clamp(rng: Rng) -> Pieces:
    spread = between(rng, 6, 14)
    jaws: list[Mesh] = []
    grips: list[Mesh] = []
    for side in (1, -1):
        arm = tube(curve([(0.005, 0, 0.008), (0.02, 0.035, 0.008), (0.012, 0.062, 0.008),
                          (0.003, 0.078, 0.008)], 14), np.linspace(0.011, 0.007, 14), 12, 0.8)
        grip = tube(curve([(0.004, 0, 0.008), (0.014, -0.035, 0.008), (0.024, -0.075, 0.008)], 12),
                    np.linspace(0.011, 0.013, 12), 12, 0.8)
        for mesh, into in ((arm, jaws), (grip, grips)):
            m = mesh.turned('z', -spread)
            into.append(m if side > 0 else m.mirrored())
    spring = extrude(circle(0.013, 20), 0.016, 0.002)
    return ground([Piece('jaws', join(jaws), pick(rng, 'dark', 'main')),
                   Piece('handles', join(grips), 'main'),
                   Piece('spring', spring, pick(rng, 'metal', 'dark', 'second'))])


def tape(rng: Rng) -> Pieces:
    r, w = between(rng, 0.035, 0.055), between(rng, 0.018, 0.05)
    hole = r * between(rng, 0.6, 0.78)
    roll = revolve([(hole, 0), (r, 0), (r, w), (hole, w), (hole, 0)])
    core = revolve([(hole, w), (hole * 0.94, w), (hole * 0.94, 0), (hole, 0)])
    pieces = [Piece('roll', roll), Piece('core', core, pick(rng, 'pale', 'wood', 'second'))]
    return pieces if rng.random() < 0.7 else lay(pieces, 'x', 90)


def marker(rng: Rng) -> Pieces:
    r, length = between(rng, 0.006, 0.010), between(rng, 0.11, 0.15)
    split = length * between(rng, 0.58, 0.7)
    body = revolve([(0, 0), (r * 0.9, 0), (r * 0.95, split), (0, split)], 20)
    cap = revolve([(r, split - 0.002), (r * 1.02, length * 0.97), (r * 0.8, length), (0, length)],
                  20)
    return lay([Piece('body', body, pick(rng, 'main', 'main', 'pale', 'print')),
                Piece('cap', cap, 'main')], 'x', 90)


def pen(rng: Rng) -> Pieces:
    r, length = between(rng, 0.0038, 0.0055), between(rng, 0.12, 0.15)
    body = revolve([(0, 0), (0.0008, 0), (r, 0.016), (r, length), (0, length)], 14)
    clip = rod((r, 0, length - 0.04), (r, 0, length - 0.002), 0.0016)
    tip = revolve([(0, -0.004), (0.0012, 0.001), (0.001, 0.003)], 12)
    return lay([Piece('body', body), Piece('clip', clip, pick(rng, 'metal', 'second')),
                Piece('tip', tip, 'metal')], 'x', 90)


def brush(rng: Rng) -> Pieces:
    length, w = between(rng, 0.11, 0.16), between(rng, 0.02, 0.05)
    handle = tube(np.linspace((0, -length, 0), (0, 0, 0), 12),
                  np.interp(np.linspace(0, 1, 12), [0, 0.6, 1], [0.009, 0.007, w * 0.42]), 14, 0.5)
    ferrule = slab(w, 0.022, 0.012, 0.002).moved(0, 0.008, -0.006)
    hair = slab(w * 0.98, between(rng, 0.03, 0.05), 0.013, 0.004).moved(0, 0.04, -0.0065)
    return ground([Piece('handle', handle, pick(rng, 'main', 'main', 'wood')),
                   Piece('handle', ferrule, 'metal'),
                   Piece('bristles', hair, pick(rng, 'dark', 'pale', 'wood'))])


def fork(rng: Rng) -> Pieces:
    return _cutlery(rng, 'fork')


def knife(rng: Rng) -> Pieces:
    return _cutlery(rng, 'knife')


def spoon(rng: Rng) -> Pieces:
    return _cutlery(rng, 'spoon')


def spatula(rng: Rng) -> Pieces:
    return _cutlery(rng, 'spatula')


def _cutlery(rng: Rng, kind: str) -> Pieces:
    length = between(rng, 0.1, 0.14) * (1.5 if kind == 'spatula' else 1)
    paint = pick(rng, 'metal', 'metal', 'metal', 'main') if kind != 'spatula' else pick(rng, 'main',
                                                                                        'main',
                                                                                        'dark',
                                                                                        'metal')
    grip = pick(rng, paint, paint, 'second', 'dark', 'wood')
    handle = tube(curve([(0, -length, 0.003), (0, -length * 0.5, 0.006), (0, 0, 0.005)], 14),
                  np.linspace(0.0075, 0.004, 14), 12, 0.4)
    if kind == 'spoon':
        head, part = ellipsoid(0.018, 0.027, 0.005).moved(0, 0.025, 0.005), 'bowl'
    elif kind == 'fork':
        tines = [tube(np.linspace((x, 0.02, 0.006), (x, 0.06, 0.004), 5), 0.0016, 8)
                 for x in np.linspace(-0.0085, 0.0085, int(rng.integers(3, 5)))]
        head, part = join([slab(0.021, 0.026, 0.0025, 0.001).moved(0, 0.012, 0.004),
                           *tines]), 'tines'
    elif kind == 'knife':
        blade = np.array([(-0.002, 0), (0.012, 0.004), (0.015, length * 0.6),
                          (0.008, length * 0.95), (-0.002, length)])
        head, part = extrude(blade, 0.0016).moved(-0.005, 0, 0.004), 'blade'
    else:
        part = 'blade'
        head = slab(between(rng, 0.05, 0.08), between(rng, 0.07, 0.1), 0.003, 0.001)
        head = head.moved(0, 0.045, 0.003)
    return ground([Piece('handle', handle, grip), Piece(part, head, paint)])
