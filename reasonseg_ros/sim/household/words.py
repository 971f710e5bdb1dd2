# SPDX-License-Identifier: Apache-2.0
"""What people call the things of the household world, and what they take for one another.

Data of MR-Tabletop 3, written apart from the tables by which sentences are understood
(`core.language.lexicon`), so that a change there changes no dialogue. Draws no sentence.
"""

from reasonseg_ros.core.scene.inventory import COLOURS, NAMELESS
from reasonseg_ros.sim.dialogues.words import WorldWords
from reasonseg_ros.sim.household.things import BUILDERS, PARTS_OF

LEAST = 45.0    # pixels of a 192x144 map: a pen at arm's length

# Beside the name of the category; a noun fits one category.
_NOUNS = {
    'remote': 'remote control, controller', 'mug': 'coffee mug', 'bottle': 'squeeze bottle',
    'pan': 'frying pan', 'lamp': 'desk lamp', 'drawer': 'cabinet', 'laptop': 'computer',
    'hammer': 'claw hammer', 'scissors': 'pair of scissors, shears', 'teapot': 'kettle',
    'screwdriver': 'screw driver', 'camera': 'digital camera', 'brush': 'paint brush, paintbrush',
    'bowl': 'soup bowl', 'cup': 'tumbler, paper cup', 'plate': 'dinner plate',
    'can': 'tin, tin can', 'box': 'package, cardboard box', 'carton': 'milk carton',
    'pitcher': 'jug', 'jar': 'jam jar', 'tube': 'toothpaste tube', 'spray bottle': 'sprayer',
    'drill': 'power drill', 'clamp': 'spring clamp', 'marker': 'felt pen, felt tip',
    'pen': 'ballpoint', 'sponge': 'scrubber', 'block': 'building block, toy block',
    'book': 'paperback', 'phone': 'smartphone, mobile phone', 'keyboard': 'computer keyboard',
    'mouse': 'computer mouse', 'glass': 'drinking glass', 'fork': 'dinner fork',
    'knife': 'kitchen knife', 'spatula': 'turner', 'wrench': 'spanner',
    'pliers': 'pair of pliers', 'tape': 'roll of tape', 'toy car': 'car',
    'figure': 'figurine', 'shaker': 'pepper shaker, salt shaker',
    'container': 'tub, food container', 'bag': 'pouch, sack'}
# What is no fault to call it, either.
_ALSO = {
    'mug': 'cup, tea mug, coffee cup', 'cup': 'mug, beaker, coffee cup', 'glass': 'cup, wine glass',
    'bottle': 'flask', 'spray bottle': 'bottle, spray can', 'shaker': 'pepper mill, pot',
    'box': 'carton, case, packet', 'carton': 'box, juice carton',
    'container': 'box, lunch box, can', 'drawer': 'box, chest', 'marker': 'pen',
    'pen': 'pencil, marker', 'pitcher': 'carafe',
    'teapot': 'tea pot', 'can': 'soda can, canister', 'jar': 'glass jar', 'plate': 'saucer',
    'block': 'cube, wooden block', 'brick': 'toy brick, block', 'figure': 'doll, toy',
    'toy car': 'toy, truck', 'book': 'notebook', 'phone': 'mobile', 'spoon': 'teaspoon',
    'orange': 'tangerine', 'lemon': 'lime', 'clamp': 'clip', 'bag': 'coffee bag'}
# Kinds that look alike or share a noun, however one looks at them.
_RIVALS = (
    ('mug', 'cup', 'glass'), ('box', 'carton', 'container', 'drawer'), ('box', 'book'),
    ('marker', 'pen'), ('bottle', 'spray bottle', 'shaker', 'jar', 'tube'),
    ('jar', 'can', 'container', 'shaker'), ('orange', 'lemon', 'ball'), ('apple', 'pear', 'ball'),
    ('block', 'brick', 'box', 'sponge'), ('plate', 'bowl', 'pan'), ('teapot', 'pitcher'),
    ('wrench', 'pliers', 'clamp'), ('spoon', 'spatula'), ('knife', 'spatula'),
    ('remote', 'phone'), ('keyboard', 'laptop'), ('cup', 'bowl'), ('glass', 'jar'),
    *((kind, NAMELESS) for kind in ('block', 'brick', 'ball', 'figure', 'bag')))
_NEAR = (('red', 'orange', 'pink', 'brown'), ('orange', 'yellow', 'brown', 'beige'),
         ('yellow', 'beige', 'green'), ('green', 'turquoise'), ('turquoise', 'blue'),
         ('blue', 'purple', 'black'), ('purple', 'pink'), ('brown', 'beige', 'black'),
         ('beige', 'white', 'grey'), ('white', 'grey'), ('grey', 'black'))
# The main part first, for "the mug without its handle".
_MAIN = {'plate': 'centre', 'laptop': 'screen', 'lamp': 'base',
         'pan': 'bowl', 'hammer': 'handle', 'glass': 'bowl', 'clamp': 'jaws', 'pliers': 'jaws',
         'brush': 'handle', 'wrench': 'handle', 'scissors': 'blades', 'screwdriver': 'handle',
         'book': 'cover', 'fork': 'handle', 'knife': 'handle', 'spoon': 'handle',
         'spatula': 'handle'}
_ONE_PIECE = ('sponge', 'tape')     # whose parts nobody calls by a name
_PARTS = {'handle': 'grip', 'handles': 'grips', 'lid': 'cover', 'spout': 'nozzle',
          'red button': 'power button', 'keypad': 'number pad, keys', 'shade': 'lampshade',
          'screen': 'display', 'blades': 'cutting edges', 'lens': 'objective',
          'shutter': 'shutter button', 'bristles': 'hair', 'base': 'foot', 'switch': 'toggle',
          'label': 'sticker', 'tines': 'prongs', 'battery': 'battery pack', 'jaws': 'jaw'}
_SMALL = ('apple', 'pear', 'orange', 'lemon', 'banana', 'ball', 'block', 'brick', 'sponge', 'spoon',
          'marker', 'pen', 'tape', 'toy car')
_CARRIERS = {'bowl': ('in', _SMALL), 'pan': ('in', _SMALL), 'plate': ('on', _SMALL),
             'mug': ('in', ('pen', 'marker', 'spoon', 'fork', 'knife')),
             'book': ('on', (*_SMALL, 'mug', 'cup', 'phone', 'mouse', 'can', 'glass')),
             'laptop': ('on', ('phone', 'mouse', 'pen', 'marker', 'remote')),
             'box': ('on', ('can', 'mug', 'cup', 'phone', 'remote', 'tape', 'apple', 'orange'))}

_MISHEARD = {
    'train': {
        'remote': 'remot', 'mug': 'mugg', 'bottle': 'botle', 'pan': 'pann', 'lamp': 'lampe',
        'laptop': 'labtop', 'hammer': 'hamer', 'scissors': 'sissors', 'teapot': 'tea-pot',
        'banana': 'bannana', 'apple': 'appel', 'screwdriver': 'screwdrive', 'camera': 'camara',
        'brush': 'brusch', 'bowl': 'boul', 'plate': 'plaite', 'pitcher': 'picher', 'drill': 'dril',
        'marker': 'markr', 'sponge': 'spunge', 'phone': 'fone', 'keyboard': 'keybord',
        'knife': 'nife', 'spoon': 'spoone', 'spatula': 'spatla', 'wrench': 'rench',
        'pliers': 'plyers', 'orange': 'ornge', 'lemon': 'lemmon', 'container': 'contaner'},
    'val': {
        'remote': 'remoat', 'mug': 'muck', 'bottle': 'bottel', 'lamp': 'lamb', 'hammer': 'hammar',
        'banana': 'banna', 'camera': 'camra', 'bowl': 'boal', 'plate': 'plat', 'can': 'cann',
        'carton': 'cartoon', 'pitcher': 'pitchr', 'drill': 'drll', 'clamp': 'clammp',
        'marker': 'marcker', 'sponge': 'spong', 'book': 'bok', 'phone': 'phon',
        'keyboard': 'keebord', 'fork': 'forck', 'spoon': 'spune', 'spatula': 'spatular',
        'wrench': 'wrentch', 'pliers': 'pliars', 'orange': 'orang', 'lemon': 'lemmen',
        'shaker': 'shakr', 'container': 'containr'},
    'test': {
        'remote': 're mote', 'mug': 'mog, muug', 'bottle': 'bottl, bottal', 'pan': 'pahn',
        'lamp': 'lammp', 'drawer': 'drawr', 'laptop': 'lap top, latptop',
        'hammer': 'hammr, hummer', 'scissors': 'scizzors, cissors', 'teapot': 'tee pot, teapod',
        'banana': 'bananna, ba nana', 'apple': 'aple', 'screwdriver': 'screwdiver, scru driver',
        'camera': 'cammera, camerah', 'brush': 'brsh, brash', 'bowl': 'bole', 'plate': 'platte',
        'carton': 'cartn', 'pitcher': 'pitscher', 'drill': 'drille', 'clamp': 'klamp',
        'marker': 'maker', 'sponge': 'spounge', 'book': 'booke', 'phone': 'phohne',
        'keyboard': 'key board, keyborad', 'mouse': 'mousse', 'fork': 'forke', 'knife': 'knive',
        'spoon': 'spoun', 'spatula': 'spatchula', 'wrench': 'wrensh', 'pliers': 'plires',
        'tape': 'taype', 'orange': 'orenge', 'lemon': 'lemin', 'shaker': 'shacker',
        'container': 'kontainer', 'block': 'blok', 'glass': 'glas'}}
_UNKNOWN = {
    'train': 'stapler, wallet, candle, umbrella, shoe, notepad, headphones, flashlight',
    'val': 'vase, towel, necklace, calculator, ruler, hat',
    'test': 'stapling gun, tennis racket, rubber duck, sunglasses, wristwatch, violin, helmet, '
            'flower, kite, hairdryer, backpack, tripod'}
_MADE_UP = {
    'train': 'gizmo, doohickey, prize, sample', 'val': 'mascot, favourite',
    'test': 'thingamajig, workpiece, specimen, whatsit, patient'}


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split(', ')) if line else ()


def _beside(groups: tuple[tuple[str, ...], ...]) -> dict[str, tuple[str, ...]]:
    """Member -> the other members of all groups that it is in."""
    return {one: tuple(dict.fromkeys(other for group in groups if one in group
                                     for other in group if other != one))
            for one in dict.fromkeys(member for group in groups for member in group)}


def _around(groups: tuple[tuple[str, ...], ...]) -> dict[str, tuple[str, ...]]:
    """Colour -> those that stand behind it in a group, or before it."""
    pairs = {(group[0], other) for group in groups for other in group[1:]}
    return {c: tuple(d for d in COLOURS if (c, d) in pairs or (d, c) in pairs) for c in COLOURS}


def _main_first(category: str) -> tuple[str, ...]:
    main = _MAIN.get(category, 'body')
    return () if category in _ONE_PIECE else tuple(
        sorted(PARTS_OF[category], key=lambda part: part != main))


_NOUNS_OF = {c: (c, *_words(_NOUNS.get(c, ''))) for c in BUILDERS}

HOUSEHOLD = WorldWords(
    tuple(BUILDERS), _NOUNS_OF,
    {c: (*_NOUNS_OF[c], *_words(_ALSO.get(c, ''))) for c in BUILDERS},
    {c: _main_first(c) for c in BUILDERS},
    {(c, p): _words(_PARTS.get(p, '')) for c in BUILDERS for p in PARTS_OF[c]},
    ('body', 'front', 'sponge', 'pad', 'roll', 'core'), COLOURS, _CARRIERS,
    {split: {c: _words(w) for c, w in table.items()} for split, table in _MISHEARD.items()},
    {split: _words(w) for split, w in _UNKNOWN.items()},
    {split: _words(w) for split, w in _MADE_UP.items()},
    _beside(_RIVALS), _around(_NEAR), LEAST)
