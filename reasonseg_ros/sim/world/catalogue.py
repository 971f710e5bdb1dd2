# SPDX-License-Identifier: Apache-2.0
"""What can lie on the table, in words: categories, parts, colours, and which pairs are held out.

Words only. Shapes are in `sim.world.shapes`, sentences in `sim.language.phrases`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """A kind of object.

    parts     named parts; together they cover the whole object
    synonyms  other nouns that people use
    uses      what it is for, completing "something to ..." and "what you would ... with"
    """

    name: str
    parts: tuple[str, ...]
    synonyms: tuple[str, ...]
    uses: tuple[str, ...]


CATEGORIES: tuple[Category, ...] = (
    Category('remote', ('body', 'red button', 'keypad'),
             ('remote control', 'controller', 'clicker'),
             ('change the channel', 'switch the tv on', 'control the tv')),
    Category('mug', ('body', 'handle'), ('cup', 'coffee mug', 'tea cup'),
             ('drink coffee from', 'drink from', 'hold a hot drink')),
    Category('bottle', ('body', 'cap'), ('water bottle', 'flask', 'drinking bottle'),
             ('store water', 'carry water', 'keep a drink in')),
    Category('pan', ('bowl', 'handle'), ('frying pan', 'skillet', 'saucepan'),
             ('fry an egg', 'cook on the stove', 'fry food in')),
    Category('lamp', ('base', 'stem', 'shade', 'switch'), ('desk lamp', 'light', 'table lamp'),
             ('light the room', 'read at night', 'see in the dark')),
    Category('drawer', ('body', 'front', 'knob'), ('cabinet', 'drawer box', 'chest'),
             ('keep small things in', 'put things away', 'store socks')),
    Category('laptop', ('screen', 'keyboard'), ('computer', 'notebook', 'notebook computer'),
             ('write an email', 'browse the web', 'type a report')),
    Category('hammer', ('head', 'handle'), ('mallet', 'claw hammer', 'sledge'),
             ('drive a nail', 'hit a nail', 'knock things in')),
    Category('scissors', ('blades', 'handles'), ('shears', 'pair of scissors', 'clippers'),
             ('cut paper', 'cut a ribbon', 'trim cloth')),
    Category('teapot', ('body', 'lid', 'spout', 'handle'), ('tea pot', 'kettle', 'tea kettle'),
             ('pour tea', 'brew tea', 'serve tea')),
    Category('banana', ('body', 'stem'), ('plantain', 'banana fruit', 'yellow fruit'),
             ('peel and eat', 'feed a monkey', 'put in a smoothie')),
    Category('apple', ('body', 'stem', 'leaf'), ('apple fruit', 'round fruit', 'orchard fruit'),
             ('bake a pie', 'bite into', 'make cider')),
    Category('screwdriver', ('shaft', 'handle'), ('driver', 'screw driver', 'turnscrew'),
             ('tighten a screw', 'turn a screw', 'loosen a screw')),
    Category('camera', ('body', 'lens', 'shutter'), ('photo camera', 'digital camera', 'kodak'),
             ('take a picture', 'take a photo', 'photograph people')),
    Category('brush', ('handle', 'bristles'), ('paint brush', 'paintbrush', 'painter brush'),
             ('paint a wall', 'spread paint', 'paint a fence')),
)

BY_NAME = {category.name: category for category in CATEGORIES}
PART_NAMES = tuple(sorted({part for c in CATEGORIES for part in c.parts}))
PART_SYNONYMS = {
    'red button': ('power button', 'button'),
    'keypad': ('number pad', 'keys'),
    'cap': ('top', 'bottle top'),
    'shade': ('lampshade', 'lamp shade'),
    'switch': ('toggle',),
    'stem': ('stalk',),
    'knob': ('pull',),
    'screen': ('display', 'monitor'),
    'blades': ('blade', 'cutting edges'),
    'handles': ('grips', 'finger rings'),
    'spout': ('nozzle',),
    'lid': ('cover',),
    'handle': ('grip', 'holder'),
    'shaft': ('rod',),
    'shutter': ('shutter button', 'release button'),
    'lens': ('objective',),
    'bristles': ('hair', 'brush hair'),
    'head': ('hammer head',),
    'leaf': ('small leaf',),
    'base': ('foot',),
    'front': ('drawer front',),
    'keyboard': ('keys of the laptop',),
    'bowl': ('cooking surface',),
    'body': ('main body',),
}

COLOURS: dict[str, tuple[float, float, float]] = {
    'red': (0.80, 0.10, 0.10),
    'orange': (0.93, 0.47, 0.08),
    'yellow': (0.92, 0.80, 0.15),
    'green': (0.15, 0.55, 0.20),
    'blue': (0.12, 0.28, 0.75),
    'purple': (0.48, 0.18, 0.62),
    'white': (0.92, 0.92, 0.90),
    'black': (0.08, 0.08, 0.09),
}

SPLITS = ('train', 'val', 'test')


def colours_of(category: str, split: str) -> tuple[str, ...]:
    """Colours that `category` may have in `split`.

    Two of the eight colours of each category are held out, one for val and one for test, shifted
    from category to category; so the model has seen every category and every colour, but never
    these pairs. Val and test scenes also use the training pairs.
    """
    names = tuple(COLOURS)
    index = [c.name for c in CATEGORIES].index(category)
    val, test = names[(3 * index + 1) % 8], names[(3 * index + 5) % 8]
    train = tuple(n for n in names if n not in (val, test))
    return {'train': train, 'val': (val, *train), 'test': (test, *train)}[split]


def held_out(category: str, split: str) -> str | None:
    """Colour that only `split` has for `category`; None for train."""
    return None if split == 'train' else colours_of(category, split)[0]
