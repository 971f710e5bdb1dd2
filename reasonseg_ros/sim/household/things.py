# SPDX-License-Identifier: Apache-2.0
"""Every household category, and things without a name, as named parts of meshes.

A builder takes a generator for what varies within its category and returns the pieces of one
object, front towards -y. Does not colour, place or draw them.
"""

from collections.abc import Callable

import numpy as np

from reasonseg_ros.core.scene.inventory import NAMELESS
from reasonseg_ros.sim.household import devices, goods, tools, toys, vessels
from reasonseg_ros.sim.household.meshes import curve, ellipsoid, extrude, revolve, slab, tube
from reasonseg_ros.sim.household.pieces import Piece, Pieces, Rng, between, ground, pick


def unnamed(rng: Rng) -> Pieces:
    """A thing that has no name: a few solids joined at random, never a category of the list."""
    pieces = []
    size = between(rng, 0.03, 0.09)
    for k in range(int(rng.integers(1, 5))):
        s = size * rng.uniform(0.3, 1.0, 3)
        choice = rng.integers(6)
        if choice == 0:
            mesh = slab(2 * s[0], 2 * s[1], 2 * s[2], between(rng, 0.001, 0.01)).moved(0, 0, -s[2])
        elif choice == 1:
            mesh = ellipsoid(*s)
        elif choice == 2:
            mesh = revolve([(0, -s[2]), (s[0], -s[2]), (s[1], s[2]), (0, s[2])])
        elif choice == 3:
            line = curve([(0.001, -s[2]),
                          *((between(rng, 0.15, 1) * s[0], z * s[2]) for z in (-0.6, -0.1, 0.4)),
                          (0.001, s[2])], 20)
            mesh = revolve([(max(r, 0.0005), z) for r, z in line])
        elif choice == 4:
            mesh = tube(curve(rng.uniform(-1, 1, (4, 3)) * s, 20), between(rng, 0.004, 0.015), 12)
        else:
            corners = int(rng.integers(3, 8))
            angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
            if np.diff(angle, append=angle[0] + 2 * np.pi).max() > 3:
                angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
            outline = np.stack([np.cos(angle), np.sin(angle)], -1) * s[:2]
            outline = outline * rng.uniform(0.7, 1, (corners, 1))
            mesh = extrude(outline, 2 * s[2], 0.001).moved(0, 0, -s[2])
        if rng.random() < 0.5:
            mesh = mesh.turned('xyz'[rng.integers(3)], between(rng, 0, 360))
        offset = rng.uniform(-0.6, 0.6, 3) * size * (k > 0)
        pieces.append(Piece('body', mesh.moved(*offset),
                            pick(rng, 'main', 'main', 'print', 'second' if k else 'main',
                                 'dark' if k else 'main', 'metal' if k else 'main')))
    return ground(pieces)


# In the order in which scenes draw them: another order is another scene of the same seed.
BUILDERS: dict[str, Callable[[Rng], Pieces]] = {
    'remote': devices.remote, 'mug': vessels.mug, 'bottle': vessels.bottle, 'pan': vessels.pan,
    'lamp': devices.lamp, 'drawer': devices.drawer, 'laptop': devices.laptop,
    'hammer': tools.hammer, 'scissors': tools.scissors, 'teapot': vessels.teapot,
    'banana': goods.banana, 'apple': goods.apple, 'screwdriver': tools.screwdriver,
    'camera': devices.camera, 'brush': tools.brush, 'bowl': vessels.bowl, 'cup': vessels.cup,
    'plate': vessels.plate, 'can': vessels.can, 'box': goods.box, 'carton': goods.carton,
    'pitcher': vessels.pitcher, 'jar': vessels.jar, 'tube': goods.squeeze_tube,
    'spray bottle': vessels.spray_bottle, 'drill': tools.drill, 'clamp': tools.clamp,
    'marker': tools.marker, 'pen': tools.pen, 'sponge': goods.sponge, 'ball': toys.ball,
    'block': toys.block, 'book': goods.book, 'phone': devices.phone,
    'keyboard': devices.keyboard, 'mouse': devices.mouse, 'glass': vessels.glass,
    'fork': tools.fork, 'knife': tools.knife, 'spoon': tools.spoon, 'spatula': tools.spatula,
    'wrench': tools.wrench, 'pliers': tools.pliers, 'tape': tools.tape, 'orange': goods.orange,
    'lemon': goods.lemon, 'pear': goods.pear, 'toy car': toys.toy_car, 'figure': toys.figure,
    'shaker': vessels.shaker, 'container': vessels.container, 'bag': goods.bag,
    'brick': toys.brick}
# The parts that an object of a category can have, in the order of the alphabet.
PARTS_OF: dict[str, tuple[str, ...]] = {
    'remote': ('body', 'keypad', 'red button'), 'mug': ('body', 'handle'),
    'bottle': ('body', 'cap', 'label'), 'pan': ('bowl', 'handle'),
    'lamp': ('base', 'shade', 'stem', 'switch'), 'drawer': ('body', 'front', 'knob'),
    'laptop': ('keyboard', 'screen'), 'hammer': ('handle', 'head'),
    'scissors': ('blades', 'handles'), 'teapot': ('body', 'handle', 'lid', 'spout'),
    'banana': ('body', 'stem'), 'apple': ('body', 'leaf', 'stem'),
    'screwdriver': ('handle', 'shaft'), 'camera': ('body', 'lens', 'shutter'),
    'brush': ('bristles', 'handle'), 'bowl': ('body',), 'cup': ('body',),
    'plate': ('centre', 'rim'), 'can': ('body', 'lid'), 'box': ('body',),
    'carton': ('body', 'cap', 'top'), 'pitcher': ('body', 'handle', 'lid', 'spout'),
    'jar': ('body', 'lid'), 'tube': ('body', 'cap'), 'spray bottle': ('body', 'nozzle', 'trigger'),
    'drill': ('battery', 'body', 'chuck', 'handle', 'trigger'),
    'clamp': ('handles', 'jaws', 'spring'), 'marker': ('body', 'cap'),
    'pen': ('body', 'clip', 'tip'), 'sponge': ('pad', 'sponge'), 'ball': ('body',),
    'block': ('body',), 'book': ('cover', 'pages'), 'phone': ('body', 'lens', 'screen'),
    'keyboard': ('body', 'keys'), 'mouse': ('body', 'wheel'),
    'glass': ('base', 'body', 'bowl', 'stem'), 'fork': ('handle', 'tines'),
    'knife': ('blade', 'handle'), 'spoon': ('bowl', 'handle'), 'spatula': ('blade', 'handle'),
    'wrench': ('handle', 'head'), 'pliers': ('handles', 'jaws'), 'tape': ('core', 'roll'),
    'orange': ('body',), 'lemon': ('body',), 'pear': ('body', 'leaf', 'stem'),
    'toy car': ('body', 'cabin', 'wheels'), 'figure': ('body', 'head'), 'shaker': ('body', 'lid'),
    'container': ('body', 'lid'), 'bag': ('body',), 'brick': ('body', 'studs')}
PARTS = tuple(sorted({part for parts in PARTS_OF.values() for part in parts}))


def build(category: str, rng: Rng) -> Pieces:
    """Return an object of a category, or a thing without a name, on z = 0 about the z axis."""
    return ground((unnamed if category == NAMELESS else BUILDERS[category])(rng))
